"""Pages that came without a batch are proofread like those of one: in a submission, in a PDF."""

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.errors import NotAllowedError, NotFoundError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading import corrections
from digitize.proofreading import page as proofreading_page
from digitize.proofreading.acts import PageLeft, PageWord
from digitize.proofreading.corrections import Correction
from search import acts as search_acts
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.misread import PAPER, PDF, misread_home

RIGHT = "bàn thờ Nậm Rốm"


@pytest.fixture(scope="module")
def misread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return misread_home(tmp_path_factory.mktemp("misread"))


@pytest.fixture
def services(misread: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(misread, tmp_path / "home")) as opened:
        yield opened


def queue(services: Services) -> dict[tuple[str, int], PageLeft]:
    """By case file and page; the PDF has two of them."""
    found, total = proofreading_acts.pages_left(services, actor=person(services, "lan"), limit=10)
    assert total == len(found)
    return {(page_left.code, 1 if page_left.first else 2): page_left for page_left in found}


def misread_word(services: Services, page: PageLeft) -> PageWord:
    read = proofreading_acts.page_to_read(services, page.id, actor=person(services, "lan"))
    return next(word for word in read.words if word.text == "bqn")


def put_right(services: Services, page: PageLeft, becomes: str = RIGHT) -> None:
    word = misread_word(services, page)
    correction = Correction(word.box, word.text, becomes)
    corrections.correct_words(services, page.id, [correction], actor=person(services, "lan"))


def hits(services: Services, words: str) -> list[tuple[str, int]]:
    """Where these very words stand: what is found in their place counts for nothing."""
    found = search_acts.find(services, f'"{words}"', actor=person(services, "lan"))
    as_typed = [] if found.told else found.hits
    return sorted((hit.code, hit.page) for hit in as_typed if hit.page)


def test_they_stand_in_the_queue_by_what_search_would_lose(services: Services) -> None:
    found, total = proofreading_acts.pages_left(services, actor=person(services, "lan"), limit=10)
    assert {page_left.code for page_left in found} == {PAPER, PDF}
    assert total == len(found) == 3
    weights = [page_left.doubtful * (2 if page_left.first else 1) for page_left in found]
    assert weights == sorted(weights, reverse=True)
    assert all(
        page_left.doubtful and not page_left.batch and page_left.document for page_left in found
    )
    first, second = (page_left for page_left in found if page_left.code == PDF)
    assert (first.first, second.first) == (True, False)
    part, whole = proofreading_acts.pages_left(
        services, actor=person(services, "lan"), limit=1, offset=1
    )
    assert (part, whole) == ([found[1]], 3)


@pytest.mark.parametrize("place", [(PAPER, 1), (PDF, 2)])
def test_a_word_put_right_is_found_on_its_page_and_no_other(
    services: Services, place: tuple[str, int]
) -> None:
    page = queue(services)[place]
    assert place in hits(services, "bản bqn giao")
    put_right(services, page)
    do_all(services)
    assert hits(services, f"bản {RIGHT} giao") == [place]  # in its place, not beside the text
    assert place not in hits(services, "bqn")
    lan = person(services, "lan")
    read = proofreading_acts.page_to_read(services, page.id, actor=lan)
    (done,) = [word for word in read.words if word.becomes]
    assert (done.text, done.becomes) == ("bqn", RIGHT)
    assert all(0 <= share <= 1 for share in done.shown)
    left = {page_left.id: page_left.doubtful for page_left in queue(services).values()}
    assert left.get(page.id, 0) == page.doubtful - 1
    assert done.correction_id is not None
    corrections.take_back(services, done.correction_id, page.id, actor=lan)
    do_all(services)
    assert hits(services, RIGHT) == []
    assert place in hits(services, "bản bqn giao")
    assert {page_left.id: page_left.doubtful for page_left in queue(services).values()}[
        page.id
    ] == page.doubtful
    with services.read_only() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "word:corrected")).one()
    assert (told.data["code"], told.data["number"]) == place


def test_what_is_no_word_leaves_the_searched_text_and_joins_no_list(services: Services) -> None:
    page, lan = queue(services)[PAPER, 1], person(services, "lan")
    browser = browser_of(create_app(services), services, "lan")
    word = misread_word(services, page)
    assert word.may_be_noise  # so that Enter in its field says nothing
    where = f"/scanning/words/{page.id}"
    shown = browser.get(where).text
    assert 'name="becomes" value="bqn"' not in shown
    box = " ".join(str(side) for side in word.box)
    assert post(browser, f"{where}/correct", box=box, was="bqn", becomes="").status_code == 422
    assert post(browser, f"{where}/correct", box=box, was="bqn", noise="1").status_code == 303
    do_all(services)
    assert (PAPER, 1) not in hits(services, "bqn")
    assert (PAPER, 1) in hits(services, "bản giao")
    assert corrections.listed_words(services, actor=lan) == []
    assert "bqn: không phải chữ" in browser.get(where).text
    program = program_of(create_app(services), services, "lan")
    told = program.get(f"/proofreading/pages/{page.id}").get_json()["words"]
    (done,) = [one for one in told if one["noise"]]
    assert post(browser, f"{where}/take-back", correction=done["correction"]).status_code == 303
    do_all(services)
    assert (PAPER, 1) in hits(services, "bản bqn giao")
    asked = {"box": list(word.box), "was": "bqn", "noise": True}
    answer = program.post(f"/proofreading/pages/{page.id}/corrections", json={"words": [asked]})
    assert answer.status_code == 200, answer.json


def test_each_word_of_the_list_leads_to_its_pages_and_is_taken_back_from_there(
    services: Services,
) -> None:
    page = queue(services)[PAPER, 1]
    put_right(services, page)
    do_all(services)
    browser = browser_of(create_app(services), services, "lan")
    listed = browser.get("/scanning/words/list").text
    (where,) = re.findall(r'href="(/scanning/words/list/word[^"]+)"', listed)
    shown = browser.get(unescape(where)).text
    assert f'href="/scanning/words/{page.id}"' in shown
    assert "bqn" in shown
    (told,) = re.findall(r'name="correction" value="([^"]+)"', shown)
    assert post(browser, f"/scanning/words/{page.id}/take-back", correction=told).status_code == 303
    do_all(services)
    assert hits(services, RIGHT) == []
    assert "Không còn lần sửa nào" in browser.get(unescape(where)).text
    with services.read_only() as session:
        tags = [row.tag for row in session.scalars(select(AuditEvent))]
    assert tags.count("word:correction-undone") == 1


def test_the_page_is_shown_as_it_stands(services: Services) -> None:
    for page in queue(services).values():
        lan = person(services, "lan")
        read = proofreading_acts.page_to_read(services, page.id, actor=lan)
        with Image.open(
            BytesIO(proofreading_page.page_picture(services, page.id, actor=lan))
        ) as shown:
            assert shown.format == "JPEG"
            drawn = shown.width / shown.height
        assert drawn == pytest.approx(read.width_px / read.height_px, abs=0.01)


def test_a_rebuild_counts_them_again_and_keeps_what_was_put_right(services: Services) -> None:
    page = queue(services)[PDF, 2]
    put_right(services, page)
    do_all(services)
    before = queue(services)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert queue(services) == before
    assert hits(services, f"{RIGHT} giao") == [(PDF, 2)]


def test_who_may_not_read_the_document_does_not_see_it(services: Services) -> None:
    page = queue(services)[PAPER, 1]
    add_person(services, "tram", Role.STATION)
    station = person(services, "tram")
    assert proofreading_acts.pages_left(services, actor=station, limit=10) == ([], 0)
    with pytest.raises((NotAllowedError, NotFoundError)):
        proofreading_acts.page_to_read(services, page.id, actor=station)
    with services.writing() as session:
        for document in session.scalars(select(Document)):
            document.quarantined = True
    assert queue(services) == {}
    with pytest.raises(NotAllowedError):
        proofreading_page.page_picture(services, page.id, actor=person(services, "lan"))


def test_browsers_programs_and_commands_do_the_same(services: Services) -> None:
    page = queue(services)[PDF, 1]
    app = create_app(services)
    lan = browser_of(app, services, "lan")
    shown = lan.get(f"/scanning/words/{page.id}")
    assert PDF in shown.text
    assert "Xem trong hồ sơ" in shown.text
    assert lan.get(f"/scanning/words/{page.id}/picture").mimetype == "image/jpeg"
    word = misread_word(services, page)
    box = [str(side) for side in word.box]
    answer = post(
        lan, f"/scanning/words/{page.id}/correct", box=" ".join(box), was="bqn", becomes=RIGHT
    )
    assert answer.status_code == 303
    program = program_of(app, services, "lan")
    told = program.get(f"/proofreading/pages/{page.id}").get_json()["words"]
    assert [entry["becomes"] for entry in told if entry["becomes"]] == [RIGHT]
    listed = Command(services.settings.home).ask("scan", "proofread", account="lan")
    assert {one["code"] for one in listed["pages"]} == {PAPER, PDF}
