"""Noticing that the search index was lost or is of an earlier form, and having it filled."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.indexes import OUTDATED
from archive_service.domain.keeping.index_in_use import COMING, SEARCH, IndexInUse
from archive_service.domain.keeping.job import IS_OPEN, Job
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import BackendError
from archive_service.jobs.due import FILL_JOB, INDEX_JOB
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_HELD
from search.port import SearchIndexDamagedError, SearchUnavailableError

SEARCH_SILENT = "search-silent"
_TIDIED_S = 20.0  # each time


def watch_index(lease: Lease, services: Services) -> None:
    """The periodic look; an index that cannot be asked is one incident until it answers again."""
    trouble: BackendError | None = None
    try:
        adopt_index(services)
        if not services.index.is_outdated():
            services.index.tidy(_TIDIED_S)
    except BackendError as silent:
        trouble = silent
    with services.writing() as session:
        if trouble is None:
            close_incident(session, SEARCH_SILENT, SEARCH)
        else:
            facts = {"code": trouble.code} | {
                name: str(value) for name, value in trouble.facts.items()
            }
            warning = IncidentSeverity.WARNING
            open_incident(session, SEARCH_SILENT, SEARCH, severity=warning, facts=facts)
        services.jobs.finish(session, lease)


def adopt_at_start(services: Services) -> None:
    """``adopt_index``, but an index that does not answer keeps no worker from its other jobs."""
    try:
        adopt_index(services)
    except (SearchUnavailableError, SearchIndexDamagedError) as trouble:
        logger().warning("search-index-silent", code=trouble.code, facts=str(trouble))


def adopt_index(services: Services) -> int:
    """Where the index is another than the one in use, nothing counts as indexed any more.

    One that was filled beside it and took its place has everything. Beside one of an earlier
    form, another is wanted.

    Returns:
        How many case files are queued to be indexed again; 0 where the index is the known one.

    Raises:
        SearchUnavailableError, SearchIndexDamagedError: it cannot be asked now.
    """
    identity, outdated = services.index.identity(), services.index.is_outdated()
    with services.read_only() as session:
        known = is_in_use(session, identity)
        if known and (not outdated or _is_filling(session)):
            return 0
    has_words = not known and services.index.count() > 0
    lost: list[UUID] = []
    with services.writing() as session:
        if not known:
            session.merge(IndexInUse(name=SEARCH, identity=identity, adopted_at=clock.now()))
            session.flush()
            if not _was_filled(session, identity):
                lost = _nothing_counts(session, has_words=has_words)
        for case_file_id in lost:
            services.jobs.add(session, INDEX_JOB, subject_id=case_file_id)
        if outdated:
            services.jobs.add(session, FILL_JOB)
    if lost:
        logger().warning("search-index-begun-anew", case_files=len(lost))
    return len(lost)


def _is_filling(session: Session) -> bool:
    query = select(Job.id).where(Job.name == FILL_JOB, IS_OPEN).limit(1)
    return session.scalar(query) is not None


def note_filled(services: Services, identity: str) -> None:
    """The index with this identity has everything, and is about to be put in place."""
    with services.writing() as session:
        session.merge(IndexInUse(name=COMING, identity=identity, adopted_at=clock.now()))


def _was_filled(session: Session, identity: str) -> bool:
    coming = session.get(IndexInUse, COMING)
    if coming is None:
        return False
    session.delete(coming)
    return coming.identity == identity


def _nothing_counts(session: Session, *, has_words: bool) -> list[UUID]:
    held = CaseFile.version_stored > 0, IS_HELD
    if has_words:  # an earlier one was put back: it may tell any row as that was long ago
        session.execute(update(CaseFile).where(*held).values(version_indexed=OUTDATED))
    was = CaseFile.version_indexed > 0  # what changed while it was put into this one stays outdated
    session.execute(update(CaseFile).where(was).values(version_indexed=0))
    return list(session.scalars(select(CaseFile.id).where(*held).order_by(CaseFile.code)))


def is_in_use(session: Session, identity: str) -> bool:
    """Whether the index with this identity is the one that the case files speak of."""
    known = session.get(IndexInUse, SEARCH)
    return known is not None and known.identity == identity
