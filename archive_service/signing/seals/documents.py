"""Custody of a seal key, as commands and pages tell it."""

from typing import Self
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.signing.seal_custody import SealCustody


class SealCustodyDocument(Document):
    """An agency's key in a clerk's hands, with the minutes of giving it and of giving it back."""

    id: UUID
    agency: str
    key: str
    fingerprint: str
    account: str
    holder: str
    number: str
    handed_at: Moment
    handed_by: str
    returned_number: str | None
    returned_at: Moment | None
    returned_to: str | None

    @classmethod
    def of(cls, row: SealCustody, agency: str) -> Self:
        """The document of a row."""
        return cls.of_row(
            row,
            agency=agency,
            returned_number=row.returned_number or None,
            returned_to=row.returned_to or None,
        )
