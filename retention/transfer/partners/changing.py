"""Other archives added, changed and retired, and the tokens that they deliver with."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import add_account, kept_account
from archive_service.accounts.sessions import add_token, revoke_tokens
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.evidence.witness.cosignature import parse_vkey
from archive_service.evidence.witness.kept import PINNED
from archive_service.signing.port import KeyCertificate
from archive_service.text import telling_line
from retention.transfer.partners.custody_acts import tell_partner
from retention.transfer.partners.pins import needs_certificate, require_pinned
from retention.transfer.partners.rules import (
    SIDES,
    PartnerExistsError,
    PartnerFacts,
    PartnerGivesNothingError,
    PartnerLastAgencyError,
    PartnerQuotaError,
    PartnerSelfError,
    PartnerSidesError,
    PartnerWitnessError,
    PartnerWordsError,
    find_partner,
    get_partner,
    require_url,
)

SCOPES = ["transfer:deliver", "log:cosign"]
_LONGEST_CODE, _LONGEST_NAME = 100, 300
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # a name of its token's file, too


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


def _set(row: TransferPartner, facts: PartnerFacts) -> None:
    if facts.name is not None:
        row.name = telling_line(facts.name)
        if not row.name or len(row.name) > _LONGEST_NAME:
            raise PartnerWordsError(field="name", longest=_LONGEST_NAME)
    for field in (*SIDES, "plain_http", "tls_sha256", "url"):
        if (value := getattr(facts, field)) is not None:
            setattr(row, field, value)
    is_given = any(getattr(facts, side) is not None for side in SIDES)
    if is_given and not any(getattr(row, side) for side in SIDES):
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
        pins = _certificate(key_certificate, clock.now())
        pinned.setdefault(pins["sha256"], pins)
    row.certificates = list(pinned.values())


def _certificate(certificate: KeyCertificate, at: dt.datetime) -> dict[str, Any]:
    return {
        "sha256": certificate.sha256,
        "subject": certificate.subject.name or certificate.subject.organization,
        "not_after": clock.iso(certificate.valid_to),
        "added_at": clock.iso(at),
    }


def _record(session: Session, tag: str, row: TransferPartner, actor: Actor) -> None:
    pins = [certificate["sha256"] for certificate in row.certificates]
    facts = {"code": row.code, "name": row.name, "url": row.url, "certificates": pins}
    tell_partner(session, row)
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        data=facts | {PINNED: row.witness_key},
    )
