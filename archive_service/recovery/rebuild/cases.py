"""Case files written as rows again, and those of which only the trail or the old database knows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.one_by_one import write_cases
from archive_service.recovery.rebuild.restored_case import RestoredCase
from archive_service.storage.ocfl.root import object_root

_BATCH = 100  # case files held in memory together
_STORED = "case-file:stored"


def restore_cases(
    session: Session,
    cases: Iterable[RestoredCase],
    left_out: LeftOut,
    progress: Callable[[str], None] = lambda _code: None,
) -> tuple[int, int]:
    """Counts of case files and documents that are rows now."""
    count = documents = 0
    session.flush()
    session.expunge_all()
    waiting = iter(cases)
    while some := list(islice(waiting, _BATCH)):
        results = [
            (restored_case.case_file.code, len(restored_case.case_file.documents))
            for restored_case in some
        ]
        fitting = write_cases(session, some, left_out)
        if len(fitting) < len(some):
            results = [results[some.index(restored_case)] for restored_case in fitting]
        for code, of_it in results:
            count, documents = count + 1, documents + of_it
            progress(code)
    return count, documents


def iter_unlisted(
    session: Session, old: OldDatabase, left_out: LeftOut, *, destroyed: set[str]
) -> Iterator[RestoredCase]:
    """Case files that the old database knew as stored, and of which no copy lists a package."""
    for ids in old.iter_stored():
        known = set(session.scalars(select(CaseFile.id).where(CaseFile.id.in_(ids))))
        for missing in ids.keys() - known:
            root = object_root(ids[missing])
            kept = None if root in destroyed or left_out.names(root) else old.case(root)
            if kept is not None:
                left_out.pass_over(Passed.PACKAGE_GONE, root, kept=True)
                yield kept


def versions_told(events: Iterable[AuditEvent], versions: dict[UUID, int]) -> None:
    """Note in ``told`` which version of each case file the trail says to be stored."""
    for event in events:
        if event.tag == _STORED and event.subject_id:
            case_file_id = UUID(event.subject_id)
            versions[case_file_id] = max(versions.get(case_file_id, 0), int(event.data["version"]))


def name_behind(session: Session, versions: Mapping[UUID, int], left_out: LeftOut) -> None:
    """What the trail says to be stored, and came back older, or not at all."""
    every = sorted(versions)
    for start in range(0, len(every), _BATCH):
        ids = every[start : start + _BATCH]
        query = select(CaseFile.id, CaseFile.version_stored).where(CaseFile.id.in_(ids))
        stored = {row.id: row.version_stored for row in session.execute(query)}
        _name(ids, stored, versions, left_out)


def _name(
    ids: Sequence[UUID],
    stored: Mapping[UUID, int],
    versions: Mapping[UUID, int],
    left_out: LeftOut,
) -> None:
    for identifier in ids:
        root = object_root(f"urn:uuid:{str(identifier).upper()}")  # drawn together
        if left_out.names(root):
            continue
        if identifier not in stored:
            left_out.pass_over(Passed.PACKAGE_GONE, root)
        elif 0 < stored[identifier] < versions[identifier]:
            version, newest = stored[identifier], versions[identifier]
            left_out.pass_over(Passed.PACKAGE_OLDER, root, version=version, newest=newest)
