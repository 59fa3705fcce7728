"""Marks in what lies within old Office files, letters of Outlook and PDFs."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import img2pdf
import pikepdf
import pytest

from archive_service.services import Services
from ingest.checks.examine import ToExamine
from ingest.checks.pictured import is_pictured, level_in_pictures
from tests.worlds.archive import new_home, open_home
from tests.worlds.papers.compound import compound, letter
from tests.worlds.papers.lettered import written
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

WORDS = "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nKính gửi: Ủy ban nhân dân tỉnh, theo công văn đã nêu"
MARKED = "SỞ CÔNG TRÌNH\nTUYỆT MẬT\nKính gửi: Ủy ban"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("old") / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A scanned letter with a stamp askew, as JPEG."""
    folder = tmp_path_factory.mktemp("scan")
    made = make_document(74_003, folder, pages=1)
    (page,) = scan_pages(made.pdf, folder / "box")
    return stamp(page, "MẬT", at=(0.12, 0.16), tilt=-7).read_bytes()


def levels_of(services: Services, path: Path) -> tuple[str, str]:
    """What its words say, and what its pictures."""
    data = path.read_bytes()
    (received,) = services.staging.receive_all([data])
    file = ToExamine(uuid4(), path.name, received.sha256, len(data), page_image=False)
    facts = services.examiner.examine_all([file])[file.id]
    return facts.mark, level_in_pictures(services, file, facts) if is_pictured(facts) else ""


def attached(folder: Path, data: bytes, how: str = "list") -> Path:
    """A written letter as PDF with a file attached."""
    path = written(folder / "letter.pdf", WORDS)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        if how == "list":
            pdf.attachments["phu-luc.dat"] = data
        else:
            file = pikepdf.Dictionary(F=pdf.make_stream(data))
            spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="phu-luc", EF=file)
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.FileAttachment,
                Rect=[10, 10, 30, 30],
                FS=spec,
            )
            pdf.pages[0].Annots = pikepdf.Array([note])
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return path


def as_attached(folder: Path, picture: bytes) -> Path:
    return attached(folder, img2pdf.convert(picture))


def as_note(folder: Path, picture: bytes) -> Path:
    return attached(folder, picture, "note")


def as_outlook(folder: Path, picture: bytes) -> Path:
    files = {"cong-van.pdf": bytes(img2pdf.convert(picture))}
    (folder / "a.msg").write_bytes(compound(letter("Gửi công văn", "Xin chuyển", files)))
    return folder / "a.msg"


def as_word(folder: Path, picture: bytes) -> Path:
    words = "Kính gửi Sở Nội vụ\r".encode("utf-16-le")
    streams = {"WordDocument": bytes(1536) + words, "Data": bytes(68) + picture + bytes(100)}
    (folder / "a.doc").write_bytes(compound(streams))
    return folder / "a.doc"


def as_sheets(folder: Path, picture: bytes) -> Path:
    pieces = [picture[at : at + 8224] for at in range(0, len(picture), 8224)]
    kinds = [0xEB, *[0x3C] * len(pieces)]
    book = b"".join(
        struct.pack("<HH", kind, len(piece)) + piece
        for kind, piece in zip(kinds, pieces, strict=False)
    )
    head = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0, 0, 0, 0)
    (folder / "a.xls").write_bytes(compound({"Workbook": head + book}))
    return folder / "a.xls"


def as_letter_in_letter(folder: Path, picture: bytes) -> Path:
    """A ZIP that hangs on a letter which hangs on a letter."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("ho-so/trang-1.jpg", picture)
    inner = letter("Chuyển", "", {"a.zip": packed.getvalue()})
    outer = letter("Chuyển tiếp", "Xin chuyển", {})
    storage = "__attach_version1.0_#00000000/__substg1.0_3701000D"
    outer |= {f"{storage}/{path}": data for path, data in inner.items()}
    (folder / "b.msg").write_bytes(compound(outer))
    return folder / "b.msg"


@pytest.mark.parametrize(
    "made", [as_attached, as_note, as_outlook, as_word, as_sheets, as_letter_in_letter]
)
def test_a_scan_within_a_file_is_read(
    services: Services, scan: bytes, tmp_path: Path, made: Callable[[Path, bytes], Path]
) -> None:
    assert levels_of(services, made(tmp_path, scan)) == ("", "MẬT")


@pytest.mark.parametrize("how", ["list", "note"])
def test_words_of_what_is_attached_in_a_pdf_are_read(
    services: Services, tmp_path: Path, how: str
) -> None:
    marked = written(tmp_path / "b.pdf", MARKED).read_bytes()
    assert levels_of(services, attached(tmp_path, marked, how))[0] == "TUYỆT MẬT"


def test_a_letter_of_outlook_is_read_with_what_hangs_on_it(
    services: Services, tmp_path: Path
) -> None:
    marked = written(tmp_path / "b.pdf", MARKED).read_bytes()
    for subject, body, files, level in (
        ("Công văn", "Kính gửi\r\n\r\nTỐI MẬT\r\n\r\nNội dung", {}, "TỐI MẬT"),
        ("Công văn", "Xin chuyển", {"b.pdf": marked}, "TUYỆT MẬT"),
        ("Công văn", "Xin chuyển", {"MẬT - ke hoach.txt": b"x" * 500}, "MẬT"),
        ("Công văn", "Mật khẩu là bí mật, xin bảo mật", {}, ""),
    ):
        (tmp_path / "a.msg").write_bytes(compound(letter(subject, body, files)))
        assert levels_of(services, tmp_path / "a.msg")[0] == level


def test_words_in_letters_of_one_byte_are_read(services: Services, tmp_path: Path) -> None:
    words = "Céng v¨n\rTuyÖt mËt lµ g×\rTUYÖT MËT\rKÝnh göi\r".encode("cp1252")
    (tmp_path / "a.doc").write_bytes(compound({"WordDocument": bytes(1536) + words}))
    assert levels_of(services, tmp_path / "a.doc")[0] == "TUYỆT MẬT"


def test_a_compound_file_whose_sectors_form_a_ring_is_passed_over(
    services: Services, tmp_path: Path, scan: bytes
) -> None:
    whole = as_word(tmp_path, scan).read_bytes()
    for spoilt in (
        whole[:700],
        whole[: len(whole) // 2],
        whole[:512] + bytes(len(whole) - 512),
        whole[:76] + struct.pack("<I", 0) + whole[80:],
    ):
        (tmp_path / "c.doc").write_bytes(spoilt)
        assert levels_of(services, tmp_path / "c.doc")[0] == ""
