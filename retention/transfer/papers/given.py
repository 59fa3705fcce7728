"""What making a paper of a transfer is given."""

from pydantic import Field

from archive_service.given import Given


class WordsIn(Given):
    """``words``: the archivist's own for the explanation, by section; an empty text takes away."""

    words: dict[str, str] = Field(default={})
