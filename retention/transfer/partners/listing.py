"""Other archives as a list: narrowed, counted, and where each stands; in a fixed number of asks."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency, AgencySuccession
from archive_service.domain.people.account import AccessToken, Account, Actor
from archive_service.domain.transfer.partner import (
    TransferPartner,
    TransferPartnerAgency,
    TransferPartnerDay,
    TransferSending,
)
from archive_service.domain.transfer.transfer import (
    OVER,
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.amounts import sums_of
from retention.transfer.partners.documents import (
    AgencyOfPartner,
    LinkedAgency,
    Standing,
    TokenStanding,
)
from retention.transfer.partners.rules import SIDES

STANDINGS = ("active", "retired")
_WAITING = (
    TransferItemState.AWAITED,
    TransferItemState.ARRIVED,
    TransferItemState.ACCEPTED,
    TransferItemState.BUILT,
    TransferItemState.SENT,
)


def matching_partners(
    *, actor: Actor, text: str = "", side: str = "", standing: str = ""
) -> Select[TransferPartner]:
    """Partners whose code, name or agency has these words; ``side`` and ``standing`` as above."""
    access.require(actor, "partner:list")
    query = select(TransferPartner)
    if side in SIDES:
        query = query.where(getattr(TransferPartner, side))
    if standing in STANDINGS:
        query = query.where(TransferPartner.active.is_(standing == "active"))
    if text:
        of_agency = (
            select(TransferPartnerAgency.id)
            .join(Agency, Agency.id == TransferPartnerAgency.agency_id)
            .where(
                TransferPartnerAgency.partner_id == TransferPartner.id,
                has_words(text, Agency.code, Agency.name),
            )
        )
        named = has_words(text, TransferPartner.code, TransferPartner.name)
        query = query.where(named | of_agency.exists())
    return query


def standings(
    session: Session, rows: Sequence[TransferPartner], *, idle_days: int
) -> dict[UUID, Standing]:
    """Where each partner stands, by id; in six statements, however many there are.

    A token ends unless used for ``idle_days``.
    """
    codes, ids = [row.code for row in rows], [row.id for row in rows]
    transfers, waiting = _transfers(session, codes), _waiting(session, codes)
    days = select(TransferPartnerDay).where(
        TransferPartnerDay.partner_id.in_(ids), TransferPartnerDay.on == clock.today()
    )
    today = {day.partner_id: day.size_bytes for day in session.scalars(days)}
    asked = _asked(session, ids)
    tokens = _tokens(session, rows, idle_days)
    found = {}
    for row in rows:
        sent = transfers.get(row.code, _NONE)
        token = tokens.get(row.account_id) if row.account_id else None
        moments = [*sent.moments, asked.get(row.id), token and token.used_at]
        found[row.id] = Standing(
            open=sent.open,
            late=sent.late,
            decide_by=sent.decide_by,
            waiting=waiting.get(row.code, 0),
            last_at=max((moment for moment in moments if moment), default=None),
            bytes_today=today.get(row.id, 0),
            token=token,
        )
    return found


def agencies_told(session: Session, ids: Collection[UUID]) -> dict[UUID, AgencyOfPartner]:
    """Agencies by id, with who took over from each, and whom it took over from."""
    links = list(
        session.scalars(
            select(AgencySuccession).where(
                or_(
                    AgencySuccession.predecessor_id.in_(ids),
                    AgencySuccession.successor_id.in_(ids),
                )
            )
        )
    )
    linked = {
        identifier for link in links for identifier in (link.predecessor_id, link.successor_id)
    }
    query = select(Agency).where(Agency.id.in_({*ids, *linked}))
    named = {row.id: row for row in session.scalars(query)}

    def other(link: AgencySuccession, agency_id: UUID) -> LinkedAgency:
        agency = named[agency_id]
        return LinkedAgency(
            id=str(agency_id),
            code=agency.code,
            name=agency.name,
            on=link.on.isoformat() if link.on else None,
            instrument=link.instrument,
        )

    return {
        identifier: AgencyOfPartner(
            id=str(identifier),
            code=named[identifier].code,
            name=named[identifier].name,
            successors=[other(k, k.successor_id) for k in links if k.predecessor_id == identifier],
            predecessors=[
                other(k, k.predecessor_id) for k in links if k.successor_id == identifier
            ],
        )
        for identifier in ids
    }


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is on its way to or from one partner."""

    open: int = 0
    late: int = 0
    decide_by: str | None = None
    moments: Sequence[str] = ()


_NONE = _Sent()


def _transfers(session: Session, codes: Sequence[str]) -> dict[str, _Sent]:
    coming = Transfer.state == TransferState.RECEIVED
    is_open = Transfer.state.not_in(OVER) & (
        (Transfer.direction == TransferDirection.IN) | Transfer.sent_at.is_not(None)
    )
    query = (
        select(
            Transfer.partner_code,
            func.count().filter(is_open).label("open"),
            func.min(Transfer.decide_by).filter(coming).label("decide_by"),
            func.count().filter(coming, Transfer.decide_by < clock.today()).label("late"),
            *(
                func.max(instrumented_attribute)
                for instrumented_attribute in (
                    Transfer.received_at,
                    Transfer.sent_at,
                    Transfer.replied_at,
                )
            ),
        )
        .where(Transfer.partner_code.in_(codes))
        .group_by(Transfer.partner_code)
    )
    return {
        code: _Sent(
            count,
            late,
            decide_by.isoformat() if decide_by else None,
            [clock.iso(clock.of_database(moment)) for moment in moments if moment],
        )
        for code, count, decide_by, late, *moments in session.execute(query)
    }


def _waiting(session: Session, codes: Sequence[str]) -> dict[str, int]:
    sums = sums_of(Transfer.partner_code.in_(codes), Transfer.state.not_in(OVER))
    query = (
        select(Transfer.partner_code, func.sum(sums.c.number))
        .join(sums, sums.c.transfer_id == Transfer.id)
        .where(sums.c.state.in_(_WAITING))
        .group_by(Transfer.partner_code)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _asked(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """When each was last asked by network, for those that answered."""
    query = (
        select(TransferSending.partner_id, func.max(TransferSending.asked_last_at))
        .where(TransferSending.partner_id.in_(ids))
        .group_by(TransferSending.partner_id)
    )
    return {
        identifier: clock.iso(clock.of_database(at))
        for identifier, at in session.execute(query)
        if at
    }


def _tokens(
    session: Session, rows: Sequence[TransferPartner], idle_days: int
) -> dict[UUID, TokenStanding]:
    accounts = [row.account_id for row in rows if row.account_id is not None]
    query = (
        select(Account.id, Account.seen_at, AccessToken.created_at, AccessToken.expires_at)
        .join(AccessToken, AccessToken.account_id == Account.id)
        .where(Account.id.in_(accounts), Account.active, AccessToken.revoked_at.is_(None))
        .order_by(AccessToken.created_at)
    )
    found = {}
    for account_id, seen_at, issued_at, expires_at in session.execute(query):
        used_at = seen_at if seen_at and seen_at > issued_at else None
        ends_at = min((used_at or issued_at) + dt.timedelta(days=idle_days), expires_at)
        found[account_id] = TokenStanding(
            issued_at=clock.iso(issued_at),
            used_at=clock.iso(used_at) if used_at else None,
            ends_at=clock.iso(ends_at),
        )
    return found
