"""A station, its batches, and case files that wait for their paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from sqlalchemy import select

from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.documents import PageRow
from digitize.batches.intake.acts import import_folder
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.queue.views import show_batch
from digitize.ocr.separators import Separator
from digitize.stations.acts import NewStation, add_station
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.papers.bad_input import write_small_sheet
from tests.worlds.papers.page_images import INK, PAPER, SIZE, font

STATION = "tram-1"
CODE = "H40.18.2025.08.QLCT"


def new_station(services: Services, name: str = STATION) -> Actor:
    """A station that is set up; the actor is its own account."""
    with services.unit_of_work() as uow:
        admin = Actor("os:test", Role.OPERATOR, os_user="test")
        station, _ = add_station(NewStation(name, title=f"Trạm {name}"), actor=admin, uow=uow)
        uow.commit()
        return Actor(name, Role.STATION, station.agency_id, "", station.account_id)


def station_of(services: Services, name: str = STATION) -> Actor:
    """The account of a station that is there."""
    with services.read_only() as session:
        return session.scalars(select(Account).where(Account.name == name)).one().as_actor()


def paper_case(services: Services, folder: Path, *, code: str = CODE, stored: bool = True) -> None:
    """A case file of one document whose paper is still to come; accepted and stored if wanted."""
    folder.mkdir(parents=True)
    write_small_sheet(folder, code=code, files="", confidenceLevel="Số hóa")
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    if stored:
        accept(services, submission, actor=person(services, "lan"))
        work(services, until_empty=True)


def waiting_home(place: Path, *stations: str) -> Path:
    """The home of an archive with a case file that waits for its paper, and stations."""
    home = new_home(place / "home")
    with open_home(home) as services:
        paper_case(services, place / "case")
        for name in stations or (STATION,):
            new_station(services, name)
    return home


def scanned_page(
    path: Path, *lines: str, quality: int = 85, turn_deg: int = 0, dpi: int = 200
) -> Path:
    """A page as a scanner gives it, colour, 200 dpi, lines of text upon grained paper."""
    import numpy as np
    from PIL import ImageDraw

    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((236, 220 + number * 74), line, font=font(), fill=INK)
    rng = np.random.default_rng(len(lines))
    grained = np.asarray(image, dtype=np.float32) + rng.normal(0, 3, (SIZE[1], SIZE[0], 1))
    image = Image.fromarray(grained.clip(0, 255).astype("uint8"))
    if turn_deg:
        image = image.rotate(-turn_deg, expand=True)
    image.save(path, dpi=(dpi, dpi), quality=quality)
    return path


def tiff_of_pages(path: Path, count: int, *, first: int = 1) -> Path:
    """Good pages in one file."""
    pages = []
    for number in range(first, first + count):
        jpeg = scanned_page(path.with_suffix(f".{number}.jpg"), *text_of_page(number))
        with Image.open(jpeg) as image:
            pages.append(image.copy())
        jpeg.unlink()
    pages[0].save(
        path, save_all=True, append_images=pages[1:], dpi=(200, 200), compression="tiff_lzw"
    )
    return path


def separator_page(path: Path, code: str, ordinal: int) -> Path:
    """A separator sheet as it comes back from the scanner."""
    return qr_page(path, Separator(code, ordinal).text())


def qr_page(path: Path, text: str) -> Path:
    """A sheet with one QR and nothing else."""
    image = Image.new("RGB", SIZE, PAPER)
    code_image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = zxingcpp.write_barcode_to_image(code_image, scale=12, add_quiet_zones=False)
    image.paste(Image.fromarray(pixels).convert("RGB"), (600, 700))
    image.save(path, dpi=(200, 200))
    return path


def text_of_page(number: int, lines: int = 5) -> list[str]:
    """Words that no other page has."""
    first = f"Trang thứ {number} của báo cáo năm 2025 về công tác lưu trữ"
    return [first] + [
        f"Mục {number}.{line}: số liệu của huyện gồm {number * 37 + line * 113} hồ sơ đã đo"
        for line in range(1, lines)
    ]


def folder_of_pages(folder: Path, count: int) -> Path:
    """Good pages in order."""
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        scanned_page(folder / f"{number:03}.jpg", *text_of_page(number))
    return folder


def import_batch(
    services: Services, folder: Path, station: Actor, *, read: bool = True, **order: Any
) -> str:
    """The number of a batch of this folder, read by a worker if wanted."""
    given = BatchOrder(reference="", **order)
    batch_id = import_folder(services, folder, given, station=station.account, actor=station)
    if read:
        work(services, until_empty=True)
    with services.read_only() as session:
        return session.get_one(ScanBatch, batch_id).number


def pages_of(services: Services, batch: str, actor: Actor) -> Sequence[PageRow]:
    """Each page, in order."""
    return show_batch(services, batch, actor=actor)["pages"]


def decide_all(services: Services, number: str, actor: Actor) -> set[str]:
    """A reason for each finding of the batch that waits for one; their codes."""
    batch = show_batch(services, number, actor=actor)
    found = [
        *batch["findings"],
        *(finding for row in batch["documents"] for finding in row["findings"]),
    ]
    waiting = [one for one in found if one["stops"]]
    for entry in waiting:
        word = {"finding": entry["key"], "reason": "đã xem bản giấy"}
        desk_acts.edit(services, number, "decide", word, actor=actor)
        work(services, until_empty=True)
    return {entry["code"] for entry in waiting}
