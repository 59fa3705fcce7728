"""Words that stand on a page of a PDF and are no content of it are found with those that are."""

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from archive_service.formats.page_text import pdf_texts
from tests.worlds.papers.lettered import written

FREE, WIDGET = Name.FreeText, Name.Widget
HIDDEN, PRINTED = 2, 4


def _annotated(tmp_path: Path, **keys: Any) -> list[str]:
    """Lines of page 1 of a PDF with one annotation more; ``parent`` holds what it inherits."""
    with pikepdf.open(written(tmp_path / "bare.pdf", "Tờ khai\nHọ và tên:")) as pdf:
        above = keys.pop("parent", None)
        note: dict[str, Any] = {
            "Type": Name.Annot,
            "Rect": Array([50, 50, 300, 90]),
            "F": PRINTED,
        } | keys
        made = pdf.make_indirect(Dictionary(**note))
        if above is not None:
            made.Parent = pdf.make_indirect(Dictionary(Kids=Array([made]), **above))
        pdf.pages[0].obj.Annots = Array([made])
        if note["Subtype"] == WIDGET:
            pdf.Root.AcroForm = Dictionary(Fields=Array([made if above is None else made.Parent]))
        pdf.save(tmp_path / "a.pdf")
    (page,) = pdf_texts(tmp_path / "a.pdf")
    return page.text.splitlines()


@pytest.mark.parametrize(
    "keys",
    [
        {"Subtype": FREE, "Contents": "Đồng ý, giao Sở"},
        {"Subtype": Name.Text, "Contents": "Đồng ý, giao Sở"},
        {"Subtype": WIDGET, "FT": Name.Tx, "T": "a", "V": "Đồng ý, giao Sở"},
        {"Subtype": WIDGET, "parent": {"FT": Name.Tx, "T": "a", "V": "Đồng ý, giao Sở"}},
    ],
)
def test_notes_and_fields_are_found_once_with_the_page(tmp_path: Path, keys: Any) -> None:
    assert _annotated(tmp_path, **keys) == ["Tờ khai", "Họ và tên:", "Đồng ý, giao Sở"]


def test_what_a_field_or_a_stamp_shows_is_found_by_its_picture(tmp_path: Path) -> None:
    with (
        pikepdf.open(written(tmp_path / "bare.pdf", "Tờ khai")) as pdf,
        pikepdf.open(written(tmp_path / "shown.pdf", "Công văn đến\nSố 12")) as shown,
    ):
        picture = pdf.copy_foreign(shown.make_indirect(shown.pages[0].as_form_xobject()))
        fields: list[dict[str, Any]] = [
            {"Subtype": WIDGET, "FT": Name.Tx, "T": "a", "V": "kín"},
            {"Subtype": Name.Stamp},
        ]
        where: dict[str, Any] = {"Type": Name.Annot, "Rect": pdf.pages[0].MediaBox, "F": PRINTED}
        notes = [Dictionary(**where, **field, AP=Dictionary(N=picture)) for field in fields]
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note) for note in notes])
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].obj.Annots[0]]))
        pdf.save(tmp_path / "a.pdf")
    (page,) = pdf_texts(tmp_path / "a.pdf")
    assert page.text.split("\n")[0] == "Tờ khai"  # as it was, whatever lies over it
    assert "Công văn đến" in page.text
    assert page.text.splitlines()[-1] == "kín"


@pytest.mark.parametrize(
    "keys",
    [
        {"Subtype": FREE, "Contents": "giấu", "F": HIDDEN},
        {"Subtype": Name.Link, "Contents": "nối"},
        {"Subtype": Name.Highlight, "Contents": "TỜ  KHAI"},
    ],
)
def test_what_is_not_seen_or_stands_there_already_is_not_added(tmp_path: Path, keys: Any) -> None:
    assert _annotated(tmp_path, **keys) == ["Tờ khai", "Họ và tên:"]
