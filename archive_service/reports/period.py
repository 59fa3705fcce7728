"""Periods of reports: a quarter, half a year, a year, or from one day to another."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive_service import clock
from archive_service.errors import InputError

_NAMED = re.compile(r"(\d{4})(?:-(Q[1-4]|H[12]|\d{2}))?")
_LONGEST_MONTHS = 120
_YEARS = range(1945, 9999)


class ReportPeriodError(InputError):
    """Neither ``2026``, ``2026-H1``, ``2026-Q3``, ``2026-11`` nor two days in order."""


class ReportPeriodAheadError(InputError):
    """Its first day is still to come: nothing could be counted."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last local day, both within it."""

    first: dt.date
    last: dt.date

    @property
    def begins(self) -> dt.datetime:
        """The moment it begins."""
        return clock.begins(self.first)

    @property
    def ends(self) -> dt.datetime:
        """The moment after it."""
        return clock.ends(self.last)

    def is_over(self, at: dt.datetime) -> bool:
        """Whether nothing more can come into it after that moment."""
        return at >= self.ends

    def months(self) -> Iterator["Period"]:
        """Its months, the first and the last cut to it."""
        first = self.first
        while first <= self.last:
            following = (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
            yield Period(first, min(self.last, following - dt.timedelta(days=1)))
            first = following


def parse_period(text: str) -> Period:
    """``2026``, ``2026-H1``, ``2026-Q3``, ``2026-11``, ``2026-01-01..2026-03-15``.

    Raises:
        ReportPeriodError: anything else, out of order, longer than ten years, or before 1945.
    """
    label = text.strip().upper()
    if (found := _NAMED.fullmatch(label)) is not None:
        return _of_year(int(found[1]), found[2] or "", label)
    first, mark, last = label.partition("..")
    try:
        period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last if mark else ""))
    except ValueError:
        raise ReportPeriodError(text=text[:60]) from None
    return _checked(period, text)


def parse_begun(text: str) -> Period:
    """``parse_period`` of what can be counted.

    Raises:
        ReportPeriodError: no period.
        ReportPeriodAheadError: it begins after today.
    """
    period, today = parse_period(text), clock.today()
    if period.first > today:
        raise ReportPeriodAheadError(first=f"{period.first:%d/%m/%Y}", today=f"{today:%d/%m/%Y}")
    return period


def last_quarter(today: dt.date) -> Period:
    """The quarter that ended last."""
    first = dt.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last = first - dt.timedelta(days=1)
    return Period(dt.date(last.year, last.month - 2, 1), last)


def just_ended(today: dt.date) -> list[Period]:
    """The quarter that ended last, and the half-year and the year that ended with it."""
    quarter = last_quarter(today)
    longer = {6: ("{}-H1",), 12: ("{}-H2", "{}")}.get(quarter.last.month, ())
    return [quarter, *(parse_period(name.format(quarter.last.year)) for name in longer)]


def _of_year(year: int, part: str, text: str) -> Period:
    begins, months = 1, 12
    if part.startswith("Q"):
        begins, months = 3 * int(part[1]) - 2, 3
    elif part.startswith("H"):
        begins, months = 6 * int(part[1]) - 5, 6
    elif part:
        begins, months = int(part), 1
    try:
        first = dt.date(year, begins, 1)
        after = dt.date(year + (begins + months > 12), (begins + months - 1) % 12 + 1, 1)
    except ValueError:
        raise ReportPeriodError(text=text[:60]) from None
    return _checked(Period(first, after - dt.timedelta(days=1)), text)


def _checked(period: Period, text: str) -> Period:
    too_long = period.last > period.first + dt.timedelta(days=31 * _LONGEST_MONTHS)
    is_known = period.first.year in _YEARS and period.last.year in _YEARS
    if period.first > period.last or too_long or not is_known:
        raise ReportPeriodError(text=text[:60])
    return period
