"""A signature over print hides words that no sign tells of any more: the line's own gap does."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitize.ocr.clean import Image
from digitize.ocr.hard_pages.inked_gaps import inked_share
from digitize.ocr.words import Line
from tests.unit.digitize.ocr.printed_line import BASELINE, SIZE, printed_line

TEXT = "Quyết định này được công nhân huyện chuyển hoàn thành nhanh chóng trước tháng mười"
HIDDEN = slice(4, 7)  # words that nobody read: công nhân huyện


def with_gap() -> tuple[Line, Image, tuple[int, int]]:
    whole, grey = printed_line(TEXT, confidence=95.0)
    gone = whole.words[HIDDEN]
    left, right = gone[0].left, gone[-1].right
    words = (*whole.words[: HIDDEN.start], *whole.words[HIDDEN.stop :])
    return replace(whole, words=words), grey.copy(), (left, right)


def test_print_under_a_signature_is_unread() -> None:
    line, grey, (left, right) = with_gap()
    steps = np.arange(left - 20, right + 20, 9)
    heights = BASELINE - 12 + 55 * np.where(np.arange(len(steps)) % 2, 1, -1)
    cv2.polylines(grey, [np.stack([steps, heights], axis=1).astype(np.int32)], False, 60, 3)
    assert 0.1 < inked_share(grey, [line]) < 0.3


@pytest.mark.parametrize("kept", ["white", "dots", "rule"])
def test_paper_leaders_and_rules_between_words_are_no_print(kept: str) -> None:
    line, grey, (left, right) = with_gap()
    grey[:, left:right] = 255
    if kept == "dots":
        grey[BASELINE - 3 : BASELINE, left : right - 6 : 9] = 40
    if kept == "rule":
        grey[BASELINE - SIZE // 4 : BASELINE - SIZE // 4 + 3, left:right] = 40
    assert inked_share(grey, [line]) == 0.0


def test_a_line_that_was_read_whole_has_no_gap() -> None:
    whole, grey = printed_line(TEXT, confidence=95.0)
    assert inked_share(grey, [whole]) == 0.0
    unsure, grey = printed_line(TEXT, confidence=40.0)
    assert inked_share(grey, [unsure]) == 0.0
