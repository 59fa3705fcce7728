"""Which senders wait for a word beyond the working day that their sending counts for."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.recall import Recall, RecallState
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.submission import (
    UNCHECKED,
    Submission,
    SubmissionPacket,
    SubmissionState,
)
from archive_service.keeping.malware.verdicts import incident_subject
from ingest.answers.packet_answers import is_recall_told
from ingest.register.earlier_packets import CHANNEL

_AT_ONCE = 200  # of each kind, the oldest

EndOfDay = Callable[[dt.datetime], dt.datetime]


@dataclass(frozen=True, slots=True)
class Late:
    """What is late: of a submission, in which way its sender is answered, and until when it was."""

    subject: str
    code: str
    by: dt.datetime
    way: str  # check, edxml, callback


def late_answers(session: Session, end_of_day: EndOfDay, now: dt.datetime) -> dict[str, Late]:
    """Each submission or recall once, by its subject; of several delays the first to be due.

    Args:
        end_of_day: until when what began at a moment has to be answered.
    """
    found: dict[str, Late] = {}
    for waits in (_unchecked, _untold_packets, _unsigned, _decided_recalls, _uncalled):
        for subject, code, since, way in waits(session, now):
            by = end_of_day(since)
            before = found.get(subject)
            if by < now and (before is None or by < before.by):
                found[subject] = Late(subject, code, by, way)
    return found


_Waiting = Iterator[tuple[str, str, dt.datetime, str]]


def _unchecked(session: Session, now: dt.datetime) -> _Waiting:
    """The verdict of the checks is the first word to a sender, whatever way it came."""
    rows = session.execute(
        select(Submission.id, Submission.code, Submission.received_at)
        .where(Submission.state.in_(UNCHECKED), Submission.received_at < now)
        .order_by(Submission.received_at)
        .limit(_AT_ONCE)
    )
    for row in rows:
        yield incident_subject(row.id), row.code, row.received_at, "check"


def _untold_packets(session: Session, now: dt.datetime) -> _Waiting:
    """Packets that no status was written for."""
    packets = SubmissionPacket
    rows = session.execute(
        select(Submission.id, Submission.code, packets.document_id, packets.received_at)
        .join(packets, packets.submission_id == Submission.id)
        .where(
            Submission.state != SubmissionState.WITHDRAWN,
            packets.received_at < now,
            _unanswered(Submission.id, Answer.package_id == packets.document_id),
        )
        .order_by(packets.received_at)
        .limit(_AT_ONCE)
    )
    for row in rows:
        yield incident_subject(row.id), row.code or row.document_id, row.received_at, CHANNEL


def _decided_recalls(session: Session, now: dt.datetime) -> _Waiting:
    rows = session.scalars(
        select(Recall)
        .where(
            Recall.channel == CHANNEL,
            Recall.state != RecallState.ASKED,
            Recall.decided_at < now,
            ~is_recall_told().exists(),
        )
        .order_by(Recall.decided_at)
        .limit(_AT_ONCE)
    )
    for row in rows:
        if row.decided_at is not None:
            yield _subject(row, row.id), row.code or row.target, row.decided_at, CHANNEL


def _unsigned(session: Session, now: dt.datetime) -> _Waiting:
    """Statuses that are written and not signed: no sender can have them."""
    rows = session.execute(
        select(Answer, Recall)
        .outerjoin(Recall, Recall.id == Answer.subject_id)
        .where(Answer.document == "", Answer.at < now)
        .order_by(Answer.at)
        .limit(_AT_ONCE)
    )
    for answer, recall in rows:
        yield _subject(recall, answer.subject_id), answer.package_id, answer.at, CHANNEL


def _uncalled(session: Session, now: dt.datetime) -> _Waiting:
    """Systems that asked to be told of a submission, and do not know its state."""
    since = func.coalesce(Submission.decided_at, Submission.checked_at, Submission.received_at)
    rows = session.execute(
        select(Submission.id, Submission.code, Callback.asked_at, since.label("since"))
        .join(Submission, Submission.id == Callback.submission_id)
        .where(cast(Submission.state, String) != Callback.told_state, Callback.asked_at < now)
        .order_by(Callback.asked_at)
        .limit(_AT_ONCE)
    )
    for row in rows:
        yield incident_subject(row.id), row.code, max(row.asked_at, row.since), "callback"


def _unanswered(
    subject: ColumnElement[object] | object, *narrower: ColumnElement[bool]
) -> ColumnElement[bool]:
    return ~select(Answer.id).where(Answer.subject_id == subject, *narrower).exists()


def _subject(recall: Recall | None, answered: UUID) -> str:
    """Of a submission, or of the document in custody that a recall was about."""
    if recall is None or recall.submission_id is not None:
        submission = answered if recall is None else recall.submission_id
        return f"submission {submission}"
    return f"document {recall.code}/{recall.ordinal}"
