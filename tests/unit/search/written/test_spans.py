"""Quarters, halves and other parts of a year, as people and papers write them."""

import pytest

from search.query import parse_query
from search.words import words
from search.written.days import names_of_day
from search.written.signs import signs_in
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
        ("6 tháng đầu 2025", 1, 6),
        ("quý Il/2025.", 4, 6),
        ("quý I, quý II năm 2025", 1, 6),
        ("tháng 1-3/2025", 1, 3),
        ("từ tháng 4 đến tháng 5 năm 2025", 4, 5),
        ("04/2025 - 06/2025", 4, 6),
    ],
)
def test_a_part_of_a_year_is_its_months(typed: str, first: int, last: int) -> None:
    wanted = tuple(f"m2025{month:02}" for month in range(first, last + 1))
    assert months_of_span(typed) == wanted
    (term,) = parse_query(typed).terms
    assert term.signs[-len(wanted) :] == wanted


@pytest.mark.parametrize(
    "typed",
    [
        "quý 5/2025",
        "quy 12/2025",
        "quý khách 2025",
        "năm 2025",
        "1 tháng đầu năm 2025",
        "",
        "quỹ 1/2025",
        "tháng 0/2025 - 03/2025",
    ],
)
def test_other_words_are_no_part_of_a_year(typed: str) -> None:
    assert months_of_span(typed) == ()


def test_there_is_no_month_0() -> None:
    """It would be December of the year before."""
    assert months_of_span("tháng 0-2/2025") == ("m202501", "m202502")


def test_papers_write_a_part_of_a_year_otherwise() -> None:
    assert ("qui", "i", "nam", "2025") in set(span_otherwise("quý 1/2025"))
    for said in ("06", "sau"):
        written = set(span_otherwise("6 tháng đầu năm 2025"))
        assert (said, "thang", "dau", "nam", "2025") in written


def test_months_with_a_dash_between_are_no_month_of_a_year() -> None:
    for typed in ("tháng 9-12", "T9-12"):
        assert not any(term.signs for term in parse_query(typed).terms)
    assert names_of_day("T9/12") == ("m201209",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Báo cáo quý 3/2025", ["s20250709"]),  # and no month of March
        ("quý I và III/2025", ["s20250103", "s20250709"]),
        ("Sổ quỹ 1/2025", ["m202501"]),
        ("sáu tháng đầu năm 2025", ["s20250106", "y2025"]),
        ("từ tháng 11/2024 đến tháng 1/2025", ["m202411", "m202412", "m202501"]),
        ("tháng 03-2025", ["m202503"]),
        ("tháng ba năm 2025", ["m202503", "y2025"]),
        ("2025-03-18, 5 triệu", ["d20250318", "m202503"]),
        ("giai đoạn 2020 – 2025", ["r20202025", "y2020", "y2025"]),
        ("số 155/2025-2026", []),
        ("tháng 13-2025", []),
    ],
)
def test_a_text_names_its_months_its_years_and_the_parts_of_them(
    text: str, names: list[str]
) -> None:
    assert [name for sign in signs_in(text, words(text)) for name in sign.names] == names


@pytest.mark.parametrize("typed", ["2020-2022", "2020 - 2022", "2020 -2022", "(2020–2022)"])
def test_two_years_with_a_dash_are_all_between_them(typed: str) -> None:
    asked = parse_query(typed)
    assert asked.terms[0].signs == ("r20202022", "y2020", "y2021", "y2022")
    assert asked.excluded == ()


def test_two_years_in_a_phrase_are_as_they_were_typed() -> None:
    (term,) = parse_query('"kế hoạch 2020 -2022"').terms
    assert term.signs == ()
