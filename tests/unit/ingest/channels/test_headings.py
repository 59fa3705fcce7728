"""Sheets as people lay them out: titles above, headings in two lines, merged, hidden, numbered."""

from pathlib import Path
from typing import Any

import pytest

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.settings import LimitSettings, load_settings
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Declaration, PackagesSeveralError
from ingest.channels.spreadsheet import read_declaration
from tests.worlds.door import case_row, document_row, write_pdf

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def limits(tmp_path: Path) -> LimitSettings:
    return load_settings(tmp_path).limits


def declared(folder: Path, limits: LimitSettings) -> Declaration:
    with open_parcel(folder, limits) as parcel:
        return read_declaration(parcel, limits)[0]


def book(folder: Path) -> tuple[Any, Any, Any]:
    """A workbook whose two sheets have headings and one row each."""
    import openpyxl

    write_pdf(folder / "a.pdf")
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    sheets = []
    for name, row in (("Hồ sơ", case_row(CODE)), ("Văn bản", document_row("a.pdf", CODE))):
        sheet = made.create_sheet(name)
        sheet.append(list(row))
        sheet.append([str(value) for value in row.values()])
        sheets.append(sheet)
    return made, sheets[0], sheets[1]


def told(declaration: Declaration, code: str) -> list[Finding]:
    every = [*declaration.findings, *(f for own in declaration.of_rows.values() for f in own)]
    return [finding for finding in every if finding.code == code]


def test_a_title_above_the_headings_is_passed_over_and_told(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, cases, _ = book(tmp_path / "case")
    cases.insert_rows(1, 2)
    cases["A1"] = "DANH SÁCH HỒ SƠ NỘP LƯU"
    cases.merge_cells("A1:F2")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    (found,) = told(declaration, "rows-above-headings")
    assert (found.severity, found.facts["row"]) == (Severity.INFO, 3)
    assert [case_file.fields["fileCode"] for case_file in declaration.case_files] == [CODE]
    assert told(declaration, "cells-merged") == []


def test_cells_merged_over_rows_of_data_are_told_with_their_place(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, _, documents = book(tmp_path / "case")
    documents.append([None, "a.pdf"])
    documents.merge_cells("A2:A3")
    made.save(tmp_path / "case" / "x.xlsx")
    (found,) = told(declared(tmp_path / "case", limits), "cells-merged")
    assert (found.place, found.facts["cells"]) == ("Văn bản!A2:A3", ["A2:A3"])


def test_hidden_rows_and_sheets_are_told_and_taken(tmp_path: Path, limits: LimitSettings) -> None:
    made, cases, documents = book(tmp_path / "case")
    cases.row_dimensions[2].hidden = True
    documents.sheet_state = "hidden"
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    (rows,) = told(declaration, "rows-hidden")
    (sheet,) = told(declaration, "sheet-hidden")
    assert (rows.facts["rows"], sheet.place) == ([2], "Văn bản")
    assert len(declaration.case_files[0].documents) == 1


def test_a_hidden_column_that_says_something_is_told_and_taken(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, cases, _ = book(tmp_path / "case")
    for column in ("A", "Z"):  # the second says nothing
        cases.column_dimensions[column].hidden = True
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    (found,) = told(declaration, "column-hidden")
    assert (found.place, found.severity) == ("Hồ sơ!A2", Severity.WARNING)
    assert [case_file.fields["fileCode"] for case_file in declaration.case_files] == [CODE]


def test_the_row_of_column_numbers_is_no_case_file(tmp_path: Path, limits: LimitSettings) -> None:
    made, cases, _ = book(tmp_path / "case")
    cases.insert_rows(2)
    for column in range(1, cases.max_column + 1):
        cases.cell(2, column, f"({column})")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    assert [case_file.fields["fileCode"] for case_file in declaration.case_files] == [CODE]


def test_a_second_line_of_short_headings_is_no_case_file(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, cases, documents = book(tmp_path / "case")
    for sheet in (cases, documents):
        names = [cell.value for cell in sheet[1]]
        sheet.insert_rows(2)
        for column, name in enumerate(names, start=1):
            sheet.cell(2, column, "Mã hồ sơ" if name == "fileCode" else f"Tắt {column}")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    assert [case_file.fields["fileCode"] for case_file in declaration.case_files] == [CODE]
    assert len(declaration.case_files[0].documents) == 1


def test_headings_in_two_lines_name_each_column(tmp_path: Path, limits: LimitSettings) -> None:
    made, _, documents = book(tmp_path / "case")
    names = [cell.value for cell in documents[1]]
    number = names.index("codeNumber") + 1
    documents.insert_rows(2)
    documents.cell(1, number, "Số và ký hiệu")
    documents.cell(2, number, "codeNumber")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    (document,) = declaration.case_files[0].documents
    assert document.fields["codeNumber"]
    assert told(declaration, "column-unknown") == []


@pytest.mark.parametrize("heading", ["STT", "Số TT", " tt "])
def test_a_column_that_counts_the_rows_is_passed_over_without_a_word(
    tmp_path: Path, limits: LimitSettings, heading: str
) -> None:
    made, _, documents = book(tmp_path / "case")
    documents.insert_cols(1)
    for row, value in ((1, heading), (2, 1)):
        documents.cell(row, 1, value)
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    assert [len(case_file.documents) for case_file in declaration.case_files] == [1]
    assert told(declaration, "column-unknown") == []


def test_columns_may_stand_in_any_order(tmp_path: Path, limits: LimitSettings) -> None:
    import openpyxl

    write_pdf(tmp_path / "case" / "a.pdf")
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, row in (("Văn bản", document_row("a.pdf", CODE)), ("Hồ sơ", case_row(CODE))):
        sheet = made.create_sheet(name)
        sheet.append(list(reversed(row)))
        sheet.append([str(value) for value in reversed(row.values())])
    made.save(tmp_path / "case" / "x.xlsx")
    (case,) = declared(tmp_path / "case", limits).case_files
    assert (case.fields["fileCode"], len(case.documents)) == (CODE, 1)


def test_a_line_below_the_headings_that_explains_them_is_no_case_file(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, cases, _ = book(tmp_path / "case")
    cases.insert_rows(2)
    for cell in cases[1]:
        cases.cell(2, cell.column, f"Ghi {cell.value} vào đây")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    assert [case_file.fields["fileCode"] for case_file in declaration.case_files] == [CODE]


def test_a_name_with_a_blank_at_its_end_is_found_by_the_name_without_it(
    tmp_path: Path, limits: LimitSettings
) -> None:
    made, _, _ = book(tmp_path / "case")
    (tmp_path / "case" / "a.pdf").rename(tmp_path / "case" / "a.pdf ")
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    ((document,),) = [case_file.documents for case_file in declaration.case_files]
    assert [file.path for file in document.files] == ["a.pdf "]
    assert told(declaration, "file-missing") == []


def test_two_folders_that_have_a_spreadsheet_each_are_two_packages(
    tmp_path: Path, limits: LimitSettings
) -> None:
    for name in ("một", "hai"):
        made, _, _ = book(tmp_path / "both" / name)
        made.save(tmp_path / "both" / name / "x.xlsx")
    with pytest.raises(PackagesSeveralError) as several:
        declared(tmp_path / "both", limits)
    assert several.value.facts["names"] == ["hai", "một"]


def test_vietnamese_names_of_the_circular_before_are_known(
    tmp_path: Path, limits: LimitSettings
) -> None:
    """Officers go on with the list of last year."""
    earlier = {
        "codeNumber": "Số của văn bản",
        "codeNotation": "KÝ HIỆU CỦA VĂN BẢN",
        "issuedDate": "Ngày, tháng, năm văn bản",
        "typeName": "Tên loại văn bản",
        "organName": "Cơ quan ban hành",
    }
    made, _, documents = book(tmp_path / "case")
    headed = {cell.value: cell for cell in documents[1]}
    for name, label in earlier.items():
        headed[name].value = label
    made.save(tmp_path / "case" / "x.xlsx")
    declaration = declared(tmp_path / "case", limits)
    assert told(declaration, "column-unknown") == []
    (document,) = declaration.case_files[0].documents
    assert all(document.fields[name] for name in earlier)
