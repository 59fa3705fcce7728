"""Trao đổi qua mạng: what a giver asks and tells the other archive once a transfer is on its way.

Asked again and again, each time of all: a reply that was lost is there the next time, one that
comes twice changes nothing, and packages that the other side lost are sent once more.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.domain.account import WORKER, Actor
from archive_service.domain.transfer import (
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.domain.transfer_partner import TransferPartner, TransferSending
from archive_service.errors import ArchiveError, ConflictError
from archive_service.jobs.port import Lease
from archive_service.transfer.acts import tell_message
from archive_service.transfer.listing import get_transfer, transfer_document
from archive_service.transfer.network import PartnerRefusedError, PartnerServer
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.transfer_incoming import inbox
from archive_service.workflow.transfer_minutes import exchange_minutes
from archive_service.workflow.transfer_network import SEND_JOB, sending_document, server_of
from archive_service.workflow.transfer_notice import notice
from archive_service.workflow.transfer_reply_read import take_reply

EXCHANGE_JOB = "exchange-transfers"
_OPEN = (TransferState.SENT, TransferState.REPLIED, TransferState.ANSWERED)
_NOTICE = (
    TransferMessage.kind == TransferMessageKind.NOTICE,
    TransferMessage.direction == TransferDirection.OUT,
)
_UNTOLD = (*_NOTICE, TransferMessage.delivered_at.is_(None))


class TransferNotByNetworkError(ConflictError):
    """The transfer was not sent over the network: its reply comes back with the disk."""

    code = "transfer-not-by-network"


def exchange(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """TRANSFER with ``sending``, after notices were told and the newest reply was read.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferNotByNetworkError
        PartnerSilentError, PartnerLaterError, PartnerRefusedError
        and what ``take_reply`` refuses.
    """
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, "transfer:compose", row)
        if session.get(TransferSending, row.id) is None:
            raise TransferNotByNetworkError(number=row.name)
    _exchange(services, transfer_id)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        sending = session.get_one(TransferSending, row.id)
        return transfer_document(session, row, lang) | {"sending": sending_document(sending)}


def exchange_all(lease: Lease, services: Services) -> None:
    """The same of each transfer that is on its way; and what nobody delivers on is forgotten."""
    for transfer_id in _on_their_way(services):
        services.jobs.heartbeat(lease)
        try:
            _exchange(services, transfer_id)
        except ArchiveError as trouble:  # of one; the others are asked all the same
            _note(services, transfer_id, trouble)
    inbox(services).sweep()
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        uow.commit()


def _on_their_way(services: Services) -> list[UUID]:
    """Sent and not closed; also those that were withdrawn, while a notice of it is to be told."""
    told = select(TransferMessage.id).where(
        TransferMessage.transfer_id == Transfer.id,
        *_NOTICE,
        TransferMessage.delivered_at >= Transfer.withdrawn_at,
    )
    is_withdrawn = (Transfer.state == TransferState.WITHDRAWN) & ~told.exists()
    query = (
        select(Transfer.id)
        .join(TransferSending, TransferSending.transfer_id == Transfer.id)
        .where(Transfer.sent_at.is_not(None), Transfer.state.in_(_OPEN) | is_withdrawn)
        .order_by(Transfer.sent_at, Transfer.id)
    )
    with services.read_only() as session:
        return list(session.scalars(query))


def _exchange(services: Services, transfer_id: UUID) -> None:
    with services.read_only() as session:
        row = session.get_one(Transfer, transfer_id)
        sending = session.get_one(TransferSending, transfer_id)
        server = server_of(services, session.get_one(TransferPartner, sending.partner_id))
    try:
        if row.state in (*_OPEN, TransferState.WITHDRAWN):
            notice(services, transfer_id, actor=WORKER)
        _tell_notice(services, server, row)
        if not _ask(services, server, row):
            _send_again(services, row)
    finally:
        server.close()
    _note(services, transfer_id, None)
    write_out_evidence(services)


def _tell_notice(services: Services, server: PartnerServer, row: Transfer) -> None:
    """The newest one that was not told: each tells all."""
    with services.read_only() as session:
        newest = _untold(session, row.id)
        if not newest:
            return
        document = newest[-1].document.encode()
    try:
        server.send_notice(row.id, document)
    except PartnerRefusedError as refused:
        if not _is_unknown(refused) or row.state is not TransferState.WITHDRAWN:
            raise  # what was withdrawn and is not there is as it should be
    with services.unit_of_work() as uow:
        for message in _untold(uow.session, row.id):
            if message.sequence <= newest[-1].sequence:
                message.delivered_at = clock.now()
                tell_message(uow.session, message)
        uow.commit()


def _untold(session: Session, transfer_id: UUID) -> list[TransferMessage]:
    query = select(TransferMessage).where(TransferMessage.transfer_id == transfer_id, *_UNTOLD)
    return list(session.scalars(query.order_by(TransferMessage.sequence)))


def _ask(services: Services, server: PartnerServer, row: Transfer) -> bool:
    """Read the newest reply; whether the other side has all that was sent."""
    try:
        standing = server.standing(row.id)
    except PartnerRefusedError as refused:
        if not _is_unknown(refused):
            raise
        return False  # it was restored from before it came
    newer = int(standing["reply_sequence"]) > row.reply_sequence
    if newer:
        take_reply(services, server.reply(row.id), actor=WORKER)
    exchange_minutes(services, row, server, standing.get("minutes_sha256"))
    if newer:
        return True
    return bool(standing["receiving"]) or not standing["wanted"]


def _is_unknown(refused: PartnerRefusedError) -> bool:
    return refused.facts["said"] == "transfer-not-found"


def _send_again(services: Services, row: Transfer) -> None:
    with services.unit_of_work() as uow:
        if uow.session.get_one(Transfer, row.id).state is TransferState.SENT:
            services.jobs.add(uow.session, SEND_JOB, subject_id=row.id)
        uow.commit()


def _note(services: Services, transfer_id: UUID, trouble: ArchiveError | None) -> None:
    with services.unit_of_work() as uow:
        sending = uow.session.get_one(TransferSending, transfer_id, with_for_update=True)
        if trouble is None:
            sending.asked_last_at, sending.trouble, sending.trouble_at = clock.now(), None, None
        else:
            facts = {name: str(one) for name, one in trouble.facts.items()}
            sending.trouble = {"code": trouble.code, "facts": facts}
            sending.trouble_at = clock.now()
        uow.commit()
