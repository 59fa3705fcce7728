"""Cells whose words the file does not hold are told; what holds them, or gives none, is not."""

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from archive_service.formats.office.unseen import unseen_here
from tests.worlds.papers import office_files

SHARED = '<c r="A1" t="str"><f t="shared" si="0">IF(Z9=1,"MẬT","")</f><v></v></c>'
CHOOSES = '=IF(Z9="y","MẬT","")'


def told(path: Path) -> tuple[tuple[str, ...], str]:
    unseen = unseen_here(path)
    return unseen.unkept, unseen.unkept_mark


@pytest.mark.parametrize(
    ("formula", "is_told", "mark"),
    [
        (CHOOSES, True, "MẬT"),
        ('=A1&"ẬT"', True, ""),
        ("=CONCATENATE(A1,A2)", True, ""),
        ('=TEXT(A1,"dd/mm/yyyy")', True, ""),
        ("=[1]Sheet1!$A$1", True, ""),
        ("=SUM(A1:A9)", False, ""),
        ("=A1", False, ""),
        ("=VLOOKUP(A1,B1:C9,2,FALSE)", False, ""),
        ('=IF(A1="MẬT",1,0)', False, ""),
        ('=IF("MẬT"=A1,1,0)', False, ""),
        ('=COUNTIF(A:A,"MẬT")', False, ""),
        ('=IF(A1="","",B1*2)', False, ""),
    ],
)
def test_a_formula_nobody_counted(
    tmp_path: Path, formula: str, mark: str, *, is_told: bool
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Danh mục"
    book.worksheets[0]["B2"] = formula
    book.save(tmp_path / "a.xlsx")
    assert told(tmp_path / "a.xlsx") == (("Danh mục!B2",) if is_told else (), mark)


@pytest.mark.parametrize(("value", "is_told"), [(0, True), ("THƯỜNG", False)])
def test_a_nought_that_stands_for_what_is_counted_when_opened(
    tmp_path: Path, value: object, *, is_told: bool
) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet("T").write_formula("B2", CHOOSES, None, value)
    book.close()
    assert told(tmp_path / "a.xlsx") == ((("T!B2",), "MẬT") if is_told else ((), ""))


def sheet(cells: str, path: Path) -> Path:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office_files.xlsx(path)
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    kept["xl/worksheets/sheet1.xml"] = (
        f"<worksheet {space}><sheetData><row>{cells}</row></sheetData></worksheet>".encode()
    )
    with zipfile.ZipFile(path, "w") as out:
        for name, data in kept.items():
            out.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ('<c r="A1" t="str"><f>IF(Z9=1,"MẬT","")</f><v></v></c>', []),
        ('<c r="A1"><f>IF(Z9=1,"MẬT","")</f><v></v></c>', ["A1"]),
        ('<c r="A1"><f>IF(Z9=1,"MẬT","")</f></c>', ["A1"]),
        ('<c r="A1"><f>IF(Z9=1,"MẬT","")</f><v>0</v></c>', ["A1"]),  # it is counted when opened
        (SHARED + '<c r="B1"><f t="shared" si="0"/></c>', ["B1"]),
    ],
)
def test_an_empty_text_is_a_value(tmp_path: Path, cells: str, found: list[str]) -> None:
    named, _ = told(sheet(cells, tmp_path / "a.xlsx"))
    assert [name.partition("!")[2] for name in named] == found


def test_cells_of_an_open_document_are_counted(tmp_path: Path) -> None:
    space = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    formula = 'table:formula=\'of:=IF([.Z9]="y";"TỐI MẬT";"")\''
    kept = f'<table:table-cell {formula} office:value-type="string"/>'
    row = f'<table:table-cell table:number-columns-repeated="2"/>{kept}'
    inside = (
        f'<table:table {space} table:name="T"><table:table-row table:number-rows-repeated="3"/>'
        f"<table:table-row>{row}<table:table-cell {formula}/></table:table-row></table:table>"
    )
    assert told(office_files.odf(tmp_path / "a.ods", inside)) == (("T!D4",), "TỐI MẬT")


def test_cells_that_may_give_the_mark_are_named_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in range(1, 10):
        book.worksheets[0][f"A{row}"] = '=IF(Z9="y","có","không")'
    book.worksheets[0]["B9"] = CHOOSES
    book.save(tmp_path / "a.xlsx")
    named, mark = told(tmp_path / "a.xlsx")
    assert (named[0], mark, len(named)) == ("Sheet!B9", "MẬT", 6)
