"""In which order and form hits are told: words of the command, of REST and of the index alike."""

from typing import Literal

Order = Literal["relevance", "newest", "oldest", "code", "title"]
By = Literal["page", "document"]
