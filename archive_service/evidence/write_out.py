"""Evidence out into every copy, and the periodic acts of keeping."""

from archive_service.evidence.outbox import spread
from archive_service.services import Services


def write_out_evidence(services: Services) -> bool:
    """Put acts and the running audit segment into every copy; false if a copy has not all of it.

    What was committed stands whatever happens here: a copy that does not answer is tried again by
    the periodic job within a minute, one that holds other bytes is an alarm in the log.
    """
    written_out = spread(services.database, staging=services.staging, copies=services.copies)
    return not written_out.troubles
