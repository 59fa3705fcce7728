"""A page that takes longer than it may is told as read in part; a very large one is read whole."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.worlds.archive import copy_home, open_home
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
from tests.worlds.papers.page_images import font
from tests.worlds.servers.backends import read_settings, write_settings

A2_AT_600_DPI = 9921, 14031


def test_a_page_that_takes_too_long_is_told(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    scanned_page(box / "1.jpg", *text_of_page(1))
    home = copy_home(waiting_home(tmp_path / "waiting", STATION), tmp_path / "home")
    settings = read_settings(home)
    short = settings.get("digitize", {}) | {"page_s": 0.001}
    write_settings(home, settings | {"digitize": short})
    with open_home(home) as services:
        station = station_of(services)
        (page,) = pages_of(services, import_batch(services, box, station, code=CODE), station)
    assert "page-read-in-part" in page["codes"]


@pytest.mark.parametrize("name", ["plan.jpg", "plan.tif"])
def test_a_page_of_a2_at_600_dpi_is_read_from_end_to_end(name: str, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    page = Image.new("RGB" if name.endswith("jpg") else "1", A2_AT_600_DPI, "white")
    drawn = ImageDraw.Draw(page)
    for number, line in enumerate(text_of_page(1, lines=12)):
        large = font().font_variant(size=120)
        drawn.text((900, 900 + 400 * number), line, "black", large)
    page.save(box / name, dpi=(600, 600))
    home = waiting_home(tmp_path / "waiting", STATION)
    with open_home(home) as services:
        station = station_of(services)
        (found,) = pages_of(services, import_batch(services, box, station, code=CODE), station)
    assert found["state"] == "read"
    assert not {"page-damaged", "page-read-in-part"} & set(found["codes"])
    assert found["words"] > 100
