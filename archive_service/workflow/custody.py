"""Evidence out into every copy, and the periodic acts of keeping."""

from archive_service.bootstrap import Services
from archive_service.errors import BackendError
from archive_service.evidence.outbox import write_out
from archive_service.log import logger


def write_out_evidence(services: Services) -> bool:
    """Put acts and the running audit segment into every copy; false if a copy did not answer.

    Nothing is lost then: the rows stand, and the periodic job tries again within a minute.
    """
    try:
        write_out(services.database, staging=services.staging, copies=services.copies)
    except BackendError as trouble:
        logger().warning("evidence-delayed", code=trouble.code, facts=str(trouble))
        return False
    return True
