"""A document is one thing, and slips of the keys are mended, on every engine."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from search.asking import ask
from search.port import Filters, Query, SearchIndex, Visibility
from search.query import parse_query
from tests.worlds.servers.indexes import WARD, WORKS, answer, entry, put, query

PUMP = "Quyết định phê duyệt dự toán công trình Trạm bơm Nà Sáng, kỹ thuật do Phòng Tổng hợp lập"


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("trajm bowm Nà Sáng", "trạm bơm nà sáng"),
        ("tra5m bo7m na sang", "trạm bơm na sang"),
        ("phê duyệt dựtoán", "phê duyệt dự toán"),
        ("phê duyệt công tr ình", "phê duyệt công trình"),
        ("tram bom duyeet tonag hop", "tram bom duyêt tong hop"),
        ("phe duyrt du toan", "phe duyet du toan"),
        ("phe duyett du toan", "phe duyet du toan"),
        ("quyet dinh phe duyte", "quyet dinh phe duyet"),
        ("chạm bơm", "tram bơm"),
    ],
)
def test_a_slip_of_the_keys_is_mended_and_told(
    index: SearchIndex, typed: str, instead: str
) -> None:
    wanted = put(index, PUMP)
    put(index, "Biên bản kiểm tra hiện trường kè Soi Đình")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.instead, hits) == ("repaired", instead, [wanted])


@pytest.mark.parametrize(
    "typed",
    [
        "155/QĐ-STC",
        "115/QĐ-SCT",
        "1555/QĐ-SCT",
        "15/QĐ-SCT",
        "155/QD-SCTT",
        "515/qđ-sct",
        "phê duyệt 155/QĐ-STC",
        "155/Q-ĐSCT",
        "155/2025/QĐ-SCT",
        "155/SCT",
        "1 55/QĐ-SCT",
        "155/Q Đ-SCT",
        "15S/QĐ-SCT",
    ],
)
def test_a_slip_in_a_number_is_mended_and_told(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Quyết định số 155/QĐ-SCT phê duyệt dự toán")
    put(index, "Quyết định số 90/QĐ-UBND phê duyệt dự toán")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])
    assert asked.instead.endswith("155 qd sct")
    assert answer(index, '"155/QĐ-STC"')[1] == []


def test_a_number_is_found_beside_words_that_are_not_its_own(index: SearchIndex) -> None:
    wanted = put(index, "Quyết định số 155/QĐ-SCT phê duyệt dự toán")
    put(index, "Công văn cấp nước, họp 3 lần")
    asked, hits = answer(index, "công văn 155/QĐ-SCT")
    assert (asked.step, asked.left_out, hits) == ("fewer", ("công văn",), [wanted])


@pytest.mark.parametrize("typed", ["110/3/2009", "10/3/20099", "10/32009", "10/3/2oo9"])
def test_a_slip_in_a_day_is_mended(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Sơn Lam, ngày 10 tháng 3 năm 2009")
    put(index, "Sơn Lam, ngày 12 tháng 4 năm 2015")
    assert answer(index, typed)[1] == [wanted]


WATER = "lấy mẫu nước công trình trạm bơm đã nghiệm thu"
_BETWEEN = " và rất nhiều chữ khác ở giữa hai từ như ở trên trang này vậy "
_APART = _BETWEEN.join(
    [
        "chình",
        "công",
        "lấy",
        "nước",
        "mặn",
        "mẫu",
        "trình",
        "trạm",
        "đã",
        "thu",
        "lá",
        "bơm",
        "nghiệm",
    ]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mẫu nước công chình", "mẫu nước công trinh"),
        ("lấy mặn nước công trình", "lấy mau nước công trình"),
        ("mẫu nước này công trình trạm bơm", "mẫu nước công trình trạm bơm"),
        ("công trình trạm bơm lá nghiệm thu", "công trình trạm bơm da nghiệm thu"),
    ],
)
def test_a_word_that_makes_no_sense_beside_its_neighbours_is_also_taken_as_meant(
    index: SearchIndex, typed: str, meant: str
) -> None:
    other = put(index, _APART)
    wanted = put(index, WATER)
    asked, hits = answer(index, typed)
    assert (asked.step, asked.instead, hits) == ("also", meant, [wanted, other])
    page = index.search(replace(asked.query, limit=1))
    again = ask(index, query(typed, by="document", limit=1, cursor=page.cursor))
    assert [hit.case_file_id for hit in index.search(again.query).hits] == [other]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mẫu nướcc công trnh trạm bơm", "mẫu nước công trinh trạm bơm"),
        ("lấy mẫ nước công trình rạm bơm", "lấy mau nước công trình tram bơm"),
        ("mẫu nước cônng trình trạm bmo", "mẫu nước cong trình trạm bom"),
    ],
)
def test_two_words_may_be_wrong_where_the_others_stand_as_typed(
    index: SearchIndex, typed: str, meant: str
) -> None:
    wanted = put(index, WATER)
    put(index, "Biên bản kiểm tra hiện trường kè Soi Đình")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.instead, hits) == ("repaired", meant, [wanted])


def test_each_meaning_is_found_the_likeliest_first_and_the_rarer_of_two_as_likely(
    index: SearchIndex,
) -> None:
    often = [put(index, f"Biên bản nghiệm thu trạm bơm số {number}") for number in (1, 2)]
    seldom = put(index, "Quyết định về trạm bim")
    far = put(index, "Danh sách trạm bưu điện")
    asked, hits = answer(index, "trạm bm")
    assert (asked.step, asked.instead) == ("repaired", "trạm bim")
    assert (hits[0], set(hits[1:])) == (seldom, set(often))
    assert far not in hits


@pytest.mark.parametrize("typed", ["156/QĐ-SCT", "phê duyệt 156/QĐ-SCT"])
def test_every_number_one_digit_away_is_found_the_likelier_first(
    index: SearchIndex, typed: str
) -> None:
    other = put(index, "Quyết định số 196/QĐ-SCT phê duyệt dự toán")
    beside = put(index, "Quyết định số 155/QĐ-SCT phê duyệt dự toán")
    swapped = put(index, "Quyết định số 165/QĐ-SCT phê duyệt dự toán")
    assert answer(index, typed)[1] == [swapped, beside, other]


def test_every_day_one_digit_away_is_found_the_likelier_first(index: SearchIndex) -> None:
    days = [put(index, f"Quyết định phê duyệt, ngày {day} tháng 3 năm 2025") for day in (9, 5)]
    assert answer(index, "phê duyệt 4/3/2025")[1] == days[::-1]


def test_few_words_far_apart_come_after_what_was_meant(index: SearchIndex) -> None:
    wanted = put(index, WATER)
    apart = put(index, f"Công việc nước,{_BETWEEN}ông Chình")
    assert answer(index, "nước công chình")[1] == [wanted, apart]


def test_three_words_as_typed_come_before_what_may_have_been_meant(index: SearchIndex) -> None:
    wanted = put(index, WATER)
    typed = put(index, "Chình đi công tác, xem nước")
    assert answer(index, "nước công chình")[1] == [typed, wanted]


def test_words_as_typed_near_each_other_come_before_what_may_have_been_meant(
    index: SearchIndex,
) -> None:
    wanted = put(index, WATER)
    typed = put(index, "mẫu nước của công dân Chình")
    assert answer(index, "mẫu nước công chình")[1] == [typed, wanted]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lấymẫunước", "lấy mẫu nước"),
        ("lấymẫunước công trình trạm bơm", "lấy mẫu nước công trình trạm bơm"),
        ("mẫunướccông trình", "mẫu nước công trình"),
        ("tr4m b0m đã nghiệm thu", None),
        ("nướ c công trình", "nước công trình"),
        ("lấy mẫu nước abc công trình", "lấy mẫu nước công trình"),
    ],
)
def test_words_run_together_misread_or_too_many_find_what_was_meant(
    index: SearchIndex, typed: str, meant: str | None
) -> None:
    wanted = put(index, WATER)
    put(index, "Biên bản kiểm tra hiện trường kè Soi Đình")
    asked, hits = answer(index, typed)
    assert hits == [wanted]
    assert meant is None or (asked.step, asked.instead) == ("repaired", meant)


def test_what_was_meant_tells_nothing_of_what_one_may_not_see(index: SearchIndex) -> None:
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    put(index, _APART)
    put(index, WATER)
    typed = ("mẫu nước công chình", "lấymẫunước", "111/3/2009", "155/Q-ĐSCT", "mẫu sắt công chình")

    def told() -> list[object]:
        asked = [ask(index, query(text, by="document", visible=visible)) for text in typed]
        return [(one.step, one.instead, index.search(one.query).hits) for one in asked]

    before = told()
    for hidden in ({"agency_id": WARD}, {"mode": "03"}):
        put(index, f"mẫu nước công chình 155/QĐ-SCT ngày 11/3/2009; {WATER}", **hidden)
    assert told() == before


def test_a_slip_in_a_field_of_the_query_is_mended_within_that_field(index: SearchIndex) -> None:
    named = put(index, "Quyết định 155/QĐ-SCT", page=None)
    put(index, "Căn cứ Quyết định số 155/QĐ-SCT phê duyệt dự toán")
    asked, hits = answer(index, "số:155/QĐ-STC")
    assert (asked.step, hits) == ("repaired", [named])


def test_what_was_typed_right_is_never_replaced(index: SearchIndex) -> None:
    wanted = put(index, "Trạm bốm")
    put(index, PUMP)
    asked, hits = answer(index, "trạm bốm")
    assert (asked.step, hits[0]) == ("all", wanted)


@pytest.mark.parametrize("typed", ["kĩ thuật", "ky thuat", "kỹ thuật"])
def test_i_and_y_are_one_letter_where_either_is_written(index: SearchIndex, typed: str) -> None:
    wanted = put(index, PUMP)
    assert answer(index, typed)[1] == [wanted]


def test_words_of_two_pages_its_data_and_its_case_file_find_one_document(
    index: SearchIndex,
) -> None:
    case_file_id, other = uuid4(), uuid4()
    index.replace_many(
        [case_file_id],
        [
            entry(case_file_id, "Hồ sơ cấp nước Bến Đá", page=None, document_id=None),
            entry(case_file_id, "Công văn 128/SCT-TH Nguyễn Văn Mẫu", page=None),
            entry(case_file_id, "Báo cáo tình hình thu chi ngân sách", page=1),
            entry(case_file_id, "Danh sách các hộ nhận tiền đền bù", page=2),
            entry(case_file_id, "Giấy mời họp", page=1, document_id=other),
        ],
    )
    for typed, page in (
        ("thu chi đền bù", None),
        ("đền bù hộ thu chi danh sách", 2),
        ("ngân sách 128/SCT-TH", 1),
        ("thu chi Nguyễn Văn Mẫu", None),
        ("ngân sách Bến Đá", 1),
    ):
        asked = ask(index, query(typed, by="document"))
        (hit,) = index.search(asked.query).hits
        assert (asked.step, hit.document_id != other) == ("all", True)
        assert page is None or hit.page == page
    (itself,) = index.search(query("cấp nước bến", by="document")).hits
    assert itself.document_id is None


@pytest.mark.parametrize(
    "typed", ["03/3/2025", "3/3/2025", "03-03-2025", "3/2025", "ngày 3 tháng 3 năm 2025"]
)
@pytest.mark.parametrize("written", ["ngày 03 tháng 3 năm 2025", "03/03/2025", "3.3.2025"])
def test_a_day_is_found_however_it_is_written(index: SearchIndex, typed: str, written: str) -> None:
    wanted = put(index, f"Họp {written} tại xã")
    dated = put(index, "Giấy mời", page=None, date="2025-03-03")
    put(index, "Họp ngày 04 tháng 4 năm 2025, có 3 người")
    assert set(answer(index, typed)[1]) == {wanted, dated}


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("6480", "giá 6.480 đồng"),
        ("6.480", "giá 6480 đồng"),
        ("UBND xã", "Ủy ban nhân dân xã"),
        ("ủy ban nhân dân", "UBND"),
        ("TKBVTC", "thiết kế bản vẽ thi công"),
        ("412 héc ta", "đất 412 ha"),
        ("kè* ", "kè bờ"),
        ("nghi*", "nghiệm thu"),
        ("kè OR đập", "đập tràn"),
        ("kè đá OR đập tràn", "nạo vét đập tràn"),
        ("kè đá OR đập tràn", "xây kè đá"),
        ("bơm -sang", "trạm bơm"),
    ],
)
def test_the_language_of_a_query_finds(index: SearchIndex, typed: str, written: str) -> None:
    wanted = put(index, written)
    put(index, "bơm sang")
    assert answer(index, typed)[1] == [wanted]


def test_a_word_with_marks_leaves_out_itself_alone(index: SearchIndex) -> None:
    plan = put(index, "mái nhà theo kế hoạch")
    put(index, "mái nhà sau kè")
    assert answer(index, "mái -kè")[1] == [plan]
    assert answer(index, "mái -ke")[1] == []
    assert answer(index, "năm:2025 -kè")[1] == [plan]


def test_words_typed_as_one_are_parted_where_an_i_is_written_as_y(index: SearchIndex) -> None:
    wanted = put(index, "phê duyệt phương án kỹ thuật")
    asked, hits = answer(index, "phuongankythuat")
    assert (asked.step, hits) == ("repaired", [wanted])


def test_a_question_finds_the_document_with_its_rarest_words(index: SearchIndex) -> None:
    wanted = put(index, PUMP)
    put(index, "Quyết định về việc nghỉ phép")
    asked, hits = answer(index, "ai phê duyệt dự toán trạm bơm ở đâu vậy?")
    assert hits[0] == wanted
    assert asked.step != "all"


def test_nothing_that_is_repaired_tells_of_what_one_may_not_see(index: SearchIndex) -> None:
    put(index, PUMP)
    put(index, "kè bờ hữu sông Đà Ngân")
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    asked = ("trajm bowm", "tram bon", "ke bp huu", "ai duyet bom sangg", "kebo", "ho so matt")

    def told() -> list[object]:
        found = [ask(index, query(text, visible=visible, by="document")) for text in asked]
        return [*found, *(index.search(each.query) for each in found)]

    before = told()
    for number in range(20):
        hidden = "tram bon ke bp huu ai duyet sangg kebo ho so mật matt mat " * (number % 3 + 1)
        put(index, hidden, agency_id=WARD)
        put(index, hidden, mode="03")
    assert told() == before
    secret = replace(visible, agencies=None, modes=None)
    assert ask(index, query("tram bon", visible=secret, by="document")).step == "all"


def test_conditions_alone_list_the_newest_documents_first_within_rights(
    index: SearchIndex,
) -> None:
    old, new = put(index, "Trạm bơm", date="2011-03-18"), put(index, "Kè đá", date="2019-01-02")
    put(index, "Trạm bơm", year=2012)
    only = Filters(years=frozenset({2011}))
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)

    def listed(typed: str = "") -> tuple[int, list[UUID], dict[str, int]]:
        words = parse_query(typed, narrowed=True)
        asked = ask(index, Query(words, visible, only))
        page = index.search(asked.query)
        hits = [hit.case_file_id for hit in page.hits]
        return page.total, hits, dict(index.facets(asked.query)["type"])

    assert listed() == (2, [new, old], {"20": 2})
    assert listed("-bơm") == (1, [new], {"20": 1})
    before = listed()
    put(index, "Kè", agency_id=WARD)
    put(index, "Kè", mode="03", date="2020-01-01")
    assert listed() == before
