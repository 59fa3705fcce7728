"""Holds placed and lifted in a session: rows, the acts into every copy, and the events."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.destroyed import require_not_claimed
from archive_service.db.held import in_force
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import (
    LONGEST_REASON,
    Hold,
    HoldOrder,
    HoldScope,
)
from archive_service.storage.held import lock_row
from retention.holds.custody_acts import (
    ROWS_AT_ONCE,
    Lifted,
    keep_hold,
    keep_order,
    keep_rows,
    write_rows,
)
from retention.holds.rules import (
    HoldLiftedError,
    HoldLiftWordsError,
    HoldNothingError,
    Wish,
    checked_words,
    name_of,
    require_placer,
)


def place_on_case_files(
    session: Session, rows: Sequence[CaseFile], wish: Wish, *, actor: Actor
) -> tuple[dict[UUID, Hold], list[CaseFile]]:
    """Hold each of them; the same words again are the same hold. Second: those newly held.

    Raises:
        HoldWordsError, HoldDayError
        CaseFileBeingDestroyedError: the destroy gate was first.
        CaseFileDestroyedError: nothing is left to hold.
    """
    wish = wish.checked()
    holds: dict[UUID, Hold] = {}
    new: list[CaseFile] = []
    for row in sorted(rows, key=lambda row: row.id):  # two calls never wait crosswise
        lock_row(session, row.id)
        known = [one for one in in_force(session, row.id) if one.case_file_id and _says(one, wish)]
        if known:
            holds[row.id] = known[0]
            continue
        require_not_claimed(session, row.id)
        new.append(row)
    if new:
        order = _begin(session, HoldScope.CASE_FILES, wish, len(new), actor=actor)
        for row in new:
            hold = _hold(order, case_file_id=row.id)
            session.add(hold)
            holds[row.id] = hold
            keep_hold(session, hold, row.code)
            facts = {"hold": str(hold.id), "order": str(order.id), "code": row.code}
            _tell(session, "hold:placed", row, facts | _why(order), actor)
    return holds, new


def place_on_found(
    session: Session, found: Sequence[UUID], wish: Wish, *, search: Mapping[str, Any], actor: Actor
) -> tuple[HoldOrder, bool]:
    """Hold what a search found, in one order; what is destroyed, or about to be, is left out.

    The same words about the same search hold what it finds beyond the former order; where that is
    nothing, they are the former order. Second: whether anything is newly held.

    Raises:
        HoldWordsError, HoldDayError
        HoldNothingError: it found nothing that could be held.
    """
    wish = wish.checked()
    same = select(HoldOrder.id).where(
        HoldOrder.scope == HoldScope.SEARCH,
        HoldOrder.reason == wish.reason,
        HoldOrder.authority == wish.authority,
    )
    held = exists().where(
        Hold.case_file_id == CaseFile.id, Hold.order_id.in_(same), Hold.lifted_at.is_(None)
    )
    free: list[UUID] = []
    ids, known = sorted(found, key=lambda case_file_id: case_file_id.int), 0
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = (
            select(CaseFile.id, held.label("held"))
            .where(
                CaseFile.id.in_(ids[start : start + ROWS_AT_ONCE]),
                CaseFile.state != CaseState.DESTROYED,
                CaseFile.removing_since.is_(None),
            )
            .order_by(CaseFile.id)
        )
        for row in session.execute(some.with_for_update(of=CaseFile)):
            known += row.held
            if not row.held:
                free.append(row.id)
    if not free and known:
        newest = same.with_only_columns(HoldOrder).order_by(HoldOrder.placed_at.desc())
        return session.scalars(newest.limit(1)).one(), False
    if not free:
        raise HoldNothingError(name=str(search.get("text", "")))
    order = _begin(session, HoldScope.SEARCH, wish, len(free), actor=actor, search=dict(search))
    session.flush()
    write_rows(session, order, free)
    keep_rows(session, order, free)
    facts = {"case_files": len(free), "search": order.search} | _why(order)
    _tell_of_order(session, "hold:ordered", order, None, facts, actor)
    return order, True


def place_on_fonds(
    session: Session, fonds: Fonds, wish: Wish, *, actor: Actor
) -> tuple[Hold, bool]:
    """Hold all of a fonds, and what comes into it later. Second: whether it is new.

    What the destroy gate has claimed already goes.

    Raises:
        HoldWordsError, HoldDayError
    """
    wish = wish.checked()
    session.execute(select(Fonds.id).where(Fonds.id == fonds.id).with_for_update())
    standing = select(Hold).where(Hold.fonds_id == fonds.id, Hold.lifted_at.is_(None))
    for known in session.scalars(standing.order_by(Hold.placed_at)):
        if _says(known, wish):
            return known, False
    reached = session.scalar(
        select(func.count())
        .select_from(CaseFile)
        .where(
            CaseFile.fonds_id == fonds.id,
            CaseFile.state != CaseState.DESTROYED,
            CaseFile.removing_since.is_(None),
        )
    )
    order = _begin(session, HoldScope.FONDS, wish, reached or 0, actor=actor)
    hold = _hold(order, fonds_id=fonds.id)
    session.add(hold)
    keep_hold(session, hold, fonds.code)
    facts = {"case_files": order.case_files, "fonds": fonds.code} | _why(order)
    _tell_of_order(session, "hold:ordered", order, fonds.agency_id, facts, actor)
    return hold, True


def lift_hold(
    session: Session, hold: Hold, of: CaseFile | Fonds, *, reason: str, actor: Actor
) -> None:
    """End a hold on a case file or a fonds; others stay in force.

    Raises:
        HoldLiftWordsError: no reason, or too long a one.
        HoldPlacerError: another role placed it.
        HoldLiftedError: it was lifted before.
    """
    reason = checked_words("reason", reason, LONGEST_REASON, HoldLiftWordsError)
    require_placer(session, hold.order, actor)
    if isinstance(of, CaseFile):
        lock_row(session, of.id)
    else:
        session.execute(select(Fonds.id).where(Fonds.id == of.id).with_for_update())
    session.refresh(hold)
    if hold.lifted_at is not None:
        by = name_of(session, hold.lifted_by)
        raise HoldLiftedError(id=hold.id, on=clock.iso(hold.lifted_at), by=by)
    hold.lifted_at, hold.lifted_by, hold.lift_reason = clock.now(), actor.account, reason
    keep_hold(session, hold, of.code)
    facts = {"hold": str(hold.id), "order": str(hold.order_id), "code": of.code, "reason": reason}
    _tell(session, "hold:lifted", of, facts | {"authority": hold.authority}, actor)


def lift_order(session: Session, order: HoldOrder, *, reason: str, actor: Actor) -> int:
    """End all of an order that is still in force; how many holds that were.

    Raises:
        HoldLiftWordsError, HoldPlacerError
        HoldLiftedError: nothing of it is in force.
    """
    reason = checked_words("reason", reason, LONGEST_REASON, HoldLiftWordsError)
    require_placer(session, order, actor)
    lifted = Lifted(clock.now(), actor.account, reason)
    standing = (Hold.order_id == order.id, Hold.lifted_at.is_(None))
    agency_id = session.scalar(
        select(Fonds.agency_id).join(Hold, Hold.fonds_id == Fonds.id).where(*standing)
    )
    done = session.execute(update(Hold).where(*standing).values(**lifted.as_columns()))
    count = int(getattr(done, "rowcount", 0))
    if not count:
        newest = select(Hold.lifted_at, Hold.lifted_by).where(Hold.order_id == order.id)
        at, by = session.execute(newest.order_by(Hold.lifted_at.desc()).limit(1)).one()
        raise HoldLiftedError(id=order.id, on=at and clock.iso(at), by=name_of(session, by))
    keep_order(session, order, lifted)
    facts = {"holds": count, "reason": reason, "authority": order.authority}
    _tell_of_order(session, "hold:order-lifted", order, agency_id, facts, actor)
    return count


def _begin(
    session: Session,
    scope: HoldScope,
    wish: Wish,
    case_files: int,
    *,
    actor: Actor,
    search: dict[str, Any] | None = None,
) -> HoldOrder:
    order = HoldOrder(
        id=uuid4(),
        scope=scope,
        search=search,
        case_files=case_files,
        reason=wish.reason,
        authority=wish.authority,
        until=wish.until,
        placed_by=actor.account,
        placed_role=actor.role.value,
        placed_at=clock.now(),
    )
    session.add(order)
    keep_order(session, order)
    return order


def _hold(order: HoldOrder, **of: UUID) -> Hold:
    return Hold(
        id=uuid4(), order=order, order_id=order.id, placed_at=order.placed_at, lift_reason="",
        lifted_by="", **of,
    )  # fmt: skip


def _says(hold: Hold, wish: Wish) -> bool:
    why = hold.reason, hold.authority, hold.order.until
    return why == (wish.reason, wish.authority, wish.until)


def _why(order: HoldOrder) -> dict[str, Any]:
    until = order.until and order.until.isoformat()
    return {"authority": order.authority, "reason": order.reason} | (
        {"until": until} if until else {}
    )


def _tell(
    session: Session, tag: str, of: CaseFile | Fonds, facts: dict[str, Any], actor: Actor
) -> None:
    record_event(session, tag, of=of, actor=actor, data=facts)


def _tell_of_order(
    session: Session,
    tag: str,
    order: HoldOrder,
    agency_id: UUID | None,
    facts: dict[str, Any],
    actor: Actor,
) -> None:
    scope = {"scope": order.scope.value}
    record_event(
        session, tag, subject_id=order.id, actor=actor, agency_id=agency_id, data=scope | facts
    )
