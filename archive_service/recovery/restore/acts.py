"""A backup brought back on a bare home: rows, settings, waiting bytes and, where held, copies."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, exists, select

from archive_service import access, clock
from archive_service.db.migrate import is_there
from archive_service.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.jobs.schedule import set_schedule
from archive_service.log import HIDDEN
from archive_service.recovery.backup.acts import RESTORE, ROWS_KEY, next_number, record_run
from archive_service.recovery.backup.beside_rows import KEYS, SETTINGS, lay_own_files
from archive_service.recovery.backup.files import SetReader
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.backup.objects import iter_listed_objects
from archive_service.recovery.backup.read_back import (
    HomeNotBareError,
    Verified,
    bring_evidence,
    bring_object,
    bring_staging,
    load_rows,
    read_papers,
    verify_set,
)
from archive_service.recovery.backup.set import BackupSet, read_set
from archive_service.recovery.rebuild.left_out import LeftOut, PassedOverDocument
from archive_service.recovery.restore.surviving_copies import take_up
from archive_service.services import Opener, Services
from archive_service.settings import HOME_FILE, Settings
from archive_service.setup.acts import PERIODS
from archive_service.storage.copies.identity import (
    IDENTITY_KEY,
    CopyUnknownError,
    identify,
    put_bytes,
)
from archive_service.storage.durable import write_whole
from archive_service.storage.port import ObjectStore
from archive_service.storage.work_folder import work_place
from retention.destruction.tombstones import bury_again
from search.index_watch import adopt_index

_UNDER_WAY, _DONE = "restore.partial", "restored.json"
MINUTES_JOB = "make-restore-minutes"
_MINUTED = {"seconds", "rows", "objects", "bring", "destroyed", "taken_up"}


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is to be restored: a set below ``root`` (the newest without a name), and its keys.

    ``only`` names the OCFL objects to bring back; ``None`` is all of them. One that is
    ``in_earnest`` leaves the job that makes its minutes; a drill has its own.
    """

    root: Path
    name: str | None = None
    keys: BackupKeys | None = None
    only: frozenset[str] | None = None
    in_earnest: bool = False


class RestoredDocument(Document):
    """A set that was brought back, and what a person must still put in place."""

    set: str
    files: int
    size_bytes: int
    seconds: float
    rows: int
    objects: int
    signed_by: str
    trusted: bool
    unexpected: list[str]
    bring: list[str]
    destroyed: list[str]  # codes of case files destroyed since the backup: they are so again
    taken_up: int  # acts of since then that copies which lived on told of
    passed_over: list[PassedOverDocument]  # what of theirs was not taken up, or is in doubt


@dataclass(slots=True)
class _Restored:
    """What was done, and what a person must still bring."""

    rows: int = 0
    staged: int = 0
    objects: int = 0
    bring: list[str] = field(default_factory=list)


def restore(
    order: RestoreOrder,
    *,
    home: Path,
    settings: Callable[[], Settings],
    opener: Opener,
    actor: Actor,
    progress: Callable[[str], None] = lambda _what: None,
    lang: str = "vi",
) -> RestoredDocument:
    """Bring an archive back into a bare home.

    All of the set is read and judged before anything is written; a killed call is completed by
    the next one with the same set. ``settings`` are read after the home's own file came back.

    Raises:
        HomeNotBareError: there is an archive, or bytes of one, already.
        BackupDamagedError and the like: as ``verify_set``; nothing was written.
    """
    access.require(actor, "backup:make")
    started, began_at = time.perf_counter(), clock.now()
    found = read_set(order.root, order.name)
    reader = SetReader(order.root, order.keys)
    home.mkdir(parents=True, exist_ok=True)
    with work_place(_work(home), "restore-") as folder:
        progress("verify")
        verified = _verified(found, reader, home, folder)
        papers = read_papers(found, reader)
        services, empty = _opened(home, found, papers, settings, opener)
        try:
            restored = _brought(services, found, reader, order, _Work(folder, empty, progress))
            left_out = LeftOut()
            living = [copy for copy in services.copies if copy.name not in empty]
            taken_up = take_up(services, living, left_out)
            run = _run_of(found, verified, order, began_at, actor)
            _settled(services, run, actor, in_earnest=order.in_earnest)
            destroyed = bury_again(services, order.keys)
            document = RestoredDocument(
                set=found.folder.name,
                files=verified.files,
                size_bytes=verified.size_bytes,
                seconds=round(time.perf_counter() - started, 3),
                rows=restored.rows,
                objects=restored.objects,
                signed_by=verified.signer,
                trusted=verified.trusted,
                unexpected=list(verified.unexpected),
                bring=[*restored.bring, *_to_bring(services.settings, papers)],
                destroyed=destroyed,
                taken_up=taken_up,
                passed_over=PassedOverDocument.all_of(left_out, lang),
            )
            if order.in_earnest:
                _minute(services, run.id, document)
        finally:
            services.close()
    _note_done(home, document)
    return document


def _note_done(home: Path, document: RestoredDocument) -> None:
    write_whole(home / _DONE, json.dumps(document.as_json(), ensure_ascii=False).encode())
    (home / _UNDER_WAY).unlink()


def _verified(found: BackupSet, reader: SetReader, home: Path, folder: Path) -> Verified:
    from archive_service.signing.key_stores.kept import trust_of

    trust = trust_of(home).now()
    return verify_set(found, reader, trust=trust, folder=folder)


def _work(home: Path) -> Path:
    folder = home / "work"
    folder.mkdir(exist_ok=True)
    return folder


def _under_way(home: Path, found: BackupSet) -> list[str] | None:
    """The copies that were empty when a call with this very set began here and was killed."""
    try:
        content = json.loads((home / _UNDER_WAY).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if content["manifest_sha256"] != found.sha256:
        raise HomeNotBareError(found=_UNDER_WAY)
    return list(content["empty"])


def _opened(
    home: Path,
    found: BackupSet,
    papers: Mapping[str, bytes],
    settings: Callable[[], Settings],
    opener: Opener,
) -> tuple[Services, list[str]]:
    """The backends of the home, after it was seen to be bare, and its empty copies by name."""
    again = _under_way(home, found)
    own = home / HOME_FILE
    if not own.exists() and HOME_FILE in papers:
        write_whole(own, papers[HOME_FILE])
    lay_own_files(papers, home)
    services = opener(settings())
    if again is not None:
        return services, again
    try:
        empty = _require_bare(services)
        marker = {"manifest_sha256": found.sha256, "empty": empty}
        write_whole(home / _UNDER_WAY, json.dumps(marker).encode())
    except BaseException:
        services.close()
        raise
    return services, empty


def _require_bare(services: Services) -> list[str]:
    """No rows, nothing staged; copies that live on are left as they are, the empty ones named."""
    if is_there(services.database.engine):
        raise HomeNotBareError(found="database")
    if next(services.staging.iter_digests(), None) is not None:
        raise HomeNotBareError(found="staging")
    empty = []
    for store in services.stores:
        try:
            store.prepare()
            identify(store)
        except CopyUnknownError as unknown:
            if unknown.facts.get("found") or next(store.iter_keys(), None) is not None:
                raise HomeNotBareError(found=store.name) from None
            empty.append(store.name)
        except ArchiveError:
            continue  # told later: a person must bring it
    return empty


def _brought(
    services: Services,
    found: BackupSet,
    reader: SetReader,
    order: RestoreOrder,
    work: "_Work",
) -> _Restored:
    restored = _Restored()
    if not is_there(services.database.engine):
        work.progress("database")
        restored.rows = load_rows(services.database.engine, found, reader)
    work.progress("staging")
    restored.staged = bring_staging(services.staging, found, reader, work.folder)
    with services.read_only() as session:
        enrolled = {row.name: row for row in session.scalars(select(EnrolledCopy))}
    empty = [copy for copy in services.copies if copy.name in work.empty]
    restored.bring.extend(_not_as_known(services, enrolled, work.empty))
    if not found.manifest.with_objects:
        restored.bring.extend(f"copy {copy.name}" for copy in empty)
        return restored
    for copy in empty:
        _introduce(copy, enrolled.get(copy.name))
    if empty:
        work.progress("evidence")
        bring_evidence(empty, found, reader, work.folder)
        work.progress("objects")
        for listed in iter_listed_objects(found, reader, work.folder):
            if reader.is_destroyed(listed.ocfl_id):
                continue
            if order.only is None or listed.ocfl_id in order.only:
                restored.objects += bring_object(
                    services.database, empty, listed, reader, work.folder
                )
    return restored


@dataclass(frozen=True, slots=True)
class _Work:
    """Where parts are laid down, which copies were empty, and who is told how far it is."""

    folder: Path
    empty: list[str]
    progress: Callable[[str], None]


def _not_as_known(
    services: Services, enrolled: Mapping[str, EnrolledCopy], empty: list[str]
) -> Iterator[str]:
    """Copies in use that no setting names, do not answer, or not as those that the rows know.

    Empty ones that are complete alone are filled here; one that was joining is to be renewed.
    """
    stores = {store.name: store for store in (*services.stores, *services.reserve_stores)}
    for name, known in enrolled.items():
        if known.state is CopyStanding.RETIRED:
            continue
        active = known.state is CopyStanding.ACTIVE and known.role is CopyRole.COPY
        if active and name in empty:
            continue
        try:
            if name in stores:
                identify(stores[name], known.identity)
                continue
        except ArchiveError:
            pass
        yield f"copy {name}"


def _introduce(copy: ObjectStore, known: EnrolledCopy | None) -> None:
    """The copy bears the identity again that the rows know it by."""
    from archive_service.storage.copies.identity import enrol

    if known is None:
        enrol(copy)
        return
    fields = {
        "id": known.identity,
        "name": known.name,
        "enrolled_at": clock.iso(known.enrolled_at),
    }
    put_bytes(copy, IDENTITY_KEY, json.dumps(fields, indent=2).encode() + b"\n")


def _run_of(
    found: BackupSet, verified: Verified, order: RestoreOrder, began_at: Any, actor: Actor
) -> BackupRun:
    facts = {"signed_by": verified.signer}
    if order.keys is not None:  # sets of after the one that was restored may have it
        facts[ROWS_KEY] = order.keys.newest_for_rows()
    return BackupRun(
        id=uuid4(),
        kind=RESTORE,
        media=str(order.root),
        name=found.folder.name,
        with_objects=found.manifest.with_objects,
        started_at=began_at,
        ended_at=clock.now(),
        files=verified.files,
        size_bytes=verified.size_bytes,
        outcome=BackupOutcome.DONE,
        manifest_sha256=found.sha256,
        run_by=actor.account,
        facts=facts,
    )


def _settled(services: Services, run: BackupRun, actor: Actor, *, in_earnest: bool) -> None:
    """The index begins anew, and the restore stands in the trail."""
    services.index.clear()
    adopt_index(services)
    with services.writing() as session:
        set_schedule(session, PERIODS)
        for row in session.scalars(_caught_running(run)):
            row.name, row.outcome = run.name, BackupOutcome.DONE
            row.manifest_sha256, row.ended_at = run.manifest_sha256, row.started_at
            if not session.scalar(_is_told(row)):  # else a rebuild would not know of it
                record_run(session, row, "backup:made", actor=actor)
        if in_earnest:
            run.facts = {**run.facts, "number": next_number(session)}
        record_run(session, run, "archive:restored", actor=actor)


def _minute(services: Services, run_id: UUID, document: RestoredDocument) -> None:
    """The job that makes the minutes, and what stands in them; it may wait for the key."""
    with services.writing() as session:
        row = session.get_one(BackupRun, run_id)
        row.facts = row.facts | document.model_dump(mode="json", include=_MINUTED)
        services.jobs.add(session, MINUTES_JOB, subject_id=run_id)


def _caught_running(run: BackupRun) -> Select[BackupRun]:
    """The very backup that was restored: in its own snapshot it is still under way."""
    caught = BackupRun.outcome == BackupOutcome.RUNNING, BackupRun.id != run.id
    return select(BackupRun).where(*caught).order_by(BackupRun.started_at.desc()).limit(1)


def _is_told(run: BackupRun) -> Select[bool]:
    """Whether the trail says that it ended well."""
    of_it = AuditEvent.tag == "backup:made", AuditEvent.subject_id == str(run.id)
    return select(exists().where(*of_it))


def _to_bring(settings: Settings, papers: Mapping[str, bytes]) -> Iterator[str]:
    """Secrets and keys, which no backup holds."""
    content = json.loads(papers[SETTINGS])
    for name in content["hidden"]:
        yield f"secret {name}"
    for key in json.loads(papers[KEYS]):
        url = str(key["url"])
        place = url.removeprefix("pkcs12:").partition("?")[0]
        if HIDDEN in url or not (url.startswith("pkcs12:") and (settings.home / place).is_file()):
            yield f"key {url}"
    if not (settings.home / settings.backup.keys.removeprefix("file:")).is_dir():
        yield f"backup keys {settings.backup.keys}"
