"""A year of the calendar of transfers as bars by month, and a month as its weeks."""

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for

from archive_service import clock
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import here, t
from retention.transfer.calendar.documents import AppointmentDocument

STATES = ("planned", "confirmed", "delivered", "missed", "cancelled")
_MONTHS = range(1, 13)
_SHOWN = 4  # appointments of a day that are named; the others are counted
# From what is done, dark, to what is only planned; what was missed is hatched.
_SHADES = {"delivered": "a", "confirmed": "b", "planned": "d", "missed": "hatch"}
# Of the picture, in its own units.
_WIDTH, _HEIGHT, _LEFT, _FLOOR, _HEAD = 1080, 228, 8, 202, 26


def month_address(year: int, month: int) -> str:
    """Of the page that shows this month, narrowed as this one."""
    return here(year=year, month=month, cursor=None, export=None)


def picture_of(found: Sequence[AppointmentDocument], year: int, month: int) -> dict[str, Any]:
    """Bars by month of the first day: how many appointments are in which state."""
    tallies: dict[int, dict[str, int]] = {one: {} for one in _MONTHS}
    for appointment in found:
        if appointment.state in _SHADES and appointment.from_on[:4] == str(year):
            tally = tallies[int(appointment.from_on[5:7])]
            tally[appointment.state] = tally.get(appointment.state, 0) + 1
    most = max(sum(entry.values()) for entry in tallies.values()) or 1
    step = (_WIDTH - _LEFT) / len(_MONTHS)
    bars = []
    for at, (of_month, tally) in enumerate(tallies.items()):
        left, floor, parts = _LEFT + at * step, float(_FLOOR), []
        for state, shade in _SHADES.items():
            high = (_FLOOR - _HEAD) * tally.get(state, 0) / most
            floor -= high
            if high:
                parts.append({"shade": shade, "y": round(floor, 1), "height": round(high, 1)})
        whole = sum(tally.values())
        bars.append(
            {
                "x": round(left + step * 0.2, 1),
                "width": round(step * 0.6, 1),
                "middle": round(left + step / 2, 1),
                "top": round(floor, 1),
                "parts": parts,
                "shown": number(whole, language()) if whole else "",
                "current": of_month == month,
                "words": t("pages.transfer_calendar.month_of", month=of_month),
                "href": month_address(year, of_month),
            }
        )
    return {
        "bars": bars,
        "legend": [(shade, t(f"labels.appointment-state.{one}")) for one, shade in _SHADES.items()],
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "floor": _FLOOR,
    }


def weeks_of(
    found: Sequence[AppointmentDocument],
    year: int,
    month: int,
    *,
    is_worked: Callable[[dt.date], bool],
) -> list[list[dict[str, Any]]]:
    """Weeks from Monday of days ``{day, on, outside, off, today, taken, items, more}``.

    Items are ``{name, state, goes_on, until, warned, href}``: a longer appointment stands on its
    first day, and on each Monday, and the first of a month, that it goes on; what was called off
    stands on none.
    """
    live = [appointment for appointment in found if appointment.state != "cancelled"]
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return [[_day(day, month, live, is_worked) for day in week] for week in weeks]


def _day(
    day: dt.date,
    month: int,
    found: Sequence[AppointmentDocument],
    is_worked: Callable[[dt.date], bool],
) -> dict[str, Any]:
    on = day.isoformat()
    here_now = [
        appointment for appointment in found if appointment.from_on <= on <= appointment.to_on
    ]
    named = [
        appointment
        for appointment in here_now
        if on == appointment.from_on or not day.weekday() or day.day == 1
    ]
    return {
        "day": day.day,
        "on": on,
        "outside": day.month != month,
        "off": not is_worked(day),
        "today": day == clock.today(),
        "taken": len(here_now),
        "items": [
            {
                "name": appointment.agency_name,
                "state": appointment.state,
                "goes_on": on != appointment.from_on,
                "until": _day_and_month(appointment.to_on)
                if appointment.to_on != appointment.from_on
                else "",
                "warned": bool(appointment.warnings),
                "href": url_for("transfer_calendar.show", appointment_id=appointment.id),
            }
            for appointment in named[:_SHOWN]
        ],
        "more": max(len(named) - _SHOWN, 0),
    }


def _day_and_month(on: str) -> str:
    return f"{on[8:10]}/{on[5:7]}"
