"""Marks beside the words of a page: titles, keywords, layers, bookmarks, notes, labels."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from tests.worlds.papers.lettered import written

Put = Callable[[pikepdf.Pdf], None]


def level_of(path: Path) -> str:
    return read_mark_here(path, identify_here(path, path.name))


def said_of(key: str, words: str) -> Put:
    def put(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo[key] = words

    return put


def in_xmp(key: str, words: Any) -> Put:
    def put(pdf: pikepdf.Pdf) -> None:
        with pdf.open_metadata() as told:
            told[key] = words

    return put


def noted(**own: Any) -> Put:
    def put(pdf: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Rect=[100, 100, 200, 120], **own)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])

    return put


def filled_in(**own: Any) -> Put:
    def put(pdf: pikepdf.Pdf) -> None:
        noted(Subtype=Name.Widget, **own)(pdf)
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].obj.Annots[0]]))

    return put


def _layer(pdf: pikepdf.Pdf) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("TUYỆT MẬT")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))


def _bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("TUYỆT MẬT", 0))


def _levels_as_bookmarks(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root += [pikepdf.OutlineItem(one, 0) for one in ("TUYỆT MẬT", "TỐI MẬT", "MẬT")]


@pytest.mark.parametrize(
    ("put", "level"),
    [
        (said_of("/Title", "MẬT"), "MẬT"),
        (said_of("/Keywords", "tờ trình; TỐI MẬT"), "TỐI MẬT"),
        (said_of("/Độ mật", "Tối mật"), "TỐI MẬT"),
        (in_xmp("dc:title", "TỐI MẬT"), "TỐI MẬT"),
        (in_xmp("dc:subject", {"MẬT", "tờ trình"}), "MẬT"),
        (_layer, "TUYỆT MẬT"),
        (_bookmark, "TUYỆT MẬT"),
        (noted(Subtype=Name.Text, Contents=String("MẬT")), "MẬT"),
        (noted(Subtype=Name.Highlight, Contents=String("Xem\rTỐI MẬT"), F=2), "TỐI MẬT"),
        (noted(Subtype=Name.Stamp, Name=Name("/SBConfidential")), "MẬT"),
        (noted(Subtype=Name.Stamp, Name=Name("/TopSecret")), "TUYỆT MẬT"),
        (filled_in(FT=Name.Ch, T=String("Độ mật"), V=String("Tối mật")), "TỐI MẬT"),
        (filled_in(FT=Name.Tx, T=String("f1"), TU=String("Mức độ mật"), V=String("Mật")), "MẬT"),
        (said_of("/Title", "Quy chế bảo vệ bí mật nhà nước"), ""),
        (said_of("/Keywords", "bảo mật; bí mật; giải mật; mật khẩu"), ""),
        (noted(Subtype=Name.Text, Contents=String("Thông tin mật phải để riêng")), ""),
        (noted(Subtype=Name.Stamp, Name=Name.Approved), ""),
        (filled_in(FT=Name.Ch, T=String("Độ mật"), V=String("Không")), ""),
        (_levels_as_bookmarks, ""),
    ],
)
def test_what_a_pdf_says_beside_its_pages_is_read(tmp_path: Path, put: Put, level: str) -> None:
    with pikepdf.open(written(tmp_path / "a.pdf", "SỞ CÔNG TRÌNH\nKính gửi")) as pdf:
        put(pdf)
        pdf.save(tmp_path / "b.pdf")
    assert level_of(tmp_path / "b.pdf") == level


WORD = {"word/document.xml": "<d><p><r><t>Kính gửi</t></r></p></d>"}
SHEET = {"xl/worksheets/sheet1.xml": "<s/>"}
SLIDE = {"ppt/slides/slide1.xml": "<s/>"}
OPEN = {"mimetype": "x", "content.xml": "<d/>"}
CORE = "<c xmlns:dc='urn:dc'>{}</c>"
PROPERTY = "<c><property name='{}'><lpwstr>{}</lpwstr></property></c>"


@pytest.mark.parametrize(
    ("name", "parts", "level"),
    [
        ("a.docx", WORD | {"docProps/core.xml": CORE.format("<dc:title>MẬT</dc:title>")}, "MẬT"),
        (
            "a.docx",
            WORD | {"docProps/core.xml": CORE.format("<keywords>tờ trình, TỐI MẬT</keywords>")},
            "TỐI MẬT",
        ),
        ("a.docx", WORD | {"docProps/custom.xml": PROPERTY.format("Độ mật", "Mật")}, "MẬT"),
        (
            "a.docx",
            WORD | {"docProps/custom.xml": PROPERTY.format("MSIP_Label_9_Name", "Secret")},
            "TỐI MẬT",
        ),
        ("a.docx", WORD | {"docProps/core.xml": CORE.format("<keywords>bảo mật</keywords>")}, ""),
        ("a.xlsx", SHEET | {"xl/comments1.xml": "<c><text><r><t>MẬT</t></r></text></c>"}, "MẬT"),
        (
            "a.xlsx",
            SHEET | {"xl/threadedComments/threadedComment1.xml": "<c><text>MẬT</text></c>"},
            "MẬT",
        ),
        (
            "a.xlsx",
            SHEET | {"xl/drawings/vmlDrawing1.vml": "<x><box><div>TỐI MẬT</div></box></x>"},
            "TỐI MẬT",
        ),
        ("a.pptx", SLIDE | {"ppt/comments/comment1.xml": "<n><text>MẬT</text></n>"}, "MẬT"),
        ("a.odt", OPEN | {"meta.xml": "<d><meta><title>MẬT</title></meta></d>"}, "MẬT"),
        ("a.odt", OPEN | {"meta.xml": "<d><keyword>TUYỆT MẬT</keyword></d>"}, "TUYỆT MẬT"),
    ],
)
def test_what_an_office_file_says_beside_its_text_is_read(
    tmp_path: Path, name: str, parts: dict[str, str], level: str
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as package:
        if "mimetype" not in parts:
            package.writestr("[Content_Types].xml", "<Types/>")
        for part, text in parts.items():
            package.writestr(part, text)
    assert level_of(tmp_path / name) == level
