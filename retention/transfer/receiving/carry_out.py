"""The job that carries a decision on a transfer out: the door's own acts, one after another."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from archive_service.accounts.acts import AccountNotFoundError, acting_as
from archive_service.db.unit_of_work import StaleWriteError
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionStateError,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
)
from archive_service.errors import (
    ArchiveError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from ingest.submissions.acts import accept, give_back
from ingest.submissions.given import Acceptance, Return
from ingest.submissions.held_since_check import HeldSinceError
from ingest.transitions import TRANSITIONS as AT_THE_DOOR
from retention.transfer.custody_acts import tell
from retention.transfer.listing import get_transfer
from retention.transfer.receiving.decide import NOT_CARRIED_OUT
from retention.transfer.receiving.stored import CARRY_OUT_JOB, SETTLE_JOB
from retention.transfer.transitions import TRANSITIONS

AT_ONCE = 100  # items whose rows are written in one transaction


@dataclass(frozen=True, slots=True)
class _Taken:
    """An item that is accepted, and its submission."""

    id: UUID
    ordinal: int
    submission_id: UUID
    reason: str  # of the decision


def carry_out(lease: Lease, services: Services) -> None:
    """The job: the door's acts of a decision, one after another; safe to repeat and to kill."""
    if lease.subject_id is None:
        raise ValueError(f"{CARRY_OUT_JOB} needs a transfer")
    transfer_id = lease.subject_id
    actor = _decider(services, transfer_id)
    last = 0
    while some := _accepted_after(services, transfer_id, last):
        last = some[-1].ordinal
        done = {item.id: _accept(services, item, actor) for item in some}
        _note_accepted(services, transfer_id, done)
    if isinstance(actor, Actor):
        _give_back_all(services, transfer_id, actor)
    with services.writing() as session:
        services.jobs.add(session, SETTLE_JOB, subject_id=transfer_id)
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def _decider(services: Services, transfer_id: UUID) -> Actor | Refusal:
    """Who decided, if the account may act still."""
    idle_days = services.settings.web.idle_account_days
    with services.read_only() as session:
        name = get_transfer(session, transfer_id, actor=WORKER).decided_by or ""
        try:
            return acting_as(session, name, os_user="", idle_days=idle_days)
        except AccountNotFoundError as gone:
            return _not_done(gone)


def _accepted_after(services: Services, transfer_id: UUID, after: int) -> list[_Taken]:
    query = (
        select(TransferItem.id, TransferItem.ordinal, TransferItem.submission_id, Transfer.reason)
        .join(Transfer, Transfer.id == TransferItem.transfer_id)
        .where(
            TransferItem.transfer_id == transfer_id,
            TransferItem.state == TransferItemState.ACCEPTED,
            TransferItem.case_file_id.is_(None),
            TransferItem.ordinal > after,
        )
    )
    with services.read_only() as session:
        found = session.execute(query.order_by(TransferItem.ordinal).limit(AT_ONCE))
        return [_Taken(row.id, row.ordinal, row.submission_id, row.reason) for row in found]


def _accept(services: Services, item: _Taken, actor: Actor | Refusal) -> UUID | Refusal:
    """The case file; or why the door does not take it any more."""
    if isinstance(actor, Refusal):
        return actor

    def taken() -> UUID:
        accept(services, item.submission_id, Acceptance(reason=item.reason), actor=actor)
        with services.read_only() as session:
            row = session.get_one(Submission, item.submission_id)
            return row.case_file_id or row.id

    try:
        try:
            return taken()
        except HeldSinceError:
            return taken()  # what others of the transfer brought is told now; no error, then
    except StaleWriteError:
        raise  # the job is tried again
    except (ConflictError, InputError, NotAllowedError, NotFoundError) as refused:
        return _not_done(refused)


def _not_done(refused: ArchiveError) -> Refusal:
    facts = {name: str(value) for name, value in refused.facts.items()}
    return Refusal(NOT_CARRIED_OUT, {"error": refused.code, "facts": facts})


def _note_accepted(
    services: Services, transfer_id: UUID, done: Mapping[UUID, UUID | Refusal]
) -> None:
    """Items know their case files; what was not taken waits to be decided again."""
    with services.writing() as session:
        row = get_transfer(session, transfer_id, actor=WORKER, locked=True)
        changed, codes = list[TransferItem](), list[str]()
        for item_id, outcome in done.items():
            item = session.get_one(TransferItem, item_id)
            if item.state is not TransferItemState.ACCEPTED:
                continue
            changed.append(item)
            if isinstance(outcome, UUID):
                item.case_file_id = outcome
                continue
            item.state, item.refusal = TransferItemState.ARRIVED, outcome.as_document()
            codes.append(item.code)
        if codes:
            TRANSITIONS.move(row, "reopen")
        tag = "transfer:reopened" if codes else "transfer:accepted"
        count = len(changed) - len(codes)
        tell(session, row, tag, actor=WORKER, changed=changed, count=count, codes=codes)


def _give_back_all(services: Services, transfer_id: UUID, actor: Actor) -> None:
    """What goes back leaves the door."""
    last = 0
    while some := _returned_after(services, transfer_id, last):
        last = some[-1].ordinal
        for item in some:
            with suppress(SubmissionStateError):  # somebody decided it at the desk just now
                give_back(services, item.submission_id, Return(reason=item.reason), actor=actor)


def _returned_after(services: Services, transfer_id: UUID, after: int) -> list[_Taken]:
    query = (
        select(
            TransferItem.id, TransferItem.ordinal, TransferItem.submission_id, TransferItem.reason
        )
        .join(Submission, Submission.id == TransferItem.submission_id)
        .where(
            TransferItem.transfer_id == transfer_id,
            TransferItem.state == TransferItemState.RETURNED,
            Submission.state.in_(AT_THE_DOOR["return"].states),
            TransferItem.ordinal > after,
        )
    )
    with services.read_only() as session:
        found = session.execute(query.order_by(TransferItem.ordinal).limit(AT_ONCE))
        return [_Taken(row.id, row.ordinal, row.submission_id, row.reason) for row in found]
