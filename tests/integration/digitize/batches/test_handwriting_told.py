"""A page of a running hand is told as that, and gives the batch no invented words."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

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


def test_a_page_of_ink_without_a_word_comes_to_a_person(tmp_path: Path) -> None:
    """Letters worn away to fragments, a plan, a picture: nothing of it can be searched."""
    box = tmp_path / "box"
    box.mkdir()
    scanned_page(box / "1.jpg", *text_of_page(1))
    with Image.open(scanned_page(tmp_path / "2.jpg", *text_of_page(2))) as opened:
        faint = opened.convert("L").filter(ImageFilter.MaxFilter(5)).convert("RGB")
    ImageDraw.Draw(faint).ellipse((300, 1400, 1300, 2100), outline=(40, 40, 40), width=9)
    faint.save(box / "2.jpg", dpi=(200, 200), quality=90)
    waiting = waiting_home(tmp_path / "waiting", STATION)
    with open_home(copy_home(waiting, tmp_path / "home")) as services:
        station = station_of(services)
        number = import_batch(services, box, station, code=CODE)
        read, unread = pages_of(services, number, station)
    assert "page-without-words" not in read["codes"]
    assert unread["words"] == 0
    assert "page-without-words" in unread["codes"]
    assert unread["verdict"] == "look"
