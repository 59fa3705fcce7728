"""What was typed becomes words, phrases and codes; nothing typed can break a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.text import nfc
from search.query import MAX_TERMS, EmptyQueryError, parse_query
from search.words import words


def folded(text: str) -> list[tuple[str, ...]]:
    return [term.folded for term in parse_query(text).terms]


def test_words_phrases_and_codes_are_told_apart() -> None:
    assert folded('quyết định "kè bờ" 155/2020/NĐ-CP') == [
        ("ke", "bo"),
        ("quyet", "dinh"),
        ("155", "2020", "nd", "cp"),
    ]


@pytest.mark.parametrize("quotes", ['""', "“”", "«»", "„“"])
def test_any_pair_of_quotes_makes_a_phrase(quotes: str) -> None:
    assert folded(f"{quotes[0]}mặt bằng{quotes[1]}") == [("mat", "bang")]


def test_a_quote_that_is_not_closed_is_no_phrase() -> None:
    assert folded('"mặt bằng') == [("mat",), ("bang",)]


def test_a_word_typed_with_marks_is_known_as_such() -> None:
    query = parse_query("biển ban HOÀ")
    assert [term.marked for term in query.terms] == [True, False, True]
    assert query.terms[2].exact == ("hòa",)
    assert query.marked
    assert not parse_query("ban giao").marked


def test_a_word_typed_twice_counts_once() -> None:
    assert len(parse_query("kè kè KÈ ke").terms) == 2


def test_a_very_long_query_is_cut() -> None:
    text = " ".join(f"chu{number}" for number in range(500))
    query = parse_query(text)
    assert (len(query.terms), query.cut) == (MAX_TERMS, True)
    assert parse_query("kè " * 5_000).cut
    assert not parse_query("kè Đà").cut


@pytest.mark.parametrize("text", ["", "  ", "---", '""', "…!?", "_"])
def test_a_query_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(EmptyQueryError):
        parse_query(text)


@given(st.text(max_size=60))
def test_words_are_the_same_one_by_one_and_all_together(text: str) -> None:
    text = nfc(text)
    for word in words(text):
        written = text[word.start : word.end]
        (alone,) = words(written)
        assert (word.exact, word.folded) == (alone.exact, alone.folded)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_refused_and_never_holds_a_quote(text: str) -> None:
    try:
        query = parse_query(text)
    except EmptyQueryError:
        return
    assert all('"' not in word for term in query.terms for word in term.exact + term.folded)
