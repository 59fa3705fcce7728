"""A case file in formats of yesterday: a picture, old texts, a PDF of an old version."""

from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw

from archive_service.domain.people.account import Role
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import add_person, do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

CODE = "H40.18.2025.31.QLCT"
GIF, TEXT, OLD_PDF, DOC = "fmt/3", "x-fmt/111", "fmt/17", "fmt/40"
TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam\n§éc lËp - Tù do - H¹nh phóc\n"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam\nÑoäc laäp - Töï do - Haïnh phuùc\n"
UNICODE = "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n"


def write_gif(target: Path) -> Path:
    """A picture of two colours."""
    image = Image.new("P", (300, 200))
    image.putpalette([200, 10, 10, 0, 0, 0] + [0] * 762)
    ImageDraw.Draw(image).rectangle((20, 20, 200, 90), fill=1)
    image.save(target)
    return target


def write_old_pdf(target: Path) -> Path:
    """A PDF 1.3."""
    write_pdf(target, words="cu")
    with pikepdf.open(target, allow_overwriting_input=True) as pdf:
        pdf.save(target, force_version="1.3")
    return target


def old_formats_home(place: Path) -> Path:
    """An archive with one stored case file of all these, and ``quan``, its administrator."""
    folder = place / "in"
    folder.mkdir()
    write_gif(folder / "so-do.gif")
    (folder / "cu.txt").write_bytes(TCVN3.encode("latin-1"))
    (folder / "moi.txt").write_text(UNICODE)
    write_old_pdf(folder / "cu.pdf")
    documents = [document_row(name, CODE) for name in ("so-do.gif", "cu.txt", "moi.txt", "cu.pdf")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], documents)
    home = new_home(place / "home")
    with open_home(home) as services:
        add_person(services, "quan", Role.ADMIN)
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
        do_all(services)
    return home
