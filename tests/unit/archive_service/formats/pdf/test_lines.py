"""Words that lie upon a page or run across it are words of a PDF."""

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from tests.worlds.papers.lettered import written

LETTER = "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nKính gửi: Ủy ban nhân dân tỉnh"


def mark_of(file: Path) -> str:
    return read_mark_here(file, identify_here(file, file.name))


def with_note(folder: Path, subtype: str, **more: Any) -> Path:
    file = written(folder / "a.pdf", LETTER)
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        told: dict[str, Any] = {"Type": Name.Annot, "Subtype": Name(f"/{subtype}"), "F": 4} | more
        note = pdf.make_indirect(Dictionary(Rect=Array([50, 600, 200, 640]), **told))
        pdf.pages[0].obj["/Annots"] = Array([note])
        if subtype == "Widget":
            pdf.Root["/AcroForm"] = Dictionary(Fields=Array([note]))
        pdf.save(file)
    return file


@pytest.mark.parametrize(
    ("subtype", "more", "level"),
    [
        ("FreeText", {"Contents": String("MẬT")}, "MẬT"),
        ("FreeText", {"Contents": String("MẬT"), "F": 2}, "MẬT"),
        ("FreeText", {"Contents": String("Giữ bí mật")}, ""),
        ("Stamp", {"Contents": String("TỐI MẬT")}, "TỐI MẬT"),
        ("Text", {"Contents": String("MẬT")}, "MẬT"),
        ("Widget", {"FT": Name.Tx, "T": String("a"), "V": String("MẬT")}, "MẬT"),
        ("Widget", {"FT": Name.Tx, "T": String("a"), "V": String("Hà Nội")}, ""),
    ],
)
def test_what_lies_open_on_a_page(
    tmp_path: Path, subtype: str, more: dict[str, Any], level: str
) -> None:
    assert mark_of(with_note(tmp_path, subtype, **more)) == level


def test_the_picture_of_a_stamp_is_read(tmp_path: Path) -> None:
    file = with_note(tmp_path, "Stamp")
    stamp = written(tmp_path / "stamp.pdf", "MẬT")
    with pikepdf.open(file, allow_overwriting_input=True) as pdf, pikepdf.open(stamp) as drawn:
        picture = pdf.copy_foreign(drawn.pages[0].as_form_xobject())
        pdf.pages[0].Annots[0]["/AP"] = Dictionary(N=picture)
        pdf.save(file)
    before = file.read_bytes()
    assert mark_of(file) == "MẬT"
    assert file.read_bytes() == before


@pytest.mark.parametrize("turn", ["-45deg", "90deg"])
def test_what_is_drawn_at_an_angle_is_a_line_of_its_own(tmp_path: Path, turn: str) -> None:
    text = f"{LETTER} #box(rotate({turn})[TUYỆT MẬT]) năm 2025"
    assert mark_of(written(tmp_path / "a.pdf", text)) == "TUYỆT MẬT"
    text = f"{LETTER} #box(rotate({turn})[BẢO MẬT]) năm 2025"
    assert mark_of(written(tmp_path / "b.pdf", text)) == ""
