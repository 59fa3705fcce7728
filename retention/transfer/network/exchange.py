"""Trao đổi qua mạng: what a giver asks and tells the other archive, from the register on.

Asked again and again, each time of all: a reply that was lost is there the next time, one that
comes twice changes nothing, and packages that the other side lost are sent once more.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.transfer.partner import TransferPartner, TransferSending
from archive_service.domain.transfer.transfer import (
    ON_ITS_WAY,
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.errors import ArchiveError, ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from retention.transfer.custody_acts import tell_message
from retention.transfer.documents import RegisterSentDocument, TransferDocument
from retention.transfer.given import RegisterSendingIn
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.kept import newest_message
from retention.transfer.network.client import PartnerRefusedError, PartnerServer
from retention.transfer.network.deliveries.acts import inbox
from retention.transfer.network.documents import SendingDocument, SendingTransferDocument
from retention.transfer.network.send import SEND_JOB, server_of, taking
from retention.transfer.network.troubles import NOT_HEARD, NOT_SENT, note_over, note_trouble
from retention.transfer.papers.minutes import exchange_minutes
from retention.transfer.partners.acts import token_for
from retention.transfer.partners.custody_acts import tell_sending
from retention.transfer.register import send_register as register_send_register
from retention.transfer.register.read_answer import take_answer
from retention.transfer.reply.read_reply import take_reply
from retention.transfer.stopping.send_notice import notice
from retention.transfer.transitions import ANNOUNCED

EXCHANGE_JOB = "exchange-transfers"
_ANNOUNCED = (*ANNOUNCED, TransferState.BUILT)
_OUT = TransferMessage.direction == TransferDirection.OUT
_NOTICE = (TransferMessage.kind == TransferMessageKind.NOTICE, _OUT)
_REGISTER = (TransferMessage.kind == TransferMessageKind.REGISTER, _OUT)
_Kind = Sequence[ColumnElement[bool]]


class TransferNotByNetworkError(ConflictError):
    """The transfer was not sent over the network: its reply comes back with the disk."""


def exchange(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SendingTransferDocument:
    """Ask the other archive's server for its reply now, and tell it what was stopped.

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
        return transfer_document(session, row, lang).extended(
            SendingTransferDocument, sending=SendingDocument.of(sending)
        )


def send_register(
    services: Services,
    transfer_id: UUID,
    given: RegisterSendingIn,
    *,
    actor: Actor,
    lang: str = "vi",
) -> RegisterSentDocument:
    """Send an approved register over the network, signed; safe to repeat.

    Raises:
        PartnerUnknownError, PartnerTakesNothingError, PartnerTokenError, TransferOtherPartnerError
        and what ``transfer_register_send.send_register`` raises.
    """
    access.require(actor, "transfer:compose")
    with services.writing() as session:
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        access.require(actor, "transfer:compose", row)
        partner = taking(session, row, given.to)
        token_for(services, partner.code)
        row.partner_code = partner.code
        sending = session.get(TransferSending, row.id)
        sending = sending or TransferSending(transfer_id=row.id, folder="")
        sending.partner_id, sending.asked_by = partner.id, actor.account
        sending.asked_at = clock.now()
        session.add(sending)
        note_over(session, sending, NOT_SENT, NOT_HEARD)
        tell_sending(session, sending)
    register_sent = register_send_register.send_register(
        services, transfer_id, number=given.number, actor=actor, lang=lang
    )
    with services.writing() as session:
        services.jobs.add(session, EXCHANGE_JOB)
    return register_sent


def exchange_all(lease: Lease, services: Services) -> None:
    """The same of each transfer that is on its way; and what nobody delivers on is forgotten."""
    with services.read_only() as session:
        going = session.scalars(_on_their_way()).all()
    for transfer_id in going:
        services.jobs.heartbeat(lease)
        try:
            _exchange(services, transfer_id)
        except ArchiveError as trouble:  # of one; the others are asked all the same
            note_trouble(services, transfer_id, trouble, kind=NOT_HEARD)
    inbox(services).sweep()
    with services.writing() as session:
        services.jobs.finish(session, lease)


def trouble_of(services: Services, transfer_id: UUID, *, actor: Actor) -> dict[str, Any] | None:
    """What stopped the last exchange, ``{code, facts}``, while it is tried again; of registers too.

    Raises:
        ActNotAllowedError, TransferNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        if not _troubled(session, [row.id]):
            return None
        return session.get_one(TransferSending, row.id).trouble


def in_trouble(services: Services, shown: Sequence[TransferDocument]) -> set[UUID]:
    """Of these TRANSFERs, by ``id``, those of which ``trouble_of`` tells something: one query."""
    with services.read_only() as session:
        return set(_troubled(session, [transfer.id for transfer in shown]))


def _troubled(session: Session, ids: Sequence[UUID]) -> Sequence[UUID]:
    is_sent = (TransferSending.folder != "") & TransferSending.finished_at.is_(None)
    is_tried = is_sent | TransferSending.transfer_id.in_(_on_their_way().order_by(None))
    wanted = TransferSending.transfer_id.in_(ids), TransferSending.trouble_at.is_not(None)
    return session.scalars(select(TransferSending.transfer_id).where(*wanted, is_tried)).all()


def _on_their_way() -> Select[UUID]:
    """Sent and not closed, or announced and not sent; what was withdrawn, until that is told.

    Also what is closed, while minutes are to be told that were signed since.
    """
    went = Transfer.sent_at.is_not(None)
    return (
        select(Transfer.id)
        .join(TransferSending, TransferSending.transfer_id == Transfer.id)
        .where(
            went & (Transfer.state.in_(ON_ITS_WAY) | _is_to_be_withdrawn(*_NOTICE))
            | ~went
            & (Transfer.register_sequence > 0)
            & (Transfer.state.in_(_ANNOUNCED) | _is_to_be_withdrawn(*_REGISTER))
            | (Transfer.state == TransferState.CLOSED) & Transfer.minutes_untold
        )
        .order_by(Transfer.sent_at, Transfer.id)
    )


def _is_to_be_withdrawn(*kind: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether it was withdrawn, and no message of this kind told so."""
    query = select(TransferMessage.id).where(
        TransferMessage.transfer_id == Transfer.id,
        *kind,
        TransferMessage.delivered_at >= Transfer.withdrawn_at,
    )
    return (Transfer.state == TransferState.WITHDRAWN) & ~query.exists()


def _exchange(services: Services, transfer_id: UUID) -> None:
    with services.read_only() as session:
        row = session.get_one(Transfer, transfer_id)
        sending = session.get_one(TransferSending, transfer_id)
        server = server_of(services, session.get_one(TransferPartner, sending.partner_id))
    try:
        if row.sent_at is None:
            _exchange_register(services, server, row)
        else:
            if row.state in (*ON_ITS_WAY, TransferState.WITHDRAWN):
                notice(services, transfer_id, actor=WORKER)
            _tell_notice(services, server, row)
            if not _ask(services, server, row):
                _send_again(services, row)
    finally:
        server.close()
    _note_heard(services, transfer_id)
    write_out_evidence(services)


def _exchange_register(services: Services, server: PartnerServer, row: Transfer) -> None:
    """The register as it stands is there, or that it was withdrawn; its newest answer is here."""
    if row.state not in (*_ANNOUNCED, TransferState.WITHDRAWN) or not row.register_sequence:
        return  # it is a draft again: what is there is amended once it is approved
    if row.state is TransferState.WITHDRAWN:
        register_send_register.register_message(services, row.id, actor=WORKER)
    with services.read_only() as session:
        kind = TransferMessageKind.REGISTER
        newest = newest_message(session, row, kind, TransferDirection.OUT)
    if newest is None:
        return
    try:
        standing = server.standing(row.id)
    except PartnerRefusedError as refused:
        if not _is_unknown(refused):
            raise
        standing = {}
    if int(standing.get("register_sequence") or 0) < newest.sequence:
        standing = server.put_register(row.id, newest.kept.read())
    _note_told(services, row.id, _REGISTER, newest.sequence)
    if int(standing["answer_sequence"]) > row.answer_sequence:
        take_answer(services, server.answer(row.id), actor=WORKER)


def _tell_notice(services: Services, server: PartnerServer, row: Transfer) -> None:
    """The newest one that was not told: each tells all."""
    with services.read_only() as session:
        newest = _untold(session, row.id, _NOTICE)
        if not newest:
            return
        document = newest[-1].kept.read()
    try:
        server.send_notice(row.id, document)
    except PartnerRefusedError as refused:
        if not _is_unknown(refused) or row.state is not TransferState.WITHDRAWN:
            raise  # what was withdrawn and is not there is as it should be
    _note_told(services, row.id, _NOTICE, newest[-1].sequence)


def _note_told(services: Services, transfer_id: UUID, kind: _Kind, sequence: int) -> None:
    """The other side has the messages of this kind up to this one: each tells all."""
    with services.writing() as session:
        for message in _untold(session, transfer_id, kind):
            if message.sequence <= sequence:
                message.delivered_at = clock.now()
                tell_message(session, message)


def _untold(session: Session, transfer_id: UUID, kind: _Kind) -> list[TransferMessage]:
    query = select(TransferMessage).where(
        TransferMessage.transfer_id == transfer_id, *kind, TransferMessage.delivered_at.is_(None)
    )
    return list(session.scalars(query.order_by(TransferMessage.sequence)))


def _ask(services: Services, server: PartnerServer, row: Transfer) -> bool:
    """Read the newest reply; whether the other side has all that was sent."""
    try:
        standing = server.standing(row.id)
    except PartnerRefusedError as refused:
        if not _is_unknown(refused):
            raise
        return False  # it was restored from before it came
    if not standing["sequence"]:
        return False  # or from when it had no more than the register
    newer = int(standing["reply_sequence"]) > row.reply_sequence
    if newer:
        take_reply(services, server.reply(row.id), actor=WORKER)
    exchange_minutes(services, row, server, standing.get("minutes_sha256"))
    _note_minutes(services, row)
    if newer:
        return True
    return bool(standing["receiving"]) or not standing["wanted"]


def _note_minutes(services: Services, row: Transfer) -> None:
    if row.minutes_untold:
        with services.writing() as session:
            session.get_one(Transfer, row.id, with_for_update=True).minutes_untold = False


def _is_unknown(refused: PartnerRefusedError) -> bool:
    return refused.facts["said"] == "transfer-not-found"


def _send_again(services: Services, row: Transfer) -> None:
    with services.writing() as session:
        by_network = session.get_one(TransferSending, row.id).folder
        if by_network and session.get_one(Transfer, row.id).state is TransferState.SENT:
            services.jobs.add(session, SEND_JOB, subject_id=row.id)


def _note_heard(services: Services, transfer_id: UUID) -> None:
    with services.writing() as session:
        sending = session.get_one(TransferSending, transfer_id, with_for_update=True)
        sending.asked_last_at = clock.now()
        note_over(session, sending, NOT_HEARD)
