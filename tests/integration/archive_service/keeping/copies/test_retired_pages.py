"""What is told of a retired copy and its medium: on pages, by programs, in a certificate."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask

from archive_service import clock
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.services import Services
from archive_service.worker import work
from retention.destruction.acts import WATCH_JOB
from retention.disposition import execution
from retention.disposition.given import ListShown
from retention.disposition.papers.reading import compare_anew, read_paper
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.retention.destroyed import approved, open_due
from tests.worlds.retention.removing import resume

TOLD = {
    "fate": "wiped",
    "by": "Trần Văn Sáu",
    "how": "ghi đè ba lần",
    "minutes": "12/BB-LT",
}


@pytest.fixture
def put_away(services: Services, home: Path) -> Services:
    """The second copy was retired, and does not answer."""
    retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    (home / "kho2").rename(home / "away")
    return services


def today() -> str:
    return clock.today().isoformat()


def test_a_program_states_it_once_and_reads_it(put_away: Services, app: Flask) -> None:
    admin = program_of(app, put_away, "quan")
    before = {copy["name"]: copy for copy in admin.get("/copies").get_json()["copies"]}
    assert (before["kho2"]["state"], before["kho2"]["medium"]) == ("retired", None)
    assert before["kho2"]["retired_at"]
    body = TOLD | {"on": today()}
    answer = admin.post("/copies/kho2/medium", json=body)
    told = answer.get_json()
    assert answer.status_code == 201
    assert told["medium"]["minutes"] == "12/BB-LT"
    assert told["medium"]["told_by"] == "quan"
    after = {copy["name"]: copy for copy in admin.get("/copies").get_json()["copies"]}
    assert after["kho2"]["medium"] == told["medium"]
    refused = admin.post("/copies/kho1/medium", json=body).get_json()
    assert (refused["status"], refused["code"]) == (409, "copy-not-retired")
    wrong = admin.post("/copies/kho2/medium", json=body | {"on": "2099-01-01"})
    assert wrong.get_json()["code"] == "medium-day"
    lan = program_of(app, put_away, "lan")
    assert lan.get("/copies").status_code == 200
    assert lan.post("/copies/kho2/medium", json=body).status_code == 403


def test_the_page_takes_it_and_says_what_is_wrong_at_its_field(
    put_away: Services, app: Flask
) -> None:
    admin = browser_of(app, put_away, "quan")
    assert 'href="/system/copies"' in admin.get("/system").text
    page = admin.get("/system/copies").text
    assert "Chưa ghi đã hủy hay xóa sạch" in page
    form = TOLD | {"name": "kho2", "on": today()}
    for field, wrong in (("on", "mai"), ("on", "01/01/2099"), ("minutes", " "), ("fate", "cất")):
        refused = post(admin, "/system/copies/medium", **(form | {field: wrong}))
        assert refused.status_code == 422
        shown = refused.text.partition(f'name="{field}"')[2].partition("</div>")[0]
        assert "invalid" in shown.partition(">")[0], field
        assert 'value="Trần Văn Sáu"' in refused.text
        assert '<option value="kho2" selected>' in refused.text
        assert refused.text.count('aria-invalid="true"') == 1
    told = post(admin, "/system/copies/medium", **form)
    assert told.status_code == 303
    page = admin.get("/system/copies").text
    assert "Phương tiện đã được xóa sạch" in page
    assert "biên bản số 12/BB-LT" in page
    archivist = browser_of(app, put_away, "lan")
    assert "data-opens" not in archivist.get("/system/copies").text.partition("<main")[2]
    assert post(archivist, "/system/copies/medium", **form).status_code == 403


def test_a_command_states_it(put_away: Services, home: Path) -> None:
    archive = Command(home)
    words = ("--fate", "destroyed", "--on", today(), "--by", "Sáu", "--how", "nghiền")
    told = archive.ask("copy", "medium", "kho2", *words, "--minutes", "12/BB-LT")
    assert (told["state"], told["medium"]["fate"]) == ("retired", "destroyed")
    refused = archive.run("copy", "medium", "kho1", *words, "--minutes", "1", "--json")
    assert (refused.code, refused.error["code"]) == (4, "copy-not-retired")
    empty = archive.run("copy", "medium", "kho2", *words, "--minutes", " ", "--json")
    assert (empty.code, empty.error["code"]) == (2, "command-usage")
    nobody = archive.run(
        "copy", "medium", "kho2", *words, "--minutes", "1", "--json", account="lan"
    )
    assert nobody.error["code"] == "act-not-allowed"


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "due", OPEN_CODE) as opened:
        yield opened


def words_of(services: Services, row: UUID) -> str:
    _, data = read_paper(services, row, "certificate", actor=OPERATOR)
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    work(services, until_empty=True)


def test_a_certificate_closes_by_the_statement_and_says_that_it_is_one(
    due: tuple[Services, str], app_of_due: Flask
) -> None:
    services, secret = due
    retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    home = services.settings.home
    (home / "kho2").rename(home / "away")
    row = approved(services, secret, OPEN_CODE)
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    watch(services)
    told = compare_anew(services, row, actor=OPERATOR)
    assert (told["certificate"]["provisional"], told["certificate"]["open"]) == (True, 1)
    admin = program_of(app_of_due, services, "quan")
    body = TOLD | {"on": today()}
    assert admin.post("/copies/kho2/medium", json=body).status_code == 201
    resume(services)
    watch(services)
    at = f"/dispositions/{row}/certificate"
    told = program_of(app_of_due, services, "lan").get(at).get_json()["certificate"]
    assert (told["provisional"], told["open"]) == (False, 0)
    (place,) = (one for one in told["case_files"][0]["places"] if one["place"] == "copy:kho2")
    assert (place["state"], place["proof"]["statement"]["by"]) == ("stated", "Trần Văn Sáu")
    said = words_of(services, row)
    for words in (
        "Khép theo biên bản",
        "được xóa sạch ngày",
        "ghi đè ba lần",
        "biên bản số 12/BB-LT",
        "Đây là lời xác nhận, không phải kết quả phần mềm đọc lại",
    ):
        assert words in said, words
    found = compare_anew(services, row, actor=OPERATOR)["comparison"]
    states = {one["place"]: one["now"] for one in found["case_files"][0]["places"]}
    assert (states["copy:kho2"], found["open"], found["found_again"]) == ("stated", 0, 0)
    page = browser_of(app_of_due, services, "lan").get(f"{at}").text
    assert "Khép theo biên bản" in page


@pytest.fixture
def app_of_due(due: tuple[Services, str]) -> Flask:
    from archive_service.app import create_app

    return create_app(due[0])
