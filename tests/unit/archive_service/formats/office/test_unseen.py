"""What a reader of an Office file does not see; what only looks like it is no finding."""

import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from archive_service.formats.office.unseen import Unseen, unseen_here
from tests.worlds.papers import office_files
from tests.worlds.papers.compound import compound

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATIONS = "word/_rels/settings.xml.rels"
TYPES = "[Content_Types].xml"


def with_part(path: Path, part: str, data: str) -> Path:
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()} | {part: data.encode()}
    with zipfile.ZipFile(path, "w") as out:
        for name, held in kept.items():
            out.writestr(name, held)
    return path


def with_template(path: Path, target: str) -> Path:
    one = f'Id="r1" Type="{OFFICE}/attachedTemplate" Target="{target}" TargetMode="External"'
    relations = f'<Relationships xmlns="{PACKAGE}/relationships"><!----><Relationship {one}/>'
    return with_part(path, RELATIONS, f"{relations}</Relationships>")


@pytest.mark.parametrize(
    ("target", "is_far"),
    [
        (r"file:///\\may-chu\mau\a.dotm", True),
        ("file:////may-chu/mau/a.dotm", True),
        ("file:///%5C%5Cmay-chu%5Cmau%5Ca.dotm", True),
        (r"\\may-chu\mau\a.dotm", True),
        (r"file:///C:\Users\an\Templates\a.dotx", False),
        ("file://localhost/C:/Templates/a.dotx", False),
        (r"\\?\C:\Templates\a.dotx", False),
        ("Normal.dotm", False),
    ],
)
def test_a_template_of_a_share_is_far(tmp_path: Path, target: str, *, is_far: bool) -> None:
    path = with_template(office_files.docx(tmp_path / "a.docx"), target)
    assert unseen_here(path).loads == ((target,) if is_far else ())


def test_a_broken_part_hides_nothing_of_the_others(tmp_path: Path) -> None:
    path = office_files.xlsx(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Số liệu thật").sheet_state = "veryHidden"
    book.save(path)
    with_template(path, "https://mau.example.vn/a.dotm")
    with_part(path, "xl/vbaProject.bin", "macros")
    far = ("https://mau.example.vn/a.dotm",)
    told = Unseen(macros=True, loads=far, very_hidden=("Số liệu thật",))
    with_part(path, "_rels/.rels", "<Relationships><!-- of no kind --></Relationships>")
    assert unseen_here(path) == told
    for broken in (TYPES, "_rels/.rels", "a/_rels/a.rels"):
        with_part(path, broken, "<Relationships><broken>")
    assert unseen_here(path) == told


@pytest.mark.parametrize("broken", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_broken_book_hides_no_macros(tmp_path: Path, broken: str) -> None:
    path = with_part(office_files.xlsx(tmp_path / "a.xlsx"), "xl/vbaProject.bin", "macros")
    with_part(path, broken, "<workbook><broken>")
    assert unseen_here(path) == Unseen(macros=True)


def test_only_a_part_that_is_there_is_a_macro(tmp_path: Path) -> None:
    kind = "application/vnd.ms-office.vbaProject"
    promised = f'<Default Extension="bin" ContentType="{kind}"/>'
    types = f'<Types xmlns="{PACKAGE}/content-types">{promised}</Types>'
    path = with_part(office_files.docx(tmp_path / "a.docx"), TYPES, types)
    assert not unseen_here(path).macros
    assert unseen_here(with_part(path, "word/Other.BIN", "macros")).macros


@pytest.mark.parametrize(("target", "is_there"), [("media/a.png", True), ("media/b.png", False)])
def test_a_relationship_makes_a_part_macros(tmp_path: Path, target: str, *, is_there: bool) -> None:
    kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    one = f'<Relationship Id="r9" Type="{kind}" Target="{target}"/>'
    path = with_part(office_files.docx(tmp_path / "a.docx"), "word/media/A.png", "macros")
    with_part(
        path, RELATIONS, f'<Relationships xmlns="{PACKAGE}/relationships">{one}</Relationships>'
    )
    assert unseen_here(path).macros is is_there


def test_names_of_sheets_before_excel_97_are_whole(tmp_path: Path) -> None:
    begin = struct.pack("<HHHHHHH", 0x809, 4, 0x500, 5, 0x42, 2, 1258)
    name = "Ân sô 2".encode("cp1258")
    sheet = struct.pack("<HHIBBB", 0x85, 7 + len(name), 0, 1, 0, len(name)) + name
    path = tmp_path / "a.xls"
    data = begin + sheet + struct.pack("<HH", 10, 0)
    path.write_bytes(compound({"Book": data.ljust(4096, b"\0")}))
    assert unseen_here(path) == Unseen(hidden=("Ân sô 2",))


@pytest.mark.parametrize(("kind", "is_macro"), [(0, False), (1, True), (2, False), (6, True)])
def test_a_macro_sheet_of_an_old_book_is_told(tmp_path: Path, kind: int, *, is_macro: bool) -> None:
    begin = struct.pack("<HHHH", 0x809, 4, 0x600, 5)
    sheet = struct.pack("<HHIBBBB", 0x85, 9, 0, 0, kind, 1, 0) + b"A" + struct.pack("<HH", 10, 0)
    path = tmp_path / "a.xls"
    path.write_bytes(compound({"Workbook": (begin + sheet).ljust(4096, b"\0")}))
    assert unseen_here(path) == Unseen(macros=is_macro)


@pytest.mark.parametrize(
    ("element", "target", "is_far"),
    [
        ("image", "https://anh.example.vn/a.png", True),
        ("image", "../anh/a.png", True),
        ("image", "Pictures/a.png", False),
        ("object", "./Object 1", False),
        ("plugin", "vnd.sun.star.Package:Media/a.mp4", False),
        ("a", "https://vanban.example.vn/", False),
    ],
)
def test_an_open_document_tells_what_lies_elsewhere(
    tmp_path: Path, element: str, target: str, *, is_far: bool
) -> None:
    link = f'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{target}"'
    path = office_files.odf(tmp_path / "a.odt", f"<draw:{element} {link}/>")
    assert unseen_here(path).loads == ((target,) if is_far else ())
