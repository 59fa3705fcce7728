"""Placing and lifting holds: the act into every copy, the locks of the stores by a job."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.fonds.fonds import get_fonds
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import Hold, HoldOrder
from archive_service.domain.transfer.transfer import (
    ON_ITS_WAY,
    STOP_JOB,
    Transfer,
    TransferDirection,
)
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.text import nfc
from retention.holds import placing
from retention.holds.documents import HoldOrderDocument, ListedHoldDocument
from retention.holds.given import LiftIn
from retention.holds.listing import hold_documents, matching_holds, order_document
from retention.holds.locks import APPLY_JOB, APPLY_ORDER_JOB
from retention.holds.reminders import settle
from retention.holds.rules import HoldNotFoundError, Wish
from search.by_document import found_case_files
from search.conditions import Conditions


def place_holds(
    services: Services,
    codes: Sequence[str],
    *,
    reason: str,
    authority: str,
    until: dt.date | None = None,
    actor: Actor,
) -> list[ListedHoldDocument]:
    """Hold all of these case files or none; an order that is in force already stays as it is.

    Args:
        until: local day; somebody is reminded then, and the hold stays.

    Raises:
        ActNotAllowedError: ``actor`` may not place holds.
        CaseFileNotFoundError: codes that no case file bears.
        HoldWordsError, CaseFileBeingDestroyedError: see ``rules.place_on_case_files``.
    """
    access.require(actor, "hold:place")
    wish = Wish(reason, authority, until)
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    with services.writing() as session:
        found = case_files_named(session, wanted, actor=actor)
        for case_file in found:
            access.require(actor, "hold:place", case_file)
        placed, new = placing.place_on_case_files(session, found, wish, actor=actor)
        for row in new:
            services.jobs.add(session, APPLY_JOB, subject_id=row.id)
        _stop_transfers(session, services)
        session.flush()
        documents = hold_documents(session, [placed[case_file.id] for case_file in found])
    write_out_evidence(services)
    return documents


def place_on_search(
    services: Services,
    text: str,
    wish: Wish,
    *,
    conditions: Conditions | None = None,
    actor: Actor,
) -> HoldOrderDocument:
    """Hold every case file that a search finds now, in one order.

    Raises:
        ActNotAllowedError, EmptyQueryError, AgencyNotFoundError
        HoldWordsError, HoldDayError, HoldNothingError: see ``rules.place_on_found``.
    """
    access.require(actor, "hold:place")
    conditions = conditions or Conditions()
    found = found_case_files(services, text, actor=actor, conditions=conditions)
    search = {"text": nfc(text).strip()} | {
        name: list(values) for name, values in conditions.chosen().items()
    }
    with services.writing() as session:
        order, new = placing.place_on_found(session, found, wish, search=search, actor=actor)
        if new:
            services.jobs.add(session, APPLY_ORDER_JOB, subject_id=order.id)
        _stop_transfers(session, services)
        session.flush()
        document = order_document(session, order)
    write_out_evidence(services)
    return document


def place_on_fonds(services: Services, code: str, wish: Wish, *, actor: Actor) -> HoldOrderDocument:
    """Hold all of a fonds, what comes into it later as well.

    Raises:
        ActNotAllowedError, FondsNotFoundError, HoldWordsError, HoldDayError
    """
    with acting(services, "hold:place", actor) as session:
        fonds = get_fonds(session, code, actor=actor)
        access.require(actor, "hold:place", fonds)
        hold, new = placing.place_on_fonds(session, fonds, wish, actor=actor)
        if new:
            services.jobs.add(session, APPLY_ORDER_JOB, subject_id=hold.order_id)
        _stop_transfers(session, services)
        session.flush()
        return order_document(session, hold.order)


def lift_hold(
    services: Services, hold_id: UUID, given: LiftIn, *, actor: Actor
) -> ListedHoldDocument:
    """Lift one hold; the stores let go when the last one on the case file has ended.

    Raises:
        ActNotAllowedError: ``actor`` may not lift holds.
        HoldNotFoundError, HoldLiftedError, HoldLiftWordsError, HoldPlacerError
    """
    with acting(services, "hold:lift", actor) as session:
        hold = session.scalar(matching_holds(actor=actor).where(Hold.id == hold_id))
        if hold is None:
            raise HoldNotFoundError(id=hold_id)
        of: CaseFile | Fonds
        if hold.case_file_id is not None:
            of = session.get_one(CaseFile, hold.case_file_id)
            services.jobs.add(session, APPLY_JOB, subject_id=of.id)
        else:
            of = session.get_one(Fonds, hold.fonds_id)
            services.jobs.add(session, APPLY_ORDER_JOB, subject_id=hold.order_id)
        access.require(actor, "hold:lift", of)
        placing.lift_hold(session, hold, of, reason=given.reason, actor=actor)
        settle(session, hold.order)
        session.flush()
        (document,) = hold_documents(session, [hold])
    return document


def lift_order(
    services: Services, order_id: UUID, given: LiftIn, *, actor: Actor
) -> HoldOrderDocument:
    """Lift all of an order that is still in force.

    Raises:
        ActNotAllowedError: ``actor`` may not lift holds, or not all of these.
        HoldNotFoundError, HoldLiftedError, HoldLiftWordsError, HoldPlacerError
    """
    with acting(services, "hold:lift", actor) as session:
        order = get_order(session, order_id, actor=actor, act="hold:lift")
        placing.lift_order(session, order, reason=given.reason, actor=actor)
        settle(session, order)
        services.jobs.add(session, APPLY_ORDER_JOB, subject_id=order.id)
        return order_document(session, order)


def is_order(services: Services, order_id: UUID) -> bool:
    """Whether this is the id of an order and of no hold."""
    with services.read_only() as session:
        known = session.get(Hold, order_id), session.get(HoldOrder, order_id)
    return known[0] is None and known[1] is not None


def get_order(
    session: Session, order_id: UUID, *, actor: Actor, act: str = "hold:list"
) -> HoldOrder:
    """The order, if all that it holds is the account's to know.

    Raises:
        HoldNotFoundError
    """
    order = session.get(HoldOrder, order_id)
    mine = matching_holds(actor=actor, act=act).where(Hold.order_id == order_id)
    others = select(Hold.id).where(
        Hold.order_id == order_id, Hold.id.not_in(mine.with_only_columns(Hold.id))
    )
    if order is None or session.scalar(others.limit(1)) is not None:
        raise HoldNotFoundError(id=order_id)
    return order


def list_holds(
    services: Services,
    *,
    actor: Actor,
    in_force: bool | None = None,
    code: str = "",
    order: UUID | None = None,
    overdue: bool = False,
    limit: int | None = None,
) -> list[ListedHoldDocument]:
    """Holds the account may know of, the newest first; see ``matching_holds``.

    Raises:
        ActNotAllowedError: ``actor`` may not see them.
    """
    access.require(actor, "hold:list")
    query = matching_holds(actor=actor, in_force=in_force, code=code, order=order, overdue=overdue)
    with services.read_only() as session:
        rows = session.scalars(query.order_by(Hold.placed_at.desc(), Hold.id.desc()).limit(limit))
        return hold_documents(session, rows.all())


def _stop_transfers(session: Session, services: Services) -> None:
    """What is held from now on and is on its way to another archive is stopped soon."""
    going = (Transfer.direction == TransferDirection.OUT, Transfer.state.in_(ON_ITS_WAY))
    if session.scalar(select(Transfer.id).where(*going).limit(1)) is not None:
        services.jobs.add(session, STOP_JOB)
