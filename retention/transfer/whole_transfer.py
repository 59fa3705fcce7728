"""A transfer with every item, read while it is told: no list holds them all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import Transfer
from retention.transfer.documents import TransferDocument, TransferItemDocument, package_path
from retention.transfer.items import items_of
from retention.transfer.listing import transfer_document


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


@dataclass(frozen=True)
class WholeTransfer:
    """TRANSFER without items, and the items, which are read as long as the session is open."""

    document: TransferDocument
    items: Each

    @classmethod
    def of(cls, session: Session, row: Transfer, lang: str) -> "WholeTransfer":
        """A transfer of any length."""
        document = transfer_document(session, row, lang, most=0)
        read = partial(items_of, session, row.id)
        return cls(
            document,
            Each(
                lambda: (TransferItemDocument.of(transfer_item, lang) for transfer_item in read())
            ),
        )

    def as_json(self) -> dict[str, Any]:
        """TRANSFER with every item, written while they are read."""
        return self.document.as_json() | {
            "items": Each(lambda: (item.as_json() for item in self.items)),
            "paths": Each(lambda: (package_path(item.file) for item in self.items if item.file)),
        }
