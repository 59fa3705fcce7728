"""Pages far out of focus: the softer the strokes, the larger the blur that is told."""

import math

import pytest
from PIL import Image, ImageDraw

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.judge import judge
from archive_service.formats.measure.limits import load_limits
from archive_service.formats.measure.prepared import MM_PER_INCH
from tests.worlds.papers import flaws
from tests.worlds.papers.scanned_pages import measured, opened, scanned


def blurred_of(file: bytes) -> list[Finding]:
    told = judge(*measured(file), load_limits("administrative"))
    return [finding for finding in told if finding.code == "page-blurred"]


@pytest.mark.parametrize(("radius", "dpi"), [(3, 200), (4, 200), (6, 200), (8, 200), (6, 600)])
def test_a_page_far_out_of_focus_is_told_with_its_blur(radius: int, dpi: int) -> None:
    page = flaws.blurred(opened(scanned(1)), radius)
    size = (page.width * dpi // 200, page.height * dpi // 200)
    file = flaws.saved(page.resize(size), dpi=dpi)
    assert [finding.severity for finding in blurred_of(file)] == [Severity.ERROR]
    blur_mm = measured(file)[0].blur_mm
    assert blur_mm is not None
    assert blur_mm > 0.8 * radius / 200 * MM_PER_INCH


def test_soft_folds_of_a_blank_back_are_not_out_of_focus() -> None:
    page = Image.new("RGB", (1654, 2339), (235, 235, 235))
    for x in range(-40, 41):
        grey = round(235 - 60 * math.exp(-x * x / 300))
        page.paste((grey, grey, grey), (800 + x, 0, 801 + x, 2339))
    assert blurred_of(flaws.saved(page)) == []


def test_wide_strokes_with_clear_edges_are_in_focus() -> None:
    page = Image.new("RGB", (1654, 2339), (245, 243, 238))
    draw = ImageDraw.Draw(page)
    for x in range(120, 1500, 110):
        draw.line([(x, 200), (x + 90, 2100), (1600 - x, 1200)], fill=(20, 20, 120), width=14)
    assert blurred_of(flaws.saved(page)) == []
