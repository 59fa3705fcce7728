"""Office files in the strict form of the standard say the same as those in the usual form."""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from archive_service.formats.office.strict import in_usual_form
from archive_service.formats.office.unseen import unseen_here
from archive_service.formats.words.read import sections_of
from archive_service.formats.workbook import SheetUnreadableError, read_workbook_here
from tests.worlds.papers import office_files

_USUAL = re.compile(rb"http://schemas\.openxmlformats\.org/([A-Za-z]+)/2006/")


def strict(path: Path) -> Path:
    """As "Strict Open XML" is saved; what the package itself is made of keeps its names."""
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    with zipfile.ZipFile(path, "w") as out:
        for name, data in held.items():
            out.writestr(name, _USUAL.sub(_renamed, data))
    return path


def _renamed(found: re.Match[bytes]) -> bytes:
    if found[1] == b"package":
        return found[0]
    return b"http://purl.oclc.org/ooxml/" + found[1] + b"/"


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_words_of_a_strict_file_are_read(tmp_path: Path, kind: str) -> None:
    path = getattr(office_files, kind)(tmp_path / f"a.{kind}")
    usual = [*sections_of(path, kind, 0)]
    assert any(section.text.strip() for section in usual)
    assert [*sections_of(strict(path), kind, 0)] == usual


def test_a_strict_list_is_read_as_any_other(tmp_path: Path) -> None:
    path = office_files.xlsx(tmp_path / "a.xlsx")
    usual = read_workbook_here(path, "a.xlsx")
    assert any(sheet.rows for sheet in usual)
    assert read_workbook_here(strict(path), "a.xlsx") == usual


def test_a_formula_that_nobody_counted_is_told_of_a_strict_file_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"] = '=IF(Z9="y","MẬT","")'
    book.save(tmp_path / "a.xlsx")
    assert unseen_here(strict(tmp_path / "a.xlsx")).unkept_mark == "MẬT"


def test_a_usual_file_is_not_copied_and_a_broken_one_is_told(tmp_path: Path) -> None:
    path = office_files.xlsx(tmp_path / "a.xlsx")
    with in_usual_form(path) as same:
        assert same == path
    data = bytearray(strict(path).read_bytes())
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(SheetUnreadableError):
        read_workbook_here(path, "a.xlsx")
