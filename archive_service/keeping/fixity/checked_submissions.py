"""What is sent and waits for a decision, by the event of its last check.

It lies in no package yet. Whoever takes a finding away in the database, or writes other data or
files into it, has it accepted as something else; and the package agrees with the rows afterwards.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.db.words import begins
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import GIVEN_BACK, TAKEN, Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.packaging.row_comparison import at_rest

_TOGETHER = 500
_DECIDED_WITHIN = dt.timedelta(days=40)  # of these a daily comparison still sees what was taken
_CHECKED = "submission:checked"
_SET_ASIDE = (*GIVEN_BACK, SubmissionState.QUARANTINED)
# What ends the word of a check: till the next one nothing waits for a decision.
_ENDING = {f"submission:{state}" for state in (*_SET_ASIDE, *TAKEN)}
_PACKET_RECALLED = "packet:recalled"  # with all that was sent
# Its findings become lighter at once; nothing is decided before the next check finds them anew.
_MARK_LIFTED = "submission:mark-lifted"
_WAITING = (SubmissionState.CHECKED, SubmissionState.QUARANTINED)
# Events of a submission that leave what was sent as it is; all others may change it at the desk.
_UNMOVED = {"submission:handed-over", "submission:urged", "submission:callback-asked"}
_IDLE = {"submission:rechecked", "submission:quarantined", *_UNMOVED}


class _Checked(NamedTuple):
    """What its last check told: findings by severity, and the digest of what was sent."""

    findings: Mapping[str, int]
    sent: str  # "": not told, or changed at the desk since
    last: str = ""  # the newest event that may have changed its state


def checked_otherwise(session: Session) -> Iterator[str]:
    """``submission`` and id of each that has fewer findings than its last check told, or of those
    that wait, other data or files; or that no event let wait, or set aside.
    """
    since = clock.now() - _DECIDED_WITHIN
    accepted = Submission.state.in_(TAKEN) & (Submission.decided_at > since)
    compared = select(Submission.id).where(
        or_(Submission.state.in_(_WAITING), accepted & Submission.id.in_(at_rest()))
    )
    lately = select(AuditEvent.subject_id).where(AuditEvent.tag == _CHECKED, AuditEvent.at > since)
    sent = set(session.scalars(compared))
    checked = {UUID(subject) for subject in session.scalars(lately.distinct())}
    ids = sorted(sent | checked)
    for start in range(0, len(ids), _TOGETHER):
        some = ids[start : start + _TOGETHER]
        checks = _checked_by_events(session, some)
        found = {
            *_moved_by_nobody(session, some, checks, checked),
            *_sent_otherwise(session, [id_ for id_ in some if id_ in sent], checks),
        }
        yield from (f"submission {id_}" for id_ in some if id_ in found)


def _sent_otherwise(
    session: Session, some: Sequence[UUID], checks: Mapping[UUID, _Checked]
) -> Iterator[UUID]:
    found = _found(session, some)
    other = {id_ for id_, sent in _sent(session, some) if checks[id_].sent not in ("", sent)}
    for id_ in some:
        if id_ in other or Counter(checks[id_].findings) - found[id_]:
            yield id_


def _moved_by_nobody(
    session: Session,
    some: Sequence[UUID],
    checks: Mapping[UUID, _Checked],
    checked: Collection[UUID],
) -> Iterator[UUID]:
    """Those that wait though they were set aside last, or are set aside though they wait."""
    query = select(Submission.id, Submission.state).where(Submission.id.in_(some))
    for id_, state in session.execute(query):
        last = checks[id_].last
        is_put_back = state is SubmissionState.CHECKED and last in _ENDING
        if is_put_back or (state in _SET_ASIDE and last == _CHECKED and id_ in checked):
            yield id_


def _checked_by_events(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, _Checked]:
    of_it = or_(begins(AuditEvent.tag, "submission:"), AuditEvent.tag == _PACKET_RECALLED)
    query = select(AuditEvent.subject_id, AuditEvent.tag, AuditEvent.data).where(
        AuditEvent.subject_id.in_(list(map(str, ids))), of_it
    )
    checks = defaultdict[UUID, _Checked](lambda: _Checked({}, ""))
    for subject, tag, data in session.execute(query.order_by(AuditEvent.number)):
        id_ = UUID(subject)
        if tag == _CHECKED:
            sent = str(data.get("sent_sha256", ""))
            checks[id_] = _Checked(_counts(data.get("findings")), sent, tag)
            continue
        if tag not in _UNMOVED:
            checks[id_] = checks[id_]._replace(last=tag)
        if tag == _MARK_LIFTED:
            checks[id_] = checks[id_]._replace(findings={})
        elif tag not in _IDLE:
            checks[id_] = checks[id_]._replace(sent="")
    return checks


def _counts(value: Any) -> dict[str, int]:
    counts = value if isinstance(value, dict) else {}
    return {name: number for name, number in counts.items() if isinstance(number, int)}


def _found(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Counter[str]]:
    columns = FindingRow.submission_id, FindingRow.severity
    counted = select(*columns, func.count()).where(FindingRow.submission_id.in_(ids))
    found = defaultdict[UUID, Counter[str]](Counter)
    for id_, severity, number in session.execute(counted.group_by(*columns)):
        found[id_][severity.value] = number
    return found


def _sent(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    waiting = Submission.id.in_(ids), Submission.state.in_(_WAITING)
    whole = select(Submission).where(*waiting).options(selectinload(Submission.files))
    for row in session.scalars(whole):
        yield row.id, row.sent_sha256()
