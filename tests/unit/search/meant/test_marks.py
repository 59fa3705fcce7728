"""Words asked in place of typed ones are shown as papers write them."""

from dataclasses import replace
from uuid import UUID

from search.meant.marks import with_marks
from search.port import FOUND, Hit

HIT = Hit(
    UUID(int=1), "H40", None, "Mua sắm bàn ghế", 1, f"…xã đã {FOUND}sắm máy Kỹ thuật", UUID(int=2),
    "", 2025, None, "01", None, None, reduced=False,
)  # fmt: skip


def test_a_word_that_nobody_typed_gets_the_marks_of_the_hits() -> None:
    assert with_marks("mua sam bàn", "mua xắm bàn", [HIT]) == "mua sắm bàn"
    assert with_marks("ki thuat", "ky thuatt", [HIT]) == "ki thuật"


def test_words_that_were_typed_or_that_no_hit_has_stay_as_they_are() -> None:
    assert with_marks('"mua sam" kho', "mua sam kho", [HIT]) == '"mua sam" kho'
    assert (
        with_marks("sam kho", "xam kko", [replace(HIT, title="Kế hoạch", snippet="")]) == "sam kho"
    )
    assert with_marks("", "xam", [HIT]) == ""
