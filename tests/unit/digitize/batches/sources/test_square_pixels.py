"""Pages whose pixels are not square, as a fax sends them."""

from pathlib import Path

import pytest

from digitize.batches.sources.frames import Frame, Splitter
from tests.unit.digitize.batches.sources.split import image_of, pages_of
from tests.worlds.papers.bad_scans import SIZE, pdf_of, sheet


@pytest.mark.parametrize(("suffix", "mode"), [("tif", "1"), ("jpg", "RGB"), ("png", "P")])
def test_a_page_whose_pixels_are_not_square_is_stretched_and_says_so(
    suffix: str, mode: str, tmp_path: Path, splitter: Splitter
) -> None:
    path = tmp_path / f"fax.{suffix}"
    sheet(mode=mode).save(path, dpi=(204, 98))
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    (found,) = page.findings
    assert (found.code, found.facts["across"], found.facts["least"]) == ("page-stretched", 204, 98)
    assert (page.width_px, page.height_px) == (SIZE[0], round(SIZE[1] * 204 / 98))
    assert image_of(page, splitter).size == (page.width_px, page.height_px)
    assert page.dpi == 204


def test_a_fax_that_lies_on_its_side_is_stretched_along_its_own_lines(
    tmp_path: Path, splitter: Splitter
) -> None:
    path = tmp_path / "fax.tif"
    sheet(mode="1").save(path, dpi=(204, 98), tiffinfo={274: 6})
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert (page.width_px, page.height_px) == (round(SIZE[1] * 204 / 98), SIZE[0])


def test_a_pdf_of_an_image_with_flat_pixels_is_drawn_as_it_is_shown(
    tmp_path: Path, splitter: Splitter
) -> None:
    path = tmp_path / "fax.tif"
    sheet(mode="1").save(path, dpi=(204, 98), compression="group4")
    (page,) = pages_of(pdf_of(tmp_path, path), splitter)
    assert isinstance(page, Frame)
    assert [finding.code for finding in page.findings] == ["page-drawn"]
    assert page.height_px / page.width_px == pytest.approx(SIZE[1] / 98 / SIZE[0] * 204, abs=0.01)
