"""Times the destruction of an approved list, beside rm, sync and the same rows deleted bare."""

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from archive_service import worker
from archive_service.audit import record_event
from archive_service.bench import home as homes
from archive_service.bench.backends import on_files
from archive_service.bench.decided import decided_list
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine, timed
from archive_service.bench.seed import Seeds
from archive_service.bootstrap import open_services
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.disposition import (
    DispositionItem,
    ItemState,
)
from archive_service.domain.retention.hold import HoldLock
from archive_service.domain.retention.removal import DESTROY_JOB, REMOVAL
from archive_service.packaging.catalogue import catalogue_bytes
from archive_service.packaging.tree import CATALOGUE
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.storage.content import HeldContent
from archive_service.storage.ocfl.inventory import SIDECAR, sidecar_of
from archive_service.storage.ocfl.root import object_root
from archive_service.workflow.case_file import STEPS
from retention.disposition.execution import CARRY_OUT_JOB
from search.entry import entries_of
from search.port import Entry

REFERENCE = "rm -rf and sync of the packages, then their rows deleted with secure_delete"
_PATTERN = 5  # case files that are really taken in; the others are copies of them
_FILES, _FILE_BYTES = 3, 50 << 10
_ENDED = dt.date(2020, 12, 31)
_OF_CASE_FILE = ("digital_object", "document", "package_version", "copy_state")


@dataclass(frozen=True, slots=True)
class _Holding:
    """One case file with its package, which every copy holds."""

    id: UUID
    ocfl_id: str


def run(*, cases: int = 1000, copies: int = 2) -> dict[str, Any]:
    """One list of ``cases`` case files, from its execution until all are gone from every place.

    A few are really taken in; the others are copies of their rows, packages and index entries.
    The reference works on a second home with the same bytes: it proves nothing, tells nothing and
    leaves staging, index and queue alone.

    Raises:
        BenchFolderError: something is left.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        home = Path(place, "home")
        folders = make_case_files(
            Path(place, "from"), count=min(cases, _PATTERN), files=_FILES, file_bytes=_FILE_BYTES
        )
        homes.make_home(home, folders, on_files(copies))
        with _opened(home) as services:
            _take_in(services, folders)
            _multiply(services, cases)
            files = sum(1 for _ in services.stores[0].iter_keys("ocfl/")) - 3
        bare = Path(place, "bare")
        shutil.copytree(home, bare)
        os.sync()
        reference_s = timed(lambda: _bare(bare))
        with _opened(home) as services:
            disposition_id = _decided(services)
            os.sync()
            cpu_s = time.process_time()
            claimed_s = timed(lambda: _until_done(services, CARRY_OUT_JOB))
            destroyed_s = timed(lambda: _until_done(services, DESTROY_JOB))
            cpu_s = time.process_time() - cpu_s
            _require_gone(services, disposition_id)
    ours = {
        "seconds": round(claimed_s + destroyed_s, 3),
        "case_files_per_second": round(cases / (claimed_s + destroyed_s), 1),
        "claimed_s": round(claimed_s, 3),
        "destroyed_s": round(destroyed_s, 3),
        "cpu_ms_per_case_file": round(1000 * cpu_s / cases, 1),
    }
    facts = {"case_files": cases, "files_each": round(files / cases, 1), "copies": copies}
    return _figures(facts, ours, reference_s)


@contextmanager
def _opened(home: Path) -> Iterator[Services]:
    """Without the time of grace: what the case files left in staging is as old as their terms."""
    found = load_settings(home)
    storage = found.storage.model_copy(update={"staging_grace_s": 0})
    with closing(open_services(found.model_copy(update={"storage": storage}))) as services:
        yield services


def _take_in(services: Services, folders: Sequence[Path]) -> None:
    for folder in folders:
        homes.accept_folder(folder, services)
    with services.writing() as session:  # before their packages, which tell the same
        ended = {"permanent": False, "starts_on": dt.date(2010, 1, 1), "ends_on": _ENDED}
        session.execute(update(CaseFile).values(ended))
    while worker.run_one(services, names=STEPS.keys()):
        pass
    with services.writing() as session:
        services.jobs.add(session, "sweep-staging")
    worker.run_one(services, names=("sweep-staging",))


def _multiply(services: Services, cases: int) -> None:
    """Rows first, then to each its own package in every copy, and its words in the index."""
    with services.writing() as session:
        seeds = Seeds(session.connection())
        seeds.add(session.connection(), cases // seeds.case_files - 1)
    with services.read_only() as session:
        held = _holdings(session)
    entries = {
        holding.ocfl_id: _entries(services, holding)
        for holding in held
        if "." not in holding.ocfl_id
    }
    for holding in held:
        like, _, is_copy = holding.ocfl_id.partition(".")  # as the seeds tell them apart
        if is_copy:
            _lay_down(services, holding, like)
        own = [replace(entry, case_file_id=holding.id) for entry in entries[like]]
        services.index.replace_many([holding.id], own)


def _lay_down(services: Services, holding: _Holding, like: str) -> None:
    """A package like that one, which tells of this case file; its event too: the gate asks."""
    with services.writing() as session:
        row = session.get_one(CaseFile, holding.id)
        submissions = session.scalars(select(Submission).where(Submission.id == holding.id)).all()
        record, built = catalogue_bytes(row, submissions), row.versions[0]
        for url in services.settings.storage.copies:
            root = services.settings.home / url.partition(":")[2]
            folder = root / object_root(holding.ocfl_id)
            shutil.copytree(root / object_root(like), folder)
            (catalogue,) = folder.glob(f"v1/content/{CATALOGUE}")
            before, after = (sha256(data).hexdigest() for data in (catalogue.read_bytes(), record))
            catalogue.write_bytes(record)
            inventory = (folder / "inventory.json").read_text("utf-8")
            inventory = inventory.replace(before, after).replace(like, holding.ocfl_id)
            built.inventory_sha256 = sha256(inventory.encode()).hexdigest()
            for place in (folder, folder / "v1"):
                (place / "inventory.json").write_text(inventory, "utf-8")
                (place / SIDECAR).write_bytes(sidecar_of(built.inventory_sha256))
        told_of = {"version": 1, "inventory_sha256": built.inventory_sha256}
        record_event(
            session,
            "version:built",
            subject_id=row.id,
            actor=WORKER,
            agency_id=row.agency_id,
            data=told_of,
        )


def _entries(services: Services, holding: _Holding) -> list[Entry]:
    with services.read_only() as session:
        content = HeldContent(services.copies, holding.ocfl_id)
        row = session.get_one(CaseFile, holding.id)
        folder = services.work_folder
        return list(entries_of(row, content=content, folder=folder, corrected={}))


def _holdings(session: Any) -> list[_Holding]:
    rows = session.execute(select(CaseFile.id, CaseFile.ocfl_id).order_by(CaseFile.code)).all()
    return [_Holding(*row) for row in rows]


def _decided(services: Services) -> UUID:
    """An approved list of all that is held, as the head of the agency leaves it."""
    with services.unit_of_work() as uow:
        session = uow.session
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        decided = decided_list(rows)
        session.add(decided)
        session.flush()
        decided.list_sha256 = decided.digest_of_list()
        services.jobs.add(session, CARRY_OUT_JOB, subject_id=decided.id)
        uow.commit()
        return decided.id


def _until_done(services: Services, name: str) -> None:
    while worker.run_one(services, names=(name,)):
        pass


def _require_gone(services: Services, disposition_id: UUID) -> None:
    gone = DispositionItem.disposition_id == disposition_id, DispositionItem.state == ItemState.DONE
    with services.read_only() as session:
        done = session.scalar(select(func.count()).select_from(DispositionItem).where(*gone))
        held = CaseFile.state != CaseState.DESTROYED
        left = list(session.scalars(select(CaseFile.code).where(held).limit(10)))
        locks = session.scalar(select(func.count()).select_from(HoldLock))
        removals = session.scalar(select(func.count()).select_from(Act).where(Act.kind == REMOVAL))
    keys = [key for copy in services.stores for key in copy.iter_keys("ocfl/") if "urn" in key]
    if left or keys or locks or services.index.count() or removals != 2 * (done or 0):
        raise homes.BenchFolderError(folder=services.settings.home, found=[*left, *keys[:10]])


def _bare(home: Path) -> None:
    """What an operator's script would do, and all that it would do."""
    roots = [str(found) for found in home.glob("copy-*/ocfl/???")]
    subprocess.run(["rm", "-rf", *roots], check=True)
    subprocess.run(["sync", *map(str, home.glob("copy-*/ocfl"))], check=True)
    with closing(sqlite3.connect(home / "archive.db", isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")
        for table in _OF_CASE_FILE:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - tables named here
        db.execute("COMMIT")


def _figures(facts: dict[str, Any], ours: dict[str, float], reference_s: float) -> dict[str, Any]:
    return {
        "name": "destroy",
        "machine": machine(),
        "backends": "SQLite, files",
        **facts,
        "ours": ours,
        "reference": {
            "name": REFERENCE,
            "seconds": round(reference_s, 3),
            "case_files_per_second": round(facts["case_files"] / reference_s, 1),
        },
        "ratio": round(ours["seconds"] / reference_s, 3),
        "runs": {"ours_s": [ours["seconds"]], "reference_s": [round(reference_s, 3)]},
    }
