"""Marks in letters that are pasted into documents, hang on e-mails, or are drawn beside words."""

import io
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import img2pdf
import pikepdf
import pytest
from PIL import Image

from archive_service.services import Services
from ingest.checks.examine import ToExamine
from ingest.checks.pictured import is_pictured, level_in_pictures
from tests.worlds.archive import new_home, open_home
from tests.worlds.papers.lettered import written
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

WORDS = "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nKính gửi: Ủy ban nhân dân tỉnh, theo công văn đã nêu"
BODY = '<w:p><w:r><w:t>Kính gửi Sở Nội vụ</w:t></w:r></w:p><w:p><w:r><w:drawing r:embed="r1"/>'
MAIN = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
    'wordprocessingml/2006/main" xmlns:r="http://r"><w:body>' + BODY + "</w:r></w:p></w:body>"
    "</w:document>"
)
TYPES = '<?xml version="1.0"?><Types xmlns="http://x"><Default Extension="jpg"/></Types>'


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("enclosed") / "home")) as opened:
        yield opened


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scanned letter with a stamp askew."""
    made = make_document(74_002, tmp_path, pages=1)
    (page,) = scan_pages(made.pdf, tmp_path / "box")
    return stamp(page, "MẬT", at=(0.12, 0.16), tilt=-7)


def levels_of(services: Services, path: Path) -> tuple[str, str]:
    """What its words say, and what its pictures."""
    data = path.read_bytes()
    (received,) = services.staging.receive_all([data])
    file = ToExamine(uuid4(), path.name, received.sha256, len(data), page_image=False)
    facts = services.examiner.examine_all([file])[file.id]
    return facts.mark, level_in_pictures(services, file, facts) if is_pictured(facts) else ""


def as_docx(folder: Path, picture: bytes) -> Path:
    with zipfile.ZipFile(folder / "a.docx", "w") as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("word/document.xml", MAIN)
        package.writestr("word/media/image1.jpg", picture)
    return folder / "a.docx"


def as_odt(folder: Path, picture: bytes) -> Path:
    with zipfile.ZipFile(folder / "a.odt", "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr("content.xml", "<x><p>Kính gửi</p></x>")
        package.writestr("Pictures/1000000000000280.jpg", picture)
    return folder / "a.odt"


def as_mail(folder: Path, picture: bytes) -> Path:
    letter = EmailMessage()
    letter["Subject"], letter["From"] = "Gửi công văn", "vt@example.org"
    letter.set_content("Kính gửi phòng Văn thư, xin chuyển công văn.")
    pdf = img2pdf.convert(picture)
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename="cong-van.pdf")
    (folder / "a.eml").write_bytes(letter.as_bytes())
    return folder / "a.eml"


@pytest.mark.parametrize("made", [as_docx, as_odt, as_mail])
def test_a_scanned_letter_within_a_file_is_read(
    services: Services, scan: Path, tmp_path: Path, made: Callable[[Path, bytes], Path]
) -> None:
    assert levels_of(services, made(tmp_path, scan.read_bytes())) == ("", "MẬT")


def test_the_words_of_a_mail_and_of_what_hangs_on_it_are_read(
    services: Services, tmp_path: Path
) -> None:
    marked = written(tmp_path / "b.pdf", "SỞ CÔNG TRÌNH\nTUYỆT MẬT\nKính gửi: Ủy ban")
    for body, hung, level in (
        ("Kính gửi\n\nTỐI MẬT\n\nNội dung bên dưới", None, "TỐI MẬT"),
        ("Xin chuyển công văn", marked.read_bytes(), "TUYỆT MẬT"),
        ("Mật khẩu là bí mật, xin bảo mật", None, ""),
    ):
        letter = EmailMessage()
        letter["Subject"] = "Công văn"
        letter.set_content(body, cte="base64")
        if hung is not None:
            letter.add_attachment(hung, maintype="application", subtype="pdf", filename="b.pdf")
        (tmp_path / "a.eml").write_bytes(letter.as_bytes())
        assert levels_of(services, tmp_path / "a.eml")[0] == level


@pytest.mark.parametrize("colour", ["#1e3cb4", "#28282d"])
@pytest.mark.parametrize("place", [(80, 600, 195, 672), (400, 60, 515, 132)])
def test_a_stamp_of_any_ink_beside_words_is_read(
    services: Services, tmp_path: Path, colour: str, place: tuple[int, int, int, int]
) -> None:
    letter = written(tmp_path / "letter.pdf", WORDS)
    Image.new("RGB", (1000, 800), "white").save(tmp_path / "stamp.png")
    stamp(tmp_path / "stamp.png", "MẬT", at=(0.1, 0.1), colour=colour, tilt=6)
    with Image.open(tmp_path / "stamp.png") as drawn:
        cut = io.BytesIO()
        drawn.crop((60, 40, 380, 240)).save(cut, format="PNG", dpi=(200, 200))
    with pikepdf.open(letter, allow_overwriting_input=True) as pdf:
        with pikepdf.open(io.BytesIO(img2pdf.convert(cut.getvalue()))) as picture:
            pdf.pages[0].add_overlay(picture.pages[0], pikepdf.Rectangle(*place))
        pdf.save(letter)
    assert levels_of(services, letter) == ("", "MẬT")
