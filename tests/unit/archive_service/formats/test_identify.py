"""Formats are known by their bytes, and compared with their names."""

import zipfile
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from PIL import Image

from archive_service.formats.accepted import accepted_formats
from archive_service.formats.identify import identify
from tests.worlds.papers.page_images import page_image

XMP_OF_PDF_X = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">'
    "<pdfxid:GTS_PDFXVersion>{}</pdfxid:GTS_PDFXVersion></rdf:Description></rdf:RDF>"
    '</x:xmpmeta><?xpacket end="w"?>'
)
# What begins a file of Windows Media, and what announces its streams (ASF).
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c9b03000000000000060000000102")
_OF_PICTURES = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_OF_SOUND = bytes.fromhex(
    "9107dcb7b7a9cf118ee600c00c2053657200000000000000409e69f84d5bcf11a8fd00805f5c442b"
    "50cdc3bf8f61cf118bb200aa00b4e22000000000000000001c000000080000000200000000006101"
)


XMP_OF_PDF_A_4 = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
    "<pdfaid:part>4</pdfaid:part>{}<pdfaid:rev>2020</pdfaid:rev></rdf:Description></rdf:RDF>"
    '</x:xmpmeta><?xpacket end="w"?>'
)


def pdf(path: Path) -> Path:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path, force_version="1.7")
    return path


def test_a_pdf_is_a_pdf_whatever_its_path_is_called(tmp_path: Path) -> None:
    staged = pdf(tmp_path / "9f86d081884c7d65")
    found = identify(staged, name="Báo cáo số 1.PDF")
    assert (found.puid, found.media_type) == ("fmt/276", "application/pdf")
    assert found.by_content
    assert found.extension_matches


def test_a_name_that_lies_is_seen(tmp_path: Path) -> None:
    found = identify(pdf(tmp_path / "a"), name="quyết định.docx")
    assert found.puid == "fmt/276"
    assert not found.extension_matches


@pytest.mark.parametrize("name", ["ba.pdf ", "ba.PDF  "])
def test_blanks_behind_a_name_do_not_make_its_ending_another(tmp_path: Path, name: str) -> None:
    found = identify(pdf(tmp_path / "a"), name=name)
    assert (found.extension, found.extension_matches) == ("pdf", True)


def test_what_nobody_knows_has_no_puid(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 4)
    assert identify(tmp_path / "a", name="a").puid is None


@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 4])
def test_a_name_alone_is_not_content_and_is_not_accepted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    for name in ("a.bin", "a.mp3", "a.pdf", "a.jpg", "a.docx"):
        found = identify(tmp_path / "a", name=name)
        assert not found.by_content
        assert accepted_formats().find(found) is None


@pytest.mark.parametrize("name", ["../../etc/x.p/df", "no extension", "ảnh.ảnh", "a." + "x" * 250])
def test_strange_names_do_no_harm(tmp_path: Path, name: str) -> None:
    assert identify(pdf(tmp_path / "a"), name=name).puid == "fmt/276"


def test_files_of_daily_use_are_accepted(tmp_path: Path) -> None:
    made = {
        "pdf": pdf(tmp_path / "a.pdf"),
        "jpeg": page_image(tmp_path / "a.jpg"),
        "tiff": page_image(tmp_path / "a.tif"),
        "png": page_image(tmp_path / "a.png"),
        "txt": tmp_path / "a.txt",
        "xlsx": tmp_path / "a.xlsx",
    }
    made["txt"].write_text("Tiếng Việt có dấu\n", "utf-8")
    openpyxl.Workbook().save(made["xlsx"])
    found = {key: accepted_formats().find(identify(path)) for key, path in made.items()}
    assert {key: row.key if row else None for key, row in found.items()} == {k: k for k in made}


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("PDF/X-1a:2001", "pdf-x"),
        ("PDF/X-3:2002", "pdf-x"),
        ("PDF/X-4", "pdf-x"),
        ("PDF/X-4p", None),
    ],
)
def test_a_pdf_for_the_printing_house_is_accepted_unless_it_needs_other_files(
    tmp_path: Path, version: str, key: str | None
) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/GTS_PDFXVersion"] = made.docinfo["/GTS_PDFXConformance"] = version
        made.Root.Metadata = made.make_stream(XMP_OF_PDF_X.format(version).encode())
        made.save(path, force_version="1.3", compress_streams=False)
    row = accepted_formats().find(identify(path))
    assert (row and row.key) == key


@pytest.mark.parametrize(
    ("level", "puid"), [("", "fmt/1910"), ("F", "fmt/1912"), ("E", "fmt/1911")]
)
def test_pdfa_4_is_accepted_with_what_is_attached_and_for_engineers(
    tmp_path: Path, level: str, puid: str
) -> None:
    path = tmp_path / "a.pdf"
    told = f"<pdfaid:conformance>{level}</pdfaid:conformance>" if level else ""
    with pikepdf.new() as made:
        made.add_blank_page()
        made.Root.Metadata = made.make_stream(XMP_OF_PDF_A_4.format(told).encode())
        made.save(path, force_version="2.0", compress_streams=False)
    found = identify(path)
    row = accepted_formats().find(found)
    assert (found.puid, row and row.key) == (puid, "pdf-a")


def test_a_program_or_an_archive_is_not_accepted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.txt", "x")
    (tmp_path / "b.exe").write_bytes(b"MZ" + bytes(200))
    for name in ("a.zip", "b.exe"):
        assert accepted_formats().find(identify(tmp_path / name)) is None


def test_of_two_rows_with_one_puid_the_name_decides(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a;b\n1;2\n", "utf-8")
    for name, key in (("a.csv", "csv"), ("a.txt", "txt")):
        row = accepted_formats().find(identify(tmp_path / "a", name=name))
        assert row is not None
        assert row.key == key


def test_every_accepted_format_cites_an_instrument() -> None:
    for row in accepted_formats().rows:
        assert row.citation.startswith(("TT ", "NĐ "))
        assert row.puids
        assert row.extensions


@pytest.mark.parametrize(
    "content",
    [
        b"<hoSo><a>1</a></hoSo>",
        '<?xml version="1.0" encoding="UTF-16"?><hồSơ/>'.encode("utf-16"),
        "\ufeff<!-- ghi chú --><hoSo/>".encode(),
        b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>a</title></head><body/></html>',
    ],
)
def test_xml_is_known_without_a_declaration_and_in_utf_16(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    found = identify(tmp_path / "a", name="dữ liệu.xml")
    accepted = accepted_formats().find(found)
    assert (found.puid, found.media_type) == ("fmt/101", "application/xml")
    assert accepted is not None
    assert accepted.key == "xml"


FLAT = '<?xml version="1.0"?><!-- a --><o:document xmlns:o="{}" xmlns:t="x" o:mimetype="{}">1'
OPEN = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


@pytest.mark.parametrize("kind", ["text", "spreadsheet", "presentation"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_open_document_in_one_file_is_called_so_and_saved_anew(
    tmp_path: Path, kind: str, letters: str
) -> None:
    told = FLAT.format(OPEN, f"application/vnd.oasis.opendocument.{kind}") + "</o:document>"
    (tmp_path / "a").write_bytes(told.encode(letters))
    usual = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}[kind]
    found = identify(tmp_path / "a", name=f"a.f{usual}")
    assert (found.puid, found.by_content, found.extension_matches) == (None, True, True)
    assert found.name == f"OpenDocument {kind.capitalize()}, Flat XML"
    better = accepted_formats().instead_of(found)
    assert better is not None
    assert (accepted_formats().find(found), better.extensions[0]) == (None, usual)
    other = identify(tmp_path / "a", name="a.fodg")
    assert not other.extension_matches
    assert identify(tmp_path / "a", name="a.xml").puid == "fmt/101"


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"trang 1\f\x0etrang 2\r\n\x1a", "txt"), (b"", None), (bytes(range(256)), None)],
)
def test_a_text_for_a_printer_is_text(tmp_path: Path, content: bytes, key: str | None) -> None:
    (tmp_path / "a").write_bytes(content)
    row = accepted_formats().find(identify(tmp_path / "a", name="a.txt"))
    assert (row and row.key) == key


def test_what_is_no_whole_xml_is_not_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"<hoSo><a></hoSo>")
    assert identify(tmp_path / "a", name="a.xml").puid is None


_BINARY_BOOK = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@pytest.mark.parametrize(("main", "puid"), [(_BOOK, "fmt/214"), (_BINARY_BOOK, "fmt/595")])
def test_a_workbook_is_what_its_main_part_is(tmp_path: Path, main: str, puid: str) -> None:
    """SheetJS names the type of binary books for the ending "bin" in every file it writes."""
    openpyxl.Workbook().save(tmp_path / "usual.xlsx")
    other = f'<Default Extension="bin" ContentType="{_BINARY_BOOK}"/><Override'
    with (
        zipfile.ZipFile(tmp_path / "usual.xlsx") as usual,
        zipfile.ZipFile(tmp_path / "a", "w") as written,
    ):
        for name in usual.namelist():
            data = usual.read(name)
            if name == "[Content_Types].xml":
                data = data.replace(b"<Override", other.encode(), 1)
                data = data.replace(_BOOK.encode(), main.encode())
            written.writestr(name, data)
    assert identify(tmp_path / "a", name="a.xlsx").puid == puid


def test_a_page_that_word_saved_is_a_web_page(tmp_path: Path) -> None:
    head = (
        b'<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:'
    )
    (tmp_path / "a").write_bytes(head + b'word"><head></head><body>1</body></html>')
    accepted = accepted_formats().find(identify(tmp_path / "a", name="a.htm"))
    assert accepted is not None
    assert accepted.key == "html"


def test_sound_alone_in_an_mp4_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\0\0\x1cftypM4A \0\0\2\0M4A isomiso2" + bytes(64))
    accepted = accepted_formats().find(identify(tmp_path / "a", name="a.m4a"))
    assert accepted is not None
    assert accepted.key == "mp4"


@pytest.mark.parametrize(
    ("of_pictures", "ending"), [(_OF_PICTURES, "wmv"), (b"", "wma")], ids=["film", "sound"]
)
def test_a_film_is_no_sound_though_it_has_some(
    tmp_path: Path, of_pictures: bytes, ending: str
) -> None:
    path = tmp_path / "phim.wmv"
    path.write_bytes(b"".join((_ASF, bytes(100), of_pictures, bytes(20), _OF_SOUND, bytes(100))))
    row = accepted_formats().find(identify(path))
    assert row is not None
    assert row.key == ending


def test_a_big_tiff_is_called_by_its_name_and_not_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("L", (64, 64)).save(path, "TIFF", big_tiff=True)
    found = identify(path)
    assert (found.puid, found.name, found.extension_matches) == ("fmt/1917", "BigTIFF", True)
    assert accepted_formats().find(found) is None


_IN_BOX = "From a@x.vn Wed Mar 12 08:30:00 2025\n"


@pytest.mark.parametrize(
    ("heads", "key"),
    [
        ("From: a@x.vn\nTo: b@x.vn\nSubject: x\nDate: Wed, 12 Mar 2025 08:30:00 +0700\n", "eml"),
        ("Received: by mx\nX-Own: 1\nFROM: a@x.vn\nDate: Wed, 12 Mar 2025 08:30:00 +0700\n", "eml"),
        ("Subject: x\nFrom: a@x.vn\nTo: b@x.vn\nMIME-Version: 1.0\n", "eml"),  # no day yet
        ("To: b@x.vn\nX-Unsent: 1\nMIME-Version: 1.0\n", "eml"),  # a draft of Outlook
        (f"{_IN_BOX}From: a@x.vn\nDate: Wed, 12 Mar 2025 08:30:00 +0700\n", "eml"),
        (f"{_IN_BOX}From: a@x.vn\nMIME-Version: 1.0\n\nA\n\n{_IN_BOX}From: b@x.vn\n", None),
        ("From: a@x.vn\nSubject: x\n", None),
        ("Biên bản\nFrom: a@x.vn\nDate: Wed, 12 Mar 2025 08:30:00 +0700\n", None),
    ],
)
def test_a_letter_is_known_by_its_heads_in_any_order(
    tmp_path: Path, heads: str, key: str | None
) -> None:
    (tmp_path / "a").write_text(f"{heads}\nKính gửi\n", "utf-8")
    row = accepted_formats().find(identify(tmp_path / "a", name="thu.eml"))
    assert (row and row.key) == key
