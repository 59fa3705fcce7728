"""The search index on the page of the system: how far behind it is, and what its readers miss."""

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError
from archive_service.recovery.reindex.acts import index_status
from archive_service.recovery.reindex.documents import IndexStatusDocument
from archive_service.services import Services


def index_glance(services: Services, *, actor: Actor) -> IndexStatusDocument | None:
    """Nothing for an account that may not read it, nor of an index that does not answer now.

    The line of the backend says the latter.
    """
    if not access.may(actor, "index:read"):
        return None
    try:
        return index_status(services, actor=actor)
    except BackendError:
        return None
