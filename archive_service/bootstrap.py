"""Services: backend URL → backend. Only this module chooses."""

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.db.engine import Bounds, open_engine, resolve_url
from archive_service.db.unit_of_work import Database, SqlUnitOfWork
from archive_service.errors import InputError
from archive_service.formats.malware import NoScanner, Scanner
from archive_service.jobs.broker import Broker, NoBroker
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import RetryPolicy
from archive_service.jobs.telling import noted
from archive_service.notices.mail import Mailer, NoMailer
from archive_service.packaging.build import Keeper
from archive_service.settings import MailSettings, MalwareSettings, Settings
from archive_service.signing.port import Signer
from archive_service.storage.copies import require_told_apart
from archive_service.storage.enrolment import in_use
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import FolderStaging, Staging
from search.port import SearchIndex

if TYPE_CHECKING:
    from archive_service.signing.demo_authority import DemoAuthority
    from archive_service.signing.kept import KeptKey, KeptTrust
    from archive_service.signing.timestamp import TimestampService
    from archive_service.signing.trust import Trust
    from archive_service.storage.destroy import DestroyGate
    from archive_service.storage.destroy_places import Place
    from archive_service.storage.erase.port import Eraser
    from digitize.ocr import TesseractEngine
    from ingest.examine import Examiner

VERSION = "0.1.0"
_VENDOR = Path(__file__).resolve().parent / "static" / "vendor"


class EraseCredentialsMissingError(InputError):
    """A copy in a bucket, and nobody named who may remove from it."""

    code = "erase-credentials-missing"


class UnknownBackendError(InputError):
    """A URL names no backend that this product has."""

    code = "unknown-backend"


@dataclass(frozen=True, eq=False)
class Services:
    """Everything an act may need, opened once for a process; closes nothing by itself.

    Nothing here holds a connection across a fork: a child opens its own ``Services``.
    """

    settings: Settings
    database: Database
    staging: Staging
    stores: tuple[ObjectStore, ...]  # of storage.copies, whatever their standing
    reserve_stores: tuple[ObjectStore, ...]  # of storage.reserve
    index: SearchIndex
    jobs: JobLedger
    broker: Broker
    scanner: Scanner
    mailer: Mailer

    def unit_of_work(self) -> SqlUnitOfWork:
        """See ``Database.unit_of_work``."""
        return self.database.unit_of_work()

    def read_only(self) -> AbstractContextManager[Session]:
        """See ``Database.read_only``."""
        return self.database.read_only()

    @property
    def copies(self) -> tuple[ObjectStore, ...]:
        """The copies that count as they stand now: not those still joining, not those retired.

        Before anything is enrolled, all of the settings.
        """
        with self.read_only() as session:
            return in_use(session, self.stores)

    @property
    def reserves(self) -> tuple[ObjectStore, ...]:
        """The reserve copies (lưu trữ dự phòng) that are in use now."""
        with self.read_only() as session:
            return in_use(session, self.reserve_stores)

    @property
    def keeper(self) -> Keeper:
        """Who keeps, as packages and receipts name it."""
        archive = self.settings.archive
        return Keeper(archive.code, archive.name, VERSION)

    @property
    def work_folder(self) -> Path:
        """Where a job puts what it does not keep."""
        folder = self.settings.home / "work"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @functools.cached_property
    def authority(self) -> "DemoAuthority":
        """The demo authority of this home: root, issuing CA, time stamps."""
        from archive_service.signing.demo_authority import DemoAuthority

        return DemoAuthority.open_or_make(self.settings.home / "keys" / "authority")

    @property
    def trust(self) -> "Trust":
        """Roots that signatures are judged by: of config/trust, the home's trust, the demo's."""
        return self._trust.now()

    @functools.cached_property
    def _trust(self) -> "KeptTrust":
        from archive_service.settings import CONFIG_DIR
        from archive_service.signing.kept import KeptTrust

        home = self.settings.home
        return KeptTrust(CONFIG_DIR / "trust", home / "trust", home / "keys" / "authority")

    @functools.cached_property
    def timestamps(self) -> "TimestampService | None":
        """The time-stamp service, or ``None`` where none is wanted."""
        from archive_service.signing.timestamp import open_timestamps

        url = self.settings.timestamp.url
        authority = self.authority if url == "demo:" else None
        return open_timestamps(url, authority=authority, trust=self.trust)

    @functools.cached_property
    def _keys(self) -> "dict[str, KeptKey]":
        """The signing keys that were opened, by their URLs."""
        return {}

    def signer(self, agency: str | None = None) -> Signer:
        """The archive's signing key, or an agency's seal; opened once, and anew when renewed.

        An agency's seal is used through ``workflow.seals`` alone.

        Raises:
            SigningKeyNotFoundError: no key in the settings, and no demo key, for this agency.
            TokenAwayError, TokenPinError, TokenLockedError: the token does not let us in.
        """
        from archive_service.signing.kept import KeptKey, files_of

        url, home = key_url(self.settings, agency), self.settings.home
        kept = self._keys.get(url)
        if kept is None or not kept.is_fresh():
            files = files_of(url, home=home)  # before it is read: what comes meanwhile is newer
            opened = open_key(self.settings, agency, self.timestamps)
            kept = self._keys[url] = KeptKey(opened, url, home=home, files=files)
        return kept.signer

    @functools.cached_property
    def ocr(self) -> "TesseractEngine":
        """Kept OCR worker processes; started at the first page."""
        return open_ocr(self.settings)

    @property
    def examiner(self) -> "Examiner":
        """Looks into received files, under the limits of the settings."""
        from ingest.examine import Examiner

        return Examiner(
            self.staging,
            scanner=self.scanner,
            trust=self.trust,
            limits=self.settings.limits,
            fetch_revocation=self.settings.signing.fetch_revocation,
            verapdf=self.settings.formats.verapdf,
        )

    @property
    def font_folder(self) -> Path:
        """The printing fonts that ``make install`` laid down."""
        return _VENDOR / "fonts"

    def close(self) -> None:
        """Tell the broker what it has not heard yet; end OCR workers and database connections."""
        self.broker.close()
        if "ocr" in self.__dict__:
            self.ocr.close()
        self.database.close()


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
    database = Database(
        engine, audit.chain_pending, lambda session: broker.tell_later(noted(session))
    )
    policy = RetryPolicy(
        settings.jobs.lease_s, settings.jobs.max_attempts, settings.jobs.retry_base_s
    )
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
    )


def open_broker(url: str) -> Broker:
    """Who tells workers of jobs; nobody where the workers are those of this machine."""
    scheme = urlsplit(url).scheme
    if scheme in {"celery+amqp", "celery+amqps"}:
        from archive_service.jobs.celery import CeleryBroker

        return CeleryBroker(url)
    if scheme != "local":
        raise UnknownBackendError(setting="jobs.url", scheme=scheme)
    return NoBroker()


def _open_copy(url: str, settings: Settings) -> ObjectStore:
    """One copy; its name is ``?name=``, else the last part of its path."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from archive_service.storage.s3 import open_s3_store

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
    from archive_service.storage.destroy import DestroyGate

    return DestroyGate(
        services.database,
        stores=(*services.stores, *services.reserve_stores),
        erasers=open_erasers(services.settings),
        places=places,
        rules=services.settings.retention,
    )


def remove_bench_bucket(url: str) -> None:
    """A bench takes a bucket of its own away; ``ValueError`` for any other bucket."""
    from archive_service.storage.erase import bench_bucket

    bench_bucket.remove_bench_bucket(url)


def open_staging(url: str, *, home: Path) -> Staging:
    """Where bytes wait."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from archive_service.storage.s3_staging import open_s3_staging

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
        from archive_service.signing.pkcs11 import open_pkcs11

        return open_pkcs11(url, home=settings.home, timestamps=timestamps)
    from archive_service.signing.pkcs12 import open_pkcs12

    return open_pkcs12(url, home=settings.home, timestamps=timestamps)


def open_ocr(settings: Settings, model: str | None = None) -> "TesseractEngine":
    """OCR worker processes with ``model``, else with the one of the settings; to be closed."""
    from digitize.ocr import TesseractEngine

    given = settings.digitize
    chosen = model or given.model
    named = given.fast_model_dir if chosen == "fast" else given.model_dir
    return TesseractEngine(
        _VENDOR / "tessdata" if named == "vendor" else Path(named),
        label=chosen,
        workers=given.processes or None,
        most_pixels=settings.limits.page_pixels,
    )


def key_url(settings: Settings, agency: str | None) -> str:
    """Where the settings say that the archive's key, or an agency's seal, is kept."""
    from archive_service.signing.secret import key_agency

    urls = {key_agency(url): url for url in settings.signing.keys}
    return urls.get(agency) or f"pkcs12:keys/{agency}.p12"


def open_index(url: str, *, home: Path) -> SearchIndex:
    """The search index."""
    parts = urlsplit(url)
    if parts.scheme == "elasticsearch":
        from search.elasticsearch import open_elasticsearch

        return open_elasticsearch(url)
    if parts.scheme != "fts5":
        raise UnknownBackendError(setting="search.url", scheme=parts.scheme)
    from search.fts5 import Fts5Index

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


Opener = Callable[[Settings], Services]
