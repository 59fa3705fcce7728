"""A page photographed on a desk is told as that, and shown straightened."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from archive_service.app import create_app
from archive_service.domain.people.account import Role
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import add_person
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    pages_of,
    scanned_page,
    station_of,
    text_of_page,
    waiting_home,
)
from tests.worlds.papers.page_images import LINES, page_image
from tests.worlds.papers.photographs import STEEP, photographed


def test_a_photograph_is_told_and_shown_straightened(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    page = Image.open(page_image(tmp_path / "page.png", lines=LINES)).convert("RGB")
    shot, _ = photographed(page, STEEP)
    shot.save(box / "1.jpg", quality=90, dpi=(72, 72))
    scanned_page(box / "2.jpg", *text_of_page(2))
    with open_home(waiting_home(tmp_path / "waiting", STATION)) as services:
        station = station_of(services)
        number = import_batch(services, box, station, code=CODE)
        photograph, scan = pages_of(services, number, station)
        assert "page-photographed" in photograph["codes"]
        assert not {"page-dark-edge", "page-scale"} & set(photograph["codes"])
        assert photograph["verdict"] == "rescan"
        assert "page-photographed" not in scan["codes"]

        person(services, "lan")
        add_person(services, "docgia", Role.READER)
        app = create_app(services)
        client = browser_of(app, services, "lan")
        place = f"/scanning/pages/{photograph['id']}/straight-picture"
        shown = f"/scanning/batches/{number}?page={photograph['id']}"
        assert place not in client.get(shown).text
        assert "look=straight" in client.get(shown).text
        straight = client.get(f"{shown}&look=straight").text
        assert place in straight
        assert "được suy ra từ ảnh gốc" in straight
        for address in (place, f"/api/v1/batches/pages/{photograph['id']}/straight-picture"):
            with Image.open(io.BytesIO(client.get(address).data)) as picture:
                light = np.asarray(picture.convert("L"))
            assert min(light[9, 9], light[9, -9], light[-9, 9]) > 130  # paper, no desk
        other = f"/scanning/batches/{number}?page={scan['id']}"
        assert "look=straight" not in client.get(other).text
        assert f"/scanning/pages/{scan['id']}/picture" in client.get(f"{other}&look=straight").text
        assert browser_of(app, services, "docgia").get(place).status_code == 403
