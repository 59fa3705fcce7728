"""Where the marks of found words lie on a page of a PDF, however its program wrote the words."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import Browser, Page, Route

from archive_service import messages
from search.snippet import terms_to_mark

STATIC = Path(messages.__file__).resolve().parent / "static"
ORIGIN = "http://localhost/"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".pdf": "application/pdf"}
WIDE, TALL = 600, 800  # points


def pdf_of(path: Path, content: str, *, turned: int = 0) -> Path:
    """One page in two fonts, /A and /B."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDE, TALL))
        fonts = {
            name: pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name(face)
            )
            for name, face in (("/A", "/Times-Roman"), ("/B", "/Helvetica"))
        }
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(fonts))
        page.obj.Contents = pdf.make_stream(content.encode())
        page.obj.Rotate = turned
        pdf.save(path)
    return path


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Page:
    """A bare page that may import our modules and ask for ``page.pdf``."""
    opened = browser.new_page()

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        path = tmp_path / name if name.endswith(".pdf") else STATIC / name
        if name:
            route.fulfill(path=path, content_type=TYPES.get(path.suffix, "text/plain"))
        else:
            body = "<!doctype html><html lang=vi><body data-texts='{}'>"
            route.fulfill(body=body, content_type="text/html")

    opened.route(f"{ORIGIN}**", answer)
    opened.goto(ORIGIN)
    return opened


def hits(page: Page, typed: str) -> list[list[dict[str, Any]]]:
    """The boxes of each place where the words stand on the first page, as fractions of it."""
    return page.evaluate(  # type: ignore[no-any-return]  # Playwright gives what the page returns
        """async (terms) => {
          const { pdfPages } = await import("/js/page_sources.js");
          const dataset = { library: "/vendor/pdfjs/", source: "/page.pdf" };
          return (await pdfPages({ dataset })).hits(1, terms);
        }""",
        [asdict(term) for term in terms_to_mark(typed)],
    )


def test_a_word_in_two_fonts_is_one_word_with_one_mark(page: Page, tmp_path: Path) -> None:
    letters = "(Coc c) Tj /B 20 Tf (u) Tj /A 20 Tf ( tr) Tj /B 20 Tf (a) Tj /A 20 Tf (m dai) Tj"
    pdf_of(tmp_path / "page.pdf", f"BT /A 20 Tf 100 700 Td {letters} ET")
    ((box,),) = hits(page, "cu tram")
    assert box["x"] * WIDE == pytest.approx(140, abs=8)
    assert box["width"] * WIDE == pytest.approx(62, abs=10)


def test_words_of_two_lines_are_not_one(page: Page, tmp_path: Path) -> None:
    lines = "BT /A 20 Tf 100 700 Td (vat lieu tr) Tj 0 -30 Td /B 20 Tf (am bom) Tj ET"
    pdf_of(tmp_path / "page.pdf", lines)
    assert hits(page, "tram") == []
    assert len(hits(page, "am")) == 1


@pytest.mark.parametrize(
    ("turned", "x", "y", "width", "height"),
    [(0, 297, 402, 23, 61), (90, 337, 297, 61, 23), (270, 402, 280, 61, 23)],
)
def test_words_that_run_up_the_page_have_their_mark_on_them(
    page: Page, tmp_path: Path, turned: int, x: int, y: int, width: int, height: int
) -> None:
    upwards = "BT /A 20 Tf 0 1 -1 0 317 300 Tm (Coc cu tram dai) Tj ET"
    pdf_of(tmp_path / "page.pdf", upwards, turned=turned)
    ((box,),) = hits(page, "cu tram")
    across, down = (TALL, WIDE) if turned else (WIDE, TALL)
    found = (box["x"] * across, box["y"] * down, box["width"] * across, box["height"] * down)
    assert found == pytest.approx((x, y, width, height), abs=5)
