"""Words that people put right are marked on the scan where they stand, and read beside it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import PDF as MEDIA_TYPE
from archive_service.domain.case_files.document import DigitalObject, Document
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading.corrections import Correction, correct_words
from tests.e2e.conftest import seen
from tests.worlds.archive import open_home, person
from tests.worlds.clients import do_all
from tests.worlds.digitize.misread import PAPER, PDF, misread_home
from tests.worlds.site import Site, listening

RIGHT = "bàn Khuổi Nậm"


@pytest.fixture(scope="module")
def misread_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_home(misread_home(tmp_path_factory.mktemp("misread"))) as opened:
        lan = person(opened, "lan")
        pages, _ = proofreading_acts.pages_left(opened, actor=lan, limit=10)
        for page in (page_left for page_left in pages if page_left.first):
            read = proofreading_acts.page_to_read(opened, page.id, actor=lan)
            word = next(word for word in read.words if word.text == "bqn")
            correct_words(opened, page.id, [Correction(word.box, "bqn", RIGHT)], actor=lan)
        do_all(opened)
        with listening(opened) as site:
            yield site


@pytest.mark.parametrize("code", [PAPER, PDF])
def test_a_phrase_with_a_word_put_right_is_marked_on_the_scan(
    misread_site: Site, context: BrowserContext, page: Page, code: str
) -> None:
    misread_site.enter(context, "lan")
    page.goto(f'{misread_site.url}/search?q="bản {RIGHT} giao"')
    page.locator(f".hit .pageno[href*='{code}']").first.click()
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".marks .hit.now")).to_have_count(1)
    expect(page.locator("[data-hit-counter]")).to_have_text("1/1")
    mark = page.locator(".marks .hit.now").bounding_box()
    sheet = page.locator(".sheet").bounding_box()
    assert mark
    assert sheet
    assert mark["width"] > 3 * mark["height"], "one mark over words of one line"
    assert sheet["y"] < mark["y"] < sheet["y"] + sheet["height"]
    page.keyboard.press("x")
    expect(page.locator("[data-page-text] mark")).to_have_text(re.compile("Khuổi"))
    seen(page, context, f"words-put-right-{code}")


def test_words_are_marked_on_images_that_no_pdf_was_made_of(
    misread_site: Site, context: BrowserContext, page: Page
) -> None:
    with misread_site.services.writing() as session:
        pdf = select(DigitalObject).join(Document).join(CaseFile)
        for row in session.scalars(
            pdf.where(CaseFile.code == PAPER, DigitalObject.media_type == MEDIA_TYPE)
        ):
            session.delete(row)
    misread_site.enter(context, "lan")
    page.goto(f'{misread_site.url}/search?q="bản {RIGHT} giao"')
    page.locator(f".hit .pageno[href*='{PAPER}']").first.click()
    expect(page.locator(".sheet img")).to_be_visible()
    expect(page.locator(".marks .hit.now")).to_have_count(1)
    expect(page.locator("[data-hit-counter]")).to_have_text("1/1")
    mark, sheet = (page.locator(at).bounding_box() for at in (".marks .hit.now", ".sheet"))
    assert mark
    assert sheet
    assert mark["width"] > 3 * mark["height"]
    assert sheet["y"] < mark["y"] < sheet["y"] + sheet["height"]
    page.keyboard.press("x")
    expect(page.locator("[data-page-text] mark")).to_have_text(re.compile("Khuổi"))
    seen(page, context, "words-on-images")
