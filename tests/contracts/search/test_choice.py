"""Of what a mistyped word may have been, the likeliest comes first, on every engine."""

import pytest

from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import answer, put, query


@pytest.mark.parametrize("typed", ["thượng chủg", "thuong chugn", "thượng cuhng"])
def test_of_two_words_apart_the_wrong_one_may_miss_and_leads_where_it_is_likely(
    index: SearchIndex, typed: str
) -> None:
    for place in ("Yên", "Hạ", "Lãm"):
        put(index, f"Kè bờ sông xã Thượng {place}")
    wanted = put(index, "Trạm y tế xã Thượng Lâm: tiêm chủng mở rộng")
    put(index, "Tiêm chủng ở xã Hạ Lâm")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.left_out) == ("fewer", (typed.split()[1],))
    assert (hits[0], len(hits)) == (wanted, 4)


def test_a_word_with_the_typed_marks_is_likelier_than_one_beside_its_neighbour(
    index: SearchIndex,
) -> None:
    put(index, "Xã họp bàn việc mua thuốc thú y")
    wanted = put(index, "Mua sắm bàn ghế cho xã Thượng Lâm")
    assert answer(index, "xã bàn mua thượg")[1] == [wanted]


def test_where_several_words_may_be_meant_each_is_found(index: SearchIndex) -> None:
    both = [
        put(index, f"Bảo đảm chất lượng. Kiểm tra ở huyện Sông Lam, {word} sửa chữa")
        for word in ("cầu", "cần")
    ]
    put(index, "Bảo đảm chất lượng. Kiểm tra ở huyện Sông Lam")
    asked, hits = answer(index, "lượng kiểm huyện cầj")
    assert (asked.step, asked.left_out, set(hits)) == ("fewer", ("cầj",), set(both))


def test_what_hidden_documents_have_makes_no_word_likelier(index: SearchIndex) -> None:
    put(index, "Kè bờ sông xã Thượng Yên")
    put(index, "Trạm y tế xã Thượng Lâm: tiêm chủng mở rộng", mode="02")
    visible = Visibility(None, frozenset({"01"}))
    asked = ask(index, query("thượng chủg", by="document", visible=visible))
    assert "chung" not in str(asked.query.words)
    assert index.search(asked.query).total == 1
