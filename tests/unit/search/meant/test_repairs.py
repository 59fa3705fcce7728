"""What a query says besides words."""

import pytest

from search.language import take_apart
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
    ("typed", "may_miss"),
    [("mấy", True), ("may", True), ("máy", False), ("thế", True), ("thẻ", False), ("CỦA", True)],
)
def test_a_function_word_with_marks_is_known_by_its_marks(typed: str, *, may_miss: bool) -> None:
    (term,) = parse_query(typed).terms
    assert is_function_word(term) is may_miss
