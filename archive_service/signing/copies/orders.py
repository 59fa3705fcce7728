"""A clerk's order to put a seal on all copies that wait for it."""

from uuid import UUID

from sqlalchemy import Select, select

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign, SigningOrder
from archive_service.errors import ConflictError, NotFoundError
from archive_service.services import Services
from archive_service.signing.copies.documents import SigningOrderDocument
from archive_service.signing.copies.given import OrderIn, SealIn
from archive_service.signing.copies.waiting import (
    SIGN_JOB,
    halted_orders,
    last_job,
    order_document,
    waiting_for,
)
from archive_service.signing.seals.acts import open_seal


class NoCopyToSignError(ConflictError):
    """Nothing waits for this seal."""


class NoOrderHaltedError(ConflictError):
    """Every order for this seal has ended, or a worker has it in hand."""


class SigningOrderNotFoundError(NotFoundError):
    """No order bears this id, or it is not this account's to know."""


def order_signatures(
    services: Services, given: OrderIn, *, actor: Actor, lang: str = "vi"
) -> SigningOrderDocument:
    """Have workers put the seal on the copies that wait for it.

    The key is opened now, so that a clerk hears at once that it cannot be used. Asked again while
    the order of a moment ago is at work and nothing new waits, it is that order.

    Args:
        agency: whose seal; that of the account's agency by default.
        again: also those that were refused before.

    Raises:
        ActNotAllowedError, SealNotHeldError: not a clerk who has this key in hand.
        NoCopyToSignError: nothing waits.
        SigningKeyNotFoundError, TokenAwayError …: the key cannot be opened.
    """
    access.require(actor, "copy:sign")
    code = given.agency or agency_of(services, actor)
    seal = open_seal(services, code, actor=actor)
    with services.unit_of_work() as uow:
        session = uow.session
        take_write_lock(session)  # a second press of the button sees what the first ordered
        query = waiting_for(seal.agency_id, again=given.again).limit(given.limit)
        rows = session.scalars(query.with_for_update(of=CopyToSign, skip_locked=True)).all()
        if not rows:
            pressed = session.scalars(_just_ordered(seal.agency_id, actor)).first()
            if pressed is None:
                raise NoCopyToSignError(agency=seal.name)
            return order_document(session, pressed, lang)
        order = SigningOrder(
            agency_id=seal.agency_id,
            account=actor.account,
            ordered_at=clock.now(),
            total=len(rows),
        )
        session.add(order)
        session.flush()
        for row in rows:
            row.state, row.order_id, row.refusal = CopySigning.ORDERED, order.id, {}
        record_event(
            session,
            "copies:ordered",
            of=order,
            actor=actor,
            data={"agency": seal.code, "copies": len(rows)},
        )
        services.jobs.add(session, SIGN_JOB, subject_id=order.id)
        uow.commit()
        return order_document(session, order, lang)


def _just_ordered(agency_id: UUID, actor: Actor) -> Select[SigningOrder]:
    return (
        select(SigningOrder)
        .where(
            SigningOrder.agency_id == agency_id,
            SigningOrder.account == actor.account,
            SigningOrder.ordered_at > clock.just_before(),
            SigningOrder.signed + SigningOrder.refused < SigningOrder.total,
        )
        .order_by(SigningOrder.ordered_at.desc())
    )


def resume_orders(
    services: Services, given: SealIn, *, actor: Actor, lang: str = "vi"
) -> SigningOrderDocument:
    """Have every order for a seal go on whose job was given up; the last of them is told.

    Whoever has them go on signs the rest in their own name; what is signed stays as it is.

    Raises:
        ActNotAllowedError, SealNotHeldError, SigningKeyNotFoundError …: as ``order_signatures``.
        NoOrderHaltedError: none has to.
    """
    access.require(actor, "copy:sign")
    seal = open_seal(services, given.agency or agency_of(services, actor), actor=actor)
    with services.unit_of_work() as uow:
        session = uow.session
        halted = halted_orders().where(SigningOrder.agency_id == seal.agency_id)
        orders = session.scalars(halted.order_by(SigningOrder.ordered_at).with_for_update()).all()
        if not orders:
            raise NoOrderHaltedError(agency=seal.name)
        for order in orders:
            order.account = actor.account
            record_event(
                session,
                "copies:resumed",
                of=order,
                actor=actor,
                data={"agency": seal.code, "copies": order.total - order.signed - order.refused},
            )
            if (job := last_job(session, order)) is not None:
                services.jobs.revive(session, job.id)
            else:
                services.jobs.add(session, SIGN_JOB, subject_id=order.id)
        uow.commit()
        return order_document(session, orders[-1], lang)


def get_order(
    services: Services, order_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SigningOrderDocument:
    """The order as it stands.

    Raises:
        SigningOrderNotFoundError
    """
    access.require(actor, "copy:list")
    with services.read_only() as session:
        order = session.scalar(
            select(SigningOrder).where(
                SigningOrder.id == order_id,
                access.visible(actor, "copy:list", SigningOrder.agency_id),
            )
        )
        if order is None:
            raise SigningOrderNotFoundError(id=order_id)
        return order_document(session, order, lang)


def agency_of(services: Services, actor: Actor) -> str:
    """The identifier of the account's agency; ``ActNotAllowedError`` for an account of none."""
    if actor.agency_id is None:
        raise access.not_allowed(actor, "seal:use")
    with services.read_only() as session:
        return session.get_one(Agency, actor.agency_id).code
