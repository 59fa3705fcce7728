"""Outages over pages, by programs and commands: recorded, reserved, entered, marked."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.late_entries.acts import list_outages
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post, post_from
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of, session_token
from tests.worlds.command import Command
from tests.worlds.door import write_pdf
from tests.worlds.ingest.outages import HOUR, SECOND, down, received


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    target = tmp_path / "bien-ban.pdf"
    write_pdf(target)
    return target


def test_the_pages_record_reserve_enter_and_mark(
    app: Flask, services: Services, scan: Path
) -> None:
    lan, bach = browser_of(app, services, "lan"), browser_of(app, services, "bach")
    _, last = received(services)
    form = {
        "began_at": f"{clock.local(last - HOUR):%Y-%m-%dT%H:%M}",
        "ended_at": f"{clock.local(last):%Y-%m-%dT%H:%M:%S.%f}",
        "reason": "Mất điện <i>",
        "first": "1",
        "last": "2",
    }
    assert post(bach, "/outages", **form).status_code == 403
    assert bach.get("/outages").status_code == 403
    assert post(lan, "/outages", **form | {"began_at": "hôm qua"}).status_code == 422
    turned = form | {"began_at": form["ended_at"], "ended_at": form["began_at"]}
    refused = post_from(lan, "/outages", "/outages", **turned)
    assert refused.status_code == 422
    assert re.search(
        r'<dialog[^>]+id="outage-dialog"[^>]* open', refused.text
    )  # with all that was typed
    for moment in (form["began_at"], form["ended_at"]):
        assert f'value="{moment}"' in refused.text
    assert html.escape(form["reason"]) in refused.text
    assert post(lan, "/outages", **form).status_code == 303
    page = lan.get("/outages").text
    assert "Mất điện &lt;i&gt;" in page
    assert page.count("Chờ nhập biên bản") == 2
    (outage,) = list_outages(services, actor=person(services, "lan"))
    spoilt = post(lan, f"/outages/{outage['id']}/numbers/1/void", void_reason="Viết hỏng")
    assert spoilt.status_code == 303
    assert "Hồ sơ trên biên bản" in lan.get(f"/outages?minutes={outage['id']}").text
    with services.read_only() as session:
        agency = session.scalars(select(CaseFile.agency_id)).first()
    with scan.open("rb") as file:
        sent: dict[str, Any] = {
            "from": f"{agency}:bach",
            "number": "2",
            "happened_at": f"{clock.local(last):%Y-%m-%dT%H:%M:%S.%f}",
            "giver_name": "Nguyễn Văn Bách",
            "receiver_name": "Trần Thị Lan",
            "paper": "02/BBGN",
            "late_reason": "Mất điện",
            "csrf_token": session_token(lan),
            "scan": (file, "bien-ban.pdf"),
        }
        made = lan.post(f"/outages/{outage['id']}/minutes", data=sent)
    assert made.status_code == 303, made.text
    shown = lan.get(made.location).text
    assert "02/BBGN-LT" in shown
    assert "Nhập bổ sung" in shown
    assert "Nhập bổ sung" in bach.get("/handovers").text


def test_a_case_files_page_offers_what_may_be_entered_and_shows_it(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "lan")
    place = f"/case-files/{OPEN_CODE}"
    assert "late-dialog" not in browser.get(place).text
    assert "/outages" in browser.get(place).text
    outage, _ = down(services)
    assert "late-dialog" in browser.get(place).text
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        taken = session.get_one(Submission, row.id)
    form = {
        "act": f"received:{row.id}",
        "outage": str(outage),
        "happened_at": f"{clock.local(taken.received_at):%Y-%m-%dT%H:%M}",
        "done_by": "Lan",
        "paper": "12/BB",
        "late_reason": "Mất điện",
    }
    assert post(browser, "/late-entries", **form | {"outage": "khác"}).status_code == 422
    assert post(browser, "/late-entries", **form).status_code == 303
    assert "Nhận hồ sơ trên giấy" in browser.get(place).text
    assert "Nhập bổ sung" in browser_of(app, services, "bach").get("/my-case-files?tab=all").text
    assert RESTRICTED_CODE in browser.get("/case-files").text


def test_programs_and_commands_record_outages_and_enter_minutes(
    app: Flask, services: Services, home: Path, scan: Path
) -> None:
    ids, last = received(services)
    program = program_of(app, services, "lan")
    body = {"began_at": clock.iso(last - HOUR), "ended_at": clock.iso(last), "reason": "Mất điện"}
    assert program.post("/outages", json=body | {"first": 2, "last": 2}).status_code == 422
    assert program.post("/outages", json=body).status_code == 201
    assert program.post("/outages", json=body).status_code == 409
    listed = program.get("/outages").get_json()["outages"]
    assert [entry["reason"] for entry in listed] == ["Mất điện"]
    command = Command(home)
    times = ("--from", clock.iso(last + SECOND / 1000), "--to", clock.iso(clock.now()))
    numbers = ("--first", "1", "--last", "1")
    made = command.ask(
        "late-entry", "outage", *times, "--reason", "Mất điện", *numbers, account="lan"
    )
    assert [number["text"] for number in made["numbers"]] == ["01/BBGN-LT"]
    words = ("--by", "Lan", "--paper", "01/BBGN", "--reason", "Mất điện")
    at = clock.iso(last + SECOND / 500)
    entered = command.ask(
        "late-entry", "minutes", made["id"], scan, *ids, "--number", "1", "--at", at, *words,
        account="lan",
    )  # fmt: skip
    assert (entered["number"], len(entered["items"])) == ("01/BBGN-LT", 2)
    found = command.ask("late-entry", "outages", account="lan")["outages"]
    assert [entry["waiting"] for entry in found] == [[], []]
