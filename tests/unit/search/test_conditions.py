"""Days of a query as a period."""

import datetime as dt

import pytest

from search.conditions import Conditions, with_fields
from search.query import parse_query


@pytest.mark.parametrize(
    "typed",
    ["từ:2012 đến:2015", "từ:2015 đến:2012", "đến:2012 từ:2015", "từ ngày:12/2015 đến ngày:1/2012"],
)
def test_two_days_are_a_period_whichever_stands_first(typed: str) -> None:
    meant = with_fields(parse_query(typed), Conditions())
    assert (meant.from_on, meant.to_on) == (dt.date(2012, 1, 1), dt.date(2015, 12, 31))


def test_chosen_days_are_a_period_whichever_is_the_later_one() -> None:
    chosen = Conditions(from_on=dt.date(2015, 3, 2), to_on=dt.date(2012, 1, 9))
    meant = with_fields(parse_query("kè"), chosen)
    assert (meant.from_on, meant.to_on) == (dt.date(2012, 1, 9), dt.date(2015, 3, 2))
