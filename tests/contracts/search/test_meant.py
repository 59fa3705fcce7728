"""What a query asks too narrowly, or with another word, finds what was meant, on every engine."""

from dataclasses import replace

import pytest

from search.asking import ask
from search.port import END, FOUND, SearchIndex, Visibility
from tests.worlds.servers.indexes import WARD, WORKS, answer, put, query

BANK = "Giao xã trồng tre chắn sóng dọc chân kè và thay thế tổ máy số 2 của trạm thủy văn"
FLOOD = "Mực nước đỉnh lũ đo được tại cầu, trồng cau ở chân núi, cây, đập, hồ, máy 5"


@pytest.mark.parametrize(
    ("typed", "left_out"),
    [
        ("trồng cây chắn sóng dọc chân kè", "cây"),
        ("giao xã trồng tre chắn gió dọc chân kè", "gió"),
        ("thay thế tổ máy số 5", "5"),
        ("tre chắn gió dọc", "gió"),
    ],
)
def test_the_words_around_another_word_find_what_was_meant(
    index: SearchIndex, typed: str, left_out: str
) -> None:
    wanted = put(index, BANK)
    put(index, FLOOD)
    asked, hits = answer(index, typed)
    assert (asked.step, asked.left_out, hits) == ("fewer", (left_out,), [wanted])


@pytest.mark.parametrize(
    ("typed", "year"),
    [
        ("H40.18.07.QLCT", 2025),
        ("H40.2025.07.QLCT", 2025),
        ("H40.18.25.07.QLCT", 2025),
        ("H40.18.98.07.QLCT", 1998),
        ("H40182025.07.QLCT", 2025),
    ],
)
def test_a_code_is_found_without_some_of_its_parts_or_signs(
    index: SearchIndex, typed: str, year: int
) -> None:
    wanted = put(index, f"H40.18.{year}.07.QLCT Hồ sơ trạm bơm", page=None)
    put(index, "H40.18.2024.08.QLCT Hồ sơ kè", page=None)
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ('"chắn sóng dọc chan ke tre"', "chắn sóng dọc chan ke tre"),
        ('"trạm thủy vănn"', "trạm thủy van"),
        ('"người ký":"Trần Minh Khoii"', "trần minh khoi"),
        ("trạm/văn/thủy", "trạm văn thủy"),
    ],
)
def test_a_phrase_that_nothing_has_is_asked_word_by_word(
    index: SearchIndex, typed: str, instead: str
) -> None:
    wanted = put(index, f"{BANK}. Trần Minh Khôi")
    put(index, FLOOD)
    asked, hits = answer(index, typed)
    assert (asked.step, asked.instead, hits) == ("repaired", instead, [wanted])


@pytest.mark.parametrize(
    ("typed", "begin", "end"),
    [
        ("từ 1/3/2025 đến 31/3/2025", "01/03/2025", "31/03/2025"),
        ("từ 31/3/2025 đến 1/3/2025", "01/03/2025", "31/03/2025"),
        ("kè từ ngày 1/3/2025 đến ngày 31/3/2025", "01/03/2025", "31/03/2025"),
        ("kè từ năm 2025 đến năm 2026", "01/01/2025", "31/12/2026"),
        ("từ tháng 3/2025 đến tháng 3/2025 kè", "01/03/2025", "31/03/2025"),
        ("tu ngay 1 thang 3 nam 2025 den ngay 2 thang 4 nam 2025", "01/03/2025", "02/04/2025"),
    ],
)
def test_two_days_are_a_period_where_nobody_wrote_them_so(
    index: SearchIndex, typed: str, begin: str, end: str
) -> None:
    wanted = put(index, "Kè đá", page=None, date="2025-03-20")
    put(index, "Kè đá", page=None, date="2024-03-20")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("period", [wanted])
    assert asked.instead.startswith(f"từ:{begin} đến:{end}")


def test_a_period_that_was_written_so_is_found_as_words(index: SearchIndex) -> None:
    wanted = put(index, "Lịch tưới từ ngày 01/3/2025 đến ngày 31/3/2025")
    asked, hits = answer(index, "từ 1/3/2025 đến 31/3/2025")
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("ngày ba tháng ba năm 2025", "Sơn Lam, ngày 03 tháng 3 năm 2025"),
        ("mồng 3/3/2025", "Sơn Lam, ngày 03 tháng 3 năm 2025"),
        ("T3/2025", "Sơn Lam, ngày 03 tháng 3 năm 2025"),
        ("22/9", "Hôm nay, ngày 22 tháng 9, các bên họp"),
        ("1180 m3/h", "lưu lượng 1.180 m³/h mỗi tổ máy"),
        ("480m2", "diện tích 480 m²"),
        ("38 tỷ 726", "dự toán 38.726 triệu đồng"),
        ("l.250 m kênh", "nạo vét 1.250 m kênh dẫn"),
        ("nhà trạm.pdf", "Báo cáo nhà trạm"),
    ],
)
def test_what_people_write_otherwise_than_papers_is_found(
    index: SearchIndex, typed: str, text: str
) -> None:
    wanted = put(index, text)
    put(index, "Ba hộ, năm 2025, tháng tới; 3 nhà, 250 m dây")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [wanted])


def test_nothing_that_is_left_out_or_loosened_tells_of_what_one_may_not_see(
    index: SearchIndex,
) -> None:
    put(index, BANK)
    put(index, "H40.18.2025.07.QLCT Hồ sơ trạm bơm", page=None)
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    asked = (
        "trồng cây chắn sóng dọc", "H40.18.07.QLCT", '"trạm thủy vănn"', "từ 2024 đến 2026",
        "thayt hế", "tre chắn sóng ở đâu", "trồng tre chắn sóng 2019", "so61 thuy3 va8n",
        "Hà Nội, ngày 3/3/2025", "tre chắn sóng tre", "quý 1/2025", '"tre chặt sóng dọc"',
    )  # fmt: skip

    def told() -> list[object]:
        found = [ask(index, query(text, visible=visible, by="document")) for text in asked]
        return [*found, *(index.search(each.query) for each in found)]

    before = told()
    hidden = "trồng cây chắn sóng dọc H40.18.07.QLCT trạm thủy vănn từ 2024 đến 2026, Hà Nội, "
    hidden += "thayt hế, tre chắn sóng ở đâu, sóng 2019, tre chắn sóng tre, quý 1/2025, chặt"
    for mode, agency in (("03", WORKS), ("01", WARD)):
        put(index, hidden, mode=mode, agency_id=agency)
    assert told() == before


def test_the_word_whose_marks_stand_nowhere_is_the_one_that_was_mistyped(
    index: SearchIndex,
) -> None:
    pumps = {put(index, "Sửa chữa trạm bơm Nà Sáng"), put(index, "Vận hành trạm bơm Bản Vường")}
    other = put(index, "Kiểm tra bốn cột mốc")
    asked, hits = answer(index, "trạm bơn")
    assert (asked.step, asked.instead, set(hits)) == ("repaired", "trạm bom", pumps)
    asked, hits = answer(index, "tram bon")
    assert set(hits) == pumps | {other}


@pytest.mark.parametrize(
    ("typed", "left_out"),
    [
        ("bơm zzkwx", ("zzkwx",)),
        ("zzk:wxq bơm", ("zzk", "wxq")),
        ("999/TTr-ABCD bơm", ("999 ttr abcd",)),
        ('"zzkwx wxqz" bơm', ("zzkwx", "wxqz")),
    ],
)
def test_one_word_that_is_known_is_asked_where_nothing_has_the_others(
    index: SearchIndex, typed: str, left_out: tuple[str, ...]
) -> None:
    wanted = put(index, "Sửa chữa trạm bơm Nà Sáng")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.left_out, hits) == ("fewer", left_out, [wanted])


def test_of_equals_the_newest_case_file_comes_first_then_its_code(index: SearchIndex) -> None:
    put(index, BANK, year=2019, code="H40.18.2019.001")
    put(index, BANK, year=2023, code="H40.18.2023.002")
    put(index, BANK, year=2023, code="H40.18.2023.001")
    codes = [hit.code for hit in index.search(query("tre chắn sóng", by="document")).hits]
    assert codes == ["H40.18.2023.001", "H40.18.2023.002", "H40.18.2019.001"]


def test_a_side_of_either_comes_before_words_of_both(index: SearchIndex) -> None:
    put(index, "chắn đập ở tràn, tre và kè đá sóng")
    wanted = {put(index, "nạo vét đập tràn"), put(index, "trồng tre chắn sóng dọc kè")}
    hits = answer(index, "tre chắn sóng OR đập tràn")[1]
    assert set(hits[:2]) == wanted


def test_a_word_that_stands_beside_both_its_neighbours_is_meant_first(index: SearchIndex) -> None:
    wanted = put(index, "Mua sắm bàn ghế cho trường Kim Mít")
    put(index, "xã bàn việc mua ghế ở Kim Mít")
    put(index, "xa bàn để mua ghế, Kim Mít")
    asked, hits = answer(index, "mua xắm bàn ghế Kim Mít")
    assert (asked.step, hits) == ("repaired", [wanted])


def test_near_counts_the_words_that_stand_between(index: SearchIndex) -> None:
    put(index, "tre a b c d e chắn g h i k l m n sóng", code="H40.1")  # 13 between
    nearer = put(index, "tre a b c d e chắn g h i k l m sóng n", code="H40.2")
    assert answer(index, "tre chắn sóng")[1][0] == nearer


@pytest.mark.parametrize(
    ("typed", "left_out", "instead"),
    [
        ("Căn cứ Tờ trình 45/TTr-SCT ngày 12/02/2025", ("căn", "cứ"), ""),
        ("Tờ trình 45/TTr-SCT ngày 25/11/2019", ("ngày 25/11/2019",), ""),
        ("45 TTr SCT ngày 25/11/2019", ("ngày 25/11/2019",), ""),
        ("xyz 45/SCT", ("xyz",), "45 ttr sct"),
    ],
)
def test_beside_a_code_what_stands_with_it_is_kept(
    index: SearchIndex, typed: str, left_out: tuple[str, ...], instead: str
) -> None:
    wanted = put(index, "Tờ trình số 45/TTr-SCT ngày 12/02/2025")
    put(index, "Tờ trình số 46/TTr-SCT ngày 13/02/2025")
    asked, hits = answer(index, typed)
    assert (asked.left_out, asked.instead, hits) == (left_out, instead, [wanted])


@pytest.mark.parametrize("typed", ["năm 2011 kè", "từ K0+150 đến K1+4OO"])
def test_nothing_else_is_asked_for_a_word_beside_a_number(index: SearchIndex, typed: str) -> None:
    put(index, "Năm 2011. Kết luận: xây kè từ K0+150 đến K1+400")
    asked, hits = answer(index, typed)
    assert (asked.step, len(hits)) == ("all", 1)


def test_where_most_words_are_asked_one_known_with_its_marks_is_meant_with_them(
    index: SearchIndex,
) -> None:
    wanted = put(index, "Trạm thủy văn do Ban Quản lý trông coi, đo mực nước đỉnh lũ")
    put(index, "Mua bàn học")
    put(index, "Sơn cổng, kê tủ cho phòng")
    asked, hits = answer(index, "trạm thủy văn bàn tủ cổng mực nước")
    (hit, *_) = index.search(asked.query).hits
    assert (asked.step, hits[0]) == ("most", wanted)
    assert f"{FOUND}Ban" not in hit.snippet
    assert hit.snippet.startswith(f"{FOUND}Trạm{END}")


def test_an_index_opened_once_tells_what_it_tells_question_by_question(index: SearchIndex) -> None:
    put(index, "Trạm thủy văn do Ban Quản lý trông coi, đo mực nước đỉnh lũ")
    put(index, "Mua bàn học")
    for typed in ("trạm thủy văn bàn tủ cổng mực nước", "trạm bơn", "bàn"):
        asked, _ = answer(index, typed)
        with index.at_once() as opened:
            again = ask(opened, query(typed, by="document"))
            assert replace(again, page=None) == replace(asked, page=None)
            assert opened.counts([asked.query]) == index.counts([asked.query])
            assert opened.search(asked.query) == index.search(asked.query)
            assert opened.facets(asked.query) == index.facets(asked.query)


@pytest.mark.parametrize("order", ["newest", "oldest", "code", "title"])
def test_the_order_changes_nothing_of_what_is_found(index: SearchIndex, order: str) -> None:
    wanted = put(index, "Sửa chữa trạm bơm Nà Sáng")
    other = put(index, "Trạm biến áp số bốn")
    best, _ = answer(index, "trạm bơn")
    asked, hits = answer(index, "trạm bơn", order=order)
    assert (asked.step, asked.instead) == ("also", best.instead)
    assert {*hits} == {wanted, other}


@pytest.mark.parametrize("typed", ["kè và thayt hế tổ máy", "va tha ythe to may", "thayt hế"])
def test_a_space_one_key_too_late_or_too_early_is_put_right(index: SearchIndex, typed: str) -> None:
    wanted = put(index, BANK)
    put(index, FLOOD)
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


def test_a_slip_in_a_phrase_shows_the_phrase_first_where_others_have_all_its_words(
    index: SearchIndex,
) -> None:
    other = put(index, f"Lũy tre bị chặt. {FLOOD}. Bờ sông, dọc suối, sóng")
    wanted = put(index, BANK)
    asked, hits = answer(index, '"tre chặt sóng dọc"')
    assert (asked.step, asked.instead) == ("repaired", "tre chan sóng dọc")
    assert hits == [wanted, other]


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        ("tre chắn sóng ở đâu", "also"),
        ("cho xem tre chan song", "also"),
        ("tre chắn sóng bao nhiêu tiền?", "fewer"),
        ("tre chắn sóng dọc chân kè do ai ký", "fewer"),
    ],
)
def test_what_a_question_is_about_comes_first_though_others_have_all_its_words(
    index: SearchIndex, typed: str, step: str
) -> None:
    put(index, f"Lũy tre ở đâu. {FLOOD}. Chắn bùn, cho dân xem, {FLOOD}, sóng")
    wanted = put(index, BANK)
    asked, hits = answer(index, typed)
    assert (asked.step, hits[0]) == (step, wanted)


@pytest.mark.parametrize(
    ("typed", "step", "left_out"),
    [
        ("trồng tre chắn sóng 2019", "also", ()),
        ("trồng tre chắn sóng năm 2018", "fewer", ("năm", "2018")),
        ("tre chắn sóng từ năm 2017 đến năm 2018", "fewer", ("từ", "năm", "2017", "đến", "2018")),
    ],
)
def test_a_wrong_year_beside_right_words_hides_nothing(
    index: SearchIndex, typed: str, step: str, left_out: tuple[str, ...]
) -> None:
    put(index, f"Trồng cây năm 2019. {FLOOD}. Lũy tre, {FLOOD}, chắn sóng")
    wanted = put(index, BANK)
    asked, hits = answer(index, typed)
    assert (asked.step, asked.left_out, hits[0]) == (step, left_out, wanted)


def test_a_year_that_some_have_beside_the_words_narrows_to_them(index: SearchIndex) -> None:
    put(index, BANK)
    wanted = put(index, f"{BANK}. {FLOOD}. Năm 2019")
    asked, hits = answer(index, "trồng tre chắn sóng 2019")
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize("typed", ["Hà Nội, ngày 3 tháng 3 năm 2025", "thứ hai ngày 3/3/2025"])
def test_beside_a_day_words_that_its_papers_lack_are_left_out(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Sơn Lam, ngày 03 tháng 3 năm 2025")
    put(index, f"Đường Hà Đông, hai thứ. {FLOOD}")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("fewer", [wanted])


@pytest.mark.parametrize("typed", ["so61 thuy3 va8n", "SO61 THUY3 VA8N"])
def test_several_words_typed_in_vni_are_no_codes(index: SearchIndex, typed: str) -> None:
    wanted = put(index, BANK)
    put(index, "Thùy 3 tuổi")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


def test_words_in_their_order_come_first_though_one_stands_there_twice(index: SearchIndex) -> None:
    wanted = put(index, "Hợp đồng thi công đường liên xã Đông Hồ", year=2001)
    other = put(index, "Hợp đồng thi công đường liên xã Tây Hồ", year=2025)
    _, hits = answer(index, "hop dong thi cong duong lien xa dong")
    assert hits == [wanted, other]
    asked, _ = answer(index, "hop dong thi cong duong lien xa dnog")
    assert (asked.step, asked.instead) == ("repaired", "hop dong thi cong duong lien xa dong")


@pytest.mark.parametrize(
    "typed",
    [
        "1. Công nhân vận hành trực ca đêm và ghi sổ điện năng",
        "Công nhân vận hành trực\n12\nca đêm và ghi sổ điện năng",
        "a) công nhân vận hành trực ca đêm",
        "IV. Công nhân trực ca đêm, công nhân ghi sổ",
    ],
)
def test_a_number_of_a_list_or_page_in_a_pasted_sentence_may_miss(
    index: SearchIndex, typed: str
) -> None:
    night = "Công nhân vận hành trực ca đêm và ghi sổ điện năng"
    wanted = put(index, f"{night}. Công nhân trực ca đêm, công nhân ghi sổ")
    put(index, "a) IV 1 12 ghi sổ và trực, điện năng vận hành của công nhân, ca và đêm")
    asked, hits = answer(index, typed)
    assert (asked.step, hits[0]) == ("also", wanted)


@pytest.mark.parametrize(
    ("typed", "left_out"),
    [
        ("giấy mời nào về sửa trạm bơm?", ("nào", "về")),
        ("các văn bản trạm bơm 2017", ("các", "văn", "bản")),
        ("danh sách giấy mời sửa trạm bơm", ("danh", "sách")),
        ("sở đã ban hành giấy mời nào về trạm bơm", ("đã", "ban", "hành", "nào", "về")),
    ],
)
def test_words_of_a_question_do_not_decide_what_is_found(
    index: SearchIndex, typed: str, left_out: tuple[str, ...]
) -> None:
    wanted = put(index, "Sở gửi giấy mời dự họp: sửa máy của trạm cũ và bơm mới, 2017")
    put(index, "Danh sách nào, các sở, đã sửa văn bản, ban mời, hành giấy, về trạm, 2017 bơm")
    asked, hits = answer(index, typed)
    assert asked.step in ("main", "fewer")
    assert (asked.left_out, wanted in hits) == (left_out, True)


def test_a_word_without_marks_beside_others_with_them_is_no_function_word(
    index: SearchIndex,
) -> None:
    wanted = put(index, "Thi công đường liên xã Long Vải")
    put(index, "Công xã, đường dài")
    asked, hits = answer(index, "đã thi công đường liên xã Long Vải ở đâu")
    assert (asked.left_out, hits) == (("đã", "ở", "đâu"), [wanted])
