"""Marks in drawings, in packed pictures of old slides, and in what Outlook packs."""

import gzip
import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from archive_service.formats.identify import identify_here
from archive_service.formats.metafile import metafile_pictures
from archive_service.formats.old_office import files_in
from archive_service.formats.packed_rtf import unpacked_rtf
from archive_service.formats.secrecy import read_mark_here
from tests.worlds.papers.compound import compound, letter
from tests.worlds.papers.drawings import blip, emf, on_slide, packed_rtf, winmail, wmf
from tests.worlds.papers.lettered import written

DRAWN = ("SỞ CÔNG TRÌNH", "TỐI MẬT", "Số: 12/BC")
RTF = rb"{\rtf1\ansi\ansicpg1258 S\u7902? A\par M\u7852?T\par Kinh gui\par}"
WEB = (
    rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p class=x>}\htmlrtf {\htmlrtf0 Kinh gui"
    rb"{\*\htmltag72 </p>}{\*\htmltag64 <p>}T\u7888?I M\u7852?T{\*\htmltag72 </p>}\par}"
)


def level_of(path: Path) -> str:
    return read_mark_here(path, identify_here(path, path.name))


def _docx(folder: Path, name: str, drawing: bytes) -> Path:
    path = folder / "a.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<t/>")
        package.writestr("word/document.xml", "<d><p><r><t>Kinh gui</t></r></p></d>")
        package.writestr(f"word/media/{name}", drawing)
    return path


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("image1.emf", emf(*DRAWN)),
        ("image1.emz", gzip.compress(emf(*DRAWN))),
        ("image1.wmf", wmf("So Cong trinh", "TOI MAT")),
    ],
)
def test_words_of_a_drawing_are_read(tmp_path: Path, name: str, drawing: bytes) -> None:
    (tmp_path / name).write_bytes(drawing)
    assert level_of(tmp_path / name) == "TỐI MẬT"
    assert level_of(_docx(tmp_path, name, drawing)) == "TỐI MẬT"


def test_a_picture_within_a_drawing_is_taken_out() -> None:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "#aa1122").save(held, "BMP")
    ((name, data),) = metafile_pictures(emf("x", picture=held.getvalue()))
    with Image.open(io.BytesIO(data)) as picture:
        assert (name, picture.size, picture.getpixel((3, 3))) == (
            "picture.bmp", (40, 30), (0xAA, 0x11, 0x22),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "held"),
    [
        ("Pictures", blip(emf(*DRAWN))),
        ("Pictures", blip(wmf("TOI MAT"), kind=0xF01B, mark=0x2160)),
        ("Data", bytes(68) + blip(emf(*DRAWN))),
    ],
)
def test_packed_drawings_of_old_office_files_are_read(
    tmp_path: Path, stream: str, held: bytes
) -> None:
    path = tmp_path / "a.ppt"
    path.write_bytes(compound({"PowerPoint Document": bytes(5000), stream: held}))
    assert level_of(path) == "TỐI MẬT"


def test_a_file_put_on_an_old_slide_is_read(tmp_path: Path) -> None:
    marked = written(tmp_path / "b.pdf", "SỞ CÔNG TRÌNH\nTUYỆT MẬT\nKính gửi").read_bytes()
    packed = on_slide(compound({"CONTENTS": marked}))
    path = tmp_path / "a.ppt"
    path.write_bytes(compound({"PowerPoint Document": bytes(600) + packed}))
    assert [name for name, _ in files_in(path, 1 << 20)] == ["object.ole"]
    assert level_of(path) == "TUYỆT MẬT"


def test_rtf_as_outlook_packs_it() -> None:
    """The two examples of its specification."""
    hello = "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    hello += "0af32068656c090020627705b06c647d0a800fa0"
    for packed, text in (
        (
            hello,
            "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        (
            "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0",
            "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
        ),
    ):
        assert unpacked_rtf(bytes.fromhex(packed), 1 << 20) == text
    assert unpacked_rtf(packed_rtf(RTF), 1 << 20).encode("latin-1") == RTF


@pytest.mark.parametrize(("body", "level"), [(RTF, "MẬT"), (WEB, "TỐI MẬT")])
def test_a_letter_whose_body_is_packed_alone_is_read(
    tmp_path: Path, body: bytes, level: str
) -> None:
    streams = letter("Công văn", " ", {})
    streams["__substg1.0_10090102"] = packed_rtf(body)
    (tmp_path / "a.msg").write_bytes(compound(streams))
    assert level_of(tmp_path / "a.msg") == level


@pytest.mark.parametrize(
    ("body", "files", "level"),
    [
        (RTF, {}, "MẬT"),
        (b"{\\rtf1 x}", {"ke-hoach.emf": emf(*DRAWN)}, "TỐI MẬT"),
        (b"{\\rtf1 x}", {"TUYỆT MẬT ke hoach.txt": b"x"}, "TUYỆT MẬT"),
        (b"{\\rtf1 x}", {"ghi-chu.txt": "Kính gửi\nMẬT\n".encode()}, "MẬT"),
        (b"{\\rtf1 bao mat}", {"ghi-chu.txt": b"bao mat"}, ""),
    ],
)
def test_what_outlook_packs_beside_a_mail_is_read(
    tmp_path: Path, body: bytes, files: dict[str, bytes], level: str
) -> None:
    packed = winmail(body, files)
    (tmp_path / "winmail.dat").write_bytes(packed)
    assert level_of(tmp_path / "winmail.dat") == level
    mail = EmailMessage()
    mail["Subject"] = "Cong van"
    mail.set_content("Xin chuyen")
    mail.add_attachment(packed, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    assert level_of(tmp_path / "a.eml") == level


@pytest.mark.parametrize("cut", [5, 30, 60, 100])
def test_what_is_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    whole = (emf(*DRAWN), wmf("x"), winmail(RTF, {"a.txt": b"x" * 100}), gzip.compress(emf("x")))
    for number, data in enumerate(whole):
        path = tmp_path / f"{number}.emz"
        path.write_bytes(data[: min(cut, len(data) - 1)])
        assert level_of(path) == ""
