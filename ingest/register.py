"""What the database knows of a submission's code and bytes, read in a handful of queries."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.document import DigitalObject
from archive_service.domain.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.submission import Submission, SubmissionState
from ingest.agencies import agencies_of, read_code
from ingest.checks.port import Plan, Register

OPEN = (SubmissionState.RECEIVED, SubmissionState.CHECKING, SubmissionState.CHECKED)
_AT_ONCE = 500  # values of one IN


def read_register(session: Session, submission: Submission, digests: Sequence[str]) -> Register:
    """Agencies, file plan, and who else bears the code or holds the bytes."""
    text = submission.case_file().fields.get("fileCode", "")
    agencies = agencies_of(session, [text])
    code = read_code(text, agencies)
    agency = agencies.get(code.agency) if code else None
    plan = None
    if code is not None and agency is not None:
        plan = _plan(session, agency.id, code.year)
    held_code = code is not None and session.scalar(
        select(CaseFile.id).where(CaseFile.code == code.text).limit(1)
    )
    return Register(
        agencies=agencies,
        plan=plan,
        held_code=bool(held_code),
        open_code=_earlier_open(session, submission) if code is not None else None,
        held_bytes=_held_bytes(session, submission, digests),
    )


def _plan(session: Session, agency_id: UUID, year: int) -> Plan | None:
    found = session.execute(
        select(FilePlan.id, FilePlan.state).where(
            FilePlan.agency_id == agency_id, FilePlan.year == year
        )
    ).one_or_none()
    if found is None:
        return None
    notations = session.scalars(
        select(FilePlanEntry.notation).where(FilePlanEntry.plan_id == found.id)
    )
    return Plan(found.state, frozenset(notations))


def _earlier_open(session: Session, submission: Submission) -> str | None:
    """The first open submission of this code, if it is not this one: first come, first served.

    Another agency's is not named: an empty text.
    """
    earlier = select(Submission.id, Submission.agency_id).where(
        Submission.code == submission.code,
        Submission.state.in_(OPEN),
        Submission.id != submission.id,
        or_(
            Submission.received_at < submission.received_at,
            (Submission.received_at == submission.received_at) & (Submission.id < submission.id),
        ),
    )
    first = session.execute(earlier.order_by(Submission.received_at).limit(1)).one_or_none()
    if first is None:
        return None
    own = submission.agency_id is not None and first.agency_id == submission.agency_id
    return str(first.id) if own else ""


def _held_bytes(session: Session, submission: Submission, digests: Sequence[str]) -> dict[str, str]:
    """By digest the code of a case file of the same agency; empty where only others hold it."""
    held: dict[str, str] = {}
    for start in range(0, len(digests), _AT_ONCE):
        rows = session.execute(
            select(DigitalObject.sha256, CaseFile.code, CaseFile.agency_id)
            .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
            .where(
                DigitalObject.sha256.in_(digests[start : start + _AT_ONCE]),
                CaseFile.state != CaseState.DESTROYED,
                CaseFile.id != submission.id,
            )
        )
        for digest, code, agency_id in rows:
            if agency_id == submission.agency_id:
                held[digest] = code
            else:
                held.setdefault(digest, "")
    return held
