"""How often readers miss what they look for: counts by day, never words, never who asked."""

import datetime as dt
from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.upsert import insert_of
from archive_service.domain.keeping.search_day import SearchDay, SearchOutcome
from archive_service.errors import BackendError
from archive_service.log import logger
from archive_service.services import Services
from search.by_document import ShownHits
from search.documents import SearchDocument

SLOW_MS = 1_000.0  # staff expect what they look for within a second
DAYS = 30  # of which the counts are shown
_OUTCOMES: Mapping[str, SearchOutcome] = {
    "repaired": SearchOutcome.REPAIRED,
    "renamed": SearchOutcome.REPAIRED,
    "fewer": SearchOutcome.FEWER,
    "most": SearchOutcome.FEWER,
}


def count_search(services: Services, found: SearchDocument | ShownHits) -> None:
    """Count a search that found nothing, found otherwise, or took long; others leave no trace.

    A count that the database does not take now is lost: the search is not.

    Args:
        found: what ``find`` or ``find_documents`` gave of its first hits.
    """
    outcomes = list(_outcomes(found))
    if not outcomes:
        return
    today = clock.today()
    try:
        with services.writing() as session:
            made = insert_of(session)(SearchDay)
            for outcome in outcomes:
                session.execute(
                    made.values(day=today, outcome=outcome.value, searches=1).on_conflict_do_update(
                        index_elements=["day", "outcome"],
                        set_={"searches": SearchDay.searches + 1},
                    )
                )
    except BackendError as silent:
        logger().warning("search-not-counted", code=silent.code)


def _outcomes(found: SearchDocument | ShownHits) -> Iterator[SearchOutcome]:
    if not found.total:
        yield SearchOutcome.EMPTY
    elif found.told and found.told.step in _OUTCOMES:
        yield _OUTCOMES[found.told.step]
    if found.took_ms > SLOW_MS:
        yield SearchOutcome.SLOW


def searches_counted(session: Session) -> dict[SearchOutcome, int]:
    """Of the last ``DAYS`` days, today with them."""
    since = clock.today() - dt.timedelta(days=DAYS - 1)
    rows = session.execute(
        select(SearchDay.outcome, func.sum(SearchDay.searches))
        .where(SearchDay.day >= since)
        .group_by(SearchDay.outcome)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {outcome: found.get(outcome.value, 0) for outcome in SearchOutcome}
