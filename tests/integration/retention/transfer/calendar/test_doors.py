"""The calendar of transfers by commands, other programs and pages."""

import datetime as dt
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from archive_service import clock
from archive_service.app import create_app
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.transfer.transfer import Transfer
from archive_service.services import Services
from retention.transfer.receiving.receive import receive
from tests.worlds.archive import OTHER_AGENCY, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, form_token, program_of
from tests.worlds.command import Command
from tests.worlds.transfer.replies import sent
from tests.worlds.transfer.transfers import TwoArchives, answered

AGENCY = SAMPLE_AGENCY.new_code
BOTH = (OPEN_CODE, RESTRICTED_CODE)
DAY = dt.timedelta(days=1)
ON = clock.today() + 30 * DAY
AT = "/transfers/appointments"


def test_commands_plan_move_confirm_and_call_off(home: Path) -> None:
    archive = Command(home, settings={"COLUMNS": "240", "ARCHIVE_AS": "lan"})
    calendar = ("transfer", "calendar")
    given = ("--case-files", "40", "--size", "2,5G", "--note", "Giao tại kho 2")
    made = archive.ask(*calendar, "add", "--agency", AGENCY, "--from", ON, *given)
    assert (made["to_on"], made["size_bytes"]) == (str(ON), 2_500_000_000)
    told = archive.ask(*calendar, "list")
    assert (told["from_on"], told["appointments"]) == (str(clock.today()), [made])
    shown = archive.run(*calendar, "list", "--to", ON)
    assert "Đã hẹn" in shown.stdout
    narrow = Command(home, settings={"COLUMNS": "80", "ARCHIVE_AS": "lan"})
    assert made["id"] in narrow.run(*calendar, "list", "--to", ON).stdout
    assert "1 lịch hẹn" in shown.stderr
    assert archive.ask(*calendar, "confirm", made["id"])["state"] == "confirmed"
    moved = archive.ask(*calendar, "move", made["id"], "--from", ON + DAY, "--to", ON + 2 * DAY)
    assert (moved["state"], moved["case_files"]) == ("planned", 40)
    gone = archive.ask(*calendar, "cancel", made["id"], "--reason", "Cơ quan xin hoãn")
    assert (gone["state"], gone["cancel_reason"]) == ("cancelled", "Cơ quan xin hoãn")
    refused = archive.run(*calendar, "move", made["id"], "--from", ON, "--json")
    assert (refused.code, refused.error["code"]) == (4, "appointment-state")
    none = archive.run(*calendar, "list", "--agency", OTHER_AGENCY)
    assert "Không có lịch hẹn nào" in none.stderr
    backwards = archive.run(*calendar, "list", "--from", ON, "--to", clock.today(), "--json")
    assert (backwards.code, backwards.error["code"]) == (2, "appointment-days")


def test_other_programs_plan_and_ask(app: Flask, services: Services) -> None:
    lan, bach = (program_of(app, services, name) for name in ("lan", "bach"))
    given = {"agency": AGENCY, "from_on": str(ON), "case_files": 3}
    assert bach.post(AT, json=given).status_code == 403
    key = {"Idempotency-Key": "once"}
    made = lan.post(AT, json=given, headers=key)
    assert made.status_code == 201
    assert lan.post(AT, json=given, headers=key).get_json() == made.get_json()
    again = lan.post(AT, json=given).get_json()
    assert again["code"] == "appointment-exists"
    one = f"{AT}/{made.get_json()['id']}"
    assert lan.get(one).get_json() == made.get_json()
    changed = lan.ask("PATCH", one, json={"to_on": str(ON + 2 * DAY)}).get_json()
    assert (changed["from_on"], changed["to_on"]) == (str(ON), str(ON + 2 * DAY))
    assert lan.post(f"{one}/confirmation").get_json()["state"] == "confirmed"
    found = lan.get(f"{AT}?from_on={ON + DAY}&to_on={ON + DAY}&agency={AGENCY}").get_json()
    assert [row["id"] for row in found["appointments"]] == [made.get_json()["id"]]
    assert (
        lan.get(f"{AT}?from_on={clock.today()}&to_on={clock.today()}").get_json()["appointments"]
        == []
    )
    gone = lan.post(f"{one}/cancellation", json={"reason": "Hoãn"}).get_json()
    assert gone["state"] == "cancelled"
    unknown = lan.get(f"{AT}/{uuid4()}")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "appointment-not-found")
    other = lan.post(AT, json={"transfer_id": str(uuid4()), "from_on": str(ON)})
    assert other.get_json()["code"] == "transfer-not-found"


def test_a_page_refuses_at_its_field_and_keeps_what_was_typed(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    at = "/nop-luu/calendar"
    token = {"csrf_token": form_token(lan.get(f"{at}/new"))}
    typed = {"agency": AGENCY, "from_on": str(ON), "case_files": "nhiều", "note": "Kho 2"}
    page = lan.post(at, data=token | typed)
    assert page.status_code == 422
    assert "Kho 2" in page.text
    for wrong in ({"size": "x"}, {"from_on": "mai"}, {"from_on": "", "case_files": ""}):
        refused = lan.post(at, data=token | typed | {"case_files": "5"} | wrong)
        told = "dung lượng bằng GB, ví dụ 4,7" in refused.text
        assert (refused.status_code, told) == (422, "size" in wrong)
    made = lan.post(at, data=token | typed | {"case_files": "1200", "size": "1,5"})
    assert made.status_code == 303
    shown = lan.get(made.headers["Location"])
    assert "1.200" in shown.text
    assert "1,5 GB" in shown.text
    assert lan.post(f"{made.headers['Location']}/cancellation", data=token).status_code == 422
    sheet = lan.get(f"{at}?year={ON.year}&month=0&export=csv")
    assert AGENCY not in sheet.text
    assert "1200" in sheet.text
    assert lan.get(f"{at}?year=9&month=99&state=x&q=kho").status_code == 200
    assert "Năm hết hạn" not in lan.get(at).text, "a delivery has a year, and no term"
    bach = browser_of(app, services, "bach")
    assert bach.get(f"{at}/new").status_code == 403
    auditor = browser_of(app, services, "kiem")
    assert "Hẹn ngày giao nộp" not in auditor.get(at).text


def test_a_transfer_shows_the_days_that_it_was_given(two: TwoArchives) -> None:
    row = answered(two.giver, *BOTH)
    giver = browser_of(create_app(two.giver), two.giver, "lan")
    new = f"/nop-luu/calendar/new?transfer={row}"
    assert new in giver.get(f"/nop-luu/{row}").text
    with two.giver.writing() as session:
        session.get_one(Transfer, row).wanted_on = ON  # as an answer to its register has it
    assert f'value="{ON:%d/%m/%Y}"' in giver.get(new).text
    form = {"csrf_token": form_token(giver.get(new)), "transfer": str(row), "from_on": str(ON)}
    assert giver.post("/nop-luu/calendar", data=form).status_code == 303
    page = giver.get(f"/nop-luu/{row}").text
    assert "Ngày giao nộp đã hẹn" in page
    assert new not in page


def test_what_came_leads_to_its_appointment(two: TwoArchives, tmp_path: Path) -> None:
    archive = Command(two.receiver.settings.home, settings={"ARCHIVE_AS": "lan"})
    given = ("--agency", AGENCY, "--from", clock.today())
    made = archive.ask("transfer", "calendar", "add", *given)
    row = sent(two, tmp_path, *BOTH)
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    lan = browser_of(create_app(two.receiver), two.receiver, "lan")
    assert f"/nop-luu/calendar/{UUID(made['id'])}" in lan.get(f"/nop-luu/{row}").text
    assert "Đã giao" in lan.get(f"/nop-luu/calendar/{made['id']}").text


def test_a_page_says_which_transfer_an_appointment_is_for(two: TwoArchives, tmp_path: Path) -> None:
    archive = Command(two.receiver.settings.home, settings={"ARCHIVE_AS": "lan"})
    days = (clock.today(), clock.today() + 200 * DAY)
    first, later = (
        archive.ask(
            "transfer", "calendar", "add", "--agency", AGENCY, "--from", on, "--note", "Kho 2"
        )
        for on in days
    )
    at = {entry["id"]: f"/nop-luu/calendar/{entry['id']}" for entry in (first, later)}
    lan = browser_of(create_app(two.receiver), two.receiver, "lan")
    assert "dành cho đợt" not in lan.get(at[later["id"]]).text  # nothing came yet
    row = sent(two, tmp_path, *BOTH)
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    page = lan.get(at[later["id"]])
    assert f'value="{row}"' in page.text
    assert "Đã giao" in lan.get(at[first["id"]]).text
    token = {"csrf_token": form_token(page)}
    for wrong in ("", "x", str(uuid4())):
        refused = lan.post(f"{at[later['id']]}/transfer", data=token | {"transfer": wrong})
        assert refused.status_code in (404, 422)
        assert "Kho 2" in refused.text
    said = lan.post(f"{at[later['id']]}/transfer", data=token | {"transfer": str(row)})
    assert said.status_code == 303
    page = lan.get(at[later["id"]])
    assert "Đã giao" in page.text
    assert "Kho 2" in page.text
    assert "dành cho đợt" not in page.text
    assert f'value="{row}"' not in lan.get(at[first["id"]]).text
    again = lan.post(f"{at[first['id']]}/transfer", data=token | {"transfer": str(row)})
    assert again.status_code == 409  # it is of the other one by now
    assert "Đã có lịch hẹn" in again.text
    bach = browser_of(create_app(two.receiver), two.receiver, "bach")
    token = {"csrf_token": form_token(bach.get(at[first["id"]]))}
    denied = bach.post(f"{at[first['id']]}/transfer", data=token | {"transfer": str(row)})
    assert denied.status_code == 403


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_any_day_that_a_calendar_has_is_asked_for(app: Flask, services: Services, day: str) -> None:
    lan = program_of(app, services, "lan")
    for query in (f"from_on={day}&to_on={day}", f"from_on={day}"):
        assert lan.get(f"{AT}?{query}").get_json()["appointments"] == []
