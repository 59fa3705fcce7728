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
from archive_service.domain.transfer.transfer import Transfer
from archive_service.services import Services
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import add_transfers


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
