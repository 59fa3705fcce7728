"""Other archives that we give to or take from: who they are, and what they may deliver."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import add_account, kept_account
from archive_service.accounts.sessions import add_token, revoke_tokens
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import AgencySuccession
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.transfer.partner import (
    LONGEST_URL,
    TransferPartner,
    TransferPartnerAgency,
)
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.witness.cosignature import parse_vkey
from archive_service.settings import Settings
from archive_service.signing.port import KeyCertificate
from archive_service.text import telling_line
from retention.transfer.partners.custody_acts import tell_partner
from retention.transfer.partners.pins import needs_certificate, require_pinned

SCOPES = ["transfer:deliver", "log:cosign"]
SIDES = ("gives", "receives", "witnesses", "witnessed")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LONGEST_CODE, _LONGEST_NAME = 100, 300
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # a name of its token's file, too


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
    return [(one.code, one.name) for one in session.execute(query.order_by(TransferPartner.name))]


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


def add_partner(
    code: str, facts: PartnerFacts, *, own_code: str, actor: Actor, uow: UnitOfWork
) -> tuple[TransferPartner, str | None]:
    """The archive, and the token that it delivers with, which is nowhere else; ``None``: none new.

    The same one again stays as it is.

    Raises:
        ActNotAllowedError, PartnerWordsError, PartnerQuotaError, PartnerSidesError, PartnerUrlError
        PartnerWitnessError, WitnessKeyError
        PartnerSelfError: the code is ``own_code``.
        PartnerUnpinnedError: no certificate of its own was given.
        PartnerExistsError: it is known under another name.
    """
    access.require(actor, "partner:keep")
    session = uow.session
    code = code.strip()
    if not _CODE.fullmatch(code):
        raise PartnerWordsError(field="code", longest=_LONGEST_CODE)
    if code == own_code:
        raise PartnerSelfError(code=code)
    if (known := find_partner(session, code)) is not None:
        if known.name != telling_line(facts.name or ""):
            raise PartnerExistsError(code=code, name=known.name)
        return known, None
    row = TransferPartner(code=code, name="", certificates=[], active=True, added_at=clock.now())
    row.gives, row.receives, row.witnesses, row.witnessed = False, False, False, False
    row.url, row.tls_sha256, row.quota_bytes = "", "", 0
    row.witness_key, row.plain_http = "", False
    _set(row, replace(facts, name=facts.name or "", gives=facts.gives or False))
    require_pinned(row)
    session.add(row)
    session.flush()
    calls = row.gives or row.witnessed
    token = _give_token(row, actor=actor, uow=uow) if calls else None
    _record(session, "partner:added", row, actor)
    return row, token


def change_partner(
    code: str, facts: PartnerFacts, *, actor: Actor, uow: UnitOfWork
) -> TransferPartner:
    """What is told is changed, the rest stays.

    Raises:
        ActNotAllowedError, PartnerUnknownError, PartnerWordsError, PartnerQuotaError
        PartnerSidesError, PartnerUrlError, PartnerWitnessError, WitnessKeyError
        PartnerUnpinnedError: it would need a certificate of its own from now on, and has none.
        PartnerLastAgencyError: it gives still; an archive that never had one stays without.
    """
    access.require(actor, "partner:keep")
    row = get_partner(uow.session, code)
    had_agencies, needed = bool(row.agencies), needs_certificate(row)
    _set(row, facts)
    if not needed:  # the last one may go: what it signed is taken no more
        require_pinned(row)
    if had_agencies and not row.agencies and row.gives and row.active:
        raise PartnerLastAgencyError(code=row.code)
    _record(uow.session, "partner:changed", row, actor)
    return row


def retire_partner(code: str, *, actor: Actor, uow: UnitOfWork) -> TransferPartner:
    """Nothing goes to it or comes from it any more: its tokens end at once; safe to repeat."""
    access.require(actor, "partner:keep")
    row = get_partner(uow.session, code)
    if row.active:
        row.active, row.retired_at = False, clock.now()
        if row.account_id is not None:
            account = uow.session.get_one(Account, row.account_id)
            account.active = False
            revoke_tokens(account, actor=actor, uow=uow)
        _record(uow.session, "partner:retired", row, actor)
    return row


def new_token(row: TransferPartner, *, actor: Actor, uow: UnitOfWork) -> str:
    """A token for its programs, shown once; those from before end at once.

    Raises:
        ActNotAllowedError
        PartnerGivesNothingError: it hands nothing over to us, and no checkpoint.
    """
    access.require(actor, "partner:keep")
    if not ((row.gives or row.witnessed) and row.active):
        raise PartnerGivesNothingError(code=row.code)
    token = _give_token(row, actor=actor, uow=uow)
    tell_partner(uow.session, row)
    return token


def _give_token(row: TransferPartner, *, actor: Actor, uow: UnitOfWork) -> str:
    name = f"partner-{row.code}"
    account = kept_account(uow.session, name, role=Role.PARTNER) or add_account(
        name, role=Role.PARTNER, actor=actor, uow=uow, display_name=row.name[:200]
    )
    row.account_id = account.id
    account.seen_at = clock.now()  # one that was long unused would be refused with any token
    revoke_tokens(account, actor=actor, uow=uow)
    return add_token(account, scopes=SCOPES, actor=actor, uow=uow)


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


def _set(row: TransferPartner, facts: PartnerFacts) -> None:
    if facts.name is not None:
        row.name = telling_line(facts.name)
        if not row.name or len(row.name) > _LONGEST_NAME:
            raise PartnerWordsError(field="name", longest=_LONGEST_NAME)
    for field in (*SIDES, "plain_http", "tls_sha256", "url"):
        if (value := getattr(facts, field)) is not None:
            setattr(row, field, value)
    told = any(getattr(facts, side) is not None for side in SIDES)
    if told and not any(getattr(row, side) for side in SIDES):
        raise PartnerSidesError(code=row.code)
    if facts.witness_key is not None:
        row.witness_key = parse_vkey(facts.witness_key).vkey if facts.witness_key.strip() else ""
    if facts.quota_bytes is not None:
        if facts.quota_bytes < 0:
            raise PartnerQuotaError
        row.quota_bytes = facts.quota_bytes
    if row.url:
        row.url = row.url.rstrip("/")
        require_url(row.url, plain_http=row.plain_http)
    if row.witnesses and not (row.url and row.witness_key):
        raise PartnerWitnessError(code=row.code)
    _set_certificates(row, facts.certificates, set(facts.drop_certificates))
    kept = {agency.agency_id for agency in row.agencies}.difference(facts.drop_agencies)
    row.hand_over_for(kept.union(facts.agencies))


def _set_certificates(
    row: TransferPartner, added: Iterable[KeyCertificate], dropped: set[str]
) -> None:
    pinned = {
        certificate["sha256"]: certificate
        for certificate in row.certificates
        if certificate["sha256"] not in dropped
    }
    for key_certificate in added:
        told = _certificate(key_certificate, clock.now())
        pinned.setdefault(told["sha256"], told)
    row.certificates = list(pinned.values())


def _certificate(one: KeyCertificate, at: dt.datetime) -> dict[str, Any]:
    return {
        "sha256": one.sha256,
        "subject": one.subject.name or one.subject.organization,
        "not_after": clock.iso(one.valid_to),
        "added_at": clock.iso(at),
    }


def _record(session: Session, tag: str, row: TransferPartner, actor: Actor) -> None:
    pins = [certificate["sha256"] for certificate in row.certificates]
    tell_partner(session, row)
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        data={"code": row.code, "name": row.name, "url": row.url, "certificates": pins},
    )
