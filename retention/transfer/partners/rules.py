"""Other archives that we give to or take from: who they are, and what they may deliver."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.agencies.agency import AgencySuccession
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import (
    LONGEST_URL,
    TransferPartner,
    TransferPartnerAgency,
)
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.settings import Settings
from archive_service.signing.port import KeyCertificate

SIDES = ("gives", "receives", "witnesses", "witnessed")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class PartnerUnknownError(NotFoundError):
    """No archive of this code is known here."""


class PartnerExistsError(ConflictError):
    """An archive of this code is known already, as another one."""


class PartnerSelfError(InputError):
    """The code is this archive's own."""


class PartnerWordsError(InputError):
    """A field of the partner is missing, too long or of the wrong form: ``field``."""


class PartnerQuotaError(InputError):
    """The quota is no number from 0 on."""


class PartnerSidesError(InputError):
    """It would be on none of ``SIDES``: nothing could be done with it."""


class PartnerLastAgencyError(ConflictError):
    """Without its last agency the archive would hand over for any, by hand: nobody asked that."""


class PartnerWitnessError(InputError):
    """It would keep our checkpoints, and its address or the key that it cosigns with is missing."""


class PartnerUrlError(InputError):
    """Not an https address, or http where nothing says that its network may be trusted."""


class PartnerGivesNothingError(ConflictError):
    """Tokens are for archives that hand over to us or send checkpoints, and are not retired."""


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """What is told of an archive when it is added or changed; ``None`` stays as it is."""

    name: str | None = None
    gives: bool | None = None
    receives: bool | None = None
    witnesses: bool | None = None
    witnessed: bool | None = None
    witness_key: str | None = None
    url: str | None = None
    tls_sha256: str | None = None
    plain_http: bool | None = None
    quota_bytes: int | None = None  # a local day; 0: no limit
    agencies: Sequence[UUID] = ()  # to be added
    certificates: Sequence[KeyCertificate] = ()  # likewise
    drop_agencies: Sequence[UUID] = ()
    drop_certificates: Sequence[str] = ()  # SHA-256 of DER


def find_partner(session: Session, code: str) -> TransferPartner | None:
    """The archive of this code, retired or not."""
    return session.scalar(select(TransferPartner).where(TransferPartner.code == code.strip()))


def get_partner(session: Session, code: str) -> TransferPartner:
    """The same; ``PartnerUnknownError`` where there is none."""
    row = find_partner(session, code)
    if row is None:
        raise PartnerUnknownError(code=code)
    return row


def list_partners(session: Session, *, actor: Actor) -> list[TransferPartner]:
    """All of them by code."""
    access.require(actor, "partner:list")
    return list(session.scalars(select(TransferPartner).order_by(TransferPartner.code)))


def receiver_of(session: Session, agency_id: UUID, settings: Settings) -> str:
    """Name of the archive that takes what the agency hands over; "" where nothing tells.

    A partner that takes from us and is named with the agency, else the only one that takes, else
    that of the agency's newest register, else the one of the settings.
    """
    takes = TransferPartner.receives, TransferPartner.active
    of_agency = select(TransferPartner.name).join(TransferPartnerAgency)
    named = of_agency.where(TransferPartnerAgency.agency_id == agency_id, *takes)
    if found := session.scalar(named.order_by(TransferPartner.code).limit(1)):
        return found
    anyone = session.scalars(select(TransferPartner.name).where(*takes).limit(2)).all()
    if len(anyone) == 1:
        return anyone[0]
    mine = Transfer.agency_id == agency_id, Transfer.direction == TransferDirection.OUT
    newest = select(Transfer.partner).where(*mine).order_by(Transfer.composed_at.desc())
    return session.scalar(newest.limit(1)) or settings.transfer.receiver


def takers_of(session: Session, row: Transfer) -> list[tuple[str, str]]:
    """``(code, name)`` of archives with a server that the packages of a transfer may be sent to."""
    query = select(TransferPartner.code, TransferPartner.name).where(
        TransferPartner.active, TransferPartner.receives, TransferPartner.url != ""
    )
    if row.partner_code:
        query = query.where(TransferPartner.code == row.partner_code)
    return [
        (partner.code, partner.name)
        for partner in session.execute(query.order_by(TransferPartner.name))
    ]


def partner_of(session: Session, actor: Actor) -> TransferPartner:
    """The archive whose programs act with this token.

    Raises:
        ActNotAllowedError: the account is no archive's, or that one hands over no more.
    """
    act = "transfer:deliver"
    access.require(actor, act)
    row = session.scalar(
        select(TransferPartner).where(TransferPartner.account_id == actor.account_id)
    )
    if row is None or not row.active or not row.gives:
        raise access.not_allowed(actor, act)
    return row


def witnessed_by(session: Session, actor: Actor) -> TransferPartner:
    """The archive whose programs send us its checkpoints with this token.

    Raises:
        ActNotAllowedError: the account is no archive's, or we keep nothing of its log.
    """
    act = "log:cosign"
    access.require(actor, act)
    row = session.scalar(
        select(TransferPartner).where(TransferPartner.account_id == actor.account_id)
    )
    if row is None or not row.active or not row.witnessed:
        raise access.not_allowed(actor, act)
    return row


def may_deliver_for(session: Session, row: TransferPartner, agency_id: UUID) -> bool:
    """Whether it hands over for the agency: one of its own, or one that was merged into those."""
    known = {agency.agency_id for agency in row.agencies}
    asked = known
    while asked and agency_id not in known:
        query = select(AgencySuccession.predecessor_id).where(
            AgencySuccession.successor_id.in_(asked)
        )
        asked = set(session.scalars(query)) - known
        known |= asked
    return agency_id in known


def require_url(url: str, *, plain_http: bool) -> None:
    """``PartnerUrlError`` unless it is a bare https address.

    http is taken for this machine's own address, and where the partner's record says that the
    network encrypts by itself.
    """
    refused = PartnerUrlError(url=url[:200])
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise refused from None
    bare = not (parts.username or parts.password or parts.fragment or parts.query)
    plain = parts.scheme == "http" and (plain_http or host in LOOPBACK)
    if len(url) > LONGEST_URL or not host or not bare or not (parts.scheme == "https" or plain):
        raise refused
