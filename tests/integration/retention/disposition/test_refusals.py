"""What programs and commands are told where an act of retention is refused."""

import datetime as dt
import html
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from archive_service import clock, messages
from archive_service.app import create_app
from archive_service.domain.retention.disposition import Disposition, DispositionState
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import (
    OPEN_CODE,
    RESTRICTED_CODE,
    Program,
    program_of,
    session_token,
)
from tests.worlds.command import Command
from tests.worlds.retention.destroyed import carried_out, open_due
from tests.worlds.retention.dispositions import REASON, make_due, proposed
from tests.worlds.retention.schedule_files import TOML

BOTH = (OPEN_CODE, RESTRICTED_CODE)
HOLD = {"reason": "Thanh tra", "authority": "12/QĐ-TTT"}
Gone = tuple[Services, UUID]


@pytest.fixture(scope="module")
def gone(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gone]:
    """One case file that was destroyed by decision 41/QĐ-SCT, and one that is kept."""
    with open_due(held_home, tmp_path_factory.mktemp("gone") / "home", OPEN_CODE) as opened:
        services, secret = opened
        yield services, carried_out(services, secret, OPEN_CODE)


@pytest.fixture(scope="module")
def beside(gone: Gone) -> Flask:
    return create_app(gone[0])


def lan_of(app: Flask, services: Services) -> Program:
    return program_of(app, services, "lan")


def problem(answer: Any) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.get_json()["code"]


def test_what_was_typed_stays_where_the_list_went_on_meanwhile(gone: Gone, beside: Flask) -> None:
    services, row = gone
    client = browser_of(beside, services, "lan")
    reason = "Còn cần cho đợt thanh tra năm tới"
    sent = {"csrf_token": session_token(client), "code": OPEN_CODE, "reason": reason}
    refused = client.post(
        f"/dispositions/{row}/review",
        data=sent | {"outcome": "keep", "years": "5"},
        headers={"Accept": "text/html"},
    )
    assert refused.status_code == 409
    assert 'data-refusal="disposition-state"' in refused.text
    assert reason in refused.text


def test_what_was_destroyed_is_not_said_to_be_going(gone: Gone, beside: Flask) -> None:
    services, row = gone
    with services.read_only() as session:
        found = session.get_one(Disposition, row)
        number, gone_at = f"{found.number:02}/{found.year}", found.items[0].done_at
    assert gone_at is not None
    day = f"{clock.local(gone_at):%d/%m/%Y}"
    said = (
        f"Hồ sơ {OPEN_CODE} đã được hủy ngày {day}, theo quyết định số 41/QĐ-SCT ngày {day}"
        f" (danh sách xử lý {number})."
    )
    head = program_of(beside, services, "hung")
    refused = head.post("/holds", json={"codes": [OPEN_CODE]} | HOLD)
    assert problem(refused) == (409, "case-file-destroyed")
    assert refused.get_json()["message"] == said
    archive = Command(services.settings.home)
    words = [word for name, text in HOLD.items() for word in (f"--{name}", text)]
    asked = archive.run("hold", "place", OPEN_CODE, *words, "--json", account="hung")
    assert (asked.code, asked.error["message"]) == (4, said)
    event = ("--kind", "contract-ends", "--on", "2019-01-01", "--basis", "Biên bản 3")
    asked = archive.run("retention", "event", OPEN_CODE, *event, "--json", account="lan")
    assert (asked.code, asked.error["code"]) == (4, "case-file-destroyed")


def test_where_nothing_may_be_proposed_the_problem_names_each(
    app: Flask, services: Services
) -> None:
    lan = lan_of(app, services)
    given = {"codes": list(BOTH), "kind": "destroy", "reason": REASON}
    refused = lan.post("/dispositions", json=given, headers={"Idempotency-Key": "once"})
    assert problem(refused) == (409, "disposition-nothing-proposed")
    found = refused.get_json()["findings"]
    assert [(entry["place"], entry["code"]) for entry in found] == [
        (code, "undue") for code in BOTH
    ]
    assert "31/12" in found[0]["message"]
    remedy = messages.finding("not-proposed").remedy
    assert {entry["remedy"] for entry in found} == {remedy}
    assert lan.get("/dispositions").get_json()["dispositions"] == []
    make_due(services, OPEN_CODE)
    made = lan.post("/dispositions", json=given, headers={"Idempotency-Key": "once"})
    assert made.status_code == 201
    told = {entry["code"]: entry["state"] for entry in made.get_json()["items"]}
    assert told == {OPEN_CODE: "proposed", RESTRICTED_CODE: "refused"}


def test_paper_that_is_not_there_is_not_noted_as_destroyed(gone: Gone, beside: Flask) -> None:
    services, row = gone
    with services.writing() as session:
        session.get_one(Disposition, row).state = DispositionState.EXECUTING
    lan = lan_of(beside, services)
    given = {"code": OPEN_CODE, "by": "Nguyễn Văn Kho", "method": "Nghiền bột"}
    refused = lan.post(f"/dispositions/{row}/paper-halves", json=given)
    assert problem(refused) == (422, "disposition-paper-none")
    assert "không ghi bản giấy nào" in refused.get_json()["message"]
    refused = lan.post(f"/dispositions/{row}/paper-halves", json=given | {"code": RESTRICTED_CODE})
    assert "không có trong danh sách" in refused.get_json()["message"]
    with services.writing() as session:
        session.get_one(Disposition, row).items[0].paper = "Kho 1 / H-03"
    ahead = {"on": str(clock.today() + dt.timedelta(days=1))}
    refused = lan.post(f"/dispositions/{row}/paper-halves", json=given | ahead)
    assert problem(refused) == (422, "disposition-paper-day")
    noted = lan.post(f"/dispositions/{row}/paper-halves", json=given | {"code": f" {OPEN_CODE} "})
    assert noted.get_json()["state"] == "executed"


def test_a_kind_of_paper_that_there_is_not_is_told_with_those_there_are(
    gone: Gone, beside: Flask
) -> None:
    services, row = gone
    lan = lan_of(beside, services)
    for query in ("", "?as=xlsx"):
        refused = lan.get(f"/dispositions/{row}/papers/zz{query}")
        assert problem(refused) == (404, "disposition-paper-unknown")
        assert "list, explanation, council-decision, minutes" in refused.get_json()["remedy"]


def test_an_order_names_one_thing_to_hold(app: Flask, services: Services) -> None:
    head = program_of(app, services, "hung")
    both = {"codes": [OPEN_CODE], "search": {"text": "công trình"}}
    (found,) = head.post("/holds", json=both | HOLD).get_json()["findings"]
    assert found["code"] == "hold-scope"
    assert "ở đây đã ghi hồ sơ, kết quả tìm" in found["message"]
    assert "Chọn một" in found["remedy"]
    (found,) = head.post("/holds", json=HOLD).get_json()["findings"]
    assert "ở đây" not in found["message"]
    words = ("--reason", "x", "--authority", "y", "--search", "a", "--fonds", "b", "--json")
    asked = Command(services.settings.home).run("hold", "place", *words, account="hung")
    assert (asked.code, asked.error["code"]) == (2, "hold-scope")
    assert "kết quả tìm, cả phông" in asked.error["message"]


def test_a_file_that_is_no_schedule_is_told_by_the_name_it_was_sent_under(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    head = program_of(app, services, "hung")

    def send(name: str, data: bytes, lang: str = "vi") -> dict[str, Any]:
        refused = head.post(
            "/retention-schedules",
            data={"file": (io.BytesIO(data), name)},
            headers={"Accept-Language": lang},
        )
        assert problem(refused) == (422, "retention-schedule-invalid")
        told: dict[str, Any] = refused.get_json()
        return told

    nul = TOML.replace("A.1", "A\0").encode()
    said = send("thời hạn sở.toml", nul)["message"]
    assert said.startswith("thời hạn sở.toml không dùng được")
    assert "dòng 9: có ký tự điều khiển" in said
    english = send("terms.toml", nul, "en")["message"]
    assert "line 9: a control character that is no letter (U+0000)" in english
    assert (
        "cả tệp: chỉ nhận tệp .toml, .xlsx hoặc .csv, không nhận .pdf"
        in send("bang.pdf", b"%PDF-1.7")["message"]
    )
    assert "tệp không có nội dung" in send("bang.csv", b"")["message"]
    big = tmp_path / "bang.toml"
    with big.open("wb") as out:
        out.truncate(50 << 20)
    archive = Command(services.settings.home)
    load = ("retention", "schedule", "load")
    for path, code in ((big, "sheet-too-large"), (tmp_path, "command-usage")):
        asked = archive.run(*load, path, "--json", account="hung")
        assert (asked.code, asked.error["code"]) == (2, code)


def test_bodies_that_no_text_could_hold_are_refused(app: Flask, services: Services) -> None:
    head = program_of(app, services, "hung")
    half = b'{"codes": ["\\ud800"], "reason": "x", "authority": "y"}'
    for body in (half, b"[" * 20_000, b"{", b"\xff\xfe{"):
        refused = head.post("/holds", data=body, content_type="application/json")
        assert problem(refused) == (400, "body-unreadable")
    whole = b'{"codes": ["\\ud83d\\ude00"], "reason": "x", "authority": "y"}'
    refused = head.post("/holds", data=whole, content_type="application/json")
    assert problem(refused) == (404, "case-file-not-found")
    nul = head.post("/holds", json={"codes": [OPEN_CODE]} | HOLD | {"reason": "a\0"})
    assert problem(nul) == (422, "value-not-storable")
    assert "text holds" not in nul.get_json()["message"]
    unseen = head.post("/holds", json={"codes": [OPEN_CODE]} | HOLD | {"reason": "\u200b."})
    assert problem(unseen) == (422, "hold-words")


def test_minutes_that_are_no_text_and_codes_with_blanks(
    services: Services, app: Flask, tmp_path: Path
) -> None:
    make_due(services, OPEN_CODE)
    row = proposed(services, OPEN_CODE).id
    given = {"outcomes": {f" {OPEN_CODE} ": "destroy"}, "reason": "x"}
    assert lan_of(app, services).post(f"/dispositions/{row}/review", json=given).status_code == 200
    path = tmp_path / "bien-ban.txt"
    path.write_text("Biên bản", encoding="utf-16")
    meeting = ("disposition", "meeting", row, "--minutes", path, "--json")
    asked = Command(services.settings.home).run(*meeting, account="lan")
    assert (asked.code, asked.error["code"]) == (2, "disposition-minutes-text")


def test_a_duty_that_no_council_has_is_refused_in_words(app: Flask, services: Services) -> None:
    make_due(services, OPEN_CODE)
    row = proposed(services, OPEN_CODE).id
    lan = browser_of(app, services, "lan")
    seat = {"name": "Trần Thị Hoa", "position": "Trưởng phòng", "duty": "khac", "account": ""}
    page = post(lan, f"/dispositions/{row}/council", **seat)
    facts = {"fault": "form", "member": "khac"}
    assert page.status_code == 422
    assert messages.error("council-members", "vi", facts).message in html.unescape(page.text)
