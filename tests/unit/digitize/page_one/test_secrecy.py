"""A secrecy mark counts in its cell; the same word elsewhere is only a word."""

from pathlib import Path

import pytest

from digitize.ocr.words import PageReading
from digitize.page_one.lines import pieces_of
from digitize.page_one.secrecy import secrecy_mark
from tests.worlds.papers.nd30_papers import make_document, with_words

SEED = 52_000


@pytest.mark.parametrize(
    ("printed", "level"),
    [
        ("MẬT", "MẬT"),
        ("TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT", "TUYỆT MẬT"),
        ("MAT", "MẬT"),  # as a poor stamp is read
        ("TUYỆT MẠT", "TUYỆT MẬT"),
        ("| MẬT |", "MẬT"),  # the frame of the stamp
        ("[TỐI MẬT]", "TỐI MẬT"),
    ],
)
def test_a_mark_under_the_number_is_found_with_its_level(
    tmp_path: Path, printed: str, level: str
) -> None:
    made = make_document(SEED, tmp_path, pages=1)
    marked = _marked(made.readings[0], printed)
    assert marked is not None
    found = secrecy_mark(marked)
    assert found is not None
    assert found.level == level
    assert 0.1 < found.box[0] < 0.3


@pytest.mark.parametrize("top", [0.5, 0.8])
def test_the_word_below_its_cell_is_no_mark(tmp_path: Path, top: float) -> None:
    made = make_document(SEED, tmp_path, pages=1)
    assert secrecy_mark(with_words(made.readings[0], "MẬT", left=0.18, top=top)) is None


@pytest.mark.parametrize(
    "printed",
    [
        "BẢO MẬT",
        "BÍ MẬT",
        "MẬT MÃ",
        "MẬT ĐỘ DÂN CƯ",
        "Mật",
        "mật",
        "CƠ YẾU VÀ MẬT MÃ",
        "MẶT BẰNG",
        "ĐỘ MẬT 3",
        "PHÁT",
        "TỔNG MẶT",
    ],
)
def test_words_with_mat_in_them_are_no_marks(tmp_path: Path, printed: str) -> None:
    made = make_document(SEED + 1, tmp_path, pages=1)
    marked = _marked(made.readings[0], printed)
    assert marked is not None
    assert secrecy_mark(marked) is None


def test_a_heading_that_breaks_within_the_word_is_no_mark(tmp_path: Path) -> None:
    made = make_document(SEED + 2, tmp_path, pages=1)
    first = with_words(made.readings[0], "QUY ĐỊNH VỀ BẢO", left=0.15, top=0.185)
    assert secrecy_mark(with_words(first, "MẬT", left=0.22, top=0.203)) is None
    first = with_words(made.readings[0], "MẬT", left=0.22, top=0.185)
    assert secrecy_mark(with_words(first, "MÃ QUỐC GIA", left=0.18, top=0.203)) is None


@pytest.mark.parametrize(
    "before", ["danh mục", "thông báo", "hiện có", "tại thủ đô", "CẦN", "hồ sơ do"]
)
def test_a_mark_under_a_word_that_differs_by_its_marks_is_found(
    tmp_path: Path, before: str
) -> None:
    """«mục» is no «mức», «báo» no «bảo»; drawn pages are read with their marks."""
    made = make_document(SEED + 2, tmp_path, pages=1)
    first = with_words(made.readings[0], f"V/v {before}", left=0.15, top=0.185)
    found = secrecy_mark(with_words(first, "MẬT", left=0.22, top=0.203))
    assert found is not None
    assert found.level == "MẬT"


def test_a_line_that_was_read_without_marks_leads_on(tmp_path: Path) -> None:
    made = make_document(SEED + 2, tmp_path, pages=1)
    first = with_words(made.readings[0], "QUY CHE BAO", left=0.15, top=0.185)
    assert secrecy_mark(with_words(first, "MAT", left=0.22, top=0.203)) is None


@pytest.mark.parametrize("after", ["VŨ VĂN AN", "Thu hồi đất", "Đô thị Sơn Lam"])
def test_a_mark_above_a_word_that_differs_by_its_marks_is_found(tmp_path: Path, after: str) -> None:
    made = make_document(SEED + 2, tmp_path, pages=1)
    first = with_words(made.readings[0], "MẬT", left=0.22, top=0.185)
    assert secrecy_mark(with_words(first, after, left=0.18, top=0.203)) is not None


def test_on_a_later_page_only_a_lone_mark_at_the_head_counts(tmp_path: Path) -> None:
    made = make_document(SEED + 3, tmp_path, pages=3)
    later = made.readings[1]
    assert secrecy_mark(with_words(later, "TỐI MẬT", left=0.15, top=0.072)) is None, "in the text"
    in_table = with_words(later, "MẬT", left=0.15, top=0.3)
    assert secrecy_mark(in_table) is None


def test_forty_good_documents_that_speak_of_secrets_bear_no_mark(tmp_path: Path) -> None:
    marks = [
        secrecy_mark(reading)
        for number in range(40)
        for reading in make_document(SEED + 100 + number, tmp_path, error_rate=0.01).readings
    ]
    assert not any(marks)


def test_every_mark_that_was_set_is_found_though_letters_are_misread(tmp_path: Path) -> None:
    set_marks, missed = 0, []
    for number in range(40):
        made = make_document(SEED + 200 + number, tmp_path, pages=1, error_rate=0.02)
        level = ("MẬT", "TỐI MẬT", "TUYỆT MẬT")[number % 3]
        marked = _marked(made.readings[0], level, left=0.09 + 0.005 * (number % 9))
        if marked is None:
            continue
        set_marks += 1
        if (found := secrecy_mark(marked)) is None or found.level != level:
            missed.append((number, found))
    assert set_marks >= 30
    assert not missed


def _marked(reading: PageReading, text: str, *, left: float = 0.13) -> PageReading | None:
    """The page with these words at its left, in the first free place under the number."""
    pieces = pieces_of(reading)
    for step in range(13, 42):
        top = step / 100
        taken = [
            piece
            for piece in pieces
            if piece.left < left + 0.25 and piece.bottom > top - 0.006 and piece.top < top + 0.02
        ]
        if not taken:
            return with_words(reading, text, left=left, top=top)
    return None
