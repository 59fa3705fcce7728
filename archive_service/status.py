"""Health of each backend, and how much there is of everything."""

import re
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, text

from archive_service import access
from archive_service.bootstrap import VERSION, Services
from archive_service.domain.account import Actor
from archive_service.domain.audit_event import AuditEvent, AuditSegment
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject, Document
from archive_service.domain.submission import Submission
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.copies import identify
from archive_service.storage.enrolment import not_retired
from archive_service.storage.port import ObjectStore

_SECRET = re.compile(r"(//[^:/@]*):[^@]*@")


def status_document(services: Services, *, actor: Actor) -> dict[str, Any]:
    """``{version, backends, counts, jobs}``; no secret stands in any URL."""
    access.require(actor, "status:read")
    with services.read_only() as session:
        counts = {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in (
                ("submissions", Submission),
                ("case_files", CaseFile),
                ("documents", Document),
                ("files", DigitalObject),
                ("events", AuditEvent),
                ("segments", AuditSegment),
            )
        }
        counts["bytes"] = session.scalar(select(func.sum(DigitalObject.size_bytes))) or 0
        jobs = asdict(services.jobs.counts(session))
    return {"version": VERSION, "backends": backends(services), "counts": counts, "jobs": jobs}


def backends(services: Services) -> list[dict[str, Any]]:
    """One row a port, and whether it answers now."""
    settings = services.settings
    used = used_stores(services)
    rows = [
        _row("database", settings.database.url, lambda: _ask_database(services)),
        *(
            _row("copy", f"{url}", lambda copy=copy: f"{identify(copy).name}")  # type: ignore[misc]  # bound now
            for url, copy in zip(settings.storage.copies, services.stores, strict=True)
            if copy in used
        ),
        *(
            _row("copy", f"{url}", lambda copy=copy: f"{identify(copy).name}")  # type: ignore[misc]  # bound now
            for url, copy in zip(settings.storage.reserve, services.reserve_stores, strict=True)
            if copy in used
        ),
        _row("staging", settings.storage.staging, lambda: _ask_staging(services)),
        _row("search", settings.search.url, lambda: f"{services.index.count()} entries"),
        _row("malware", settings.malware.url, services.scanner.signatures),
        _row("timestamp", settings.timestamp.url, lambda: ""),
    ]
    if services.broker.is_used:
        rows.append(_row("work", settings.jobs.url, lambda: _ask_broker(services)))
    rows += [
        _row("signing", url, lambda: services.signer().subject.name)
        for url in settings.signing.keys[:1]
    ]
    return rows


def used_stores(services: Services) -> tuple[ObjectStore, ...]:
    """Copies and reserve copies but those retired; all of them where the rows do not answer."""
    every = (*services.stores, *services.reserve_stores)
    try:
        with services.read_only() as session:
            return not_retired(session, every)
    except BackendError:
        return every


def _row(port: str, url: str, ask: Callable[[], str]) -> dict[str, Any]:
    shown = (
        url.partition("@")[0].rpartition(":")[0] + ":***@" + url.partition("@")[2]
        if "@" in url
        else url
    )
    began = time.perf_counter()
    try:
        ok, detail = True, ask()
    except ArchiveError as trouble:
        ok, detail = False, trouble.code
    spent_ms = round((time.perf_counter() - began) * 1000, 1)
    return {"port": port, "url": shown, "ok": ok, "detail": detail, "answer_ms": spent_ms}


def _ask_broker(services: Services) -> str:
    return f"{sum(services.broker.waiting().values())} messages"


def _ask_staging(services: Services) -> str:
    services.staging.has("0" * 64)
    return "answers"


def _ask_database(services: Services) -> str:
    with services.read_only() as session:
        session.execute(text("SELECT 1"))
    return services.database.engine.dialect.name
