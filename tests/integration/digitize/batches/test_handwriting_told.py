"""A page of a running hand is told as that, and gives the batch no invented words."""

from pathlib import Path

from archive_service.demo.old_papers.kinds import old_pages
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


def test_handwriting_is_told_and_print_is_not(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (hand,) = old_pages("handwriting", 77, 1)
    (box / "1.jpg").write_bytes(hand.file)
    scanned_page(box / "2.jpg", *text_of_page(2))
    waiting = waiting_home(tmp_path / "waiting", STATION)
    with open_home(copy_home(waiting, tmp_path / "home")) as services:
        station = station_of(services)
        number = import_batch(services, box, station, code=CODE)
        written, printed = pages_of(services, number, station)
    assert "page-handwritten" in written["codes"]
    assert "page-handwritten" not in printed["codes"]
    assert written["words"] == 0
