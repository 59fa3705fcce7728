"""Outages: when the system was down, and which numbers were given out on paper meanwhile."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.numbers import coming_number, draw_number
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.handover import HANDOVER_RECORD, SYMBOL
from archive_service.domain.intake.outage import OUTAGE, Outage, ReservedNumber
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber
from archive_service.domain.keeping.report import ClosedRegister
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.forms.numbers import format_number
from archive_service.text import telling_line
from ingest.late_entries.documents import OutageDocument, ReservedNumberDocument

LONGEST_REASON = 1000
MOST_NUMBERS = 500
OLDEST = dt.timedelta(days=366)  # what is longer ago is no late entry


class OutageNotFoundError(NotFoundError):
    """No outage bears this id."""


class OutageMomentError(InputError):
    """It ends before it begins, has not ended yet, or is too long ago."""


class OutageReasonError(InputError):
    """No reason, or too long a one."""


class OutageOverlapError(ConflictError):
    """Another outage was recorded for a part of this time."""


class OutageNumbersError(InputError):
    """The first number on paper is not the one that would have come next, or none at all."""


class ReservedNumberError(ConflictError):
    """This number does not wait for its paper: it was not reserved, is entered, or was spoilt."""


class RegisterClosedError(ConflictError):
    """The register of that year was closed: its paper is signed, nothing comes into it."""

    code = "late-entry-closed"


def record_outage(
    began_at: dt.datetime,
    ended_at: dt.datetime,
    reason: str,
    *,
    numbers: tuple[int, int] | None = None,
    actor: Actor,
    uow: UnitOfWork,
) -> Outage:
    """Note an outage that is over; the caller commits.

    Args:
        began_at, ended_at: aware.
        reason: why the system was down.
        numbers: first and last number of minutes that were used on paper. They are drawn from the
            counter here, so that no minutes of the system get one of them.

    Raises:
        ActNotAllowedError, OutageReasonError, OutageMomentError, OutageOverlapError
        OutageNumbersError: others have the numbers already, or there is a gap before them.
        RegisterClosedError: the register of minutes of that year is closed.
    """
    session = uow.session
    access.require(actor, "outage:record")
    now = clock.now()
    if not (now - OLDEST <= began_at < ended_at <= now):
        raise OutageMomentError(began_at=began_at, ended_at=ended_at)
    line = one_line(reason)
    if not 0 < len(line) <= LONGEST_REASON:
        raise OutageReasonError(length=LONGEST_REASON, given=len(line))
    meanwhile = select(Outage).where(Outage.began_at < ended_at, Outage.ended_at > began_at)
    if (other := session.scalar(meanwhile.limit(1))) is not None:
        raise OutageOverlapError(began_at=other.began_at, ended_at=other.ended_at)
    row = Outage(
        id=uuid4(),
        began_at=began_at,
        ended_at=ended_at,
        reason=line,
        entered_by=actor.account,
        entered_at=now,
        acts_meanwhile=_acts_of_people(session, began_at, ended_at),
        numbers=_reserved(session, numbers, began_at, ended_at) if numbers else [],
    )
    session.add(row)
    session.flush()
    _keep(session, row)
    drawn = [number.number for number in row.numbers]
    data: dict[str, Any] = {"acts_meanwhile": row.acts_meanwhile, "numbers": drawn}
    data |= {"began_at": clock.iso(began_at), "ended_at": clock.iso(ended_at)}
    record_event(session, "outage:recorded", subject_id=row.id, actor=actor, data=data)
    return row


def _acts_of_people(session: Session, began_at: dt.datetime, ended_at: dt.datetime) -> int:
    """How many the log holds of that time: what was recorded stays beside what is told now."""
    query = select(func.count()).where(
        AuditEvent.at > began_at, AuditEvent.at < ended_at, AuditEvent.role != Role.WORKER.value
    )
    return session.scalar(query) or 0


def _reserved(
    session: Session, numbers: tuple[int, int], began_at: dt.datetime, ended_at: dt.datetime
) -> list[ReservedNumber]:
    first, last = numbers
    year = clock.local(began_at).year
    coming = coming_number(session, HANDOVER_RECORD, year)
    fits = first <= last < first + MOST_NUMBERS and clock.local(ended_at).year == year
    if not fits or first != coming:
        raise OutageNumbersError(first=first, last=last, coming=coming, limit=MOST_NUMBERS)
    require_open_registers(session, "handovers", [year])
    drawn = [draw_number(session, HANDOVER_RECORD, year) for _ in range(first, last + 1)]
    if drawn[0] != first:  # others drew it meanwhile
        raise OutageNumbersError(first=first, last=last, coming=drawn[0], limit=MOST_NUMBERS)
    return [
        ReservedNumber(
            id=uuid4(),
            form=HANDOVER_RECORD,
            year=year,
            number=number,
            text=format_number(number, SYMBOL),
        )
        for number in drawn
    ]


def get_outage(session: Session, outage_id: UUID) -> Outage:
    """``OutageNotFoundError`` where there is none."""
    row = session.scalar(
        select(Outage).where(Outage.id == outage_id).options(selectinload(Outage.numbers))
    )
    if row is None:
        raise OutageNotFoundError(id=outage_id)
    return row


def list_outages(session: Session, *, actor: Actor) -> list[Outage]:
    """All of them with their numbers, the newest first."""
    access.require(actor, "outage:list")
    query = select(Outage).order_by(Outage.began_at.desc()).options(selectinload(Outage.numbers))
    return list(session.scalars(query))


def take_number(session: Session, outage: Outage, number: int, used_by: UUID) -> ReservedNumber:
    """The paper of this number is entered; ``ReservedNumberError`` where it does not wait."""
    row = _waiting(session, outage, number)
    row.used_by = used_by
    session.flush()
    _keep(session, outage)
    return row


def void_number(
    session: Session, outage_id: UUID, number: int, reason: str, *, actor: Actor
) -> OutageDocument:
    """The outage whose number waits for no paper any more; the caller asked the right."""
    outage = get_outage(session, outage_id)
    line = one_line(reason)
    if not 0 < len(line) <= LONGEST_REASON:
        raise OutageReasonError(length=LONGEST_REASON, given=len(line))
    row = _waiting(session, outage, number)
    require_open_registers(session, "handovers", [row.year])
    row.void_reason = line
    session.flush()
    _keep(session, outage)
    data = {"number": number, "year": row.year, "reason": line}
    record_event(session, "outage:number-void", subject_id=outage.id, actor=actor, data=data)
    return _document(outage)


def _waiting(session: Session, outage: Outage, number: int) -> ReservedNumber:
    row = session.scalar(
        select(ReservedNumber)
        .where(ReservedNumber.outage_id == outage.id, ReservedNumber.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or not row.waits():
        raise ReservedNumberError(number=number)
    return row


def require_open_registers(session: Session, name: str, years: Iterable[int]) -> None:
    """``RegisterClosedError`` where the register of one of the years is closed."""
    closed = session.scalar(
        select(ClosedRegister.year)
        .where(ClosedRegister.name == name, ClosedRegister.year.in_(set(years)))
        .limit(1)
    )
    if closed is not None:
        raise RegisterClosedError(register=name, year=closed)


def outage_document(row: Outage) -> dict[str, Any]:
    """The JSON document of an outage, and the body of its act."""
    return _document(row).as_json()


def _document(row: Outage) -> OutageDocument:
    numbers = [ReservedNumberDocument.of_row(number) for number in row.numbers]
    return OutageDocument.of_row(row, numbers=numbers)


def restore_outages(session: Session, bodies: Sequence[dict[str, Any]]) -> None:
    """Rows of the newest acts; counters go on after the numbers that were reserved."""
    last: dict[tuple[str, int], int] = {}
    for body in bodies:
        numbers = [
            ReservedNumber(
                id=uuid4(),
                form=one["form"],
                year=one["year"],
                number=one["number"],
                text=one["text"],
                used_by=UUID(one["used_by"]) if one["used_by"] else None,
                void_reason=one["void_reason"],
            )
            for one in body["numbers"]
        ]
        session.add(
            Outage(
                id=UUID(body["id"]),
                began_at=clock.parse_iso(body["began_at"]),
                ended_at=clock.parse_iso(body["ended_at"]),
                reason=body["reason"],
                entered_by=body["entered_by"],
                entered_at=clock.parse_iso(body["entered_at"]),
                acts_meanwhile=body["acts_meanwhile"],
                numbers=numbers,
            )
        )
        for reserved_number in numbers:
            key = (reserved_number.form, reserved_number.year)
            last[key] = max(last.get(key, 0), reserved_number.number)
    session.flush()
    for key, number in last.items():
        counter = session.scalar(
            select(FormNumber).where(FormNumber.form == key[0], FormNumber.year == key[1])
        )
        if counter is None:
            session.add(FormNumber(form=key[0], year=key[1], last=number))
        else:
            counter.last = max(counter.last, number)


def one_line(text: str) -> str:
    """What a person wrote, in one line."""
    return telling_line(text)


def _keep(session: Session, row: Outage) -> None:
    at = clock.now()
    session.add(Act(kind=OUTAGE, subject_id=str(row.id), at=at, document=outage_document(row)))
