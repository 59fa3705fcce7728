"""Fields of an agency's own as pages, programs and commands read them."""

from pydantic import BaseModel

from archive_service.document import Document


class OwnFieldDocument(Document):
    """One field; its values stand among other fields as ``own:`` and its name."""

    id: str
    agency: str
    subject: str
    name: str
    label: str
    kind: str
    choices: list[str]
    required: bool
    searchable: bool
    retired_on: str | None


class ListedOwnField(OwnFieldDocument):
    """The same with the name of its agency."""

    agency_name: str


class OwnFieldList(BaseModel):
    """Fields by agency."""

    own_fields: list[OwnFieldDocument]
