"""Holds as the command, other programs and people at a browser meet them."""

import datetime as dt
import re
import unicodedata
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from archive_service import clock, messages
from archive_service.domain.retention.hold import HoldOrder
from archive_service.services import Services
from tests.worlds.archive import head_of_agency
from tests.worlds.browsers import browser_of, counted, more_case_files, post
from tests.worlds.clients import (
    OPEN_CODE,
    RESTRICTED_CODE,
    do_all,
    program_of,
    session_token,
)
from tests.worlds.command import Command

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT ngày 03/02/2026"
WORDS = ("--reason", REASON, "--authority", AUTHORITY)
CONTRACT = {"id", "code", "reason", "authority", "placed_at", "lifted_at"}
GIVEN = {"codes": [OPEN_CODE], "reason": REASON, "authority": AUTHORITY}
OPEN = f"/case-files/{OPEN_CODE}"


def test_the_command_places_lists_shows_and_lifts(home: Path) -> None:
    archive = Command(home)
    placed = archive.ask("hold", "place", OPEN_CODE, RESTRICTED_CODE, *WORDS, account="hung")
    first, second = placed["holds"]
    assert set(first) >= CONTRACT
    assert [first["code"], second["code"]] == [OPEN_CODE, RESTRICTED_CODE]
    again = archive.ask("hold", "place", OPEN_CODE, *WORDS, account="hung")
    assert again["holds"][0]["id"] == first["id"]
    (shown,) = archive.ask("case", "show", OPEN_CODE)["holds"]
    assert {key: shown[key] for key in CONTRACT} == {key: first[key] for key in CONTRACT}
    lifted = archive.ask("hold", "lift", first["id"], "--reason", "Hết hạn", account="hung")
    assert lifted["lifted_at"] is not None
    assert len(archive.ask("hold", "list")["holds"]) == 2
    (open_one,) = archive.ask("hold", "list", "--state", "in-force")["holds"]
    assert open_one["id"] == second["id"]
    assert archive.ask("hold", "list", "--code", OPEN_CODE)["holds"][0]["id"] == first["id"]
    assert archive.ask("case", "show", OPEN_CODE)["holds"] == []


def test_the_command_refuses_in_words(home: Path) -> None:
    archive = Command(home)
    (hold,) = archive.ask("hold", "place", OPEN_CODE, *WORDS, account="hung")["holds"]
    archive.ask("hold", "lift", hold["id"], "--reason", "Hết hạn", account="hung")
    lift = ("hold", "lift", "--reason", "Hết hạn", "--json")
    twice = archive.run(*lift, hold["id"], account="hung")
    assert (twice.code, twice.error["code"]) == (4, "hold-lifted")
    unknown = archive.run(*lift, uuid4(), account="hung")
    assert (unknown.code, unknown.error["code"]) == (3, "hold-not-found")
    for account in ("lan", None):
        refused = archive.run("hold", "place", OPEN_CODE, *WORDS, "--json", account=account)
        assert refused.error["code"] == "act-not-allowed"
    wordless = archive.run("hold", "place", OPEN_CODE, "--reason", "", "--authority", "", "--json",
                           account="hung")  # fmt: skip
    assert (wordless.code, wordless.error["code"]) == (2, "hold-words")


def test_people_are_told_in_words_too(home: Path) -> None:
    archive = Command(home)
    placed = archive.run("hold", "place", OPEN_CODE, *WORDS, account="hung")
    assert OPEN_CODE in placed.stderr
    assert REASON in archive.run("case", "show", OPEN_CODE).stdout
    listed = Command(home, settings={"COLUMNS": "240"}).run("hold", "list").stdout
    assert "12/QĐ" in listed
    (hold,) = archive.ask("hold", "list")["holds"]
    assert messages.shown(hold["placed_at"]) in listed


def test_other_programs_place_list_and_lift(app: Flask, services: Services) -> None:
    head, archivist = program_of(app, services, "hung"), program_of(app, services, "lan")
    assert archivist.post("/holds", json=GIVEN).status_code == 403
    key = {"Idempotency-Key": "once"}
    placed = head.post("/holds", json=GIVEN, headers=key)
    assert placed.status_code == 201
    (hold,) = placed.get_json()["holds"]
    assert head.post("/holds", json=GIVEN, headers=key).headers["Idempotency-Replayed"] == "true"
    (told,) = archivist.get(f"/case-files/{OPEN_CODE}").get_json()["holds"]
    assert (told["id"], told["reason"]) == (hold["id"], REASON)
    listed = archivist.get("/case-files").get_json()["cases"]
    assert [len(case["holds"]) for case in listed] == [0, 1]
    lifted = head.post(f"/holds/{hold['id']}/lift", json={"reason": "Hết hạn"})
    assert (lifted.status_code, lifted.get_json()["lifted_by"]) == (200, "hung")
    twice = head.post(f"/holds/{hold['id']}/lift", json={"reason": "Hết hạn"})
    assert (twice.status_code, twice.get_json()["code"]) == (409, "hold-lifted")


def test_the_list_of_other_programs_comes_in_parts(app: Flask, services: Services) -> None:
    head = program_of(app, services, "hung")
    both = GIVEN | {"codes": [OPEN_CODE, RESTRICTED_CODE]}
    placed = head.post("/holds", json=both).get_json()["holds"]
    first = head.get("/holds?limit=1&state=in-force").get_json()
    second = head.get(f"/holds?limit=1&cursor={first['cursor']}").get_json()
    found = [*first["holds"], *second["holds"]]
    assert {entry["id"] for entry in found} == {entry["id"] for entry in placed}
    assert second["cursor"] is None
    assert head.get("/holds?state=lifted").get_json()["holds"] == []
    assert head.get("/holds?text=giao+%C4%91%E1%BA%A5t").get_json()["holds"] == found
    assert program_of(app, services, "binh").get("/holds").status_code == 403


def test_the_head_places_and_lifts_on_the_page(app: Flask, services: Services) -> None:
    head = browser_of(app, services, "hung")
    assert 'data-opens="hold-dialog"' in head.get(OPEN).text
    placed = post(head, f"{OPEN}/holds", reason=REASON, authority=AUTHORITY)
    assert placed.status_code == 303
    page = head.get(OPEN).text
    for said in ("Tạm dừng xử lý từ", REASON, AUTHORITY, "kho1: chờ kho"):
        assert said in page
    do_all(services)
    page = head.get(OPEN).text
    assert "kho1: kho không có khóa" in page
    assert "Tạm dừng xử lý" in page.partition('id="history"')[2]
    action = page.partition('action="/holds/')[2].partition('"')[0]
    assert post(head, f"/holds/{action}", reason="Hết hạn").status_code == 303
    assert REASON not in head.get(OPEN).text.partition('id="history"')[0]
    assert post(head, f"/holds/{action}", reason="Hết hạn").status_code == 409


def test_others_see_the_hold_and_no_way_to_change_it(app: Flask, services: Services) -> None:
    post(browser_of(app, services, "hung"), f"{OPEN}/holds", reason=REASON, authority=AUTHORITY)
    archivist, reader = browser_of(app, services, "lan"), browser_of(app, services, "binh")
    assert archivist.get("/case-files").text.count("badge hold") == 1
    page = archivist.get(OPEN).text
    assert REASON in page
    assert "hold-dialog" not in page
    assert 'data-opens="lift-' not in page
    assert "Tạm dừng xử lý từ" in reader.get(OPEN).text
    assert REASON not in reader.get(OPEN).text
    assert post(archivist, f"{OPEN}/holds", reason=REASON, authority="x").status_code == 403
    assert reader.get("/holds").status_code == 403


def test_what_a_hold_stops_is_said_before_anything_is_typed(app: Flask, services: Services) -> None:
    head, archivist = browser_of(app, services, "hung"), browser_of(app, services, "lan")
    offered = f'href="{OPEN}/describe"'
    assert offered in archivist.get(OPEN).text
    post(head, f"{OPEN}/holds", reason=REASON, authority=AUTHORITY)
    page = archivist.get(OPEN).text
    assert offered not in page
    assert f'href="{OPEN}/arrange"' not in page
    for address, acts in ((OPEN, 2), (f"{OPEN}/describe", 1), (f"{OPEN}/arrange", 3)):
        page = archivist.get(address).text
        assert page.count('aria-disabled="true" aria-describedby="held"') >= acts, address
        why = page.partition('id="held"')[2].partition("</p>")[0]
        assert f"tạm dừng xử lý theo {AUTHORITY}" in why, address
        assert f'href="/holds?code={OPEN_CODE}&amp;state=in-force"' in why, address
    main = archivist.get(f"{OPEN}/describe").text.partition("<main")[2].partition("</main>")[0]
    assert main.count('type="submit"') == 1  # that opens another part; nothing to keep
    document = archivist.get(f"{OPEN}/documents/1").text
    assert 'aria-describedby="held"' in document
    (hold,) = re.findall(r'action="(/holds/[^"]+/lift)"', head.get(OPEN).text)
    assert post(head, hold, reason="Hết hạn").status_code == 303
    assert offered in archivist.get(OPEN).text


def test_what_refuses_a_hold_stands_at_its_field_in_the_form_as_it_was_typed(
    app: Flask, services: Services
) -> None:
    def fault(page: str, field: str) -> str:
        tag = re.search(rf'<(?:input|select|textarea)[^>]* id="{field}"[^>]*>', page)
        assert tag, field
        assert f'aria-invalid="true" aria-describedby="{field}-note"' in tag[0], tag[0]
        return page.partition(f'id="{field}-note"')[2].partition("</div>\n    </div>")[0]

    head = browser_of(app, services, "hung")
    given = {"reason": REASON, "authority": " "}
    alone = post(head, f"{OPEN}/holds", **given)
    assert alone.status_code == 422
    assert "<dialog" in alone.text
    assert re.search(r'<dialog[^>]* id="hold-dialog" open', alone.text)
    assert "Trường “Văn bản của cơ quan có thẩm quyền” còn trống" in fault(
        alone.text, "hold-authority"
    )
    assert f">{REASON}</textarea>" in alone.text
    past = {"reason": REASON, "authority": AUTHORITY, "until": "2020-01-31"}
    many = post(head, "/holds", codes=f"{OPEN_CODE}", **past)
    assert many.status_code == 422
    assert "đã qua" in fault(many.text, "hold-many-until")
    assert 'value="31/01/2020"' in many.text
    assert f">{OPEN_CODE}</textarea>" in many.text
    words = {"reason": REASON, "authority": AUTHORITY}
    neither = post(head, "/holds", codes="", **words)
    assert "Lệnh cần mã hồ sơ hoặc một phông" in fault(neither.text, "hold-codes")
    unknown = post(head, "/holds", codes="H40.18.1.X", **words)
    assert unknown.status_code == 404
    assert "H40.18.1.X" in fault(unknown.text, "hold-codes")
    found = post(head, "/holds/found", q=OPEN_CODE, reason="", authority=AUTHORITY)
    assert found.status_code == 422
    assert "Trường “Lý do” còn trống" in fault(found.text, "hold-found-reason")
    assert f'name="q" value="{OPEN_CODE}"' in found.text
    assert "Không có lệnh tạm dừng nào" in head.get("/holds").text
    post(head, f"{OPEN}/holds", **words)
    (lift,) = re.findall(r'action="(/holds/([^"]+)/lift)"', head.get(OPEN).text)
    wordless = post(head, lift[0], reason=" ")
    assert wordless.status_code == 422
    assert "Lý do gỡ lệnh tạm dừng còn trống." in fault(wordless.text, f"lift-reason-{lift[1]}")
    assert post(head, lift[0], reason="Hết hạn").status_code == 303
    again = post(head, lift[0], reason="Hết hạn")
    assert again.status_code == 409
    assert "đã được hung gỡ" in again.text


def test_the_list_is_narrowed_and_written_out(app: Flask, services: Services) -> None:
    head = browser_of(app, services, "hung")
    for code, authority in ((OPEN_CODE, AUTHORITY), (RESTRICTED_CODE, "45/CV-CQĐT")):
        post(head, f"/case-files/{code}/holds", reason=REASON, authority=authority)
    page = head.get("/holds").text
    assert OPEN_CODE in page
    assert RESTRICTED_CODE in page
    assert OPEN_CODE not in head.get("/holds?q=45%2FCV").text
    assert OPEN_CODE not in head.get("/holds?state=lifted").text
    written = head.get("/holds?export=csv").text
    assert "45/CV-CQĐT" in written
    assert AUTHORITY in browser_of(app, services, "kiem").get("/holds").text


@pytest.mark.parametrize("name", ["cases", "holds"])
def test_lists_ask_no_more_for_many_that_are_held(
    app: Flask, services: Services, name: str
) -> None:
    path = {"cases": "/case-files", "holds": "/holds"}[name]
    more_case_files(services, 8)
    head = program_of(app, services, "hung")
    head.post("/holds", json=GIVEN)
    head.get(path)
    with counted(services) as few:
        head.get(path)
    codes = [case["code"] for case in head.get("/case-files").get_json()["cases"]]
    assert head.post("/holds", json=GIVEN | {"codes": codes}).status_code == 201
    with counted(services) as many:
        listed = head.get(path).get_json()[name]
    assert len(listed) == 10
    assert len(many) == len(few)


def test_the_command_orders_a_search_and_a_fonds_up_to_a_day(home: Path) -> None:
    archive = Command(home)
    until = ("--until", "2099-12-31")
    told = archive.ask("hold", "place", "--search", "QLCT", *WORDS, *until, account="hung")
    assert sorted(one["code"] for one in told["holds"]) == sorted([OPEN_CODE, RESTRICTED_CODE])
    order = told["order"]
    assert (order["scope"], order["case_files"], order["until"]) == ("search", 2, "2099-12-31")
    lift = ("hold", "lift", order["id"], "--reason", "Hết hạn")
    assert archive.ask(*lift, account="hung")["order"]["in_force"] == 0
    (code,) = {entry["code"] for entry in archive.ask("fonds", "list")["fonds"]} - {"H40.20"}
    whole = archive.run("hold", "place", "--fonds", code, *WORDS, account="hung")
    assert whole.code == 0, whole.stderr
    (hold,) = archive.ask("hold", "list", "--state", "in-force")["holds"]
    assert (hold["code"], hold["scope"]) == (code, "fonds")
    assert archive.ask("hold", "list", "--order", hold["order"])["holds"] == [hold]
    assert archive.ask("hold", "list", "--overdue")["holds"] == []
    both = archive.run("hold", "place", OPEN_CODE, "--fonds", code, *WORDS, account="hung")
    assert both.code == 2
    past = archive.run(
        "hold", "place", OPEN_CODE, "--until", "2020-01-01", *WORDS, "--json", account="hung"
    )
    assert past.error["code"] == "hold-day"


def test_other_programs_order_a_search_and_a_fonds(app: Flask, services: Services) -> None:
    head = program_of(app, services, "hung")
    words = {"reason": REASON, "authority": AUTHORITY}
    asked = {"text": "QLCT", "agencies": ["H40.18"], "years": [2025]}
    placed = head.post("/holds", json=words | {"search": asked})
    assert placed.status_code == 201
    told = placed.get_json()
    assert (len(told["holds"]), told["order"]["case_files"]) == (2, 2)
    assert told["order"]["search"] == {
        "text": "QLCT",
        "agencies": ["H40.18"],
        "years": ["2025"],
    }
    order = f"/holds/orders/{told['order']['id']}"
    assert head.get(order).get_json() == told["order"]
    listed = head.get(f"/holds?order={told['order']['id']}").get_json()["holds"]
    assert {entry["order"] for entry in listed} == {told["order"]["id"]}
    lifted = head.post(f"{order}/lift", json={"reason": "Hết hạn"})
    assert (lifted.status_code, lifted.get_json()["in_force"]) == (200, 0)
    nothing = head.post("/holds", json=words | {"search": {"text": "khongcogica"}})
    assert nothing.get_json()["code"] == "hold-nothing"
    for wrong in ({}, {"codes": [OPEN_CODE], "fonds": "x"}):
        assert head.post("/holds", json=words | wrong).status_code in (400, 422)
    assert head.get(f"/holds/orders/{uuid4()}").status_code == 404


def test_the_head_holds_what_a_search_found_and_lifts_the_whole_order(
    app: Flask, services: Services
) -> None:
    head = browser_of(app, services, "hung")
    found = head.get("/search?q=QLCT&year=2025").text
    assert 'data-opens="hold-found"' in found
    assert '<input type="hidden" name="year" value="2025">' in found
    assert "hold-found" not in browser_of(app, services, "lan").get("/search?q=QLCT").text
    words = {"reason": REASON, "authority": AUTHORITY}
    placed = post(head, "/holds/found", q="QLCT", year="2025", until="2099-12-31", **words)
    assert placed.status_code == 303
    page = head.get(placed.location).text
    for said in (OPEN_CODE, RESTRICTED_CODE, "“QLCT”", "31/12/2099", 'data-opens="lift-order"'):
        assert said in page
    assert (
        'data-opens="lift-order"' not in browser_of(app, services, "lan").get(placed.location).text
    )
    assert "Lệnh theo kết quả tìm" in head.get(OPEN).text
    order = placed.location.partition("order=")[2]
    lifted = post(head, f"/holds/orders/{order}/lift", reason="Hết hạn")
    assert (lifted.status_code, lifted.location) == (303, placed.location)
    assert 'data-opens="lift-' not in head.get(lifted.location).text
    assert post(head, "/holds/found", q="...", **words).status_code == 422
    wrong = post(head, "/holds/found", q="QLCT", until="mai", **words)
    assert (wrong.status_code, "mai" in wrong.text) == (422, True)


def test_the_head_holds_codes_and_a_fonds_on_the_page_of_holds(
    app: Flask, services: Services
) -> None:
    head = browser_of(app, services, "hung")
    words = {"reason": REASON, "authority": AUTHORITY}
    codes = f"{OPEN_CODE}\n{RESTRICTED_CODE}"
    assert post(head, "/holds", codes=codes, **words).status_code == 303
    page = head.get("/holds").text
    code = page.partition('<option value="H')[2].partition('"')[0]
    placed = post(head, "/holds", fonds=f"H{code}", **words)
    assert "Lệnh cả phông" in head.get(placed.location).text
    case = head.get(OPEN).text
    assert case.count("note hold") == 2
    assert case.count('data-opens="lift-') == 1
    history = head.get(f"/holds?code={OPEN_CODE}").text
    assert (history.count("<tr>"), RESTRICTED_CODE in history) == (3, False)
    action = head.get(placed.location).text.partition('action="/holds/')[2].partition('"')[0]
    lifted = post(head, f"/holds/{action}", reason="Hết hạn")
    assert lifted.location == placed.location
    for wrong in ({}, {"codes": OPEN_CODE, "fonds": f"H{code}"}):
        refused = post(head, "/holds", **words, **wrong)
        assert refused.status_code == 422
        assert messages.text("errors.hold-scope.message_web", "vi") in refused.text


def test_why_a_hold_was_to_be_lifted_is_kept_where_somebody_else_lifted_it_first(
    app: Flask, services: Services
) -> None:
    head = browser_of(app, services, "hung")
    assert post(head, f"{OPEN}/holds", reason=REASON, authority=AUTHORITY).status_code == 303
    lift = (
        "/holds/"
        + head.get(f"/holds?code={OPEN_CODE}")
        .text.partition('action="/holds/')[2]
        .partition('"')[0]
    )
    typed = "Thanh tra đã kết thúc, có “kết luận” số 5\r\nngày 01/02/2026 & biên bản"
    assert post(head, lift, reason="Hết hạn").status_code == 303
    form = {"csrf_token": session_token(head), "reason": typed}
    stale = head.post(lift, data=form, headers={"Accept": "text/html"})
    assert stale.status_code == 409
    assert "có “kết luận” số 5" in stale.text
    assert "Nội dung bạn đã nhập" in stale.text
    assert stale.text.count("Lệnh tạm dừng này đã được") == 1
    decomposed = unicodedata.normalize("NFD", "Lý do viết rời")
    refused = head.post(
        f"{OPEN}/holds",
        data={"csrf_token": session_token(head), "reason": decomposed, "authority": " "},
        headers={"Accept": "text/html"},
    )
    assert refused.status_code == 422
    assert "Nội dung bạn đã nhập" not in refused.text, "it stands in its field"


def test_what_lasts_too_long_is_marked_and_only_its_placer_is_offered_to_lift(
    app: Flask, services: Services
) -> None:
    head_of_agency(services)
    agency, head = browser_of(app, services, "giamdoc"), browser_of(app, services, "hung")
    until = clock.today().isoformat()
    placed = post(agency, f"{OPEN}/holds", reason=REASON, authority=AUTHORITY, until=until)
    assert placed.status_code == 303
    assert OPEN_CODE not in head.get("/holds?state=overdue").text
    with services.writing() as session:
        day = clock.today() - dt.timedelta(days=1)
        session.execute(update(HoldOrder).values(until=day))
    for page in (head.get("/holds?state=overdue").text, head.get(OPEN).text):
        assert "Quá hạn" in page
        assert 'data-opens="lift-' not in page
    assert 'data-opens="lift-' in agency.get(OPEN).text
