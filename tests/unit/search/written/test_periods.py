"""Days and periods as conditions: written in digits, in words, or counted from today."""

import datetime as dt

import pytest

from archive_service import clock
from search.query import parse_query
from search.written.periods import day_of


@pytest.mark.parametrize(
    ("text", "last", "day"),
    [
        ("31/12/2025", False, dt.date(2025, 12, 31)),
        ("2025-03-01", False, dt.date(2025, 3, 1)),
        ("2/2024", True, dt.date(2024, 2, 29)),
        ("2025", False, dt.date(2025, 1, 1)),
        ("2025", True, dt.date(2025, 12, 31)),
        ("ngày 3 tháng 3 năm 2025", True, dt.date(2025, 3, 3)),
        ("tháng 2 năm 2024", True, dt.date(2024, 2, 29)),
        ("31/2/2025", False, None),
        ("mai", False, None),
    ],
)
def test_days_of_a_condition(text: str, *, last: bool, day: dt.date | None) -> None:
    assert day_of(text, last=last) == day


def test_days_are_counted_from_today() -> None:
    today = clock.today()
    assert day_of("Hôm qua", last=False) == today - dt.timedelta(days=1)
    assert day_of("tuan nay", last=False) == today - dt.timedelta(days=today.weekday())
    for unit in ("tuần", "tháng", "quý", "năm"):
        begin, end = (day_of(f"{unit} trước", last=last) for last in (False, True))
        now = day_of(f"{unit} này", last=False)
        assert begin is not None
        assert end is not None
        assert now is not None
        assert begin < end == now - dt.timedelta(days=1)
    assert now == dt.date(today.year, 1, 1)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("từ:hôm qua", ("from", "hôm qua")),
        ("đến ngày: hôm nay", ("to", "hôm nay")),
        ("từ: năm ngoái", ("from", "năm ngoái")),
        ("ngày: 3 tháng 3 năm 2025", ("on", "3 tháng 3 năm 2025")),
        ("ngày:3/3/2025", ("on", "3/3/2025")),
    ],
)
def test_words_that_are_a_day_are_one_value(typed: str, field: tuple[str, str]) -> None:
    asked = parse_query(f"{typed} kè")
    assert asked.fields == (field,)
    assert [term.exact for term in asked.terms] == [("kè",)]
