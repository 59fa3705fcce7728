"""Which words can exist in Vietnamese papers."""

import re
import tomllib
from pathlib import Path

import pytest

from archive_service.demo.papers import FOLDER
from digitize.ocr.syllables import impossible_share, is_latin, is_possible

DRAWN = FOLDER / "texts" / "drawn.toml"


POSSIBLE = (
    "nghiệp giấy gì gìn quyết quốc quỳnh khuya thuế hòa hoà hủy huỷ uỷ ủy yêu kỹ ý giếng đường "
    "khuỷu ngoằn ngoèo xoong quặng Điều (khoản 5), UBND QĐ-UBND 12/2020/NĐ-CP m2 12.458 a) III. "
    "K3+200 Đắk 12a - … “Về H40.18 TP.HCM v.v.; v.v... ...và (b), trên.” -Lưu: kể:"
)
IMPOSSIBLE = (
    "tac ngiệp cùă tíêng hoăc khôg ngh1a BìNh cúạ c0n ~ | quoa ceo Độclập Khốilượng XÃHỘI "
    "ssx-C tháñg HƯNG.. ĐỊNH:. .621 :112.034 tháng;: %nước năm,,"
)


@pytest.mark.parametrize("word", POSSIBLE.split())
def test_words_of_papers_are_possible(word: str) -> None:
    assert is_possible(word)


@pytest.mark.parametrize("word", IMPOSSIBLE.split())
def test_what_no_syllable_can_be_is_impossible(word: str) -> None:
    assert not is_possible(word)


def test_a_decomposed_word_is_as_possible_as_a_composed_one() -> None:
    assert is_possible("Vie\u0323\u0302t")


def test_of_words_as_people_write_them_few_are_called_impossible() -> None:
    """At most 0.7 % false alarms, over all sentences that papers are drawn from."""
    words = [word for text in _texts(DRAWN) for word in re.sub(r"\{\w+\}", "1", text).split()]
    share = impossible_share(words)
    assert len(words) > 900
    assert share is not None
    assert share <= 0.007


@pytest.mark.parametrize(
    "word", ["Sequence", "“linzen,", "FAST", "of", "délivré", "l’acheteur,", "trente-quatre"]
)
def test_words_of_other_languages_are_told_by_their_letters(word: str) -> None:
    assert is_latin(word)


@pytest.mark.parametrize(
    "word", ["s", "brst", "lllie", "rePEat", "l1nzen", "Quyết", "nghiêp", "xx-", "—"]
)
def test_strokes_are_no_words_of_another_language(word: str) -> None:
    assert not is_latin(word)


def test_no_words_have_no_share() -> None:
    assert impossible_share([]) is None


def _texts(path: Path) -> list[str]:
    told = tomllib.loads(path.read_text("utf-8"))
    return [text for lines in told.values() for text in lines]
