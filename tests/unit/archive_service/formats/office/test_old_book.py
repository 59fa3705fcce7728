"""Words of old binary workbooks: cells, results, boxes and margins, each as a reader sees it."""

import struct
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.office.unseen import unseen_here
from archive_service.formats.secrecy import read_mark_here
from tests.worlds.papers.old_book import (
    formula_cell,
    number_cell,
    old_book,
    record,
    shared,
    string_cell,
    text,
)

GIVES_TEXT = b"\0" * 6 + b"\xff\xff"
LITERAL = b"\x17" + text("TỐI MẬT", "<B")
BOX = record(0x1B6, bytes(10) + struct.pack("<HHI", 3, 16, 0))
MANY = [f"Dòng thứ {number} của danh mục" for number in range(600)]


def level_of(folder: Path, data: bytes) -> str:
    path = folder / "a.xls"
    path.write_bytes(data)
    return read_mark_here(path, identify_here(path, path.name))


@pytest.mark.parametrize(
    ("sheet", "strings", "level"),
    [
        (string_cell(0, 0, 1), ["x", "MẬT", "y"], "MẬT"),
        (string_cell(0, 0, 1), ["x", "BẢO MẬT", "y"], ""),
        (string_cell(0, 0, 600), [*MANY, "TUYỆT MẬT"], "TUYỆT MẬT"),
        (number_cell(0, 0, 7) + string_cell(0, 1, 0), ["MẬT"], ""),
        (string_cell(0, 0, 0) + string_cell(0, 1, 1), ["Độ mật", "Mật"], "MẬT"),
        (record(0x204, bytes(6) + text("MẬT")), [], "MẬT"),
        (formula_cell(0, 0, b"", GIVES_TEXT) + record(0x207, text("MẬT")), [], "MẬT"),
        (record(0x14, text('&C&"Arial,Bold"&14MẬT&RTrang &P')), [], "MẬT"),
        (BOX + record(0x3C, text("MẬT")[2:]) + record(0x3C, bytes(16)), [], "MẬT"),
        (record(0x100D, bytes(2) + text("MẬT", "<B")), [], "MẬT"),
    ],
)
def test_words_of_a_sheet_are_read(
    tmp_path: Path, sheet: bytes, strings: list[str], level: str
) -> None:
    assert level_of(tmp_path, old_book(sheet, strings)) == level


def test_the_name_of_a_sheet_is_read(tmp_path: Path) -> None:
    assert level_of(tmp_path, old_book(b"", name="TỐI MẬT")) == "TỐI MẬT"


def test_a_string_across_two_records_is_one() -> None:
    from archive_service.formats.office.old_book import parts_of_book

    long = "Đ" * 5000
    begin = record(0x809, struct.pack("<HH12x", 0x600, 5))
    cells = string_cell(0, 0, 0) + string_cell(0, 1, 1)
    (part,) = parts_of_book(begin + shared([long, "sau"]) + cells)
    assert [row.text for row in part.rows] == [long, "sau"]


def test_a_book_cut_short_says_what_came_before(tmp_path: Path) -> None:
    whole = string_cell(0, 0, 0) + record(0xFD, b"\1\0") + record(0x204, b"\1\0")
    assert level_of(tmp_path, old_book(whole, ["MẬT"])) == "MẬT"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (formula_cell(1, 1, LITERAL, bytes(8), flags=2), (("T!B2",), "TỐI MẬT")),
        (formula_cell(1, 27, LITERAL, GIVES_TEXT), (("T!AB2",), "TỐI MẬT")),
        (formula_cell(1, 1, LITERAL + b"\x0b", bytes(8), flags=2), ((), "")),
        (formula_cell(1, 1, LITERAL, bytes(8)), ((), "")),
        (formula_cell(1, 1, b"\x1e\1\0" * 2 + b"\x08", bytes(8), flags=2), (("T!B2",), "")),
        (formula_cell(1, 1, b"\x1e\1\0" * 2 + b"\x03", bytes(8), flags=2), ((), "")),
        (formula_cell(1, 1, LITERAL, GIVES_TEXT) + record(0x207, text("x")), ((), "")),
    ],
)
def test_a_text_that_a_formula_has_not_given_yet_is_told(
    tmp_path: Path, cell: bytes, told: tuple[tuple[str, ...], str]
) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(old_book(cell))
    unseen = unseen_here(path)
    assert (unseen.unkept, unseen.unkept_mark) == told
