"""The words of a text as the index knows them."""

import re
import unicodedata
from typing import NamedTuple

from archive_service.text import fold, same_words

# Letters and digits; everything else parts words.
_WORD = re.compile(r"[^\W_]+")
# ``kỹ thuật`` and ``kĩ thuật``, ``quý`` and ``quí`` are the same: y alone after these is an i.
_Y_AS_I = re.compile(r"(?<![^\W_])(h|k|l|m|s|t|v|qu)([yỳýỷỹỵ])(?![^\W_])")
# Marks that make another letter, as what stands behind every letter without them.
_IN_ORDER = str.maketrans({"\u0306": "{", "\u0302": "|", "\u031b": "}", "đ": "d{"})
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_MOST_ORDERED = 300  # letters
_I_FOR_Y = dict(zip("yỳýỷỹỵ", "iìíỉĩị", strict=True))


class Word(NamedTuple):
    """One word of a text and where it stands."""

    exact: str
    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text in NFC as the index knows them, with their places."""
    exact, folded = _with_i(same_words(text)), _with_i(fold(text))
    whole = len(exact) == len(folded) == len(text)  # not so where a letter folds to two: ß, İ
    return [
        Word(exact[at:to], folded[at:to], at, to)
        if whole
        else Word(_with_i(same_words(text[at:to])), _with_i(fold(text[at:to])), at, to)
        for at, to in (found.span() for found in _WORD.finditer(text))
    ]


def order_key(text: str) -> str:
    """What texts are put in Vietnamese order by: a ă â, d đ, …; tones where all else is equal."""
    apart = unicodedata.normalize("NFD", text[:_MOST_ORDERED].casefold())
    letters = _TONE.sub("", apart).translate(_IN_ORDER)
    return f"{letters}\x01{''.join(_TONE.findall(apart))}"


def folding_told() -> str:
    """The letters in use after folding: another answer means that an index is outdated."""
    letters = "".join(map(chr, [*range(0x21, 0x250), *range(0x300, 0x370), *range(0x1E00, 0x1F00)]))
    return f"{fold(letters)}\n{same_words(letters)}\n{_Y_AS_I.pattern}"


def _with_i(text: str) -> str:
    return _Y_AS_I.sub(lambda found: found[1] + _I_FOR_Y[found[2]], text)
