"""A page that takes longer than it may is told as read in part, and holds up no other."""

from pathlib import Path

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
from tests.worlds.servers.backends import read_settings, write_settings


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
