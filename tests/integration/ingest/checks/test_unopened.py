"""Files of a good format that no program opens: told at the door, each with what to do."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import docx
import pikepdf
import pytest
from PIL import Image

from archive_service.formats.malware import NoScanner
from archive_service.formats.unopened import Unopened
from archive_service.services import Services
from ingest.checks.examine import Examiner, FileFacts, ToExamine
from tests.integration.ingest.checks.findings_told import services, told, told_of
from tests.worlds.papers import bad_scans, office_files
from tests.worlds.papers.compound import compound
from tests.worlds.papers.tiff import tiff

__all__ = ["services"]  # fixtures


def without_end(path: Path) -> Path:
    """Cut off, and closed again as a careful program does."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10] + b"\xff\xd9")
    return path


def grown(path: Path, part: str, size_mib: int) -> Path:
    """With one part more, of blanks."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as out, out.open(part, "w") as held:
        for _ in range(size_mib):
            held.write(b" " * (1 << 20))
    return path


def changed(path: Path, part: str, data: bytes | None = None) -> Path:
    """One part of the ZIP as ``data``; without it, its bytes no longer what its checksum says."""
    if data is None:
        whole = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as parts:
            held = parts.getinfo(part)
        at = held.header_offset + 30 + len(part) + held.compress_size // 2
        whole[at : at + 8] = bytes(number ^ 0x5A for number in whole[at : at + 8])
        path.write_bytes(whole)
        return path
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()} | {part: data}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, one in kept.items():
            out.writestr(name, one)
    return path


def test_a_sound_office_file_has_no_finding(services: Services, tmp_path: Path) -> None:
    assert told(services, office_files.docx(tmp_path / "a.docx")) == []
    assert told(services, office_files.xlsx(tmp_path / "a.xlsx")) == []


def test_damage_within_an_office_file_is_told(services: Services, tmp_path: Path) -> None:
    spoilt = changed(office_files.docx(tmp_path / "a.docx"), "word/document.xml")
    assert told(services, spoilt) == ["file-damaged"]
    cut = office_files.xlsx(tmp_path / "b.xlsx")
    with zipfile.ZipFile(cut) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert told(services, changed(cut, "xl/worksheets/sheet1.xml", sheet[:-40])) == ["file-damaged"]


def test_an_office_file_without_its_document_is_told(services: Services, tmp_path: Path) -> None:
    whole = tmp_path / "a.docx"
    docx.Document().save(str(whole))
    assert told(services, whole) == []
    with zipfile.ZipFile(whole) as parts:
        kept = {name: parts.read(name) for name in parts.namelist() if name != "word/document.xml"}
    with zipfile.ZipFile(tmp_path / "b.docx", "w") as out:
        for name, one in kept.items():
            out.writestr(name, one)
    assert told(services, tmp_path / "b.docx") == ["file-damaged"]


@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_an_image_that_is_cut_off_is_told_as_that(
    services: Services, tmp_path: Path, form: str
) -> None:
    """Its bytes are those of an image: nobody says that its name is wrong."""
    path = tmp_path / ("a.jpg" if form == "jpeg" else "a.png")
    Image.effect_noise((400, 300), 60).save(path, form)
    assert told(services, path) == []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert told(services, path) == ["file-damaged"]


def locked_word() -> bytes:
    head = struct.pack("<HHHHHH", 0xA5EC, 0x00C1, 0, 0x0409, 0, 0x0100)
    return compound({"WordDocument": head.ljust(4096, b"\0"), "1Table": bytes(4096)})


def locked_excel() -> bytes:
    begin = struct.pack("<HH16s", 0x0809, 16, struct.pack("<HH", 0x0600, 5))
    book = begin + struct.pack("<HHH", 0x86, 0, 0)[:4] + struct.pack("<HHH", 0x2F, 2, 0)
    return compound({"Workbook": book.ljust(4096, b"\0")})


def locked_powerpoint() -> bytes:
    user = struct.pack("<HHIII", 0, 0x0FF6, 20, 0x14, 0xF3D1C4DF)
    return compound({"Current User": user, "PowerPoint Document": bytes(4096)})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.doc", locked_word()),
        ("a.xls", locked_excel()),
        ("a.ppt", locked_powerpoint()),
        ("a.docx", compound({"EncryptionInfo": bytes(64), "EncryptedPackage": bytes(5000)})),
        ("a.doc", compound({"WordDocument": bytes(4096), "\tDRMContent": bytes(5000)})),
    ],
)
def test_an_office_file_with_a_password_is_told(
    services: Services, tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert "file-encrypted" in told(services, path)
    assert "format-not-accepted" not in told(services, path)


def test_an_old_office_file_that_lacks_its_end_is_told(services: Services, tmp_path: Path) -> None:
    """Its directory stands before what is missing: it still opens."""
    path = tmp_path / "a.doc"
    whole = compound({"1Table": bytes(4096), "WordDocument": bytes(9000)})
    path.write_bytes(whole)
    assert "file-damaged" not in told(services, path)
    path.write_bytes(whole.replace(struct.pack("<I", 9000), struct.pack("<I", 9999)))
    assert "file-damaged" in told(services, path)


@pytest.mark.parametrize("prolog", [rb"{\rtf1\ansi\ansicpg1258", rb"{\rtf1\sste17000\ansi"])
def test_an_rtf_that_was_cut_off_is_told(services: Services, tmp_path: Path, prolog: bytes) -> None:
    path = tmp_path / "a.rtf"
    whole = prolog + rb" {\b Kinh gui \{x\}} {\*\pict\bin4 }}}}}\par}" + b"\r\n\0"
    path.write_bytes(whole)
    assert told(services, path) == []
    path.write_bytes(whole[:-8])
    assert told(services, path) == ["file-damaged"]


def test_an_open_document_with_a_password_is_told(services: Services, tmp_path: Path) -> None:
    path = office_files.odf(tmp_path / "a.odt", "<office:text/>")
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    assert told(services, changed(path, "META-INF/manifest.xml", manifest)) == ["file-encrypted"]


def test_an_image_that_is_not_whole_is_told(services: Services, tmp_path: Path) -> None:
    whole = tiff(tmp_path / "a.tif", pages=3)
    assert told(services, whole) == []
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert told(services, whole) == ["image-unreadable"]
    png = tmp_path / "a.png"
    Image.effect_noise((300, 200), 90).save(png)
    assert told(services, png) == []
    spoilt = bytearray(png.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    png.write_bytes(spoilt)
    assert told(services, png) == ["image-unreadable"]


def test_a_photograph_that_cannot_be_read_is_told(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise((300, 200), 90).save(path)
    assert told(services, path) == []
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\xff\xc0")] + data[data.index(b"\xff\xda") :])
    assert told(services, path) == ["image-unreadable"]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("harm", [bad_scans.overwritten, without_end])
def test_a_photograph_that_is_not_whole_is_told(
    services: Services, tmp_path: Path, mode: str, harm: Callable[[Path], Path]
) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise((300, 200), 90).convert(mode).save(path)
    assert told(services, path) == []
    assert told(services, harm(path)) == ["image-unreadable"]


@pytest.mark.parametrize("compression", ["group4", "group3"])
def test_a_fax_whose_decoder_had_to_guess_is_told(
    services: Services, tmp_path: Path, compression: str
) -> None:
    path = tmp_path / "a.tif"
    Image.effect_noise((300, 200), 90).convert("1").save(path, compression=compression)
    assert told(services, path) == []
    assert told(services, bad_scans.overwritten(path)) == ["image-unreadable"]


def test_damage_is_told_however_a_part_is_packed(services: Services, tmp_path: Path) -> None:
    path = office_files.docx(tmp_path / "a.docx")
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    noise = Image.effect_noise((200, 200), 90).tobytes()
    for packing in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(path, "w") as out:
            for name, one in kept.items():
                out.writestr(name, one)
            out.writestr("word/media/seal.bin", noise, packing)
        assert told(services, path) == []
        assert told(services, changed(path, "word/media/seal.bin")) == ["file-damaged"]


@pytest.mark.parametrize(
    ("part", "size_mib"), [("word/media/film.bin", 513), ("word/comments.xml", 65)]
)
def test_more_than_is_looked_through_is_told(
    services: Services, tmp_path: Path, part: str, size_mib: int
) -> None:
    path = grown(office_files.docx(tmp_path / "a.docx"), part, size_mib)
    assert told(services, path) == ["file-not-looked-through"]


def test_a_packing_that_is_not_known_is_told(services: Services, tmp_path: Path) -> None:
    """Windows packs large parts by Deflate64."""
    path = office_files.docx(tmp_path / "a.docx")
    data = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.rindex(sign) + at
        data[place : place + 2] = (9).to_bytes(2, "little")
    path.write_bytes(data)
    assert told(services, path) == ["file-not-looked-through"]


def test_looking_through_that_breaks_off_is_told(services: Services, tmp_path: Path) -> None:
    """The mark of secrecy could be read; what is damaged or locked could not be."""
    path = grown(office_files.docx(tmp_path / "a.docx"), "META-INF/manifest.xml", 300)
    examiner = Examiner(
        services.staging,
        scanner=NoScanner(),
        trust=services.examiner.trust,
        limits=services.settings.limits.model_copy(update={"parser_mib": 256}),
    )
    (received,) = services.staging.receive_all([path.read_bytes()])
    asked = ToExamine(uuid4(), path.name, received.sha256, path.stat().st_size, page_image=False)
    seen = examiner.examine_all([asked])[asked.id]
    assert seen.unopened is Unopened.LIMITS
    assert told_of(services, path.name, seen) == ["file-not-looked-through"]


def test_a_pdf_with_a_spoilt_page_is_told(services: Services, tmp_path: Path) -> None:
    packed = bytearray(zlib.compress(b"BT (van ban) Tj ET\n" * 400))
    packed[20:40] = bytes(20)
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        page.obj.Contents = pikepdf.Stream(pdf, bytes(packed), Filter=pikepdf.Name.FlateDecode)
        pdf.save(tmp_path / "a.pdf", compress_streams=False)
    assert told(services, tmp_path / "a.pdf") == ["pdf-page-broken"]


def test_what_was_not_looked_through_is_told(services: Services) -> None:
    """Above all because a mark of secrecy was not looked for."""
    assert told_of(services, "a.docx", FileFacts(unopened=Unopened.LIMITS)) == [
        "format-not-read",
        "file-not-looked-through",
    ]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b'<?xml version="1.0"?><hoSo><a></hoSo>', ["file-damaged"]),
        (b'<?xml version="1.0"?><hoSo><a/>', ["file-damaged"]),
        (b'<?xml version="1.0" encoding="windows-1258"?><hoSo>\xe2\xf0</hoSo>', []),
        (b'<?xml version="1.0" encoding="gb2312"?><hoSo>\xb0\xa1</hoSo>', []),
    ],
)
def test_xml_that_is_not_whole_is_told(
    services: Services, tmp_path: Path, content: bytes, codes: list[str]
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    assert told(services, path) == codes


@pytest.mark.parametrize(
    ("before", "end", "codes"),
    [
        (b"\r\n\r\n", b"%%EOF", []),
        (b"\xef\xbb\xbf", b"%%EOF", []),
        (b"", b"%%EOF" + bytes(600), []),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"%%EOF", ["pdf-bytes-before"]),
        (b"x" * 1000, b"%%EOF" + bytes(600), ["pdf-bytes-before"]),
        (b"", b"", ["pdf-not-recognised"]),
        (b"\n", b"", ["pdf-not-recognised"]),
    ],
)
def test_a_pdf_is_known_by_what_its_readers_see(
    services: Services, tmp_path: Path, before: bytes, end: bytes, codes: list[str]
) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path, force_version="1.7")
    path.write_bytes(before + path.read_bytes().replace(b"%%EOF", end))
    assert told(services, path) == codes


@pytest.mark.parametrize(
    ("behind", "codes"),
    [
        (b"", []),
        (b"\n\0\0\x1a", []),
        (b"\n% made by a scanner\n%%\n", []),
        (b"<html>download</html>", ["pdf-bytes-behind"]),
        (b"\n%\n" + bytes(2 << 20) + b"PK\3\4", ["pdf-damaged", "pdf-bytes-behind"]),
    ],
)
def test_bytes_behind_the_end_of_a_pdf_are_told(
    services: Services, tmp_path: Path, behind: bytes, codes: list[str]
) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path, force_version="1.7")
    path.write_bytes(path.read_bytes().rstrip() + behind)
    assert told(services, path) == codes


def test_macros_are_told_whatever_the_file_calls_itself(services: Services, tmp_path: Path) -> None:
    for file in (office_files.docx(tmp_path / "a.docx"), office_files.xlsx(tmp_path / "a.xlsx")):
        folder = "word" if file.suffix == ".docx" else "xl"
        added = changed(file, f"{folder}/vbaProject.bin", b"\xd0\xcf")
        assert told(services, added) == ["office-macros"]
    old = tmp_path / "a.doc"
    plain = {"WordDocument": struct.pack("<H", 0xA5EC).ljust(4096, b"\0")}
    old.write_bytes(compound(plain))
    assert "office-macros" not in told(services, old)
    old.write_bytes(compound(plain | {"Macros/VBA/_VBA_PROJECT": b"\xcc\x61"}))
    assert "office-macros" in told(services, old)


@pytest.mark.parametrize(
    ("kind", "target", "codes"),
    [
        ("attachedTemplate", "https://mau.example.vn/a.dotm", ["office-loads"]),
        ("attachedTemplate", r"\\may-chu\mau\a.dotm", ["office-loads"]),
        ("attachedTemplate", "file://may-chu/mau/a.dotm", ["office-loads"]),
        ("attachedTemplate", r"file:///C:\Users\an\Templates\a.dotx", []),
        ("image", "file:///D:/anh/so-do.png", ["office-loads"]),
        ("hyperlink", "https://vanban.example.vn/", []),
    ],
)
def test_an_office_file_that_loads_from_elsewhere_is_told(
    services: Services, tmp_path: Path, kind: str, target: str, codes: list[str]
) -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    told_of_it = f'Id="r1" Type="{office}/{kind}" Target="{target}" TargetMode="External"'
    relations = f'<Relationships xmlns="{kinds}"><Relationship {told_of_it}/></Relationships>'
    path = office_files.docx(tmp_path / "a.docx")
    changed(path, "word/_rels/settings.xml.rels", relations.encode())
    assert told(services, path) == codes


def test_a_word_file_that_holds_a_web_page_is_one_and_is_told(
    services: Services, tmp_path: Path
) -> None:
    """As html-docx-js writes it: the types are broken over lines, and its text is MHTML."""
    path = office_files.docx(tmp_path / "a.docx")
    with zipfile.ZipFile(path) as parts:
        types = parts.read("[Content_Types].xml").replace(b"ContentType=", b"ContentType=\n  ")
    changed(path, "[Content_Types].xml", types)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = f'Id="r1" Type="{office}/officeDocument" Target="/word/document.xml"'
    package = f'<Relationships xmlns="{kinds}"><Relationship {main}/></Relationships>'
    changed(path, "_rels/.rels", package.encode())
    assert told(services, path) == []
    chunk = f'Id="htmlChunk" Type="{office}/aFChunk" Target="/word/afchunk.mht"'
    relations = f'<Relationships xmlns="{kinds}"><Relationship {chunk}/></Relationships>'
    changed(path, "word/_rels/document.xml.rels", relations.encode())
    page = b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Kinh gui</p>"
    changed(path, "word/afchunk.mht", page)
    assert told(services, path) == ["office-chunks"]
