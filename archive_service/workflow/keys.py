"""All keys that signatures rest on, with their dates; those that end soon are incidents."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.bootstrap import Services, key_url, open_key
from archive_service.catalogue.agencies import list_agencies
from archive_service.catalogue.seal_custody import holders
from archive_service.domain.account import Actor
from archive_service.domain.incident import IncidentSeverity
from archive_service.errors import ArchiveError, BackendError
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.signing.port import KeyCertificate
from archive_service.signing.timestamp import stamp_certificate
from archive_service.signing.trust import roots_above

EXPIRING, UNUSABLE = "key-expiring", "key-unusable"
ARCHIVE, SEAL, STAMP, ROOT = "archive", "seal", "timestamp", "root"


@dataclass(frozen=True, slots=True)
class WatchedKey:
    """A key or certificate by what it is for; ``trouble`` where it cannot be opened."""

    use: str
    name: str  # an agency's identifier, a host, a root's name; empty for the archive's own
    url: str
    certificate: KeyCertificate | None
    trouble: ArchiveError | None = None

    @property
    def subject(self) -> str:
        """As incidents name it, whichever certificate it has just now."""
        return f"{self.use}:{self.name}"[:200] if self.name else self.use

    def state(self, *, expiry_days: int) -> str:
        """``ok``, ``expiring`` within so many days, ``expired``, ``not-yet`` or ``unusable``."""
        if self.certificate is None:
            return "unusable"
        now = clock.now()
        if now > self.certificate.valid_to:
            return "expired"
        if now < self.certificate.valid_from:
            return "not-yet"
        soon = now + dt.timedelta(days=expiry_days)
        return "expiring" if soon >= self.certificate.valid_to else "ok"


def watched_keys(services: Services) -> list[WatchedKey]:
    """The archive's key, every seal, the time-stamp certificate, and the roots that these need.

    Opens each key as it is now. One that is away or broken is told, and keeps nobody else back.
    """
    with services.read_only() as session:
        codes = [agency.code for agency in list_agencies(session)]
    found = [_key(services, ARCHIVE, None), *_seals(services, codes), *_stamps(services)]
    return [*found, *_roots(services, found)]


def _seals(services: Services, codes: Iterable[str]) -> list[WatchedKey]:
    return [_key(services, SEAL, code) for code in codes]


def list_keys(services: Services, *, actor: Actor, lang: str = "vi") -> list[dict[str, Any]]:
    """``{use, name, url, subject, issuer, fingerprint, valid_from, valid_to, state, holders}``.

    An agency sees its own seal; no other key is opened for it.
    ``trouble`` is the code of why a key cannot be opened, ``trouble_words`` what happened.
    """
    access.require(actor, "key:list")
    days = services.settings.signing.expiry_days
    with services.read_only() as session:
        held: dict[str, list[dict[str, Any]]] = {}
        for one in holders(session):
            told = {
                "account": one.account,
                "holder": one.holder,
                "number": one.number,
                "handed_at": clock.iso(one.handed_at),
            }
            held.setdefault(one.fingerprint, []).append(told)
        own = [one.code for one in list_agencies(session) if one.id == actor.agency_id]
    keys = watched_keys(services) if actor.agency_id is None else _seals(services, own)
    return [_document(key, key.state(expiry_days=days), held, lang) for key in keys]


def watch_keys(lease: Lease, services: Services) -> None:
    """One incident for each key that ends soon or cannot be opened; closed once that is over."""
    keys = watched_keys(services)
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        _tell(uow.session, keys, expiry_days=services.settings.signing.expiry_days)
        uow.commit()


def look_at_own_key(services: Services) -> None:
    """A job could not sign: what is wrong with the archive's key is told at once."""
    own = _key(services, ARCHIVE, None)
    with services.unit_of_work() as uow:
        _tell(uow.session, [own], expiry_days=services.settings.signing.expiry_days)
        uow.commit()


def _tell(session: Session, keys: Iterable[WatchedKey], *, expiry_days: int) -> None:
    """Open or close the incidents of each key, as it is now."""
    for key in keys:
        state = key.state(expiry_days=expiry_days)
        if state in ("expiring", "expired", "not-yet") and key.certificate is not None:
            open_incident(
                session,
                EXPIRING,
                key.subject,
                severity=IncidentSeverity.WARNING
                if state == "expiring"
                else IncidentSeverity.ALARM,
                facts={
                    "name": key.certificate.subject.name,
                    "valid_to": clock.iso(key.certificate.valid_to),
                    "state": state,
                },
            )
        elif state == "ok":
            close_incident(session, EXPIRING, key.subject)
        if key.trouble is None:
            close_incident(session, UNUSABLE, key.subject)
        else:
            open_incident(
                session,
                UNUSABLE,
                key.subject,
                severity=IncidentSeverity.WARNING,
                facts={"code": key.trouble.code, "url": key.url},
            )


def _key(services: Services, use: str, code: str | None) -> WatchedKey:
    url = key_url(services.settings, code)
    try:
        certificate = open_key(services.settings, code, None).certificate
    except ArchiveError as trouble:
        return WatchedKey(use, code or "", url, None, trouble)
    return WatchedKey(use, code or "", url, certificate)


def _stamps(services: Services) -> Iterator[WatchedKey]:
    """Asked for a stamp over nothing of ours: the certificate comes with it."""
    stamps, url = services.timestamps, services.settings.timestamp.url
    if stamps is None:
        return
    try:
        token = stamps.token(hashlib.sha256(b"").digest())
    except BackendError as trouble:
        yield WatchedKey(STAMP, "", url, None, trouble)
        return
    yield WatchedKey(STAMP, "", url, stamp_certificate(token))


def _roots(services: Services, keys: Iterable[WatchedKey]) -> list[WatchedKey]:
    used = {
        root.sha256: root
        for key in keys
        if key.certificate is not None
        for root in roots_above(services.trust, key.certificate)
    }
    return [
        WatchedKey(ROOT, root.subject.name or root.sha256[:16], "", root) for root in used.values()
    ]


def _document(
    key: WatchedKey, state: str, held: dict[str, list[dict[str, Any]]], lang: str
) -> dict[str, Any]:
    own, trouble = key.certificate, key.trouble
    words = messages.error(trouble.code, lang, trouble.facts).message if trouble else None
    return {
        "use": key.use,
        "name": key.name,
        "url": key.url,
        "state": state,
        "trouble": trouble.code if trouble else None,
        "trouble_words": words,
        "subject": own.subject.name if own else None,
        "issuer": own.issuer if own else None,
        "fingerprint": own.sha256 if own else None,
        "valid_from": clock.iso(own.valid_from) if own else None,
        "valid_to": clock.iso(own.valid_to) if own else None,
        "holders": held.get(own.sha256, []) if own else [],
    }
