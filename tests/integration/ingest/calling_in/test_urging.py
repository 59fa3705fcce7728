"""One truth on what is due, and urging those who hold it: by page, by REST and by command."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.services import Services
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.given import UrgeIn
from ingest.calling_in.lists import Wanted
from ingest.calling_in.urging import NothingToUrgeError, urge
from ingest.submissions.page_queries import my_case_files
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.ingest.calling_in import (
    AGENCY,
    BEFORE,
    OTHER_UNIT,
    UNIT,
    ask,
    code,
    plans_home,
    publish,
)


@pytest.fixture(scope="module")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plans_home(tmp_path_factory.mktemp("urging") / "home")


@pytest.fixture
def home(first_home: Path, tmp_path: Path) -> Path:
    return copy_home(first_home, tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        yield services


def send(services: Services, wanted: str, state: SubmissionState, worst: str = "") -> None:
    """A submission of bach's that stands so."""
    with services.writing() as session:
        agency = session.scalars(select(Agency).where(Agency.code == AGENCY)).one()
        row = Submission(
            id=uuid4(), agency_id=agency.id, channel="web", code=wanted, declared={}, state=state,
            worst=worst, submitted_by="bach", received_at=clock.now(),
        )  # fmt: skip
        session.add(row)


def states(services: Services, name: str) -> dict[str, str]:
    found = calling_in_acts.called(services, actor=person(services, name))
    return {one.code: one.state.value for one in found}


@pytest.mark.parametrize(
    ("state", "worst"),
    [
        (SubmissionState.CHECKED, Severity.ERROR.value),
        (SubmissionState.QUARANTINED, ""),
    ],
)
def test_what_was_sent_with_errors_is_told_apart_and_urged_by_nobody(
    app: Flask, services: Services, state: SubmissionState, worst: str
) -> None:
    document = publish(services)
    send(services, code("01.TN"), state, worst)
    lan = person(services, "lan")
    assert states(services, "lan")[code("01.TN")] == "faulty"
    (unit,) = (
        tally for tally in calling_in_acts.progress(services, actor=lan).units if tally.unit == UNIT
    )
    assert (unit.submitted, unit.faulty, unit.share) == (0, 1, 0.0)
    with pytest.raises(NothingToUrgeError):
        urge(services, document.id, UrgeIn(code=code("01.TN")), actor=lan)
    archivist = browser_of(app, services, "lan")
    page = html.unescape(archivist.get("/collection?state=faulty").text)
    assert f'<span class="code">{code("01.TN")}</span>' in page
    assert "Đã gửi, còn lỗi" in page
    ask(services)  # it may be kept longer: nothing was handed in
    send(services, code("01.TN"), SubmissionState.CHECKED, Severity.WARNING.value)
    assert states(services, "lan")[code("01.TN")] == "submitted"  # a sound one was sent as well


def test_the_officer_counts_what_the_list_calls_in(services: Services) -> None:
    publish(services, wanted=Wanted(left_out={"02.TN": "Công việc còn tiếp tục"}))
    publish(services, BEFORE)
    send(services, code("03.VP"), SubmissionState.CHECKED, Severity.ERROR.value)
    for name in ("bach", "mo", "hoa"):
        mine = my_case_files(services, actor=person(services, name))
        seen = calling_in_acts.called(services, actor=person(services, name))
        account = {"bach": "bach", "mo": "Nguyễn Thị Mơ", "hoa": "Trần Văn Hòa"}[name]
        own = {it.code for it in seen if it.person in (account, "") and it.state in ("late", "due")}
        assert {one.code for one in mine.own} == own
    assert code("02.TN") not in {one.code for one in mine.due}  # left out: the work goes on


def test_a_case_file_without_a_named_officer_urges_the_head_of_its_unit(
    app: Flask, services: Services
) -> None:
    document = publish(services)
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == "bach").values(unit=UNIT))
        gone = update(Account).where(Account.name == "hoa").values(active=False)
        session.execute(gone)
    lan, list_id = person(services, "lan"), document.id

    def told(notation: str) -> tuple[list[str], bool]:
        answer = urge(services, list_id, UrgeIn(code=code(notation)), actor=lan)
        return answer.told, answer.by_name

    assert told("01.TN") == (["bach"], True)
    with services.writing() as session:  # whom the plan names has left
        left = update(Account).where(Account.name == "bach")
        session.execute(left.values(name="binh-2", display_name="Lê Bình"))
    assert told("01.TN") == (["Nguyễn Thị Mơ"], False)  # the head of the unit, not all of it
    assert set(told("05.XD")[0]) == {"Lê Bình", "Nguyễn Thị Mơ"}  # neither person nor unit
    archivist = browser_of(app, services, "lan")
    assert post(archivist, f"/collection/{list_id}/urge", code=code("01.TN")).status_code == 303
    shown = html.unescape(archivist.get("/collection").text)
    assert "không ghi người lập hồ sơ" in shown
    assert "đã nhắc Nguyễn Thị Mơ" in shown


def test_programs_and_commands_urge_as_the_page_does(
    app: Flask, services: Services, home: Path
) -> None:
    document = publish(services, BEFORE)
    wanted, place = code("01.TN", BEFORE), f"/collections/{document.id}/urge"
    archive, officer = (program_of(app, services, name) for name in ("lan", "bach"))
    assert officer.post(place, json={"code": wanted}).status_code == 403
    assert archive.post(place, json={"code": "99"}).status_code == 404
    late = _late(archive.get("/collections/progress").json)
    assert late[wanted]["urged_at"] is None
    answer = archive.post(place, json={"code": wanted})
    assert answer.json == {"code": wanted, "told": ["bach"], "by_name": True}
    assert _late(archive.get("/collections/progress").json)[wanted]["urged_at"]
    command = Command(home)
    told = command.run("collection", "urge", str(document.id), wanted, account="hung")
    words = " ".join((told.stdout + told.stderr).split())
    assert (told.code, f"Đã nhắc nộp hồ sơ {wanted}: bach." in words) == (0, True)
    nobodys = command.ask(
        "collection", "urge", str(document.id), code("05.XD", BEFORE), account="lan"
    )
    assert nobodys["by_name"] is False
    assert command.run("collection", "urge", str(document.id), "99", account="lan").code == 3
    with services.read_only() as session:
        kept = session.query(AuditEvent).filter_by(tag="submission:urged")
        assert [audit_event.data["code"] for audit_event in kept] == [
            wanted,
            wanted,
            code("05.XD", BEFORE),
        ]


def _late(document: Any) -> dict[str, Any]:
    return {one["code"]: one for one in document["late"]}


def test_the_first_pages_tell_what_is_late_and_who_holds_it(app: Flask, services: Services) -> None:
    archivist, head = (browser_of(app, services, name) for name in ("lan", "thu-truong"))
    assert archivist.get("/late").text.strip() == ""  # nothing is called in
    publish(services, BEFORE)
    for browser, first in ((archivist, "/desk"), (head, "/approvals")):
        assert 'hx-get="/late' in browser.get(first).text
        told = " ".join(html.unescape(browser.get("/late").text).split())
        assert "4 hồ sơ quá hạn nộp" in told
        assert f"Trần Văn Hòa, {OTHER_UNIT}" in told
