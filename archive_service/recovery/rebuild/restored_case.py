"""One case file read back, before it is in any session."""

from dataclasses import dataclass

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission


@dataclass(frozen=True, slots=True)
class RestoredCase:
    """The rows of one package, not yet in any session."""

    case_file: CaseFile
    submissions: list[Submission]
