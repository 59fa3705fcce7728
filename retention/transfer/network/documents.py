"""A transfer on its way over the network, as programs read it."""

from typing import Any
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.transfer.partner import TransferSending
from retention.transfer.documents import TransferDocument


class SendingDocument(Document):
    """How much of what the other side lacked is there, and what stopped it last.

    ``packages`` that the other side lacked when it began; ``trouble``: ``{code, facts}``.
    """

    folder: str
    at_once: bool
    asked_by: str
    asked_at: Moment
    packages: int
    packages_sent: int
    size_bytes: int
    bytes_sent: int
    trouble: dict[str, Any] | None
    trouble_at: Moment | None
    finished_at: Moment | None
    asked_last_at: Moment | None

    @classmethod
    def of(cls, row: TransferSending) -> "SendingDocument":
        """The document of a row; what was not counted yet is 0."""
        counted = ("packages", "packages_sent", "size_bytes", "bytes_sent")
        return cls.of_row(row, **{name: getattr(row, name) or 0 for name in counted})


class SendingTransferDocument(TransferDocument):
    """TRANSFER that goes to a partner's server; ``job`` that sends it."""

    sending: SendingDocument
    job: UUID | None = None
