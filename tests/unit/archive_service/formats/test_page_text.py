"""Texts of PDFs page by page: one page that cannot be read hides nothing of the others."""

from pathlib import Path

import pytest

from archive_service.formats.page_text import (
    CUT,
    MAX_PAGE_CHARACTERS,
    PAGES_UNREAD,
    TextUnreadableError,
    pdf_texts,
    readable_texts,
)
from tests.worlds.papers.worded_pdf import without_page, worded_pdf


def test_a_page_that_cannot_be_read_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = without_page(worded_pdf(tmp_path / "a.pdf", "mot", "hai", "ba"), 2)
    pages, why = readable_texts(path)
    assert [page.text for page in pages] == ["mot", "", "ba"]
    assert why == PAGES_UNREAD
    with pytest.raises(TextUnreadableError):
        pdf_texts(path)


@pytest.mark.parametrize(("letters", "told"), [(MAX_PAGE_CHARACTERS, CUT), (1000, "")])
def test_a_page_of_which_the_rest_is_not_read_is_told(
    tmp_path: Path, letters: int, told: str
) -> None:
    path = worded_pdf(tmp_path / "a.pdf", "x" * letters)
    assert readable_texts(path)[1] == told
    assert len(pdf_texts(path)) == 1


def test_what_is_no_pdf_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    assert readable_texts(path) == ([], "failed")
