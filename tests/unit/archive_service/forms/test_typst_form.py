"""Filling forms: what goes in is never taken as markup, and equal input gives equal bytes."""

import datetime as dt
from pathlib import Path

import pypdfium2
import pytest

from archive_service.forms.typst_form import (
    FormFontMissingError,
    FormTemplateError,
    Press,
    render,
    render_bytes,
    signature_place,
)

AT = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A form of one line. It lies outside the root and so imports nothing."""
    file = tmp_path / "form.typ"
    file.write_text(
        "#let data = json(bytes(sys.inputs.data))\n"
        '#set document(title: "a")\n#set text(font: "Tinos")\n#data.word\n'
    )
    return file


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return str(document[0].get_textpage().get_text_range())


def test_words_are_printed_as_they_are(template: Path) -> None:
    word = "Quyết định #pagebreak() $x$ *đậm* @nguồn \\ ‘’"
    assert text_of(render_bytes(template, {"word": word}, at=AT)) == word


def test_a_letter_that_no_font_has_is_told_by_one_sign(template: Path) -> None:
    word = "Châu bản 硃\u672c, \b\x07\U0001f600 \\u0007 é ع"
    printed = text_of(render_bytes(template, {"word": word}, at=AT))
    assert printed.startswith("Châu bản \ufffd\ufffd,")
    assert printed.endswith("\ufffd \\u0007 é ع")


def test_equal_input_gives_equal_bytes(template: Path, tmp_path: Path) -> None:
    render(template, {"word": "Hồ sơ"}, tmp_path / "a.pdf", at=AT)
    render(template, {"word": "Hồ sơ"}, tmp_path / "b.pdf", at=AT)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_a_form_without_a_place_for_a_signature_has_none(template: Path) -> None:
    assert signature_place(template, {"word": "Hồ sơ"}) is None


def test_missing_data_leave_nothing_behind(template: Path, tmp_path: Path) -> None:
    with pytest.raises(FormTemplateError):
        render(template, {}, tmp_path / "a.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["form.typ"]


def test_a_missing_font_is_told_and_not_replaced(template: Path, tmp_path: Path) -> None:
    with pytest.raises(FormFontMissingError):
        render_bytes(template, {"word": "Hồ sơ"}, press=Press(tmp_path))
