"""What comes wrong from a scanner: told page by page, and the batch goes on to its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from archive_service.app import create_app
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.queue.views import show_batch
from digitize.stations.acts import SCOPES
from tests.worlds.archive import OPERATOR
from tests.worlds.clients import program_of
from tests.worlds.digitize.scanning import text_of_page
from tests.worlds.digitize.stations import home_with_stations, imported, uploaded
from tests.worlds.papers import bad_scans, flaws
from tests.worlds.papers.page_images import page_image

# What no page can be made of, by what the station is told at once.
REFUSED = {
    bad_scans.cut: "page-source-truncated",
    bad_scans.bomb: "page-too-large",
    bad_scans.scripted: "page-source-active",
    bad_scans.no_pages: "page-source-no-pages",
    bad_scans.empty: "page-source-empty",
}
# The name of a page, by what the desk says of it.
MEASURED = {
    "bilevel.png": "page-bilevel",
    "cmyk.jpg#1": "page-converted",
    "coarse.jpg": "page-scale",
    "damaged.jpg": "page-damaged",
    "enlarged.jpg": "page-enlarged",
    "no-dpi.jpg": "page-without-dpi",
    "upside-down.jpg": "page-upside-down",
}
GOOD = {"001.jpg", "many.tif#1", "many.tif#2", "zzz.jpg"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An archive that holds nothing, with two stations."""
    with home_with_stations(tmp_path / "home", "tram-01", "tram-02") as opened:
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Good pages between bad ones."""
    aside, box = tmp_path / "aside", tmp_path / "Hộp 9"
    aside.mkdir()
    box.mkdir()
    for make in (*REFUSED, bad_scans.cmyk):
        path = make(aside)
        path.rename(box / path.name)
    good = [
        Image.open(page_image(aside / f"{number}.jpg", lines=tuple(text_of_page(number))))
        for number in range(1, 7)
    ]
    page_image(box / "001.jpg", lines=tuple(text_of_page(7)))
    page_image(box / "upside-down.jpg", clockwise_deg=180)
    bad_scans.overwritten(page_image(box / "damaged.jpg", lines=tuple(text_of_page(8))))
    page_image(box / "zzz.jpg", lines=tuple(text_of_page(9)))  # not the one that is turned
    (box / "bilevel.png").write_bytes(flaws.png(flaws.bilevel(good[0])))
    (box / "coarse.jpg").write_bytes(flaws.saved(good[1].resize((595, 842))))
    (box / "enlarged.jpg").write_bytes(flaws.saved(flaws.enlarged(good[2], 72)))
    (box / "no-dpi.jpg").write_bytes(flaws.saved(good[3], dpi=None))
    good[4].save(box / "many.tif", save_all=True, append_images=good[5:], dpi=(200, 200))
    return box


def test_a_batch_with_every_fault_is_read_to_its_end(services: Services, box: Path) -> None:
    batch = imported(services, box)
    work(services, until_empty=True)
    shown = show_batch(services, batch.number, actor=OPERATOR)
    codes = {page["name"]: set(page["codes"]) for page in shown["pages"]}
    assert shown["state"] == "review"
    told = {"cut.jpg", "bomb.png", "script.pdf", "none.pdf", "empty.jpg"}
    assert codes.keys() == told | MEASURED.keys() | GOOD
    missed = {name: code for name, code in MEASURED.items() if code not in codes[name]}
    assert missed == {}
    assert {name: codes[name] for name in GOOD if codes[name]} == {}
    verdicts = {page["name"]: page["verdict"] for page in shown["pages"]}
    assert {name for name in verdicts if verdicts[name] == "look"} == {
        "no-dpi.jpg",
        "upside-down.jpg",
    }


def test_a_station_elsewhere_is_told_of_each_refused_file_at_once(
    services: Services, tmp_path: Path
) -> None:
    program = program_of(create_app(services), services, "tram-02", scopes=SCOPES)
    begun = program.post("/batches", json={"reference": "hop-9"}).get_json()
    place = f"/batches/{begun['id']}"
    for make, code in REFUSED.items():
        path = make(tmp_path)
        body = {"upload": uploaded(program, path), "name": path.name}
        answer = program.post(f"{place}/files", json=body)
        assert answer.status_code == 201
        assert code in {entry["code"] for entry in answer.get_json()["refused"]}
    good = page_image(tmp_path / "good.jpg")
    body = {"upload": uploaded(program, good), "name": good.name}
    assert program.post(f"{place}/files", json=body).status_code == 201
    closed = program.post(f"{place}/close", json={}).get_json()
    assert (closed["state"], closed["files"], closed["pages"]) == ("reading", len(REFUSED) + 1, 1)
