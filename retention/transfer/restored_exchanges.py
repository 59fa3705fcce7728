"""Transfers, the archives they go to and come from, and what is on its way: after a rebuild."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service.domain.intake.submission import Submission
from archive_service.domain.transfer.partner import TransferSending
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.services import Services
from retention.transfer.calendar.custody_acts import restore_appointments, tell_untold_appointments
from retention.transfer.custody_acts import restore_transfers
from retention.transfer.network.send import SEND_JOB
from retention.transfer.partners.custody_acts import restore_partners, restore_sendings, tell_untold


def tell_exchanges(services: Services) -> None:
    """Acts of partners and appointments of a release without such acts; nothing if all have one."""
    with services.unit_of_work() as uow:
        if tell_untold(uow.session) + tell_untold_appointments(uow.session):
            uow.commit()


def restore_exchanges(session: Session, services: Services, carried: Iterable[Any] = ()) -> None:
    """Rows of the newest acts, and the job of each transfer that was being sent.

    Once agencies, accounts and case files are back.

    Args:
        carried: see ``restore_sendings``.
    """
    restore_partners(session)
    restore_transfers(session)
    restore_sendings(session, carried)
    restore_appointments(session)
    go_on(session, services)


def go_on(session: Session, services: Services) -> None:
    """What came and was not decided on is awaited again; what was being sent is sent."""
    _await_again(session)
    _queue_sendings(session, services)


def _await_again(session: Session) -> None:
    """Packages whose submission is in no copy: the giver is asked for them once more."""
    session.flush()
    there = select(Submission.id).where(Submission.id == TransferItem.submission_id)
    lost = TransferItem.state == TransferItemState.ARRIVED, ~there.exists()
    awaited = {"state": TransferItemState.AWAITED, "submission_id": None}
    session.execute(
        update(TransferItem)
        .where(*lost)
        .values(awaited)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _queue_sendings(session: Session, services: Services) -> None:
    """Jobs do not come back: what was asked for since it was built, and did not end, goes on."""
    query = (
        select(TransferSending.transfer_id)
        .join(Transfer, Transfer.id == TransferSending.transfer_id)
        .where(
            Transfer.state == TransferState.BUILT,
            TransferSending.folder != "",  # its packages, and not its register alone
            TransferSending.finished_at.is_(None),
            TransferSending.asked_at >= Transfer.built_at,
        )
    )
    for transfer_id in session.scalars(query).all():
        services.jobs.add(session, SEND_JOB, subject_id=transfer_id)
