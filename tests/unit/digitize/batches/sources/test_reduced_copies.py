"""A smaller copy that a scanner writes beside a page is no page of its own."""

from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from archive_service.formats.page_image import read_page_image_here
from archive_service.forms.access_copy import Part, press_access_copy
from digitize.batches.sources.frames import Frame, Splitter
from tests.unit.digitize.batches.sources.split import image_of, pages_of
from tests.worlds.papers.bad_scans import SIZE, sheet

REDUCED = {254: 1}


def tiff_of(path: Path, pages: int) -> Path:
    """Each page with its smaller copy behind it."""
    with AppendingTiffWriter(str(path), new=True) as writer:
        for number in range(pages):
            page = sheet(number)
            for image, tags in ((page, {}), (page.resize((60, 40)), REDUCED)):
                image.save(writer, format="TIFF", tiffinfo=tags, dpi=(200, 200))
                writer.newFrame()
    return path


def test_one_page_with_its_smaller_copy_is_the_file_itself(
    tmp_path: Path, splitter: Splitter
) -> None:
    path = tiff_of(tmp_path / "1.tif", 1)
    assert read_page_image_here(path).frames == 1
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert (page.name, page.size_bytes) == ("1.tif", path.stat().st_size)


@pytest.mark.parametrize("count", [2, 9])
def test_smaller_copies_between_pages_are_passed_over(
    tmp_path: Path, splitter: Splitter, count: int
) -> None:
    path = tiff_of(tmp_path / "hop.tif", count)
    assert read_page_image_here(path).frames == count
    pages = pages_of(path, splitter)
    found: list[Image.Image] = [image_of(page, splitter) for page in pages]
    assert [image.size for image in found] == [SIZE] * count
    assert [image.tobytes() for image in found] == [sheet(at).tobytes() for at in range(count)]
    assert press_access_copy([Part("a", path)], tmp_path / "copy.pdf", "{name}", "") == count
