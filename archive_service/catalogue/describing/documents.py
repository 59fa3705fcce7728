"""Changes of the access mode that nobody confirmed yet."""

from uuid import UUID

from archive_service.document import Document, Moment


class WaitingModeDocument(Document):
    """A change of the access mode that nobody confirmed yet; document 0 is the case file."""

    id: UUID
    document: int
    was: str
    becomes: str
    reason: str
    asked_by: str
    asked_at: Moment


class FoundModeDocument(WaitingModeDocument):
    """The same with the case file that it is of; ``document_title`` is "" where it is of that."""

    code: str
    title: str
    document_title: str
