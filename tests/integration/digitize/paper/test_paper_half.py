"""The paper half of a case file: counted, received with minutes, put away, lent and returned."""

from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select, update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.services import Services
from tests.integration.digitize.paper.mixed import SHEETS, make_mixed
from tests.worlds.archive import open_home
from tests.worlds.browsers import browser_of, post, post_from
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import new_station
from tests.worlds.papers.coded import told_of

GIVER = "Nguyễn Thị Hoa, văn thư Sở Công trình"


@pytest.fixture
def archive(home: Path) -> Command:
    """An archive with one mixed case file whose paper is to come."""
    with open_home(home) as services:
        make_mixed(services)
    return Command(home)


def receive(archive: Command, *rows: str, more: tuple[str, ...] = ()) -> dict[str, object]:
    document: dict[str, object] = archive.ask(
        "paper", "receive", *rows, "--giver", GIVER, *more, account="lan"
    )
    return document


def test_a_mixed_case_file_is_not_complete_before_its_paper_is_received(
    archive: Command, tools: ModuleType, tmp_path: Path
) -> None:
    before = archive.ask("case", "show", OPEN_CODE)["paper"]
    assert (before["state"], before["complete"], before["sheets"]) == ("expected", False, 0)
    archive.ask("paper", "box", "add", "H-01", "--store", "Kho 1", "--shelf", "G3", account="lan")
    minutes = tmp_path / "minutes.pdf"
    made = receive(archive, f"{OPEN_CODE}:{SHEETS}:H-01", more=("--to", str(minutes)))
    assert (made["sheets"], made["boxes"], made["giver"]) == (SHEETS, 1, GIVER)
    after = archive.ask("case", "show", OPEN_CODE)["paper"]
    assert (after["state"], after["complete"], after["sheets"]) == ("received", True, SHEETS)
    assert after["parts"][0]["place"] == "Kho 1 / G3 / H-01"
    (verdict,) = tools.verapdf([minutes])
    assert verdict.passed, verdict.details
    text = pypdfium2.PdfDocument(minutes)[0].get_textpage().get_text_range()
    with open_home(archive.home) as services:
        assert told_of(services, minutes.read_bytes()).kind == "handover-minutes"
    for said in ("BIÊN BẢN GIAO NHẬN", OPEN_CODE, str(SHEETS), "H-01"):
        assert said in " ".join(text.split())


def test_minutes_name_persons_and_the_archive_never_an_account(
    archive: Command, tmp_path: Path
) -> None:
    minutes = tmp_path / "minutes.pdf"
    with open_home(archive.home) as services:
        keeper = services.settings.archive.name
        with services.writing() as session:
            named = update(Account).where(Account.name == "lan")
            session.execute(named.values(display_name="Phạm Thị Lan"))
    made = receive(archive, f"{OPEN_CODE}:{SHEETS}", more=("--to", str(minutes)))
    assert made["receiver"] == f"Phạm Thị Lan, {keeper}"
    text = " ".join(pypdfium2.PdfDocument(minutes)[0].get_textpage().get_text_range().split())
    assert f"Bên nhận Phạm Thị Lan, {keeper}" in text.replace(":", "")
    assert "Số lượng hộp" not in text  # nobody counted any


def test_lists_tell_what_is_not_complete(archive: Command) -> None:
    def incomplete(*more: str) -> list[str]:
        listed = archive.ask("case", "list", *more)["cases"]
        return [row["code"] for row in listed if not row["complete"]]

    assert incomplete() == incomplete("--incomplete") == [OPEN_CODE]
    receive(archive, f"{OPEN_CODE}:{SHEETS}")
    assert incomplete() == incomplete("--incomplete") == []


def test_a_count_that_differs_wants_a_reason(archive: Command) -> None:
    wrong = ("paper", "receive", f"{OPEN_CODE}:9", "--giver", GIVER, "--json")
    refused = archive.run(*wrong, account="lan")
    assert (refused.code, refused.error["code"]) == (2, "paper-count-differs")
    made = receive(archive, f"{OPEN_CODE}:9", more=("--note", "3 tờ là bản trùng, trả lại"))
    assert made["sheets"] == 9


def test_sheets_that_cannot_be_those_that_were_scanned_want_a_reason(archive: Command) -> None:
    with open_home(archive.home) as services:
        new_station(services)
        with services.writing() as session:  # no sheets declared, 6 pages scanned
            session.execute(update(CaseFile).values(number_of_paper=None))
            batch = batch_on_desk(session, state=BatchState.RELEASED)
            for document in batch.documents:
                document.case_code = OPEN_CODE
    for sheets in (2, 7):
        wrong = ("paper", "receive", f"{OPEN_CODE}:{sheets}", "--giver", GIVER, "--json")
        refused = archive.run(*wrong, account="lan")
        assert (refused.code, refused.error["code"]) == (2, "paper-scanned-differs")
    assert receive(archive, f"{OPEN_CODE}:3")["sheets"] == 3  # both sides were scanned


def test_paper_is_received_once_and_in_several_boxes(archive: Command) -> None:
    for box in ("H-01", "H-02"):
        archive.ask("paper", "box", "add", box, account="lan")
    receive(archive, f"{OPEN_CODE}:8:H-01", f"{OPEN_CODE}:4:H-02")
    listed = archive.ask("paper", "list")["paper"]
    assert [(entry["part"], entry["sheets"], entry["box"]) for entry in listed] == [
        (1, 8, "H-01"),
        (2, 4, "H-02"),
    ]
    again = ("paper", "receive", f"{OPEN_CODE}:12", "--giver", GIVER, "--json")
    refused = archive.run(*again, account="lan")
    assert (refused.code, refused.error["code"]) == (4, "paper-received-already")
    boxes = archive.ask("paper", "box", "list")["boxes"]
    assert [(box["code"], box["cases"], box["sheets"]) for box in boxes] == [
        ("H-01", 1, 8),
        ("H-02", 1, 4),
    ]


def test_moves_loans_and_returns_are_kept(archive: Command) -> None:
    archive.ask("paper", "box", "add", "H-01", "--shelf", "G3", account="lan")
    receive(archive, f"{OPEN_CODE}:{SHEETS}")
    archive.ask("paper", "put", OPEN_CODE, "H-01", account="lan")
    moved = archive.ask("paper", "move", "H-01", "--shelf", "G4", account="lan")
    assert moved["place"] == "G4 / H-01"
    lent = archive.ask("paper", "lend", OPEN_CODE, "--to", "Phòng Thanh tra", account="lan")
    assert lent["state"] == "lent"
    shown = archive.ask("case", "show", OPEN_CODE)["paper"]
    assert (shown["state"], shown["complete"]) == ("lent", True)
    twice = archive.run("paper", "lend", OPEN_CODE, "--to", "X", "--json", account="lan")
    assert (twice.code, twice.error["code"]) == (4, "paper-lent")
    away = archive.run("paper", "put", OPEN_CODE, "H-01", "--json", account="lan")
    assert away.error["code"] == "paper-lent"
    (listed,) = archive.ask("paper", "list", "--lent")["paper"]
    assert listed["lent_to"] == "Phòng Thanh tra"
    assert archive.ask("paper", "return", OPEN_CODE, account="lan")["state"] == "received"
    moves = archive.ask("paper", "moves", OPEN_CODE)["moves"]
    assert [move["kind"] for move in moves] == ["returned", "lent", "put", "received"]
    assert {move["who"] for move in moves} == {"lan"}
    again = archive.run("paper", "return", OPEN_CODE, "--json", account="lan")
    assert (again.code, again.error["code"]) == (4, "paper-not-lent")


def test_what_is_wrong_is_refused_in_words(archive: Command) -> None:
    asked = {
        ("paper", "receive", "lung tung", "--giver", GIVER): "paper-counted",
        ("paper", "receive", "H40.18.1999.99.XX:3", "--giver", GIVER): "paper-case-file-not-found",
        ("paper", "receive", f"{OPEN_CODE}:0", "--giver", GIVER): "paper-sheets-missing",
        ("paper", "receive", f"{OPEN_CODE}:3", "--giver", " "): "paper-person-missing",
        ("paper", "lend", OPEN_CODE, "--to", ""): "paper-person-missing",
        ("paper", "lend", OPEN_CODE, "--to", "X", "--until", "2020-01-31"): "paper-day-over",
        ("paper", "receive", f"{OPEN_CODE}:12:H-9", "--giver", GIVER): "paper-box-not-found",
        ("paper", "box", "add", "hộp 1"): "paper-box-code",
        ("paper", "box", "add", "HOP-01/<b>x</b>"): "paper-box-code",
        ("paper", "box", "add", "H" * 61): "paper-box-code",
        ("paper", "box", "rename", "H-9", "H-10"): "paper-box-not-found",
        ("paper", "put", OPEN_CODE, "H-9"): "paper-box-not-found",
        ("paper", "return", OPEN_CODE): "paper-not-found",
        ("paper", "minutes", "99/BB-GN", "--to", "x.pdf"): "paper-handover-not-found",
    }
    for words, code in asked.items():
        more = () if "minutes" in words else ("--json",)
        refused = archive.run(*words, *more, account="lan")
        told = refused.error["code"] if more else refused.stderr
        assert code in told or "99/BB-GN" in told, words


def test_a_box_code_typed_wrongly_is_put_right_or_taken_away(archive: Command) -> None:
    archive.ask("paper", "box", "add", "HH-01", "--store", "Kho 1", account="lan")
    archive.ask("paper", "box", "add", "H-02", account="lan")
    archive.ask("paper", "move", "H-02", "--shelf", "G3", account="lan")  # a move names the box
    renamed = archive.ask("paper", "box", "rename", "HH-01", "H-01", account="lan")
    assert renamed["place"] == "Kho 1 / H-01"
    assert archive.run("paper", "box", "remove", "H-02", account="lan").code == 0
    assert [box["code"] for box in archive.ask("paper", "box", "list")["boxes"]] == ["H-01"]
    archive.ask("paper", "box", "add", "H-02", account="lan")  # taken away by mistake
    taken = archive.run("paper", "box", "rename", "H-02", "H-01", "--json", account="lan")
    assert (taken.code, taken.error["code"]) == (4, "paper-box-taken")
    odd = archive.run("paper", "box", "rename", "H-02", "<b>", "--json", account="lan")
    assert (odd.code, odd.error["code"]) == (2, "paper-box-code")
    with open_home(archive.home) as services, services.read_only() as session:
        events = select(AuditEvent.tag, AuditEvent.data).where(AuditEvent.tag.like("paper:box-%"))
        told = [
            (tag, data["code"]) for tag, data in session.execute(events.order_by(AuditEvent.number))
        ]
    assert told[2:4] == [("paper:box-renamed", "H-01"), ("paper:box-removed", "H-02")]


def test_a_box_with_paper_that_was_signed_for_keeps_its_code(archive: Command) -> None:
    archive.ask("paper", "box", "add", "H-01", account="lan")
    receive(archive, f"{OPEN_CODE}:{SHEETS}:H-01")
    for act in (("rename", "H-01", "H-02"), ("remove", "H-01")):
        refused = archive.run("paper", "box", *act, account="lan")
        assert refused.code == 4
        assert "H-01" in refused.stderr
    archive.ask("paper", "box", "add", "H-02", account="lan")
    archive.ask("paper", "put", OPEN_CODE, "H-02", account="lan")
    assert archive.run("paper", "box", "remove", "H-01", account="lan").code == 0
    moves = archive.ask("paper", "moves", OPEN_CODE)["moves"]
    assert [move["to"] for move in moves] == ["H-02", "H-01"]  # what was received is told as ever


def test_a_label_can_be_read_and_found_by(archive: Command, tmp_path: Path) -> None:
    archive.ask("paper", "box", "add", "H-01", "--store", "Kho 1", account="lan")
    receive(archive, f"{OPEN_CODE}:{SHEETS}:H-01")
    target = tmp_path / "labels.pdf"
    archive.run("paper", "box", "labels", "--to", target, account="lan")
    page = np.asarray(pypdfium2.PdfDocument(target)[0].render(scale=100 / 72).to_pil())
    (found,) = zxingcpp.read_barcodes(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY))
    assert found.text == "AB1|H-01"
    (listed,) = archive.ask("paper", "list", "--text", found.text)["paper"]
    assert listed["code"] == OPEN_CODE


def test_a_rebuild_keeps_the_paper(archive: Command) -> None:
    archive.ask("paper", "box", "add", "H-01", account="lan")
    receive(archive, f"{OPEN_CODE}:{SHEETS}:H-01")
    before = archive.ask("paper", "list")
    with open_home(archive.home) as services, services.writing() as session:
        told = {"confidence_level": "01", "number_of_paper": None}  # as the package says
        session.execute(update(CaseFile).where(CaseFile.code == OPEN_CODE).values(**told))
    archive.ask("rebuild", "--copy", "kho1")
    assert archive.ask("paper", "list") == before
    assert archive.ask("case", "show", OPEN_CODE)["paper"]["state"] == "received"


def test_a_database_that_is_lost_comes_back_with_the_paper(archive: Command) -> None:
    archive.ask("paper", "box", "add", "H-01", account="lan")
    receive(archive, f"{OPEN_CODE}:8:H-01", f"{OPEN_CODE}:4")
    for file in archive.home.glob("archive.db*"):
        file.unlink()
    archive.ask("rebuild", "--copy", "kho1")
    shown = archive.ask("case", "show", OPEN_CODE)
    assert (shown["complete"], shown["paper"]["sheets"]) == (True, SHEETS)
    listed = [(part["sheets"], part["box"]) for part in shown["paper"]["parts"]]
    assert listed == [(8, "H-01"), (4, None)]


def test_the_page_receives_lends_and_takes_back(app: Flask, services: Services) -> None:
    make_mixed(services)
    browser = browser_of(app, services, "lan")
    shown = browser.get("/paper").get_data(as_text=True)
    assert OPEN_CODE in shown  # to come
    waiting = browser.get("/case-files?paper=expected").get_data(as_text=True)
    assert OPEN_CODE in waiting
    assert RESTRICTED_CODE not in waiting
    assert RESTRICTED_CODE not in shown
    post(browser, "/paper/boxes", code="H-01", store="Kho 1", shelf="G3")
    given = {"rows": f"{OPEN_CODE}:9:H-01", "giver": GIVER}
    refused = post(browser, "/paper/receive", **given)
    assert "9" in refused.get_data(as_text=True)
    assert refused.status_code in (400, 422)
    form = {"counted_code": OPEN_CODE, "counted_sheets": "9", "counted_box": "H-01"}
    again = post_from(browser, f"/paper?receive={OPEN_CODE}", "/paper/receive", **form).text
    assert 'name="counted_sheets" type="number" value="9"' in again  # nothing is typed twice
    post(browser, "/paper/receive", **form | {"counted_sheets": str(SHEETS)}, giver=GIVER)
    shown = browser.get("/paper").get_data(as_text=True)
    assert "Kho 1 / G3 / H-01" in shown
    assert OPEN_CODE not in browser.get("/case-files?paper=expected").get_data(as_text=True)
    post(browser, "/paper/lend", lend_code=OPEN_CODE, lend_to="Thanh tra")
    assert "Thanh tra" in browser.get("/paper?state=lent").get_data(as_text=True)
    assert "Đang cho mượn" in browser.get(f"/case-files/{OPEN_CODE}").get_data(as_text=True)
    case_page = browser.get(f"/case-files/{OPEN_CODE}").get_data(as_text=True)
    assert "Đang cho Thanh tra mượn từ" in case_page
    back = {"return_code": OPEN_CODE, "return_note": "rách mép tờ 3"}
    assert "return_note" in browser.get(f"/paper?return={OPEN_CODE}").get_data(as_text=True)
    post(browser, "/paper/return", **back)
    assert "Thanh tra" not in browser.get("/paper").get_data(as_text=True)
    late = post(browser, "/paper/return", **back)  # from another tab
    assert late.status_code == 409
    assert "đang ở trong kho" in late.get_data(as_text=True)
    for page in (f"/case-files/{OPEN_CODE}", "/paper?q=H-01"):
        shown = browser.get(page).get_data(as_text=True)
        for said in ("Thanh tra", "rách mép tờ 3", GIVER):
            assert said in shown, (page, said)
        assert "Đang cho Thanh tra mượn" not in shown
    post(browser, "/paper/boxes", code="H-02")
    for at, form in (("boxes", {"code": "H-02", "shelf": "G" * 101}), ("return", back)):
        long = post(browser, f"/paper/{at}", **form | {"return_note": "G" * 1001})
        assert (long.status_code, "GGG" in browser.get("/paper").text) == (422, False)
    post(browser, "/paper/boxes/rename", box_code="H-02", box_meant="H-03")
    kept = post(browser, "/paper/boxes/rename", box_code="H-01", box_meant="H-04")
    assert (kept.status_code, "H-03" in kept.get_data(as_text=True)) == (409, True)
    assert post(browser, "/paper/boxes/H-03/remove").status_code == 303
    assert "paper/boxes/H-03" not in browser.get("/paper").get_data(as_text=True)
    assert browser.get("/paper/labels.pdf").data.startswith(b"%PDF")
    assert OPEN_CODE in browser.get("/paper?export=csv").get_data(as_text=True)


@pytest.mark.parametrize(
    ("act", "field", "most", "words"),
    [
        ("boxes", "store", 100, "Kho"),
        ("boxes", "shelf", 100, "Giá"),
        ("lend", "lend_to", 200, "Cho ai mượn"),
        ("lend", "lend_reason", 1000, "Ghi chú"),
        ("return", "return_note", 1000, "Tình trạng bản giấy khi nhận"),
    ],
)
def test_what_is_too_long_is_told_at_its_field_by_the_words_of_the_page(
    app: Flask, services: Services, act: str, field: str, most: int, words: str
) -> None:
    browser = browser_of(app, services, "lan")
    form = {"lend_to": "Thanh tra"} | {field: "G" * (most + 1)}
    refused = post_from(browser, "/paper", f"/paper/{act}", **form)
    assert refused.status_code == 422
    _, _, below = refused.text.partition(f'name="{field}"')
    assert f"Trường “{words}” còn trống, quá dài" in below
