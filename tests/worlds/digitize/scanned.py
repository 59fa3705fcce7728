"""An archive that holds digitized copies, with a clerk who has the agency's seal in hand."""

from pathlib import Path

from PIL import Image, ImageDraw

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.signing.seals import acts as seals_acts
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.page_images import INK, PAPER, font

AGENCY = SAMPLE_AGENCY.new_code
CLERK, OTHER_CLERK = "thu", "van"
SCANNED_CODES = ("H40.18.2025.21.QLCT", "H40.18.2025.22.QLCT")


def scanned_case(folder: Path, *, code: str, documents: int) -> Path:
    """Documents of one small sheet of paper each."""
    names = [f"{number:02} Biên bản" for number in range(1, documents + 1)]
    for number, name in enumerate(names, start=1):
        (folder / name).mkdir(parents=True)
        image = Image.new("RGB", (900, 260), PAPER)
        draw = ImageDraw.Draw(image)
        for row, line in enumerate((f"BIÊN BẢN SỐ {number}", "Trạm bơm Khe Lạnh, xã Sơn Lam")):
            draw.text((60, 50 + row * 80), line, font=font(), fill=INK)
        image.save(folder / name / "001.jpg", dpi=(200, 200), quality=85)
    rows = [document_row(name, code) for name in names]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], rows)
    return folder


def scanned_home(place: Path) -> Path:
    """Two digitized case files of two and one documents; the clerk of the agency has its seal."""
    home = new_home(place / "home")
    with open_home(home) as services:
        add_clerks(services)
        for number, code in enumerate(SCANNED_CODES):
            folder = scanned_case(place / str(number), code=code, documents=2 - number)
            (submission,) = submit(folder, actor=person(services, "bach"), services=services)
            do_all(services)
            accept(services, submission, actor=person(services, "lan"))
        do_all(services)
    return home


def add_clerks(services: Services) -> None:
    """Two of the sample's agency; one of them has its seal."""
    with services.unit_of_work() as uow:
        agency = get_agency(uow.session, AGENCY)
        for name in (CLERK, OTHER_CLERK):
            add_account(name, role=Role.CLERK, actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    seals_acts.hand_over(services, AGENCY, to=CLERK, by="Giám đốc", actor=OPERATOR)
