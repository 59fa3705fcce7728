"""Partners, and what is sent to them, as acts in every copy; their rows written again from there.

No secret leaves with them: neither our token for a partner nor the digest of its token for us. What
an act tells of tokens is since when the newest one counts, so that older ones stay ended.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.acts import newest_bodies
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import AccessToken, Account
from archive_service.domain.transfer.partner import (
    PARTNER,
    SENDING,
    TransferPartner,
    TransferPartnerDay,
    TransferSending,
)
from archive_service.domain.transfer.transfer import UNSENT, Transfer
from archive_service.packaging.catalogue import plain_row, row_from


def tell_partner(session: Session, row: TransferPartner) -> None:
    """The partner as it is now, into every copy."""
    session.flush()
    body = {
        "partner": plain_row(row),
        "agencies": sorted(str(agency.agency_id) for agency in row.agencies),
        "token_at": _token_at(session, row),
    }
    session.add(Act(kind=PARTNER, subject_id=str(row.id), at=clock.now(), document=body))


def tell_sending(session: Session, row: TransferSending) -> None:
    """That a transfer goes to a partner by network; how far it is, is asked of the other side."""
    session.flush()
    subject, body = str(row.transfer_id), {"sending": plain_row(row)}
    session.add(Act(kind=SENDING, subject_id=subject, at=clock.now(), document=body))


def tell_untold(session: Session) -> int:
    """Acts of those that a release without such acts made; how many. Safe to repeat."""
    subjects = set(session.scalars(select(Act.subject_id).where(Act.kind == PARTNER)))
    partners = [
        transfer_partner
        for transfer_partner in session.scalars(select(TransferPartner))
        if str(transfer_partner.id) not in subjects
    ]
    for partner in partners:
        tell_partner(session, partner)
    subjects = set(session.scalars(select(Act.subject_id).where(Act.kind == SENDING)))
    rows = session.scalars(select(TransferSending)).all()
    sendings = [row for row in rows if str(row.transfer_id) not in subjects]
    for sending in sendings:
        tell_sending(session, sending)
    return len(partners) + len(sendings)


def restore_partners(session: Session) -> None:
    """Rows as the newest acts tell them, once agencies and accounts are back; safe to repeat.

    A partner keeps its account, and a token that it has, where these are there still. Tokens that
    were ended since, or whose partner is retired, are ended here too.
    """
    agencies = set(session.scalars(select(Agency.id)))
    for body in newest_bodies(session, PARTNER):
        partner = body["partner"]
        values = row_from(TransferPartner, partner)
        account = session.get(Account, values.account_id) if values.account_id else None
        values.account_id = None if account is None else account.id
        row = session.get(TransferPartner, values.id) or TransferPartner(id=values.id)
        for name in partner:
            setattr(row, name, getattr(values, name))
        session.add(row)
        row.hand_over_for({UUID(agency) for agency in body["agencies"]} & agencies)
        if account is not None:
            _end_tokens(session, row, account, body["token_at"])
    session.flush()


def restore_sendings(session: Session, carried: Iterable[Any] = ()) -> None:
    """What goes by network, and what came today, once partners and transfers are back.

    Args:
        carried: rows of an old database, which tell how far it is; as far as what they belong to
            is there.
    """
    session.flush()
    partners = set(session.scalars(select(TransferPartner.id)))
    there = set(session.scalars(select(TransferSending.transfer_id)))
    rows = [partner_row for partner_row in carried if partner_row.partner_id in partners]
    sendings = [
        row_from(TransferSending, body["sending"]) for body in newest_bodies(session, SENDING)
    ]
    for sending in [*(row for row in rows if isinstance(row, TransferSending)), *sendings]:
        transfer = session.get(Transfer, sending.transfer_id)
        if transfer is None or transfer.id in there or sending.partner_id not in partners:
            continue
        if sending in sendings and transfer.state not in UNSENT:
            sending.finished_at = transfer.sent_at
        session.add(sending)
        there.add(transfer.id)
    session.add_all(row for row in rows if isinstance(row, TransferPartnerDay))
    session.flush()


def _token_at(session: Session, row: TransferPartner) -> str | None:
    living = AccessToken.account_id == row.account_id, AccessToken.revoked_at.is_(None)
    newest = select(AccessToken.created_at).where(*living).order_by(AccessToken.created_at.desc())
    at = session.scalar(newest.limit(1)) if row.account_id else None
    return None if at is None else clock.iso(at)


def _end_tokens(
    session: Session, row: TransferPartner, account: Account, token_at: str | None
) -> None:
    ended = AccessToken.account_id == account.id, AccessToken.revoked_at.is_(None)
    query = update(AccessToken).where(*ended).values(revoked_at=clock.now())
    if not row.active:
        account.active = False
        session.execute(query)
    elif token_at is not None:
        session.execute(query.where(AccessToken.created_at < clock.parse_iso(token_at)))
