"""The two-sheet spreadsheet: headings, cells, rows and what they declare."""

import datetime as dt
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from archive_service.domain.intake.finding import Severity
from archive_service.formats.workbook import CellKind, SheetUnreadableError, read_workbook_here
from archive_service.settings import LimitSettings, load_settings
from ingest.channels.file_references import FileNames, natural_order
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Declaration
from ingest.channels.spreadsheet import SheetAmbiguousError, read_declaration
from ingest.channels.spreadsheet_template import write_template
from tests.worlds.door import case_row, document_row, write_sheet

PICTURE = {
    "eventName": "Lễ bàn giao",
    "imageTitle": "Trạm bơm",
    "photographer": "Nguyễn Văn An",
    "photoPlace": "Sơn Lam",
    "archivesNumber": "PA-01",
    "filmSize": "24 x 36",
}
MEDIA = {
    "eventName": "Lễ bàn giao",
    "movieTitle": "Bàn giao trạm bơm",
    "recorder": "Lê Thị Bình",
    "recordPlace": "Sơn Lam",
    "archivesNumber": "GH-01",
    "playTime": "00:10:00",
}


@pytest.fixture
def limits(tmp_path: Path) -> LimitSettings:
    return load_settings(tmp_path).limits


def declared(folder: Path, limits: LimitSettings) -> Declaration:
    with open_parcel(folder, limits) as parcel:
        return read_declaration(parcel, limits)[0]


def workbook(target: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(target)
    return target


def test_cells_are_read_as_a_person_sees_them(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        sheet = book.add_worksheet("Hồ sơ")
        zeros = book.add_format({"num_format": "00"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_number(0, 0, 5, zeros)
        sheet.write_number(0, 1, 155.0)
        sheet.write_datetime(0, 2, dt.date(2025, 7, 1), day)
        sheet.write_formula(0, 3, "=1+1", None, 2)
        sheet.write_string(0, 4, "=không phải công thức")
        sheet.write_number(0, 5, 1.5)
        sheet.write_string(0, 6, "  ")
        sheet.write_boolean(0, 7, True)
    (read,) = read_workbook_here(tmp_path / "x.xlsx", "x.xlsx")
    assert [(cell.reference, cell.kind, cell.text) for cell in read.rows[0].cells] == [
        ("A1", CellKind.NUMBER, "05"),
        ("B1", CellKind.NUMBER, "155"),
        ("C1", CellKind.DATE, "2025-07-01"),
        ("D1", CellKind.FORMULA, ""),
        ("E1", CellKind.TEXT, "=không phải công thức"),
        ("F1", CellKind.NUMBER, "1.5"),
        ("H1", CellKind.NUMBER, "1"),
    ]


def test_headings_in_vietnamese_in_any_order_and_decomposed_are_understood(
    tmp_path: Path, limits: LimitSettings
) -> None:
    nfd = unicodedata.normalize("NFD", "Tiêu đề hồ sơ")
    workbook(
        tmp_path / "x.xlsx",
        {
            unicodedata.normalize("NFD", "Hồ sơ"): [
                [nfd, "THỜI HẠN LƯU TRỮ", "Mã hồ sơ", "Cột lạ"],
                [unicodedata.normalize("NFD", "Hồ sơ bàn giao"), "20 năm", "H40.18.2025.08", "x"],
            ],
            "VĂN BẢN": [["Trích yếu nội dung", "Ngày, tháng, năm tài liệu"], ["Về", "1/4/2025"]],
        },
    )
    read = declared(tmp_path, limits)
    (case_file,) = read.case_files
    assert case_file.fields == {
        "title": "Hồ sơ bàn giao",
        "maintenance": "05",
        "fileCode": "H40.18.2025.08",
        "own:Cột lạ": "x",  # until it is known whether the agency has such a field
    }
    (document,) = case_file.documents
    assert document.fields["issuedDate"] == "2025-04-01"
    assert document.fields["fileCode"] == "H40.18.2025.08"
    assert [(f.code, f.severity) for f in read.findings] == [("column-unknown", Severity.WARNING)]
    assert [f.code for f in read.of_rows[2]] == ["text-nfd"]


def test_the_template_with_its_two_rows_of_names_is_read_back(
    tmp_path: Path, limits: LimitSettings
) -> None:
    import openpyxl

    write_template(tmp_path / "x.xlsx")
    book: Any = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["Hồ sơ", "Văn bản", "Phim ảnh", "Ghi âm, ghi hình", "Bảng mã"]
    told = {
        "Hồ sơ": case_row(),
        "Văn bản": document_row(""),
        "Phim ảnh": {"fileCode": case_row()["fileCode"], "typePic": "Ảnh", **PICTURE},
        "Ghi âm, ghi hình": {"fileCode": case_row()["fileCode"], "typeMedia": "Video", **MEDIA},
    }
    for name, row in told.items():
        headings = [cell.value for cell in book[name][1]]
        for key, value in row.items():
            book[name].cell(3, headings.index(key) + 1).value = value
    book.save(tmp_path / "x.xlsx")
    read = declared(tmp_path, limits)
    (case_file,) = read.case_files
    assert case_file.row == 3
    assert case_file.fields["endDate"] == "2025-06-30"
    letter, picture, media = case_file.documents
    assert letter.fields["issuedDate"] == "2025-04-12"
    assert (picture.kind, media.kind) == ("picture", "media")
    assert PICTURE.items() <= picture.fields.items()
    assert MEDIA.items() <= media.fields.items()
    assert read.findings == ()


def test_a_document_of_an_unknown_case_file_is_told(tmp_path: Path, limits: LimitSettings) -> None:
    write_sheet(tmp_path / "x.xlsx", [case_row()], [document_row("", "H40.18.2025.99.XX")])
    read = declared(tmp_path, limits)
    assert [(f.code, f.place) for f in read.findings] == [
        ("document-without-case-file", "Văn bản, dòng 2, fileCode")
    ]


@pytest.mark.parametrize(
    "code", ["h40.18.2025.08.qlct", "H40.18.2025.08.QL\u0421T", "H40.18.2025. 08.QLCT"]
)
def test_a_code_that_looks_like_that_of_a_case_file_is_told_with_it(
    tmp_path: Path, limits: LimitSettings, code: str
) -> None:
    known = "H40.18.2025.08.QLCT"
    cases = [case_row("H40.18.2025.09.QLCT"), case_row(known)]
    write_sheet(tmp_path / "x.xlsx", cases, [document_row("", code)])
    (finding,) = declared(tmp_path, limits).findings
    assert (finding.code, finding.facts) == (
        "document-code-looks-alike",
        {"code": code, "near": known},
    )


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (2.37, "0%", "237%"),
        (0.375, "0.0%", "37.5%"),
        (2, "[Red]0.00%", "200.00%"),
        (0.285, "0%", "29%"),
        (-0.125, "0%", "-13%"),
        (5, '0"%"', "5"),
        (1.5, "0.00", "1.50"),
        (1.5, "General", "1.5"),
        (True, "0%", "1"),
    ],
)
def test_a_percentage_is_read_as_a_person_reads_it(
    tmp_path: Path, value: float, shown_as: str, text: str
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = value
    book.worksheets[0]["A1"].number_format = shown_as
    book.save(tmp_path / "x.xlsx")
    (sheet,) = read_workbook_here(tmp_path / "x.xlsx", "x.xlsx")
    assert [cell.text for row in sheet.rows for cell in row.cells] == [text]


def test_no_row_is_lost_that_stands_behind_a_later_one(tmp_path: Path) -> None:
    """The library leaves it out in silence, as it does a number that is there twice."""
    whole = workbook(tmp_path / "x.xlsx", {"A": [["1"], ["2"], ["3"]]})
    with zipfile.ZipFile(whole) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    of_sheet = next(name for name in parts if "worksheets/" in name)
    rows = re.findall(rb"<row .*?</row>", parts[of_sheet])
    for order in ((0, 2, 1), (0, 1, 1, 2)):
        with zipfile.ZipFile(tmp_path / "y.xlsx", "w") as target:
            for name, part in parts.items():
                moved = b"".join(rows[place] for place in order)
                is_sheet = name == of_sheet
                target.writestr(name, part.replace(b"".join(rows), moved) if is_sheet else part)
        with pytest.raises(SheetUnreadableError):
            read_workbook_here(tmp_path / "y.xlsx", "y.xlsx")


def test_what_is_written_for_a_return_is_none_of_the_words(
    tmp_path: Path, limits: LimitSettings
) -> None:
    titled = case_row(title="Hồ sơ_x000D_\nbàn giao_x0009_trạm")
    write_sheet(tmp_path / "x.xlsx", [titled], [document_row("")])
    title = declared(tmp_path, limits).case_files[0].fields["title"]
    assert title.split() == ["Hồ", "sơ", "bàn", "giao", "trạm"]


@pytest.mark.parametrize("name", ["Văn bản 2", "Van ban", "Bổ sung"])
def test_a_sheet_of_rows_that_nobody_reads_is_told(
    tmp_path: Path, limits: LimitSettings, name: str
) -> None:
    more = {name: [document_row(""), document_row("")]}
    write_sheet(tmp_path / "x.xlsx", [case_row()], [document_row("")], more)
    read = declared(tmp_path, limits)
    assert len(read.case_files[0].documents) == 1
    (finding,) = read.findings
    assert (finding.code, finding.place, finding.facts["rows"]) == ("sheet-not-read", name, 2)


def test_a_cell_in_a_column_without_a_heading_is_told_once(
    tmp_path: Path, limits: LimitSettings
) -> None:
    names = ["fileCode", "subject"]
    rows = [[code := str(case_row()["fileCode"]), "Tờ trình", "lạc"], [code, "Kế hoạch", "lạc"]]
    sheets = {"Hồ sơ": [[*case_row()], [*case_row().values()]], "Văn bản": [names, *rows]}
    workbook(tmp_path / "x.xlsx", sheets)
    (finding,) = declared(tmp_path, limits).findings
    assert (finding.code, finding.place) == ("column-unheaded", "Văn bản!C2")


def test_a_document_without_a_code_among_several_case_files_is_told_to_lack_it(
    tmp_path: Path, limits: LimitSettings
) -> None:
    cases = [case_row(), case_row("H40.18.2025.09.QLCT")]
    write_sheet(tmp_path / "x.xlsx", cases, [document_row("", "")])
    read = declared(tmp_path, limits)
    assert [(f.code, f.place) for f in read.findings] == [
        ("field-missing", "Văn bản, dòng 2, fileCode")
    ]


def test_a_case_file_of_pictures_alone_needs_no_sheet_of_documents(
    tmp_path: Path, limits: LimitSettings
) -> None:
    import openpyxl

    write_template(tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    del book["Văn bản"]
    picture = {"fileCode": case_row()["fileCode"], "typePic": "Ảnh", **PICTURE}
    for name, row in (("Hồ sơ", case_row()), ("Phim ảnh", picture)):
        headings = [cell.value for cell in book[name][1]]
        for key, value in row.items():
            book[name].cell(3, headings.index(key) + 1).value = value
    book.save(tmp_path / "x.xlsx")
    (case_file,) = declared(tmp_path, limits).case_files
    assert [document.kind for document in case_file.documents] == ["picture"]


def test_a_code_in_two_rows_is_told_and_the_first_keeps_the_documents(
    tmp_path: Path, limits: LimitSettings
) -> None:
    write_sheet(tmp_path / "x.xlsx", [case_row(), case_row()], [document_row("")])
    read = declared(tmp_path, limits)
    assert [len(case_file.documents) for case_file in read.case_files] == [1, 0]
    assert [f.code for f in read.of_rows[3]] == ["code-twice"]


def test_text_in_an_old_encoding_is_told(tmp_path: Path, limits: LimitSettings) -> None:
    write_sheet(tmp_path / "x.xlsx", [case_row(title="Céng hßa x· héi chñ nghÜa ViÖt Nam")], [])
    (finding,) = declared(tmp_path, limits).of_rows[2]
    assert (finding.code, finding.facts["encoding"]) == ("legacy-text", "TCVN3")


def test_of_several_workbooks_the_one_with_the_sheets_is_taken(
    tmp_path: Path, limits: LimitSettings
) -> None:
    write_sheet(tmp_path / "danh-sach.xlsx", [case_row()], [document_row("du-toan.xlsx")])
    workbook(tmp_path / "du-toan.xlsx", {"Dự toán": [["a"]]})
    assert declared(tmp_path, limits).case_files[0].documents[0].files[0].path == "du-toan.xlsx"
    write_sheet(tmp_path / "hai.xlsx", [case_row()], [])
    with pytest.raises(SheetAmbiguousError):
        declared(tmp_path, limits)


def test_names_of_files_are_found_whatever_their_slashes_case_or_semicolons() -> None:
    names = FileNames(["a/1.pdf", "B.pdf", "một; hai.pdf", "p/2.jpg", "p/10.jpg", "p/x.txt"])

    def found(text: str) -> list[str]:
        return [file.path for file in names.named(names.split(text), "", "").files]

    assert found("a\\1.pdf; ./B.pdf;") == ["a/1.pdf", "B.pdf"]
    assert found("b.PDF") == ["B.pdf"]
    assert found("một; hai.pdf") == ["một; hai.pdf"]
    assert found("a/\u200b1.pdf; p\u00a0/10.jpg") == ["a/1.pdf", "p/10.jpg"]
    spaced = FileNames(["Tờ trình số 1.pdf"]).named(["Tờ\u00a0trình  số 1.pdf"], "", "")
    assert [file.path for file in spaced.files] == ["Tờ trình số 1.pdf"]
    assert found("p/") == ["p/2.jpg", "p/10.jpg"]


@pytest.mark.parametrize(
    ("written", "code", "paths"),
    [
        ("a.pdf; ./a.pdf", "file-named-twice", ["a.pdf"]),
        ("/etc/passwd", "file-path-absolute", ["etc/passwd"]),
        ("C:\\ho so\\a.pdf", "file-path-absolute", ["C:/ho so/a.pdf"]),
    ],
)
def test_a_file_named_twice_or_outside_the_package_is_told(
    written: str, code: str, paths: list[str]
) -> None:
    names = FileNames(["a.pdf"])
    read = names.named(names.split(written), "", "")
    assert [finding.code for finding in read.findings] == [code]
    assert [file.path for file in read.files] == paths


def test_digests_go_to_the_files_in_their_order() -> None:
    names = FileNames(["a.pdf", "b.pdf"])
    one, two = "0" * 64, "A" * 64
    read = names.named(["a.pdf", "b.pdf"], f"{one}; {two}", "")
    assert [file.sha256 for file in read.files] == [one, two.lower()]
    assert [f.code for f in names.named(["a.pdf"], f"{one};{two}", "").findings] == [
        "checksum-count"
    ]
    assert [f.code for f in names.named(["a.pdf"], "xyz", "").findings] == ["checksum-malformed"]


def test_pages_come_in_the_order_a_person_counts() -> None:
    pages = ["p/10.jpg", "p/9.jpg", "p/010b.jpg", "p/a.jpg"]
    assert sorted(pages, key=natural_order)[:2] == ["p/9.jpg", "p/10.jpg"]


def test_a_column_of_secrecy_counts_whatever_the_mode_says(
    tmp_path: Path, limits: LimitSettings
) -> None:
    row = case_row() | {"Độ mật": "Tối mật"}
    write_sheet(tmp_path / "x.xlsx", [row], [document_row("") | {"Mức độ mật": ""}])
    (case_file,) = declared(tmp_path, limits).case_files
    assert case_file.fields["mode"] == "03"
    assert "mode" not in case_file.documents[0].fields
