"""Spreadsheets as other programs and other machines write them: what their cells mean."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.settings import LimitSettings, load_settings
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Declaration
from ingest.channels.spreadsheet import read_declaration
from tests.worlds.door import case_row, document_row

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def limits(tmp_path: Path) -> LimitSettings:
    return load_settings(tmp_path).limits


class Book:
    """A workbook of one case file and as many documents as there are rows."""

    def __init__(self, documents: int = 1) -> None:
        self._made = openpyxl.Workbook()
        self._made.remove(self._made.worksheets[0])
        self.cases = self._sheet("Hồ sơ", [case_row(CODE)])
        named = [document_row(f"{number}.pdf", CODE) for number in range(documents)]
        self.documents = self._sheet("Văn bản", named)

    def _sheet(self, name: str, rows: list[dict[str, Any]]) -> Any:
        sheet = self._made.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
        return sheet

    def declared(self, folder: Path, limits: LimitSettings) -> Declaration:
        """What the workbook declares, saved into ``folder``."""
        self._made.save(folder / "x.xlsx")
        with open_parcel(folder, limits) as parcel:
            return read_declaration(parcel, limits)[0]


def put(sheet: Any, row: int, heading: str, value: Any, shown_as: str = "General") -> None:
    """One cell by the heading of its column, which is added where there is none."""
    headings = [cell.value for cell in sheet[1]]
    column = headings.index(heading) + 1 if heading in headings else len(headings) + 1
    sheet.cell(1, column).value = heading
    sheet.cell(row, column).value = value
    sheet.cell(row, column).number_format = shown_as


def told(declaration: Declaration, code: str) -> list[Finding]:
    every = [*declaration.findings, *(f for own in declaration.of_rows.values() for f in own)]
    return [finding for finding in every if finding.code == code]


@pytest.mark.parametrize(
    ("value", "shown_as", "kept"),
    [
        (dt.date(2025, 6, 1), "mmm\\-yy", "2025-06"),
        (dt.date(2025, 6, 1), "[$-42A]mmmm yyyy", "2025-06"),
        (dt.date(2025, 1, 1), "yyyy", "2025"),
        (dt.date(2025, 6, 30), "mmm\\-yy", "2025-06-30"),  # more was typed than is shown
        (dt.date(2025, 6, 1), "dd/mm/yyyy", "2025-06-01"),
    ],
)
def test_of_a_month_that_became_a_day_the_month_is_kept(
    tmp_path: Path, limits: LimitSettings, value: dt.date, shown_as: str, kept: str
) -> None:
    """``6/2025`` is typed, and the program makes the first of June of it."""
    book = Book()
    put(book.cases, 2, "endDate", value, shown_as)
    (case_file,) = book.declared(tmp_path, limits).case_files
    assert case_file.fields["endDate"] == kept


@pytest.mark.parametrize(
    ("value", "shown_as", "kept"),
    [
        (7, "000", "007"),
        (7, '"VB-"000', "VB-007"),
        (7, "0000_);(0000)", "0007"),
        (7, '00\\/"QĐ"', "07/QĐ"),
        (7, '#,##0" đ"', "7"),
        (1.1, "0.00", "1.10"),
        (7, "0.00", "7"),
        (-7, "000", "-7"),
    ],
)
def test_an_identifier_is_read_with_what_its_format_puts_beside_it(
    tmp_path: Path, limits: LimitSettings, value: float, shown_as: str, kept: str
) -> None:
    book = Book()
    put(book.documents, 2, "docCode", value, shown_as)
    (case_file,) = book.declared(tmp_path, limits).case_files
    assert case_file.documents[0].fields["docCode"] == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [("12.0", "12"), ("12,00", "12"), ("12", "12"), ("1.000", "1.000"), ("12.5", "12.5")],
)
def test_a_whole_number_written_with_noughts_behind_it_is_whole(
    tmp_path: Path, limits: LimitSettings, written: str, kept: str
) -> None:
    book = Book()
    put(book.documents, 2, "numberOfPage", written)
    (case_file,) = book.declared(tmp_path, limits).case_files
    assert case_file.documents[0].fields["numberOfPage"] == kept


@pytest.mark.parametrize(
    ("value", "digits"),
    [(1.803202501e18, "1803202501000000000"), (12345678901234567e6, "12345678901234600000000")],
)
def test_an_identifier_whose_last_digits_the_program_dropped_is_refused(
    tmp_path: Path, limits: LimitSettings, value: float, digits: str
) -> None:
    book = Book(2)
    put(book.documents, 2, "docId", value)
    put(book.documents, 3, "docId", 123456789012345)
    (found,) = told(book.declared(tmp_path, limits), "number-digits-lost")
    assert (found.severity, found.facts["value"]) == (Severity.ERROR, digits)


def test_rows_that_are_numbered_and_hold_nothing_are_no_rows(
    tmp_path: Path, limits: LimitSettings
) -> None:
    book = Book()
    for sheet in (book.cases, book.documents):
        sheet.insert_cols(1)
        sheet["A1"] = "STT"
        for row in range(2, 40):
            sheet.cell(row, 1).value = row - 1 if row % 2 else f'=IF(B{row}="","",ROW()-1)'
    declaration = book.declared(tmp_path, limits)
    (case_file,) = declaration.case_files
    assert [document.row for document in case_file.documents] == [2]
    assert declaration.findings == ()


def test_the_foot_of_a_list_is_no_data_and_is_told(tmp_path: Path, limits: LimitSettings) -> None:
    book = Book(2)
    book.cases["A5"] = "Bảng này gồm 01 hồ sơ./."
    foot = book.documents
    foot["A4"], foot["B4"] = "Tổng cộng", "15"
    foot["F6"] = "Sơn Lam, ngày 4 tháng 5 năm 2025"
    foot["B7"], foot["F7"] = "Người lập", "Thủ trưởng đơn vị"
    foot["B8"] = "(Ký, ghi rõ họ tên)"
    foot["B12"], foot["E12"] = "Nguyễn Văn An", "Trần Thị Bình"
    declaration = book.declared(tmp_path, limits)
    (case_file,) = declaration.case_files
    assert len(case_file.documents) == 2
    rows = {found.facts["sheet"]: found.facts["rows"] for found in declaration.findings}
    assert rows == {"Hồ sơ": [5], "Văn bản": [4, 6, 7, 8, 12]}


@pytest.mark.parametrize(
    "row",
    [
        {"fileCode": CODE, "subject": "Người lập hồ sơ"},
        {"subject": "Tổng cộng", "issuedDate": "4/5/2025"},
        {"subject": "Giám đốc", "files": "1.pdf"},
        {"subject": "Tổng hợp ý kiến"},
        {"subject": "Đề án sắp xếp", "organName": "Tổng công ty Điện Sơn Lam"},
        {"typeName": "Tờ trình", "subject": "Danh sách này gồm 3 hồ sơ"},
    ],
)
def test_a_row_of_data_is_none_of_the_foot_whatever_its_words(
    tmp_path: Path, limits: LimitSettings, row: dict[str, str]
) -> None:
    book = Book()
    for heading, value in row.items():
        put(book.documents, 3, heading, value)
    declaration = book.declared(tmp_path, limits)
    assert told(declaration, "rows-below-list") == []
    assert len(told(declaration, "field-missing")) + len(declaration.case_files[0].documents) == 2


def test_days_written_month_first_make_the_others_doubtful(
    tmp_path: Path, limits: LimitSettings
) -> None:
    book = Book(3)
    for row, day in enumerate(("4/25/2025", "5/3/2025", "5/5/2025"), start=2):
        put(book.documents, row, "issuedDate", day)
    (found,) = told(book.declared(tmp_path, limits), "days-month-first")
    assert (found.severity, found.facts["rows"], found.facts["proof"]) == (Severity.WARNING, [3], 2)


def test_days_that_american_settings_turned_are_told(tmp_path: Path, limits: LimitSettings) -> None:
    """``05/03/2025`` became the third of May, ``25/03/2025`` stayed a text."""
    book = Book(3)
    put(book.documents, 2, "issuedDate", dt.date(2025, 5, 3), "m/d/yyyy")
    put(book.documents, 3, "issuedDate", "25/03/2025")
    put(book.documents, 4, "issuedDate", dt.date(2025, 12, 11), "m/d/yyyy")
    (found,) = told(book.declared(tmp_path, limits), "days-perhaps-turned")
    assert (found.severity, found.facts["rows"], found.facts["proof"]) == (
        Severity.WARNING,
        [2, 4],
        3,
    )


@pytest.mark.parametrize("third", [dt.date(2025, 5, 13), "06/03/2025"])
def test_days_and_texts_that_prove_no_turning_are_taken_as_they_are(
    tmp_path: Path, limits: LimitSettings, third: Any
) -> None:
    book = Book(3)
    put(book.documents, 2, "issuedDate", dt.date(2025, 5, 3), "dd/mm/yyyy")
    put(book.documents, 3, "issuedDate", "25/03/2025")
    put(book.documents, 4, "issuedDate", third, "dd/mm/yyyy")
    declaration = book.declared(tmp_path, limits)
    assert told(declaration, "days-perhaps-turned") == []
    assert told(declaration, "days-month-first") == []
