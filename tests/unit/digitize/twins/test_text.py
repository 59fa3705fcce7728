"""Unseen words are taken from a page, also from forms; what others share with it stays."""

from pathlib import Path

import pikepdf
import pypdfium2

from digitize.documents.made_paths import free_path
from digitize.twins.text import drop_text, write_page_texts


def text_of(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def two_pages_with_a_form(path: Path) -> Path:
    """Both draw the same form, in which words stand; the first writes words of its own too."""
    pdf = pikepdf.new()
    face = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    fonts = pikepdf.Dictionary({"/F1": face})
    form = pdf.make_stream(
        b"BT /F1 12 Tf 20 40 Td (shared words) Tj ET",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 300, 300],
        Resources=pikepdf.Dictionary(Font=fonts),
    )
    for own in (b"BT /F1 12 Tf 20 90 Td (own words) Tj ET ", b""):
        page = pdf.add_blank_page(page_size=(300, 300))
        page.Resources = pikepdf.Dictionary(Font=fonts, XObject=pikepdf.Dictionary({"/Fm1": form}))
        page.Contents = pdf.make_stream(own + b"q 0 0 40 40 re f Q /Fm1 Do")
    pdf.save(path)
    return path


def test_all_words_of_the_page_go_and_those_of_the_other_stay(tmp_path: Path) -> None:
    source = two_pages_with_a_form(tmp_path / "source.pdf")
    assert [said.split() for said in text_of(source)] == [
        ["own", "words", "shared", "words"],
        ["shared", "words"],
    ]
    target = tmp_path / "target.pdf"
    with pikepdf.open(source) as pdf:
        drop_text(pdf, pdf.pages[0])
        assert b"re" in pdf.pages[0].Contents.read_bytes()
        pdf.save(target)
    assert [said.split() for said in text_of(target)] == [[], ["shared", "words"]]


def test_every_page_of_a_text_ends_with_a_form_feed(tmp_path: Path) -> None:
    target = tmp_path / "text.txt"
    write_page_texts(["Một\r\nhai\f", "", "ba  "], target)
    assert target.read_bytes() == "Một\nhai\n\f\fba\n\f".encode()


def test_a_path_that_is_taken_is_numbered() -> None:
    taken = {"0001/text/0001.txt", "0001/text/0001-2.txt"}
    assert free_path((), "0001/text", "0001", "txt") == "0001/text/0001.txt"
    assert free_path(taken, "0001/text", "0001", "txt") == "0001/text/0001-3.txt"
