"""A copy that is away, swapped or full: nothing is lost, nothing is promised too early."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.case_files import queries as case_queries
from archive_service.catalogue.holdings.opening import ReceiptNotIssuedError, read_receipt
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from archive_service.setup.acts import init_archive
from archive_service.storage.copies.identity import CopyUnknownError
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from tests.faults.archive_service.workflow.acts import keep
from tests.faults.custody import require_true_claims, require_whole
from tests.worlds.archive import (
    COPIES,
    OPERATOR,
    PDF_NAME,
    new_home,
    open_home,
    person,
    small_pdf_case,
)

AWAY = COPIES[1]
DISK_BYTES = 3 << 20


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def checked(services: Services, source: Path) -> UUID:
    (submission_id,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    return submission_id


def accept(services: Services, submission_id: UUID) -> CaseFile:
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    with services.read_only() as session:
        return session.get_one(CaseFile, submission_id)


def case_file(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile)).one()


def job(services: Services, name: str) -> Job:
    with services.read_only() as session:
        return session.scalars(select(Job).where(Job.name == name)).one()


def hurry(services: Services) -> None:
    """The pause before the next try is over."""
    with services.writing() as session:
        waiting = update(Job).where(Job.state == JobState.WAITING)
        session.execute(waiting.values(run_at=clock.now()))


def require_waiting(services: Services, submission_id: UUID, code: str) -> None:
    """Built, not promised: no copy is believed, no receipt is there, the job is tried again."""
    row, publishing = case_file(services), job(services, "publish-version")
    assert (row.state, row.version_built, row.version_stored) == (CaseState.ACCEPTED, 1, 0)
    assert (row.receipt_number, row.receipt_sha256) == (None, None)
    assert (publishing.state, publishing.error["code"]) == (JobState.WAITING, code)
    with services.read_only() as session:
        assert session.get_one(Submission, submission_id).state is SubmissionState.ACCEPTED
        assert session.scalar(select(Act.id).where(Act.kind == "receipt")) is None
        assert set(session.scalars(select(Job.name))) == {
            "check-submission",
            "build-version",
            "publish-version",
        }
    require_true_claims_of_rows(services)


def require_true_claims_of_rows(services: Services) -> None:
    with services.read_only() as session:
        assert not any(row.version_stored for row in session.scalars(select(CaseFile)))


def test_while_a_copy_is_away_acceptance_works_and_the_receipt_waits(
    services: Services, home: Path, tmp_path: Path
) -> None:
    source = small_pdf_case(tmp_path / "source")
    submission_id = checked(services, source)
    (home / AWAY).rename(home / "unplugged")
    accept(services, submission_id)
    assert run_one(services) == "done"
    for _ in range(2):
        hurry(services)
        assert run_one(services) == "retry"
        require_waiting(services, submission_id, "store-unreachable")
        assert not (home / AWAY).exists(), "a disk that is not mounted is no empty copy"

    (home / "unplugged").rename(home / AWAY)
    hurry(services)
    work(services, until_empty=True)
    keep(services)
    require_whole(services, [source], versions=1)


def test_another_disk_under_the_name_is_refused(
    services: Services, home: Path, tmp_path: Path
) -> None:
    source = small_pdf_case(tmp_path / "source")
    submission_id = checked(services, source)
    (home / AWAY).rename(home / "unplugged")
    shutil.copytree(home / "unplugged", home / AWAY)
    identity = json.loads((home / AWAY / "copy.json").read_text("utf-8"))
    (home / AWAY / "copy.json").write_text(json.dumps(identity | {"id": str(uuid4())}))
    before = sorted((home / AWAY).rglob("*"))
    accept(services, submission_id)
    assert run_one(services) == "done"
    assert run_one(services) == "retry"
    require_waiting(services, submission_id, CopyUnknownError.code)
    assert sorted((home / AWAY).rglob("*")) == before, "nothing is written into a stranger's disk"
    with pytest.raises(CopyUnknownError):
        init_archive(services, actor=OPERATOR)

    shutil.rmtree(home / AWAY)
    (home / "unplugged").rename(home / AWAY)
    hurry(services)
    work(services, until_empty=True)
    keep(services)
    require_whole(services, [source], versions=1)


def test_a_copy_without_its_identity_is_unreachable_not_empty(
    services: Services, home: Path, tmp_path: Path
) -> None:
    submission_id = checked(services, small_pdf_case(tmp_path / "source"))
    (home / AWAY / "copy.json").unlink()
    accept(services, submission_id)
    assert run_one(services) == "done"
    assert run_one(services) == "retry"
    require_waiting(services, submission_id, CopyUnknownError.code)


@pytest.fixture
def full_home(home: Path) -> Iterator[Path]:
    """The home, with one copy on a small disk of its own."""
    small, kept = home / AWAY, home / "kept"
    small.rename(kept)
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        told = "a small file system cannot be mounted here: needs root and the right to mount"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    shutil.copytree(kept, small, dirs_exist_ok=True)
    yield home
    subprocess.run(["umount", str(small)], check=True)


def large_case(folder: Path) -> Path:
    """A case file that does not fit on the small disk."""
    source = small_pdf_case(folder, code="H40.18.2025.09.QLCT")
    import pikepdf

    with pikepdf.open(source / PDF_NAME, allow_overwriting_input=True) as pdf:
        pdf.attachments["so-lieu.bin"] = os.urandom(DISK_BYTES)
        pdf.save(source / PDF_NAME)
    return source


def test_a_copy_that_fills_up_keeps_what_it_had_and_takes_the_rest_later(
    tools: ModuleType, full_home: Path, tmp_path: Path
) -> None:
    small = full_home / AWAY
    first, second = small_pdf_case(tmp_path / "first"), large_case(tmp_path / "second")
    with open_home(full_home) as services:
        accept(services, checked(services, first))
        work(services, until_empty=True)
        stored = case_file(services)
        assert stored.version_stored == 1

        accept(services, checked(services, second))
        assert run_one(services) == "done"
        for _ in range(2):  # nothing piles up from one try to the next
            hurry(services)
            assert run_one(services) == "retry"
            assert job_error(services) == "store-full"
            assert not list((small / "tmp").iterdir())
            require_true_claims(services)
        valid, told = tools.ocfl_validate(small / object_root(stored.ocfl_id))
        assert valid, told

        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        hurry(services)
        work(services, until_empty=True)
        keep(services)
        require_whole(services, [first, second], versions=1)


def job_error(services: Services) -> str:
    with services.read_only() as session:
        waiting = select(Job).where(Job.state == JobState.WAITING)
        return str(session.scalars(waiting).one().error["code"])


def test_a_receipt_is_promised_only_when_every_copy_holds_its_act(
    services: Services, home: Path, tmp_path: Path
) -> None:
    """A copy goes away between the last file of the package and the signed paper."""
    lan, bach = person(services, "lan"), person(services, "bach")
    submission_id = checked(services, small_pdf_case(tmp_path / "source"))
    code = accept(services, submission_id).code
    assert run_one(services, names=("build-version",)) == "done"
    assert run_one(services, names=("publish-version",)) == "done"
    (home / AWAY).rename(home / "unplugged")
    assert run_one(services, names=("issue-receipt",)) == "done"

    def shown() -> tuple[str, bool, bool]:
        (submission,) = queries.submissions(services, [submission_id], actor=bach)
        case = case_queries.case_file(services, code, actor=lan)
        return submission.state, submission.receipt is None, case.receipt is None

    assert case_file(services).receipt_sha256 is not None
    assert shown() == ("accepted", True, True)
    assert queries.list_submissions(services, actor=bach, state="stored") == []
    with pytest.raises(ReceiptNotIssuedError):
        read_receipt(services, code, actor=bach)

    (home / "unplugged").rename(home / AWAY)
    keep(services)
    assert shown() == ("stored", False, False)
    assert len(queries.list_submissions(services, actor=bach, state="stored")) == 1
    assert read_receipt(services, code, actor=bach)[1].startswith(b"%PDF")
    require_true_claims(services)
