"""Numbers and questions as people say them, on every engine."""

import pytest

from search.asking import ask
from search.port import SearchIndex
from tests.worlds.servers.indexes import put, query


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("hai trăm mười bốn hộ thiếu nước", "Có 214 hộ thiếu nước sinh hoạt"),
        ("ba mươi lăm triệu đồng", "Hỗ trợ 35.000.000 đồng sửa ống"),
        ("bảo hành 12 tháng", "Bảo hành mười hai tháng từ ngày nghiệm thu"),
        ("3 triệu đồng một con", "Hỗ trợ ba triệu đồng một con trâu"),
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
