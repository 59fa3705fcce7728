"""Behind a PDF of many pages stands a tree that leads to each, and no page changes."""

import io
from pathlib import Path

import pikepdf
import pytest

from archive_service.formats.pdf.page_tree import FEWEST_PAGES, page_tree_tail
from tests.worlds.papers.long_pdf import long_pdf

PAGES = 300


@pytest.mark.parametrize("packed", [False, True], ids=["table", "stream"])
def test_every_page_stands_where_it_stood_below_few_nodes(tmp_path: Path, *, packed: bool) -> None:
    path = long_pdf(tmp_path / "a.pdf", pages=PAGES)
    if packed:
        with pikepdf.open(path, inherit_page_attributes=False) as pdf:
            path = tmp_path / "b.pdf"
            pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    tail = page_tree_tail(path)
    assert 0 < len(tail) < 40 * PAGES
    whole = io.BytesIO(path.read_bytes() + tail)
    with pikepdf.open(whole, inherit_page_attributes=False) as pdf:
        assert len(pdf.Root["/Pages"]["/Kids"]) <= 16
        assert pdf.Root["/Pages"]["/MediaBox"][2] == 10
        assert [int(page.mediabox[2]) for page in pdf.pages] == list(range(500, 500 + PAGES))
        assert pdf.get_warnings() == []
        assert pdf.check_pdf_syntax() == []


def test_few_pages_need_none(tmp_path: Path) -> None:
    assert page_tree_tail(long_pdf(tmp_path / "a.pdf", pages=FEWEST_PAGES - 1)) == b""
    assert page_tree_tail(long_pdf(tmp_path / "b.pdf", pages=FEWEST_PAGES)) != b""


def test_one_that_has_a_tree_needs_none(tmp_path: Path) -> None:
    path = long_pdf(tmp_path / "a.pdf", pages=PAGES)
    path.write_bytes(path.read_bytes() + page_tree_tail(path))
    assert page_tree_tail(path) == b""


def test_what_is_locked_or_damaged_stays_as_it_is(tmp_path: Path) -> None:
    path = long_pdf(tmp_path / "a.pdf", pages=PAGES)
    with pikepdf.open(path) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user=""))
    (tmp_path / "cut.pdf").write_bytes(path.read_bytes()[:-600])
    (tmp_path / "moved.pdf").write_bytes(b"\n" + path.read_bytes())
    (tmp_path / "none.pdf").write_bytes(b"no PDF")
    for name in ("locked", "cut", "moved", "none"):
        assert page_tree_tail(tmp_path / f"{name}.pdf") == b"", name
