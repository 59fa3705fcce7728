"""Fields of a query, however their names and values are typed."""

import pytest

from search.query import parse_query


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("nam:2025", ("year", "2025")),
        ("NĂM : 2025", ("year", "2025")),
        ("nawm:2025", ("year", "2025")),
        ("năm:hai nghìn không trăm hai mươi lăm", ("year", "hai nghìn không trăm hai mươi lăm")),
        ("loaij:02", ("type", "02")),
        ("loại: quyết định", ("type", "quyết định")),
        ("loại:quyết định", ("type", "quyết định")),
        ("loai van ban: bao cao", ("type", "bao cao")),
        ("loại_văn_bản:02", ("type", "02")),
        ("loạivănbản:02", ("type", "02")),
        ("loại:tờtrình", ("type", "Tờ trình")),
        ("loại:qd", ("type", "Quyết định")),
        ('loại:"tờ tình"', ("type", "Tờ trình")),
        ("loại: tờ trnh", ("type", "Tờ trình")),
        ("loại: quết định", ("type", "Quyết định")),
        ("thời hạn: vĩnh viễn", ("term", "vĩnh viễn")),
        ("truy cập:công khai", ("mode", "công khai")),
        ("tên loại: biên bản", ("type", "biên bản")),
        ("chế độ sử dụng: công khai", ("mode", "công khai")),
        ("truy cập: hạn chế", ("mode", "Sử dụng có điều kiện")),
        ("truy cap:co dieu kien", ("mode", "Sử dụng có điều kiện")),
        ("ngôn ngữ: vi", ("language", "Tiếng Việt")),
        ("thể loại: biên bản", ("type", "biên bản")),
        ("thời hạn lưu trữ: vĩnh viễn", ("term", "vĩnh viễn")),
        ("định dạng: pdf", ("format", "pdf")),
        ("định dạng: .DOCX", ("format", ".DOCX")),
        ("năm = 2025", ("year", "2025")),
        ("loại= quyết định", ("type", "quyết định")),
        ("năm:[2020 TO 2023]", ("year", "2020..2023")),
    ],
)
def test_a_condition_is_known(typed: str, field: tuple[str, str]) -> None:
    asked = parse_query(f"{typed} kè")
    assert asked.fields == (field,)
    assert [term.exact for term in asked.terms] == [("kè",)]
    assert (asked.unknown, asked.guessed) == ((), ())


@pytest.mark.parametrize(
    "typed",
    [
        "người ký:Khôi",
        "ngườiký:Khôi",
        "nguoi_ky:Khôi",
        "nguwowif kys:Khôi",
        "tiêu đề:Khôi",
        "người ký = Khôi",
        "số và ký hiệu:Khôi",
        "Số văn bản:Khôi",
    ],
)
def test_words_of_the_data_are_known(typed: str) -> None:
    (term,) = parse_query(typed).terms
    assert (term.exact, term.in_data) == (("khôi",), True)


def test_the_name_of_a_field_is_known_before_one_with_a_slip() -> None:
    asked = parse_query("nghiệm thu năm:2011")
    assert asked.fields == (("year", "2011"),)
    assert [term.exact for term in asked.terms] == [("nghiệm",), ("thu",)]
    assert asked.guessed == ()


@pytest.mark.parametrize("typed", ["a = b", "diện tích năm = nhau", '"năm = 2025"'])
def test_a_sign_of_equality_elsewhere_makes_no_field(typed: str) -> None:
    assert parse_query(typed).fields == ()


@pytest.mark.parametrize("typed", ["laoi:02", "loạii:02", "laoi: quyết định", "loại văn bảnn:02"])
def test_a_name_with_one_slip_is_taken_and_told(typed: str) -> None:
    asked = parse_query(typed)
    assert [name for name, _ in asked.fields] == ["type"]
    assert asked.guessed
    assert (asked.terms, asked.unknown) == ((), ())


@pytest.mark.parametrize("typed", ["nămm:2025", "nnam:2025"])
def test_a_key_that_was_held_down_is_taken_once_in_a_short_name(typed: str) -> None:
    asked = parse_query(typed)
    assert (asked.fields, len(asked.guessed)) == ((("year", "2025"),), 1)


@pytest.mark.parametrize("typed", ["mầu:xanh", "tên:Khôi", "nma:2025", "http://archive"])
def test_another_name_is_no_field(typed: str) -> None:
    asked = parse_query(typed)
    assert (asked.fields, asked.guessed) == ((), ())


@pytest.mark.parametrize("typed", ['"loại: quyết định" kè', "tờ trình và loại khác: kè"])
def test_what_stands_in_a_phrase_or_is_no_field_stays_words(typed: str) -> None:
    assert parse_query(typed).fields == ()


def test_a_word_after_another_sign_for_minus_is_left_out() -> None:
    for minus in "-−–":
        asked = parse_query(f"trạm bơm {minus}sang")
        assert [term.exact for term in asked.excluded] == [("sang",)]
    assert parse_query("trạm – bơm").excluded == ()


def test_what_is_left_out_alone_is_a_search() -> None:
    asked = parse_query("-trạm")
    assert (asked.terms, len(asked.excluded)) == ((), 1)


@pytest.mark.parametrize(
    "typed", ["ký hiệu:126/QĐ-SCT", "Ký hiệu: 126/QĐ-SCT", "kihieu:126/QĐ-SCT"]
)
def test_the_sign_of_a_document_is_its_number(typed: str) -> None:
    asked = parse_query(typed)
    assert [(term.folded, term.in_data) for term in asked.terms] == [(("126", "qd", "sct"), True)]
    assert asked.unknown == ()


def test_the_day_of_signing_is_that_of_the_document() -> None:
    assert parse_query("ngày ký: 3/3/2025").fields == (("on", "3/3/2025"),)


@pytest.mark.parametrize("typed", ["kè năm:", "năm: kè", "kè người ký:", "kè loại :", "kè loại: "])
def test_a_field_without_a_value_is_told_and_is_no_word(typed: str) -> None:
    asked = parse_query(typed)
    assert [term.exact for term in asked.terms] == [("kè",)]
    assert len(asked.ignored) == 1


def test_a_field_alone_without_a_value_is_a_word_and_is_told() -> None:
    asked = parse_query("năm:")
    assert ([term.exact for term in asked.terms], asked.ignored) == ([("năm",)], ("năm:",))


@pytest.mark.parametrize(
    ("typed", "wanted", "left_out"),
    [
        ("cơ quan ban hành: UBND -kè", ["ubnd"], ["ke"]),
        ("cơ quan ban hành: UBND NOT kè", ["ubnd"], ["ke"]),
        ("cơ quan ban hành: Sở Y tế AND kè", ["so y te", "ke"], []),
        ("cơ quan ban hành: Ban A - B", ["ban a b"], []),
        ("cơ quan ban hành: Sở Tài nguyên và Môi trường", ["so tai nguyen va moi truong"], []),
    ],
)
def test_a_sign_of_the_language_ends_who_issued_it(
    typed: str, wanted: list[str], left_out: list[str]
) -> None:
    query = parse_query(typed)
    assert [" ".join(term.folded) for term in query.terms] == wanted
    assert [" ".join(term.folded) for term in query.excluded] == left_out


def test_either_of_two_issuers_is_asked() -> None:
    (term,) = parse_query("cơ quan ban hành: UBND OR cơ quan ban hành: SYT").terms
    assert (term.in_own, {("ubnd",), ("syt",)} <= {*term.phrases}) == (True, True)


@pytest.mark.parametrize("typed", ["sổ:86", "tİêu dề:86", "phòng:86"])
def test_a_name_with_other_marks_is_guessed_and_told(typed: str) -> None:
    asked = parse_query(typed, narrowed=True)
    assert asked.guessed == (typed.split(":", maxsplit=1)[0],)
    assert asked.fields or asked.terms[0].in_data


@pytest.mark.parametrize("typed", ["hộ so:86", "hộ số: 86"])
def test_words_with_their_marks_are_no_field_of_other_words(typed: str) -> None:
    asked = parse_query(typed)
    assert (asked.fields, asked.guessed) == ((), ())
    told = [(term.exact, term.in_data) for term in asked.terms]
    assert told == [(("hộ",), False), (("86",), True)]
