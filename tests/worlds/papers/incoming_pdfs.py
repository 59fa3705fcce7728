"""PDFs as senders bring them: born digital, images of sheets, with words good and bad, signed."""

import datetime as dt
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw

from archive_service.signing.port import Signer
from digitize.documents.pdfa import MadePage, assemble, image_to_pdf
from digitize.ocr.words import Line, PageReading, Word
from tests.worlds.papers.page_images import INK, PAPER, font

AT = dt.datetime(2025, 4, 12, 3, tzinfo=dt.UTC)
LINES = (
    "Trạm bơm Khe Lạnh được xây dựng tại xã Sơn Lam",
    "Biên bản bàn giao công trình và các giấy tờ kèm theo",
    "Hai bên đã kiểm tra máy bơm, đường ống và nhà trạm",
)
GARBAGE = (
    "Trqm b0m Khe Lqnh dvqc x4y dvng t9i x8 SOn L4m Bi6n b8n b4n gi4o c0ng tr1nh v4 c4c gi3y t0"
)
FOLDED = "Tram bom Khe Lanh duoc xay dung tai xa Son Lam Bien ban ban giao cong trinh"


def sheet(target: Path, *, lines: tuple[str, ...] = LINES) -> Path:
    """The image of a small sheet, as a scanner gives it."""
    image = Image.new("RGB", (1100, 130 + 80 * len(lines)), PAPER)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((60, 60 + number * 80), line, font=font(), fill=INK)
    image.save(target, dpi=(200, 200), quality=85)
    return target


def born_digital(target: Path) -> Path:
    """Words that are drawn; no image."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    _write(pdf, page, "Bien ban ban giao tram bom Khe Lanh", mode=0)
    pdf.save(target)
    return target


def of_images(target: Path, *sheets: Path) -> Path:
    """Page images and nothing else."""
    target.write_bytes(img2pdf.convert([str(path) for path in sheets]))
    return target


def with_words(target: Path, image_pdf: Path, words: str, *, mode: int = 3) -> Path:
    """The same with these words on each page: unseen, or (mode 0) seen and painted over."""
    with pikepdf.open(image_pdf) as pdf:
        for page in pdf.pages:
            _write(pdf, page, words, mode=mode)
        pdf.save(target)
    return target


def read_right(image: Path, software: str = "") -> PageReading:
    """What a perfect engine reads of ``sheet``."""
    lines = []
    for number, said in enumerate(LINES):
        top, left = 60 + number * 80, 60
        words = []
        for word in said.split():
            right = left + round(font().getlength(word))
            words.append(Word(word, 95.0, left, top, right, top + 44))
            left = right + round(font().getlength(" "))
        lines.append(Line(tuple(words), 60, top, left, top + 44, top + 36, top + 36, number == 0))
    with Image.open(image) as opened:
        return PageReading(*opened.size, 200, tuple(lines), software=software)


def with_good_words(target: Path, image: Path) -> Path:
    """What a good scanner makes: the right words lie unseen over the image."""
    return _assembled(target, image, read_right(image))


def signed(target: Path, image: Path, signer: Signer) -> Path:
    """A PDF/A of an image alone, with a signature."""
    with Image.open(image) as opened:
        bare = _assembled(target.with_suffix(".bare.pdf"), image, PageReading(*opened.size, 200))
    signer.sign_pdf(bare, target, field="Signature1")
    return target


def active(target: Path, image_pdf: Path) -> Path:
    """One that runs a script when it is opened."""
    with pikepdf.open(image_pdf) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=b"app.alert(1)")
        pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.save(target)
    return target


def locked(target: Path, image_pdf: Path) -> Path:
    """One that opens with a password alone."""
    with pikepdf.open(image_pdf) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(user="bi-mat", owner="chu"))
    return target


def _assembled(target: Path, image: Path, reading: PageReading) -> Path:
    alone = target.with_suffix(".one.pdf")
    image_to_pdf(image, alone, dpi=200, name=image.name)
    assemble([MadePage(alone, reading)], target, title="Biên bản", made_at=AT)
    return target


def _write(pdf: pikepdf.Pdf, page: pikepdf.Page, words: str, *, mode: int) -> None:
    face = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.add_resource(pdf.make_indirect(face), pikepdf.Name.Font, pikepdf.Name("/F9"))
    content = f"BT {mode} Tr /F9 9 Tf 20 60 Td ({words}) Tj ET".encode("ascii")
    page.contents_add(content, prepend=mode == 0)
