"""The story: slow work keeps nobody waiting, and a worker that lost its lease tells nothing."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.pool import QueuePool

from archive_service import clock
from archive_service.background_jobs.view import retry_job
from archive_service.catalogue.holdings.rows import whole_case_file
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.due import DUE
from archive_service.jobs.port import Lease, LeaseLostError
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.setup.acts import init_archive
from archive_service.worker import run_one, work
from archive_service.workflow import steps
from archive_service.workflow.case_file import STEPS, advance
from digitize.batches.queue.digitization import digitization_queue
from ingest.submissions import acts as submissions_acts
from search.index_watch import adopt_index
from tests.worlds.archive import OPERATOR, PAPER_FOLDER, mixed_case, person, small_pdf_case
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.stored_objects import LyingStore


def accept(services: Services, source: Path) -> None:
    (submission_id,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))


def case_file(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile)).one()


def test_no_transaction_is_open_while_copies_are_written_and_read(
    services: Services, tmp_path: Path
) -> None:
    pool = services.database.engine.pool
    assert isinstance(pool, QueuePool)
    open_connections = []

    def look(_key: str, data: bytes, _nth: int) -> bytes:
        open_connections.append(pool.checkedout())
        return data

    stores = tuple(LyingStore(copy, look) for copy in services.stores)
    watched = dataclasses.replace(services, stores=stores)
    accept(watched, mixed_case(tmp_path / "source"))
    work(watched, until_empty=True)
    watched.close()  # its text engine is its own
    assert case_file(services).version_indexed == 2
    assert set(open_connections) == {0}


@pytest.mark.parametrize("done_before", range(4), ids=["build", "publish", "receipt", "index"])
def test_a_worker_that_lost_its_lease_changes_nothing(
    services: Services, tmp_path: Path, done_before: int
) -> None:
    accept(services, small_pdf_case(tmp_path / "source"))
    for _ in range(done_before):
        assert run_one(services) == "done"
    lost = claim(services)
    with services.writing() as session:
        past = clock.now() - dt.timedelta(seconds=1)
        running = update(Job).where(Job.state == JobState.RUNNING)
        session.execute(running.values(lease_until=past))
    held = claim(services)
    assert held.job_id == lost.job_id

    before = state(services)
    with pytest.raises(LeaseLostError):
        advance(lost, services)
    assert state(services) == before
    advance(held, services)
    assert state(services) != before
    work(services, until_empty=True)
    assert (case_file(services).version_stored, case_file(services).version_indexed) == (1, 1)


def claim(services: Services) -> Lease:
    lease = services.jobs.claim()
    assert lease is not None
    return lease


def state(services: Services) -> tuple[object, ...]:
    """What may only change with a lease; a receipt's number is kept through every try."""
    row = case_file(services)
    versions = (row.version_built, row.version_stored, row.version_indexed)
    with services.read_only() as session:
        events = session.scalar(select(func.count()).select_from(AuditEvent))
        jobs = [tuple(one) for one in session.execute(select(Job.name, Job.state).order_by(Job.id))]
    return (*versions, row.receipt_sha256, events, *jobs)


def test_a_step_that_is_not_due_any_more_is_only_closed(services: Services, tmp_path: Path) -> None:
    accept(services, small_pdf_case(tmp_path / "source"))
    work(services, until_empty=True)
    before = case_file(services)
    for job in ("build-version", "publish-version", "issue-receipt", "index-case-file"):
        with services.writing() as session:
            services.jobs.add(session, job, subject_id=before.id)
        assert run_one(services) == "done"
    after = case_file(services)
    assert (after.revision, after.receipt_sha256) == (before.revision, before.receipt_sha256)


def test_a_lost_search_index_is_noticed_and_filled_again(
    services: Services, tmp_path: Path
) -> None:
    accept(services, small_pdf_case(tmp_path / "source"))
    work(services, until_empty=True)
    held = services.index.count()
    for file in services.settings.home.glob("search.db*"):
        file.unlink()
    assert services.index.count() == 0
    assert adopt_index(services) == 1
    assert not case_file(services).indexed
    work(services, until_empty=True)
    assert services.index.count() == held > 0
    assert case_file(services).indexed
    assert adopt_index(services) == 0


@pytest.mark.parametrize("begin", ["worker", "init", "periodic"])
def test_every_start_looks_whether_the_index_is_the_one_in_use(
    services: Services, tmp_path: Path, begin: str
) -> None:
    accept(services, small_pdf_case(tmp_path / "source"))
    work(services, until_empty=True)
    services.index.clear()
    if begin == "init":
        init_archive(services, actor=OPERATOR)
    elif begin == "periodic":
        with services.writing() as session:
            services.jobs.add(session, "watch-index")
        assert run_one(services) == "done"
    if begin != "worker":
        assert not case_file(services).indexed
    work(services, until_empty=True)
    assert services.index.count() > 0
    assert case_file(services).indexed


def test_an_index_lost_while_it_is_filled_does_not_count(
    services: Services, tmp_path: Path
) -> None:
    accept(services, small_pdf_case(tmp_path / "source"))
    work(services, until_empty=True)
    row = case_file(services)
    with services.read_only() as session:
        effect = steps.index(whole_case_file(session, row.id), services, None)
    services.index.clear()
    adopt_index(services)
    with services.writing() as session:
        effect(session, session.get_one(CaseFile, row.id))
    assert not case_file(services).indexed


def test_a_page_that_digitization_refuses_stops_no_other_document(
    services: Services, tmp_path: Path
) -> None:
    folder = mixed_case(tmp_path / "source")
    (folder / "03").mkdir()
    Image.new("F", (900, 260)).save(folder / "03" / "1.tif", dpi=(200, 200))
    code = "H40.18.2025.09.QLCT"
    rows = [document_row(name, code) for name in ("03", PAPER_FOLDER)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], rows)
    (submission_id,) = submissions_acts.submit(
        folder, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    with services.writing() as session:  # as if it had been checked by another rule
        session.get_one(Submission, submission_id).findings = []
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    work(services, until_empty=True)

    with services.read_only() as session:
        row = whole_case_file(session, submission_id)
        job = session.scalars(select(Job).where(Job.name == "digitize-case-file")).one()
        told = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "case-file:digitized")
        ).one()
        (incident,) = open_incidents(session)
    assert (incident.kind, incident.subject) == ("copy-refused", code)
    assert [document.readable_pdf() is not None for document in row.documents] == [False, True]
    assert (row.digitization, row.version_stored) == (Digitization.REVIEW, 2)
    assert (job.state, job.error["code"]) == (JobState.FAILED, "page-image-unreadable")
    assert job.error["facts"]["reason"] == "colour-space"
    assert [one["document"] for one in told.data["refused"]] == [1]
    ((entry,), _) = digitization_queue(services, actor=person(services, "lan"), limit=9)
    assert (entry["state"], entry["error"]["code"]) == ("review", "page-image-unreadable")

    retry_job(services, job.id, actor=OPERATOR)
    work(services, until_empty=True)
    again = case_file(services)
    assert (again.digitization, again.version_stored) == (Digitization.REVIEW, 2)


def test_every_step_that_can_be_due_is_one_of_the_story() -> None:
    assert STEPS.keys() == DUE.keys()
