"""FINDING of the contract."""

from collections.abc import Iterable
from typing import TypedDict

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
        message = messages.finding(row.code, lang, row.facts | {"place": row.place})
        return cls(
            check=row.check,
            code=row.code,
            severity=row.severity.value,
            place=row.place,
            message=message.message,
            remedy=message.remedy,
        )


class FindingWords(TypedDict):
    """A finding in words, as pages and programs are told of it."""

    check: str
    code: str
    severity: str
    place: str
    message: str
    remedy: str


class ShownFinding(FindingWords):
    """A finding as a page shows it, with the ``page`` of its file where the check knows it.

    ``detail`` is what the page folds away, such as digests.
    """

    detail: str
    page: int | None


def shown_findings(rows: Iterable[FindingRow], lang: str) -> list[ShownFinding]:
    """In the words of a page."""
    found = []
    for row in rows:
        words = messages.finding(row.code, lang, row.facts | {"place": row.place}, web=True)
        found.append(
            ShownFinding(
                check=row.check,
                code=row.code,
                severity=row.severity.value,
                place=row.place,
                message=words.message,
                remedy=words.remedy,
                detail=words.detail,
                page=row.facts.get("page"),
            )
        )
    return found
