"""The one place where the term of a case file that is kept is moved, and what it was before."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_file import CaseFile
from archive_service.domain.retention import RetentionChange
from retention.dates import job_ended_on, retention_ends_on, retention_starts_on
from retention.rules import RetentionRule


def set_term(
    session: Session,
    case_file: CaseFile,
    rule: RetentionRule,
    *,
    ended_on: dt.date | None = None,
    cause: str,
    by: str,
) -> RetentionChange | None:
    """Let the case file fall under ``rule``; the change that is left, or none where nothing moves.

    Args:
        ended_on: when the clock began; unless given, when the job ended.
        cause: a key of ``labels.retention-cause``.

    Raises:
        MalformedEndDateError, TermBeyondCalendarError
    """
    began = ended_on or job_ended_on(case_file.end_date)
    starts_on, ends_on = retention_starts_on(began), retention_ends_on(rule, began)
    before = _told(case_file)
    case_file.rule, case_file.rule_code = rule.as_document(), rule.code
    case_file.permanent = rule.permanent
    case_file.starts_on, case_file.ends_on = starts_on, ends_on
    after = _told(case_file)
    if before == after:
        return None
    change = RetentionChange(
        case_file_id=case_file.id, at=clock.now(), by=by, cause=cause, before=before, after=after
    )
    session.add(change)
    return change


def _told(case_file: CaseFile) -> dict[str, Any]:
    return {
        "rule": case_file.rule,
        "starts_on": case_file.starts_on and case_file.starts_on.isoformat(),
        "ends_on": case_file.ends_on and case_file.ends_on.isoformat(),
        "permanent": case_file.permanent,
    }
