"""Numbers in digits and in words say the same."""

import pytest

from search.query import parse_query
from search.written.numbers import number_otherwise, said_otherwise
from search.written.spoken import number_said, said


@pytest.mark.parametrize("value", [10, 11, 14, 15, 20, 21, 45, 100, 101, 105, 110, 214, 555, 999])
def test_each_way_in_which_a_number_is_said_is_the_number(value: int) -> None:
    ways = list(said(value))
    assert ways
    assert {number_said(way) for way in ways} == {value}


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("hai trăm mười bốn", ("214",)),
        ("mười hai", ("12",)),
        ("ba mươi lăm triệu", ("35", "000", "000")),
        ("ba triệu", ("3", "trieu")),
        ("hai mươi tư nghìn", ("24", "000")),
    ],
)
def test_a_number_in_words_is_found_in_digits(typed: str, written: tuple[str, ...]) -> None:
    assert written in set(said_otherwise(typed))
    (term,) = parse_query(typed).terms
    assert written in term.others


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("12", ("muoi", "hai")),
        ("214", ("hai", "tram", "muoi", "bon")),
        ("3 triệu", ("ba", "trieu")),
    ],
)
def test_a_number_in_digits_is_found_in_words(typed: str, written: tuple[str, ...]) -> None:
    assert written in {*number_otherwise(typed), *said_otherwise(typed)}


@pytest.mark.parametrize("typed", ["năm", "hai ba", "tam tram", "tạm trạm bơm", "ba bể", "triệu"])
def test_what_may_be_other_words_is_no_number(typed: str) -> None:
    assert not list(said_otherwise(typed))
    assert all(len(term.folded) == 1 for term in parse_query(typed).terms)


@pytest.mark.parametrize("typed", ["10", "100", "300"])
def test_a_number_that_is_said_as_other_words_is_found_in_digits_alone(typed: str) -> None:
    """*muoi* is *muỗi* and *muối*, *mot tram* is *một trạm*."""
    (term,) = parse_query(typed).terms
    assert not term.others
