"""FINDING of the contract."""

from pydantic import BaseModel

from archive_service import messages
from archive_service.domain.intake.finding import Finding, FindingRow


class FindingDocument(BaseModel):
    """A finding in words; ``place`` names the file and the field or page."""

    check: str
    code: str
    severity: str
    place: str
    message: str
    remedy: str

    @classmethod
    def of(cls, row: FindingRow | Finding, lang: str) -> "FindingDocument":
        """The words of a finding in one language, kept or not."""
        said = messages.finding(row.code, lang, row.facts | {"place": row.place})
        return cls(
            check=row.check,
            code=row.code,
            severity=row.severity.value,
            place=row.place,
            message=said.message,
            remedy=said.remedy,
        )
