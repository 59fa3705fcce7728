"""Holds as lists, commands and pages tell them."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from archive_service import access, clock
from archive_service.catalogue.holdings.holds import hold_document, is_overdue
from archive_service.db.words import has_words
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import Hold, HoldLock, HoldOrder, HoldScope
from retention.holds.documents import HoldOrderDocument, ListedHoldDocument


def matching_holds(
    *,
    actor: Actor,
    act: str = "hold:list",
    text: str = "",
    in_force: bool | None = None,
    code: str = "",
    order: UUID | None = None,
    overdue: bool = False,
) -> Select[Hold]:
    """Holds the account may know of.

    Args:
        text: a part of the reason, the authority, or of code or title of what is held.
        code: of a case file, with those on its fonds, or of a fonds.
        overdue: only those in force whose day has passed.
    """
    query = (
        select(Hold)
        .join(Hold.order)
        .outerjoin(CaseFile, CaseFile.id == Hold.case_file_id)
        .outerjoin(Fonds, Fonds.id == Hold.fonds_id)
        .options(contains_eager(Hold.order))
        .where(
            or_(
                access.visible(actor, act, CaseFile.agency_id),
                access.visible(actor, act, Fonds.agency_id),
            )
        )
    )
    if code:
        of_it = select(CaseFile.fonds_id).where(CaseFile.code == code.strip())
        codes = CaseFile.code == code.strip(), Fonds.code == code.strip()
        query = query.where(or_(*codes, Hold.fonds_id.in_(of_it)))
    if in_force is not None:
        query = query.where(Hold.lifted_at.is_(None) if in_force else Hold.lifted_at.is_not(None))
    if order is not None:
        query = query.where(Hold.order_id == order)
    if overdue:
        query = query.where(Hold.lifted_at.is_(None), HoldOrder.until < clock.today())
    if text:
        columns = (
            CaseFile.code, CaseFile.title, Fonds.code, Fonds.name, HoldOrder.reason,
            HoldOrder.authority,
        )  # fmt: skip
        query = query.where(has_words(text, *columns))
    return query


def count_holds(session: Session, query: Select[Hold]) -> int:
    """How many a question of ``matching_holds`` finds."""
    found = query.with_only_columns(Hold.id).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def hold_documents(session: Session, holds: Sequence[Hold]) -> list[ListedHoldDocument]:
    """The documents of holds, in four statements however many there are."""
    ids = {hold.case_file_id for hold in holds if hold.case_file_id}
    whole = {hold.fonds_id for hold in holds if hold.fonds_id}
    cases = select(CaseFile.id, CaseFile.code, CaseFile.title).where(CaseFile.id.in_(ids))
    named = {row.id: (row.code, row.title) for row in session.execute(cases)}
    fonds = select(Fonds.id, Fonds.code, Fonds.name).where(Fonds.id.in_(whole))
    named |= {row.id: (row.code, row.name) for row in session.execute(fonds)}
    states: defaultdict[UUID, list[CopyState]] = defaultdict(list)
    for state in session.scalars(
        select(CopyState).where(CopyState.case_file_id.in_(ids)).order_by(CopyState.copy)
    ):
        states[state.case_file_id].append(state)
    locks: defaultdict[UUID, list[HoldLock]] = defaultdict(list)
    for lock in session.scalars(select(HoldLock).where(HoldLock.case_file_id.in_(ids))):
        locks[lock.case_file_id].append(lock)
    documents = []
    for hold in holds:
        of = hold.case_file_id or hold.fonds_id
        if of is None:
            raise ValueError(f"hold {hold.id} holds nothing")
        code, title = named[of]
        document = hold_document(hold, code, states=states[of], locks=locks[of])
        documents.append(document.extended(ListedHoldDocument, title=title))
    return documents


def may_lift(actor: Actor, placed_by: str, placed_role: str) -> bool:
    """Whether the account may lift a hold, or an order, of this account and its role then."""
    is_placer = placed_by == actor.account or placed_role == actor.role.value
    return is_placer and access.may(actor, "hold:lift")


def order_document(session: Session, order: HoldOrder) -> HoldOrderDocument:
    """An order: what it names, how many case files that were, how many of its holds stand."""
    count = select(func.count()).select_from(Hold).where(Hold.order_id == order.id)
    standing = session.scalar(count.where(Hold.lifted_at.is_(None))) or 0
    code = None
    if order.scope is HoldScope.FONDS:
        of_order = select(Fonds.code).join(Hold, Hold.fonds_id == Fonds.id)
        code = session.scalar(of_order.where(Hold.order_id == order.id))
    return HoldOrderDocument.of_row(
        order,
        fonds=code,
        in_force=standing,
        overdue=bool(standing) and is_overdue(order.until),
    )
