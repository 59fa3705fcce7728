"""Where the engine's network sees too little, the scan itself tells what is printed."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from digitize.ocr.clean import Image
from digitize.ocr.formulas import formulas_kept
from digitize.ocr.numerals import counted
from digitize.ocr.run_together import parted
from digitize.ocr.stops import stops_seen, stops_within
from digitize.ocr.tones import told_apart
from digitize.ocr.words import Line, Word
from tests.unit.digitize.ocr.printed_line import BASELINE, printed_line

Look = Callable[[Sequence[Line], Image], tuple[Line, ...]]
BOLD, ITALIC = "Tinos-Bold.ttf", "Tinos-Italic.ttf"


def seen(look: Look, printed: str, read: str, **more: Any) -> str:
    line, grey = printed_line(printed, read, **more)
    (found,) = look([line], grey)
    return found.text


@pytest.mark.parametrize(
    ("printed", "read"),
    [("kể từ", "kế từ"), ("chuyển", "chuyến"), ("Tổng số", "Tống số"), ("tinh giản", "tỉnh giản"),
     ("KẾT QUẢ", "KẾT QUÁ")],
)  # fmt: skip
@pytest.mark.parametrize("face", ["Tinos-Regular.ttf", BOLD, ITALIC])
def test_a_tone_that_was_taken_for_another_is_read_as_printed(
    printed: str, read: str, face: str
) -> None:
    assert seen(told_apart, printed, read, face=face) == printed


@pytest.mark.parametrize("text", ["kế hoạch", "số vốn", "bố trí", "tỉnh chỉ", "QUÁ", "để", "là"])
@pytest.mark.parametrize("face", ["Tinos-Regular.ttf", BOLD, ITALIC])
def test_a_tone_that_was_read_as_printed_stays(text: str, face: str) -> None:
    assert seen(told_apart, text, text, face=face) == text


def test_a_tone_that_no_word_can_have_is_not_tried() -> None:
    assert seen(told_apart, "đẩt", "đất") == "đất"


@pytest.mark.parametrize(("misread", "mended"), [(2, True), (3, False)])
def test_tones_stay_where_a_third_of_the_page_looks_misread(misread: int, *, mended: bool) -> None:
    """In Schola an acute over a circumflex looks like the hook of Tinos: it is no slip there."""
    slip, right = ["kể", "chuyển", "tổng"][:misread], ["kế", "chuyến", "tống"][:misread]
    kept = "số vốn bố trí thế"
    printed, read = " ".join([*slip, kept]), " ".join([*right, kept])
    assert seen(told_apart, printed, read) == (printed if mended else read)


def test_the_tones_of_a_face_that_does_not_fit_stay_as_read() -> None:
    line, grey = printed_line("chuyển", "chuyến")
    squeezed = np.ascontiguousarray(np.roll(grey, 9, axis=0))  # nothing lies where it should
    assert told_apart([line], squeezed)[0].text == "chuyến"


@pytest.mark.parametrize(
    ("printed", "read"),
    [("I. ĐẶC ĐIỂM", "I ĐẶC ĐIỂM"), ("II. KẾT QUẢ", "I. KẾT QUẢ"), ("III. NHỮNG", "HI. NHỮNG"),
     ("II. KẾT QUẢ", "IL. KẾT QUẢ"), ("III. NHỮNG", "III. NHỮNG")],
)  # fmt: skip
def test_the_strokes_of_a_numeral_are_counted(printed: str, read: str) -> None:
    assert seen(counted, printed, read, face=BOLD) == printed


@pytest.mark.parametrize("text", ["L. KIM", "I rằng", "IV. KIẾN NGHỊ", "V. XÉT", "XI. KẾT"])
def test_what_is_no_numeral_of_strokes_stays(text: str) -> None:
    assert seen(counted, text, text, face=BOLD) == text


@pytest.mark.parametrize(
    ("printed", "read"),
    [("tháng; hai", "tháng: hai"), ("HƯNG", "HƯNG.."), ("THƯỢNG", "THƯỢNG."), ("HƯNG.", "HƯNG."),
     ("nhận:", "nhận:"), ("tháng,", "tháng,"), ("năm;", "năm;"), ("12;", "12:")],
)  # fmt: skip
def test_stops_are_those_of_the_paper(printed: str, read: str) -> None:
    assert seen(stops_seen, printed, read) == printed


@pytest.mark.parametrize(
    ("printed", "read"),
    [("17,5 mét", "175 mét"), ("1.250 m2", "1250 m2"), ("3.050.000 đồng", "3050000 đồng"),
     ("12.400, còn", "12400, còn"), ("1998 và", "1998 và"), ("2024. Sau", "2024. Sau"),
     ("năm 2024, tháng", "năm 2024, tháng"), ("117", "117"), ("24 kg", "24 kg")],
)  # fmt: skip
@pytest.mark.parametrize("face", ["Tinos-Regular.ttf", BOLD])
def test_stops_within_a_number_are_those_of_the_paper(printed: str, read: str, face: str) -> None:
    assert seen(stops_within, printed, read, face=face) == printed


def test_a_number_whose_digits_touch_stays_as_it_was_read() -> None:
    line, grey = printed_line("17,5", "175")
    touching = grey.copy()
    touching[BASELINE - 8 : BASELINE - 4, line.left : line.right] = 30
    assert stops_within([line], touching)[0].text == "175"


def test_a_stop_that_the_engine_is_sure_of_stays() -> None:
    assert seen(stops_seen, "HƯNG", "HƯNG.", confidence=97.0) == "HƯNG."


@pytest.mark.parametrize(
    ("printed", "read"),
    [("ngày 05 tháng 12 năm 2010", "ngày 05 thúng 12 năm 2010"),
     ("Độc lập - Tự do - Hạnh phúc", "Độc lập - Tụ do - Hạnh phúc"),
     ("- Lưu: VT, TH.", "- Lưu: VI, TH.")],
)  # fmt: skip
def test_a_word_of_a_formula_is_read_as_the_formula_has_it(printed: str, read: str) -> None:
    assert seen(formulas_kept, printed, read) == printed


@pytest.mark.parametrize(
    "text", ["ngày 05 thúng 12", "Nơi nhân:", "Độc lập - Tụ do - Hạnh phúc", "- Lưu: VP, TH."]
)
def test_a_formula_is_not_put_where_the_page_says_otherwise(text: str) -> None:
    assert seen(formulas_kept, text, text) == text


def test_words_that_a_stop_joins_are_parted_where_the_page_has_a_gap() -> None:
    line, grey = printed_line("Ủy ban nhân dân")
    _, second, third, _ = line.words
    joined = Line(
        (type(second)("ban.nhân", 90.0, second.left, second.top, third.right, third.bottom),),
        second.left, second.top, third.right, third.bottom, 100, 100, False,
    )  # fmt: skip
    assert parted([joined], grey)[0].text == "ban nhân"


@pytest.mark.parametrize("text", ["QĐ-UBND", "TTr-VP", "tế-xã"])
def test_words_that_a_dash_joins_on_paper_stay_together(text: str) -> None:
    assert seen(parted, text, text) == text


@pytest.mark.parametrize("text", ["167 m2", "1.250 kg,", "17,5 ha", "31 hộ"])
@pytest.mark.parametrize("face", ["Tinos-Regular.ttf", BOLD])
def test_a_number_and_what_it_counts_stand_apart_where_the_paper_parts_them(
    text: str, face: str
) -> None:
    assert run_together(text, face) == text


@pytest.mark.parametrize("text", ["12A", "2a.", "31m2", "111kg", "12A4"])
@pytest.mark.parametrize("face", ["Tinos-Regular.ttf", BOLD])
def test_a_number_and_letters_that_touch_on_paper_stay_together(text: str, face: str) -> None:
    assert run_together(text, face) == text


def run_together(text: str, face: str) -> str:
    """What the page says of one word where the engine saw no gap."""
    line, grey = printed_line(text, face=face)
    first, last = line.words[0], line.words[-1]
    joined = line.part((Word(
        text.replace(" ", ""), 95.0, first.left, line.top, last.right, line.bottom
    ),))  # fmt: skip
    return parted([joined], grey)[0].text


@pytest.mark.parametrize(("printed", "read"), [("khai", "khoi"), ("thong thả", "thongthd")])
def test_letters_set_wide_are_no_gap_between_words(printed: str, read: str) -> None:
    line, grey = printed_line(" ".join(printed.replace(" ", "")))
    joined = Word(read, 90.0, line.left, line.top, line.right, line.bottom, possible=False)
    assert parted([line.part((joined,))], grey)[0].text == read


def test_of_worn_typing_a_word_that_cannot_be_stays_whole_and_a_number_is_parted() -> None:
    line, grey = printed_line("to an 24 kg")
    first, second, number, unit = line.words
    misread = Word("toon", 90.0, first.left, line.top, second.right, line.bottom, possible=False)
    counted = Word("24kg", 90.0, number.left, line.top, unit.right, line.bottom)
    (found,) = parted([line.part((misread, counted))], grey, numbers_alone=True)
    assert found.text == "toon 24 kg"
