"""The search index in use: how it stands, whether it fits the holdings, and writing it again."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.index_in_use import SEARCH, IndexInUse
from archive_service.domain.keeping.job import IS_OPEN, Job
from archive_service.domain.people.account import Actor
from archive_service.jobs.due import INDEX_JOB
from archive_service.recovery.rebuild.refill import read_again, want_again, write_again
from archive_service.recovery.reindex.documents import (
    IndexFaultDocument,
    IndexRebuiltDocument,
    IndexStatusDocument,
    IndexVerdictDocument,
    SearchTallyDocument,
)
from archive_service.recovery.reindex.filling import fill_beside, parts
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_BEHIND, IS_HELD
from search.digest import digest_of
from search.index_watch import adopt_index
from search.port import SearchIndexDamagedError
from search.tally import searches_counted

_TO_BE_FOUND = (CaseFile.version_stored > 0, IS_HELD)


def index_status(services: Services, *, actor: Actor) -> IndexStatusDocument:
    """How far the index lags behind what is stored, and how often searches did not go well.

    Raises:
        ActNotAllowedError: the account does not look after the archive.
        SearchUnavailableError, SearchIndexDamagedError: it cannot be asked.
    """
    access.require(actor, "index:read")
    identity, entries = services.index.identity(), services.index.count()
    beside = services.index.beside()
    is_open = Job.name == INDEX_JOB, IS_OPEN
    with services.read_only() as session:
        in_use = session.get(IndexInUse, SEARCH)
        held = session.scalar(select(func.count()).where(*_TO_BE_FOUND)) or 0
        late = session.scalar(select(func.count()).where(*_TO_BE_FOUND, IS_BEHIND)) or 0
        # Both at once, from the few open ones: the oldest alone would be looked for among all jobs.
        waiting = select(func.count(), func.min(Job.created_at)).where(*is_open)
        jobs, since = session.execute(waiting).one()
        counted = searches_counted(session)
    return IndexStatusDocument(
        engine=urlsplit(services.settings.search.url).scheme,
        known=in_use is not None and in_use.identity == identity,
        adopted_at=in_use.adopted_at if in_use else None,
        entries=entries,
        outdated=services.index.is_outdated(),
        beside=None if beside is None else beside.count(),
        held=held,
        indexed=held - late,
        behind=late,
        jobs=jobs,
        waiting_s=int((clock.now() - since).total_seconds()) if jobs else None,
        searches=SearchTallyDocument(**{name.value: count for name, count in counted.items()}),
    )


def verify_index(
    services: Services, *, actor: Actor, deep: bool = False, repair: bool = False
) -> IndexVerdictDocument:
    """Compare the index with the rows, and ``deep`` with the words that the copies give.

    With ``repair`` what is missing or differs is queued to be indexed, and what is held no more is
    taken out. What changes meanwhile is looked at a second time before it counts as a fault.

    Raises:
        ActNotAllowedError: the account does not look after the archive.
        SearchUnavailableError, SearchIndexDamagedError: it cannot be read.
    """
    access.require(actor, "index:rebuild" if repair else "index:read")
    started = time.perf_counter()
    found = dict(services.index.contents())
    held = _held(services)
    faults = [
        *_by_rows(services, held, found),
        *(_by_words(services, held, found) if deep else ()),
    ]
    queued = removed = 0
    if repair:
        wrong = [
            UUID(fault.id) for fault in faults if fault.fault in ("missing", "behind", "differs")
        ]
        queued = _queue(services, wrong)
        removed = _remove(services, [UUID(fault.id) for fault in faults if fault.fault == "stray"])
    return IndexVerdictDocument(
        checked=len(held),
        deep=deep,
        faults=faults,
        queued=queued,
        removed=removed,
        seconds=round(time.perf_counter() - started, 3),
    )


def rebuild_index(
    services: Services,
    *,
    actor: Actor,
    resume: bool = False,
    progress: Callable[[str], None] = lambda _code: None,
) -> IndexRebuiltDocument:
    """Fill a new index beside the one in use, and put it in its place when it is full.

    Searches find all the time what they found before. After a kill ``resume`` goes on with the one
    that was begun. An index that is damaged begins anew and is filled while it is in use.

    Raises:
        ActNotAllowedError: the account does not look after the archive.
        SearchUnavailableError: the index does not take it.
    """
    access.require(actor, "index:rebuild")
    started = time.perf_counter()
    found = _found_unless_damaged(services)
    if found is None:
        services.index.clear()
        adopt_index(services)
        with services.read_only() as session:
            ids = session.scalars(select(CaseFile.id).where(*_TO_BE_FOUND)).all()
        written = len(write_again(services, ids, progress).done)
        left = [identifier for identifier, (_, is_behind) in _held(services).items() if is_behind]
    else:
        filled = fill_beside(services, anew=not resume, progress=progress)
        written, left = filled.written, list(filled.left)
    _queue(services, left)
    return IndexRebuiltDocument(
        written=written,
        left=len(left),
        removed=len((found or set()) - _held(services).keys()),
        emptied=found is None,
        seconds=round(time.perf_counter() - started, 3),
    )


def _found_unless_damaged(services: Services) -> set[UUID] | None:
    """What has entries; one of an earlier form is not looked through."""
    try:
        adopt_index(services)
        if services.index.is_outdated():
            return set()
        return {identifier for identifier, _ in services.index.contents()}
    except SearchIndexDamagedError:
        return None


def _held(services: Services) -> dict[UUID, tuple[str, bool]]:
    """Case files that are to be found: code, and whether the index is behind."""
    with services.read_only() as session:
        rows = session.execute(select(CaseFile.id, CaseFile.code, IS_BEHIND).where(*_TO_BE_FOUND))
        return {row[0]: (row[1], bool(row[2])) for row in rows}


def _by_rows(
    services: Services, held: dict[UUID, tuple[str, bool]], found: dict[UUID, str]
) -> Iterator[IndexFaultDocument]:
    absent = {
        identifier
        for identifier, (_, behind) in held.items()
        if not behind and identifier not in found
    }
    since = dict(services.index.contents(absent)) if absent else {}
    for case_file_id, (code, behind) in held.items():
        if behind:
            yield _fault(case_file_id, code, "behind")
        elif (
            case_file_id in absent
            and case_file_id not in since
            and not _is_emptied(services, case_file_id)
        ):
            yield _fault(case_file_id, code, "missing")
    strays = [case_file_id for case_file_id in found if case_file_id not in held]
    codes = _codes(services, strays)
    for case_file_id in strays:
        yield _fault(case_file_id, codes.get(case_file_id, ""), "stray")


def _by_words(
    services: Services, held: dict[UUID, tuple[str, bool]], found: dict[UUID, str]
) -> Iterator[IndexFaultDocument]:
    ids = [
        identifier for identifier, (_, behind) in held.items() if not behind and identifier in found
    ]
    suspects: list[UUID] = []
    for case_file_id, code, entries in read_again(services, ids):
        if entries is None:
            yield _fault(case_file_id, code, "unread")
        elif digest_of(entries) != found[case_file_id]:
            suspects.append(case_file_id)
    now = dict(services.index.contents(suspects)) if suspects else {}
    still = _held(services)
    for case_file_id, code, entries in read_again(services, suspects):
        changing = case_file_id not in still or still[case_file_id][1]
        if not changing and entries is not None and digest_of(entries) != now.get(case_file_id):
            yield _fault(case_file_id, code, "differs")


def _fault(case_file_id: UUID, code: str, fault: str) -> IndexFaultDocument:
    return IndexFaultDocument(code=code, id=str(case_file_id), fault=fault)


def _is_emptied(services: Services, case_file_id: UUID) -> bool:
    """Whether all of it lies in other case files now: then it has no entry."""
    with services.read_only() as session:
        return session.get_one(CaseFile, case_file_id).is_emptied


def _codes(services: Services, ids: Sequence[UUID]) -> dict[UUID, str]:
    codes: dict[UUID, str] = {}
    with services.read_only() as session:
        for some in parts(ids):
            rows = session.execute(select(CaseFile.id, CaseFile.code).where(CaseFile.id.in_(some)))
            codes |= {row[0]: row[1] for row in rows}
    return codes


def _queue(services: Services, ids: Sequence[UUID]) -> int:
    with services.writing() as session:
        want_again(session, ids, services)
    return len(ids)


def _remove(services: Services, ids: Collection[UUID]) -> int:
    for some in parts(list(ids)):
        services.index.remove(some)
    return len(ids)
