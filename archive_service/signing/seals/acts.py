"""The seal keys of agencies: handed over in writing, used by who has them in hand, given back."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import AccountNotFoundError, find_account
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.signing.seal_custody import SealCustody
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.signing.port import KeyCertificate, Signer, VisibleMark
from archive_service.signing.seals.custody import (
    coming_minutes,
    draw_minutes,
    holders,
    open_custody,
    record_custody_act,
)
from archive_service.signing.seals.documents import SealCustodyDocument
from archive_service.signing.seals.papers import SealMinutes, make_minutes
from archive_service.storage.reader import sha256_of
from archive_service.storage.work_folder import work_place


class SealClerkError(InputError):
    """A seal key is handed to an active clerk's account of its own agency, and to no other."""

    code = "seal-clerk-unfit"


class SealNotHeldError(NotAllowedError):
    """The account has not been handed this key in writing."""


class SealNotOutError(ConflictError):
    """There is nothing to give back: the account does not have the key."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal key, opened, with whose it is and the account that has it in hand."""

    signer: Signer
    code: str  # of the agency
    agency_id: UUID
    name: str
    account: str


def hand_over(
    services: Services, code: str, *, to: str, by: str, actor: Actor
) -> SealCustodyDocument:
    """Hand an agency's seal key to a clerk, with numbered minutes; safe to repeat.

    Args:
        by: who gives it, as the minutes shall say it.

    Raises:
        ActNotAllowedError, AgencyNotFoundError, AccountNotFoundError, SealClerkError
        SigningKeyNotFoundError, SigningKeyError: the agency has no key that can be opened.
    """
    certificate = _certificate(services, code, actor)
    document = _until_written(
        partial(_handed_over, services, code, certificate, to=to, by=by, actor=actor)
    )
    write_out_evidence(services)
    return document


def take_back(
    services: Services, code: str, *, account: str, to: str, actor: Actor
) -> SealCustodyDocument:
    """Take an agency's seal key back from a clerk, with minutes of its own.

    Args:
        account: of the clerk, which may be disabled; the key may be one that cannot be opened.
        to: who takes the key, as the minutes shall say it.

    Raises:
        ActNotAllowedError, AgencyNotFoundError
        SealNotOutError: the account has no key of this agency.
    """
    certificate: KeyCertificate | None
    try:
        certificate = _certificate(services, code, actor)
    except (NotFoundError, InputError, BackendError):  # lost or broken, it can be given back
        certificate = None
    with services.read_only() as session:
        agency = get_agency(session, code)
        access.require(actor, "seal:hand-over", _Of(agency))
        held = [
            holder for holder in holders(session, agency_id=agency.id) if holder.account == account
        ]
    if not held:
        raise SealNotOutError(account=account, agency=agency.code)
    for custody in held:
        minutes = _minutes(services, custody, agency, certificate)
        document = _until_written(
            partial(_taken_back, services, custody.id, agency, minutes, to=to, actor=actor)
        )
    write_out_evidence(services)
    return document


def seal_pdf(
    services: Services,
    source: Path,
    target: Path,
    *,
    agency: str,
    actor: Actor,
    field: str,
    reason: str = "",
    visible: VisibleMark | None = None,
) -> None:
    """Sign with an agency's seal; the only way to it. Each use, and each refusal, is an event.

    Raises what ``Signer.sign_pdf`` raises, and:
        ActNotAllowedError: not a clerk of this agency.
        SealNotHeldError: this clerk was not handed the key that the agency has now.
    """
    seal = open_seal(services, agency, actor=actor)
    seal.signer.sign_pdf(source, target, field=field, reason=reason, visible=visible)
    with target.open("rb") as signed:
        sha256 = sha256_of(signed)
    with services.writing() as session:
        note_use(session, seal, actor, field=field, sha256=sha256)


def open_seal(services: Services, agency: str, *, actor: Actor) -> Seal:
    """The seal in the clerk's hands, opened once for as many files as there are.

    Each use is to be noted with ``note_use``. Raises as ``seal_pdf``, but for what signing raises.
    """
    with services.read_only() as session:
        owner = get_agency(session, agency)
    signer = _held_signer(services, owner, actor)
    return Seal(signer, owner.code, owner.id, owner.name, actor.account)


def note_use(
    session: Session, seal: Seal, actor: Actor, *, field: str, sha256: str, document: str = ""
) -> None:
    """Write down that the seal was put on a file; ``document`` is the code of what it shows."""
    used = {"fingerprint": seal.signer.certificate.sha256, "field": field, "sha256": sha256}
    facts = used | ({"document": document} if document else {})
    subject, agency_id = seal.code, seal.agency_id
    record_event(
        session, "seal:used", subject_id=subject, actor=actor, agency_id=agency_id, data=facts
    )


def seal_refusal(services: Services, agency: str, *, actor: Actor) -> ArchiveError | None:
    """Why ``open_seal`` would not give this account the seal; ``None``: it would."""
    with services.read_only() as session:
        owner = get_agency(session, agency)
    try:
        return _why_not(services, owner, services.signer(owner.code), actor)
    except (NotFoundError, InputError, BackendError) as no_key:
        return no_key


class _Of:
    """An agency as ``access`` asks for it."""

    def __init__(self, agency: Agency) -> None:
        self.agency_id = agency.id


def _until_written(act: Callable[[], SealCustodyDocument | None]) -> SealCustodyDocument:
    """Minutes are printed for a number before it is drawn: who comes second prints anew."""
    while (document := act()) is None:
        pass
    return document


def _handed_over(
    services: Services,
    code: str,
    certificate: KeyCertificate,
    *,
    to: str,
    by: str,
    actor: Actor,
) -> SealCustodyDocument | None:
    """``None``: other minutes took the number while these were printed, and nothing is written."""
    now = clock.now().replace(microsecond=0)
    year = clock.local(now).year
    with services.read_only() as session:
        agency = get_agency(session, code)
        clerk = _clerk(session, to, agency)
        held = open_custody(session, certificate.sha256, to)
        if held is not None:
            return SealCustodyDocument.of(held, agency.code)
        number = coming_minutes(session, year)
    custody = SealCustody(
        agency_id=agency.id,
        key=services.key_url(agency.code),
        fingerprint=certificate.sha256,
        account=to,
        holder=clerk.person,
        number=number,
        year=year,
        handed_at=now,
        handed_by=by,
    )
    sha256 = _printed(services, _minutes(services, custody, agency, certificate), at=now)
    with services.unit_of_work() as uow:
        agency = _locked(uow.session, code)
        _clerk(uow.session, to, agency)
        held = open_custody(uow.session, certificate.sha256, to)
        if held is not None:
            return SealCustodyDocument.of(held, agency.code)
        if draw_minutes(uow.session, year) != number:
            return None
        uow.session.add(custody)
        uow.session.flush()
        _record(uow.session, custody, "seal:handed-over", number, sha256, actor=actor)
        uow.commit()
    return SealCustodyDocument.of(custody, agency.code)


def _taken_back(
    services: Services,
    custody_id: UUID,
    agency: Agency,
    minutes: SealMinutes,
    *,
    to: str,
    actor: Actor,
) -> SealCustodyDocument | None:
    """As ``_handed_over``; ``minutes`` are those of handing over."""
    now = clock.now().replace(microsecond=0)
    year = clock.local(now).year
    with services.read_only() as session:
        number = coming_minutes(session, year)
    returning = replace(minutes, number=number, giver=minutes.receiver, receiver=to, returning=True)
    sha256 = _printed(services, returning, at=now)
    with services.unit_of_work() as uow:
        _locked(uow.session, agency.code)
        custody = uow.session.get_one(SealCustody, custody_id)
        if custody.returned_at is not None:
            raise SealNotOutError(account=custody.account, agency=agency.code)
        if draw_minutes(uow.session, year) != number:
            return None
        custody.returned_number, custody.returned_year = number, year
        custody.returned_at, custody.returned_to = now, to
        _record(uow.session, custody, "seal:taken-back", number, sha256, actor=actor)
        uow.commit()
    return SealCustodyDocument.of(custody, agency.code)


def _held_signer(services: Services, owner: Agency, actor: Actor) -> Signer:
    signer = services.signer(owner.code)
    refusal = _why_not(services, owner, signer, actor)
    if refusal is None:
        return signer
    with services.writing() as session:
        record_event(
            session,
            "seal:refused",
            subject_id=owner.code,
            actor=actor,
            agency_id=owner.id,
            data={"fingerprint": signer.certificate.sha256, "code": refusal.code},
        )
    raise refusal


def _why_not(
    services: Services, owner: Agency, signer: Signer, actor: Actor
) -> NotAllowedError | None:
    """``None``: the actor is a clerk of the agency and has the key in hand."""
    if actor.agency_id != owner.id or not access.may(actor, "seal:use", _Of(owner)):
        return access.not_allowed(actor, "seal:use")
    with services.read_only() as session:
        held = open_custody(session, signer.certificate.sha256, actor.account)
    if held is None:
        return SealNotHeldError(account=actor.account, agency=owner.code)
    return None


def _locked(session: Session, code: str) -> Agency:
    """The agency, whose seal goes from hand to hand one act after the other."""
    agency = get_agency(session, code)
    session.refresh(agency, with_for_update={"key_share": True})
    return agency


def _clerk(session: Session, name: str, agency: Agency) -> Account:
    account = find_account(session, name)
    if account is None:
        raise AccountNotFoundError(name=name)
    if account.role is not Role.CLERK or account.agency_id != agency.id or not account.active:
        raise SealClerkError(account=name, agency=agency.code)
    return account


def _certificate(services: Services, code: str, actor: Actor) -> KeyCertificate:
    """Of the key as it is now: a renewed one may not be in the memory of this process."""
    with services.read_only() as session:
        agency = get_agency(session, code)
    access.require(actor, "seal:hand-over", _Of(agency))
    return services.open_key(agency.code).certificate


def _minutes(
    services: Services, custody: SealCustody, agency: Agency, certificate: KeyCertificate | None
) -> SealMinutes:
    known = certificate is not None and certificate.sha256 == custody.fingerprint
    return SealMinutes(
        number=custody.number,
        agency=agency.name,
        place=services.settings.archive.place,
        giver=custody.handed_by,
        receiver=custody.holder,
        certificate=certificate if known else None,
        sha256=custody.fingerprint,
        kept_on=_place_of(custody.key),
    )


def _place_of(url: str) -> str:
    """``token LABEL, key LABEL`` or the name of the file."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if parts.scheme == "pkcs11":
        return f"PKCS#11: {options['token'][0]} / {options['key'][0]}"
    return f"PKCS#12: {Path(parts.path).name}"


def _printed(services: Services, minutes: SealMinutes, *, at: dt.datetime) -> str:
    """The digest of the minutes, in staging; no transaction waits for it."""
    with work_place(services.work_folder, "minutes-") as place:
        make_minutes(minutes, place / "minutes.pdf", at=at, press=services.press)
        with (place / "minutes.pdf").open("rb") as source:
            return services.staging.receive(source).sha256


def _record(
    session: Session, custody: SealCustody, tag: str, number: str, sha256: str, *, actor: Actor
) -> None:
    """Act and event of a custody that began or ended, with its minutes."""
    record_custody_act(session, custody, minutes_sha256=sha256, at=clock.now())
    record_event(
        session,
        tag,
        of=custody,
        actor=actor,
        data={
            "account": custody.account,
            "fingerprint": custody.fingerprint,
            "number": number,
            "sha256": sha256,
        },
    )
