"""What a pass has read, written into rows: verdicts, counts, troubles and the event of its end."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.case_files.indexes import DAMAGED
from archive_service.domain.keeping.fixity_pass import FixityPass
from archive_service.domain.people.account import WORKER
from archive_service.keeping.fixity.check import mark_clean
from archive_service.keeping.fixity.parts import Batch, Package
from archive_service.keeping.fixity.troubles import (
    FOUND_SOUND,
    Judged,
    end_troubles,
    judged,
    note_troubles,
    open_troubles,
)
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.port import ObjectStore

DAMAGED_TAG = "fixity:damaged"
UNREAD = "unread"  # verdict of a package that the copy does not give, though it answers
_NAMED = 50  # keys in an event; the rows have all
_BROKEN = (Fixity.DAMAGED, Fixity.MISSING)


def judge_batch(batch: Batch, copies: Sequence[ObjectStore]) -> list[Judged]:
    """What is wrong in it and who is to blame; packages that were not given are among it."""
    found = judged(batch.every_result(), copies)
    for package, trouble in batch.unread:
        result = FixityResult(copies[0].name, package.root, Fixity.UNREACHABLE)
        found.append(Judged(result, UNREAD, {"code": trouble.code}))
    return found


def note_batch(
    session: Session, row: FixityPass, batch: Batch, found: Sequence[Judged], *, at: dt.datetime
) -> bool:
    """Whether something is to be healed; ``at`` is when the first of it was read."""
    moved = _moved(session, [package for package, _ in batch.packages])
    wrong = [result for result in found if not _is_under(result.result.key, moved)]
    sound: list[Package] = []
    broken: list[Package] = []
    for package, results in batch.packages:
        if package.case_file_id in moved:
            continue
        is_broken = any(fixity_result.status in _BROKEN for fixity_result in results)
        (broken if is_broken else sound).append(package)
    _mark(session, row.copy, sound, {"state": "verified", "verified_at": at, "read_at": at})
    _mark(session, row.copy, broken, {"state": "damaged", "read_at": at})
    left = [package for package, _ in batch.packages if package.case_file_id in moved]
    _mark(session, row.copy, [*left, *(unit for unit, _ in batch.unread)], {"read_at": at})
    _count(row, batch, wrong)
    row.cursor, row.seen_at = batch.cursor, clock.now()
    _end_what_is_over(session, row.copy, batch, sound, at)
    if wrong:
        note_troubles(session, wrong, at=at)
    damaged = [result for result in wrong if result.result.status in _BROKEN]
    if damaged:
        _tell_damage(session, row.copy, damaged, [unit.held.ocfl_id for unit in broken])
    return bool(damaged)


def note_end(session: Session, row: FixityPass) -> None:
    """The pass is over: it was read whole; the event lets a rebuild know it again."""
    row.ended_at = clock.now()
    broken = (
        select(CaseFile.ocfl_id)
        .join(CopyState, CopyState.case_file_id == CaseFile.id)
        .where(CopyState.copy == row.copy, CopyState.state == DAMAGED)
    )
    damaged = sorted(session.scalars(broken))
    wrong = damaged or row.damaged or row.missing or row.unexpected
    clean = [] if wrong or open_troubles(session, row.copy) else [row.copy]
    mark_clean(session, clean, at=row.started_at)
    record_event(
        session,
        "fixity:checked",
        subject_id=row.copy,
        actor=WORKER,
        data={
            "started_at": clock.iso(row.started_at),
            "copies": [row.copy],
            "proved": [row.copy],
            "clean": clean,
            "checked": row.checked,
            "bytes": row.read_bytes,
            "intact": row.intact,
            "unsteady": row.unsteady,
            "damaged_objects": {row.copy: damaged} if damaged else {},
            "damaged": row.damaged,
            "missing": row.missing,
            "unexpected": row.unexpected,
            "unreachable": [],
        },
    )


def _moved(session: Session, packages: Sequence[Package]) -> dict[UUID, str]:
    """Packages of which a new version is on its way: what was seen of them may be half of it."""
    read = {package.case_file_id: package for package in packages}
    rows = session.execute(
        select(CaseFile.id, CaseFile.version_built).where(CaseFile.id.in_(list(read)))
    )
    return {row.id: read[row.id].root for row in rows if row.version_built > read[row.id].version}


def _is_under(key: str, moved: dict[UUID, str]) -> bool:
    return any(key.startswith(f"{root}/") for root in moved.values())


def _mark(
    session: Session, copy: str, packages: Sequence[Package], values: dict[str, object]
) -> None:
    for package in packages:
        session.execute(
            update(CopyState)
            .where(
                CopyState.copy == copy,
                CopyState.case_file_id == package.case_file_id,
                CopyState.version == package.version,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _count(row: FixityPass, batch: Batch, wrong: Sequence[Judged]) -> None:
    row.packages += len(batch.packages)
    row.package_bytes += sum(package.size_bytes for package, _ in batch.packages)
    row.package_bytes += sum(package.size_bytes for package, _ in batch.unread)
    for fixity_result in batch.every_result():
        row.read_bytes += fixity_result.size_bytes
        row.unsteady += fixity_result.unsteady
        row.intact += fixity_result.status is Fixity.INTACT
        row.checked += fixity_result.status is Fixity.INTACT
    for judgement in wrong:
        status = judgement.result.status
        row.checked += status in _BROKEN
        row.damaged += status is Fixity.DAMAGED
        row.missing += status is Fixity.MISSING
        row.unexpected += status is Fixity.UNEXPECTED


def _end_what_is_over(
    session: Session, copy: str, batch: Batch, sound: Sequence[Package], at: dt.datetime
) -> None:
    """What was in trouble and is as recorded now; most often there is none."""
    waiting = open_troubles(session, copy)
    if not waiting:
        return
    wrong = {
        fixity_result.key
        for fixity_result in batch.every_result()
        if fixity_result.status is not Fixity.INTACT
    }
    intact = {
        fixity_result.key
        for fixity_result in batch.every_result()
        if fixity_result.status is Fixity.INTACT
    }
    roots = {package.root for package in sound}
    over = [
        fixity_trouble
        for fixity_trouble in waiting
        if fixity_trouble.key not in wrong
        and (fixity_trouble.key in intact or fixity_trouble.unit in roots)
    ]
    end_troubles(session, over, at=at, by=FOUND_SOUND)


def _tell_damage(
    session: Session, copy: str, damaged: Sequence[Judged], ocfl_ids: Sequence[str]
) -> None:
    record_event(
        session,
        DAMAGED_TAG,
        subject_id=copy,
        actor=WORKER,
        data={
            "copy": copy,
            "damaged_objects": {copy: sorted(ocfl_ids)},
            "files": len(damaged),
            "keys": [
                {
                    "key": result.result.key,
                    "status": str(result.result.status),
                    "verdict": result.verdict,
                }
                for result in damaged[:_NAMED]
            ],
        },
    )
