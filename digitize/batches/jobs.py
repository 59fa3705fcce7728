"""The story of a batch: it is read by a worker, put in order by people, released or rejected."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.malware import MalwareState, Verdict
from archive_service.jobs.port import Lease
from archive_service.keeping.malware.verdicts import MALWARE_FOUND, keep_verdicts, known_verdicts
from archive_service.services import Services
from digitize.batches.intake.receive import READ_JOB
from digitize.batches.reading.due import is_due, queue_reading
from digitize.batches.reading.page_rows import make_pages
from digitize.batches.reading.read import Reader, read_pages, stop_batch
from digitize.batches.reading.settle import make_documents, settle
from digitize.batches.reading.verdicts import finding_row
from digitize.batches.sources.frames import splitter_of


def read_batch(lease: Lease, services: Services) -> None:
    """The job ``read-batch``: all that is due on one batch, page by page. Safe to repeat and kill.

    Raises ``LeaseLostError``, changing nothing more, if another worker has taken over.
    """
    batch_id = lease.subject_id
    if batch_id is None:
        raise ValueError(f"{READ_JOB} needs a batch")
    began_at, done = clock.now(), {"pages": 0}

    def fence(session: Session) -> None:
        noted = {"began_at": clock.iso(began_at), "pages": done["pages"]}
        services.jobs.save_checkpoint(session, lease, noted)

    def progress(read: int, total: int) -> None:
        done["pages"] += 1
        services.jobs.heartbeat(lease, progress=read / total if total else 1.0)

    while _is_due(batch_id, services):
        reader = _reader(services)
        if _find_malware(batch_id, services, lease):
            break
        make_pages(batch_id, services.database, splitter_of(services), fence=fence)
        if not read_pages(batch_id, reader, fence=fence, progress=progress):
            break
        make_documents(batch_id, services.database, fence=fence)
        settle(
            batch_id,
            services.database,
            services.staging,
            fence=fence,
            take_equal_from=services.settings.digitize.take_equal_from,
            sample_from=services.settings.digitize.sample_from,
        )
    with services.unit_of_work() as uow:
        batch = uow.session.get_one(ScanBatch, batch_id, with_for_update=True)
        services.jobs.finish(uow.session, lease)
        queue_reading(uow.session, batch, services)  # what came since is read by a job of its own
        uow.commit()


def _is_due(batch_id: UUID, services: Services) -> bool:
    with services.read_only() as session:
        return is_due(session, session.get_one(ScanBatch, batch_id))


def _reader(services: Services) -> Reader:
    settings = services.settings
    return Reader(
        database=services.database,
        staging=services.staging,
        engine=services.ocr,
        doubtful_below=settings.digitize.doubtful_below,
        hard_below=settings.digitize.hard_below,
        page_s=settings.digitize.page_s,
    )


def _find_malware(batch_id: UUID, services: Services, lease: Lease) -> bool:
    """Whether a file of the batch is infected; then it is stopped. Nothing without a scanner."""
    signatures = services.scanner.signatures()
    if not signatures:
        return False
    with services.read_only() as session:
        batch = session.get_one(ScanBatch, batch_id)
        names = {source.sha256: source.name for source in batch.sources if source.size_bytes}
        known = known_verdicts(session, names, signatures)
    fresh: dict[str, Verdict] = {}
    for digest in names.keys() - known.keys():
        with services.staging.open(digest) as source:
            fresh[digest] = services.scanner.scan(source)
    found = {
        names[digest]: verdict
        for digest, verdict in (known | fresh).items()
        if verdict.state is MalwareState.INFECTED
    }
    with services.writing() as session:
        keep_verdicts(session, fresh)
        if found:
            batch = session.get_one(ScanBatch, batch_id, with_for_update=True)
            findings = [
                Finding(
                    "malware", "batch-malware", Severity.ERROR, name, {"signature": it.signature}
                )
                for name, it in sorted(found.items())
            ]
            batch.findings = [*batch.findings, *(finding_row(finding) for finding in findings)]
            name, verdict = next(iter(sorted(found.items())))
            facts = {"file": name, "signature": verdict.signature}
            stop_batch(session, batch, MALWARE_FOUND, facts)
        services.jobs.save_checkpoint(session, lease, lease.checkpoint)
    return bool(found)
