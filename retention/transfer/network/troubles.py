"""What keeps a transfer from the other archive's server: kept, and told to who asked, once."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.people.notice import Notice
from archive_service.domain.transfer.partner import TransferPartner, TransferSending
from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import ArchiveError, BackendError
from archive_service.notices import inbox
from archive_service.services import Services
from retention.transfer.network.client import NOT_TRUSTED

NOT_SENT = "transfer-not-sent"
NOT_HEARD = "transfer-not-heard"
_VARIES = "words"  # of the other archive: they may tell a moment or an amount


def trouble_document(trouble: ArchiveError) -> dict[str, Any]:
    """``{code, facts}`` as it is kept."""
    return {
        "code": trouble.code,
        "facts": {name: str(fact) for name, fact in trouble.facts.items()},
    }


def note_trouble(
    services: Services, transfer_id: UUID, trouble: ArchiveError, *, kind: str
) -> None:
    """Keep it as the last trouble; what does not end by itself is told to who asked for sending.

    Args:
        kind: of the notice: ``NOT_SENT`` of packages, ``NOT_HEARD`` of all else.
    """
    with services.unit_of_work() as uow:
        session = uow.session
        sending = session.get(TransferSending, transfer_id, with_for_update=True)
        if sending is None:
            return
        sending.trouble, sending.trouble_at = trouble_document(trouble), clock.now()
        passes = isinstance(trouble, BackendError)
        if not passes or trouble.facts.get("reason") in NOT_TRUSTED:
            _tell(session, sending, sending.trouble, kind)
        uow.commit()


def note_over(session: Session, sending: TransferSending, *kinds: str) -> None:
    """All went through, or is tried anew: nobody has to read what was in the way."""
    sending.trouble, sending.trouble_at = None, None
    for kind in kinds:
        inbox.settle(session, kind, sending.transfer_id)


def note_needless(session: Session, transfer_id: UUID) -> None:
    """Its packages went another way, or go no more: what stopped them on the network is over."""
    sending = session.get(TransferSending, transfer_id)
    if sending is not None:
        note_over(session, sending, NOT_SENT)


def _tell(session: Session, sending: TransferSending, trouble: dict[str, Any], kind: str) -> None:
    """Again only if it is another one, if all went through since, or if somebody asked anew."""
    to = inbox.named(session, [sending.asked_by])
    row = session.get_one(Transfer, sending.transfer_id)
    partner = session.get_one(TransferPartner, sending.partner_id)
    facts = {
        "number": row.name,
        "partner": partner.name or partner.code,
        "error": trouble["code"],
        "facts": trouble["facts"],
    }
    through = sending.finished_at if kind == NOT_SENT else sending.asked_last_at
    since = max(sending.asked_at, through or sending.asked_at)
    if _same(facts) in map(_same, _last_told(session, to, kind, row.id, since)):
        return
    href = f"/nop-luu/{row.id}"
    if kind == NOT_SENT:
        inbox.tell(session, "transfer-not-sent", to=to, subject_id=row.id, facts=facts, href=href)
    else:
        inbox.tell(session, "transfer-not-heard", to=to, subject_id=row.id, facts=facts, href=href)


def _last_told(
    session: Session, to: list[UUID], kind: str, about: UUID, since: dt.datetime
) -> list[dict[str, Any]]:
    """Facts of the newest notice, read or not; of none: empty."""
    query = select(Notice.facts).where(
        Notice.account_id.in_(to),
        Notice.kind == kind,
        Notice.about == str(about),
        Notice.told_at >= since,
    )
    return list(session.scalars(query.order_by(Notice.told_at.desc()).limit(1)))


def _same(facts: dict[str, Any]) -> dict[str, Any]:
    kept = {name: fact for name, fact in facts["facts"].items() if name != _VARIES}
    return {"error": facts["error"], "facts": kept}
