"""Lịch đến hạn: what falls due by year as bars, by agency and year as a table."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from archive_service import clock
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from retention.due.calendar import OVER, PERMANENT, WAITING, due_years
from retention.due.documents import DueOfAgencyDocument

bp = Blueprint("due_calendar", __name__, template_folder="templates")

_BARS = 15  # years that are drawn; all that follow stand in one bar more
_COLUMNS = ("columns.agency", "pages.due.year", "pages.due.case_files", "pages.due.size")
# Of the picture, in its own units.
_WIDTH, _HEIGHT, _LEFT, _FLOOR, _HEAD = 1080, 268, 8, 242, 36
_WIDEST = 160
_SHADES = 4


@bp.get("/due-calendar")
def show() -> Response:
    """All agencies that the account sees, or one; or the table to download."""
    actor = current_actor()
    given = lists.asked()
    due = due_years(services(), actor=actor)
    names = {agency.code: agency.name for agency in due.agencies}
    agency = lists.choice("agency", list(names))
    rows = [
        row
        for row in due.rows
        if agency in ("", row.agency) and fold(given.text) in fold(names[row.agency])
    ]
    if given.export:
        headings = [t(key) for key in _COLUMNS]
        return lists.as_table("lich-den-han", given.export, headings, _cells(rows))
    rows = _folded(rows)
    sums = _sums(rows)
    choice = {
        "name": "agency",
        "label": t("columns.agency"),
        "options": lists.options("pages.case_files.any_agency", list(names.items())),
        "value": agency,
    }
    years = _drawn(sums)
    page = render_template(
        "due/due_calendar.html",
        here_key="due",
        on=due.on,
        tools=lists.tools(given, [choice]),
        figures=_figures(sums),
        pictures=[
            _picture("case_files", years, sums, agency, number),
            _picture("size_bytes", years, sums, agency, size),
        ]
        if years
        else [],
        years=[(year, _year_words(year)) for year in years],
        table=_table(rows, years, names),
    )
    return make_response(page)


def _folded(rows: Sequence[DueOfAgencyDocument]) -> list[DueOfAgencyDocument]:
    """What ends after the last year that is drawn stands in one: ``YEAR+``, that year or later."""
    beyond = clock.today().year + _BARS
    return [
        row.model_copy(update={"year": f"{beyond}+"})
        if row.year.isdigit() and int(row.year) >= beyond
        else row
        for row in rows
    ]


def _sums(rows: Sequence[DueOfAgencyDocument]) -> dict[str, dict[str, int]]:
    """Case files and bytes of each year, over all agencies shown."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        tally = sums.setdefault(row.year, {"case_files": 0, "size_bytes": 0})
        tally["case_files"] += row.case_files
        tally["size_bytes"] += row.size_bytes
    return sums


def _drawn(sums: dict[str, Any]) -> list[str]:
    """What is over, each year from this one to the last that has any, and what comes after."""
    first, beyond = clock.today().year, clock.today().year + _BARS
    later = f"{beyond}+"
    last = max((int(year) for year in sums if year.isdigit()), default=first - 1)
    years = [str(year) for year in range(first, beyond if later in sums else last + 1)]
    return [*([OVER] if OVER in sums else []), *years, *([later] if later in sums else [])]


def _figures(sums: dict[str, dict[str, int]]) -> list[tuple[str, str, str]]:
    this = str(clock.today().year)
    asked = [
        (OVER, t("pages.due.over")),
        (this, t("pages.due.this_year", year=this)),
        (PERMANENT, t("pages.due.permanent")),
        (WAITING, t("pages.due.waiting")),
    ]
    nothing = {"case_files": 0, "size_bytes": 0}
    found = [(sums.get(year, nothing), words) for year, words in asked]
    lang = language()
    return [
        (number(tally["case_files"], lang), "", f"{words}, {size(tally['size_bytes'], lang)}")
        for tally, words in found
    ]


def _picture(
    name: str, years: Sequence[str], sums: dict[str, dict[str, int]], agency: str, write: Any
) -> dict[str, Any]:
    """Bars of one measure: rectangles in the units of the picture, each leading to its list."""
    most = max((sums.get(year, {}).get(name, 0) for year in years), default=0) or 1
    step = min((_WIDTH - _LEFT) / len(years), _WIDEST)  # few years are bars too, and no walls
    bars = []
    for at, year in enumerate(years):
        value = sums.get(year, {}).get(name, 0)
        high = round((_FLOOR - _HEAD) * value / most, 1)
        left = _LEFT + at * step
        bars.append(
            {
                "x": round(left + step * 0.2, 1),
                "y": round(_FLOOR - high, 1),
                "width": round(step * 0.6, 1),
                "height": high,
                "middle": round(left + step / 2, 1),
                "shown": write(value, language()) if value else "",
                "year": _year_words(year),
                "over": year == OVER,
                "href": _list_of(year, agency),
            }
        )
    return {
        "title": t(f"pages.due.by_year.{name}"),
        "bars": bars,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "floor": _FLOOR,
    }


def _table(
    rows: Sequence[DueOfAgencyDocument], years: Sequence[str], names: dict[str, str]
) -> list[dict[str, Any]]:
    """A row for each agency: its years with a shade by size, the sum of all, what never ends."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        tally = found.setdefault(row.agency, {})
        tally[row.year] = tally.get(row.year, 0) + row.case_files
    most = max((entry.get(year, 0) for entry in found.values() for year in years), default=0) or 1
    return [
        {
            "name": names[agency],
            "cells": [
                {
                    "count": tally.get(year, 0),
                    "shade": -(-_SHADES * tally.get(year, 0) // most),
                    "href": _list_of(year, agency),
                }
                for year in years
            ],
            "permanent": tally.get(PERMANENT, 0),
            "permanent_href": _list_of(PERMANENT, agency),
            "waiting": tally.get(WAITING, 0),
            "waiting_href": _list_of(WAITING, agency),
            "total": sum(tally.values()),
        }
        for agency, tally in sorted(found.items())
    ]


def _list_of(year: str, agency: str) -> str:
    return url_for("case_files.show_list", state="stored", ends=year, agency=agency or None)


def _year_words(year: str) -> str:
    if year.endswith("+"):
        return t("pages.due.from_year", year=year[:-1])
    return year if year.isdigit() else t(f"pages.due.years.{year}")


def _cells(rows: Sequence[DueOfAgencyDocument]) -> Iterator[Row]:
    for row in rows:
        yield [row.agency, _year_words(row.year), row.case_files, row.size_bytes]
