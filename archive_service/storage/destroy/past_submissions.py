"""What the destroy gate leaves of submissions: as much as reports and registers count."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select, union_all
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.past_submission import PastSubmission
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.storage.destroy.remaining_data import plain, typed
from archive_service.storage.needed import OVER

_VALUES = 5000  # in one statement: servers take some 30,000
_OF_PAST = ("case_file_id", "errors")  # the other columns are those of the submission


def submissions_of(session: Session, case_file_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Submission → its case file; what was returned before it came whole belongs to it."""
    ways = (
        Submission.id == CaseFile.id,
        Submission.case_file_id == CaseFile.id,
        (Submission.code == CaseFile.code) & (Submission.agency_id == CaseFile.agency_id),
    )
    found = select(Submission.id, CaseFile.id)
    these = CaseFile.id.in_(case_file_ids)
    rows = session.execute(union_all(*(found.join(CaseFile, on).where(these) for on in ways)))
    return {submission: owner for submission, owner in rows}


def leave_past(session: Session, mine: Mapping[UUID, UUID]) -> None:
    """What stays of these submissions, whose rows go in the same transaction."""
    past = _past_of(session, mine)
    ids = [row.id for row in past]
    known = set(session.scalars(select(PastSubmission.id).where(PastSubmission.id.in_(ids))))
    session.add_all(row for row in past if row.id not in known)


def tell_past(session: Session, case_file_id: UUID) -> list[dict[str, Any]]:
    """As it stands in the tombstone: of what went already, and of what is going."""
    known = select(PastSubmission).where(PastSubmission.case_file_id == case_file_id)
    rows = {row.id: row for row in session.scalars(known)}
    rows |= {row.id: row for row in _past_of(session, submissions_of(session, [case_file_id]))}
    columns = inspect(PastSubmission).columns.keys()
    return [
        {name: plain(getattr(rows[identifier], name)) for name in columns}
        for identifier in sorted(rows)
    ]


def restore_past(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """What a tombstone tells, but for submissions that are there themselves: they go once more."""
    columns = inspect(PastSubmission).columns
    ids = [UUID(entry["id"]) for entry in rows]
    there = set(session.scalars(select(Submission.id).where(Submission.id.in_(ids))))
    for submission_id, row in zip(ids, rows, strict=True):
        if submission_id not in there:
            values = {name: typed(columns[name].type.python_type, row[name]) for name in row}
            session.merge(PastSubmission(**values))


def _past_of(session: Session, mine: Mapping[UUID, UUID]) -> list[PastSubmission]:
    """Of those that were decided on: another has never counted for anything."""
    names = [column.key for column in inspect(PastSubmission).columns if column.key not in _OF_PAST]
    columns: list[Any] = [getattr(Submission, name) for name in names]
    ids = sorted(mine)
    past = []
    for start in range(0, len(ids), _VALUES):
        some = Submission.id.in_(ids[start : start + _VALUES]), Submission.state.in_(OVER)
        rows = session.execute(select(*columns).where(*some)).all()
        returned = [row.id for row in rows if row.state is SubmissionState.RETURNED]
        errors = _errors(session, returned) if returned else {}
        for row in rows:
            own = {"case_file_id": mine[row.id], "errors": sorted(errors.get(row.id, ()))}
            past.append(PastSubmission(**dict(zip(names, row, strict=True)), **own))
    return past


def _errors(session: Session, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    of_them = FindingRow.submission_id.in_(ids), FindingRow.severity == Severity.ERROR
    columns = FindingRow.submission_id, FindingRow.check, FindingRow.code
    for submission, check, code in session.execute(select(*columns).where(*of_them)):
        found.setdefault(submission, set()).add(f"{check}:{code}")
    return found
