"""Restore drills: a sample comes back in a new home, everything is compared, a paper is signed."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.recovery.backup.acts import (
    next_number,
    record_run,
)
from archive_service.recovery.backup.calendar import DRILL, calendar
from archive_service.recovery.backup.documents import BackupRunDocument
from archive_service.recovery.backup.evidence import PREFIXES
from archive_service.recovery.backup.files import SetReader
from archive_service.recovery.backup.keys import backup_keys
from archive_service.recovery.backup.objects import iter_listed_objects
from archive_service.recovery.backup.paper_forms import recovery_minutes
from archive_service.recovery.backup.set import BackupSet, iter_names, read_set
from archive_service.recovery.drill.comparison import (
    Comparison,
    DrillEmptyError,
    DrillMediumError,
    compare_object,
    named,
)
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.recovery.restore.acts import RestoreOrder, restore
from archive_service.services import Services
from archive_service.settings import Settings
from archive_service.storage.copies.catch_up import copy_object
from archive_service.storage.copies.identity import IDENTITY_KEY, put_bytes
from archive_service.storage.filesystem import sweep_scratch
from archive_service.storage.ocfl.root import read, root_files
from archive_service.storage.port import ObjectStore, is_key
from archive_service.storage.work_folder import work_place

MISSED, DIFFERENCE = "drill-missed", "drill-difference"
REPORT = "bien-ban-dien-tap.pdf"
_PASSING = "passing-"  # new homes that are gone after their drill
_HELD = (
    CaseFile.version_stored > 0,
    CaseFile.state != CaseState.DESTROYED,
    CaseFile.removing_since.is_(None) | (CaseFile.state != CaseState.TRANSFERRED),
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the sample comes from: a set of a medium, or the copies in use."""

    told: str
    order: RestoreOrder | None
    ocfl_ids: Sequence[str]


def run_drill(
    services: Services,
    target: Path,
    *,
    actor: Actor,
    sample: int | None = None,
    medium: Path | None = None,
    keep: bool = True,
) -> dict[str, Any]:
    """Restore ``sample`` packages, or all, into a new home below ``target`` and compare them.

    From ``medium``, else from the newest backup with packages, else from a copy. The report goes
    as an act with its signed paper into every copy.

    Args:
        keep: leave the new home and the paper below ``target``; else both are gone afterwards.

    Returns:
        ``{compared, equal, differences, seconds, report, source, objects, files, size_bytes}``.

    Raises:
        DrillEmptyError: nothing is stored.
        DrillMediumError: no set on ``medium`` holds packages.
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "archive:drill")
    target = target.absolute()
    target.mkdir(parents=True, exist_ok=True)
    if not keep:
        sweep_scratch(target, (_PASSING,))  # plain packages that a killed drill left
        with work_place(target, _PASSING) as place:
            return _drilled(services, place, actor, sample, medium)
    return _drilled(services, new_place(target), actor, sample, medium)


def new_place(target: Path) -> Path:
    """A folder of this drill alone; names sort as the drills came, two in one second as well."""
    stem = f"drill-{clock.now():%Y%m%dT%H%M%SZ}"
    for number in count(1):
        place = target / (stem if number == 1 else f"{stem}-{number}")
        try:
            place.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return place
    raise AssertionError(stem)


def _drilled(
    services: Services, place: Path, actor: Actor, sample: int | None, medium: Path | None
) -> dict[str, Any]:
    began_at, started = clock.now(), time.perf_counter()
    with work_place(services.work_folder, "drill-") as folder:
        source = _source(services, medium, sample, folder)
    settings = drill_settings(services.settings, place / "home", services.copies[0].name)
    if source.order is not None:
        restore(
            source.order,
            home=settings.home,
            settings=lambda: settings,
            opener=services.open_home,
            actor=actor,
        )
    new = services.open_home(settings)
    try:
        if source.order is None:
            _fill_from_copies(services, new, source.ocfl_ids)
            rebuild(new, actor=actor)
        restored_s = time.perf_counter() - started
        result = _compared(services, new, source.ocfl_ids)
    finally:
        new.close()
    figures = {
        "source": source.told,
        "started_at": began_at,
        "ended_at": clock.now(),
        "objects": len(source.ocfl_ids),
        "files": result.files,
        "size_bytes": result.size_bytes,
        "seconds": round(restored_s, 3),
        "compared": result.compared,
        "equal": result.equal,
        "differences": named(result.differences),
        "held_bytes": _held_bytes(services),
    }
    report = place / REPORT
    _concluded(services, figures, report, actor, differing=len(result.differences))
    return {
        "compared": result.compared,
        "equal": result.equal,
        "differences": result.differences,
        "seconds": round(time.perf_counter() - started, 3),
        "restore_seconds": figures["seconds"],
        "report": str(report),
        "source": source.told,
        "objects": len(source.ocfl_ids),
        "files": result.files,
        "size_bytes": result.size_bytes,
    }


def drill_settings(settings: Settings, home: Path, copy: str) -> Settings:
    """Settings of a new embedded home, whatever backends the archive itself runs on."""
    storage = {
        "copies": [f"file:objects?name={copy}"],
        "reserve": [],
        "staging": "file:staging",
    }
    return settings.model_copy(
        update={
            "home": home,
            "database": settings.database.model_copy(update={"url": "sqlite:///archive.db"}),
            "storage": settings.storage.model_copy(update=storage),
            "search": settings.search.model_copy(update={"url": "fts5:///search.db"}),
            "jobs": settings.jobs.model_copy(update={"url": "local://?workers=1"}),
            "malware": settings.malware.model_copy(update={"url": "none:"}),
            "mail": settings.mail.model_copy(update={"url": "none:"}),
        }
    )


def _source(services: Services, medium: Path | None, sample: int | None, folder: Path) -> _Source:
    medium = medium or _newest_medium(services)
    if medium is None:
        with services.read_only() as session:
            held = select(CaseFile.ocfl_id).where(*_HELD)
            ocfl_ids = list(session.scalars(held.order_by(CaseFile.ocfl_id)))
        return _Source(services.copies[0].name, None, _drawn(ocfl_ids, sample))
    keys = backup_keys(services, medium.absolute(), sealed=True)
    found = _with_packages(medium)
    reader = SetReader(medium, keys)
    listed = iter_listed_objects(found, reader, folder)
    kept = [
        listed_object.ocfl_id
        for listed_object in listed
        if not reader.is_destroyed(listed_object.ocfl_id)
    ]
    ocfl_ids = _drawn(kept, sample)
    order = RestoreOrder(medium, found.folder.name, keys, frozenset(ocfl_ids))
    return _Source(f"{medium} {found.folder.name}", order, ocfl_ids)


def _with_packages(medium: Path) -> BackupSet:
    """The newest set that holds packages: one that came after it may hold rows alone."""
    for name in reversed(list(iter_names(medium))):
        found = read_set(medium, name)
        if found.manifest.with_objects:
            return found
    raise DrillMediumError(folder=medium)


def _drawn(ocfl_ids: list[str], sample: int | None) -> list[str]:
    """``DrillEmptyError`` where there is nothing to draw from."""
    if not ocfl_ids:
        raise DrillEmptyError(held=0)
    if sample is None or sample >= len(ocfl_ids):
        return ocfl_ids
    return sorted(random.SystemRandom().sample(ocfl_ids, sample))


def _newest_medium(services: Services) -> Path | None:
    """The medium of the newest backup with packages that still lies there."""
    done = (BackupRun.outcome == BackupOutcome.DONE, BackupRun.with_objects.is_(True))
    runs = select(BackupRun.media, BackupRun.name).where(*done, BackupRun.kind != DRILL)
    with services.read_only() as session:
        rows = session.execute(runs.order_by(BackupRun.started_at.desc()).limit(50)).all()
    for media, name in rows:
        if name in iter_names(Path(media)):
            return Path(media)
    return None


def _fill_from_copies(services: Services, new: Services, ocfl_ids: Sequence[str]) -> None:
    """The sample and all that lies beside the packages, into the one copy of the new home."""
    (target,) = new.stores
    first = services.copies[0]
    target.prepare()
    put_bytes(target, IDENTITY_KEY, read(first, IDENTITY_KEY))
    for key, data in root_files().items():
        put_bytes(target, key, data)
    for key in _evidence_keys(first):
        put_bytes(target, key, read(first, key))
    for ocfl_id in ocfl_ids:
        copy_object(ocfl_id, _digests(services, ocfl_id), sources=services.copies, target=target)


def _evidence_keys(copy: ObjectStore) -> Iterator[str]:
    for prefix in PREFIXES:
        yield from filter(is_key, copy.iter_keys(prefix))


def _digests(services: Services, ocfl_id: str) -> list[str]:
    with services.read_only() as session:
        stored = (CaseFile.ocfl_id == ocfl_id, PackageVersion.number <= CaseFile.version_stored)
        found = select(PackageVersion.inventory_sha256).join(
            CaseFile, CaseFile.id == PackageVersion.case_file_id
        )
        return list(session.scalars(found.where(*stored).order_by(PackageVersion.number)))


def _compared(services: Services, new: Services, ocfl_ids: Sequence[str]) -> Comparison:
    result = Comparison()
    (copy,) = new.stores
    for ocfl_id in ocfl_ids:
        with services.read_only() as live, new.read_only() as restored:
            compare_object(ocfl_id, live=live, restored=restored, copy=copy, result=result)
    return result


def _held_bytes(services: Services) -> int:
    newest = PackageVersion.number == CaseFile.version_stored
    query = select(func.sum(PackageVersion.size_bytes)).join(
        CaseFile, CaseFile.id == PackageVersion.case_file_id
    )
    with services.read_only() as session:
        return int(session.scalar(query.where(newest, *_HELD)) or 0)


def _concluded(
    services: Services, figures: dict[str, Any], report: Path, actor: Actor, *, differing: int
) -> None:
    """The paper, its act, the row of the run, the incidents: in one transaction."""
    with services.writing() as session:
        number = next_number(session)
    paper = recovery_minutes(
        figures,
        issuer_of(services.settings.archive),
        number=number,
        citation=calendar().citation_of(DRILL),
    )
    print_paper(
        paper,
        report,
        signer=services.signer_at_hand(),
        at=figures["ended_at"],
        press=services.press,
    )
    with report.open("rb") as source:
        staged = services.staging.receive(source)
    run = BackupRun(
        kind=DRILL,
        media=str(report.parent),
        name=report.parent.name,
        started_at=figures["started_at"],
        ended_at=figures["ended_at"],
        files=figures["files"],
        size_bytes=figures["size_bytes"],
        outcome=BackupOutcome.FAILED if differing else BackupOutcome.DONE,
        run_by=actor.account,
        facts={
            "number": number,
            **{name: figures[name] for name in ("source", "objects", "compared", "equal")},
            "seconds": figures["seconds"],
            "differing": differing,
        },
    )
    with services.writing() as session:
        session.add(run)
        session.flush()
        session.add(
            Act(
                kind=DRILL,
                subject_id=str(run.id),
                at=figures["ended_at"],
                document=BackupRunDocument.of_row(run).as_json()
                | {"differences": figures["differences"]},
                companion_sha256=staged.sha256,
                companion_suffix="pdf",
            )
        )
        record_run(session, run, "drill:done", actor=actor)
        _tell(session, services.settings.archive.code, figures, actor, differing=differing)
    write_out_evidence(services)


def _tell(
    session: Session, archive: str, figures: dict[str, Any], actor: Actor, *, differing: int
) -> None:
    """One incident while a drill finds differences; a drill without any ends it."""
    if not differing:
        for kind in (MISSED, DIFFERENCE):
            close_incident(session, kind, archive, actor=actor)
        return
    facts = {"differing": differing, "first": figures["differences"][0]}
    alarm = IncidentSeverity.ALARM
    open_incident(session, DIFFERENCE, archive, severity=alarm, facts=facts, actor=actor)
