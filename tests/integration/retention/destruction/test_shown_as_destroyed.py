"""What became of a case file is told in the same words wherever somebody asks."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.retention.disposition import Disposition
from archive_service.domain.retention.removal import Removal
from archive_service.recovery.export.case_file import FORMS
from archive_service.services import Services
from archive_service.storage.destroy.places import Remains
from archive_service.worker import run_one, work
from retention.destruction.places.all import places_of
from retention.disposition.execution import CARRY_OUT_JOB, execute, note_paper
from retention.disposition.given import ListShown
from retention.holds.acts import place_holds
from retention.terms.acts import explain_case_file, list_due
from search.acts import find
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.retention.destroyed import approved, open_due

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "home", *BOTH) as opened:
        yield opened


@pytest.fixture
def app(due: tuple[Services, str]) -> Flask:
    return create_app(due[0])


def words_in(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def told_of(app: Flask, services: Services, row: UUID, code: str) -> dict[str, str]:
    """What each place that tells of the case file says it is."""
    lan, program = browser_of(app, services, "lan"), program_of(app, services, "lan")
    listed = lan.get(f"/case-files?state=all&q={code}").text
    on_list = lan.get(f"/dispositions/{row}").text
    item = on_list[on_list.index(f'id="item-{code}"') :].partition("</tr>")[0]
    told = program.get(f"/case-files/{code}").get_json()
    (of_list,) = [
        one
        for one in program.get(f"/dispositions/{row}").get_json()["items"]
        if one["code"] == code
    ]
    shown = Command(services.settings.home).run("case", "show", code, account="lan").stdout
    return {
        "list": badges(listed.partition("<tbody>")[2]),
        "page": badges(
            lan.get(f"/case-files/{code}").text.partition("<h1")[2].partition("<section")[0]
        ),
        "disposition": badges(item),
        "api": told["standing"],
        "api-item": of_list["standing"],
        "command": shown.splitlines()[0].removeprefix(code).strip(),
    }


def badges(html: str) -> str:
    found = re.findall(r'<span class="badge[^"]*">(.*?)</span>', html, re.DOTALL)
    return words_in(found[0]) if found else ""


def test_between_claim_and_close_every_place_says_the_same(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    lan = person(services, "lan")
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="1/QĐ", actor=hung)
    execute(services, row, ListShown(), actor=lan)
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
    going = told_of(app, services, row, RESTRICTED_CODE)
    assert going == {
        "list": "Đang hủy", "page": "Đang hủy", "disposition": "Đang hủy",
        "api": "destroying", "api-item": "destroying", "command": "Đang hủy",
    }  # fmt: skip
    left = told_of(app, services, row, OPEN_CODE)
    assert (left["disposition"], left["api-item"]) == ("Để lại", "left-out")
    assert (left["list"], left["page"], left["api"]) == ("Đã lưu kho", "Đã lưu kho", "stored")
    browser = browser_of(app, services, "lan")
    for standing, codes in (("destroying", {RESTRICTED_CODE}), ("stored", {OPEN_CODE})):
        page = browser.get(f"/case-files?state={standing}").text
        assert {code for code in BOTH if code in page} == codes, standing
    work(services, until_empty=True)
    gone = told_of(app, services, row, RESTRICTED_CODE)
    assert gone == {
        "list": "Đã hủy", "page": "Đã hủy", "disposition": "Đã hủy",
        "api": "destroyed", "api-item": "destroyed", "command": "Đã hủy",
    }  # fmt: skip


def test_what_is_being_destroyed_is_found_by_its_code_and_no_more_by_its_words(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    lan = person(services, "lan")
    before = find(services, "công trình", actor=lan)
    assert OPEN_CODE in {hit.code for hit in before.hits}
    execute(services, row, ListShown(), actor=lan)
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
    after = find(services, "công trình", actor=lan)
    assert (after.hits, after.total) == ([], 0)
    browser = browser_of(app, services, "lan")
    assert OPEN_CODE not in browser.get("/search?q=công trình").text
    by_code = browser.get(f"/search?q={OPEN_CODE}")
    assert by_code.location == f"/case-files/{OPEN_CODE}"
    page = browser.get(by_code.location).text
    assert "Đang hủy" in page
    assert "Hồ sơ đang được hủy</h2>" in page
    assert "Hồ sơ đã hủy" not in page
    # While the index does not answer, the rows of documents go before their words do.
    with services.read_only() as session:
        removals = session.scalars(select(Removal)).all()
    (rows,) = (place for place in places_of(services) if place.name == "rows")
    rows.remove(
        [
            Remains(removal.id, removal.case_file_id, removal.ocfl_id, removal.code)
            for removal in removals
        ]
    )
    assert any(services.index.holds([removal.case_file_id for removal in removals]).values())
    after = find(services, "công trình", actor=lan)
    assert (after.hits, after.total) == ([], 0)


def test_the_stub_says_that_its_paper_is_not_destroyed_yet(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    with services.writing() as session:
        for item in session.get_one(Disposition, row).items:
            item.paper = "Kho 1, giá 2, hộp 3" if item.code == OPEN_CODE else ""
    lan, browser = person(services, "lan"), browser_of(app, services, "lan")
    execute(services, row, ListShown(), actor=lan)
    work(services, until_empty=True)
    page = browser.get(f"/case-files/{OPEN_CODE}").text
    assert "tài liệu giấy chưa được ghi là đã hủy" in page
    sheet = browser.get(f"/case-files/{OPEN_CODE}/evidence")
    assert (sheet.status_code, sheet.location) == (303, f"/case-files/{OPEN_CODE}")
    assert "Hồ sơ đã hủy ở mọi nơi" not in page
    assert "Hồ sơ đã hủy ở mọi nơi" in browser.get(f"/case-files/{RESTRICTED_CODE}").text
    today = clock.today()
    note_paper(services, row, OPEN_CODE, by="Bách", on=today, method="nghiền bột", actor=lan)
    assert "Hồ sơ đã hủy ở mọi nơi" in browser.get(f"/case-files/{OPEN_CODE}").text


@pytest.mark.parametrize("form", FORMS)
def test_what_is_being_destroyed_goes_out_in_no_form(
    due: tuple[Services, str], tmp_path: Path, form: str
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    execute(services, row, ListShown(), actor=person(services, "lan"))
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
    asked = Command(services.settings.home).run(
        "case", "export", OPEN_CODE, "--form", form, "--to", str(tmp_path / "out"), account="lan"
    )
    assert (asked.code, "đang được hủy" in asked.stderr) == (4, True)
    assert not (tmp_path / "out").exists()


def test_its_term_is_told_to_be_over_with_it(due: tuple[Services, str]) -> None:
    services, secret = due
    row, lan = approved(services, secret, *BOTH), person(services, "lan")
    execute(services, row, ListShown(), actor=lan)
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
    steps = explain_case_file(services, OPEN_CODE, actor=lan).steps
    assert steps[-1].text.startswith("Hồ sơ đang được hủy")
    assert OPEN_CODE not in {entry.code for entry in list_due(services, actor=lan).due}
    work(services, until_empty=True)
    steps = explain_case_file(services, OPEN_CODE, actor=lan).steps
    assert steps[-1].text.startswith("Hồ sơ đã được hủy")
    assert not any("đề nghị xét hủy" in step.text for step in steps)


def test_a_list_says_what_keeps_it_open(app: Flask, due: tuple[Services, str]) -> None:
    services, secret = due
    row, lan = approved(services, secret, *BOTH), person(services, "lan")
    execute(services, row, ListShown(), actor=lan)
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
    browser = browser_of(app, services, "lan")
    page = browser.get(f"/dispositions/{row}").text
    waits = words_in(page.partition('id="waiting"')[2].partition("</div>")[0])
    assert re.search(r"\d+ chỗ còn dữ liệu chưa đến lượt xóa", waits)
    copy = services.settings.home / "kho2"
    copy.rename(copy.with_name("kho2-away"))
    work(services, until_empty=True)
    page = browser.get(f"/dispositions/{row}").text
    waits = words_in(page.partition('id="waiting"')[2].partition("</div>")[0])
    assert "Kho kho2, mọi phiên bản 2 hồ sơ" in waits
    assert "kho1" not in waits
    assert "Nối lại hoặc sửa nơi lưu" in waits
    copy.with_name("kho2-away").rename(copy)
