"""All keys that signatures rest on, with their dates; those that end soon are incidents."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.domain.signing.watched_key import WatchedKeyRow
from archive_service.errors import ArchiveError, BackendError
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.signing.port import (
    DemoKeyError,
    DemoStampError,
    KeyCertificate,
    SigningKeyError,
    SigningKeyNotFoundError,
)
from archive_service.signing.timestamp import stamp_certificate
from archive_service.signing.trust.roots import roots_above

EXPIRING, UNUSABLE = "key-expiring", "key-unusable"
_WAITING = (CopySigning.WAITING, CopySigning.ORDERED)
ARCHIVE, SEAL, STAMP, ROOT = "archive", "seal", "timestamp", "root"
SECOND = "timestamp.second_url"  # names the second time-stamp service; the first has no name
FIRST = "timestamp.url"
_LONGEST_FACT = 300  # characters of what a key store answered


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
        return state_of(self.certificate.valid_from, self.certificate.valid_to, expiry_days)


def state_of(valid_from: dt.datetime, valid_to: dt.datetime, expiry_days: int) -> str:
    """``ok``, ``expiring`` within so many days, ``expired`` or ``not-yet``."""
    now = clock.now()
    if now > valid_to:
        return "expired"
    if now < valid_from:
        return "not-yet"
    return "expiring" if now + dt.timedelta(days=expiry_days) >= valid_to else "ok"


def watched_keys(services: Services) -> list[WatchedKey]:
    """The archive's key, every seal, the time-stamp certificate, and the roots that these need.

    Opens each key as it is now. One that is away or broken is told, and keeps nobody else back.
    """
    with services.read_only() as session:
        codes = [agency.code for agency in list_agencies(session)]
    found = [
        open_watched(services, ARCHIVE, None),
        *seal_keys(services, codes),
        *watched_stamps(services),
    ]
    return [*found, *watched_roots(services, found)]


def seal_keys(services: Services, codes: Iterable[str]) -> list[WatchedKey]:
    """The seals of these agencies, opened as they are now."""
    return [open_watched(services, SEAL, code) for code in codes]


def watch_keys(lease: Lease, services: Services) -> None:
    """One incident for each key that ends soon or cannot be opened; closed once that is over.

    What was seen is kept for the page of the keys.
    """
    keys = watched_keys(services)
    with services.writing() as session:
        services.jobs.finish(session, lease)
        keep_seen(session, keys, services.settings.home)
        _tell(session, keys, expiry_days=services.settings.signing.expiry_days)


def look_at_own_key(services: Services) -> None:
    """A job could not sign: what is wrong with the archive's key or stamp is told at once."""
    own = open_watched(services, ARCHIVE, None)
    refused = [key for key in watched_stamps(services) if isinstance(key.trouble, DemoStampError)]
    with services.writing() as session:
        _tell(session, [own, *refused], expiry_days=services.settings.signing.expiry_days)


def keep_seen(session: Session, keys: Iterable[WatchedKey], home: Path) -> None:
    """In place of what the look before saw; the caller commits."""
    session.execute(delete(WatchedKeyRow))
    rows = {(key.use, key.name[:200]): row_of(key, home) for key in keys}
    session.add_all(rows.values())


def row_of(key: WatchedKey, home: Path) -> WatchedKeyRow:
    """What was seen of a key now."""
    own, trouble = key.certificate, key.trouble
    return WatchedKeyRow(
        use=key.use,
        name=key.name[:200],
        url=key.url[:500],
        mark=mark_of(key.url, home),
        subject=own.subject.name[:500] if own else "",
        issuer=own.issuer[:500] if own else "",
        fingerprint=own.sha256 if own else "",
        valid_from=own.valid_from if own else None,
        valid_to=own.valid_to if own else None,
        trouble=trouble.code if trouble else "",
        facts={name: str(value) for name, value in trouble.facts.items()} if trouble else {},
        looked_at=clock.now(),
    )


def mark_of(url: str, home: Path) -> str:
    """Time and size of a key's file; empty where there is none, as of a token."""
    if not url.startswith("pkcs12:"):
        return ""
    from archive_service.signing.key_stores.pkcs12 import key_file

    try:
        seen = key_file(url, home=home).stat()
    except OSError:
        return "absent"
    return f"{seen.st_mtime_ns}:{seen.st_size}"


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
        if key.trouble is None or _is_not_needed(session, key):
            close_incident(session, UNUSABLE, key.subject)
        else:
            open_incident(
                session,
                UNUSABLE,
                key.subject,
                severity=IncidentSeverity.WARNING,
                facts=_trouble_facts(key, key.trouble),
            )


def _trouble_facts(key: WatchedKey, trouble: ArchiveError) -> dict[str, str]:
    """Which key it is, what was tried with it, what came of that, and the setting that names it."""
    tried, setting = ("stamp", key.name or FIRST) if key.use == STAMP else ("open", "signing.keys")
    if key.use == SEAL:
        setting = f"{setting} (?agency={key.name})"
    came = {name: str(value)[:_LONGEST_FACT] for name, value in trouble.facts.items()}
    own = {"code": trouble.code, "url": key.url, "tried": tried, "setting": setting}
    return came | own


def _is_not_needed(session: Session, key: WatchedKey) -> bool:
    """An agency without a seal of its own lacks none until a copy waits for it."""
    if key.use != SEAL or not isinstance(key.trouble, SigningKeyNotFoundError | DemoKeyError):
        return False
    waiting = (
        select(CopyToSign.id)
        .join(Agency, Agency.id == CopyToSign.agency_id)
        .where(Agency.code == key.name, CopyToSign.state.in_(_WAITING))
    )
    return session.scalar(waiting.limit(1)) is None


def open_watched(services: Services, use: str, code: str | None) -> WatchedKey:
    """The archive's key or an agency's seal as it is now."""
    url = services.key_url(code)
    try:
        certificate = services.open_key(code).certificate
    except ArchiveError as trouble:
        return WatchedKey(use, code or "", url, None, trouble)
    return WatchedKey(use, code or "", url, certificate)


def stamp_urls(services: Services) -> dict[str, str]:
    """The time-stamp services that are used, by the names that they have here."""
    named = services.settings.timestamp
    urls = {"": named.url, SECOND: named.second_url}
    return {name: url for name, url in urls.items() if url != "none:"}


def watched_stamps(services: Services) -> Iterator[WatchedKey]:
    """Each is asked for a stamp over nothing of ours: its certificate comes with it."""
    for name, url in stamp_urls(services).items():
        try:
            stamps = services.second_timestamps if name else services.timestamps
            if stamps is None:
                continue
            token = stamps.token(hashlib.sha256(b"").digest())
        except (BackendError, SigningKeyError, DemoStampError) as trouble:
            yield WatchedKey(STAMP, name, url, None, trouble)
        else:
            yield WatchedKey(STAMP, name, url, stamp_certificate(token))


def watched_roots(services: Services, keys: Iterable[WatchedKey]) -> list[WatchedKey]:
    """The roots that these rest on."""
    used = {
        root.sha256: root
        for key in keys
        if key.certificate is not None
        for root in roots_above(services.trust, key.certificate)
    }
    return [
        WatchedKey(ROOT, root.subject.name or root.sha256[:16], "", root) for root in used.values()
    ]
