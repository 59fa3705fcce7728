"""A draft of a schedule tried on the holdings: asked for, worked through by a job, thrown away.

Adopting the draft is `schedules.decide`; a trial writes nothing but its own rows.
"""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import (
    RetentionSchedule,
    ScheduleState,
    WhatIf,
    WhatIfItem,
)
from archive_service.errors import NotFoundError
from archive_service.forms.tables import Row, write_table
from archive_service.jobs.port import Lease
from archive_service.services import Services
from retention.schedules.acts import require_sound
from retention.schedules.schedules import ScheduleStateError, get_schedule
from retention.schedules.what_if.documents import (
    TriedScheduleDocument,
    WhatIfDocument,
    WhatIfItemDocument,
)
from retention.schedules.what_if.rules import (
    Conflict,
    Slice,
    Trial,
    Turn,
    WhatIfCounts,
    keep,
    look,
    trial_of,
)

TRY_JOB = "try-schedule"
SLICE_S = 60.0  # so long a job goes on before it lets others in
COLUMNS = (
    "code", "rule", "ends_before", "ends_after", "turn", "conflict", "size_bytes",
)  # fmt: skip
_AT_ONCE = 2000  # rows of an export asked of the database at a time


class WhatIfNotFoundError(NotFoundError):
    """No trial with this id; it was thrown away, or another one took its place."""


def start(services: Services, schedule_id: UUID, *, actor: Actor) -> WhatIfDocument:
    """Try a draft on what is kept; a job does it. A trial that is not over is given back instead.

    It is tried for today, or for the day from which it would hold.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
        ScheduleStateError: it is no draft: what holds is not tried.
        ScheduleInvalidError: it could not be adopted either.
    """
    access.require(actor, "retention:simulate")
    with services.writing() as session:
        draft = get_schedule(session, schedule_id, locked=True)
        if draft.state is not ScheduleState.DRAFT:
            raise ScheduleStateError(
                code=draft.code, edition=draft.edition, by=draft.decided_by or ""
            )
        require_sound(session, draft)
        row = session.scalar(_trials(schedule_id).where(WhatIf.done_at.is_(None)).limit(1))
        if row is None:
            holds_from = str(draft.document["rule_set"]["valid_from"])
            row = WhatIf(
                id=uuid4(),
                schedule_id=schedule_id,
                asked_by=actor.account,
                asked_at=clock.now(),
                as_of=max(clock.today(), dt.date.fromisoformat(holds_from)),
                counts=WhatIfCounts.of_nothing().model_dump(),
            )
            session.add(row)
            session.flush()
        services.jobs.add(session, TRY_JOB, subject_id=row.id)
        return _document(row, draft)


def try_schedule(lease: Lease, services: Services) -> None:
    """Slice by slice for a while, then the job again; what was killed goes on where it was."""
    if lease.subject_id is None:
        raise ValueError(f"{TRY_JOB} needs a trial")
    until = time.monotonic() + SLICE_S
    left = _make_room(services, lease.subject_id)
    trial: Trial | None = None
    while left and time.monotonic() < until:
        with services.read_only() as session:
            row = session.get(WhatIf, lease.subject_id)
            if row is None or row.done_at is not None:
                left = False
                break
            begun_at, counts = row.cursor, WhatIfCounts(**row.counts)
            trial = trial or trial_of(session, row)
            found = look(session, row, trial, counts)
        left = _keep(services, lease, found, counts, begun_at=begun_at)
        services.jobs.heartbeat(lease)
    with services.writing() as session:
        services.jobs.finish(session, lease)
        if left:
            services.jobs.add(session, TRY_JOB, subject_id=lease.subject_id)


def show(services: Services, what_if_id: UUID, *, actor: Actor) -> WhatIfDocument:
    """Its schedule, when it was asked for, how far it is, what it counted.

    Raises:
        ActNotAllowedError, WhatIfNotFoundError
    """
    access.require(actor, "retention:simulate")
    with services.read_only() as session:
        return _document(*_found(session, what_if_id))


def newest_of(services: Services, schedule_id: UUID, *, actor: Actor) -> WhatIfDocument | None:
    """The last trial of a draft, as ``show`` tells it; ``None``: there is none."""
    access.require(actor, "retention:simulate")
    with services.read_only() as session:
        row = session.scalar(_trials(schedule_id).limit(1))
        if row is None:
            return None
        return _document(row, session.get_one(RetentionSchedule, schedule_id))


def get_newest(services: Services, schedule_id: UUID, *, actor: Actor) -> WhatIfDocument:
    """What the last trial of a draft counted, and whether it is over (``done_at``).

    Raises:
        WhatIfNotFoundError: it was not tried.
    """
    trial = newest_of(services, schedule_id, actor=actor)
    if trial is None:
        raise WhatIfNotFoundError(id=schedule_id)
    return trial


def list_items(
    services: Services,
    what_if_id: UUID,
    *,
    actor: Actor,
    turn: str = "",
    conflict: str = "",
    after: str = "",
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Case files whose last day would be another, by code, after the one named.

    Args:
        turn: one of ``Turn``, or every one.
        conflict: one of ``Conflict``, or all, those without any as well.

    Raises:
        ActNotAllowedError, WhatIfNotFoundError
    """
    access.require(actor, "retention:simulate")
    with services.read_only() as session:
        _found(session, what_if_id)
        query = _items(what_if_id, turn, conflict).where(WhatIfItem.code > after)
        return [item_document(item) for item in session.scalars(query.limit(limit))]


def write_items(
    services: Services,
    what_if_id: UUID,
    target: Path,
    *,
    actor: Actor,
    turn: str = "",
    conflict: str = "",
    lang: str = "vi",
) -> Path:
    """All of them into a CSV or XLSX, as its suffix says, row by row; see ``list_items``."""
    access.require(actor, "retention:simulate")
    heads = [messages.text(f"labels.what-if-column.{name}", lang) for name in COLUMNS]
    with services.read_only() as session:
        _found(session, what_if_id)
        query = _items(what_if_id, turn, conflict).execution_options(yield_per=_AT_ONCE)
        return write_table(target, heads, _cells(session, query, lang))


def discard(services: Services, what_if_id: UUID, *, actor: Actor) -> None:
    """Throw a trial away; the draft stays until it is adopted or dropped.

    Raises:
        ActNotAllowedError, WhatIfNotFoundError
    """
    access.require(actor, "retention:simulate")
    with services.writing() as session:
        row, _ = _found(session, what_if_id)
        _remove(session, row.id)


def forget_trials(session: Session, schedule_id: UUID) -> None:
    """Trials of a draft that became another."""
    _forget(session, _trials(schedule_id))


def item_document(item: WhatIfItem) -> dict[str, Any]:
    """One case file that moves; ``conflicts``: see ``Conflict``."""
    conflicts = [part for part in item.conflict.split(",") if part]
    return WhatIfItemDocument.of_row(item, conflicts=conflicts).as_json()


def _keep(
    services: Services, lease: Lease, found: Slice, counts: WhatIfCounts, *, begun_at: str | None
) -> bool:
    """Write down what was looked at with nothing locked; whether case files are left.

    Not where the trial was thrown away meanwhile, or another worker went on with it.
    """
    with services.unit_of_work() as uow:
        row = uow.session.get(WhatIf, lease.subject_id, with_for_update=True)
        if row is None or row.done_at is not None:
            return False
        if row.cursor == begun_at:
            keep(uow.session, row, found, counts)
            row.done_at = clock.now() if found.last is None else None
            uow.commit()
    return row.done_at is None


def _make_room(services: Services, what_if_id: UUID) -> bool:
    """Former trials of the same draft go, before this one begins; whether there is one to do."""
    with services.unit_of_work() as uow:
        row = uow.session.get(WhatIf, what_if_id)
        if row is None:
            return False
        _forget(uow.session, _trials(row.schedule_id).where(WhatIf.id != row.id))
        uow.commit()
    return True


def _forget(session: Session, trials: Select[WhatIf]) -> None:
    for row in session.scalars(trials).all():
        _remove(session, row.id)


def _remove(session: Session, what_if_id: UUID) -> None:
    session.execute(delete(WhatIfItem).where(WhatIfItem.what_if_id == what_if_id))
    session.execute(delete(WhatIf).where(WhatIf.id == what_if_id))


def _trials(schedule_id: UUID) -> Select[WhatIf]:
    newest = (WhatIf.asked_at.desc(), WhatIf.id)
    return select(WhatIf).where(WhatIf.schedule_id == schedule_id).order_by(*newest)


def _found(session: Session, what_if_id: UUID) -> tuple[WhatIf, RetentionSchedule]:
    row = session.get(WhatIf, what_if_id)
    if row is None:
        raise WhatIfNotFoundError(id=what_if_id)
    return row, session.get_one(RetentionSchedule, row.schedule_id)


def _items(what_if_id: UUID, turn: str, conflict: str) -> Select[WhatIfItem]:
    query = select(WhatIfItem).where(WhatIfItem.what_if_id == what_if_id)
    if turn:
        query = query.where(WhatIfItem.turn == Turn(turn).value)
    if conflict:
        query = query.where(WhatIfItem.conflict.contains(Conflict(conflict).value))
    return query.order_by(WhatIfItem.code)


def _cells(session: Session, query: Select[WhatIfItem], lang: str) -> Iterator[Row]:
    turns = {turn.value: messages.text(f"labels.what-if-turn.{turn.value}", lang) for turn in Turn}
    kinds = {
        conflict.value: messages.text(f"labels.what-if-conflict.{conflict.value}", lang)
        for conflict in Conflict
    }
    for item in session.scalars(query):
        item_facts = item_document(item)
        yield [
            item_facts["code"],
            item_facts["rule"],
            item_facts["ends_before"],
            item_facts["ends_after"],
            turns[item_facts["turn"]],
            "; ".join(kinds[conflict] for conflict in item_facts["conflicts"]),
            item_facts["size_bytes"],
        ]


def _document(row: WhatIf, draft: RetentionSchedule) -> WhatIfDocument:
    return WhatIfDocument.of_row(row, schedule=TriedScheduleDocument.of_row(draft))
