"""Days of a transfer: handed over in five years of submission, registered a year before."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.transfer.register.deadlines import (
    hand_over_by,
    register_by,
    removable_from,
    submitted_until,
)

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2090, 12, 31))


def test_it_is_handed_over_by_the_end_of_the_fifth_year() -> None:
    assert hand_over_by(2026) == dt.date(2031, 12, 31)
    assert hand_over_by(2026, other_law=True) == dt.date(2056, 12, 31)


@pytest.mark.parametrize(
    ("hand_over", "register"),
    [
        (dt.date(2031, 12, 31), dt.date(2030, 12, 31)),
        (dt.date(2032, 2, 29), dt.date(2031, 2, 28)),
    ],
)
def test_it_is_registered_twelve_months_before(hand_over: dt.date, register: dt.date) -> None:
    assert register_by(hand_over) == register


@given(on=DAYS, other_law=st.booleans())
def test_what_is_to_be_registered_is_all_up_to_a_year_and_nothing_after_it(
    on: dt.date, *, other_law: bool
) -> None:
    year = submitted_until(on, other_law=other_law)
    assert register_by(hand_over_by(year, other_law=other_law)) <= on
    assert register_by(hand_over_by(year + 1, other_law=other_law)) > on


def test_what_was_handed_over_stays_three_months_at_least() -> None:
    closed = dt.date(2026, 11, 30)
    assert removable_from(closed, 3) == dt.date(2027, 2, 28)
    assert removable_from(closed, 1) == dt.date(2027, 2, 28), "no setting goes below the decree"
    assert removable_from(closed, 14) == dt.date(2028, 1, 30)
