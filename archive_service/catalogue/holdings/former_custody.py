"""From which archive a case file was taken over, as the package told that it came in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission


def former_custody(session: Session, row: CaseFile) -> dict[str, str] | None:
    """See ``DeclaredCaseFile.custody``; ``None`` where it came from those who made it."""
    of_package = select(Submission.declared["custody"]).where(Submission.id == row.id)
    custody: dict[str, str] = session.scalar(of_package) or {}
    return custody if "archive" in custody else None
