"""A transfer with every item, read while it is told: no list holds them all."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import Transfer
from retention.transfer.items import items_of
from retention.transfer.listing import item_document, package_path, transfer_document


class Each(list[Any]):
    """What JSON writes as a list, though it is read anew each time that somebody goes through it.

    It is a list by its kind alone, which the encoder of JSON asks for: it holds nothing.
    """

    def __init__(self, read: Callable[[], Iterable[Any]]) -> None:
        super().__init__()
        self._read = read

    def __iter__(self) -> Iterator[Any]:
        """All of it, from the beginning."""
        return iter(self._read())

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return any(True for _ in self)


def streamed_document(session: Session, row: Transfer, lang: str = "vi") -> dict[str, Any]:
    """``whole_document`` whose ``items`` and ``paths`` are read as long as the session is open."""
    return transfer_document(session, row, lang, most=0) | {
        "items": Each(lambda: (item_document(one, lang) for one in items_of(session, row.id))),
        "paths": Each(lambda: (package_path(one) for one in items_of(session, row.id) if one.file)),
    }
