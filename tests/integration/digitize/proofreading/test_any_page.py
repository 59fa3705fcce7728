"""A stored page of handwriting has no doubtful word; what a person copies of it is found."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.holdings.opening import FileUnknownError
from archive_service.demo.old_papers.kinds import old_pages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Role
from archive_service.errors import NotAllowedError, NotFoundError
from archive_service.services import Services
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading.any_page import page_of_document
from digitize.proofreading.corrections import WordMissingError
from search import acts as search_acts
from tests.worlds.archive import PAPER_FOLDER, copy_home, mixed_case, new_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.misread import PAPER, bring

COPIED = "bút phê Khuổi Lạnh"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case file whose paper has a printed page and one of handwriting alone."""
    place = tmp_path_factory.mktemp("written")
    folder = mixed_case(place / "paper", code=PAPER)
    page = next(iter(old_pages("handwriting", 3, 1)))
    (folder / PAPER_FOLDER / f"002{page.suffix}").write_bytes(page.file)
    home = new_home(place / "home")
    with open_home(home) as services:
        bring(services, folder)
    return home


@pytest.fixture
def services(written: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(written, tmp_path / "home")) as opened:
        yield opened


def paper(services: Services) -> UUID:
    """The document of paper."""
    with services.read_only() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == PAPER)).one()
        return next(document.id for document in case_file.documents if document.page_images())


def found_pages(services: Services) -> list[int]:
    found = search_acts.find(services, f'"{COPIED}"', actor=person(services, "lan"))
    return [] if found.told else [hit.page for hit in found.hits if hit.page]


def test_it_is_opened_from_the_viewer_and_what_is_copied_is_found(services: Services) -> None:
    lan, document = person(services, "lan"), paper(services)
    browser = browser_of(create_app(services), services, "lan")
    where = f"/case-files/{PAPER}/documents/{document}/words"
    shown = browser.get(f"/case-files/{PAPER}?document=2").text
    assert f'action="{where}"' in shown
    answer = post(browser, where, page="2")
    assert answer.status_code == 303
    opened = answer.location
    assert browser.get(opened).status_code == 200
    area = {"area-left": "10", "area-top": "10", "area-width": "40", "area-height": "5"}
    assert post(browser, f"{opened}/copy", becomes=COPIED, **area).status_code == 303
    do_all(services)
    assert found_pages(services) == [2]
    assert COPIED in browser.get(opened).text  # its row is there when the index was made again
    page_id = UUID(opened.rpartition("/")[2])
    assert page_of_document(services, PAPER, document, 2, actor=lan) == page_id
    assert page_id not in {
        page_left.id for page_left in proofreading_acts.pages_left(services, actor=lan, limit=9)[0]
    }


def test_programs_and_commands_open_it_too(services: Services) -> None:
    document = str(paper(services))
    program = program_of(create_app(services), services, "lan")
    asked = {"code": PAPER, "document": document, "page": 2}
    answer = program.post("/proofreading/pages", json=asked)
    assert answer.status_code == 200, answer.json
    page = answer.get_json()["page"]
    place = {"box": [10, 10, 90, 40], "was": "", "becomes": COPIED}
    told = program.post(f"/proofreading/pages/{page}/corrections", json={"words": [place]})
    assert told.status_code == 200, told.json
    at = ("--of", PAPER, document, "2")
    shown = Command(services.settings.home).ask("scan", "proofread", *at, account="lan")
    assert shown["page"] == page
    assert [entry["text"] for entry in shown["copied"]] == [COPIED]
    assert program.post("/proofreading/pages", json=asked | {"page": 3}).status_code == 404
    assert program.post("/proofreading/pages", json=asked | {"page": 0}).status_code == 422


@pytest.mark.parametrize("number", [-1, 0, 3, 10**9])
def test_no_page_is_opened_that_is_not_there(services: Services, number: int) -> None:
    with pytest.raises(FileUnknownError):
        page_of_document(services, PAPER, paper(services), number, actor=person(services, "lan"))


def test_who_does_not_work_on_pages_opens_none(services: Services) -> None:
    document = paper(services)
    add_person(services, "doc", Role.READER)
    browser = browser_of(create_app(services), services, "doc")
    where = f"/case-files/{PAPER}/documents/{document}/words"
    assert f'action="{where}"' not in browser.get(f"/case-files/{PAPER}?document=2").text
    assert post(browser, where, page="2").status_code == 403
    with pytest.raises((NotAllowedError, NotFoundError)):
        page_of_document(services, PAPER, document, 2, actor=person(services, "doc"))


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("…", (0.1, 0.1, 0.2, 0.2), "empty"),
        ("a" * 201, (0.1, 0.1, 0.2, 0.2), "long"),
        ("chữ", (0.3, 0.1, 0.3, 0.2), "place"),
        ("chữ", (0.9, 0.9, 1.2, 0.95), "place"),
    ],
)
def test_a_refusal_says_why(
    services: Services, text: str, place: tuple[float, float, float, float], why: str
) -> None:
    lan = person(services, "lan")
    page = page_of_document(services, PAPER, paper(services), 2, actor=lan)
    with pytest.raises(WordMissingError) as refused:
        proofreading_acts.copy_words(services, page, text, place, actor=lan)
    assert refused.value.facts["why"] == why
