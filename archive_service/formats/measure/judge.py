"""What measures of a page mean under a standard: findings with the value and the limit."""

from typing import Any, cast

from pydantic import JsonValue

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.limits import Limit, ScanLimits
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.measure.prepared import MM_PER_INCH
from archive_service.formats.page_image import PageImageFacts

CHECK = "page-images"
_OF_STROKES = frozenset(
    {"page-enlarged", "page-blurred", "page-skewed", "page-sideways", "page-upside-down"}
)
OF_LIE = frozenset({"page-sideways", "page-upside-down"})
_SURELY_UPRIGHT = 0.1  # as far from nothing as ``page-upside-down`` is
# What follows from another finding, or cannot be told beside it, is not told once more.
_COVERS = {
    "page-blank": _OF_STROKES | {"page-faint"},
    "page-bilevel": frozenset(
        {"page-not-colour", "page-grey-as-colour", "page-clipped-dark", "page-faint"}
    ),
    "page-not-colour": frozenset({"page-grey-as-colour"}),
    "page-enlarged": frozenset({"page-blurred"}),
    "page-scale": frozenset({"page-blurred", "page-enlarged"}),
    "page-too-dark": frozenset({"page-faint", "page-clipped-dark"}),
    "page-compressed": frozenset({"page-compressed-before"}),
    "page-sideways": frozenset({"page-upside-down"}),
}
_COVERS_IF_ERROR = {
    "page-faint": frozenset({"page-sideways", "page-upside-down", "page-bleed-through"}),
    "page-blurred": frozenset({"page-bleed-through"}),
    "page-too-dark": frozenset({"page-bleed-through"}),
}


def judge(
    measures: PageMeasures | None, facts: PageImageFacts, limits: ScanLimits, *, place: str = ""
) -> list[Finding]:
    """Every limit that the page is beyond, in the order of the file.

    ERROR: scan it again. WARNING: a person looks. INFO: good to know. ``facts`` of each finding
    hold ``value`` and ``limit``; the codes and what they need besides stand in the messages.
    Without ``measures`` the header alone is judged.
    """
    values = judged(measures, facts, limits)
    if measures is not None and measures.damage:
        # Part of the page is missing or shifted: no other fault is told of such pixels.
        return [Finding(CHECK, "page-damaged", Severity.ERROR, place, {"detail": measures.damage})]
    found = []
    for limit in limits.limits:
        value = cast("float | None", values.get(limit.measure))  # no limit is of words
        if value is None:
            if limit.missing is not None:
                found.append(
                    _finding(limit, limit.missing, None, limits.least_dpi(), place, values)
                )
        elif (beyond := limit.passed(value)) is not None:
            severity, bound = beyond
            found.append(_finding(limit, severity, value, bound, place, values))
    found = _one_cause(found)
    return found if measures is None else _as_shown(found, measures, facts.turned_deg, place)


def _as_shown(
    found: list[Finding], measures: PageMeasures, turned_deg: int, place: str
) -> list[Finding]:
    """How the page lies where a viewer turns it as Exif asks; it was measured as it is stored.

    A telephone that was held over a page writes any turn at all, so that one may lie by it alone.
    """
    by_ink = [finding for finding in found if finding.code in OF_LIE]
    is_sure = bool(by_ink) or (measures.upright or 0) > _SURELY_UPRIGHT
    if not turned_deg or not is_sure or is_blank(found):
        return found
    others = [finding for finding in found if finding.code not in OF_LIE]
    turn = ((measures.turn_deg if by_ink else 0) - turned_deg) % 360
    if not turn:
        return others
    code = "page-upside-down" if turn == 180 else "page-sideways"
    facts = by_ink[0].facts if by_ink else {}
    return [*others, Finding(CHECK, code, Severity.WARNING, place, {**facts, "turn": turn})]


def is_blank(findings: list[Finding]) -> bool:
    """Whether the page was found to be blank."""
    return any(finding.code == "page-blank" for finding in findings)


def judged(
    measures: PageMeasures | None, facts: PageImageFacts, limits: ScanLimits
) -> dict[str, JsonValue]:
    """The measures, and what follows from them: skew without sign, scale, depth of colour."""
    coloured = facts.colour and facts.mode != "P"
    values: dict[str, Any] = {
        "dpi": facts.dpi,
        "depth_bits": facts.depth_bits,
        "colour_depth_bits": facts.depth_bits if coloured else min(facts.depth_bits, 8),
        "jpeg_quality": facts.jpeg_quality,
    }
    if measures is None:
        return values
    values |= measures.as_dict()
    if measures.dpi and measures.dpi_true is not None:
        values["true_percent"] = round(100 * measures.dpi_true / measures.dpi)
    if measures.dpi:  # measured with square pixels; the lower of both directions is judged
        values["dpi"] = round(measures.dpi / max(facts.stretch), 1)
    values["skew_abs_deg"] = abs(measures.skew_deg)
    if not facts.colour:
        values["colourfulness"] = None  # it does not claim to be colour
    values["scale_percent"], values["paper"], values["scale_dpi"] = scale(measures, limits)
    return values


def scale(measures: PageMeasures, limits: ScanLimits) -> tuple[float | None, str, int | None]:
    """How large the paper is shown, in percent; which paper; at which resolution it would fit.

    100 where the size is that of a paper; ``None`` where it is none at any usual resolution, as
    of a cut-out or a receipt.
    """
    if measures.dpi is None:
        return None, "", None
    sides = sorted((measures.width_px, measures.height_px))
    candidates = sorted(limits.scanner_dpi, key=lambda dpi: abs(dpi - (measures.dpi or dpi)))
    for dpi in (measures.dpi, *candidates):
        short, long = (side / dpi * MM_PER_INCH for side in sides)
        for paper, (short_mm, long_mm) in limits.papers.items():
            if max(abs(short - short_mm), abs(long - long_mm)) <= limits.off_mm:
                if abs(dpi / measures.dpi - 1) < 0.02:  # the header rounds
                    return 100.0, paper, None
                return round(100 * dpi / measures.dpi, 1), paper, int(dpi)
    return None, "", None


def _finding(
    limit: Limit,
    severity: Severity,
    value: float | None,
    bound: float,
    place: str,
    values: dict[str, Any],
) -> Finding:
    facts: dict[str, Any] = {"value": value, "limit": _short(bound), "measure": limit.measure}
    if limit.code == "page-scale":
        facts |= {"value": values["scale_percent"]}  # two rules of it look at the resolution
        facts |= {"paper": values["paper"], "dpi": values["scale_dpi"]}
    elif limit.code == "page-enlarged":
        facts |= {"dpi": values["dpi_true"], "stated": values["dpi"]}
    elif limit.code in ("page-sideways", "page-upside-down"):
        facts["turn"] = values["turn_deg"]
    elif limit.unit == "share":
        facts |= {"percent": _short(100 * (value or 0)), "most": _short(100 * bound)}
    return Finding(CHECK, limit.code, severity, place, facts)


def _short(number: float) -> float | int:
    """Two digits after the point at most, none if they are zero."""
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _one_cause(found: list[Finding]) -> list[Finding]:
    """One fault is told once: of findings with the same cause the plainest stays."""
    worst: dict[str, Finding] = {}
    for finding in found:
        if finding.code not in worst or finding.severity is Severity.ERROR:
            worst[finding.code] = finding
    hidden: set[str] = set()
    for code, finding in worst.items():
        hidden |= _COVERS.get(code, frozenset())
        if finding.severity is Severity.ERROR:
            hidden |= _COVERS_IF_ERROR.get(code, frozenset())
    return [finding for code, finding in worst.items() if code not in hidden]
