"""Services: backend URL → backend. Only this module chooses."""

import gc
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.db.engine import Bounds, open_engine, resolve_url
from archive_service.db.unit_of_work import Database
from archive_service.errors import InputError
from archive_service.evidence.compared.account_changes import AccountChanges
from archive_service.formats.malware import NoScanner, Scanner
from archive_service.jobs.broker import Broker, NoBroker
from archive_service.jobs.broker_messages import noted
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import RetryPolicy
from archive_service.notices.mail import Mailer, NoMailer
from archive_service.services import VENDOR, Makers, Services
from archive_service.settings import MailSettings, MalwareSettings, Settings
from archive_service.signing.port import Signer
from archive_service.storage.copies.identity import require_told_apart
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import FolderStaging, Staging
from search.port import SearchIndex

if TYPE_CHECKING:
    from archive_service.signing.timestamp import TimestampService
    from archive_service.storage.destroy.gate import DestroyGate
    from archive_service.storage.destroy.places import Place
    from archive_service.storage.erase.port import Eraser
    from digitize.ocr.engine import TesseractEngine
    from ingest.checks.examine import Examiner


class EraseCredentialsMissingError(InputError):
    """A copy in a bucket, and nobody named who may remove from it."""


class UnknownBackendError(InputError):
    """A URL names no backend that this product has."""


def open_services(settings: Settings) -> Services:
    """Open the backends that the settings' URLs pick.

    Raises:
        UnknownBackendError: a URL names none of ours.
    """
    home = settings.home
    broker = open_broker(settings.jobs.url)
    stores = tuple(_open_copy(url, settings) for url in settings.storage.copies)
    reserve_stores = tuple(_open_copy(url, settings) for url in settings.storage.reserve)
    require_told_apart([*stores, *reserve_stores])
    staging = open_staging(settings.storage.staging, home=home)
    index = open_index(settings.search.url, home=home)
    scanner = open_scanner(settings.malware)
    mailer = open_mailer(settings.mail)
    url = resolve_url(settings.database.url, home)
    bounds = Bounds(**settings.database.model_dump(exclude={"url"}))
    engine = open_engine(url, bounds)  # the first that makes a file
    beside = open_engine(url, replace(bounds, pool_size=1, pool_overflow=0))
    changes = AccountChanges(beside)

    def seal(session: Session) -> None:
        changes.tell(session)
        audit.chain_pending(session)

    database = Database(
        engine,
        seal,
        lambda session: broker.tell_later(noted(session)),
        beside=beside,
    )
    policy = RetryPolicy(
        settings.jobs.lease_s, settings.jobs.max_attempts, settings.jobs.retry_base_s
    )
    if not gc.isenabled():  # ``main`` stopped it; what was imported is not looked through again
        gc.freeze()
        gc.enable()
    return Services(
        settings=settings,
        database=database,
        staging=staging,
        stores=stores,
        reserve_stores=reserve_stores,
        index=index,
        jobs=JobLedger(database, policy),
        broker=broker,
        scanner=scanner,
        mailer=mailer,
        makers=Made(),
    )


class Made(Makers):
    """What ``Services`` opens when it is first needed, by the backends that the settings name."""

    def key_url(self, settings: Settings, agency: str | None) -> str:
        """See ``key_url``."""
        return key_url(settings, agency)

    def key(
        self, settings: Settings, agency: str | None, timestamps: "TimestampService | None"
    ) -> Signer:
        """See ``open_key``."""
        return open_key(settings, agency, timestamps)

    def ocr(self, settings: Settings, model: str | None = None) -> "TesseractEngine":
        """See ``open_ocr``."""
        return open_ocr(settings, model)

    def gate(self, services: Services, places: "Sequence[Place]") -> "DestroyGate":
        """See ``open_gate``."""
        return open_gate(services, places)

    def home(self, settings: Settings) -> Services:
        """See ``open_services``."""
        return open_services(settings)

    def examiner(self, services: Services) -> "Examiner":
        """Looks into received files, under the limits of the settings."""
        from ingest.checks.examine import Examiner

        return Examiner(
            services.staging,
            scanner=services.scanner,
            trust=services.trust,
            limits=services.settings.limits,
            fetch_revocation=services.settings.signing.fetch_revocation,
            verapdf=services.settings.formats.verapdf,
        )


def open_broker(url: str) -> Broker:
    """Who tells workers of jobs; nobody where the workers are those of this machine."""
    scheme = urlsplit(url).scheme
    if scheme in {"celery+amqp", "celery+amqps"}:
        from archive_service.jobs.celery.broker import CeleryBroker

        return CeleryBroker(url)
    if scheme != "local":
        raise UnknownBackendError(setting="jobs.url", scheme=scheme)
    return NoBroker()


def _open_copy(url: str, settings: Settings) -> ObjectStore:
    """One copy; its name is ``?name=``, else the last part of its path."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from archive_service.storage.s3.store import open_s3_store

        storage = settings.storage
        return open_s3_store(url, lock_years=storage.lock_years, lock_mode=storage.lock_mode)
    if parts.scheme != "file":
        raise UnknownBackendError(setting="storage.copies", scheme=parts.scheme)
    folder = settings.home / parts.path
    name = parse_qs(parts.query).get("name", [folder.name])[0]
    return FilesystemStore(folder, name=name)


def open_erasers(settings: Settings) -> dict[str, "Eraser"]:
    """By copy's name what removes from it, for the destroy gate alone.

    Raises:
        EraseCredentialsMissingError: a bucket without a user in ``storage.erase_credentials``.
    """
    erasers: dict[str, Eraser] = {}
    storage = settings.storage
    for url in (*storage.copies, *storage.reserve):
        copy = _open_copy(url, settings)
        if url.startswith("s3:"):
            from archive_service.storage.erase.s3 import open_s3_eraser

            if copy.name not in storage.erase_credentials:
                raise EraseCredentialsMissingError(copy=copy.name)
            erasers[copy.name] = open_s3_eraser(url, storage.erase_credentials[copy.name])
        else:
            from archive_service.storage.erase.filesystem import FilesystemEraser

            erasers[copy.name] = FilesystemEraser(settings.home / urlsplit(url).path)
    return erasers


def open_gate(services: Services, places: "Sequence[Place]") -> "DestroyGate":
    """The destroy gate over all copies of the settings and these places; its erasers stay in it.

    Raises:
        EraseCredentialsMissingError: as ``open_erasers``.
    """
    from archive_service.packaging.compared_now import doubt_now
    from archive_service.storage.destroy.gate import DestroyGate

    return DestroyGate(
        services.database,
        stores=(*services.stores, *services.reserve_stores),
        erasers=open_erasers(services.settings),
        places=places,
        rules=services.settings.retention,
        doubt=partial(doubt_now, stores=services.stores),
    )


def remove_bench_bucket(url: str) -> None:
    """A bench takes a bucket of its own away; ``ValueError`` for any other bucket."""
    from archive_service.storage.erase import bench_bucket

    bench_bucket.remove_bench_bucket(url)


def open_staging(url: str, *, home: Path) -> Staging:
    """Where bytes wait."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from archive_service.storage.s3.staging import open_s3_staging

        return open_s3_staging(url, scratch=home / "work")
    if parts.scheme != "file":
        raise UnknownBackendError(setting="storage.staging", scheme=parts.scheme)
    return FolderStaging(home / parts.path)


def open_key(
    settings: Settings, agency: str | None, timestamps: "TimestampService | None"
) -> Signer:
    """A signing key as it is now; ``Services.signer`` keeps the one it opened."""
    url = key_url(settings, agency)
    if url.startswith("pkcs11:"):
        from archive_service.signing.key_stores.pkcs11 import open_pkcs11

        return open_pkcs11(url, home=settings.home, timestamps=timestamps)
    from archive_service.signing.key_stores.pkcs12 import open_pkcs12

    return open_pkcs12(url, home=settings.home, timestamps=timestamps)


def open_ocr(settings: Settings, model: str | None = None) -> "TesseractEngine":
    """OCR worker processes with ``model``, else with the one of the settings; to be closed."""
    from digitize.ocr.engine import TesseractEngine

    given = settings.digitize
    chosen = model or given.model
    named = given.fast_model_dir if chosen == "fast" else given.model_dir
    return TesseractEngine(
        VENDOR / "tessdata" if named == "vendor" else Path(named),
        label=chosen,
        workers=given.processes or None,
        most_pixels=settings.limits.page_pixels,
    )


def key_url(settings: Settings, agency: str | None) -> str:
    """Where the settings say that the archive's key, or an agency's seal, is kept."""
    from archive_service.signing.key_stores.secret import key_agency

    urls = {key_agency(url): url for url in settings.signing.keys}
    return urls.get(agency) or f"pkcs12:keys/{agency}.p12"


def open_index(url: str, *, home: Path) -> SearchIndex:
    """The search index."""
    parts = urlsplit(url)
    if parts.scheme == "elasticsearch":
        from search.elasticsearch.index import open_elasticsearch

        return open_elasticsearch(url)
    if parts.scheme != "fts5":
        raise UnknownBackendError(setting="search.url", scheme=parts.scheme)
    from search.fts5.index import Fts5Index

    return Fts5Index(home / parts.path.removeprefix("/"))


def open_scanner(chosen: MalwareSettings) -> Scanner:
    """The malware scanner."""
    url = chosen.url
    if url.startswith("clamd:"):
        from archive_service.formats.clamd import open_clamd

        return open_clamd(url, limit_bytes=chosen.limit_bytes, timeout_s=chosen.timeout_s)
    if url != "none:":
        raise UnknownBackendError(setting="malware.url", scheme=url.partition(":")[0])
    return NoScanner()


def open_mailer(chosen: MailSettings) -> Mailer:
    """Who sends letters."""
    scheme = urlsplit(chosen.url).scheme
    if scheme in {"smtp", "smtps"}:
        from archive_service.notices.smtp import SmtpMailer

        return SmtpMailer(chosen.url, sender=chosen.sender, timeout_s=chosen.timeout_s)
    if chosen.url != "none:":
        raise UnknownBackendError(setting="mail.url", scheme=scheme)
    return NoMailer()
