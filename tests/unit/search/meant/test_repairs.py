"""What a query says besides words."""

import datetime as dt

import pytest

from search.language import day_of, take_apart
from search.meant.repairs import is_function_word
from search.query import parse_query


def test_fields_are_conditions_and_an_unknown_one_is_told() -> None:
    asked = parse_query('kè năm:2025 "người ký":"Trần Văn Mẫu" từ:3/2025 mầu:xanh')
    assert asked.fields == (("year", "2025"), ("from", "3/2025"))
    assert asked.unknown == ("mầu",)
    assert [term.folded for term in asked.terms if term.in_data] == [("tran", "van", "mau")]


@pytest.mark.parametrize("text", ["a - b", "NĐ-CP", "- sang", "--"])
def test_a_dash_that_is_no_minus_leaves_nothing_out(text: str) -> None:
    assert not any(part.excluded for part in take_apart(text).parts)


@pytest.mark.parametrize(
    ("text", "last", "day"),
    [
        ("31/12/2025", False, dt.date(2025, 12, 31)),
        ("2025-03-01", False, dt.date(2025, 3, 1)),
        ("2/2024", True, dt.date(2024, 2, 29)),
        ("2025", False, dt.date(2025, 1, 1)),
        ("2025", True, dt.date(2025, 12, 31)),
        ("31/2/2025", False, None),
        ("mai", False, None),
    ],
)
def test_days_of_a_condition(text: str, *, last: bool, day: dt.date | None) -> None:
    assert day_of(text, last=last) == day


@pytest.mark.parametrize(
    ("typed", "may_miss"),
    [("mấy", True), ("may", True), ("máy", False), ("thế", True), ("thẻ", False), ("CỦA", True)],
)
def test_a_function_word_with_marks_is_known_by_its_marks(typed: str, *, may_miss: bool) -> None:
    (term,) = parse_query(typed).terms
    assert is_function_word(term) is may_miss
