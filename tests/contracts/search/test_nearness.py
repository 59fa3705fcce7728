"""Words near each other come before words far apart, and words just as typed before others."""

from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import put, query

FILLED = " ".join(f"mục{number}" for number in range(150))


def first(index: SearchIndex, typed: str) -> object:
    asked = ask(index, query(typed, by="document")).query
    return index.search(asked).hits[0].case_file_id


def test_words_of_one_page_come_before_the_same_words_in_several_places(
    index: SearchIndex,
) -> None:
    apart = put(index, f"đước trạm. {FILLED} trạm bơm đước. {FILLED} vượt dài bơm", code="H40.1")
    near = put(index, f"{FILLED} bơm mục đước a b c d e f g h i k l m n o vượt, dài mục trạm")
    assert first(index, "đước vượt dài trạm bơm") == near != apart


def test_where_some_words_have_marks_those_without_are_meant_without(index: SearchIndex) -> None:
    other = put(index, f"cành {FILLED} thỏa {FILLED} cất", year=2030)
    very = put(index, f"cành {FILLED} thoa {FILLED} cất")
    assert first(index, "cành cất thoa") == very
    assert first(index, "canh cat thoa") == other


def test_a_document_of_the_day_comes_before_a_case_file_that_ends_on_it(
    index: SearchIndex,
) -> None:
    put(index, "Hồ sơ kè", page=None, document_id=None, date="2025-03-20")
    named = put(index, f"{FILLED} ngày 20 tháng 3 năm 2025")
    assert first(index, "20/3/2025") == named


def test_words_that_are_a_number_elsewhere_are_found_apart(index: SearchIndex) -> None:
    wanted = put(index, "khác kê pháp, nghìn hộ, tư nhân")
    put(index, "khác kê pháp")
    asked = ask(index, query("tư nghìn khác kê pháp", by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [wanted])


def test_where_few_have_all_the_words_those_follow_that_lack_one(index: SearchIndex) -> None:
    whole = put(index, "Thay tổ máy, đắp đê, sửa trụ cầu, trị thủy, trồng tre")
    misread = put(index, "Trồng tre, trỉn thủy, đắp đê, thay tổ máy")
    put(index, "Trồng tre, đắp đê", mode="02")
    put(index, "Trồng tre, mua máy")
    typed = query("tre máy trị đê thay", by="document", visible=Visibility(None, frozenset({"01"})))
    asked = ask(index, typed)
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("nearly", [whole, misread])
    put(index, "Thay máy, tre, đê", mode="02")
    again = ask(index, typed)
    assert again == asked
    assert [hit.case_file_id for hit in index.search(again.query).hits] == hits
