"""A snippet shows the best stretch of a page and marks just what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.port import END, FOUND
from search.query import parse_query
from search.snippet import WIDTH, make_snippet, marked_values

FILLER = "một hai ba bốn năm sáu bảy tám chín mười "


def snippet(text: str, typed: str) -> str:
    return make_snippet(text, parse_query(typed)).replace(FOUND, "[").replace(END, "]")


def test_found_words_are_marked_as_they_are_printed() -> None:
    assert snippet("Hai bên bàn giao Mặt bằng.", "mat bang") == "Hai bên bàn giao [Mặt] [bằng]."


def test_a_phrase_is_marked_as_one_and_only_where_its_words_follow_each_other() -> None:
    shown = snippet("Mặt đường, mặt bằng, bằng mặt.", '"mặt bằng"')
    assert shown == "Mặt đường, [mặt bằng], bằng mặt."


def test_a_code_is_marked_as_one() -> None:
    shown = snippet("Theo Nghị định số 155/2020/NĐ-CP.", "155 2020 155/2020/nd-cp")
    assert "[155/2020/NĐ-CP]" in shown


def test_typed_marks_are_preferred_where_they_stand() -> None:
    assert snippet("bán cân, bản cán, ban can", "bản") == "bán cân, [bản] cán, ban can"
    assert snippet("bán cân, ban can", "bản") == "[bán] cân, [ban] can"


def test_the_stretch_with_the_most_terms_is_shown() -> None:
    text = f"mặt {FILLER * 9} mặt bằng bàn giao {FILLER * 9} giao"
    shown = snippet(text, "bàn giao mặt bằng")
    assert "[mặt] [bằng] [bàn] [giao]" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown.split()) <= WIDTH + 1


def test_white_space_becomes_single_spaces() -> None:
    assert snippet("mặt\n\n  bằng\t1", "bằng") == "mặt [bằng] 1"


def test_a_text_that_lacks_the_words_shows_its_beginning() -> None:
    assert snippet(FILLER * 9, "kè").startswith("một hai ba")
    assert snippet("…", "kè") == "…"
    assert snippet("", "kè") == ""


SOME = ["mặt", "bằng", "mat", "bang", "giao,", "BÀN.", "155/2020", "ß", "İ", "x"]
WORDS = st.lists(st.sampled_from(SOME), max_size=80)


@given(WORDS, st.sampled_from(["mặt bằng", '"mat bang"', "155/2020 giao", "bang x", "ß"]))
def test_marks_come_in_pairs_and_nothing_else_is_changed(text: list[str], typed: str) -> None:
    shown = make_snippet(" ".join(text), parse_query(typed))
    depth = 0
    for letter in shown:
        depth += {FOUND: 1, END: -1}.get(letter, 0)
        assert depth in (0, 1)
    assert depth == 0
    assert shown.replace(FOUND, "").replace(END, "").strip("…") in " ".join(text)


@pytest.mark.parametrize("mark", [FOUND, END])
def test_marks_inside_the_text_are_taken_out(mark: str) -> None:
    assert snippet(f"mặt{mark} bằng", "bằng") == "mặt [bằng]"


def test_a_month_between_letters_is_marked_with_the_words_that_it_touches() -> None:
    assert snippet("Lịch T3/2025x của đội", "3/2025") == "Lịch [T3/2025x] của đội"


def shown(typed: str, *values: str) -> list[str]:
    return [
        str(value).replace("<mark>", "[").replace("</mark>", "]")
        for value in marked_values(values, typed)
    ]


def test_a_word_apart_from_the_others_is_marked_in_no_value() -> None:
    assert shown("văn bản", "Biên bản", "Bản gốc") == ["Biên bản", "Bản gốc"]
    assert shown("văn bản", "Biên bản", "Gửi văn bản") == ["Biên bản", "Gửi [văn] [bản]"]
    assert shown("bản", "Biên bản") == ["Biên [bản]"]


def test_a_word_is_marked_where_the_others_stand_together_elsewhere() -> None:
    assert shown("biên bản Lĩnh", "Biên bản", "Phạm Hồng Lĩnh") == [
        "[Biên bản]",
        "Phạm Hồng [Lĩnh]",
    ]


def test_values_with_several_of_the_words_and_numbers_are_marked() -> None:
    assert shown("Lò Mẩy ngóng đò", "Lò Thị Mẩy", "Đò") == ["[Lò] Thị [Mẩy]", "Đò"]
    assert shown("kè Soi Đình", "Đình kè, nay của Soi", "155") == [
        "[Đình] [kè], nay của [Soi]",
        "155",
    ]
    assert shown("nghiệm thu 155/QĐ-SCT", "155/QĐ-SCT", "thu ngân", "<b>") == [
        "[155/QĐ-SCT]",
        "thu ngân",
        "<b>",
    ]
    assert shown("…", "Biên bản") == ["Biên bản"]
