"""What the page of a submission says of files that are not there, and of who returned it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from archive_service.storage.needed import CORRECTED_FOR
from ingest.drafts import acts as drafts_acts
from ingest.submissions.acts import give_back, submit
from ingest.submissions.given import Return
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.ingest.edxml import PacketOf
from tests.worlds.papers.bad_input import FILE, small_case

ON_PAPER = "bản giấy, giao sau"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def officer(services: Services) -> FlaskClient:
    return browser_of(create_app(services), services, "bach")


def sent(services: Services, source: Path) -> UUID:
    (made,) = submit(source, actor=person(services, "bach"), services=services)
    do_all(services)
    return made


def page_of(officer: FlaskClient, address: str) -> str:
    answer = officer.get(address)
    assert answer.status_code == 200
    return answer.text


def test_a_packet_without_its_attachment_is_no_paper_and_was_returned_by_rule(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    packet = tmp_path / "a.edxml"
    packet.write_bytes(PacketOf(document_id="VB-1").xml())
    page = page_of(officer, f"/submissions/{sent(services, packet)}")
    assert "tệp gửi kèm không đến đủ" in page
    assert ON_PAPER not in page
    assert "Hệ thống trả lại, tự động theo quy tắc" in page
    assert "Lưu trữ viên trả lại" not in page
    assert "Hệ thống, theo quy tắc" in page, "who signed the reason"
    assert "worker" not in page


def test_files_that_are_kept_no_longer_are_told_as_such_and_asked_for_again(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    made = sent(services, small_case(tmp_path / "case"))
    give_back(services, made, Return(reason="Thiếu biên bản."), actor=person(services, "lan"))
    page = page_of(officer, f"/submissions/{made}")
    assert "Lưu trữ viên trả lại" in page
    assert f"{FILE}</a>" in page, "as long as it can be opened"
    with services.writing() as session:
        row = session.get_one(Submission, made)
        assert row.state is SubmissionState.RETURNED
        assert row.decided_at is not None
        row.decided_at -= CORRECTED_FOR + dt.timedelta(days=1)
        digests = [file.sha256 for file in row.files]
    for digest in digests:
        services.staging.discard(digest)
    page = page_of(officer, f"/submissions/{made}")
    assert f"{FILE}</a>" not in page
    assert "không còn được giữ" in page
    draft = drafts_acts.mend(services, made, actor=person(services, "bach"))
    page = page_of(officer, f"/drafts/{draft}")
    assert "tệp đã nộp không còn được giữ, cần thả lại tệp" in page
    assert ON_PAPER not in page


def test_findings_on_a_draft_name_the_number_of_the_document_and_no_row(
    services: Services, officer: FlaskClient
) -> None:
    bach = person(services, "bach")
    draft = drafts_acts.open_empty(services, actor=bach)
    drafts_acts.add_paper(services, draft, actor=bach)
    drafts_acts.put_field(services, draft, 1, "issuedDate", "31/02/2025", was="", actor=bach)
    page = page_of(officer, f"/drafts/{draft}?document=1")
    assert "Tài liệu 1, Ngày" in page
    assert "dòng 1" not in page
