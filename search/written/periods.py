"""Days and periods as conditions of a query: ``31/12/2025``, ``12/2025``, ``hôm qua``."""

import datetime as dt
import re

from archive_service import clock
from archive_service.text import fold
from search.written.days import names_of_day
from search.written.spans import months_of_span

_DAY = re.compile(r"(?:(?:(\d{1,2})[/.\-])?(\d{1,2})[/.\-])?(\d{4})")
_DAYS_AGO = {"hom nay": 0, "hom qua": 1, "hom kia": 2}
_SPAN = re.compile(r"(tuan|thang|quy|nam) (?:(nay)|(?:truoc|qua|ngoai))")


def period(begin: dt.date | None, end: dt.date | None) -> str:
    """Two days, or one of them, as conditions that a query may hold."""
    ends = (("từ", begin), ("đến", end))
    return " ".join(f"{name}:{day:%d/%m/%Y}" for name, day in ends if day)


def day_of(text: str, *, last: bool) -> dt.date | None:
    """``31/12/2025``, ``12/2025``, ``2025``, ``ngày 3 tháng 3 năm 2025``, ``hôm qua``, ``tháng
    trước``; of a period its first or last day. ``None`` of what is no day.
    """
    folded = fold(text)
    if folded in _DAYS_AGO:
        return clock.today() - dt.timedelta(days=_DAYS_AGO[folded])
    if found := _SPAN.fullmatch(folded):
        return _of_span(found[1], 0 if found[2] else 1, last=last)
    if months := months_of_span(text):
        name = months[-1 if last else 0]
        text = f"{name[5:]}/{name[1:5]}"
    elif names := names_of_day(text):
        text = "/".join((names[0][7:], names[0][5:7], names[0][1:5])).lstrip("/")
    if (found := _DAY.fullmatch(text)) is None:
        return None
    day, month, year = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            return dt.date(year, month, day)
        return (
            _of_months(year * 12 + month - 1, 1, last=last)
            if month
            else _of_months(year * 12, 12, last=last)
        )
    except ValueError:
        return None


def _of_span(unit: str, back: int, *, last: bool) -> dt.date:
    """A day of this week, month, quarter or year, or of the one before."""
    today = clock.today()
    if unit == "tuan":
        return today - dt.timedelta(days=today.weekday() + 7 * back - (6 if last else 0))
    months = {"thang": 1, "quy": 3, "nam": 12}[unit]
    begin = (today.year * 12 + today.month - 1) // months - back
    return _of_months(begin * months, months, last=last)


def _of_months(begin: int, months: int, *, last: bool) -> dt.date:
    """The first or last day of so many months from this one on, counted from the year 0."""
    at = begin + months if last else begin
    first = dt.date(at // 12, at % 12 + 1, 1)
    return first - dt.timedelta(days=1) if last else first
