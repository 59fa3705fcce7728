"""What another archive keeps now leaves this one: let go by the agency's head, by the one gate."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.retention.removal import Removal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from retention.clock_check import is_clock_believed
from retention.destruction.acts import claim_handed_over
from retention.disposition.execution import PASSES
from retention.transfer.custody_acts import tell, tell_items
from retention.transfer.documents import TransferDocument
from retention.transfer.given import RemovalApproval
from retention.transfer.items import items_of
from retention.transfer.listing import get_transfer, open_transfer, transfer_document
from retention.transfer.refusals import TransferOwnError

REMOVE_JOB = "remove-handed-over"
RESUME_JOB = "resume-handed-over"
_TOGETHER = 25  # case files claimed in one transaction: so long others wait for their rows


class TransferCoolingOffError(ConflictError):
    """What was handed over can be taken back till the cooling-off is over: ``on``."""


def remove(
    services: Services,
    transfer_id: UUID,
    given: RemovalApproval,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Let what is here of it go, when the cooling-off is over; the head of the agency alone.

    Jobs do it. What is held is left out, and says so; it goes with another call, when nothing
    holds it. Where nothing is left to go nothing is changed, and no code is asked for.

    Raises:
        ActNotAllowedError: not the head of this agency.
        TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferOwnError: who composed or closed it lets nothing go.
        TransferCoolingOffError: too early.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError
    """
    access.require(actor, "transfer:remove")
    try:
        document = _let_go(services, transfer_id, given.otp, actor, lang)
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    write_out_evidence(services)
    return document


def _let_go(
    services: Services, transfer_id: UUID, otp: str | None, actor: Actor, lang: str
) -> TransferDocument:
    with services.writing() as session:
        row = open_transfer(session, transfer_id, "remove", actor=actor)
        if actor.account in (row.composed_by, row.closed_by):
            raise TransferOwnError(account=actor.account)
        if row.removable_on is None or clock.today() < row.removable_on:
            raise TransferCoolingOffError(number=row.name, on=row.removable_on)
        waiting = select(TransferItem.id).where(TransferItem.transfer_id == row.id, *_UNCLAIMED)
        if session.scalar(waiting.limit(1)) is not None:
            home = services.settings.home
            require_second_factor(session, actor.account_id, otp, home=home)
            row.removal_by, row.removal_at = actor.account, clock.now()
            staying = items_of(session, row.id, TransferItemState.TRANSFERRED)
            again = [item for item in staying if item.refusal is not None]
            for item in again:
                item.refusal = None
            tell(session, row, "transfer:let-go", actor=actor, changed=again)
            services.jobs.add(session, REMOVE_JOB, subject_id=row.id)
        return transfer_document(session, row, lang)


def remove_handed_over(lease: Lease, services: Services) -> None:
    """Claim what may go, a few in a transaction; safe to repeat and to kill.

    What the gate refuses for good is left out, and says why; what is only busy, or waits for a
    clock that can be believed, is tried by the next round.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a transfer")
    is_clock_believed(services)  # if not, an incident; the gate refuses by itself
    waiting = _waiting(services, lease.subject_id)
    for start in range(0, len(waiting), _TOGETHER):
        some = waiting[start : start + _TOGETHER]
        with services.writing() as session:
            claims = claim_handed_over(services, session, some)
            row = get_transfer(session, lease.subject_id, actor=WORKER, locked=True)
            _note(session, row, claims)
    with services.writing() as session:
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def resume_handed_over(lease: Lease, services: Services) -> None:
    """Go on with transfers of which something was let go and is not claimed yet."""
    let_go = select(Transfer.id).where(
        Transfer.state == TransferState.CLOSED,
        Transfer.removal_at.is_not(None),
        exists().where(TransferItem.transfer_id == Transfer.id, *_UNCLAIMED),
    )
    with services.read_only() as session:
        found = session.scalars(let_go).all()
    going = [identifier for identifier in found if _waiting(services, identifier)]
    with services.writing() as session:
        for transfer_id in going:
            services.jobs.add(session, REMOVE_JOB, subject_id=transfer_id)
        services.jobs.finish(session, lease)


_UNCLAIMED = (
    TransferItem.state == TransferItemState.TRANSFERRED,
    ~exists().where(Removal.case_file_id == TransferItem.case_file_id),
)


def _waiting(services: Services, transfer_id: UUID) -> list[UUID]:
    """Those that the gate has not refused for good."""
    columns = select(TransferItem.id, TransferItem.refusal)
    query = columns.where(TransferItem.transfer_id == transfer_id, *_UNCLAIMED)
    with services.read_only() as session:
        found = session.execute(query.order_by(TransferItem.ordinal)).all()
    return [row.id for row in found if row.refusal is None]


def _note(session: Session, row: Transfer, told: dict[UUID, Removal | RemovalRefusedError]) -> None:
    """What is left out for good says so, with an event of its own."""
    left_out = []
    for item_id, refused in told.items():
        if isinstance(refused, Removal) or refused.facts["reason"] in PASSES:
            continue
        item = session.get_one(TransferItem, item_id)
        held = refused.facts["reason"] == "held"
        found = Refusal("held", {}) if held else refused.refusal()
        item.refusal = found.as_document()
        left_out.append(item)
        record_event(
            session,
            "transfer:left-out",
            subject_id=item.case_file_id,
            actor=WORKER,
            agency_id=row.agency_id,
            data=found.as_event(item.code),
        )
    if left_out:
        tell_items(session, row, left_out)
