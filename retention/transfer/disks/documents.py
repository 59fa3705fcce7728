"""Media of a transfer, as commands and programs read them."""

from uuid import UUID

from archive_service import messages
from archive_service.document import Document, Moment
from archive_service.domain.transfer.transfer import TransferMedium, TransferState


class MediumDocument(Document):
    """One folder or disk; ``state``: ``built``, ``written`` to a disk, ``arrived`` at the receiver.

    ``size_bytes`` are those of its packages; ``sums_sha256`` is the digest of its ``SHA256SUMS``.
    """

    number: int
    state: str
    state_name: str
    label: str
    place: str
    packages: int
    size_bytes: int
    sums_sha256: str | None
    written_at: Moment | None
    arrived_at: Moment | None
    moved_at: Moment | None

    @classmethod
    def of(cls, row: TransferMedium, lang: str) -> "MediumDocument":
        """The document of a row."""
        state = "arrived" if row.arrived_at else "written" if row.written_at else "built"
        name = messages.text(f"labels.transfer-medium-state.{state}", lang)
        return cls.of_row(row, state=state, state_name=name)


class MediaDocument(Document):
    """The media of a transfer, by their numbers; ``number`` and ``state`` are the transfer's."""

    id: UUID
    number: str
    state: TransferState
    media: list[MediumDocument]
