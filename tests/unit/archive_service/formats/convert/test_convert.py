"""A converted file shows and says what its original does, or there is none."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from pikepdf import Name
from PIL import Image, ImageDraw

from archive_service.errors import InputError
from archive_service.formats.accepted import accepted_formats
from archive_service.formats.convert.convert import NoConverterError, converter_of, migrate
from archive_service.formats.convert.pdf import compare_pdfs
from archive_service.formats.convert.result import (
    Migrated,
    MigrationDiffersError,
    MigrationImpossibleError,
    MigrationNeedlessError,
)
from archive_service.formats.convert.text import decode_legacy, encode_legacy
from archive_service.formats.identify import identify
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.risks import NO_TOOL, RiskLevel, format_risks, risk_of
from archive_service.forms.signed_form import signature_mark
from archive_service.forms.typst_form import FormPlace
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.worlds.door import write_pdf
from tests.worlds.ingest.old_formats import TCVN3, UNICODE, VNI

AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
CLAIM = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF'
    b' xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about=""'
    b' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="" pdfaid:conformance="B"/>'
    b"</r:RDF></x:xmpmeta>"
)
FAMILIES = {"jpg": "jpeg", "png": "png", "tif": "tiff", "gif": "gif", "bmp": "bmp"}


def converted(source: Path, family: str) -> tuple[Path, Migrated]:
    target = source.with_name("result.pdf")
    made = migrate(source, target, family=family, title="Sơ đồ", made_at=AT)
    return target, made


def drawing(mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (300, 200), (250, 250, 240))
    ImageDraw.Draw(image).ellipse((20, 20, 200, 150), fill=(200, 10, 10))
    return image.convert(mode)


def test_images_of_every_kind_become_pdf_a_without_losing_a_pixel(
    tmp_path: Path, tools: ModuleType
) -> None:
    made = []
    for suffix, family in FAMILIES.items():
        source = tmp_path / suffix / f"a.{suffix}"
        source.parent.mkdir()
        drawing().save(source)
        target, told = converted(source, family)
        assert told.checks == {"pages": 1, "pixels": "equal", "pdfa": "2b"}
        made.append(target)
    assert [verdict.passed for verdict in tools.verapdf(made)] == [True] * len(FAMILIES)
    assert read_pdf(made[0]).pdfa == "2b"


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group4"])
def test_every_page_of_a_tiff_is_a_page(tmp_path: Path, compression: str | None) -> None:
    first = drawing("1" if compression == "group4" else "RGB")
    second = first.rotate(90, expand=True)
    source = tmp_path / "a.tif"
    first.save(source, save_all=True, append_images=[second], compression=compression)
    target, told = converted(source, "tiff")
    assert told.pages == 2
    with pikepdf.open(target) as pdf:
        assert [len(page.get_images()) for page in pdf.pages] == [1, 1]


@pytest.mark.parametrize("mode", ["RGBA", "CMYK", "I;16"])
def test_colours_that_would_change_are_left_alone(tmp_path: Path, mode: str) -> None:
    source = tmp_path / "a.tif"
    (drawing("L") if mode == "I;16" else drawing()).convert(mode).save(source)
    with pytest.raises(MigrationImpossibleError):
        converted(source, "tiff")


def test_an_animation_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "a.gif"
    drawing().save(source, save_all=True, append_images=[drawing().rotate(9)])
    with pytest.raises(MigrationImpossibleError):
        converted(source, "gif")


@pytest.mark.parametrize("spoilt", [b"", b"GIF89a" + b"\0" * 40, b"%PDF-1.4\n%%EOF\n"])
@pytest.mark.parametrize("family", ["gif", "pdf", "text"])
def test_what_cannot_be_read_is_refused_and_no_crash(
    tmp_path: Path, spoilt: bytes, family: str
) -> None:
    source = tmp_path / "a"
    source.write_bytes(spoilt)
    with pytest.raises(InputError):
        converted(source, family)


def test_a_plain_pdf_becomes_pdf_a_and_keeps_its_title(tmp_path: Path, tools: ModuleType) -> None:
    source = write_pdf(tmp_path / "a.pdf", words="Tờ trình", pages=3)
    before = source.read_bytes()
    target, told = converted(source, "pdf")
    assert (told.pages, told.is_copy, told.checks["text"]) == (3, False, "equal")
    assert source.read_bytes() == before
    with pikepdf.open(source) as pdf:
        pdf.Root.Metadata = pdf.make_stream(CLAIM, Type=Name.Metadata, Subtype=Name.XML)
        pdf.save(tmp_path / "b.pdf")
    assert read_pdf(tmp_path / "b.pdf").pdfa == "?", "of no standard: it is made one"
    assert read_pdf(converted(tmp_path / "b.pdf", "pdf")[0]).pdfa == "2b"
    with pikepdf.open(target) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Tờ trình"
    assert tools.verapdf([target])[0].passed
    with pytest.raises(MigrationNeedlessError):
        migrate(target, tmp_path / "b", family="pdf", title="", made_at=AT)


def test_the_pdf_a_of_a_signed_pdf_is_a_copy_that_says_so(
    tmp_path: Path, tools: ModuleType
) -> None:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    subject = Subject("Sở Công trình", "Sở Công trình", SignerKind.AGENCY, "MST:9900000018")
    authority.issue_key(subject, tmp_path / "key.p12")
    key = open_pkcs12("pkcs12:key.p12", home=tmp_path, timestamps=None)
    paper = write_pdf(tmp_path / "paper.pdf", words="Quyết định")
    signed = tmp_path / "signed.pdf"
    mark = signature_mark("Sở Công trình", FormPlace(0, (320, 700, 538, 760)), at=AT)
    key.sign_pdf(paper, signed, field="Seal", visible=mark, at=AT)
    before = signed.read_bytes()
    target, told = converted(signed, "pdf")
    assert (told.is_copy, told.checks["signatures_left_behind"]) == (True, 1)
    assert told.checks["text"] == "contained"
    assert signed.read_bytes() == before
    assert read_pdf(target).signature_fields == 0
    with pikepdf.open(target) as pdf:
        assert "chữ ký số nằm ở tệp gốc" in str(pdf.open_metadata()["dc:description"])
    assert tools.verapdf([target])[0].passed


def add_words(pdf: pikepdf.Pdf) -> None:
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1)
    font.BaseFont = pikepdf.Name.Helvetica
    for page in pdf.pages:
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.contents_add(b"BT /F1 20 Tf 50 700 Td (To trinh) Tj ET")


def add_stamp(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"q 0 g 100 100 200 200 re f Q")


def cut_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def turn_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].rotate(90, relative=True)


def empty_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].Contents = pdf.make_stream(b"")


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (add_stamp, "picture, page 1"),
        (cut_page, "pages"),
        (turn_page, "size, page 2"),
        (empty_page, "text, page 2"),
    ],
)
def test_a_result_that_shows_or_says_something_else_is_refused(
    tmp_path: Path, spoil: Callable[[pikepdf.Pdf], None], what: str
) -> None:
    source, target = write_pdf(tmp_path / "a.pdf", pages=2), tmp_path / "b.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        add_words(pdf)
        pdf.save(source)
        pdf.save(target)
        assert compare_pdfs(source, target, marks_added=False) == 2
        spoil(pdf)
        pdf.save(target)
    with pytest.raises(MigrationDiffersError) as refused:
        compare_pdfs(source, target, marks_added=False)
    assert refused.value.facts["what"] == what


def test_a_locked_pdf_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    with pikepdf.open(write_pdf(tmp_path / "b.pdf")) as pdf:
        pdf.save(source, encryption=pikepdf.Encryption(owner="a", user=""))
    with pytest.raises(MigrationImpossibleError):
        converted(source, "pdf")


@pytest.mark.parametrize(("text", "encoding"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_old_vietnamese_text_becomes_utf_8(tmp_path: Path, text: str, encoding: str) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(text.encode("latin-1"))
    target, told = converted(source, "text")
    assert target.read_text("utf-8") == UNICODE
    assert told.checks["from"] == encoding


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI"])
def test_every_letter_of_an_old_encoding_comes_back_to_its_bytes(encoding: str) -> None:
    letters = (
        "aàảãáạ ăằẳẵắặ âầẩẫấậ đ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ"
    )
    assert decode_legacy(encode_legacy(letters, encoding), encoding) == letters


@pytest.mark.parametrize("data", [b"caf\xe9 noir et blanc", b"\xff\xfea\x00b\x00"])
def test_a_text_of_another_encoding_is_left_alone(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(data)
    with pytest.raises(MigrationImpossibleError):
        converted(source, "text")


def test_unicode_needs_no_conversion(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text(UNICODE)
    with pytest.raises(MigrationNeedlessError):
        converted(source, "text")


def test_every_format_that_is_accepted_was_judged() -> None:
    accepted = {puid for row in accepted_formats().rows for puid in row.puids}
    assert accepted <= set(format_risks())


def test_each_risk_names_its_reason_and_its_source_and_a_target_that_is_there() -> None:
    for risk in format_risks().values():
        assert risk.reason
        assert risk.reason_en
        assert risk.citation
        assert risk.certainty
        converter = converter_of(risk.key)
        has_tool = risk.target not in ("", NO_TOOL)
        assert (converter is not None) == has_tool, risk.key
        assert converter is None or converter.target.key == risk.target


def test_what_the_list_does_not_name_is_unknown_and_not_called_safe() -> None:
    assert risk_of("fmt/9999").level is RiskLevel.UNKNOWN
    assert risk_of(None).level is RiskLevel.UNIDENTIFIED


def test_what_nothing_converts_is_told(tmp_path: Path) -> None:
    source = tmp_path / "a.doc"
    source.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(NoConverterError):
        converted(source, "office-binary")


def test_a_result_is_what_pronom_says_it_is(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    drawing().save(source)
    target, _ = converted(source, "png")
    assert identify(target, name="x.pdf").puid == "fmt/477"
