"""What describing tells: what changed, and access modes that nobody confirmed yet."""

import datetime as dt
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


class ChangedField(Document):
    """One field: what it was and what it is; document 0 is the case file."""

    document: int
    field: str
    was: str
    becomes: str


class DescriptionDone(Document):
    """What changed, and what waits to be confirmed."""

    code: str
    edition: int
    changes: list[ChangedField]
    waiting: list[WaitingModeDocument]


class ModeHolds(Document):
    """The access mode that holds now."""

    code: str
    mode: str


class TermDaysDocument(Document):
    """The last day of keeping, or that there is none."""

    ends_on: dt.date | None
    permanent: bool
