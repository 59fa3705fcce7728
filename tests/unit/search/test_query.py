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


def test_what_is_left_out_is_not_asked_for_where_its_quote_is_open() -> None:
    asked = parse_query('trạm "bàn giao" -"bơm nước')
    assert [term.exact for term in asked.terms] == [("bàn", "giao"), ("trạm",)]
    assert [term.exact for term in asked.excluded] == [("bơm", "nước")]


@pytest.mark.parametrize(
    ("typed", "left_out"),
    [
        ("trạm -năm:2025", ("year", "2025")),
        ("trạm NOT năm:2025", ("year", "2025")),
        ("NOT năm : 2025 trạm", ("year", "2025")),
        ("-năm: 2025 trạm", ("year", "2025")),
        ("trạm -nămm:2025", ("year", "2025")),
        ("trạm -loại: quyết định", ("type", "quyết định")),
        ("trạm –cơ quan:H40", ("agency", "H40")),
        ('trạm -"cơ quan":"Sở Nội vụ"', ("agency", "Sở Nội vụ")),
        ("trạm NOT ngày ban hành:3/2025", ("on", "3/2025")),
        ("-từ ngày:1/2025 trạm", ("from", "1/2025")),
    ],
)
def test_a_condition_is_left_out_as_a_word_is(typed: str, left_out: tuple[str, str]) -> None:
    asked = parse_query(typed)
    assert (asked.without, asked.fields, asked.excluded) == ((left_out,), (), ())
    assert (asked.unknown, folded(typed)) == ((), [("tram",)])


def test_a_name_that_is_no_field_is_told_where_it_is_left_out() -> None:
    asked = parse_query("trạm -mầu:xanh")
    assert (asked.unknown, asked.without) == (("-mầu",), ())
    assert [term.exact for term in asked.excluded] == [("mầu", "xanh")]


@pytest.mark.parametrize("typed", ["title:hướng", "tiêu đề: hướng", "trích yếu:hướng"])
def test_a_title_is_asked_by_each_of_its_names(typed: str) -> None:
    assert [term.in_title for term in parse_query(f"{typed} người ký:Hải").terms] == [True, False]
    (left_out,) = parse_query(f"bơm -{typed}").excluded
    assert (left_out.in_title, left_out.exact) == (True, ("hướng",))


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


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("155QĐ-SCT", ("155", "qd", "sct")),
        ("155/QĐSCT", ("155", "qd", "sct")),
        ("12/BBUBND", ("12", "bb", "ubnd")),
        ("6.480m2", ("6", "480", "m2")),
        ("H4O.18.2025", ("h40", "18", "2025")),
        ("l55/QĐ-SCT", ("155", "qd", "sct")),
        ("155QĐUBND", ("155", "qd", "ubnd")),
        ("155/2020NĐ-CP", ("155", "2020", "nd", "cp")),
        ("nđ163/2016", ("163", "2016", "nd")),
        ("NĐ-163/2016", ("nghi", "dinh", "so", "163", "2016")),
        ("00178/BQL-TH", ("178", "bql", "th")),
        ("H40.18.2025.7.QLCT", ("h40", "18", "2025", "07", "qlct")),
        ("H40.18.2025.07.QLCT", ("h40", "18", "2025", "7", "qlct")),
        ("1.25 tỷ", ("1", "250", "000", "000")),
        ("1,25tỷ", ("1250000000",)),
        ("1.250.000.000", ("1", "25", "ti")),
        ("1250000000", ("1", "250", "trieu")),
        ("1.250 triệu", ("1", "25", "ti")),
    ],
)
def test_a_code_without_a_sign_or_with_a_wrong_letter_is_also_the_right_one(
    typed: str, written: tuple[str, ...]
) -> None:
    (term,) = parse_query(typed).terms
    assert written in term.others
    (quoted,) = parse_query(f'"{typed}"').terms
    assert not quoted.others


@pytest.mark.parametrize(
    "typed",
    [
        "2025-03-03",
        "2025/3/3",
        "03032025",
        "3/3/25",
        "3.3.25",
        "3/3/2025",
        "03 03 2025",
        "3 tháng 3 năm 2025",
        "ngày 3/3/2025",
        "ngày 03 tháng 3 năm 2025",
    ],
)
def test_a_day_is_known_however_it_is_typed(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert term.signs == ("d20250303",)


@pytest.mark.parametrize("typed", ["12/31/2025", "12-31-2025"])
def test_a_day_with_its_month_first_is_known_where_no_month_is_so_late(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert term.signs == ("d20251231",)


@pytest.mark.parametrize("typed", ["99992025", "2025-13-13", "40/3/25", "12345678"])
def test_a_number_that_is_no_day_stays_a_number(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert term.signs == ()


@pytest.mark.parametrize(
    "typed",
    ["người ký:Mẫu trạm", "trạm nguoi ky:Mẫu", "trạm của người kí:Mẫu", '"trạm" người ký:"Mẫu"'],
)
def test_a_field_of_several_words_needs_no_quotes(typed: str) -> None:
    query = parse_query(typed)
    assert query.unknown == ()
    assert [term.folded for term in query.terms if term.in_data] == [("mau",)]


def test_a_name_within_a_phrase_is_no_field() -> None:
    query = parse_query('"của người ký:mẫu"')
    assert [(term.folded, term.in_data) for term in query.terms] == [
        (("cua", "nguoi", "ki", "mau"), False)
    ]
    assert parse_query("trạm từ ngày:1/2025").fields == (("from", "1/2025"),)


@pytest.mark.parametrize(
    "typed",
    ["năm: 2025", "năm :2025", "năm : 2025", '"năm" : 2025', "Năm: 2025"],
)
def test_spaces_about_the_colon_of_a_field_change_nothing(typed: str) -> None:
    query = parse_query(f"trạm {typed}")
    assert (folded(f"trạm {typed}"), query.fields) == ([("tram",)], (("year", "2025"),))


def test_a_colon_within_a_text_or_a_phrase_makes_no_field() -> None:
    assert parse_query("kính gửi: ủy ban").fields == ()
    assert parse_query("thời hạn: ba năm").fields == ()
    assert parse_query('"trong năm: 2025"').fields == ()
    assert parse_query('"cơ quan" : H40.18').fields == (("agency", "H40.18"),)


@pytest.mark.parametrize(
    "typed", ["trạm OR kè", "trạm or kè", "trạm | kè", "trạm|kè", "trạm || kè"]
)
def test_either_is_asked_in_all_the_ways_that_people_type_it(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert term.phrases == (("tram",), ("ke",))


def test_and_and_not_are_no_words() -> None:
    assert folded("trạm AND kè") == [("tram",), ("ke",)]
    query = parse_query("trạm NOT kè")
    assert [[term.folded for term in terms] for terms in (query.terms, query.excluded)] == [
        [("tram",)],
        [("ke",)],
    ]
    assert folded("OR AND") == [("or",), ("and",)]


@pytest.mark.parametrize("typed", ["trạm OR kè OR", "trạm OR OR kè NOT", "OR trạm OR kè"])
def test_an_operator_with_nothing_beside_it_is_told_and_is_no_word(typed: str) -> None:
    asked = parse_query(typed)
    assert [term.phrases for term in asked.terms] == [(("tram",), ("ke",))]
    assert asked.ignored in (("OR",), ("NOT",))


def test_either_may_be_meant_of_all_words_on_a_side() -> None:
    assert parse_query("trạm bơm OR cống năm:2025 -kè").sides == (("tram", "bom"), ("cong",))
    for typed in ("trạm OR cống", '"trạm bơm" OR cống hộp', "số:12 OR trạm bơm", "trạm bơm"):
        assert parse_query(typed).sides == ()


def test_a_star_may_stand_inside_the_quotes() -> None:
    (term,) = parse_query('"trạm bơ*"').terms
    assert (term.folded, term.prefix) == (("tram", "bo"), True)


@pytest.mark.parametrize("typed", ["'mặt bằng'", "‘mặt bằng’", "`mặt bằng`"])
def test_single_quotes_make_a_phrase_and_an_apostrophe_does_not(typed: str) -> None:
    assert folded(typed) == [("mat", "bang")]
    assert folded("Cư M'gar") == [("cu",), ("m", "gar")]


@pytest.mark.parametrize("letter", ["Ð", "ð", "Ɖ"])
def test_letters_that_look_like_a_barred_d_are_one(letter: str) -> None:
    (term,) = parse_query(f"{letter}ường").terms
    assert (term.exact, term.folded) == (("đường",), ("duong",))


@pytest.mark.parametrize(
    ("typed", "ignored"),
    [
        ("a* trạm", ("a*",)),
        ("*trạm", ("*trạm",)),
        ("tr*m", ("tr*m",)),
        ("nghiem*", ()),
        ("mã:H40 OR năm:2025", ("OR",)),
        ('năm:2025 OR loại:"quyết định"', ("OR",)),
        ("trạm OR -cầu", ("OR",)),
        ("năm:2024 OR năm:2025", ()),
        ("số:12 OR số:13", ()),
        ("trạm OR cầu", ()),
        ("trạm^2 bơm", ("trạm^2",)),
        ('"trạm bơm"~3 kè', ('"trạm bơm"~3',)),
        ("trạm~ bơm", ("trạm~",)),
        ("12 km^2", ()),
        ("title:", ("title:",)),
        ('trạm "bơm kè', ('"',)),
        ('trạm "bơm kè"', ()),
        ('trạm -"bơm kè', ()),
    ],
)
def test_a_sign_that_cannot_be_followed_is_told(typed: str, ignored: tuple[str, ...]) -> None:
    assert parse_query(typed).ignored == ignored


def test_a_word_with_a_weight_is_the_word_alone() -> None:
    assert folded('trạm^2 "bơm kè"~3') == [("bom", "ke"), ("tram",)]
    assert folded("12 km^2") == folded("12 km^2 km^2") != folded("12 km")


def test_either_goes_on_after_one_that_could_not_be_followed() -> None:
    asked = parse_query("mã:H40 OR năm:2025 trạm OR cầu")
    assert [term.phrases for term in asked.terms] == [(("h40",),), (("tram",), ("cau",))]


def test_either_of_a_field_and_a_word_looks_everywhere() -> None:
    (term,) = parse_query("số:12 OR trạm").terms
    assert (term.in_data, term.phrases) == (False, (("12",), ("tram",)))


def test_not_may_come_first() -> None:
    asked = parse_query("NOT trạm cầu")
    assert [term.folded for term in asked.excluded] == [("tram",)]
    assert folded("NOT trạm cầu") == [("cau",)]
    assert folded("NOT") == [("not",)]


@pytest.mark.parametrize("typed", ["người ký: Hải", "nguoi ky :hải", "trích yếu: Hải"])
def test_a_space_after_the_name_of_a_field_is_no_other_question(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert (term.in_data, term.folded) == (True, ("hai",))


@pytest.mark.parametrize("typed", ['"người ký: Hải"', "hồ sơ: Hải", "kính gửi: Hải"])
def test_words_before_a_colon_and_a_space_stay_words(typed: str) -> None:
    assert not any(term.in_data for term in parse_query(typed).terms)
