"""Keeping: what work still needs stays in staging, and what is committed goes out."""

import dataclasses
import datetime as dt
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.agencies.acts import add_agency
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.needed import needed_digests
from archive_service.storage.staging import FolderStaging
from archive_service.storage.work_folder import work_place
from archive_service.worker import run_one, work
from ingest.receiving.staged import discard_unneeded
from ingest.submissions import acts as submissions_acts
from tests.faults.archive_service.workflow.acts import keep
from tests.worlds.archive import OPERATOR, person, small_pdf_case


def needed(services: Services) -> set[str]:
    with services.read_only() as session:
        return needed_digests(session)


def staged(services: Services) -> set[str]:
    return set(services.staging.iter_digests())


def age_staging(home: Path) -> None:
    """Everything in staging came long ago."""
    for file in (home / "staging").rglob("*"):
        if file.is_file():
            os.utime(file, (0, 0))


def test_bytes_stay_while_a_submission_is_open_and_go_when_it_is_stored(
    services: Services, tmp_path: Path
) -> None:
    source = small_pdf_case(tmp_path / "source")
    (submission_id,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    assert needed(services) == staged(services)
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    assert needed(services) == staged(services)
    assert run_one(services) == "done"
    assert needed(services) == staged(services), "a built version is made of what is staged"
    work(services, until_empty=True)
    assert needed(services) == set()
    age_staging(services.settings.home)
    keep(services)
    assert staged(services) == set()


def test_bytes_that_nobody_needs_stay_for_the_time_of_grace(services: Services) -> None:
    young = services.staging.receive(io.BytesIO(b"on its way"))
    keep(services)
    assert staged(services) == {young.sha256}
    age_staging(services.settings.home)
    keep(services)
    assert staged(services) == set()


class BusyStaging(FolderStaging):
    """Equal bytes come again just after it has told what is old."""

    def iter_digests(self, *, older_than: dt.datetime | None = None) -> Iterator[str]:
        """See ``Staging.iter_digests``."""
        yield from super().iter_digests(older_than=older_than)
        self.receive(io.BytesIO(b"comes again"))


def test_bytes_that_come_again_while_staging_is_swept_stay(services: Services) -> None:
    again = services.staging.receive(io.BytesIO(b"comes again"))
    services.staging.receive(io.BytesIO(b"does not"))
    home = services.settings.home
    age_staging(home)
    keep(dataclasses.replace(services, staging=BusyStaging(home / "staging")))
    assert staged(services) == {again.sha256}


def test_a_long_list_of_old_bytes_is_swept_to_its_end(services: Services) -> None:
    folder = services.settings.home / "staging" / "ab"
    folder.mkdir(parents=True)
    for number in range(1203):
        (folder / f"ab{number:062x}").touch()
    age_staging(services.settings.home)
    keep(services)
    assert staged(services) == set()


def test_a_failing_parcel_leaves_what_a_long_digitization_has_made(services: Services) -> None:
    made = services.staging.receive(io.BytesIO(b"%PDF-1.7 of the first document"))
    alone = services.staging.receive(io.BytesIO(b"of the failing parcel alone"))
    with services.writing() as session:
        services.jobs.add(session, "digitize-case-file", subject_id=uuid4())
    with services.writing() as session:
        checkpoint = {str(uuid4()): [{"sha256": made.sha256}]}
        session.execute(update(Job).values(checkpoint=checkpoint))
    digests = [made.sha256, alone.sha256]
    discard_unneeded(digests, database=services.database, staging=services.staging)
    assert staged(services) == {made.sha256}


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.WAITING])
def test_a_long_digitization_keeps_the_documents_it_made(
    services: Services, state: JobState
) -> None:
    """Hours may lie between the first document and the transaction that names them all."""
    made = services.staging.receive(io.BytesIO(b"%PDF-1.7 of the first document"))
    with services.writing() as session:
        services.jobs.add(session, "digitize-case-file", subject_id=uuid4())
    later = clock.now() + dt.timedelta(hours=1)
    with services.writing() as session:
        checkpoint = {str(uuid4()): [{"sha256": made.sha256}]}
        values = {"checkpoint": checkpoint, "state": state, "run_at": later, "lease_until": later}
        session.execute(update(Job).values(**values))
    age_staging(services.settings.home)
    with services.writing() as session:
        services.jobs.add(session, "sweep-staging")
    assert run_one(services) == "done"
    assert staged(services) == {made.sha256}


def test_a_worker_begins_with_the_evidence_that_a_killed_one_left(services: Services) -> None:
    with services.unit_of_work() as uow:
        add_agency("H40.55", "Sở mới", actor=OPERATOR, uow=uow)
        uow.commit()
    work(services, until_empty=True)
    with services.read_only() as session:
        assert list(session.scalars(select(Act.id).where(~Act.written))) == []
        newest = session.scalars(select(AuditSegment).order_by(AuditSegment.number.desc())).first()
        last = session.scalars(select(AuditEvent.number).order_by(AuditEvent.number.desc())).first()
        acts = len(list(session.scalars(select(Act.id))))
    assert newest is not None
    assert (newest.last_event, newest.written) == (last, True)
    assert [len(list(iter_acts(copy))) for copy in services.copies] == [acts, acts]


def test_what_a_killed_process_left_in_the_work_folder_goes_and_what_is_in_hand_stays(
    services: Services,
) -> None:
    folder = services.work_folder
    program = f"""
import os, signal
from pathlib import Path
from archive_service.storage.work_folder import work_place
places = [work_place(Path({str(folder)!r}), name) for name in ("receipt-", "digitize-", "text-")]
for place in places:
    place.__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert len(list(folder.iterdir())) == 3
    (folder / "list-new").mkdir()
    (folder / "list-old").mkdir()
    os.utime(folder / "list-old", (0, 0))
    with work_place(folder, "receipt-") as in_hand:
        os.utime(in_hand, (0, 0))
        work(services, until_empty=True)
        assert set(folder.iterdir()) == {in_hand, folder / "list-new"}
