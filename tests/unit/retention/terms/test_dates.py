"""A term ends on 31 December, counted from the year the job ended."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.terms.dates import (
    MalformedEndDateError,
    TermBeyondCalendarError,
    is_due,
    job_ended_on,
    retention_ends_on,
    retention_starts_on,
)
from retention.terms.rules import MAX_YEARS, RetentionRule

DAYS = st.dates(dt.date(1800, 1, 1), dt.date(2100, 12, 31))
YEARS = st.integers(1, MAX_YEARS)


def rule(years: int | None) -> RetentionRule:
    return RetentionRule("x", "Thử", years, "Điều 1")


def test_twenty_years_from_2012_end_with_2032() -> None:
    assert retention_ends_on(rule(20), dt.date(2012, 12, 28)) == dt.date(2032, 12, 31)


@given(DAYS, YEARS)
def test_every_day_of_a_year_ends_on_the_same_day(ended_on: dt.date, years: int) -> None:
    ends_on = retention_ends_on(rule(years), ended_on)
    assert ends_on == retention_ends_on(rule(years), dt.date(ended_on.year, 1, 1))
    assert ends_on == dt.date(ended_on.year + years, 12, 31)


@given(DAYS, YEARS)
def test_the_term_holds_as_many_whole_calendar_years_as_the_rule_says(
    ended_on: dt.date, years: int
) -> None:
    ends_on = retention_ends_on(rule(years), ended_on)
    assert ends_on is not None
    starts_on = retention_starts_on(ended_on)
    assert ended_on < starts_on
    assert ends_on.year - starts_on.year + 1 == years
    assert (starts_on.month, starts_on.day, ends_on.month, ends_on.day) == (1, 1, 12, 31)


@given(DAYS, YEARS, st.integers(0, 50))
def test_a_longer_term_never_ends_sooner(ended_on: dt.date, years: int, more: int) -> None:
    first = retention_ends_on(rule(years), ended_on)
    second = retention_ends_on(rule(years + more), ended_on)
    assert first is not None
    assert second is not None
    assert first <= second


@given(DAYS, DAYS)
def test_permanent_has_no_end_and_never_falls_due(ended_on: dt.date, on: dt.date) -> None:
    assert retention_ends_on(rule(None), ended_on) is None
    assert not is_due(None, on)


def test_the_last_day_still_belongs_to_the_term() -> None:
    last = dt.date(2032, 12, 31)
    assert not is_due(last, last)
    assert is_due(last, dt.date(2033, 1, 1))


def test_a_negative_period_is_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        retention_ends_on(rule(-1), dt.date(2012, 1, 1))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2012-12-28", dt.date(2012, 12, 28)),
        ("2012-02", dt.date(2012, 2, 29)),
        (" 2011 ", dt.date(2011, 12, 31)),
    ],
)
def test_an_end_date_may_be_a_month_or_a_year(text: str, day: dt.date) -> None:
    assert job_ended_on(text) == day


@given(DAYS)
def test_a_whole_date_is_read_as_it_is(day: dt.date) -> None:
    assert job_ended_on(day.isoformat()) == day


@pytest.mark.parametrize(
    "text", ["", "12/2012", "2012-13", "2012-02-30", "0000", "20121228", "mai"]
)
def test_anything_else_is_no_end_date(text: str) -> None:
    with pytest.raises(MalformedEndDateError):
        job_ended_on(text)


def test_a_term_that_leaves_the_calendar_is_refused_in_words() -> None:
    with pytest.raises(TermBeyondCalendarError):
        retention_ends_on(rule(20), dt.date(9990, 12, 31))
    with pytest.raises(TermBeyondCalendarError):
        retention_starts_on(dt.date(9999, 12, 31))
    assert retention_ends_on(rule(None), dt.date(9999, 12, 31)) is None
