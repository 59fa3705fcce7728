"""Answers to packets: each status is written once as it becomes true, signed, and delivered."""

import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.recall import Recall, RecallState
from archive_service.domain.intake.answer import Answer, AnswerState
from archive_service.domain.intake.submission import (
    TAKEN,
    Submission,
    SubmissionPacket,
    SubmissionState,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.signing.port import KEY_TROUBLES, TokenAwayError
from archive_service.storage.durable import write_whole
from ingest.channels.edxml.status import Status, status_packet, statuses
from ingest.register.earlier_packets import CHANNEL

ANSWER_JOB = "answer-packets"
_AT_ONCE = 200  # submissions looked at together
_OVER = (SubmissionState.RETURNED, SubmissionState.REJECTED)


class AnswerNotFoundError(NotFoundError):
    """No answer bears this id, or it is another sender's."""


def answer_packets(lease: Lease, services: Services) -> None:
    """Write what is due, sign what is not signed yet; what a key withholds is tried again."""
    write_due(services)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def write_due(services: Services) -> int:
    """Write every answer that is true and not told yet; how many were written now.

    Safe to repeat: a status is told once for each packet.
    """
    with services.writing() as session:
        take_write_lock(session)  # of two that look at once, one finds nothing left
        written = _note_submissions(session) + _note_recalls(session)
    _sign(services)
    return written


def list_answers(
    services: Services, *, actor: Actor, waiting: bool | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Answers to what this account handed in, the oldest first; those of its agency to people.

    Raises:
        ActNotAllowedError: ``actor`` may not see them.
    """
    access.require(actor, "answer:read")
    write_due(services)
    query = select(Answer).where(
        access.visible(actor, "answer:read", Answer.agency_id), Answer.document != ""
    )
    if actor.agency_id is None:
        query = query.where(Answer.account == actor.account)
    if waiting is not None:
        state = AnswerState.WAITING if waiting else AnswerState.DELIVERED
        query = query.where(Answer.state == state)
    with services.read_only() as session:
        rows = session.scalars(query.order_by(Answer.at, Answer.status).limit(limit))
        return [answer_document(row) for row in rows]


def fetch(services: Services, answer_id: UUID, *, actor: Actor) -> bytes:
    """The signed packet of one answer; fetching it is its delivery, a second time changes nothing.

    Raises:
        AnswerNotFoundError, ActNotAllowedError
    """
    access.require(actor, "answer:read")
    with services.writing() as session:
        row = session.scalar(
            select(Answer).where(
                Answer.id == answer_id,
                Answer.document != "",
                access.visible(actor, "answer:read", Answer.agency_id),
            )
        )
        if row is None or (actor.agency_id is None and row.account != actor.account):
            raise AnswerNotFoundError(id=answer_id)
        _delivered(row)
        return row.document.encode()


def put_into(services: Services, folder: Path, *, account: str, is_fresh: bool = True) -> int:
    """Answers to what this account handed in, as files of a folder; how many.

    Args:
        is_fresh: look for new ones first; without it those that the periodic job wrote.
    """
    if is_fresh:
        write_due(services)
    with services.writing() as session:
        rows = session.scalars(
            select(Answer)
            .where(
                Answer.account == account,
                Answer.state == AnswerState.WAITING,
                Answer.document != "",
            )
            .order_by(Answer.at, Answer.status)
            .with_for_update()
        ).all()
        if rows:
            folder.mkdir(parents=True, exist_ok=True)
        for row in rows:
            write_whole(folder / f"{row.id}-{row.status}.edxml", row.document.encode())
            _delivered(row)
    return len(rows)


def answer_document(row: Answer) -> dict[str, Any]:
    """ANSWER as commands and API tell it, without the packet."""
    return {
        "id": str(row.id),
        "document_id": row.package_id,
        "status": row.status,
        "description": row.description,
        "recipient": row.recipient,
        "at": clock.iso(row.at),
        "state": row.state.value,
        "delivered_at": None if row.delivered_at is None else clock.iso(row.delivered_at),
    }


def _delivered(row: Answer) -> None:
    row.attempts += 1
    if row.state is AnswerState.WAITING:
        row.state, row.delivered_at = AnswerState.DELIVERED, clock.now()


def _note_submissions(session: Session) -> int:
    """Statuses of documents that packets brought; those that are told in full are left out."""
    known = statuses()
    told_in_full = select(Answer.id).where(
        Answer.subject_id == SubmissionPacket.submission_id,
        Answer.package_id == SubmissionPacket.document_id,
        Answer.status.in_((known["stored"], known["returned"])),
    )
    rows = session.execute(
        select(Submission, SubmissionPacket)
        .join(SubmissionPacket, SubmissionPacket.submission_id == Submission.id)
        .where(~told_in_full.exists(), Submission.state != SubmissionState.WITHDRAWN)
        .order_by(Submission.received_at, SubmissionPacket.document_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    written = 0
    for part in rows.partitions(_AT_ONCE):
        before = _told_before(session, {row.id for row, _ in part})
        for row, packet in part:
            for step, at, words in _steps(row, packet):
                key = (row.id, packet.document_id, known[step])
                if key not in before:
                    before.add(key)
                    session.add(_answer_to(row, packet, known[step], at, words))
                    written += 1
    return written


def _steps(row: Submission, packet: SubmissionPacket) -> Iterator[tuple[str, dt.datetime, str]]:
    """What is true of a packet by now, in the order in which it became so.

    It may have joined what was made, opened or even checked before it came.
    """
    yield "received", packet.received_at, ""
    if row.claimed_by and row.claimed_at:
        yield "claimed", max(row.claimed_at, packet.received_at), ""
    if row.checked_at is not None and row.checked_at >= packet.received_at:
        yield "checked", row.checked_at, ""
    decided_at = row.decided_at or clock.now()
    if row.state in _OVER:
        yield "returned", decided_at, row.decision_reason
    if row.state in TAKEN:
        yield "accepted", decided_at, row.code
    if row.state is SubmissionState.STORED:
        yield "stored", clock.now(), row.code


def _answer_to(
    row: Submission, packet: SubmissionPacket, status: str, at: dt.datetime, words: str
) -> Answer:
    return Answer(
        id=uuid4(),
        subject_id=row.id,
        status=status,
        agency_id=row.agency_id,
        recipient=packet.sender,
        package_id=packet.document_id,
        account=row.submitted_by,
        description=words,
        at=at,
        document="",
        state=AnswerState.WAITING,
        attempts=0,
    )


def _note_recalls(session: Session) -> int:
    """Recalls, updates and replacements that came as packets and are decided."""
    known = statuses()
    decided = session.scalars(
        select(Recall)
        .where(
            Recall.channel == CHANNEL,
            Recall.state != RecallState.ASKED,
            ~is_recall_told().exists(),
        )
        .order_by(Recall.decided_at.desc(), Recall.id)
    )
    rows = {(row.packet_sha256, row.state): row for row in decided}.values()  # the first of each
    for row in rows:
        granted = row.state is RecallState.GRANTED
        session.add(
            Answer(
                id=uuid4(),
                subject_id=row.id,
                status=known["recall-granted" if granted else "recall-refused"],
                agency_id=row.agency_id,
                recipient=row.sender,
                package_id=row.package_id,
                account=row.asked_by,
                description=row.decision_reason,
                at=row.decided_at or clock.now(),
                document="",
                state=AnswerState.WAITING,
                attempts=0,
            )
        )
    return len(rows)


def is_recall_told() -> Select[UUID]:
    """Answers to the packet of a recall; it may be about several documents, and is told once."""
    other = aliased(Recall)
    return (
        select(Answer.id)
        .join(other, other.id == Answer.subject_id)
        .where(other.packet_sha256 == Recall.packet_sha256, other.state == Recall.state)
    )


def _told_before(session: Session, ids: Collection[UUID]) -> set[tuple[UUID, str, str]]:
    rows = session.execute(
        select(Answer.subject_id, Answer.package_id, Answer.status).where(
            Answer.subject_id.in_(ids)
        )
    )
    return {(row.subject_id, row.package_id, row.status) for row in rows}


def _sign(services: Services) -> None:
    """Each by itself, in a transaction of its own: a key that went away keeps what was signed."""
    with services.read_only() as session:
        unsigned = session.scalars(select(Answer).where(Answer.document == "").limit(500)).all()
    if not unsigned:
        return
    archive = services.settings.archive
    for row in unsigned:
        status = Status(
            package_id=row.package_id,
            recipient=row.recipient,
            sender=archive.code,
            sender_name=archive.name,
            status=row.status,
            description=row.description,
            at=row.at,
        )
        try:
            document = status_packet(status, services.signer()).decode()
        except (*KEY_TROUBLES, TokenAwayError):
            return  # they wait; the page of keys tells what is wrong
        with services.writing() as session:
            found = session.get_one(Answer, row.id, with_for_update=True)
            if not found.document:
                found.document = document
