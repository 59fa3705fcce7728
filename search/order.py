"""In which order and form hits are told: words of the command, of REST and of the index alike."""

from collections.abc import Mapping
from typing import Literal

Order = Literal["relevance", "newest", "oldest", "code", "title"]
By = Literal["page", "document"]

# By their names in the address of the page.
SORTS: Mapping[str, Order] = {
    "best": "relevance",
    "newest": "newest",
    "oldest": "oldest",
    "code": "code",
    "title": "title",
}


def sort_of(order: Order) -> str:
    """The name of an order in the address of the page."""
    return next(name for name, sort in SORTS.items() if sort == order)
