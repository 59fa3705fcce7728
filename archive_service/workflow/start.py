"""What a worker puts right before its first job."""

from contextlib import suppress

from archive_service.db.unit_of_work import StaleWriteError
from archive_service.evidence import rollback
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.storage.work_folder import sweep_work_folder
from retention.transfer.witnessing import sending as checkpoint_sending
from search import index_watch


def put_right_at_start(services: Services) -> None:
    """Jobs of killed workers, their work folder, and what they had not sent out; safe to repeat."""
    services.jobs.reclaim_dead()
    sweep_work_folder(services.settings.home)
    for put_right in (
        write_out_evidence,  # what a killed worker had committed and not yet sent out
        *(index_watch.adopt_at_start, rollback.look_at_start, checkpoint_sending.ask_at_start),
    ):
        with suppress(StaleWriteError):  # many begin at once; one of them has done it
            put_right(services)
