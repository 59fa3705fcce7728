"""The numbers beside the pages of the top bar: on every page, and as many as the page lists."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.collection import KeepBack
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.services import Services
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import add_givers, add_transfers


def in_bar(page: str, address: str) -> str:
    """What stands beside a page in the bar; "" for nothing."""
    found = re.search(
        rf'<a href="{address}"[^>]*>\s*[^<]+?(?: <span class="n">(\d+)</span>)?</a>', page
    )
    assert found
    return found[1] or ""


@pytest.fixture
def waiting(services: Services, tmp_path: Path) -> Services:
    """Two submissions, one of them set apart, a plan, a request and two registers."""
    bach = person(services, "bach")
    for number in ("09", "10"):
        folder = small_case(tmp_path / number, code=f"H40.18.2025.{number}.QLCT")
        submit(folder, actor=bach, services=services)
    do_all(services)
    add_agency_head(services)
    describe_case_file(
        services, OPEN_CODE, {0: {"mode": "02"}}, reason="x", actor=person(services, "lan")
    )
    with services.writing() as session:
        row = session.scalars(select(Submission).where(Submission.code.contains(".10."))).one()
        row.state = SubmissionState.QUARANTINED
        agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
        session.add(FilePlan(agency_id=agency_id, year=2031))
        today = clock.today()
        session.add(
            KeepBack(
                agency_id=agency_id, code="01.TH", title="Hồ sơ", year=2024, due_on=today,
                until_on=today, reason="Còn dùng", asked_by="bach", asked_at=clock.now(),
            )
        )  # fmt: skip
        add_transfers(session, 2)
    return services


def listed(browser: FlaskClient) -> int:
    return browser.get("/approvals").text.count("data-item")


@pytest.mark.parametrize(("name", "least"), [("hung", 4), (HEAD, 4)])
def test_a_head_sees_on_each_page_how_much_waits(
    waiting: Services, app: Flask, name: str, least: int
) -> None:
    browser = browser_of(app, waiting, name)
    count = listed(browser)
    assert count >= least
    for address in ("/approvals", "/case-files", "/search"):
        assert in_bar(browser.get(address).text, "/approvals") == str(count), address


def test_no_number_stands_where_nothing_waits(services: Services, app: Flask) -> None:
    browser = browser_of(app, services, "hung")
    assert listed(browser) == 0
    assert in_bar(browser.get("/search").text, "/approvals") == ""


def test_the_page_of_a_register_keeps_the_numbers_of_the_bar(waiting: Services, app: Flask) -> None:
    browser = browser_of(app, waiting, "lan")
    with waiting.read_only() as session:
        row = session.scalars(select(Transfer.id)).first()
    assert in_bar(browser.get("/nop-luu").text, "/desk") == "2"
    assert in_bar(browser.get(f"/nop-luu/{row}").text, "/desk") == "2"


def test_an_archivist_is_led_to_the_transfers_that_wait_for_an_answer_or_a_decision(
    services: Services, app: Flask
) -> None:
    browser = browser_of(app, services, "lan")
    assert in_bar(browser.get("/desk").text, "/case-files") == ""
    assert "đợt nộp lưu" not in browser.get("/late").text
    with services.writing() as session:
        add_givers(session, 3)
        rows = session.scalars(select(Transfer).order_by(Transfer.number)).all()
        rows[0].state = TransferState.REGISTERED
        rows[2].state = TransferState.REPLIED
        arrived = TransferItem(
            ordinal=0, code="A", title="A", version=1, state=TransferItemState.ARRIVED
        )
        rows[1].items.add(arrived)
    shown = browser.get("/nop-luu").text
    assert in_bar(shown, "/case-files") == "2"
    for label in ("Giao nhận", "Nộp lưu"):
        assert re.search(rf'>{label} <span class="n">2</span></a>', shown), label
    tabs = shown.partition("</header>")[2]
    assert '>Hồ sơ <span class="n">' not in tabs, "what waits are no case files of the first tab"
    assert "2 đợt nộp lưu của lưu trữ khác chờ" in browser.get("/late").text
    assert in_bar(browser_of(app, services, "hung").get("/search").text, "/case-files") == ""
