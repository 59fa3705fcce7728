"""FINDING of the contract."""

from collections.abc import Iterable
from typing import Any

from archive_service import messages
from archive_service.document import Document
from archive_service.domain.intake.finding import Finding, FindingRow


class FindingDocument(Document):
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


def shown_findings(rows: Iterable[FindingRow], lang: str) -> list[dict[str, Any]]:
    """As a page shows them: each with the ``page`` of its file too, where the check knows it.

    ``detail`` is what the page folds away, such as digests.
    """
    found = []
    for row in rows:
        said = messages.finding(row.code, lang, row.facts | {"place": row.place}, web=True)
        told = FindingDocument.of(row, lang).as_json()
        own = {"message": said.message, "remedy": said.remedy, "detail": said.detail}
        found.append(told | own | {"page": row.facts.get("page")})
    return found
