"""The mark of a state secret in the words of files of every kind."""

import zipfile
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import mark_in, mark_of, read_mark_here
from tests.worlds.papers.lettered import written


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("MẬT", "MẬT"),
        ("  (MẬT) ", "MẬT"),
        ("| MẬT |", "MẬT"),
        ("M Ậ T", "MẬT"),
        ("MA\u0323\u0302T", "MẬT"),
        ("TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT  Bản số: 03", "TUYỆT MẬT"),
        ("MẬT      Hà Nội, ngày 3 tháng 5 năm 2025", "MẬT"),
        ("Số: 12/BC-STC MẬT", "MẬT"),
        ("Độ mật: Tối mật", "TỐI MẬT"),
        ("mËt", "MẬT"),
        ("MAÄT", "MẬT"),
        ("Độ mật: Không", ""),
        ("Mật", ""),
        ("MẬT MÃ HỌC", ""),
        ("MẬT ONG RỪNG", ""),
        ("BẢO MẬT", ""),
        ("MẬT 1", ""),
        ("Bảo đảm bí mật, an toàn", ""),
        ("", ""),
    ],
)
def test_a_mark_stands_alone_in_capitals(line: str, level: str) -> None:
    assert mark_of(line) == level


def test_the_highest_counts_and_words_broken_off_do_not() -> None:
    assert mark_in(["SỞ CÔNG TRÌNH", "MẬT", "Số: 12", "TỐI MẬT"]) == "TỐI MẬT"
    assert mark_in(["QUY CHẾ BẢO", "MẬT", "của cơ quan"]) == ""
    assert mark_in([]) == ""


WORD = '<w:p xmlns:w="urn:w"><w:r><w:t>{}</w:t></w:r><w:r><w:t>{}</w:t></w:r></w:p>'
BOX = (
    '<w:p xmlns:w="urn:w"><w:r><w:box><w:p><w:r><w:t>MẬT</w:t></w:r></w:p></w:box></w:r>'
    "<w:r><w:t>Kính gửi</w:t></w:r></w:p>"
)
PARTS = {
    "a.docx": ("word/document.xml", f"<d>{WORD.format('M', 'ẬT')}</d>"),
    "head.docx": ("word/header2.xml", f"<d>{WORD.format('TỐI ', 'MẬT')}</d>"),
    "box.docx": ("word/document.xml", f"<d>{BOX}</d>"),
    "a.xlsx": ("xl/sharedStrings.xml", "<sst><si><t>STT</t></si><si><t>MẬT</t></si></sst>"),
    "cell.xlsx": ("xl/worksheets/sheet1.xml", "<s><c><is><t>MẬT</t></is></c></s>"),
    "a.pptx": ("ppt/slides/slide1.xml", "<s><p><r><t>MẬT</t></r></p></s>"),
    "a.odt": ("content.xml", "<d><p>Số: 1</p><p><span>MẬT</span></p></d>"),
    "a.ods": ("content.xml", "<d><cell><p>MẬT</p></cell></d>"),
}


@pytest.mark.parametrize("name", PARTS)
def test_office_files_are_looked_through(tmp_path: Path, name: str) -> None:
    part, text = PARTS[name]
    with zipfile.ZipFile(tmp_path / name, "w") as package:
        package.writestr("mimetype", "x")
        package.writestr(part, text)
    found = identify_here(tmp_path / name, name)
    assert read_mark_here(tmp_path / name, found).endswith("MẬT")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "SỞ A\nMẬT\n".encode()),
        ("b.txt", "SỞ A\r\nMẬT\r\n".encode("utf-16")),
        ("a.html", "<html><body><p>SỞ A</p><b>MẬT</b><br>x</body></html>".encode()),
        ("a.rtf", rb"{\rtf1\ansi S\u7902? A\par M\u7852?T\par}"),
        ("a.eml", "Subject: x\n\nMẬT\n".encode()),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "\rMẬT\rSố".encode("utf-16-le")),
    ],
)
def test_text_of_any_kind_is_looked_through(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    found = identify_here(tmp_path / name, name)
    assert read_mark_here(tmp_path / name, found) == "MẬT"


def test_a_pdf_is_looked_through_on_every_page(tmp_path: Path) -> None:
    for number, pages in enumerate([["MẬT", "x"], ["x", "TỐI MẬT"], ["x", "bí mật"]]):
        file = written(tmp_path / f"{number}.pdf", *pages)
        level = ("MẬT", "TỐI MẬT", "")[number]
        assert read_mark_here(file, identify_here(file, file.name)) == level


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b"%PDF-1.7 nothing", b"{\\rtf", b""])
def test_what_is_broken_has_no_mark(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(data or b"\0")
    found = identify_here(tmp_path / "a.bin", "a.bin")
    assert read_mark_here(tmp_path / "a.bin", found) == ""
