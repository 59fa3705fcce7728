"""Findings that senders meet, each from real bytes at the door."""

import zipfile
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    write_pdf,
    write_sheet,
)
from tests.worlds.ingest.sent_packages import sip, with_fields, zipped

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def sent(door: Door, folder: Path, files: str = "01.pdf", **changed: str) -> Submission:
    write_sheet(folder / "ho-so.xlsx", [case_row(CODE)], [document_row(files, CODE, **changed)])
    return door.checked(folder)


def told(submission: Submission, code: str, severity: Severity, place: str) -> None:
    found = finding(submission, code)
    assert (found.severity, found.place) == (severity, place)
    for lang in messages.LANGUAGES:
        said = messages.finding(code, lang, found.facts | {"place": found.place})
        assert said.remedy
        assert "{" not in said.message + said.remedy


def test_bytes_of_no_known_format_are_told(door: Door, folder: Path) -> None:
    (folder / "so-lieu.khong").write_bytes(bytes(range(1, 200)) * 9)
    told(sent(door, folder, "so-lieu.khong"), "format-unknown", Severity.ERROR, "so-lieu.khong")


def test_a_known_format_that_is_not_on_the_list_is_told(door: Door, folder: Path) -> None:
    with zipfile.ZipFile(folder / "kem.zip", "w") as packed:
        packed.writestr("a.txt", "nội dung")
    (folder / "kem.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(200))
    (folder / "kem.zip").unlink()
    told(sent(door, folder, "kem.7z"), "format-not-accepted", Severity.ERROR, "kem.7z")


def test_more_pages_than_a_file_may_have_are_told(door: Door, folder: Path) -> None:
    door.limits = door.limits.model_copy(update={"page_count": 3})
    write_pdf(folder / "01.pdf", pages=4)
    told(sent(door, folder), "pdf-too-many-pages", Severity.ERROR, "01.pdf")


def test_a_case_file_without_a_document_is_told(door: Door, folder: Path) -> None:
    write_pdf(folder / "01.pdf")
    other = "H40.18.2025.09.QLCT"
    rows = [case_row(CODE), case_row(other)]
    write_sheet(folder / "ho-so.xlsx", rows, [document_row("01.pdf", other)])
    bare, _ = (door.check(identifier) for identifier in door.receive(folder))
    told(bare, "no-documents", Severity.ERROR, "Hồ sơ, dòng 2")


def test_a_name_that_differs_by_case_alone_finds_its_file(door: Door, folder: Path) -> None:
    write_pdf(folder / "To-Trinh.PDF")
    submission = sent(door, folder, "to-trinh.pdf")
    told(submission, "file-name-case", Severity.INFO, "To-Trinh.PDF")
    assert "file-absent" not in codes(submission)


def test_a_folder_of_pages_that_holds_none_is_told(door: Door, folder: Path) -> None:
    write_pdf(folder / "01" / "a.pdf")
    submission = sent(door, folder, "01")
    told(submission, "folder-without-images", Severity.ERROR, "01")


def test_a_plan_that_nobody_approved_is_told(door: Door, folder: Path) -> None:
    door.add_plan(2025, "08.QLCT", approved=False)
    write_pdf(folder / "01.pdf")
    found = finding(sent(door, folder), "file-plan-not-approved")
    assert found.severity is Severity.WARNING


def test_more_stray_files_than_are_told_one_by_one_are_counted(door: Door, folder: Path) -> None:
    write_pdf(folder / "01.pdf")
    (folder / "khac").mkdir()
    for number in range(203):
        (folder / "khac" / f"{number}.txt").write_text(str(number))
    found = finding(sent(door, folder), "files-not-named")
    assert found.facts["count"] == 3


def test_a_column_that_stands_twice_is_told(door: Door, folder: Path) -> None:
    import openpyxl

    write_pdf(folder / "01.pdf")
    sheet = folder / "ho-so.xlsx"
    write_sheet(sheet, [case_row(CODE)], [document_row("01.pdf", CODE)])
    book = openpyxl.load_workbook(sheet)
    page = book["Hồ sơ"]
    last = page.max_column + 1
    page.cell(1, last, "title")
    page.cell(2, last, "Tên khác")
    book.save(sheet)
    found = finding(door.checked(folder), "column-twice")
    assert found.severity is Severity.ERROR
    assert found.place.startswith("Hồ sơ")


def test_a_name_with_a_control_character_is_told_and_not_taken(
    door: Door, folder: Path, tmp_path: Path
) -> None:
    write_pdf(folder / "01.pdf")
    write_sheet(folder / "ho-so.xlsx", [case_row(CODE)], [document_row("01.pdf", CODE)])
    target = tmp_path / "case.zip"
    with zipfile.ZipFile(target, "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
        packed.writestr("chuong\x07.pdf", b"%PDF-1.7")
    submission = door.checked(target)
    assert finding(submission, "name-control-character").severity is Severity.ERROR
    assert not any("\x07" in file.path for file in submission.files)


def packed(door: Door, tmp_path: Path, files: dict[str, bytes]) -> Submission:
    return door.checked(zipped(tmp_path / "sip.zip", files))


def test_a_field_that_the_circular_does_not_know_is_told(door: Door, tmp_path: Path) -> None:
    files = with_fields(sip(tmp_path), "metadata/descriptive/EAD.xml", mauSac="xanh")
    found = finding(packed(door, tmp_path, files), "package-field-unknown")
    assert (found.severity, found.facts["field"]) == (Severity.INFO, "mauSac")


def test_more_unlisted_files_than_are_told_one_by_one_are_counted(
    door: Door, tmp_path: Path
) -> None:
    files = sip(tmp_path)
    strays = {f"documentation/{number}.txt": b"x%d" % number for number in range(203)}
    submission = packed(door, tmp_path, files | strays)
    assert finding(submission, "package-files-unlisted").facts["count"] == 3
    assert finding(submission, "package-files-unlisted").severity is Severity.WARNING
