"""The sample: what its makers promise, on the files they made."""

import hashlib
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pikepdf
import pytest
from PIL import Image

from archive_service.demo.case_files import SHEET_NAME
from archive_service.demo.papers import read_case
from archive_service.demo.sample import Sample, make_sample
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind
from archive_service.signing.trust.roots import Trust
from tests.worlds.papers import bad_input


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("sample"), seed=1)


def rows(sheet: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one sheet, by their headings."""
    headings, *lines = openpyxl.load_workbook(sheet)[name].iter_rows(values_only=True)
    return [dict(zip(map(str, headings), line, strict=True)) for line in lines]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_holds_five_pdfs_and_two_are_signed_by_person_and_agency(sample: Sample) -> None:
    trust = Trust.read(sample.a.parent / "authority")
    signed = {}
    for file in sample.a.glob("*.pdf"):
        reports = inspect_signatures(file, trust)
        signed[file.name[:2]] = [report.kind for report in reports]
        assert all(report.trusted and not report.altered_later for report in reports)
    both = [SignerKind.PERSON, SignerKind.AGENCY]
    assert signed == {"01": [], "02": both, "03": [], "04": [], "05": both}


def test_all_of_a_is_pdf_a(sample: Sample, tools: ModuleType) -> None:
    verdicts = tools.verapdf(sorted(sample.a.glob("*.pdf")))
    assert [(v.passed, v.flavour) for v in verdicts] == [(True, "2b")] * 5


def test_the_sheets_name_every_file_and_no_other(sample: Sample) -> None:
    listed = {row["Tệp"] for row in rows(sample.a / SHEET_NAME, "Văn bản")}
    assert listed == {file.name for file in sample.a.glob("*.pdf")}
    folders = {row["files"] for row in rows(sample.b / SHEET_NAME, "Văn bản")}
    assert folders == {folder.name for folder in sample.b.iterdir() if folder.is_dir()}


def test_checksums_of_a_are_right(sample: Sample) -> None:
    declared = [row for row in rows(sample.a / SHEET_NAME, "Văn bản") if row["Mã kiểm tra"]]
    assert len(declared) == 3
    for row in declared:
        assert digest(sample.a / row["Tệp"]) == row["Mã kiểm tra"]


def test_b_is_twelve_sheets_and_a_blank_back_at_200_dpi_in_colour(sample: Sample) -> None:
    images = sorted(sample.b.rglob("*.jpg"))
    assert len(images) == sample.b_images == 13
    assert rows(sample.b / SHEET_NAME, "Hồ sơ")[0]["numberOfPaper"] == 12
    for file in images:
        with Image.open(file) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1654, 2339))
            assert image.info["dpi"] == (200, 200)


def test_printing_makes_the_pages_that_the_text_says(sample: Sample) -> None:
    for paper in read_case("case_b").papers:
        images = list((sample.b / paper.folder).iterdir())
        assert len(images) == len(paper.pages) + bool(paper.blank_back_after)


def test_phrases_stand_on_the_page_they_name(sample: Sample) -> None:
    papers = read_case("case_b").papers
    assert len(sample.phrases) >= 3
    for phrase in sample.phrases:
        page = papers[phrase.document - 1].pages[phrase.page - 1]
        assert any(phrase.text in part for part in page)
        assert phrase.folded == phrase.folded.encode("ascii").decode()


def test_c_has_the_faults_it_is_made_for(sample: Sample) -> None:
    documents = {row["Tệp"][:2]: row for row in rows(sample.c / SHEET_NAME, "Văn bản")}
    wrong = [
        n for n, row in documents.items() if digest(sample.c / row["Tệp"]) != row["Mã kiểm tra"]
    ]
    assert wrong == ["02"]
    assert (sample.c / documents["03"]["Tệp"]).read_bytes().startswith(b"\x89PNG")
    assert documents["04"]["Trích yếu nội dung"] is None
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(sample.c / documents["05"]["Tệp"])
    assert rows(sample.c / SHEET_NAME, "Hồ sơ")[0]["Mã hồ sơ"] == sample.c_code


def test_the_file_plan_has_twelve_entries_and_knows_a(sample: Sample) -> None:
    sheet = openpyxl.load_workbook(sample.file_plan).worksheets[0]
    entries = [row for row in sheet.iter_rows(min_row=9, values_only=True) if row[2]]
    assert len(entries) == 12
    assert sample.a_code.removeprefix("H40.18.2025.") in {row[0] for row in entries}


def test_the_same_seed_gives_the_same_bytes_but_for_what_is_drawn(
    sample: Sample, tmp_path: Path
) -> None:
    again = make_sample(tmp_path, seed=1)
    root, other = sample.a.parent, again.a.parent
    drawn = {"02. Quyết định", "05. Báo cáo kế", "05 Báo cáo kết"}
    differing = {
        file.name[:14]
        for folder in ("A", "B", "C")
        for file in (root / folder).rglob("*")
        if file.is_file() and digest(file) != digest(other / file.relative_to(root))
    }
    assert {name for name in differing if not name.startswith(tuple(drawn))} <= {"Danh sách hồ s"}
    for folder in ("A", "B"):
        assert digest(root / folder / SHEET_NAME) == digest(other / folder / SHEET_NAME)
    assert digest(sample.file_plan) == digest(again.file_plan)


@pytest.mark.parametrize(
    "make",
    [
        bad_input.small_case,
        bad_input.truncated_pdf,
        bad_input.empty_file,
        bad_input.sheet_with_formulas,
        bad_input.nfd_names,
        bad_input.longest_names,
    ],
)
def test_a_bad_case_is_one_sheet_and_one_file(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = make(tmp_path / "case")
    assert len(list(folder.iterdir())) == 2
    assert len(rows(folder / SHEET_NAME, "Văn bản")) == 1


def test_bad_cases_have_their_fault(tmp_path: Path) -> None:
    (name,) = (p.name for p in bad_input.nfd_names(tmp_path / "nfd").glob("*.pdf"))
    assert name != unicodedata.normalize("NFC", name)
    (name,) = (p.name for p in bad_input.longest_names(tmp_path / "long").glob("*.pdf"))
    assert len(name.encode()) == 255
    bad_input.sheet_with_formulas(tmp_path / "formula")
    book = openpyxl.load_workbook(tmp_path / "formula" / SHEET_NAME)
    assert str(book["Hồ sơ"]["B2"].value).startswith("=")


def test_the_bomb_is_a_thousandth_of_what_it_becomes(tmp_path: Path) -> None:
    bomb = bad_input.zip_bomb(tmp_path / "bomb.zip", unpacked_bytes=64 << 20)
    with zipfile.ZipFile(bomb) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    assert largest.file_size == 64 << 20
    assert largest.file_size / largest.compress_size > 500


def test_names_in_the_escaping_zip_want_out(tmp_path: Path) -> None:
    escaping = bad_input.zip_with_escaping_names(tmp_path / "escape.zip")
    with zipfile.ZipFile(escaping) as archive:
        names = archive.namelist()
    assert "../ngoai.txt" in names
    assert "/tmp/tuyet-doi.txt" in names
