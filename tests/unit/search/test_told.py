"""What is told of a search that asked something in place of the typed words."""

from search.asked import Asked
from search.documents import ToldDocument
from search.port import Query, Visibility
from search.query import parse_query


def test_words_that_may_miss_are_told_as_they_were_typed() -> None:
    query = Query(parse_query("Trạm bơm do ai KÝ, hoà giải?"), Visibility(None, None))
    answer = ToldDocument.of(Asked(query, "fewer", left_out=("ai", "kí", "hòa")))
    assert answer is not None
    assert answer.left_out == ["ai", "KÝ", "hoà"]
