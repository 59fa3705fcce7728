"""A page just within a limit of its standard passes it; one just beyond is told."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
from PIL import Image

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.file import measure_file_here
from archive_service.formats.measure.judge import judge
from archive_service.formats.measure.limits import load_limits
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.page_image import PageImageFacts, read_page_image_here
from tests.worlds.papers import flaws
from tests.worlds.papers.scanned_pages import measured, opened, scanned

ERROR, WARNING = Severity.ERROR, Severity.WARNING
AT_300 = (2480, 3508)
ADMINISTRATIVE, DRAWING = "administrative", "drawing"
# (limit, what is done to a level page, the standard, the finding, its severity; None: it passes)
Case = tuple[str, Callable[[Image.Image], bytes], str, str, Severity | None]
CASES: tuple[Case, ...] = (
    ("200 dpi", lambda a: flaws.saved(a, dpi=200), ADMINISTRATIVE, "page-too-coarse", None),
    ("199 dpi", lambda a: flaws.saved(a, dpi=199), ADMINISTRATIVE, "page-too-coarse", ERROR),
    ("map of 300", lambda a: _map(a, 300), DRAWING, "page-too-coarse", None),
    ("map of 299", lambda a: _map(a, 299), DRAWING, "page-too-coarse", ERROR),
    ("98 %", lambda a: flaws.saved(a, dpi=205), ADMINISTRATIVE, "page-scale", None),
    ("96 %", lambda a: flaws.saved(a, dpi=209), ADMINISTRATIVE, "page-scale", WARNING),
    ("fits at 200", lambda a: flaws.saved(a, dpi=300), ADMINISTRATIVE, "page-scale", WARNING),
    (
        "fits at 150",
        lambda a: flaws.saved(a.resize((1240, 1754))),
        ADMINISTRATIVE,
        "page-scale",
        ERROR,
    ),
    ("map fits at 300", lambda a: _map(a, 400), DRAWING, "page-scale", WARNING),
    ("map fits at 200", lambda a: flaws.saved(a, dpi=300), DRAWING, "page-scale", ERROR),
    ("24 bits", flaws.saved, ADMINISTRATIVE, "page-not-colour", None),
    (
        "table of colours",
        lambda a: flaws.png(a.quantize(64)),
        ADMINISTRATIVE,
        "page-not-colour",
        ERROR,
    ),
    ("skew 0.9", lambda a: flaws.saved(flaws.skewed(a, 0.9)), ADMINISTRATIVE, "page-skewed", None),
    ("1.1", lambda a: flaws.saved(flaws.skewed(a, -1.1)), ADMINISTRATIVE, "page-skewed", WARNING),
    ("4.8", lambda a: flaws.saved(flaws.skewed(a, 4.8)), ADMINISTRATIVE, "page-skewed", WARNING),
    ("5.2", lambda a: flaws.saved(flaws.skewed(a, -5.2)), ADMINISTRATIVE, "page-skewed", ERROR),
    ("quality 51", lambda a: _pressed(a, 51), ADMINISTRATIVE, "page-compressed", None),
    ("quality 48", lambda a: _pressed(a, 48), ADMINISTRATIVE, "page-compressed", WARNING),
    ("quality 26", lambda a: _pressed(a, 26), ADMINISTRATIVE, "page-compressed", WARNING),
    ("quality 23", lambda a: _pressed(a, 23), ADMINISTRATIVE, "page-compressed", ERROR),
    ("rim 0.5 mm", lambda a: _rim(a, 0.5), ADMINISTRATIVE, "page-dark-edge", None),
    ("rim 2 mm", lambda a: _rim(a, 2), ADMINISTRATIVE, "page-dark-edge", WARNING),
    ("rim 16 mm", lambda a: _rim(a, 16), ADMINISTRATIVE, "page-dark-edge", WARNING),
    ("rim 21 mm", lambda a: _rim(a, 21), ADMINISTRATIVE, "page-dark-edge", ERROR),
    ("paper at 160", lambda a: _lit(a, 160), ADMINISTRATIVE, "page-too-dark", None),
    ("paper at 140", lambda a: _lit(a, 140), ADMINISTRATIVE, "page-too-dark", WARNING),
    ("paper at 108", lambda a: _lit(a, 108), ADMINISTRATIVE, "page-too-dark", WARNING),
    ("paper at 92", lambda a: _lit(a, 92), ADMINISTRATIVE, "page-too-dark", ERROR),
)


@pytest.mark.parametrize(("made", "standard", "code", "severity"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_a_page_beside_a_limit(
    made: Callable[[Image.Image], bytes], standard: str, code: str, severity: Severity | None
) -> None:
    told = {
        finding.code: finding.severity
        for finding in judge(*measured(made(_level())), load_limits(standard))
    }
    assert told.get(code) is severity


def test_a_page_of_half_the_lines_is_judged_by_them_and_measured_with_square_pixels(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fax.png"
    page = _level()
    page.resize((page.width, page.height // 2)).save(path, dpi=(200, 100))
    facts = read_page_image_here(path)
    measures = measure_file_here(path, facts, most_pixels=10_000_000)
    assert measures is not None
    assert (measures.width_px, measures.height_px) == (page.width, page.height // 2 * 2)
    found = {finding.code: finding.facts["value"] for finding in _judged(measures, facts)}
    assert found["page-too-coarse"] == 100
    assert "page-scale" not in found


def _judged(measures: PageMeasures, facts: PageImageFacts) -> list[Finding]:
    return judge(measures, facts, load_limits(ADMINISTRATIVE))


@lru_cache(maxsize=1)
def _level() -> Image.Image:
    """A good page, put level by what is measured of it."""
    skew = measured(scanned(1))[0].skew_deg
    return flaws.skewed(opened(scanned(1)), -skew)


def _map(page: Image.Image, dpi: float) -> bytes:
    return flaws.saved(page.resize(AT_300), dpi=dpi)


def _pressed(page: Image.Image, quality: int) -> bytes:
    return flaws.saved(page, quality=quality)


def _rim(page: Image.Image, millimetres: float) -> bytes:
    return flaws.saved(flaws.dark_rim(page, millimetres))


def _lit(page: Image.Image, level: int) -> bytes:
    return flaws.saved(flaws.dark(page, level / measured(scanned(1))[0].paper_level))
