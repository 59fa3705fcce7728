"""Words of workbooks: old binary ones, and what shows with the pointer on a cell."""

import struct
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.words.read import UnreadWords, read_words
from archive_service.formats.words.section import Section
from tests.worlds.papers.compound import compound
from tests.worlds.papers.old_book import (
    formula_cell,
    number_cell,
    old_book,
    record,
    string_cell,
    text,
)

SIDE_BY_SIDE = record(0xBD, struct.pack("<HHHIHIH", 2, 0, 0, 5 << 2 | 2, 0, 250 << 2 | 3, 1))


def test_an_old_workbook_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    sheet = (
        record(0x14, text("&CSở Nội vụ"))
        + string_cell(0, 0, 0)
        + number_cell(0, 1, 7)
        + formula_cell(1, 0, b"", struct.pack("<d", 1.5))
        + formula_cell(1, 1, b"", b"\0" * 6 + b"\xff\xff")
        + record(0x207, text("đường Nguyễn Trãi"))
        + SIDE_BY_SIDE
    )
    path = tmp_path / "a.xls"
    path.write_bytes(old_book(sheet, ["Trích yếu"], "Dự toán"))
    lines = "Trích yếu\t7\n1.5\tđường Nguyễn Trãi\n5\t2.5\nSở Nội vụ"
    found = read_words(path, "xls")
    assert not isinstance(found, UnreadWords)
    assert Section("sheet:Dự toán", lines) in found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        compound({"Other": bytes(4096)}),
        old_book(record(0x2F, bytes(6)) + string_cell(0, 0, 0), ["x"]),
    ],
)
def test_an_old_workbook_that_cannot_be_read_says_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.xls").write_bytes(data)
    assert read_words(tmp_path / "a.xls", "xls") == UnreadWords("failed")


@pytest.mark.parametrize("key", ["promptTitle", "prompt", "errorTitle", "error"])
def test_what_shows_with_the_pointer_on_a_cell_is_read(tmp_path: Path, key: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "Trích yếu"
    asked = DataValidation("list", formula1='"Thường,MẬT"')
    setattr(asked, key, "Chọn ở đây\nMẬT")
    asked.add("B1:B9")
    sheet.add_data_validation(asked)
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert read_mark_here(path, identify_here(path, path.name)) == "MẬT"
    found = read_words(path, "xlsx")
    assert not isinstance(found, UnreadWords)
    assert "Chọn ở đây" in found[0].text


def test_choices_of_a_cell_are_not_said_by_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    choices = DataValidation("list", formula1='"Thường,MẬT"', prompt="Chọn một")
    choices.add("B1")
    sheet.add_data_validation(choices)
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert read_mark_here(path, identify_here(path, path.name)) == ""
