"""Numbers, codes and words as people type them from memory, on every engine."""

import pytest

from search.port import SearchIndex
from tests.worlds.servers.indexes import answer, put, query


@pytest.mark.parametrize(
    "typed",
    [
        "155 -QĐ-SCT",
        "155- QĐ -SCT",
        "155 – qđ - sct",
        "No. 155/QĐ-SCT",
        "Nº155/QĐ-SCT",
        "QĐ155/SCT",
        "phê duyệt 155 -QĐ-SCT",
    ],
)
def test_a_number_is_found_with_other_signs_and_spaces_about_them(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Quyết định số 155/QĐ-SCT phê duyệt dự toán")
    put(index, "Quyết định số 90/QĐ-UBND phê duyệt 155 công trình")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.query.words.excluded, hits) == ("all", (), [wanted])


def test_a_letter_that_looks_like_the_digit_is_read_as_it_before_a_kind(index: SearchIndex) -> None:
    wanted = put(index, "Quyết định số 1/QĐ-SCT")
    put(index, "Quyết định số 11/QĐ-SCT")
    assert answer(index, "l/QĐ-SCT")[1] == [wanted]


@pytest.mark.parametrize("typed", ["155/QĐUB", "155/QĐ-UB"])
def test_the_old_name_of_a_people_s_committee_finds_the_new_one(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Quyết định số 155/QĐ-UBND")
    put(index, "Quyết định số 155/QĐ-SCT")
    assert answer(index, typed)[1] == [wanted]


@pytest.mark.parametrize("typed", ["510 600 4417", "sổ 5106 00 4417"])
def test_groups_of_digits_are_the_number_that_they_make(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Số sổ bảo hiểm xã hội 5106004417, mức 600 nghìn")
    put(index, "Sổ 510, trang 600")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


def test_what_is_asked_for_as_well_is_not_left_out(index: SearchIndex) -> None:
    wanted = put(index, "Đường từ Nà Sáng đi Nà Hai")
    asked, hits = answer(index, "đường Nà Sáng -Nà Hai")
    assert (asked.query.words.ignored, hits) == (("-nà",), [wanted])
    assert answer(index, "đường Nà Sáng -Hai")[1] == []


def test_what_two_words_were_meant_as_is_found_with_a_function_word_after_them(
    index: SearchIndex,
) -> None:
    wanted = put(index, "Giấy chứng nhận số BH 204817")
    put(index, "Xô xát tại sân trường, cán bộ đến")
    asked, hits = answer(index, "xố BH cho")
    assert (asked.step, asked.left_out, hits) == ("repaired", ("cho",), [wanted])


def test_a_word_that_stands_counts_more_than_what_others_may_have_been(index: SearchIndex) -> None:
    wanted = put(index, "Kế hoạch tiêm phòng covid năm nay")
    for _ in range(4):
        put(index, "Chính sách hỗ trợ ngư dân bám biển")
    _, hits = answer(index, "chínn covid ngưd")
    assert hits[0] == wanted


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("sổ đỏ ông Ân", "Cấp giấy chứng nhận quyền sử dụng đất cho ông Ân"),
        ("đền bù Trà Xuân", "Bồi thường, hỗ trợ tái định cư Trà Xuân"),
    ],
)
def test_words_of_everyday_speech_find_what_papers_call_it(
    index: SearchIndex, typed: str, written: str
) -> None:
    wanted = put(index, written)
    put(index, "Sơ đồ đường Trà Xuân, đền thờ và ông bà, xã An Bù Lai")
    assert answer(index, typed)[1][0] == wanted


@pytest.mark.parametrize("typed", ["quyhoạch thị trấn", "kỹthuật nhà văn hóa", "thị trấn quyhoach"])
def test_two_words_typed_as_one_are_found_apart_from_the_others(
    index: SearchIndex, typed: str
) -> None:
    text = "Quy hoạch chung thị trấn, báo cáo kinh tế - kỹ thuật công trình nhà văn hóa"
    wanted = put(index, text)
    put(index, "Nhà văn hóa thị trấn")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


def test_a_number_without_its_zero_and_the_sign_in_its_kind_is_found(index: SearchIndex) -> None:
    wanted = put(index, "Hợp đồng 05/2018/HĐ-XD")
    put(index, "Hợp đồng 15/2018/HĐ-XD")
    asked, hits = answer(index, "5/2018/hđxd")
    assert (asked.step, hits) == ("all", [wanted])


def test_a_number_that_nothing_has_keeps_no_words_back(index: SearchIndex) -> None:
    wanted = put(index, "Phương án bồi thường khi thu hồi đất")
    put(index, "Đăng ký kết hôn")
    asked, hits = answer(index, "hơn 5 tỷ bồi thường")
    assert (asked.step, hits) == ("most", [wanted])


@pytest.mark.parametrize(
    "typed", ["thangs 3 nawm 2025", "thág 3 năm 2025", "tha1ng 3 na8m 2025", "quys 1/2025"]
)
def test_a_month_or_quarter_with_a_slip_in_its_words_is_read_as_one(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Báo cáo quý I năm 2025, lập tháng 3 năm 2025")
    put(index, "Tháng 1: kế hoạch 3 năm của quý, số 2025/KH-UBND, tháng 12 năm 2024")
    assert answer(index, typed)[1] == [wanted]


@pytest.mark.parametrize(
    "typed",
    ["điều động bà Nguyễn Thanh bão", "động bà nguyễn thạnh bảo", "dự tóan trạm bơm", "xả đôn đốc"],
)
def test_words_in_a_row_with_one_wrong_mark_come_before_the_same_words_apart(
    index: SearchIndex, typed: str
) -> None:
    apart = "Bão lớn, bà Nguyễn Thanh Thạnh ở xóm Bảo điều hành, đống đá, động đất, toán và tóan"
    put(index, f"{apart}: dự phòng trạm y tế, bơm nước, đốc công xả lũ, đôn hậu")
    wanted = put(index, "Điều động bà Nguyễn Thanh Bảo; dự toán trạm bơm; công an xã đôn đốc")
    assert answer(index, typed)[1][:1] == [wanted]


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("hoso", "ho so"),
        ("hồsơ", "hồ sơ"),
        ("tieuthuong luong", "tieu thuong luong"),
        ("sả Ninh Thọ", "xa ninh thọ"),
        ("mặc bằng", "mat bằng"),
        ("báo káo duyệt", "báo cao duyệt"),
        ("hoofz sơ", "hô sơ"),
    ],
)
def test_words_typed_as_one_or_as_they_sound_are_taken_for_what_stands_so(
    index: SearchIndex, typed: str, instead: str
) -> None:
    wanted = put(index, "Hồ sơ trạm bơm tiêu Thượng Lương, xã Ninh Thọ: báo cáo duyệt mặt bằng")
    put(index, "Nắp hố ga; tiêu thụ, ong mật, lương thực; bà Ninh Thọ va Ninh Thọ; báo duyệt")
    put(index, "Hà Ninh Thọ, mai bằng")
    asked, hits = answer(index, typed)
    assert (asked.instead, hits[:1]) == (instead, [wanted])


@pytest.mark.parametrize(
    "typed",
    [
        "UBND tỉnh 138/QĐ-SCT",
        "quyết định 138/QĐ-SCT kè",
        "s0:138/QĐ-SCT",
        "Số, ký hiệu: 138/QĐ-SCT",
    ],
)
def test_a_number_that_stands_is_taken_for_no_other_one(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Phê duyệt dự toán, số 138/QĐ-SCT", page=None)
    put(index, "Quyết định của UBND tỉnh về kè, số 38/QĐ-SCT")
    assert answer(index, typed)[1] == [wanted]


@pytest.mark.parametrize("typed", ["UBDN", "unbd"])
def test_an_abbreviation_with_a_slip_is_found_alone(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Quyết định của UBND tỉnh")
    put(index, "Công văn của SCT")
    asked, hits = answer(index, typed)
    assert (asked.step, asked.instead, hits) == ("repaired", "ubnd", [wanted])


@pytest.mark.parametrize("typed", ["kênh mương hoặc cầu treo", "kenh muong hoac cau treo"])
def test_either_is_asked_where_no_paper_has_all_the_words(index: SearchIndex, typed: str) -> None:
    wanted = {put(index, "Nạo vét kênh mương"), put(index, "Sửa cầu treo")}
    put(index, "Nạo vét lòng hồ")
    asked, hits = answer(index, typed)
    assert (asked.step, set(hits)) == ("repaired", wanted)
    written = put(index, "Sửa kênh mương hoặc cầu treo")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [written])


@pytest.mark.parametrize(
    "typed", ["số155/QĐ-SCT", "so155/qd-sct", "155—QĐ–SCT", "155/QĐ‑SCT", "SỐ155/QĐ−SCT"]
)
def test_a_number_is_found_with_any_dash_and_no_space_before_it(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Quyết định 155/QĐ-SCT phê duyệt dự toán")
    put(index, "Quyết định số 90/QĐ-UBND phê duyệt 155 công trình")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize(
    ("typed", "left_out"),
    [
        ("văn bản ký ngày 3/3/2025", ("văn", "bản", "kí")),
        ("ban hành 155/QĐ-SCT", ("ban", "hành")),
        ("văn bản đã ký 03.03.2025", ("văn", "bản", "đã", "kí")),
    ],
)
def test_words_before_a_day_or_number_do_not_decide_what_is_found(
    index: SearchIndex, typed: str, left_out: tuple[str, ...]
) -> None:
    wanted = put(index, "Quyết định số 155/QĐ-SCT ngày 03 tháng 3 năm 2025")
    put(index, "Văn bản đã ký, ban hành ngày 03 tháng 3 năm 2024")
    asked, hits = answer(index, typed)
    assert (asked.left_out, hits) == (left_out, [wanted])
    assert asked.step in ("main", "fewer")


@pytest.mark.parametrize("typed", ["kè năm 15", "kè nam '15"])
def test_a_year_of_two_digits_is_read_at_the_end(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Sửa kè năm 2015")
    put(index, "Sửa kè 15 m trong năm 2011")
    assert answer(index, typed)[1] == [wanted]
    other = put(index, "Sửa kè trong 5 năm 15 tháng")
    assert answer(index, "kè 5 năm 15 tháng")[1] == [other]


@pytest.mark.parametrize("between", ["AND", "VÀ", "&", "+"])
def test_words_with_an_and_between_are_meant_each_by_itself(
    index: SearchIndex, between: str
) -> None:
    wanted = put(index, "Vấn đề của hộ dân: nợ thuế")
    put(index, "Tàn nợ cũ của hộ dân")
    asked, hits = answer(index, f"vấn {between} nợ")
    assert (asked.step, asked.query.words.ignored, hits) == ("all", (), [wanted])


def test_an_and_in_a_line_of_capitals_is_a_word(index: SearchIndex) -> None:
    wanted = put(index, "Sở Giáo dục và Đào tạo")
    put(index, "Và việc đào tạo của sở, giáo dục")
    assert answer(index, "GIÁO DỤC VÀ ĐÀO TẠO")[1][0] == wanted


@pytest.mark.parametrize("typed", ["Km3+200", "km3+200 đến km5+750", "K3+200"])
def test_a_chainage_is_found_by_k_and_by_km(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Kè đoạn K3+200 đến K5+750" if "m" in typed else "Kè đoạn Km3+200")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [wanted])


def test_words_that_stand_together_nowhere_find_what_has_either(index: SearchIndex) -> None:
    pens = put(index, "Mua văn phòng phẩm")
    dam = put(index, "Sửa đập dâng")
    asked, hits = answer(index, "phẩm đập")
    assert (asked.step, set(hits)) == ("most", {pens, dam})


@pytest.mark.parametrize("typed", ["272/NQ-SNV", "so 272/tb-snv"])
def test_a_number_with_another_kind_before_the_body_finds_it(
    index: SearchIndex, typed: str
) -> None:
    wanted = put(index, "Quyết định số 272/QĐ-SNV")
    put(index, "Nghị quyết số 14/NQ-SNV")
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("repaired", [wanted])


@pytest.mark.parametrize(
    "typed",
    ["hồ sơ số H40.18.2025.07.QLCT", "mã hs H40.18.2025.07.QLCT", "số hs h40.18.2025.7.qlct"],
)
def test_words_that_name_a_code_do_not_decide_what_comes_first(
    index: SearchIndex, typed: str
) -> None:
    minutes = put(index, "Mã số hồ sơ, hồ sơ số, số hs trong H40.18.2025.07.QLCT", code="H40.1")
    wanted = put(index, "H40.18.2025.07.QLCT Nạo vét kênh", page=None, document_id=None)
    assert answer(index, typed)[1] == [wanted, minutes]


@pytest.mark.parametrize(
    "typed", ["số vb: 272/QĐ-SNV", "ký bởi: Ngô Anh Khuê", "loại vb: quyết định"]
)
def test_fields_are_known_by_short_names(index: SearchIndex, typed: str) -> None:
    words = query(typed).words
    assert (words.unknown, words.guessed) == ((), ())
    assert words.fields or words.terms[0].in_data


def test_what_stands_in_two_rows_comes_before_words_that_lie_about(index: SearchIndex) -> None:
    about = put(index, "Giao cho xã mặt bằng, gửi kho, bạc màu", year=2030)
    wanted = put(index, f"Giao mặt {'và ' * 200} gửi kho")
    assert answer(index, "giao mặt gửi kho")[1] == [wanted, about]


def test_of_few_words_no_two_are_left_out_as_slips(index: SearchIndex) -> None:
    put(index, "Kỹ thuật hướng dẫn")
    put(index, "Sinh hoạt, lợp mái, kỹ thuật, hướng tây")
    asked, hits = answer(index, "sing thuật hướng lợp")
    assert (asked.instead, len(hits)) == ("sinh thuật hướng lợp", 1)


def test_a_word_with_other_marks_begins_no_period(index: SearchIndex) -> None:
    wanted = put(index, "Tử số, như biên bản tháng 7 năm 2018")
    asked, hits = answer(index, "như tử T7/2018")
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kiểm tra Sở NN", "Sở Nông nghiệp"),
        ("kiem tra so nn", "Sở Nông nghiệp"),
        ("kiểm tra Sở NN&PTNT", "Sở Nông nghiệp và Phát triển nông thôn"),
        ("kiểm tra Sở TN&MT", "Sở Tài nguyên và Môi trường"),
        ("kiểm tra sở GD-ĐT", "Sở Giáo dục và Đào tạo"),
        ("kiểm tra phòng TC", "Phòng Tài chính"),
        ("kiểm tra SNN", "Sở Nông nghiệp"),
        ("kiểm tra STC", "Sở Tài chính"),
        ("kiểm tra Sở TP", "Sở Tư pháp"),
    ],
)
def test_the_letters_of_a_department_are_no_other_words(
    index: SearchIndex, typed: str, name: str
) -> None:
    wanted = put(index, f"{name} kiểm tra")
    put(
        index,
        "Kiểm tra ở các sở, phòng: ngân sách nhà nước, tiêu chuẩn, thành phố, phát triển nông thôn",
    )
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [wanted])


def test_letters_that_a_paper_has_are_found_as_they_stand(index: SearchIndex) -> None:
    wanted = put(index, "Sở NN kiểm tra")
    assert answer(index, "kiểm tra sở NN")[1] == [wanted]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("trụ sở TP Đà Nẵng", "Trụ sở thành phố Đà Nẵng"),
        ("van phong tp ho chi minh", "Văn phòng thành phố Hồ Chí Minh"),
        ("quốc phòng TP", "Quốc phòng toàn dân ở thành phố"),
        ("Hải Phòng TP", "Hải Phòng là thành phố"),
        ("cơ sở NN", "Cơ sở do nhà nước quản lý"),
    ],
)
def test_the_end_of_another_word_is_no_department(
    index: SearchIndex, typed: str, name: str
) -> None:
    wanted = put(index, name)
    asked, hits = answer(index, typed)
    assert (asked.step, hits) == ("all", [wanted])
