"""What was arranged, as the API and commands tell it."""

from pydantic import ConfigDict, Field

from archive_service.document import Document
from archive_service.finding_document import FindingDocument


class MovedDocument(Document):
    """Its ordinal before, and in the receiving case file; ``from`` in the document."""

    model_config = ConfigDict(serialize_by_alias=True)

    was: int = Field(alias="from")
    to: int


class MoveDone(Document):
    """What was moved."""

    code: str
    target: str
    moved: list[MovedDocument]


class SplitDone(MoveDone):
    """What was moved, and in what the new case file differs from the file plan."""

    findings: list[FindingDocument]


class OrderDone(Document):
    """The documents by their titles, as they stand now."""

    code: str
    documents: list[str]


class Place(Document):
    """Where the document is again."""

    code: str
    ordinal: int
