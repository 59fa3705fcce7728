"""One page in full: its findings in words, its measures beside their limits, its words in place."""

from collections.abc import Sequence
from typing import Any

from archive_service import messages
from archive_service.domain.digitization.scan_batch import ScanPage
from archive_service.domain.intake.finding import Severity
from archive_service.formats.measure.limits import Limit, ScanLimits, load_limits
from digitize.batches.desk.batch_documents import finding_shown
from digitize.batches.documents import MeasureRow, ReadingRow, WordRow
from digitize.batches.reading.verdicts import SECRECY, is_secret
from digitize.ocr.words import PageReading, Word
from digitize.page_one.lines import place_of


def page_detail(
    page: ScanPage, reading: PageReading | None, *, standard: str, lang: str = "vi"
) -> ReadingRow:
    """What is told of it beside its row; without a reading it has no words."""
    decided = (_as_decided(finding, page) for finding in page.findings)
    findings = [finding_shown(finding, place=page.name, lang=lang) for finding in decided]
    sideways = reading is not None and _is_sideways(reading)
    width, height = page.width_px, page.height_px
    if sideways or (reading is None and page.turn_deg % 180):
        width, height = height, width
    return {
        "findings": findings,
        "measures": _measures(page, load_limits(standard), lang),
        "text": [] if reading is None else [_word(word, reading) for word in reading.iter_words()],
        "upright": {"width_px": width, "height_px": height},
    }


def _as_decided(finding: dict[str, Any], page: ScanPage) -> dict[str, Any]:
    """A mark of secrecy of which somebody said that it is none stops nothing any more."""
    if finding["code"] != SECRECY or is_secret(page):
        return finding
    return finding | {"code": "secrecy-mark-lifted", "severity": Severity.INFO.value}


def _measures(page: ScanPage, limits: ScanLimits, lang: str) -> list[MeasureRow]:
    """Each measure that a limit stands for: its value, the limit that is next, how it stands."""
    worst = {
        finding["facts"].get("measure"): finding["severity"]
        for finding in sorted(page.findings, key=lambda item: item["severity"] == Severity.ERROR)
    }
    rows: list[MeasureRow] = []
    for name, value in page.measures.items():
        given = limits.of(name)
        if not given or not isinstance(value, (int, float)):
            continue
        limit, bound, side = _nearest(given, value)
        severity = worst.get(name)
        states = {Severity.ERROR.value: "error", Severity.WARNING.value: "warning"}
        rows.append(
            {
                "name": name,
                "label": messages.label("page-measures", name, lang),
                "value": value,
                "limit": bound,
                "side": side,
                "unit": limit.unit,
                "citation": limit.citation,
                "state": states.get(severity or "", "good"),
            }
        )
    return rows


def _nearest(limits: Sequence[Limit], value: float) -> tuple[Limit, float | None, str]:
    """The bound that the value is beyond, else the one that it comes to first."""
    bounds = [(limit, bound, side) for limit in limits for _, side, bound in limit.bounds]
    if not bounds:
        return limits[0], None, ""
    return min(bounds, key=lambda bound: abs(bound[1] - value))


def _is_sideways(reading: PageReading) -> bool:
    """Whether the upright page lies across the page as it was scanned."""
    a, b, *_ = reading.to_page
    return abs(b) > abs(a)


def _word(word: Word, reading: PageReading) -> WordRow:
    a, b, c, d, e, f = reading.to_page
    corners = [
        (a * x + c * y + e, b * x + d * y + f)
        for x in (word.left, word.right)
        for y in (word.top, word.bottom)
    ]
    across, down = zip(*corners, strict=True)
    return {
        "text": word.text,
        "confidence": word.confidence,
        "possible": word.possible,
        "box": [round(share, 5) for share in place_of(reading, [word])],
        "scan_box": (round(min(across)), round(min(down)), round(max(across)), round(max(down))),
    }
