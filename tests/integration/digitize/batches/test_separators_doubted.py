"""A separator sheet that cannot be understood is told, and nothing is released before a person."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.queue.views import show_batch
from digitize.batches.release.release import BatchNotReadyError
from digitize.batches.separators import print_sheets
from digitize.ocr.separators import Separator
from tests.worlds.archive import copy_home, open_home
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    pages_of,
    paper_case,
    qr_page,
    scanned_page,
    separator_page,
    station_of,
    text_of_page,
    waiting_home,
)
from tests.worlds.holding import case_of

OTHER = "H40.18.2025.07.QLCT"


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting_home(tmp_path_factory.mktemp("waiting"), STATION)


@pytest.fixture
def services(waiting: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(waiting, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def station(services: Services) -> Actor:
    return station_of(services)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A good sheet and its page; then a page that a sheet is to be laid before."""
    (tmp_path / "box").mkdir()
    separator_page(tmp_path / "box" / "1.png", CODE, 1)
    scanned_page(tmp_path / "box" / "2.jpg", *text_of_page(2))
    scanned_page(tmp_path / "box" / "4.jpg", *text_of_page(4))
    return tmp_path / "box"


@pytest.mark.parametrize(
    "text", [f"AS1|{OTHER}|999999999999", "AS1|Sở Công trình|0001", "AS2|x|0001"]
)
def test_a_sheet_that_is_not_understood_divides_and_waits_for_a_person(
    services: Services, station: Actor, box: Path, text: str
) -> None:
    qr_page(box / "3.png", text)
    number = import_batch(services, box, station, split="separators")
    batch = show_batch(services, number, actor=station)
    first, second = batch["documents"]
    assert (first["code"], first["document"], first["pages"]) == (CODE, 1, 1)
    assert (second["code"], second["document"], second["pages"]) == ("", None, 1)
    sheet = batch["pages"][2]
    assert (sheet["separator"], sheet["number"]) == ({"text": text}, None)
    assert (sheet["codes"], sheet["undecided"]) == (["page-separator-foreign"], True)
    with pytest.raises(BatchNotReadyError) as refused:
        desk_acts.release(services, number, actor=station)
    assert refused.value.facts["undecided"] == 1


def test_what_a_person_says_of_it_holds(services: Services, station: Actor, box: Path) -> None:
    paper_case(services, box.parent / "other", code=OTHER)
    qr_page(box / "3.png", "AS1|x|3")
    number = import_batch(services, box, station, split="separators")
    batch = show_batch(services, number, actor=station)
    facts = {"document": batch["documents"][1]["id"], "code": OTHER, "ordinal": 1}
    desk_acts.edit(services, number, "assign", facts, actor=station)
    facts = {"page": batch["pages"][2]["id"], "reason": "tờ in thử"}
    desk_acts.edit(services, number, "keep", facts, actor=station)
    work(services, until_empty=True)
    assert desk_acts.release(services, number, actor=station).codes == [OTHER, CODE]
    work(services, until_empty=True)
    for code in (CODE, OTHER):
        assert len(case_of(services, code).documents[0].page_images()) == 1


def test_where_sheets_do_not_divide_one_is_told_as_well(
    services: Services, station: Actor, box: Path
) -> None:
    (box / "1.png").unlink()
    qr_page(box / "3.png", "AS1|x|3")
    number = import_batch(services, box, station, code=CODE)
    batch = show_batch(services, number, actor=station)
    (document,) = batch["documents"]
    assert document["pages"] == 2
    flagged = [(page["name"], page["codes"]) for page in batch["pages"] if page["undecided"]]
    assert flagged == [("3.png", ["page-separator-foreign"])]


def test_a_sheet_whose_code_is_spoilt_stays_a_page_and_is_told(
    services: Services, station: Actor, box: Path
) -> None:
    pdf = box.parent / "sheet.pdf"
    pdf.write_bytes(print_sheets([Separator(OTHER, 1)], archive="Lưu trữ tỉnh Sơn Lam"))
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", pdf, box / "3"], check=True)
    with Image.open(box / "3.png") as printed:
        sheet = printed.convert("RGB")
    ImageDraw.Draw(sheet).line((650, 500, 1000, 900), fill="black", width=170)
    sheet.save(box / "3.png", dpi=(200, 200))
    number = import_batch(services, box, station, split="separators")
    page = pages_of(services, number, station)[2]
    assert (page["separator"], page["number"]) == ({}, 2)
    assert "page-separator-unread" in page["codes"]
    assert page["undecided"]


@pytest.mark.parametrize("order", [{}, {"duplex": True}], ids=["one side", "both sides"])
def test_a_sheet_that_shines_through_to_its_back_divides_once(
    services: Services, station: Actor, box: Path, order: dict[str, bool]
) -> None:
    with Image.open(separator_page(box / "1.png", CODE, 1)) as sheet:
        front = sheet.convert("RGB")
    back = Image.blend(Image.new("RGB", front.size, "white"), ImageOps.mirror(front), 0.2)
    back.save(box / "1b.png", dpi=(200, 200))
    number = import_batch(services, box, station, split="separators", **order)
    (document,) = show_batch(services, number, actor=station)["documents"]
    assert (document["document"], document["pages"], document["findings"]) == (1, 2, [])
