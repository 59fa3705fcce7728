"""Office hours and days off: until when somebody has to have an answer."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from archive_service import clock, law
from archive_service.errors import InputError
from archive_service.home_rules import HomeRulesError, row_line, unreadable

FILE = "calendars/office_hours.toml"
_NO_ROW = (KeyError, ValueError, TypeError)
_LOOKED_AHEAD = 60  # days; no row of days off is so long


class CalendarError(InputError):
    """A calendar whose hours or days cannot be read, or which has no day of work."""

    code = "calendar-invalid"


class HomeCalendarError(HomeRulesError):
    """The home's own calendar cannot be read: until it is mended nobody knows what is late."""

    code = "home-calendar-invalid"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Local hours of each weekday (Monday is 1), and the days that are otherwise."""

    hours: dict[int, tuple[tuple[dt.time, dt.time], ...]]
    every_year: frozenset[tuple[int, int]] = frozenset()  # month and day
    off: frozenset[dt.date] = frozenset()
    on: frozenset[dt.date] = field(default=frozenset())  # worked although it is none's day

    def is_worked(self, day: dt.date) -> bool:
        """Whether the office is open on this day at all."""
        if day in self.on:
            return True
        closed = day in self.off or (day.month, day.day) in self.every_year
        return bool(self.hours.get(day.isoweekday())) and not closed

    def spans(self, day: dt.date) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
        """The hours of this day, aware; none where it is off."""
        if not self.is_worked(day):
            return ()
        of_day = self.hours.get(day.isoweekday()) or next(iter(self.hours.values()))
        return tuple(
            (
                dt.datetime.combine(day, begin, clock.LOCAL_ZONE),
                dt.datetime.combine(day, end, clock.LOCAL_ZONE),
            )
            for begin, end in of_day
        )

    def counts_from(self, at: dt.datetime) -> dt.datetime:
        """``at`` itself within office hours, a pause at noon included; else the next opening."""
        for day in self._days_from(clock.local(at).date()):
            spans = self.spans(day)
            if spans and at < spans[-1][1]:
                return max(at, spans[0][0])
        raise CalendarError(file=FILE, detail="no day of work")

    def end_of_day(self, at: dt.datetime) -> dt.datetime:
        """When the office closes on the working day that ``at`` counts for."""
        begun = self.counts_from(at)
        return self.spans(clock.local(begun).date())[-1][1]

    def working_days_after(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th working day after ``day``."""
        left = count
        for day_ahead in self._days_from(
            day + dt.timedelta(days=1), ahead=_LOOKED_AHEAD + 3 * count
        ):
            left -= self.is_worked(day_ahead)
            if left <= 0 and self.is_worked(day_ahead):
                return day_ahead
        raise CalendarError(file=FILE, detail="no day of work")

    def _days_from(self, day: dt.date, *, ahead: int = _LOOKED_AHEAD) -> Iterator[dt.date]:
        return (day + dt.timedelta(days=number) for number in range(ahead))


def office_hours(home: Path | None = None) -> OfficeHours:
    """The calendar of ``config/``, with the days that the home's own file adds.

    Raises:
        HomeCalendarError: the home's file cannot be read; with its line.
        CalendarError: that of ``config/`` cannot.
    """
    own = home / FILE if home is not None else None
    exists = own is not None and own.is_file()
    return _read(own if exists else None, own.stat().st_mtime_ns if own and exists else 0)


@lru_cache(maxsize=8)
def _read(own: Path | None, _changed: int) -> OfficeHours:
    hours = _HoursSoFar()
    for row in law.load_rule_set(law.CONFIG / FILE).rows:
        try:
            hours.take(row)
        except _NO_ROW as wrong:
            raise CalendarError(file=FILE, detail=str(wrong)) from None
    if own is not None:
        _take_own(hours, own)
    if not hours.hours:
        raise CalendarError(file=FILE, detail="no hours")
    on = frozenset(hours.days["on"])
    return OfficeHours(
        hours.hours, frozenset(hours.every_year), frozenset(hours.days["off"] - on), on
    )


def _take_own(hours: "_HoursSoFar", own: Path) -> None:
    number = 0
    try:
        for number, row in enumerate(law.load_rule_set(own).rows, start=1):  # noqa: B007 - told when a row is wrong
            hours.take(row)
    except (*_NO_ROW, OSError, law.RuleSetError) as wrong:
        line = row_line(own, number) if number else None
        raise HomeCalendarError(
            **unreadable(own, own.parents[1], wrong, line=line).facts
        ) from wrong


@dataclass(slots=True)
class _HoursSoFar:
    """What rows say so far; a later one of the same weekday stands over an earlier one."""

    hours: dict[int, tuple[tuple[dt.time, dt.time], ...]] = field(default_factory=dict)
    every_year: set[tuple[int, int]] = field(default_factory=set)
    days: dict[str, set[dt.date]] = field(default_factory=lambda: {"off": set(), "on": set()})

    def take(self, row: law.Row) -> None:
        """One row; ``KeyError``, ``ValueError`` or ``TypeError`` where it says no such thing."""
        if row["kind"] == "hours":
            spans = tuple(_span(text) for text in _texts(row["hours"]))
            self.hours |= dict.fromkeys(_numbers(row["weekdays"]), spans)
        elif row["kind"] == "every-year":
            self.every_year |= {_month_and_day(text) for text in _texts(row["days"])}
        else:
            days = {dt.date.fromisoformat(text) for text in _texts(row["days"])}
            self.days[str(row["kind"])] |= days


def _texts(value: Any) -> Iterable[str]:
    return [str(item) for item in value]


def _numbers(value: Any) -> Iterable[int]:
    return [int(item) for item in value]


def _span(text: str) -> tuple[dt.time, dt.time]:
    begin, _, end = text.partition("-")
    span = dt.time.fromisoformat(begin.strip()), dt.time.fromisoformat(end.strip())
    if span[0] >= span[1]:
        raise ValueError(text)
    return span


def _month_and_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)
