"""What the acts of linking tell."""

from archive_service.document import Document


class LinkDone(Document):
    """Its place in the other case file, and where it lies."""

    code: str
    ordinal: int
    source: str
    document: int


class UnlinkDone(Document):
    """The place that is empty now."""

    code: str
    ordinal: int
