"""Backups of this archive: run by hand or by the calendar, each with its row, event and paper."""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.numbers import draw_number
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.forms.numbers import format_number, parse_number
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.notices.incidents import close_incident
from archive_service.recovery.backup.beside_rows import papers_of
from archive_service.recovery.backup.calendar import calendar
from archive_service.recovery.backup.documents import BackupDocument, BackupRunDocument
from archive_service.recovery.backup.keys import backup_keys
from archive_service.recovery.backup.objects import ObjectSource
from archive_service.recovery.backup.paper_forms import backup_minutes
from archive_service.recovery.backup.place import require_place, warnings_about
from archive_service.recovery.backup.read_back import field_of
from archive_service.recovery.backup.run import (
    BackupBusyError,
    BackupOrder,
    BackupSource,
    make_backup,
)
from archive_service.recovery.backup.set import MINUTES, UNSIGNED, BackupKind, BackupSet
from archive_service.services import VERSION, Services
from archive_service.signing.port import KeyCertificate
from archive_service.storage.work_folder import work_place

MISSED = "backup-missed"
# Tags of events that tell the whole row of a run.
RUN_TAGS = (
    "backup:made",
    "backup:failed",
    "backup:interrupted",
    "archive:restored",
    "drill:done",
)
RESTORE = "restore"  # the kind of a run that brought a set back
ROWS_KEY = "rows_key"  # fact of a run: name of the key of its rows; empty: they are plain
_FORM, _SYMBOL = "backup", "BB-SL"


def run_backup(
    services: Services,
    medium: Path,
    *,
    actor: Actor,
    kind: BackupKind = BackupKind.FULL,
    with_objects: bool = False,
    progress: Callable[[str], None] = lambda _what: None,
) -> BackupDocument:
    """Back up onto ``medium`` and note the run, whether it ended well or not.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        BackupPlaceError, BackupParentMissingError, BackupKeysPlaceError: it is no place for it.
        ArchiveError: as ``make_backup`` does.
    """
    access.require(actor, "backup:make")
    medium = medium.absolute()
    keys = backup_keys(services, medium, sealed=with_objects or services.settings.backup.encrypt)
    require_place(services, medium)
    warnings = warnings_about(services, medium, with_objects=with_objects)
    started = time.perf_counter()
    rows_key = keys.newest_for_rows() if keys is not None else ""
    run = _begun(services, medium, kind, actor, with_objects=with_objects, rows_key=rows_key)
    try:
        with work_place(services.work_folder, "backup-") as folder:
            order = BackupOrder(
                root=medium,
                kind=kind,
                with_objects=with_objects,
                keys=keys,
                rows_key=rows_key,
                sign=lambda at, made: _sign(services, run, at, made),
            )
            made = make_backup(_source_of(services, folder), order, progress=progress)
    except ArchiveError as trouble:
        _ended(services, run, actor, {"error": trouble.code})
        raise
    _filled(run, made)
    _ended(services, run, actor, dict(made.manifest.counts))
    return BackupDocument(
        name=made.manifest.name,
        kind=made.manifest.kind,
        files=run.files,
        size_bytes=run.size_bytes,
        seconds=round(time.perf_counter() - started, 3),
        objects=made.manifest.counts["objects"],
        object_files=made.manifest.counts["object_files"],
        manifest_sha256=made.sha256,
        keys=str(keys.folder) if keys is not None else None,
        absent=made.manifest.absent,
        warnings=warnings,
    )


def _source_of(services: Services, folder: Path) -> BackupSource:
    archive = services.settings.archive
    without = {} if services.signer_at_hand() else {UNSIGNED: "true"}  # a backup waits for no key
    return BackupSource(
        database=services.database,
        staging=services.staging,
        objects=ObjectSource(services.copies, folder),
        papers=papers_of(services.settings, signing_keys(services)),
        product=VERSION,
        archive={"code": archive.code, "name": archive.name} | without,
    )


def signing_keys(services: Services) -> Iterator[tuple[str, KeyCertificate | ArchiveError]]:
    """Each signing key of the settings, or why it cannot be read."""
    from archive_service.signing.key_stores.secret import key_agency

    for url in services.settings.signing.keys:
        try:
            yield url, services.signer(key_agency(url)).certificate
        except ArchiveError as trouble:
            yield url, trouble


def replay_run(session: Session, event: AuditEvent) -> None:
    """The row of a run from its event, after a rebuild."""
    columns = BackupRun.__table__.columns
    facts = {name: value for name, value in event.data.items() if name in columns}
    for name in ("started_at", "ended_at"):
        facts[name] = clock.parse_iso(facts[name]) if facts[name] else None
    session.merge(BackupRun(id=UUID(event.subject_id or ""), **facts))


def record_run(session: Session, run: BackupRun, tag: str, *, actor: Actor) -> None:
    """The row with the event that tells all of it."""
    row = session.merge(run)
    session.flush()  # a new one gets its id
    record_event(
        session, tag, subject_id=row.id, actor=actor, data=BackupRunDocument.of_row(row).as_json()
    )


def next_number(session: Session) -> str:
    """Of the paper of the next run, those that fail as well; no double if the caller commits."""
    year = clock.today().year
    number = draw_number(session, _FORM, year, after=_last_number(session, year))
    return format_number(number, _SYMBOL)


def _last_number(session: Session, year: int) -> int:
    """As the runs tell it: they come back with a rebuild, and the counter does not."""
    begins = dt.datetime(year, 1, 1, tzinfo=clock.LOCAL_ZONE)
    scalar_result = session.scalars(select(BackupRun.facts).where(BackupRun.started_at >= begins))
    return max(
        (parse_number(row["number"]).number for row in scalar_result if "number" in row), default=0
    )


def _begun(
    services: Services,
    medium: Path,
    kind: BackupKind,
    actor: Actor,
    *,
    with_objects: bool,
    rows_key: str,
) -> BackupRun:
    """The row of the run, committed before anything is read: whoever destroys rows sees its key."""
    with services.writing() as session:
        number = next_number(session)
        run = BackupRun(
            kind=str(kind),
            media=str(medium),
            with_objects=with_objects,
            started_at=clock.now(),
            run_by=actor.account,
            facts={"number": number, ROWS_KEY: rows_key},
        )
        session.add(run)
    return run


def _filled(run: BackupRun, made: BackupSet) -> None:
    run.kind, run.name = str(made.manifest.kind), made.manifest.name
    run.files = made.manifest.counts["files"] + 1  # and the minutes
    run.size_bytes = made.manifest.counts["size_bytes"]
    run.manifest_sha256 = made.sha256
    run.outcome = BackupOutcome.DONE


def _ended(services: Services, run: BackupRun, actor: Actor, facts: Mapping[str, Any]) -> None:
    run.ended_at = clock.now()
    run.facts = run.facts | dict(facts)
    done = run.outcome is BackupOutcome.DONE
    if not done:
        run.outcome = BackupOutcome.FAILED
    with services.writing() as session:
        if facts.get("error") != BackupBusyError.code:
            _mark_interrupted(session, run, actor)
        record_run(session, run, "backup:made" if done else "backup:failed", actor=actor)
        if done:
            close_incident(session, MISSED, run.media, actor=actor)


def _mark_interrupted(session: Session, run: BackupRun, actor: Actor) -> None:
    """Earlier runs onto this medium that never ended: we had it, and it takes one at a time."""
    open_runs = (
        BackupRun.media == run.media,
        BackupRun.outcome == BackupOutcome.RUNNING,
        BackupRun.started_at < run.started_at,
    )
    for left in session.scalars(select(BackupRun).where(*open_runs)):
        left.outcome = BackupOutcome.INTERRUPTED
        data = BackupRunDocument.of_row(left).as_json()
        record_event(session, "backup:interrupted", subject_id=str(left.id), actor=actor, data=data)


def _sign(services: Services, run: BackupRun, folder: Path, made: BackupSet) -> None:
    """The minutes beside the manifest; the name of the signature's field binds the two."""
    backup_run = BackupRun(
        media=run.media,
        with_objects=run.with_objects,
        started_at=run.started_at,
        ended_at=clock.now(),
        run_by=run.run_by,
    )
    _filled(backup_run, made)
    paper = backup_minutes(
        backup_run,
        issuer_of(services.settings.archive),
        number=run.facts["number"],
        counts=made.manifest.counts,
        citation=calendar().citation_of(str(made.manifest.kind)),
    )
    target = folder / MINUTES
    print_paper(
        paper,
        target,
        signer=None if UNSIGNED in made.manifest.archive else services.signer(),
        at=clock.now(),
        field=field_of(made.sha256),
        press=services.press,
    )
    target.chmod(0o600)
