"""An index of an earlier form gives way to one of today's, which is filled beside it."""

from archive_service.jobs.port import Lease
from archive_service.recovery.rebuild.refill import want_again
from archive_service.recovery.reindex.filling import fill_beside
from archive_service.services import Services


def fill_index(lease: Lease, services: Services) -> None:
    """Go on with the one beside until it is full; what is left to do is queued by its row.

    Raises:
        SearchUnavailableError: the index does not take it now.
    """
    left = fill_beside(services, anew=False).left if services.index.is_outdated() else ()
    with services.writing() as session:
        want_again(session, left, services)
        services.jobs.finish(session, lease)
