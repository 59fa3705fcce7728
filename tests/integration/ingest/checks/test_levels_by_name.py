"""Marks that an Office file says under a name, or in a chart or picture; and words in lists."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here

WORD = {"word/document.xml": "<d><p><r><t>Kính gửi</t></r></p></d>"}
SHEET = {"xl/worksheets/sheet1.xml": "<s/>"}
SLIDE = {"ppt/slides/slide1.xml": "<s/>"}
OPEN = {"mimetype": "x", "content.xml": "<d/>"}
PROPERTY = "<c><property name='{}'><lpwstr>{}</lpwstr></property></c>"
CONTROL = (
    "<d><sdt><sdtPr><alias val='{}'/></sdtPr><sdtContent><p><r><t>{}</t></r></p></sdtContent>"
    "</sdt></d>"
)
PICTURE = "<d><p><r><docPr name='Picture 1' descr='{}'/></r></p></d>"
SERIES = "<c><ser><{0}><strCache><pt><v>{1}</v></pt></strCache></{0}></ser></c>"
TITLE = "<c><title><tx><txData><v>MẬT</v></txData></tx></title></c>"
CELL = "<tc><p><r><t>{}</t></r></p></tc>"


def level_of(path: Path) -> str:
    return read_mark_here(path, identify_here(path, path.name))


def table(*rows: list[str]) -> dict[str, str]:
    cells = ("".join(CELL.format(one) for one in row) for row in rows)
    return {"word/document.xml": f"<d><tbl>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbl></d>"}


@pytest.mark.parametrize(
    ("name", "parts", "level"),
    [
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("DoMat", "Mật")}, "MẬT"),
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("do_mat", "Toi mat")}, "TỐI MẬT"),
        ("a.xlsx", SHEET | {"docProps/custom.xml": PROPERTY.format("MucDoMat", "Mat")}, "MẬT"),
        (
            "a.pptx",
            SLIDE | {"docProps/custom.xml": PROPERTY.format("SecurityLevel", "Tuyệt mật")},
            "TUYỆT MẬT",
        ),
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("DoMat", "Thường")}, ""),
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("MatKhau", "Mật")}, ""),
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("Mật độ", "Mật")}, ""),
        ("a.docx", WORD | {"docProps/core.xml": "<c><category>Mật</category></c>"}, "MẬT"),
        ("a.docx", WORD | {"docProps/core.xml": "<c><creator>Mật</creator></c>"}, ""),
        (
            "a.odt",
            OPEN | {"meta.xml": "<d><user-defined name='DoMat'>Tối mật</user-defined></d>"},
            "TỐI MẬT",
        ),
        ("a.docx", {"word/document.xml": CONTROL.format("Độ mật", "Tối mật")}, "TỐI MẬT"),
        ("a.docx", {"word/document.xml": CONTROL.format("Độ mật", "Thường")}, ""),
        ("a.docx", {"word/document.xml": CONTROL.format("Tên", "Mật")}, ""),
        ("a.docx", {"word/document.xml": PICTURE.format("Dấu TUYỆT MẬT")}, "TUYỆT MẬT"),
        ("a.docx", {"word/document.xml": PICTURE.format("Mật độ dân số")}, ""),
        ("a.docx", WORD | {"customXml/item1.xml": "<d><DoMat>Mật</DoMat></d>"}, "MẬT"),
        ("a.docx", WORD | {"customXml/item1.xml": "<d><MatKhau>Mật</MatKhau></d>"}, ""),
        ("a.docx", WORD | {"word/charts/chart1.xml": SERIES.format("tx", "TỐI MẬT")}, "TỐI MẬT"),
        ("a.docx", WORD | {"word/charts/chart1.xml": SERIES.format("cat", "MẬT")}, ""),
        ("a.pptx", SLIDE | {"ppt/charts/chartEx1.xml": TITLE}, "MẬT"),
        ("a.pptx", SLIDE | {"ppt/tags/tag1.xml": "<l><tag name='DOMAT' val='Mật'/></l>"}, "MẬT"),
        ("a.odp", OPEN | {"content.xml": "<d><footer-decl>MẬT</footer-decl></d>"}, "MẬT"),
        ("a.docx", table(["Độ mật", "Tuyệt mật"]), "TUYỆT MẬT"),
        ("a.docx", table(["Độ mật", "Thường"]), ""),
        ("a.docx", table(["Độ mật", "Mật", "Tối mật", "Tuyệt mật"]), ""),
        ("a.docx", table(["SỞ CÔNG TRÌNH", "CỘNG HÒA"], ["MẬT", "Độc lập"]), "MẬT"),
        ("a.docx", table(["STT", "HỌ", "TÊN"], ["1", "NGUYỄN THỊ", "MẬT"]), ""),
        ("a.docx", table(["STT", "Độ mật"], ["1", "MẬT"]), "MẬT"),
        ("a.docx", table(["1", "TỐI MẬT"]), "TỐI MẬT"),
    ],
)
def test_what_a_word_is_named_by_decides(
    tmp_path: Path, name: str, parts: dict[str, str], level: str
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as package:
        if "mimetype" not in parts:
            package.writestr("[Content_Types].xml", "<Types/>")
        for part, text in parts.items():
            package.writestr(part, text)
    assert level_of(tmp_path / name) == level


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([["STT", "HỌ", "TÊN"], [1, "NGUYỄN THỊ", "MẬT"]], ""),
        ([["STT", "MẶT HÀNG"], ["1", "ĐƯỜNG"], ["2", "MẬT"]], ""),
        ([["MẬT"], ["STT", "MẶT HÀNG"], ["1", "MẬT"]], "MẬT"),
        ([["Độ mật", "Tối mật"], ["Số", "12"]], "TỐI MẬT"),
    ],
)
def test_a_workbook_shares_its_strings(
    tmp_path: Path, rows: list[list[str | int]], level: str
) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    assert level_of(tmp_path / "a.xlsx") == level


def test_an_open_document_in_one_piece_is_read(tmp_path: Path) -> None:
    paper = tmp_path / "a.fodt"
    paper.write_text('<?xml version="1.0"?><d><p>Số: 1</p><p>TUYỆT MẬT</p></d>', "utf-8")
    assert level_of(paper) == "TUYỆT MẬT"
