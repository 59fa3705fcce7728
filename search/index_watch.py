"""Noticing that the search index was lost or began anew, and having it filled again."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.index_in_use import SEARCH, IndexInUse
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import BackendError
from archive_service.jobs.due import INDEX_JOB
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_HELD

SEARCH_SILENT = "search-silent"


def watch_index(lease: Lease, services: Services) -> None:
    """The periodic look; an index that cannot be asked is one incident until it answers again."""
    trouble: BackendError | None = None
    try:
        adopt_index(services)
    except BackendError as silent:
        trouble = silent
    with services.unit_of_work() as uow:
        if trouble is None:
            close_incident(uow.session, SEARCH_SILENT, SEARCH)
        else:
            facts = {"code": trouble.code} | {
                name: str(value) for name, value in trouble.facts.items()
            }
            warning = IncidentSeverity.WARNING
            open_incident(uow.session, SEARCH_SILENT, SEARCH, severity=warning, facts=facts)
        services.jobs.finish(uow.session, lease)
        uow.commit()


def adopt_index(services: Services) -> int:
    """Where the index is another than the one in use, nothing counts as indexed any more.

    Returns:
        How many case files are queued to be indexed again; 0 where the index is the known one.

    Raises:
        SearchUnavailableError, SearchIndexDamagedError: it cannot be asked now.
    """
    identity = services.index.identity()
    with services.read_only() as session:
        if is_in_use(session, identity):
            return 0
    with services.unit_of_work() as uow:
        session = uow.session
        session.merge(IndexInUse(name=SEARCH, identity=identity, adopted_at=clock.now()))
        session.flush()
        session.execute(update(CaseFile).values(version_indexed=0))
        held = CaseFile.version_stored > 0, IS_HELD
        lost = list(session.scalars(select(CaseFile.id).where(*held).order_by(CaseFile.code)))
        for case_file_id in lost:
            services.jobs.add(session, INDEX_JOB, subject_id=case_file_id)
        uow.commit()
    if lost:
        logger().warning("search-index-begun-anew", case_files=len(lost))
    return len(lost)


def is_in_use(session: Session, identity: str) -> bool:
    """Whether the index with this identity is the one that the case files speak of."""
    known = session.get(IndexInUse, SEARCH)
    return known is not None and known.identity == identity
