"""The services of one process: ports and no backend; ``bootstrap`` builds them."""

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database, SqlUnitOfWork
from archive_service.formats.malware import Scanner
from archive_service.jobs.broker import Broker
from archive_service.jobs.ledger import JobLedger
from archive_service.notices.mail import Mailer
from archive_service.packaging.build import Keeper
from archive_service.settings import Settings
from archive_service.signing.port import Signer
from archive_service.storage.copies.enrolment import in_use
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import Staging

if TYPE_CHECKING:
    from archive_service.forms.typst_form import Press
    from archive_service.signing.key_stores.kept import KeptKey, KeptTrust
    from archive_service.signing.timestamp import TimestampService
    from archive_service.signing.trust.demo_authority import DemoAuthority
    from archive_service.signing.trust.roots import Trust
    from archive_service.storage.destroy.gate import DestroyGate
    from archive_service.storage.destroy.places import Place
    from digitize.ocr.engine import TesseractEngine
    from ingest.checks.examine import Examiner
    from search.port import SearchIndex

VERSION = "0.1.0"
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"


class Makers(Protocol):
    """What is opened when it is first needed; ``bootstrap`` says by which backend."""

    def key_url(self, settings: Settings, agency: str | None) -> str:
        """Where the archive's key, or an agency's seal, is kept."""

    def key(
        self, settings: Settings, agency: str | None, timestamps: "TimestampService | None"
    ) -> Signer:
        """A signing key as it is now."""

    def ocr(self, settings: Settings, model: str | None = None) -> "TesseractEngine":
        """OCR worker processes with ``model``, else with the one of the settings; to be closed."""

    def examiner(self, services: "Services") -> "Examiner":
        """Looks into received files."""

    def gate(self, services: "Services", places: "Sequence[Place]") -> "DestroyGate":
        """The destroy gate over all copies and these places."""

    def home(self, settings: Settings) -> "Services":
        """The services of another home."""


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
    index: "SearchIndex"
    jobs: JobLedger
    broker: Broker
    scanner: Scanner
    mailer: Mailer
    makers: Makers

    def unit_of_work(self) -> SqlUnitOfWork:
        """See ``Database.unit_of_work``."""
        return self.database.unit_of_work()

    def writing(self) -> AbstractContextManager[Session]:
        """See ``Database.writing``."""
        return self.database.writing()

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
        """The demo authority of this home: root, issuing CA, time stamps.

        Raises ``DemoKeyError`` where `archive demo` did not make the home: there it has none.
        """
        from archive_service.signing.key_stores.kept import AUTHORITY
        from archive_service.signing.port import DemoKeyError
        from archive_service.signing.trust.demo_authority import DemoAuthority

        folder = self.settings.home / AUTHORITY
        if not self.settings.is_demo:
            raise DemoKeyError(key=folder.as_posix())
        return DemoAuthority.open_or_make(folder)

    @property
    def trust(self) -> "Trust":
        """Roots that signatures are judged by: of config/trust and of the home's trust.

        In a home that `archive demo` made the demo authority's as well, in another never.
        """
        return self._trust.now()

    @functools.cached_property
    def _trust(self) -> "KeptTrust":
        from archive_service.signing.key_stores.kept import trust_of

        return trust_of(self.settings.home)

    @functools.cached_property
    def timestamps(self) -> "TimestampService | None":
        """The time-stamp service, or ``None`` where none is wanted.

        Raises ``DemoStampError`` where the demo's is wanted in a home that it did not make.
        """
        return self._timestamps_at(self.settings.timestamp.url)

    @functools.cached_property
    def second_timestamps(self) -> "TimestampService | None":
        """The second one, for the log alone; raises the same."""
        return self._timestamps_at(self.settings.timestamp.second_url)

    def _timestamps_at(self, url: str) -> "TimestampService | None":
        from archive_service.signing.timestamp import open_timestamps

        authority = self.authority if url == "demo:" and self.settings.is_demo else None
        return open_timestamps(url, authority=authority, trust=self.trust)

    @functools.cached_property
    def _keys(self) -> "dict[str, KeptKey]":
        """The signing keys that were opened, by their URLs."""
        return {}

    def signer(self, agency: str | None = None) -> Signer:
        """The archive's signing key, or an agency's seal; opened once, and anew when renewed.

        An agency's seal is used through ``seals.acts`` alone.

        Raises:
            SigningKeyNotFoundError: no key for this agency.
            DemoKeyError, DemoStampError: a toy of the demo, in an archive that it did not make.
            TokenAwayError, TokenPinError, TokenLockedError: the token does not let us in.
        """
        from archive_service.signing.key_stores.kept import KeptKey, files_of

        home = self.settings.home
        url = self.key_url(agency)
        kept = self._keys.get(url)
        if kept is None or not kept.is_fresh():
            files = files_of(url, home=home)  # before it is read: what comes meanwhile is newer
            opened = self._real(self.makers.key(self.settings, agency, self.timestamps), url)
            kept = self._keys[url] = KeptKey(opened, url, home=home, files=files)
        return kept.signer

    def signer_at_hand(self) -> Signer | None:
        """The archive's key for the paper of an act that may not wait for a key; else ``None``."""
        from archive_service.signing.port import KEY_TROUBLES, TokenAwayError

        try:
            return self.signer()
        except (*KEY_TROUBLES, TokenAwayError):
            return None

    def key_url(self, agency: str | None = None) -> str:
        """Where the archive's key, or an agency's seal, is kept."""
        return self.makers.key_url(self.settings, agency)

    def open_key(self, agency: str | None = None) -> Signer:
        """A key as it is now, without time stamps; raises as ``signer``, which keeps its key."""
        return self._real(self.makers.key(self.settings, agency, None), self.key_url(agency))

    def _real(self, signer: Signer, url: str) -> Signer:
        """The same; ``DemoKeyError`` for a demo's key in a home that the demo did not make."""
        from archive_service.signing.key_stores.kept import AUTHORITY
        from archive_service.signing.port import DemoKeyError
        from archive_service.signing.trust.demo_authority import is_toy

        home = self.settings.home
        if not self.settings.is_demo and is_toy(signer.certificate, home / AUTHORITY, self.trust):
            raise DemoKeyError(key=url)
        return signer

    @functools.cached_property
    def ocr(self) -> "TesseractEngine":
        """Kept OCR worker processes; started at the first page."""
        return self.makers.ocr(self.settings)

    def open_ocr(self, model: str) -> "TesseractEngine":
        """OCR worker processes with another model; to be closed by the caller."""
        return self.makers.ocr(self.settings, model)

    def open_gate(self, places: "Sequence[Place]") -> "DestroyGate":
        """The destroy gate over all copies and these places, for ``retention.destruction`` alone.

        Raises:
            EraseCredentialsMissingError: a bucket, and nobody is named who may remove from it.
        """
        return self.makers.gate(self, places)

    def open_home(self, settings: Settings) -> "Services":
        """The services of another home, to be closed by the caller."""
        return self.makers.home(settings)

    @property
    def examiner(self) -> "Examiner":
        """Looks into received files, under the limits of the settings."""
        return self.makers.examiner(self)

    @property
    def press(self) -> "Press":
        """What forms are printed with; in a demo's home each page says THỬ NGHIỆM."""
        from archive_service.db.newest_checkpoint import newest_note
        from archive_service.forms.typst_form import Press

        newest = functools.partial(newest_note, self.database)
        return Press(VENDOR / "fonts", trial=self.settings.is_demo, checkpoint=newest)

    def close(self) -> None:
        """Tell the broker what it has not heard yet; end OCR workers and database connections."""
        self.broker.close()
        if "ocr" in self.__dict__:
            self.ocr.close()
        self.database.close()


Opener = Callable[[Settings], Services]
