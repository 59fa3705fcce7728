"""A page with nothing but its number is no blank one."""

from pathlib import Path

from tests.worlds.archive import open_home
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    pages_of,
    scanned_page,
    station_of,
    waiting_home,
)


def test_a_number_alone_is_no_blank_page(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for number, text in enumerate(("17", "18", ""), start=1):
        scanned_page(box / f"{number}.jpg", text)
    with open_home(waiting_home(tmp_path / "waiting", STATION)) as services:
        station = station_of(services)
        batch = import_batch(services, box, station, code=CODE)
        pages = pages_of(services, batch, station)
    assert [page["blank"] for page in pages] == [False, False, True]
    assert ["page-blank" in page["codes"] for page in pages] == [False, False, True]
    assert [page["words"] for page in pages] == [1, 1, 0]
    assert not any("page-scanned-twice" in page["codes"] for page in pages)
