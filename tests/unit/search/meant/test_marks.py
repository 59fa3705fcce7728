"""Words asked in place of typed ones are shown as papers write them."""

from dataclasses import replace
from uuid import UUID

from search.meant.marks import with_marks
from search.port import END, FOUND, Hit

HIT = Hit(
    UUID(int=1), "H40", None, "Mua sắm bàn ghế", 1, f"…xã đã {FOUND}sắm máy Kỹ thuật", UUID(int=2),
    "", 2025, None, "01", None, None, reduced=False,
)  # fmt: skip


def test_a_word_that_nobody_typed_gets_the_marks_of_the_hits() -> None:
    assert with_marks("mua sam bàn", "mua xắm bàn", [HIT]) == "mua sắm bàn"
    assert with_marks("ki thuat", "ky thuatt", [HIT]) == "ky thuật"
    assert with_marks("mưâ sắm", "mưaa sắm", [replace(HIT, title="Mưa mùa, mùa")]) == "mưa sắm"


def test_a_word_typed_once_is_told_once_and_the_other_as_it_stands_after_it() -> None:
    rain = replace(HIT, title="Mùa mưa bão; lịch mùa, vụ mùa")
    assert with_marks("mùa mua", "mùa mưu", [rain]) == "mùa mưa"
    assert with_marks("mua mua", "mùa muaa", [rain]) == "mùa mưa"


def test_of_two_ways_to_write_a_word_the_one_beside_its_neighbour_is_told() -> None:
    drawing = replace(HIT, title="Ban Quản lý, ban chỉ đạo: bản vẽ")
    assert with_marks("ban vẽ", "bảng vẽ", [drawing]) == "bản vẽ"
    assert with_marks("ban quan", "bang quan", [drawing]) == "ban quan"


def test_what_was_typed_stays_as_it_was_typed() -> None:
    assert with_marks("kĩ thuật trieu", "Kỹ thuạtt Triệu", [HIT]) == "Kỹ thuật Triệu"


def test_a_code_is_told_with_the_signs_that_the_hits_have() -> None:
    hit = replace(HIT, snippet=f"Số {FOUND}126{END}/{FOUND}QĐ-SCT{END} ngày 3/3")
    assert with_marks("số 126 qd sct", "số 162/qd-sct", [hit]) == "số 126/QĐ-SCT"
    assert with_marks('"126 qd" sct', '"126 qdd" sct', [hit]) == '"126/QĐ" sct'
    assert with_marks("126 ngay", "126 ngy", [hit]) == "126 ngày"


def test_words_that_were_typed_or_that_no_hit_has_stay_as_they_are() -> None:
    assert with_marks('"mua sam" kho', "mua sam kho", [HIT]) == '"mua sam" kho'
    assert (
        with_marks("sam kho", "xam kko", [replace(HIT, title="Kế hoạch", snippet="")]) == "sam kho"
    )
    assert with_marks("", "xam", [HIT]) == ""
