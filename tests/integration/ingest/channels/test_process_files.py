"""How a document was handled: its process file, from the sheet and in packages."""

import zipfile
from pathlib import Path

from archive_service.domain.intake.finding import Severity
from archive_service.recovery.export.case_file import export_case_file
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    open_door,
    write_pdf,
    write_sheet,
)
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE


def folder_with(tmp_path: Path, **document: str) -> Path:
    """A document, the sheet on which it was handled, and a draft of it."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("van ban.pdf", "phieu xu ly.pdf", "du thao.pdf"):
        write_pdf(folder / name, words=name, pages=2)
    rows = [document_row("van ban.pdf", CODE) | document]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, maintenance="01", totalDoc="1")], rows)
    return folder


def test_process_files_stand_under_their_document_and_count_as_no_part_of_it(
    door: Door, tmp_path: Path
) -> None:
    source = folder_with(tmp_path, processFiles="phieu xu ly.pdf;du thao.pdf", numberOfPage="2")
    submission = door.checked(source)
    (document,) = submission.case_file().documents
    assert document.fields["process"] == "1"
    assert [(file.path, file.standing) for file in document.files] == [
        ("van ban.pdf", "main"),
        ("phieu xu ly.pdf", "process"),
        ("du thao.pdf", "process"),
    ]
    assert codes(submission, Severity.ERROR) == []
    assert "pages-differ" not in codes(submission)


def test_a_history_that_did_not_come_is_told(door: Door, tmp_path: Path) -> None:
    submission = door.checked(folder_with(tmp_path, process="1"))
    assert finding(submission, "process-file-missing").severity is Severity.WARNING


def test_a_history_without_its_document_is_an_error(door: Door, tmp_path: Path) -> None:
    source = folder_with(tmp_path, files="", processFiles="du thao.pdf")
    assert finding(door.checked(source), "process-file-alone").severity is Severity.ERROR


def test_a_process_file_is_marked_in_packages_and_comes_back_from_one(tmp_path: Path) -> None:
    source = folder_with(tmp_path, processFiles="phieu xu ly.pdf")
    (source / "du thao.pdf").unlink()
    with open_home(new_home(tmp_path / "home")) as services:
        (identifier,) = submit(source, actor=person(services, "bach"), services=services)
        while run_one(services, subject_id=identifier, names=("check-submission",)):
            pass
        lan = person(services, "lan")
        accept(services, identifier, actor=lan)
        work(services, until_empty=True)
        row = case_of(services, CODE)
        assert (row.total_doc, row.number_of_page) == (1, 2)
        assert [file.standing for file in row.documents[0].files] == ["main", "process"]
        told = {
            form: export_case_file(services, CODE, form=form, folder=tmp_path / form, actor=lan)
            for form in ("aip", "sip", "pdf")
        }
    with zipfile.ZipFile(told["aip"].path) as packed:
        texts = {
            Path(name).name: packed.read(name).decode()
            for name in packed.namelist()
            if name.endswith(("rep1/METS.xml", "PREMIS_rep1.xml"))
        }
    assert 'USE="process"' in texts["METS.xml"]
    assert "use of the file" in texts["PREMIS_rep1.xml"]
    with open_door(tmp_path / "elsewhere") as door:
        submission = door.checked(told["sip"].path)
    (document,) = submission.case_file().documents
    assert [file.standing for file in document.files] == ["main", "process"]


def test_a_sheet_of_the_older_standard_is_converted(door: Door, tmp_path: Path) -> None:
    """Names of TT 02/2019; the code stands in parts."""
    folder = tmp_path / "old"
    folder.mkdir()
    write_pdf(folder / "1.pdf", words="cũ", pages=3)
    case = {
        "Identifier": "X1", "OrganId": "H40.18", "FileCatalog": "2025", "FileNotation": "08.QLCT",
        "Title": "Hồ sơ cũ", "Maintenance": "Vĩnh viễn", "Rights": "Công khai",
        "Language": "Tiếng Việt", "StartDate": "15/01/2025", "EndDate": "20/12/2025",
        "TotalDoc": "1", "SheetNumber": "3", "PageNumber": "3",
    }  # fmt: skip
    document = {
        "DocCode": "VB-1", "Identifier": "X1", "OrganId": "H40.18", "FileCatalog": "2025",
        "FileNotation": "08.QLCT", "DocOrdinal": "1", "TypeName": "Quyết định",
        "CodeNumber": "7", "CodeNotation": "QĐ-SCT", "IssuedDate": "01/02/2025",
        "OrganName": "Sở Công trình", "Subject": "Về việc cũ", "Language": "Tiếng Việt",
        "PageAmount": "3", "files": "1.pdf",
    }  # fmt: skip
    write_sheet(folder / "Hồ sơ.xlsx", [case], [document])
    submission = door.checked(folder)
    declared = submission.case_file()
    assert submission.code == CODE
    assert (declared.fields["mode"], declared.fields["numberOfPaper"]) == ("01", "3")
    (came,) = declared.documents
    assert (came.fields["docId"], came.fields["numberOfPage"]) == ("VB-1", "3")
    assert codes(submission, Severity.ERROR) == []
    told = [row for row in submission.findings if row.code == "older-data-converted"]
    assert {row.facts["dropped"] for row in told} == {"Identifier", "Identifier, DocOrdinal"}
    assert "column-unknown" not in codes(submission)
    assert [file.path for file in submission.unnamed_files()] == ["Hồ sơ.xlsx"]
