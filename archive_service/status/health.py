"""Health of each backend, and how much there is of everything."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from archive_service import access, clock, messages
from archive_service.db.migrate import is_set_up
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError
from archive_service.keeping.copies.documents import CopyLagDocument
from archive_service.log import hide_secrets
from archive_service.notices.documents import IncidentListed
from archive_service.notices.incidents import open_incidents
from archive_service.notices.subjects import seen_by
from archive_service.oversight.reporting.showing import running_reports
from archive_service.services import VERSION, Services
from archive_service.signing.port import DemoStampError
from archive_service.status.documents import (
    BackendDocument,
    StatusDocument,
    UncountedStatusDocument,
)
from archive_service.storage.copies.enrolment import not_retired
from archive_service.storage.copies.identity import identify
from archive_service.storage.copies.lag import copy_lag
from archive_service.storage.machine_clock import MachineClock, read_machine_clock
from archive_service.storage.port import ObjectStore

LATE = "no-answer-in-time"
OPENING = "still-opening"
# A key or stamp that nobody named yet, or only the demo's, is no backend that does not answer.
UNSET = ("signing-key-not-found", "demo-key", "demo-stamp")
_OPENS_S = 60.0  # a first reading of libraries and a key file may take longer than an answer
# Without these there is nothing to show and nothing can be taken in; of the copies one will do.
_VITAL = {"database", "staging"}


class DatabaseNotSetUpError(BackendError):
    """The database answers and has not the tables of this release."""


class StagingAwayError(BackendError):
    """The folder of staging is none, or cannot be written."""


@dataclass(frozen=True, slots=True)
class Question:
    """One backend: ``name`` tells it apart, ``port`` is what it is for, ``ask`` gives a detail."""

    name: str
    port: str
    url: str
    ask: Callable[[], str]
    opens: bool = False  # a file is opened: the first time is slow, and nobody else is silent


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backend said, or the code of why it did not."""

    question: Question
    ok: bool
    detail: str
    spent_ms: float

    @property
    def is_away(self) -> bool:
        """Whether it does not answer, rather than being opened at this moment."""
        return not self.ok and self.detail != OPENING

    def as_document(self) -> BackendDocument:
        """The backend as it answered."""
        return BackendDocument.of_row(
            self.question,
            url=hide_secrets(self.question.url),
            ok=self.ok,
            detail=self.detail,
            answer_ms=self.spent_ms,
        )


class _Asking:
    """One question on its way, in a thread that nobody waits for longer than is bearable."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.done = threading.Event()
        self._asked_at = time.monotonic()
        self._answer: Answer | None = None
        threading.Thread(target=self._run, name=f"ask {question.name}", daemon=True).start()

    def _run(self) -> None:
        began = time.perf_counter()
        ok, detail = False, "unexpected-error"  # if a bug ends the thread
        try:
            ok, detail = True, self.question.ask()
        except ArchiveError as trouble:
            detail = trouble.code
        except (SQLAlchemyError, OSError) as trouble:
            detail = type(trouble).__name__
        finally:
            spent_ms = round((time.perf_counter() - began) * 1000, 1)
            self._answer = Answer(self.question, ok, detail, spent_ms)
            self.done.set()

    def answer(self, until: float) -> Answer:
        """As soon as it is there; at ``until`` that it is late, or still being opened."""
        began = time.perf_counter()
        self.done.wait(max(until - time.monotonic(), 0))
        spent_ms = round((time.perf_counter() - began) * 1000, 1)
        is_opening = self.question.opens and time.monotonic() - self._asked_at < _OPENS_S
        detail = OPENING if is_opening else LATE
        return self._answer or Answer(self.question, ok=False, detail=detail, spent_ms=spent_ms)


class Health:
    """Asks all backends at once. One that hangs holds one thread, however often it is asked."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._hanging: dict[str, _Asking] = {}

    def answers(self) -> list[Answer]:
        """Of every backend that is used now, within twice ``web.ask_timeout_s``."""
        services = self._services
        stores: list[ObjectStore] = [*services.stores, *services.reserve_stores]

        def standing() -> str:
            with services.read_only() as session:
                stores[:] = not_retired(session, stores)
            return ""

        self._asked([Question("standing", "database", "", standing)])
        return self._asked(list(_questions(services, stores)))

    def _asked(self, questions: list[Question]) -> list[Answer]:
        until = time.monotonic() + self._services.settings.web.ask_timeout_s
        with self._lock:
            running = [self._begun(question) for question in questions]
        return [asking.answer(until) for asking in running]

    def _begun(self, question: Question) -> _Asking:
        before = self._hanging.get(question.name)
        if before is not None and not before.done.is_set():
            return before
        self._hanging[question.name] = asking = _Asking(question)
        return asking


_HEALTH: WeakKeyDictionary[Services, Health] = WeakKeyDictionary()


def health_of(services: Services) -> Health:
    """The one of these services."""
    return _HEALTH.setdefault(services, Health(services))


def readiness(answers: list[Answer]) -> tuple[bool, list[str]]:
    """Whether the service is of any use now, and which backends are away."""
    away = [answer.question.name for answer in answers if answer.is_away]
    copies = [answer.ok for answer in answers if answer.question.name.startswith("copy:")]
    return not _VITAL.intersection(away) and any(copies), away


def state_of(backend: BackendDocument) -> str:
    """How a backend is: ``none``, ``ok``, ``unset``, ``opening``, ``failed`` or ``down``.

    What answers that it cannot be used has failed; a key is told from a server that is silent.
    """
    if backend.url == "none:":
        return "none"
    if backend.ok:
        return "ok"
    if backend.detail in UNSET:
        return "unset"
    if backend.detail == OPENING:
        return "opening"
    silent = (LATE, "token-away")
    return "failed" if backend.port == "signing" and backend.detail not in silent else "down"


def detail_words(detail: str, lang: str) -> str:
    """What a backend said in words; what has none, such as a name or a version, as it is."""
    number, _, word = detail.partition(" ")
    if number.isdigit() and messages.has(f"labels.backend-detail.{word}", lang):
        return messages.text(f"labels.backend-detail.{word}", lang, number=number)
    key = f"labels.backend-detail.{detail}"
    return messages.text(key, lang) if messages.has(key, lang) else detail


def clock_words(machine: MachineClock, lang: str) -> str:
    """What sets the clock and how far it is from that, as people read it."""
    ahead_ms = machine.offset_ms or 0
    key = "ahead" if ahead_ms > 0 else "behind"
    if not machine.is_apart:
        key = "unknown" if machine.offset_ms is None else "near"
    source = messages.label("clock-source", machine.source, lang)
    server = f"{source}, {machine.server}" if machine.server else source
    seconds = abs(ahead_ms) / 1000
    return messages.text(f"labels.clock.{key}", lang, source=server, seconds=seconds)


def status_document(
    services: Services, *, actor: Actor
) -> StatusDocument | UncountedStatusDocument:
    """How every backend is, and what is there."""
    access.require(actor, "status:read")
    found = backends(services)
    machine = read_machine_clock()
    if not found[0].ok:
        return UncountedStatusDocument(
            version=VERSION, backends=found, clock=machine, reason=found[0].detail
        )
    with services.read_only() as session:
        counts: dict[str, int] = {
            name: session.scalar(select(func.count()).select_from(table).where(*which)) or 0
            for name, table, *which in (
                ("submissions", Submission),
                ("case_files", CaseFile, CaseFile.state != CaseState.DESTROYED),
                ("documents", Document),
                ("files", DigitalObject),
            )
        }
        for name, number in (("events", AuditEvent.number), ("segments", AuditSegment.number)):
            counts[name] = session.scalar(select(func.max(number))) or 0  # none is left out
        counts["bytes"] = session.scalar(select(func.sum(DigitalObject.size_bytes))) or 0
        return StatusDocument(
            version=VERSION,
            backends=found,
            clock=machine,
            counts=counts,
            jobs=services.jobs.counts(session),
            copies={name: CopyLagDocument.of_row(lag) for name, lag in copy_lag(session).items()},
            incidents=[
                IncidentListed.of(row)
                for row in seen_by(session, open_incidents(session), actor=actor)
            ],
            reports=running_reports(session, actor=actor),
            at=clock.now(),
        )


def backends(services: Services) -> list[BackendDocument]:
    """One row a port, the database first, and whether it answers now."""
    return [answer.as_document() for answer in health_of(services).answers()]


def _questions(services: Services, used: list[ObjectStore]) -> Iterator[Question]:
    settings = services.settings
    yield Question("database", "database", settings.database.url, lambda: _ask_database(services))
    urls = (
        *zip(settings.storage.copies, services.stores, strict=True),
        *zip(settings.storage.reserve, services.reserve_stores, strict=True),
    )
    for url, store in urls:
        if store in used:
            kind = "copy" if store in services.stores else "reserve"
            yield Question(f"{kind}:{store.name}", "copy", url, _identify(store))
    staging = settings.storage.staging
    yield Question("staging", "staging", staging, lambda: _ask_staging(services))
    yield Question(
        "search", "search", settings.search.url, lambda: f"{services.index.count()} entries"
    )
    yield Question("malware", "malware", settings.malware.url, services.scanner.signatures)
    yield Question("mail", "mail", settings.mail.url, services.mailer.ask)
    stamps = {"timestamp": settings.timestamp.url}
    if settings.timestamp.second_url != "none:":
        stamps["timestamp:second"] = settings.timestamp.second_url
    for name, url in stamps.items():
        ask = partial(_ask_stamps, url, is_demo=settings.is_demo)
        yield Question(name, "timestamp", url, ask)
    if services.broker.is_used:
        yield Question("work", "work", settings.jobs.url, lambda: _ask_broker(services))
    for url in settings.signing.keys[:1]:
        is_file = not url.startswith("pkcs11:")
        ask = partial(_ask_key, services, url)
        yield Question("signing", "signing", url, ask, opens=is_file)


def _identify(store: ObjectStore) -> Callable[[], str]:
    return lambda: identify(store).name


def _ask_broker(services: Services) -> str:
    waiting: Mapping[str, int] = services.broker.waiting()
    return f"{sum(waiting.values())} messages"


def _ask_key(services: Services, url: str) -> str:
    """A token is asked each time: it can be pulled out; a file is opened once."""
    if url.startswith("pkcs11:"):
        return services.open_key().subject.name
    return services.signer().subject.name


def _ask_stamps(url: str, *, is_demo: bool) -> str:
    """Whether somebody listens; a stamp for nothing would cost one."""
    if url == "demo:" and not is_demo:
        raise DemoStampError(url=url)
    parts = urlsplit(url)
    if parts.hostname:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname, port), timeout=10).close()
        return "listens"
    return ""


def _ask_staging(services: Services) -> str:
    """A folder is made with the first bytes; till then the one above it has to take it."""
    parts = urlsplit(services.settings.storage.staging)
    if parts.scheme == "file":
        folder = services.settings.home / parts.path
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise StagingAwayError(folder=folder)
    services.staging.has("0" * 64)
    return "answers"


def _ask_database(services: Services) -> str:
    engine = services.database.engine
    if not is_set_up(engine):
        raise DatabaseNotSetUpError(database=hide_secrets(services.settings.database.url))
    return engine.dialect.name
