"""Numbers in digits and in words say the same."""

import pytest

from search.query import parse_query
from search.words import words
from search.written.numbers import said_otherwise, spoken, value_of
from search.written.numerals import numbers_in
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
    value = value_of(typed)
    assert value
    assert written in set(spoken(value))


@pytest.mark.parametrize("value", [15, 25, 115])
def test_years_in_words_are_no_five(value: int) -> None:
    assert {form[-1] for form in spoken(value)} == {"lam"}
    assert {form[-1] for form in spoken(105)} == {"lam", "nam"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ba mươi hai hộ, mười hai xã", ["n32", "n12"]),
        ("một trăm linh năm, một nghìn hai trăm", ["n105", "n1200"]),
        ("sáu tỷ bốn trăm tám mươi triệu đồng", ["n6480000000"]),
        ("hai triệu ba triệu", ["n2000000", "n3000000"]),
        ("hai nghìn không trăm mười một", ["n2011"]),
        ("hai lăm tháng năm mươi mốt", ["n25", "n51"]),
        ("năm mười, muỗi, một trạm, năm, ba bể", ["n10"]),
        ("mười năm, hai mươi năm, bảy mươi năm; tháng mười năm 2014", ["n10", "n20", "n70", "n10"]),
        ("một trăm năm, hai nghìn năm", ["n100", "n2000"]),
        ("hai mươi lăm năm, một trăm linh năm, ba trăm năm mươi", ["n25", "n105", "n350"]),
        ("mười\nhai, hai mươi, ba trăm", ["n12", "n20", "n300"]),
    ],
)
def test_numbers_of_a_text_are_as_long_as_they_are(text: str, names: list[str]) -> None:
    assert [name for sign in numbers_in(text, words(text)) for name in sign.names] == names


@pytest.mark.parametrize(
    "typed", ["năm mười", "hai ba", "tam tram", "tạm trạm bơm", "ba bể", "triệu"]
)
def test_what_may_be_other_words_is_no_number(typed: str) -> None:
    assert not list(said_otherwise(typed))
    assert all(len(term.folded) == 1 for term in parse_query(typed).terms)


@pytest.mark.parametrize("typed", ["10", "100", "300"])
def test_a_number_that_is_said_as_other_words_is_found_in_digits_alone(typed: str) -> None:
    """*muoi* is *muỗi* and *muối*, *mot tram* is *một trạm*."""
    (term,) = parse_query(typed).terms
    assert not term.others
