"""The bench of digitization runs, and says what it compared."""

import os
import shutil
from pathlib import Path

import pytest

from archive_service.bench.digitize import NoBenchImagesError, run
from tests.worlds.papers.page_images import LINES, page_image


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoBenchImagesError):
        run(tmp_path)


@pytest.mark.long
def test_ours_and_the_reference_read_the_same_pages(tmp_path: Path) -> None:
    if shutil.which("tesseract") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needed in CI: Debian's tesseract-ocr and tesseract-ocr-vie")
        pytest.skip("Debian's tesseract-ocr and tesseract-ocr-vie are missing")
    page_image(tmp_path / "1.jpg", lines=LINES[:2])
    page_image(tmp_path / "2.jpg", lines=LINES[:2])
    document = run(tmp_path, runs=1)
    assert document["pages"] == 2
    assert set(document) >= {"name", "machine", "ours", "reference", "ratio", "runs"}
