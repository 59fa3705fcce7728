"""Nộp qua mạng: a built transfer goes to the other archive's server; gone on with after any cut.

What the other side lacks is asked, never remembered: whoever was killed asks again, and sends on
from where its bytes end. Packages are sent as they lie in the folder that was built.
"""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.rolled_back import require_no_loss
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.keeping.job import IS_OPEN, Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner, TransferSending
from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from retention.transfer.disks.media import built_folder, media_of
from retention.transfer.disks.write import built_in, require_built, require_free
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.network.client import PartnerServer, Throttle
from retention.transfer.network.documents import SendingDocument, SendingTransferDocument
from retention.transfer.network.troubles import NOT_HEARD, NOT_SENT, note_over
from retention.transfer.partners.acts import token_for
from retention.transfer.partners.custody_acts import tell_sending
from retention.transfer.partners.rules import PartnerUnknownError, find_partner
from retention.transfer.transitions import TRANSITIONS

SEND_JOB = "send-transfer"


class PartnerTakesNothingError(ConflictError):
    """The archive is retired, does not take from us, or has no address."""


class TransferOtherPartnerError(ConflictError):
    """The transfer is for another archive: ``partner``, than the one it is sent to."""


def send(
    services: Services,
    transfer_id: UUID,
    to: str,
    *,
    actor: Actor,
    source: Path | None = None,
    at_once: bool = False,
    lang: str = "vi",
) -> SendingTransferDocument:
    """TRANSFER with ``sending``: its packages go to a partner's server by ``job``; safe to repeat.

    Args:
        to: code of the partner, or the address of its server.
        source: where it was built, if it does not lie there any more.
        at_once: at any hour.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError
        PartnerUnknownError, PartnerTakesNothingError, PartnerTokenError
        TransferOtherPartnerError, TransferFolderError, TransferKeptBackError, BuiltDamagedError
    """
    with acting(services, "transfer:compose", actor) as session:
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        access.require(actor, "transfer:compose", row)
        TRANSITIONS.require_open(row, "send")
        partner = taking(session, row, to)
        token_for(services, partner.code)
        folder = source or built_in(session, row)
        size_bytes = require_sendable(session, row, folder)
        row.partner_code = partner.code
        sending = session.get(TransferSending, row.id) or TransferSending(transfer_id=row.id)
        sending.partner_id, sending.folder = partner.id, str(folder.absolute())
        sending.at_once, sending.asked_by, sending.asked_at = at_once, actor.account, clock.now()
        sending.finished_at = None
        sending.size_bytes = size_bytes
        session.add(sending)
        note_over(session, sending, NOT_SENT, NOT_HEARD)
        data = {"number": row.name, "partner": partner.code}
        record_event(session, "transfer:sending", of=row, actor=actor, data=data)
        tell_sending(session, sending)
        services.jobs.add(session, SEND_JOB, subject_id=row.id)
        job = _hasten(session, row.id)
        session.flush()
        return transfer_document(session, row, lang).extended(
            SendingTransferDocument, sending=SendingDocument.of(sending), job=job
        )


def sending_of(services: Services, transfer_id: UUID, *, actor: Actor) -> SendingDocument | None:
    """SENDING of a transfer; ``None`` where its packages do not go by network."""
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        found = session.get(TransferSending, row.id)
        return SendingDocument.of(found) if found is not None and found.folder else None


def server_of(
    services: Services, partner: TransferPartner, *, throttle: Throttle | None = None
) -> PartnerServer:
    """The server of a partner, with our token for it."""
    settings = services.settings.transfer
    return PartnerServer(
        partner.url,
        token=token_for(services, partner.code),
        tls_sha256=partner.tls_sha256,
        timeout_s=settings.timeout_s,
        connections=settings.connections,
        throttle=throttle,
    )


def taking(session: Session, row: Transfer, to: str) -> TransferPartner:
    """The partner that takes the transfer; by code, or by the address of its server.

    Raises:
        PartnerUnknownError, PartnerTakesNothingError, TransferOtherPartnerError
    """
    partner = find_partner(session, to)
    if partner is None and (url := to.strip().rstrip("/")):
        query = select(TransferPartner).where(TransferPartner.url == url)
        partner = session.scalar(query.order_by(TransferPartner.code).limit(1))
    if partner is None:
        raise PartnerUnknownError(code=to)
    if not (partner.active and partner.receives and partner.url):
        raise PartnerTakesNothingError(code=partner.code)
    if row.partner_code not in ("", partner.code):
        raise TransferOtherPartnerError(
            number=row.name, partner=row.partner_code, code=partner.code
        )
    return partner


def require_sendable(session: Session, row: Transfer, folder: Path) -> int:
    """Bytes of its packages, which lie there as built; none of them may be held back by now."""
    require_no_loss(session)
    media = media_of(session, row)
    for medium in media:
        require_free(session, row, medium.number)
        require_built(built_folder(folder, medium.number), row)
    return sum(medium.size_bytes for medium in media)


def _hasten(session: Session, transfer_id: UUID) -> UUID:
    """A job that waits for its hour, or after a cut, may begin now: somebody asked. Its id."""
    mine = Job.name == SEND_JOB, Job.subject_id == transfer_id
    session.execute(
        update(Job).where(*mine, Job.state == JobState.WAITING).values(run_at=moment_of(session))
    )
    return session.scalars(select(Job.id).where(*mine, IS_OPEN)).one()
