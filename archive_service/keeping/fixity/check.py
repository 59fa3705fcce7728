"""Checking every copy against its record, and healing what is damaged from what is not."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import NotFoundError
from archive_service.evidence.expected import ActKeys, SegmentDigests, foreign_files
from archive_service.evidence.outbox import answering
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.fixity.claimed_packages import CameBack, without_claimed
from archive_service.keeping.fixity.troubles import (
    FOUND_SOUND,
    Judged,
    end_troubles,
    judged,
    note_sound,
    note_troubles,
    open_troubles,
)
from archive_service.keeping.reserve import reserved_objects, settle_proofs
from archive_service.notices.silent_copies import note_answers
from archive_service.recovery.export.case_file import NotStoredYetError
from archive_service.services import Services
from archive_service.storage.copies.enrolment import identities
from archive_service.storage.copies.identity import IDENTITY_KEY
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.fixity.check import iter_fixity, iter_object_fixity
from archive_service.storage.fixity.verdict import Fixity, FixityResult, FixityTally
from archive_service.storage.ocfl.root import id_of, object_root, root_files, root_of
from archive_service.storage.port import ObjectStore

CHECK_JOB = "check-case-file"
CHECKED_TAG = "case-file:verified"
_AT_ONCE = 1000  # case files asked for in one statement


class CopyNameError(NotFoundError):
    """No copy of the settings bears this name."""


@dataclass(slots=True)
class FixityRun:
    """One pass: its tally, when it began, and whether it came to its end."""

    started_at: dt.datetime
    tally: FixityTally = field(default_factory=FixityTally)
    complete: bool = False


def iter_check(
    services: Services,
    run: FixityRun,
    *,
    copy: str | None = None,
    limit: int | None = None,
    limit_s: float | None = None,
) -> Iterator[FixityResult]:
    """Results one by one, counted into ``run``; ``conclude`` records what they add up to.

    Raises:
        CopyNameError: no such copy.
    """
    copies, odd = known_copies(services, choose_copies(services, copy))
    for result in (*odd, *_not_enrolled(services, copy)):
        run.tally.add(result)
        yield result
    came_back = CameBack(services, [*services.copies, *services.reserves])
    results = iter_fixity(
        copies,
        limit=limit,
        limit_s=limit_s,
        expected=SegmentDigests(services.database),
        expected_keys=ActKeys(services.database),
        expected_objects=ExpectedObjects(services),
        foreign=lambda keys: foreign_files(services.database, keys),
    )
    if copy is None and limit is None and limit_s is None:
        results = chain(results, _iter_reserves(services))
    for result in results:
        run.tally.add(result)
        came_back.note(result)
        yield result
    came_back.settle()
    run.complete = limit is None and limit_s is None


def _not_enrolled(services: Services, name: str | None) -> list[FixityResult]:
    """Copies of the settings, or that of this name, of which no row tells: they are not read."""
    with services.read_only() as session:
        enrolled = identities(session)
    return [
        FixityResult(store.name, IDENTITY_KEY, Fixity.UNREACHABLE)
        for store in (*services.stores, *services.reserve_stores)
        if enrolled and store.name not in enrolled and name in (None, store.name)
    ]


def _iter_reserves(services: Services) -> Iterator[FixityResult]:
    """The reserve copies hold packages alone, and only those that are marked for them."""
    if not services.reserve_stores:
        return
    reserves, swapped = known_copies(services, list(services.reserves))
    yield from swapped
    with services.read_only() as session:
        objects = reserved_objects(session)
    if reserves:
        yield from iter_fixity(reserves, expected_objects=objects)


def conclude(services: Services, run: FixityRun, *, actor: Actor, copy: str | None = None) -> None:
    """Record a pass: the event, and what each copy was proved to hold of each case file."""
    names = [store.name for store in choose_copies(services, copy)]
    names += [] if copy else [store.name for store in services.reserves]
    silent = {result.copy for result in run.tally.unreachable}
    proved = [name for name in names if name not in silent] if run.complete else []
    troubled: dict[str, set[str]] = defaultdict(set)
    troubles = without_claimed(services, run.tally.troubles())
    for result in troubles:
        if result.status not in (Fixity.DAMAGED, Fixity.MISSING):
            continue
        if (root := root_of(result.key)) is not None:
            troubled[result.copy].add(root)
    wrong = judged(troubles, [*services.copies, *services.reserves])
    clean = [name for name in proved if name not in {trouble.result.copy for trouble in wrong}]
    with services.writing() as session:
        ocfl_ids = ids_of_roots({root for roots in troubled.values() for root in roots})
        damaged = {
            name: sorted(ocfl_ids[root] for root in roots if root in ocfl_ids)
            for name, roots in troubled.items()
        }
        mark_verified(session, proved, at=run.started_at)
        mark_damaged(session, damaged)
        mark_clean(session, clean, at=run.started_at)
        _settle_troubles(session, wrong, proved, at=run.started_at)
        settle_proofs(session)
        tally = run.tally
        record_event(
            session,
            "fixity:checked",
            subject_id=copy,
            actor=actor,
            data={
                "started_at": clock.iso(run.started_at),
                "copies": names,
                "proved": proved,
                "clean": clean,
                "checked": tally.checked,
                "bytes": tally.bytes,
                "intact": tally.intact,
                "unsteady": tally.unsteady,
                "damaged_objects": damaged,
                "damaged": len(tally.damaged),
                "missing": len(tally.missing),
                "unexpected": len(tally.unexpected),
                "unreachable": sorted(silent),
            },
        )
    write_out_evidence(services)


def _settle_troubles(
    session: Session, wrong: Sequence[Judged], proved: Sequence[str], *, at: dt.datetime
) -> None:
    """What was found now is in trouble, and of copies read whole nothing else is."""
    note_troubles(session, wrong, at=at)
    found = {(trouble.result.copy, trouble.result.key) for trouble in wrong}
    over = [
        row
        for name in proved
        for row in open_troubles(session, name)
        if (row.copy, row.key) not in found
    ]
    end_troubles(session, over, at=at, by=FOUND_SOUND)


def check_all(services: Services, *, progress: Callable[[float], None]) -> FixityTally:
    """One whole pass over every copy, as the periodic job does it."""
    run = FixityRun(clock.now())
    total = max(expected_files(services), 1)
    for number, _ in enumerate(iter_check(services, run), start=1):
        if number % 500 == 0:
            progress(min(number / total, 0.99))
    conclude(services, run, actor=WORKER)
    return run.tally


def ask_check(services: Services, code: str, *, actor: Actor) -> None:
    """Want one case file read again in every copy, soon; it may be wanted already.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
        CaseFileNotFoundError: absent, or not to be known.
        NotStoredYetError: no copy holds it yet.
    """
    access.require(actor, "fixity:check")
    with services.writing() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        if row.version_stored == 0:
            raise NotStoredYetError(code=row.code, state=row.state)
        services.jobs.add(session, CHECK_JOB, subject_id=row.id, priority=1)


def check_case_file(case_file_id: UUID, services: Services) -> FixityTally:
    """Read one case file again in every copy, and record what each was proved to hold of it."""
    at = clock.now()
    with services.read_only() as session:
        row = session.get_one(CaseFile, case_file_id)
    copies, swapped = known_copies(services, list(services.copies))
    tally = FixityTally()
    results = [*swapped, *iter_object_fixity(copies, row.ocfl_id, row.version_stored)]
    if row.version_reserved:
        reserves, unknown = known_copies(services, list(services.reserves))
        found = iter_object_fixity(reserves, row.ocfl_id, row.version_reserved)
        results += [*unknown, *found]
        copies += reserves
    for result in results:
        tally.add(result)
    wrong = judged(tally.troubles(), copies)
    intact = [
        (fixity_result.copy, fixity_result.key)
        for fixity_result in results
        if fixity_result.status is Fixity.INTACT
    ]
    silent = {result.copy for result in tally.unreachable}
    broken = {result.copy for result in (*tally.damaged, *tally.missing)}
    proved = [copy.name for copy in copies if copy.name not in silent | broken]
    with services.writing() as session:
        record_verdict(session, row.ocfl_id, proved, sorted(broken), at=at)
        note_troubles(session, wrong, at=at)
        for copy in copies:
            sound = [key for name, key in intact if name == copy.name]
            note_sound(session, copy.name, sound, at=at)
        settle_proofs(session)
        record_event(
            session,
            CHECKED_TAG,
            of=row,
            actor=WORKER,
            data={
                "code": row.code,
                "ocfl_id": row.ocfl_id,
                "at": clock.iso(at),
                "checked": tally.checked,
                "proved": proved,
                "damaged": sorted(broken),
                "unreachable": sorted(silent),
            },
        )
    write_out_evidence(services)
    return tally


def record_verdict(
    session: Session, ocfl_id: str, proved: list[str], damaged: list[str], *, at: dt.datetime
) -> None:
    """These copies hold the object as recorded, those do not."""
    mark_healed(session, {name: [ocfl_id] for name in proved}, at=at)
    mark_damaged(session, {name: [ocfl_id] for name in damaged})


def choose_copies(services: Services, name: str | None) -> list[ObjectStore]:
    """All copies, or the one of this name; none where that one is of the settings alone.

    Raises:
        CopyNameError: no such copy.
    """
    chosen = [copy for copy in services.copies if name in (None, copy.name)]
    if not chosen and not _not_enrolled(services, name):
        raise CopyNameError(name=name, known=[copy.name for copy in services.copies])
    return chosen


def known_copies(
    services: Services, copies: list[ObjectStore]
) -> tuple[list[ObjectStore], list[FixityResult]]:
    """Those that are what they claim to be; another store under the name is unreachable."""
    known, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in known], away=away)
    swapped = [FixityResult(name, IDENTITY_KEY, Fixity.UNREACHABLE) for name in away]
    return known, swapped


class ExpectedObjects(Iterable[tuple[str, int]]):
    """OCFL id and stored version of every case file that all copies must hold, by batches."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __iter__(self) -> Iterator[tuple[str, int]]:
        last = ""
        while some := self._after(last):
            yield from some
            last = some[-1][0]

    def _after(self, last: str) -> list[tuple[str, int]]:
        held = CaseFile.version_stored > 0, IS_HELD, CaseFile.ocfl_id > last
        rows = select(CaseFile.ocfl_id, CaseFile.version_stored).where(*held)
        with self._services.read_only() as session:
            some = session.execute(rows.order_by(CaseFile.ocfl_id).limit(_AT_ONCE))
            return [(row.ocfl_id, row.version_stored) for row in some]


def expected_files(services: Services) -> int:
    """About how many files a pass will read, to measure its progress by."""
    with services.read_only() as session:
        packages = _files_of_packages(session, CaseFile.version_stored)
        reserved = _files_of_packages(session, CaseFile.version_reserved)
        acts, companions = session.execute(
            select(func.count(), func.count(Act.companion_sha256)).where(Act.written)
        ).one()
        written = AuditSegment.written
        segments = session.scalar(select(func.count()).where(written)) or 0
    loose = len(root_files()) + 2 * acts + companions + segments  # an act has its digest beside it
    return (packages + loose) * len(services.copies) + reserved * len(services.reserve_stores)


def _files_of_packages(session: Session, newest: InstrumentedAttribute[int]) -> int:
    """In one copy that holds each up to its ``newest`` version: content, inventories, the rest."""
    mine = (
        select(
            func.max(PackageVersion.file_count).label("content"),
            func.count().label("versions"),
        )
        .join(CaseFile, CaseFile.id == PackageVersion.case_file_id)
        .where(PackageVersion.number <= newest, IS_HELD)
        .group_by(PackageVersion.case_file_id)
        .subquery()
    )
    # A version has an inventory and its sidecar, and writes about three descriptions anew; the
    # first has none to write anew, but the root has its own inventory, sidecar and declaration.
    files = select(func.sum(mine.c.content + 5 * mine.c.versions))
    return session.scalar(files) or 0


def ids_of_roots(roots: Iterable[str]) -> dict[str, str]:
    """Object root → OCFL id, of roots that are those of an id."""
    named = {root: id_of(root) for root in roots}
    return {root: ocfl_id for root, ocfl_id in named.items() if object_root(ocfl_id) == root}


def mark_verified(session: Session, copies: list[str], *, at: dt.datetime) -> None:
    """These copies were read whole and found as recorded, but for what is marked damaged next."""
    if copies:
        session.execute(
            update(CopyState)
            .where(CopyState.copy.in_(copies), CopyState.verified_at < at)
            .values(state="verified", verified_at=at)
            .execution_options(synchronize_session=False)
        )


def mark_clean(session: Session, copies: Iterable[str], *, at: dt.datetime) -> None:
    """These copies were read whole, and nothing was wrong in them."""
    before = or_(EnrolledCopy.verified_at.is_(None), EnrolledCopy.verified_at < at)
    session.execute(
        update(EnrolledCopy)
        .where(EnrolledCopy.name.in_(list(copies)), EnrolledCopy.enrolled_at <= at, before)
        .values(verified_at=at)
        .execution_options(synchronize_session=False)
    )


def mark_damaged(session: Session, damaged: dict[str, list[str]]) -> None:
    """Copy → OCFL ids of which a file is damaged or missing there."""
    _mark(session, damaged, {"state": "damaged"})


def mark_healed(session: Session, healed: dict[str, list[str]], *, at: dt.datetime) -> None:
    """Copy → OCFL ids that were put right there."""
    _mark(session, healed, {"state": "verified", "verified_at": at})


def _mark(session: Session, objects: dict[str, list[str]], values: dict[str, object]) -> None:
    for name, ocfl_ids in objects.items():
        cases: list[UUID] = list(
            session.scalars(select(CaseFile.id).where(CaseFile.ocfl_id.in_(ocfl_ids)))
        )
        session.execute(
            update(CopyState)
            .where(CopyState.copy == name, CopyState.case_file_id.in_(cases))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
