"""Thống kê giao nộp: what givers brought by year, as bars, as tables and as a sheet."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from archive_service import clock
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import here, t
from retention.transfer.statistics.acts import cells, figures, headings, reason_words

bp = Blueprint(
    "transfer_statistics", __name__, template_folder="templates", url_prefix="/nop-luu/statistics"
)

_YEARS = 10  # that are shown without asking, and drawn
# Case files from what is stored, dark, to what waits; what stands as returned is white.
_SHADES = {"stored": "a", "on_the_way": "b", "waiting": "d", "uncorrected": "never"}
# Of the pictures, in their own units.
_WIDTH, _HEIGHT, _LEFT, _FLOOR, _HEAD = 1080, 248, 8, 222, 30
_WIDEST = 150


@bp.get("")
def show() -> Response:
    """All givers of the last ten years, or one; or a row for each giver and year to download."""
    given, this = lists.asked(), clock.today().year
    last = min(request.args.get("last", this, type=int), this)
    giver = request.args.get("giver", "")
    found = figures(
        services(), giver=giver, first=last - _YEARS + 1, last=last, actor=current_actor()
    )
    if given.export:
        rows = cells(found["rows"])
        return lists.as_table("thong-ke-giao-nop", given.export, headings(language()), rows)
    givers = [
        giver_row
        for giver_row in found["givers"]
        if fold(given.text) in fold(giver_row["name"] + giver_row["code"])
    ]
    ordered = sorted(givers, key=lambda giver: (-giver["backlog"], -giver["late"], giver["name"]))
    shown = ordered[given.offset : given.offset + lists.PAGE_ROWS]
    name = next(
        (giver_row["name"] for giver_row in found["givers"] if giver_row["code"] == giver), giver
    )
    return make_response(
        render_template(
            "transfer/statistics/statistics.html",
            here_key="transfers",
            giver=giver,
            name=name,
            all_givers=here(giver=None, cursor=None),
            figures=_figures(found["years"]),
            pictures=[_brought(found["years"]), _days(found["years"], found["decide_days"])],
            years=found["years"][::-1],
            tools=lists.tools(given, [_last_year(last, this)]),
            givers=[
                giver_row | {"href": here(giver=giver_row["code"], cursor=None)}
                for giver_row in shown
            ],
            total=len(ordered),
            paging=lists.paging(given, len(shown), len(ordered)),
            reasons=[
                (reason_words(reason, language()), reason["count"]) for reason in found["reasons"]
            ],
            decide_days=found["decide_days"],
            span=(last - _YEARS + 1, last),
        )
    )


def _last_year(last: int, this: int) -> dict[str, Any]:
    options = [
        (str(year), t("pages.transfer_statistics.until", first=year - _YEARS + 1, last=year))
        for year in range(this, this - 2 * _YEARS, -_YEARS)
    ]
    label = t("pages.transfer_statistics.years")
    return {"name": "last", "label": label, "options": options, "value": str(last)}


def _figures(years: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    lang = language()
    names = ("transfers", "delivered", "stored", "returned")
    rows = [
        (number(sum(year[name] for year in years), lang), "", t(f"labels.giver-figures.{name}"))
        for name in names
    ]
    whole = size(sum(year["size_bytes"] for year in years), lang)
    backlog = number(years[-1]["backlog"] if years else 0, lang)
    return [
        *rows,
        (whole, "", t("pages.transfer_statistics.stored_size")),
        (backlog, "", t("pages.transfer_statistics.backlog_now")),
    ]


def _brought(years: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Case files of each year, by what became of them."""
    rows = [
        (
            one["year"],
            {
                "stored": one["stored"],
                "on_the_way": one["accepted"] - one["stored"],
                "waiting": one["waiting"],
                "uncorrected": one["uncorrected"],
            },
        )
        for one in years
    ]
    most = max((sum(parts.values()) for _, parts in rows), default=0) or 1
    bars = []
    for at, (year, parts) in enumerate(rows):
        floor, pieces = float(_FLOOR), []
        for name, shade in _SHADES.items():
            high = (_FLOOR - _HEAD) * parts[name] / most
            floor -= high
            if high:
                pieces.append({"shade": shade, "y": round(floor, 1), "height": round(high, 1)})
        whole = sum(parts.values())
        shown = number(whole, language()) if whole else ""
        bars.append(_bar(at, len(rows), str(year)) | _top(floor, pieces, shown))
    legend = [(shade, t(f"pages.transfer_statistics.{name}")) for name, shade in _SHADES.items()]
    return _picture("brought", bars, legend)


def _days(years: Sequence[Mapping[str, Any]], by_law: int) -> dict[str, Any]:
    """Days until a decision: the median as a bar, the longest above it, the law's as a line."""
    worst = max((year["days_worst"] or 0 for year in years), default=0)
    most = max(worst, by_law)
    bars = []
    for at, year in enumerate(years):
        middle, longest = year["days_median"] or 0, year["days_worst"] or 0
        pieces = [
            {"shade": shade, "y": round(_at(value, most), 1), "height": round(high, 1)}
            for shade, value, high in (
                ("d", longest, _at(middle, most) - _at(longest, most)),
                ("a", middle, _FLOOR - _at(middle, most)),
            )
            if high > 0
        ]
        shown = f"{number(middle, language())} / {number(longest, language())}"
        bars.append(
            _bar(at, len(years), str(year["year"]))
            | _top(_at(longest, most), pieces, shown if year["decided"] else "")
        )
    legend = [(shade, t(f"pages.transfer_statistics.days_{shade}")) for shade in ("a", "d")]
    line = {
        "y": round(_at(by_law, most), 1),
        "words": t("pages.transfer_statistics.by_law", days=by_law),
    }
    return _picture("days", bars, legend) | {"line": line}


def _at(value: float, most: float) -> float:
    return _FLOOR - (_FLOOR - _HEAD) * value / most


def _bar(at: int, count: int, words: str) -> dict[str, Any]:
    step = min((_WIDTH - _LEFT) / count, _WIDEST)
    left = _LEFT + at * step
    return {
        "x": round(left + step * 0.22, 1),
        "width": round(step * 0.56, 1),
        "middle": round(left + step / 2, 1),
        "words": words,
    }


def _top(top: float, parts: Sequence[Mapping[str, Any]], shown: str) -> dict[str, Any]:
    return {"top": round(top, 1), "parts": parts, "shown": shown}


def _picture(name: str, bars: Any, legend: Any) -> dict[str, Any]:
    return {
        "title": t(f"pages.transfer_statistics.picture_{name}"),
        "bars": bars,
        "legend": legend,
        "line": None,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "floor": _FLOOR,
    }
