"""The papers of a transfer, as documents."""

from pydantic import BaseModel

from archive_service.document import Document, Moment


class TransferPaper(Document):
    """The newest paper of a kind, with nulls where none is made yet.

    ``may_make``: this side makes it where the transfer stands. ``signatures``: names of those who
    signed, the first first. ``words``: the archivist's own, by section of the explanation.
    """

    kind: str
    may_make: bool
    edition: int | None
    number: str | None
    made_at: Moment | None
    made_by: str | None
    sha256: str | None
    signatures: list[str]
    words: dict[str, str]


class TransferPapers(BaseModel):
    """The papers of one side of a transfer."""

    papers: list[TransferPaper]
