"""Acceptance: one decision, taken once, by who may; everybody else changes nothing."""

import threading
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import func, select

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import read_receipt
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
    UnresolvedFindingsError,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.errors import ConflictError, NotFoundError
from archive_service.forms import words
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.acceptance.acts import CodeTakenError
from ingest.acceptance.decide import ReasonMissingError
from ingest.submissions import acts as submissions_acts
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.given import Return
from retention.terms.dates import TermBeyondCalendarError
from search.acts import find
from tests.worlds.archive import PDF_NAME, new_home, person, small_pdf_case
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def submitted(services: Services, folder: Path, *, code: str = CODE, note: str = "") -> UUID:
    source = small_pdf_case(folder, code=code)
    if note:  # another content under the same code
        rows = [document_row(PDF_NAME, code)]
        write_sheet(source / "Hồ sơ.xlsx", [case_row(code, title=note)], rows)
    (submission_id,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    return submission_id


@pytest.fixture
def checked(services: Services, tmp_path: Path) -> UUID:
    submission_id = submitted(services, tmp_path / "source")
    assert run_one(services) == "done"
    return submission_id


def accept(services: Services, submission_id: UUID, name: str = "lan") -> CaseFile:
    submissions_acts.accept(services, submission_id, actor=person(services, name))
    with services.read_only() as session:
        return session.get_one(CaseFile, submission_id)


def state(services: Services, submission_id: UUID) -> SubmissionState:
    with services.read_only() as session:
        return session.get_one(Submission, submission_id).state


def tags(services: Services, tag: str) -> int:
    counted = select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == tag)
    with services.read_only() as session:
        return session.scalar(counted) or 0


def held(services: Services) -> list[CaseFile]:
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile)))


def test_accepting_twice_changes_nothing(services: Services, checked: UUID) -> None:
    first = accept(services, checked)
    again = accept(services, checked, "mai")
    assert (again.id, again.accepted_by) == (first.id, "lan")
    assert tags(services, "submission:accepted") == 1
    with services.read_only() as session:
        waiting = session.scalars(select(Job.name).where(Job.state == JobState.WAITING))
        assert list(waiting) == ["build-version"]


def test_accepting_what_is_stored_changes_nothing(services: Services, checked: UUID) -> None:
    accept(services, checked)
    work(services, until_empty=True)
    assert accept(services, checked).version_stored == 1
    with services.read_only() as session:
        assert set(session.scalars(select(Job.state))) == {JobState.DONE}


def test_of_many_archivists_at_once_one_accepts(services: Services, checked: UUID) -> None:
    actors = [person(services, name) for name in ("lan", "mai", "hung")]
    ready = threading.Barrier(len(actors))
    found: list[SubmissionDocument] = []

    def press(number: int) -> None:
        ready.wait()
        found.append(submissions_acts.accept(services, checked, actor=actors[number]))

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(actors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(actors)
    assert len({document.decided_by for document in found}) == 1
    assert len(held(services)) == 1
    assert tags(services, "submission:accepted") == 1


def test_of_accepting_and_returning_the_first_stands(services: Services, checked: UUID) -> None:
    mai = person(services, "mai")
    accept(services, checked)
    with pytest.raises(SubmissionStateError):
        submissions_acts.give_back(services, checked, Return(reason="Thiếu phụ lục"), actor=mai)
    assert state(services, checked) is SubmissionState.ACCEPTED
    assert tags(services, "submission:returned") == 0


def test_what_was_returned_is_not_accepted(services: Services, checked: UUID) -> None:
    mai = person(services, "mai")
    submissions_acts.give_back(services, checked, Return(reason="Thiếu phụ lục"), actor=mai)
    with pytest.raises(SubmissionStateError):
        accept(services, checked)
    assert held(services) == []
    work(services, until_empty=True)
    assert state(services, checked) is SubmissionState.RETURNED


def test_returning_needs_a_reason(services: Services, checked: UUID) -> None:
    with pytest.raises(ReasonMissingError):
        submissions_acts.give_back(
            services, checked, Return(reason="  "), actor=person(services, "lan")
        )
    assert state(services, checked) is SubmissionState.CHECKED


def test_the_officer_may_withdraw_before_and_not_after(
    services: Services, checked: UUID, tmp_path: Path
) -> None:
    bach = person(services, "bach")
    submissions_acts.withdraw(services, checked, actor=bach)
    assert state(services, checked) is SubmissionState.WITHDRAWN
    with pytest.raises(SubmissionStateError):
        accept(services, checked)
    again = submitted(services, tmp_path / "again")
    work(services, until_empty=True)
    accept(services, again)
    with pytest.raises(SubmissionStateError):
        submissions_acts.withdraw(services, again, actor=bach)


def test_what_is_withdrawn_before_its_checks_stays_withdrawn(
    services: Services, tmp_path: Path
) -> None:
    submission_id = submitted(services, tmp_path / "source")
    submissions_acts.withdraw(services, submission_id, actor=person(services, "bach"))
    assert work(services, until_empty=True).failed == 0
    assert state(services, submission_id) is SubmissionState.WITHDRAWN


def test_what_is_not_checked_yet_is_not_accepted(services: Services, tmp_path: Path) -> None:
    with pytest.raises(SubmissionStateError):
        accept(services, submitted(services, tmp_path / "source"))
    assert held(services) == []


def test_an_error_refuses_and_can_be_returned(services: Services, tmp_path: Path) -> None:
    source = small_pdf_case(tmp_path / "source")
    (source / PDF_NAME).write_bytes(b"")
    lan = person(services, "lan")
    (submission_id,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    work(services, until_empty=True)
    with pytest.raises(UnresolvedFindingsError):
        accept(services, submission_id)
    assert held(services) == []
    submissions_acts.give_back(services, submission_id, Return(reason="Tệp rỗng"), actor=lan)
    assert state(services, submission_id) is SubmissionState.RETURNED


def test_an_officer_does_not_accept_or_return(services: Services, checked: UUID) -> None:
    bach = person(services, "bach")
    with pytest.raises(ActNotAllowedError):
        accept(services, checked, "bach")
    with pytest.raises(ActNotAllowedError):
        submissions_acts.give_back(services, checked, Return(reason="Vì sao"), actor=bach)
    assert state(services, checked) is SubmissionState.CHECKED


def test_another_agencys_officer_sees_and_changes_nothing(
    services: Services, checked: UUID
) -> None:
    stranger = person(services, "stranger")
    with pytest.raises((ActNotAllowedError, NotFoundError)):
        submissions_acts.withdraw(services, checked, actor=stranger)
    accept(services, checked)
    work(services, until_empty=True)
    with services.read_only() as session:
        with pytest.raises(NotFoundError):
            holdings_rows.get_submission(session, checked, actor=stranger)
        with pytest.raises(NotFoundError):
            holdings_rows.get_case_file(session, CODE, actor=stranger)
        assert holdings_rows.list_submissions(session, actor=stranger) == []
        assert holdings_rows.list_case_files(session, actor=stranger) == []
        assert holdings_rows.count_case_files(session, actor=stranger) == 0
        own = person(services, "bach")
        assert len(holdings_rows.list_submissions(session, actor=own)) == 1
        assert len(holdings_rows.list_case_files(session, actor=own)) == 1


def test_what_does_not_exist_is_told_so(services: Services) -> None:
    with pytest.raises(SubmissionNotFoundError):
        accept(services, UUID(int=1))


def test_a_code_taken_meanwhile_is_a_conflict(services: Services, tmp_path: Path) -> None:
    """Two submissions of one code, each free of errors when checked: the later finds it taken."""
    first = submitted(services, tmp_path / "first")
    assert run_one(services) == "done"
    second = submitted(services, tmp_path / "second", note="Hồ sơ khác cùng mã")
    assert run_one(services) == "done"
    with services.writing() as session:  # its checks came before the first was there
        row = session.get_one(Submission, second)
        row.findings = [finding for finding in row.findings if finding.severity.value != "error"]
    accept(services, first)
    with pytest.raises(CodeTakenError):
        accept(services, second)
    assert state(services, second) is SubmissionState.CHECKED
    assert len(held(services)) == 1
    assert issubclass(CodeTakenError, ConflictError)


def test_a_reference_to_an_old_inventory_is_kept_shown_and_found(
    services: Services, tmp_path: Path
) -> None:
    reference = "Phông Ty Thủy lợi, mục lục số 02, hồ sơ số 123"
    folder = tmp_path / "source"
    write_pdf(folder / PDF_NAME, words=CODE)
    row = case_row(CODE, inventoryReference=reference)
    write_sheet(folder / "Hồ sơ.xlsx", [row], [document_row(PDF_NAME, CODE)])
    (submission_id,) = submissions_acts.submit(
        folder, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    accept(services, submission_id)
    work(services, until_empty=True)
    archivist = person(services, "lan")
    shown = queries.case_file(services, CODE, actor=archivist).as_json()
    assert shown["inventory_reference"] == reference
    assert find(services, "thuy loi ho so so 123", actor=archivist).total == 1


def test_an_end_beyond_the_calendar_is_an_error_and_never_breaks_the_acceptance(
    services: Services, tmp_path: Path
) -> None:
    folder = tmp_path / "source"
    write_pdf(folder / PDF_NAME, words=CODE)
    row = case_row(CODE, endDate="9999-12-31")
    write_sheet(folder / "Hồ sơ.xlsx", [row], [document_row(PDF_NAME, CODE)])
    (submission_id,) = submissions_acts.submit(
        folder, actor=person(services, "bach"), services=services
    )
    assert run_one(services) == "done"
    with pytest.raises(UnresolvedFindingsError) as caught:
        accept(services, submission_id)
    assert caught.value.facts["first"] == "end-too-far"
    with services.writing() as session:  # as if it had been checked before there was this check
        session.get_one(Submission, submission_id).findings = []
    with pytest.raises(TermBeyondCalendarError):
        accept(services, submission_id)
    assert held(services) == []


def test_the_receipt_names_the_post_of_whoever_accepted(services: Services, checked: UUID) -> None:
    case_file = accept(services, checked, "hung")
    work(services, until_empty=True)
    with services.read_only() as session:
        digest = session.get_one(CaseFile, case_file.id).receipt_sha256
    with services.staging.path(str(digest)) as path:
        document = pypdfium2.PdfDocument(path)
        printed = " ".join(page.get_textpage().get_text_range() for page in document)
        document.close()
    assert "PHỤ TRÁCH LƯU TRỮ" in printed
    assert "LƯU TRỮ VIÊN" not in printed


def test_the_receipt_counts_the_files_that_were_handed_in(
    services: Services, checked: UUID, tmp_path: Path
) -> None:
    accept(services, checked, "hung")
    work(services, until_empty=True)
    _, paper = read_receipt(services, CODE, actor=person(services, "bach"))
    document = pypdfium2.PdfDocument(paper)
    printed = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    size = words.size((tmp_path / "source" / PDF_NAME).stat().st_size)
    assert f"01 tài liệu, 01 trang; 01 tệp, {size}" in " ".join(printed.split())
