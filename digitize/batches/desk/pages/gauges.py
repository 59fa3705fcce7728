"""What was measured on a page, each beside its limit, as gauges."""

from typing import Any

from archive_service.request import services
from archive_service.web.display import number, percent
from archive_service.web.language import language
from archive_service.web.layout import t

Told = dict[str, Any]

LENGTH = 300  # of a gauge, in its own units
# Where the limit stands: what must not be more has room above it, what must not be less below.
_SPAN = {"above": 4, "below": 2}
_TONES = {"good": "ok", "warning": "warn", "error": "error"}
_USUAL = {"skew_abs_deg", "dpi", "blur_mm", "paper_level", "ink_share"}
_WHOLE = 20  # from here on a number is told without what stands after its point


def gauges(detail: Told) -> tuple[list[Told], list[Told]]:
    """What people look at: what is wrong, then the usual measures; and all the others.

    How surely the words were read stands at the end of the first.
    """
    rank = {"error": 0, "warning": 1}
    shown = sorted(detail["measures"], key=lambda one: rank.get(one["state"], 2))
    first = [one for one in shown if one["state"] in rank or one["name"] in _USUAL]
    others = [one for one in shown if one not in first]
    return [*(_gauge(one) for one in first), *_confidence(detail)], [_gauge(one) for one in others]


def _gauge(one: Told) -> Told:
    bound, side = one["limit"], one["side"]
    at = mark = None
    if bound is not None and bound > 0 and side in _SPAN:
        whole = bound * _SPAN[side]
        at = max(0, min(round(abs(one["value"]) / whole * LENGTH), LENGTH - 2))
        mark = round(LENGTH / _SPAN[side])
    words = {"above": "at_most", "below": "at_least"}.get(side)
    limit = t(f"pages.scanning.{words}", limit=_told(bound, one["unit"])) if words else ""
    return {
        "label": one["label"],
        "value": _told(one["value"], one["unit"]),
        "limit": limit,
        "tone": _TONES.get(one["state"], ""),
        "at": at,
        "mark": mark,
    }


def _confidence(detail: Told) -> list[Told]:
    if detail["confidence"] is None:
        return []
    least = services().settings.digitize.hard_below
    doubtful = detail["confidence"] < least
    share = f"{number(round(detail['confidence']), language())} %"
    return [
        {
            "label": t("pages.scanning.confidence"),
            "value": share,
            "limit": t("pages.scanning.at_least", limit=f"{number(least, language())} %"),
            "tone": "warn" if doubtful else "ok",
            "at": min(round(detail["confidence"] / 100 * LENGTH), LENGTH - 2),
            "mark": round(least / 100 * LENGTH),
        }
    ]


def _told(value: float, unit: str) -> str:
    """``2,4°``, ``8,3 %``, ``200 dpi``."""
    lang = language()
    if unit == "share":
        return percent(value, lang)
    figure = number(round(value) if abs(value) >= _WHOLE else round(value, 2), lang)
    if unit == "degree":
        return f"{figure}°"
    word = t(f"labels.measure-units.{unit}")
    return figure if word.startswith("labels.") else f"{figure} {word}"
