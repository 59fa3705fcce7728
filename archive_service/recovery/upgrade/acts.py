"""Bringing an archive to this release: proved before, changed whole or not at all, proved after."""

import datetime as dt
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event, verify_events
from archive_service.db import migrate
from archive_service.db.engine import WRITING
from archive_service.db.snapshot import TableFigures, differing, figures_of, tables_of
from archive_service.db.unit_of_work import WRITE_LOCK
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, IntegrityViolationError, NotFoundError
from archive_service.evidence.act_numbers import number_of_act
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.recovery.backup.set import BackupKind
from archive_service.recovery.drill.comparison import named
from archive_service.recovery.upgrade.demo_trust import Withdrawn, withdraw_trust
from archive_service.recovery.upgrade.papers import upgrade_minutes
from archive_service.services import VERSION, Services
from archive_service.setup.acts import init_archive
from archive_service.storage.ocfl.inventory import InventoryDamagedError
from archive_service.storage.ocfl.root import resolve
from archive_service.storage.port import ObjectNotFoundError, ObjectStore
from archive_service.text import telling

KIND = "upgrade"
REPORT = "bien-ban-nang-cap.pdf"
_SYMBOL = "BB-NC"
BACKUP_AGE = dt.timedelta(days=1)
LEASE_WAIT_S = 60.0
_LOOK_S = 0.5


class NothingToUpgradeError(NotFoundError):
    """No tables of ours are there: it is set up, not upgraded."""


class WorkersBusyError(ConflictError):
    """Workers have jobs in hand: the tables are not changed under them."""


class UpgradeBackupMissingError(ConflictError):
    """No backup younger than a day, and no reason given to go on without."""


class UpgradeUnsoundError(IntegrityViolationError):
    """What is kept differs from its record before anything was changed."""


@dataclass(frozen=True, slots=True)
class UpgradeOrder:
    """How it is to be done."""

    target: Path | None = None  # folder of the report; without it, below the home
    sample: int | None = 200  # packages whose inventories are read in every copy; None: all
    without_backup: str = ""  # the reason
    wait_s: float = LEASE_WAIT_S


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A package as its row has it."""

    ocfl_id: str
    version: int
    sha256: str


@dataclass(slots=True)
class _Proof:
    """What was compared, and what differed."""

    before: dict[str, TableFigures] = field(default_factory=dict)
    after: dict[str, TableFigures] = field(default_factory=dict)
    inventories: dict[tuple[str, str], str] = field(default_factory=dict)
    compared: int = 0
    differences: list[str] = field(default_factory=list)


class _Undone(Exception):  # noqa: N818 - ends the transaction, and is no error
    """The proof after the change failed: the transaction is not committed."""


def upgrade_archive(services: Services, order: UpgradeOrder, *, actor: Actor) -> dict[str, Any]:
    """Migrate, with rows, inventories and the audit chain compared before and after.

    All that the migrations change stands in one transaction, and so does the comparison: what
    fails, or differs, leaves the old tables. A SQLite file is copied aside first, and stays there.
    The signed report goes as an act with its paper into every copy.

    Returns:
        ``{compared, equal, differences, seconds, report, from, to, migrated, aside, rows,
        withdrawn}``; the last is ``{papers, signatures, unread}`` where trust in the demo's
        authority was withdrawn, else ``None``.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        NothingToUpgradeError, WorkersBusyError, UpgradeBackupMissingError: nothing was changed.
        UpgradeUnsoundError: a copy differs from its record already; nothing was changed.
        DatabaseNewerError, DatabaseTooOldError: the tables are of a newer release, or of one that
            is upgraded by the release before this one.
        BackendError: the database or a copy did not answer; nothing was changed.
    """
    access.require(actor, "archive:upgrade")
    began_at, started = clock.now(), time.perf_counter()
    engine = services.database.engine
    if not migrate.is_there(engine):
        raise NothingToUpgradeError(home=services.settings.home)
    revision, is_due = migrate.current(engine), not migrate.is_set_up(engine)
    if is_due:
        _require_backup(services, order.without_backup)
        _wait_for_workers(services, order.wait_s)
    place = _place(services, order, began_at)
    aside = place / "archive.db" if is_due else None
    if aside is not None and not migrate.copy_aside(engine, aside):
        aside = None
    proof = _Proof()
    migrated = _migrated(services, order, proof)
    undone = is_due and not migrated
    figures: dict[str, Any] = {
        "from": revision,
        "to": revision if undone else migrate.newest(),
        "release": VERSION,
        "migrated": migrated,
        "started_at": clock.iso(began_at),
        "ended_at": clock.iso(clock.now()),
        "compared": proof.compared,
        "equal": proof.compared - len(proof.differences),
        "differing": len(proof.differences),
        "differences": named(proof.differences),
        "without_backup": order.without_backup,
        "rows": {name: table_figures.rows for name, table_figures in sorted(proof.before.items())},
        "rows_after": {
            name: table_figures.rows for name, table_figures in sorted(proof.after.items())
        },
        "aside": str(aside) if aside is not None else None,
    }
    withdrawn = None if undone else _completed(services, actor)
    figures["withdrawn"] = withdrawn.counts() if withdrawn else None
    report = place / REPORT
    _conclude(services, figures, report, actor, undone=undone, withdrawn=withdrawn)
    spent = {"seconds": round(time.perf_counter() - started, 3), "report": str(report)}
    return _document(figures, proof, withdrawn) | spent


def _completed(services: Services, actor: Actor) -> Withdrawn | None:
    """What a home of this release has and an older one had not, or had and may not."""
    init_archive(services, actor=actor)
    return withdraw_trust(services, actor=actor)


def _document(
    figures: dict[str, Any], proof: _Proof, withdrawn: Withdrawn | None
) -> dict[str, Any]:
    names = ("compared", "equal", "from", "to", "migrated", "aside", "rows")
    document = withdrawn.as_document() if withdrawn else None
    return {name: figures[name] for name in names} | {
        "differences": proof.differences,
        "withdrawn": document,
    }


def _require_backup(services: Services, reason: str) -> None:
    if telling(reason):
        return
    since = clock.now() - BACKUP_AGE
    good = (
        BackupRun.outcome == BackupOutcome.DONE,
        BackupRun.kind.in_([str(kind) for kind in BackupKind]),
        BackupRun.started_at >= since,
    )
    with services.database.engine.connect() as connection:
        if connection.execute(select(func.count(BackupRun.id)).where(*good)).scalar_one():
            return
    raise UpgradeBackupMissingError(since=since)


def _wait_for_workers(services: Services, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while held := _held_jobs(services):
        if time.monotonic() >= until:
            raise WorkersBusyError(jobs=held)
        time.sleep(_LOOK_S)


def _held_jobs(services: Services) -> int:
    held = (Job.state == JobState.RUNNING, Job.lease_until > clock.now())
    with services.database.engine.connect() as connection:
        return connection.execute(select(func.count(Job.id)).where(*held)).scalar_one()


def _place(services: Services, order: UpgradeOrder, at: dt.datetime) -> Path:
    folder = (order.target or services.settings.home / "upgrades").absolute()
    place = folder / f"upgrade-{at:%Y%m%dT%H%M%SZ}"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return place


def _migrated(services: Services, order: UpgradeOrder, proof: _Proof) -> bool:
    """Whether the migrations were run, and stand."""
    engine = services.database.engine

    @contextmanager
    def around(connection: Connection) -> Iterator[None]:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
        tables = tables_of(connection)
        proof.before = figures_of(connection, tables)
        drawn = _drawn(connection, order.sample)
        stores = _stores(connection, services)
        proof.inventories = _inventories(drawn, stores)
        unsound = _unsound(drawn, proof.inventories)
        if unsound:
            raise UpgradeUnsoundError(count=len(unsound), first=unsound[0])
        head = _head(connection)
        yield
        proof.after = figures_of(connection, tables)
        _compare(proof, _inventories(drawn, stores))
        _compare_trail(connection, proof, head)
        if proof.differences:
            raise _Undone

    try:
        if migrate.upgrade(engine, around=around):
            return True
        writing = engine.execution_options(**{WRITING: True})
        with migrate.damage_told(), writing.begin() as connection, around(connection):
            return False  # nothing to migrate: proved as it stands
    except _Undone:
        return False


def _drawn(connection: Connection, sample: int | None) -> list[_Recorded]:
    """The newest stored version of a sample, or of all."""
    query = (
        select(CaseFile.ocfl_id, CaseFile.version_stored, PackageVersion.inventory_sha256)
        .join(PackageVersion, PackageVersion.case_file_id == CaseFile.id)
        .where(CaseFile.version_stored > 0, PackageVersion.number == CaseFile.version_stored)
        .order_by(CaseFile.ocfl_id)
    )
    every = [_Recorded(*row) for row in connection.execute(query)]
    if sample is None or sample >= len(every):
        return every
    return random.SystemRandom().sample(every, sample)


def _stores(connection: Connection, services: Services) -> list[ObjectStore]:
    """The copies that count: neither joining nor retired ones."""
    active = select(EnrolledCopy.name).where(EnrolledCopy.state == CopyStanding.ACTIVE)
    names = set(connection.scalars(active))
    return [store for store in services.stores if store.name in names]


def _inventories(
    drawn: Sequence[_Recorded], stores: Sequence[ObjectStore]
) -> dict[tuple[str, str], str]:
    return {
        (store.name, recorded.ocfl_id): _held(store, recorded)
        for recorded in drawn
        for store in stores
    }


def _held(store: ObjectStore, recorded: _Recorded) -> str:
    try:
        return resolve(store, recorded.ocfl_id, recorded.version).sha256
    except (ObjectNotFoundError, InventoryDamagedError) as wrong:
        return wrong.code


def _unsound(drawn: Sequence[_Recorded], found: dict[tuple[str, str], str]) -> list[str]:
    recorded = {package.ocfl_id: package.sha256 for package in drawn}
    return [f"{copy} {id_}" for (copy, id_), sha256 in found.items() if recorded[id_] != sha256]


def _head(connection: Connection) -> tuple[int, str]:
    last = select(AuditEvent.number, AuditEvent.sha256).order_by(AuditEvent.number.desc()).limit(1)
    row = connection.execute(last).first()
    return (row[0], row[1]) if row is not None else (0, "")


def _compare(proof: _Proof, inventories: dict[tuple[str, str], str]) -> None:
    proof.compared += len(proof.before) + len(proof.inventories)
    for name, (rows, left) in differing(proof.before, proof.after).items():
        proof.differences.append(f"{name}: {rows} -> {'-' if left is None else left}")
    for (copy, ocfl_id), sha256 in proof.inventories.items():
        if inventories.get((copy, ocfl_id)) != sha256:
            proof.differences.append(f"{copy} {ocfl_id}")


def _compare_trail(connection: Connection, proof: _Proof, head: tuple[int, str]) -> None:
    """The head as it was, and the whole chain behind it."""
    proof.compared += 2
    if _head(connection) != head:
        proof.differences.append(f"audit head {head[0]}")
    with Session(connection, join_transaction_mode="rollback_only") as session:
        verdict = verify_events(session)
    if not verdict.ok:
        proof.differences.append(f"audit {verdict.first_bad}")


def _conclude(
    services: Services,
    figures: dict[str, Any],
    report: Path,
    actor: Actor,
    *,
    undone: bool,
    withdrawn: Withdrawn | None,
) -> None:
    """The paper; where the change stands also its act and its event, in one transaction."""
    at = clock.now()
    number = "" if undone else number_of_act(services, KIND, _SYMBOL, at=at)
    issuer = issuer_of(services.settings.archive)
    paper = upgrade_minutes(figures, issuer, number=number, by=actor.account, withdrawn=withdrawn)
    print_paper(paper, report, signer=services.signer_at_hand(), at=at, press=services.press)
    if undone:
        return
    with report.open("rb") as source:
        staged = services.staging.receive(source)
    archive = services.settings.archive.code
    document = figures | {"number": number, "run_by": actor.account}
    with services.writing() as session:
        act = Act(
            kind=KIND,
            subject_id=archive,
            at=at,
            document=document,
            companion_sha256=staged.sha256,
            companion_suffix="pdf",
        )
        session.add(act)
        facts = {name: figures[name] for name in ("from", "to", "release", "compared", "differing")}
        record_event(session, "archive:upgraded", subject_id=archive, actor=actor, data=facts)
    write_out_evidence(services)
