"""A ready archive: set up once a session and copied for each test; its people and case files."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw

from archive_service.accounts.accounts import acting_as, add_account
from archive_service.bootstrap import Services, open_services
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.account import Actor, Role
from archive_service.settings import Settings, load_settings
from archive_service.workflow import setup
from tests.factories.door import case_row, document_row, write_pdf, write_sheet
from tests.factories.page_images import INK, PAPER, font

OPERATOR = Actor("os:test", Role.OPERATOR, os_user="test")
OTHER_AGENCY = "H40.20"
PASSWORD = "mot-hai-ba-bon"
COPIES = ("kho1", "kho2")
# Name → role; those of an agency belong to the sample's, the stranger to the other one.
PEOPLE = {
    "bach": Role.OFFICER,
    "lan": Role.ARCHIVIST,
    "mai": Role.ARCHIVIST,
    "hung": Role.HEAD,
    "binh": Role.READER,
    "stranger": Role.OFFICER,
}
PDF_NAME = "01 Tờ trình.pdf"
PAPER_FOLDER = "02 Biên bản bàn giao"
PAGE_LINES = ("BIÊN BẢN BÀN GIAO", "Trạm bơm Khe Lạnh, xã Sơn Lam")
_SETTINGS = f"""
[archive]
code = "H40.99"
name = "Lưu trữ tỉnh Sơn Lam"
place = "Sơn Lam"
[storage]
copies = ["file:{COPIES[0]}", "file:{COPIES[1]}"]
[jobs]
retry_base_s = 0.05
[digitize]
processes = 1
"""


@functools.cache
def _first_home() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ready-archive-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / "home"
    home.mkdir()
    (home / "archive.toml").write_text(_SETTINGS, encoding="utf-8")
    with open_home(home) as services:
        setup.init_archive(services, actor=OPERATOR)
        agency, _ = setup.enlist_agency(
            services, SAMPLE_AGENCY.new_code, SAMPLE_AGENCY.name, actor=OPERATOR
        )
        other, _ = setup.enlist_agency(
            services, OTHER_AGENCY, "Sở Nông nghiệp tỉnh Sơn Lam", actor=OPERATOR
        )
        with services.unit_of_work() as uow:
            for name, role in PEOPLE.items():
                of_agency = role is Role.OFFICER
                where = other.id if name == "stranger" else agency.id
                add_account(
                    name,
                    role=role,
                    actor=OPERATOR,
                    uow=uow,
                    agency_id=where if of_agency else None,
                    password=PASSWORD if name == "bach" else None,
                )
            uow.commit()
    return home


def new_home(target: Path) -> Path:
    """A home of its own at ``target``: two copies, two agencies, ``PEOPLE``, nothing held."""
    return copy_home(_first_home(), target)


def copy_home(source: Path, target: Path) -> Path:
    """The same archive once more; nobody may be at work in ``source``."""
    return Path(shutil.copytree(source, target))


def settings_of(home: Path) -> Settings:
    """The settings as the home's own file gives them."""
    return load_settings(home, home / "archive.toml")


@contextmanager
def open_home(home: Path) -> Iterator[Services]:
    """The services of a home, closed afterwards."""
    services = open_services(settings_of(home))
    try:
        yield services
    finally:
        services.close()


def person(services: Services, name: str) -> Actor:
    """One of ``PEOPLE``."""
    with services.read_only() as session:
        return acting_as(
            session, name, os_user="", idle_days=services.settings.web.idle_account_days
        )


def mixed_case(folder: Path, *, code: str = "H40.18.2025.09.QLCT") -> Path:
    """A good case file of one PDF and one sheet of paper, small enough to be read at once."""
    (folder / PAPER_FOLDER).mkdir(parents=True)
    write_pdf(folder / PDF_NAME, words=code)
    image = Image.new("RGB", (900, 260), PAPER)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(PAGE_LINES):
        draw.text((60, 50 + number * 80), line, font=font(), fill=INK)
    image.save(folder / PAPER_FOLDER / "001.jpg", dpi=(200, 200), quality=85)
    documents = [document_row(PDF_NAME, code), document_row(PAPER_FOLDER, code)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], documents)
    return folder


def small_pdf_case(folder: Path, *, code: str = "H40.18.2025.08.QLCT") -> Path:
    """A good case file of one blank PDF: the quickest there is."""
    write_pdf(folder / PDF_NAME, words=code)
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], [document_row(PDF_NAME, code)])
    return folder
