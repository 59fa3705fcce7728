"""Words that people put right are told where they stand, to those who read the document."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.case_files.page_words import pages_put_right, words_put_right
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading.corrections import Correction, correct_words
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.misread import PAPER, PDF, misread_home

RIGHT = "bàn thờ Nậm Rốm"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One word of the first page of each case file is put right."""
    with open_home(misread_home(tmp_path_factory.mktemp("misread"))) as opened:
        lan = person(opened, "lan")
        pages, _ = proofreading_acts.pages_left(opened, actor=lan, limit=10)
        for page in pages:
            if page.first:
                read = proofreading_acts.page_to_read(opened, page.id, actor=lan)
                word = next(word for word in read.words if word.text == "bqn")
                correct_words(opened, page.id, [Correction(word.box, "bqn", RIGHT)], actor=lan)
        yield opened


def document(services: Services, code: str) -> UUID:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        return next(one.id for one in row.documents if one.text_files()[1])


@pytest.mark.parametrize("code", [PAPER, PDF])
def test_a_word_put_right_stands_in_its_place_among_the_others(
    services: Services, code: str
) -> None:
    lan, found = person(services, "lan"), document(services, code)
    assert pages_put_right(services, code, found, actor=lan) == {"pages": [1]}
    told = words_put_right(services, code, found, 1, actor=lan)
    assert told["is_upright"] is (code == PDF)  # as it was read there
    texts = [word["text"] for word in told["words"]]
    at = texts.index(RIGHT)
    assert (texts[at - 1].casefold(), texts[at + 1].casefold()) == ("bản", "giao")
    before, right = told["words"][at - 1], told["words"][at]
    assert before["line"] == right["line"]
    assert before["x"] + before["width"] <= right["x"]
    for word in told["words"]:
        assert 0 <= word["x"] <= word["x"] + word["width"] <= 1.00001
        assert 0 <= word["y"] <= word["y"] + word["height"] <= 1.00001
    assert words_put_right(services, code, found, 99, actor=lan)["words"] == []


def test_the_page_of_the_case_file_names_where_they_are(services: Services) -> None:
    found = document(services, PDF)
    browser = browser_of(create_app(services), services, "lan")
    where = f"/case-files/{PDF}/documents/{found}/words"
    assert f'data-words="{where}"' in browser.get(f"/case-files/{PDF}").text
    assert browser.get(where).get_json() == {"pages": [1]}
    assert browser.get(f"{where}?page=1").get_json()["words"]
    with pytest.raises(DocumentUnknownError):
        pages_put_right(services, PDF, uuid4(), actor=person(services, "lan"))
