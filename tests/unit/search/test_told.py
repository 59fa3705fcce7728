"""What is told of a search that asked something in place of the typed words."""

import datetime as dt

from search.acts import notes_of
from search.asked import Asked
from search.documents import ToldDocument
from search.port import Query, Visibility
from search.query import parse_query
from search.written.merged_places import Renamed


def test_words_that_may_miss_are_told_as_they_were_typed() -> None:
    query = Query(parse_query("Trạm bơm do ai KÝ, hoà giải?"), Visibility(None, None))
    answer = ToldDocument.of(Asked(query, "fewer", left_out=("ai", "kí", "hòa")))
    assert answer is not None
    assert answer.left_out == ["ai", "KÝ", "hoà"]


def test_numbers_and_codes_that_may_miss_are_told_with_their_signs() -> None:
    typed = "kè 1.250.000 đồng 1,25 tỉ 12/QĐ-XYZ"
    query = Query(parse_query(typed), Visibility(None, None))
    left_out = ("1 250 000", "1 25 tỉ", "12 qđ xyz")
    answer = ToldDocument.of(Asked(query, "fewer", left_out=left_out))
    assert answer is not None
    assert answer.left_out == ["1.250.000", "1,25 tỉ", "12/QĐ-XYZ"]


def test_what_is_told_of_a_long_query_stays_a_line() -> None:
    typed = " ".join(["a*b", "a*b", *(f"w{number}" for number in range(20))])
    query = Query(parse_query(typed), Visibility(None, None))
    left_out = tuple(f"w{number}" for number in range(20))
    told = ToldDocument.of(Asked(query, "fewer", left_out=left_out))
    assert told is not None
    assert told.ignored == ["a*b"]
    lines = [line for line, _ in notes_of(told, lambda key, **facts: f"{key} {facts}")]
    assert lines[-1].endswith("w10, w11, …'}")


def test_a_merged_place_is_told_with_its_day_and_the_other_query() -> None:
    other = Renamed("cầu Bắc Ninh", "Bắc Ninh", "Bắc Giang", "Bắc Ninh", dt.date(2025, 7, 1))
    query = Query(parse_query("cầu Bắc Giang"), Visibility(None, None))
    told = ToldDocument.of(Asked(query, renamed=(other,)))
    lines = list(notes_of(told, lambda key, **facts: f"{key} {sorted(facts.items())}"))
    facts = "[('new', 'Bắc Ninh'), ('old', 'Bắc Giang'), ('since', '01/07/2025')]"
    assert lines == [(f"labels.search-told.merged {facts}", "cầu Bắc Ninh")]
    instead = ToldDocument.of(Asked(query, "renamed", "cầu Bắc Ninh", renamed=(other,)))
    assert [query for _, query in notes_of(instead, lambda key, **_: key)] == ["cầu Bắc Ninh", ""]
