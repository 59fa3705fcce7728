"""When a term begins and when it ends."""

import calendar
import datetime as dt
import re

from archive_service.errors import InputError
from retention.terms.rules import RetentionRule

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", re.ASCII)


class MalformedEndDateError(InputError):
    """Neither a day, a month nor a year."""


class TermBeyondCalendarError(InputError):
    """The term would begin or end after the year 9999."""


def retention_ends_on(
    rule: RetentionRule, ended_on: dt.date, happened_on: dt.date | None = None
) -> dt.date | None:
    """Last day on which the case file must still be kept.

    Args:
        rule: ``rule.years`` counts whole calendar years; ``None`` is permanent.
        ended_on: local date (Asia/Ho_Chi_Minh) on which the job ended.
        happened_on: when the event of the rule happened; not asked where it has none.

    Returns:
        31 December of the final year; ``None`` for permanent (vĩnh viễn), and as long as the event
        has not happened.

    Raises:
        ValueError: negative period. The rule loader refuses such rows: a bug.
        TermBeyondCalendarError: the final year has no place in a calendar.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 15 k3: counted from the year the job ended.
        Keeping to the last day of the final year is our reading of it; so is that an event before
        the end of the job starts no clock before that year.
    """
    if rule.years is None:
        return None
    if rule.years < 0:
        raise ValueError(f"rule {rule.code}: negative period {rule.years}")
    if rule.event is None:
        return dt.date(_year(ended_on, rule.years), 12, 31)
    if happened_on is None:
        return None
    last = _year(counts_from(rule, ended_on, happened_on), rule.years)
    return dt.date(max(last, _year(ended_on, rule.least or 0)), 12, 31)


def counts_from(
    rule: RetentionRule, ended_on: dt.date, happened_on: dt.date | None = None
) -> dt.date:
    """The day in whose year the clock begins: the end of the job, or the event if that is later."""
    if rule.event is None or happened_on is None:
        return ended_on
    return max(ended_on, happened_on)


def term_days(
    rule: RetentionRule, ended_on: dt.date, happened_on: dt.date | None = None
) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of the term; both ``None`` as long as it waits for its event.

    Raises:
        TermBeyondCalendarError
    """
    ends_on = retention_ends_on(rule, ended_on, happened_on)
    if rule.event is not None and rule.years is not None and ends_on is None:
        return None, None
    return retention_starts_on(counts_from(rule, ended_on, happened_on)), ends_on


def retention_starts_on(ended_on: dt.date) -> dt.date:
    """First day of the first whole year of the term: 1 January after the job ended.

    Raises:
        TermBeyondCalendarError: the job ended in the year 9999.
    """
    return dt.date(_year(ended_on, 1), 1, 1)


def _year(ended_on: dt.date, years: int) -> int:
    if (year := ended_on.year + years) > dt.MAXYEAR:
        raise TermBeyondCalendarError(date=ended_on.isoformat(), years=years)
    return year


def job_ended_on(end_date: str) -> dt.date:
    """The last day that an ISO date may mean: ``2011`` is 31 December 2011.

    TT 05/2025 Phụ lục I allows a month and year, or a year alone.

    Raises:
        MalformedEndDateError: not of that form, or no such day.
    """
    found = _PARTIAL.fullmatch(end_date.strip())
    if found is None:
        raise MalformedEndDateError(text=end_date)
    try:
        year, month = int(found[1]), int(found[2] or 12)
        day = int(found[3]) if found[3] else calendar.monthrange(year, month)[1]
        return dt.date(year, month, day)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise MalformedEndDateError(text=end_date) from error


def is_due(ends_on: dt.date | None, on: dt.date) -> bool:
    """Whether the term is over on the day; its last day still belongs to it."""
    return ends_on is not None and ends_on < on
