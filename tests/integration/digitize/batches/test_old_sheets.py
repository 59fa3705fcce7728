"""Sheets unlike today's print: pale copies are read, capitals are not said to lie askew."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.worlds.archive import open_home
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    pages_of,
    station_of,
    waiting_home,
)
from tests.worlds.papers.page_images import SIZE, font

CARBON = (150, 135, 185)  # violet, on tissue; nowhere darker than the middle of the scale
TISSUE = (226, 220, 198)
ROWS = (
    "ỦY BAN NHÂN DÂN TỈNH QUẢNG NAM",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "QUYẾT ĐỊNH VỀ VIỆC GIAO ĐẤT",
    "CHO CÁC HỘ NÔNG DÂN TRONG TỈNH",
)


def sheet(path: Path, *, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> None:
    page = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(page)
    for number in range(20):
        row = ROWS[number % len(ROWS)]
        draw.text((220, 200 + 80 * number), row, ink, font())
    grain = np.random.default_rng(3).normal(0, 3, (SIZE[1], SIZE[0], 1))
    noisy = np.asarray(page, dtype=np.float32) + grain
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, dpi=(200, 200), quality=88)


def test_a_pale_copy_is_read_and_capitals_stand_upright(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    sheet(box / "1.jpg", ink=CARBON, paper=TISSUE)
    sheet(box / "2.jpg", ink=(30, 30, 32), paper=(245, 240, 226))
    with Image.open(box / "2.jpg") as page:
        page.rotate(180).save(box / "3.jpg", dpi=(200, 200), quality=88)
    with open_home(waiting_home(tmp_path / "waiting", STATION)) as services:
        station = station_of(services)
        pale, capitals, turned = pages_of(
            services, import_batch(services, box, station, code=CODE), station
        )
    assert pale["words"] > 100
    assert not {"page-sideways", "page-upside-down"} & set(capitals["codes"])
    assert "page-upside-down" in turned["codes"]
