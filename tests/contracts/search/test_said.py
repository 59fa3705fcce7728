"""Numbers and questions as people say them, on every engine."""

import pytest

from search.asking import ask
from search.port import END, FOUND, SearchIndex
from tests.worlds.servers.indexes import put, query


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("hai trăm mười bốn hộ thiếu nước", "Có 214 hộ thiếu nước sinh hoạt"),
        ("ba mươi lăm triệu đồng", "Hỗ trợ 35.000.000 đồng sửa ống"),
        ("bảo hành 12 tháng", "Bảo hành mười hai tháng từ ngày nghiệm thu"),
        ("3 triệu đồng một con", "Hỗ trợ ba triệu đồng một con trâu"),
        ("hai mươi tư hộ", "Có hai mươi bốn hộ"),
        ("1.214 hộ", "Có một nghìn hai trăm mười bốn hộ"),
        ("nghiệm thu hồi 8h30", "Nghiệm thu hồi 08 giờ 30 phút"),
        ("vận hành 72h", "Máy vận hành trong 72 giờ"),
        ("lưu lượng 1180m3/h", "Lưu lượng 1.180 m³/h"),
        ("1250m kênh", "Nạo vét 1.250 m kênh"),
        ("cao trình 41,2", "Đến cao trình +41,20 m"),
        ("412 hecta", "Tưới cho 412 ha"),
        ("455 héc-ta", "Tưới cho 455 ha"),
        ("công văn 6ll", "Công văn số 611"),
        ("cống số3", "Cửa cống số 3"),
        ("kè K3200", "Kè đoạn K3+200"),
    ],
)
def test_a_number_is_found_in_words_and_in_digits(
    index: SearchIndex, typed: str, wanted: str
) -> None:
    found = put(index, wanted)
    put(index, "Hỗ trợ 213 hộ, 4 triệu đồng một con, bảo hành chín tháng")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [found])


@pytest.mark.parametrize(
    ("typed", "wanted", "other"),
    [
        ("10", "Giao 10 thùng", "Phun thuốc diệt muỗi ở trường học"),
        ("100", "Có 100 hộ", "Xây một trạm bơm"),
        ("12", "Mười hai công trình", "Ba mươi hai công trình"),
        ("20", "Hai mươi hộ", "Hai mươi lăm hộ"),
        ("14", "Họp lần thứ mười bốn", "Hai trăm mười bốn hộ"),
        ("3 triệu", "Hỗ trợ ba triệu đồng", "Hỗ trợ hai mươi ba triệu đồng"),
        ("10", "Giao mười thùng", "Mua mười một thùng"),
        ("năm mười", "Các năm mười, mười một", "Có 50 hộ"),
    ],
)
def test_a_number_finds_no_other_words_that_are_written_alike_without_marks(
    index: SearchIndex, typed: str, wanted: str, other: str
) -> None:
    found = put(index, wanted)
    put(index, other)
    asked = ask(index, query(typed, by="document"))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [found]


@pytest.mark.parametrize("typed", ["làm thế nào để lập hồ sơ", "muốn lập hồ sơ thì làm sao"])
def test_the_frame_of_a_question_decides_nothing(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Hướng dẫn công chức lập hồ sơ công việc")
    put(index, "Thời gian làm đường dự kiến để hai năm")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("fewer", [wanted])


def test_a_number_in_words_is_marked_as_long_as_it_is(index: SearchIndex) -> None:
    put(index, "Ba mươi hai hộ, mười hai công trình")
    (hit,) = index.search(query("12 công trình")).hits
    assert hit.snippet.replace(FOUND, "[").replace(END, "]") == (
        "Ba mươi hai hộ, [mười hai] [công] [trình]"
    )


def test_a_number_beside_its_word_comes_first_however_it_is_written(index: SearchIndex) -> None:
    apart = put(index, "Công văn số 18, gia hạn nhiều ngày cho các bên")
    beside = put(index, "Hoàn thành trước thời hạn 18 ngày theo hợp đồng đã ký giữa hai bên")
    asked = ask(index, query("mười tám ngày", by="document"))
    assert [hit.case_file_id for hit in index.search(asked.query).hits] == [beside, apart]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("1.25 tỷ", "Tổng mức đầu tư 1.250.000.000 đồng"),
        ("1.250.000.000", "Tổng mức đầu tư 1,25 tỷ đồng"),
        ("nđ163/2016", "Căn cứ Nghị định số 163/2016/NĐ-CP"),
        ("NĐ163/2016", "Căn cứ Nghị định số 163/2016 của Chính phủ"),
        ("7/QĐ-SCT", "Quyết định số 07/QĐ-SCT"),
        ("31 December 2025", "Hà Nội, ngày 31 tháng 12 năm 2025"),
        ("Dec 31, 2025", "Hà Nội, ngày 31 tháng 12 năm 2025"),
        ("ba tháng ba năm hai không hai lăm", "Hà Nội, ngày 03 tháng 3 năm 2025"),
        ("OOO.OO.18.H40", "Mã 000.00.18.H40"),
        ("V/v cấp nước", "Về việc cấp nước"),
        ("về việc cấp nước", "V/v cấp nước"),
        ("12/31/2025", "Hà Nội, ngày 31 tháng 12 năm 2025"),
        ("31 12 2025", "Hà Nội, ngày 31/12/2025"),
        ("Ðường liên xã", "Đường liên xã"),
    ],
)
def test_a_number_or_a_day_is_found_however_it_is_written(
    index: SearchIndex, typed: str, text: str
) -> None:
    wanted = put(index, text)
    put(index, "Biên bản kiểm tra hiện trường số 31 và 7, năm 2016, 12 hộ")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [wanted])


def test_a_number_in_words_that_stand_apart_is_told_as_nothing_else(index: SearchIndex) -> None:
    put(index, "Một công trình, trăm hộ dân, triệu đồng")
    asked = ask(index, query("một trăm triệu", by="document"))
    assert (asked.step, index.search(asked.query).total) == ("all", 1)
