"""Pages tell of people by their names, not by their accounts; programs get the accounts."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Account
from archive_service.services import Services
from ingest.late_entries.acts import enter
from ingest.submissions import acts as submissions_acts
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.ingest.bulk import make_bulk
from tests.worlds.ingest.outages import SECOND, down, on_paper

NAMES = {"bach": "Nguyễn Văn Bách", "lan": "Trần Thị Lan", "hung": "Phạm Quốc Hùng"}


@pytest.fixture
def named(services: Services) -> Services:
    """An archive whose accounts bear the names of people, and where they did something."""
    with services.writing() as session:
        for account, name in NAMES.items():
            row = session.scalars(select(Account).where(Account.name == account)).one()
            row.display_name = name
    return services


def meta(page: str) -> str:
    """The text of the page without its head and its menu of the account."""
    return page.partition("<main")[2]


def test_lists_name_people_and_not_accounts(app: Flask, named: Services, tmp_path: Path) -> None:
    bach, lan, hung = (person(named, name) for name in NAMES)
    (first, *_) = submissions_acts.submit(
        make_bulk(tmp_path / "Hai", 2), actor=bach, services=named
    )
    with named.read_only() as session:
        delivery = session.get_one(Submission, first).delivery_id
    place_holds(named, [RESTRICTED_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    edits = {0: {"mode": "Sử dụng có điều kiện"}}
    describe_case_file(named, OPEN_CODE, edits, reason="Theo văn bản", actor=lan)
    down(named)
    shown = {
        "/deliveries": "bach",
        f"/deliveries/{delivery}": "bach",
        "/holds": "hung",
        f"/case-files/{OPEN_CODE}": "lan",
        "/approvals": "lan",
        "/outages": "lan",
    }
    browser = browser_of(app, named, "hung")
    for place, account in shown.items():
        page = meta(browser.get(place).text)
        assert NAMES[account] in page, place
        for other in NAMES:
            assert f">{other}<" not in page, place
            assert f" {other}," not in page, place
    told = program_of(app, named, "bach").get(f"/deliveries/{delivery}").get_json()
    assert told["submitted_by"] == "bach"


def test_a_list_asks_for_its_people_once(app: Flask, named: Services, tmp_path: Path) -> None:
    browser = browser_of(app, named, "lan")
    statements = []
    for number in (1, 2, 3):
        folder = make_bulk(tmp_path / f"Đợt {number}", 2, c1={"title": f"Hồ sơ {number}"})
        submissions_acts.submit(folder, actor=person(named, "bach"), services=named)
        with counted(named) as seen:
            browser.get("/deliveries")
        statements.append(len(seen))
    assert len(set(statements[1:])) == 1
    assert sum("display_name" in one and " IN (" in one for one in seen) == 1


def test_what_was_entered_late_names_who_entered_it(app: Flask, named: Services) -> None:
    lan = person(named, "lan")
    with named.read_only() as session:
        row = session.scalars(select(Submission).order_by(Submission.code)).first()
    assert row is not None
    outage, _ = down(named)
    enter(named, row.id, "received", on_paper(outage, row.received_at - SECOND), actor=lan)
    page = meta(browser_of(app, named, "lan").get(f"/submissions/{row.id}").text)
    assert f"{NAMES['lan']}" in page
    assert " lan" not in page.partition('id="late-entries"')[2].partition("</section>")[0]
