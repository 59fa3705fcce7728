"""Quarters, halves and other parts of a year, as people and papers write them."""

import pytest

from search.query import parse_query
from search.written.days import names_of_day
from search.written.spans import months_of_span, span_otherwise


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("quý 1/2025", 1, 3),
        ("Quý I năm 2025", 1, 3),
        ("quí 2 2025", 4, 6),
        ("q4/2025", 10, 12),
        ("quý II-2025", 4, 6),
        ("quy ba nam 2025", 7, 9),
        ("đầu năm 2025", 1, 4),
        ("giữa năm 2025", 5, 8),
        ("cuối năm 2025", 9, 12),
        ("nửa đầu năm 2025", 1, 6),
        ("6 tháng đầu năm 2025", 1, 6),
        ("sáu tháng cuối năm 2025", 7, 12),
        ("9 thang dau nam 2025", 1, 9),
        ("06 tháng đầu năm 2025", 1, 6),
    ],
)
def test_a_part_of_a_year_is_its_months(typed: str, first: int, last: int) -> None:
    wanted = tuple(f"m2025{month:02}" for month in range(first, last + 1))
    assert months_of_span(typed) == wanted
    (term,) = parse_query(typed).terms
    assert term.signs == wanted


@pytest.mark.parametrize(
    "typed", ["quý 5/2025", "quy 12/2025", "quý khách 2025", "năm 2025", "1 tháng đầu năm 2025", ""]
)
def test_other_words_are_no_part_of_a_year(typed: str) -> None:
    assert months_of_span(typed) == ()


def test_papers_write_a_part_of_a_year_otherwise() -> None:
    assert ("qui", "i", "nam", "2025") in set(span_otherwise("quý 1/2025"))
    for said in ("06", "sau"):
        written = set(span_otherwise("6 tháng đầu năm 2025"))
        assert (said, "thang", "dau", "nam", "2025") in written


def test_months_with_a_dash_between_are_no_month_of_a_year() -> None:
    for typed in ("tháng 9-12", "T9-12"):
        assert not any(term.signs for term in parse_query(typed).terms)
    assert names_of_day("T9/12") == ("m201209",)
