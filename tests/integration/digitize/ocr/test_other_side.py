"""What is printed on the other side of a sheet is no part of its page, however clear it shines."""

from pathlib import Path

from PIL import Image

import archive_service
from digitize.ocr.page_scan import PageRequest, read_page_here
from digitize.ocr.pixels import MOST_PIXELS
from tests.worlds.papers.flaws import seen_through
from tests.worlds.papers.page_images import LINES, page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
BACK = tuple(f"{number}. Biên bản kiểm kê kho vật tư quý ba năm trước" for number in range(1, 23))


def test_the_other_side_is_not_read_as_rows_that_were_lost(tmp_path: Path) -> None:
    page = Image.open(page_image(tmp_path / "page.png")).convert("RGB")
    back = Image.open(page_image(tmp_path / "back.png", lines=BACK)).convert("RGB")
    path = tmp_path / "both.png"
    seen_through(page, back, 0.45).save(path, dpi=(200, 200))
    reading = read_page_here(PageRequest(path), MODEL / "vie.traineddata", "best_int", MOST_PIXELS)
    printed = " ".join(LINES).split()
    added = [word.text for word in reading.iter_words() if word.text not in printed]
    assert len(added) <= 3, added
    assert reading.unread < 0.015
