"""Vietnamese text: one Unicode form, one place for tones, folding, and legacy encodings."""

import re
import unicodedata

# Đ and what is typed or read for it: Icelandic eth, African D.
_D_FOLD = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})
_D_SAME = str.maketrans({"ð": "đ", "ɖ": "đ"})
_MARK = re.compile("[\u0300-\u036f]")

# hoà -> hòa, khoẻ -> khỏe, thuỷ -> thủy; not quý (qu is one consonant), not hoàn (a letter follows)
_LATE_TONE = re.compile(r"(?:(o)([àáảãạèéẻẽẹ])|(?<!q)(u)([ỳýỷỹỵ]))(?![^\W_])", re.IGNORECASE)

_WORD = re.compile(r"\S+")
# Letters that only Vietnamese written in Unicode has.
_UNICODE_VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
# TCVN3 (ABC) shows its vowels as signs inside or at the edge of a word: "Céng hßa", "§éc lËp".
_TCVN3_WORD = re.compile(
    "[A-Za-z][µ¸¶·¹¨»¾¼½©ª«¬\u00ad®§÷×ßþÞÆÐËÖØÜ]"
    "|[®§¡¢£¤¥¦](?:[A-Za-z]|\u00ad[a-z¸-þ])|[ÇÊÈÉËÒÕÓÔÖ](?=[a-z])(?<=[a-z].)"
)
# VNI writes the mark as a letter of its own after the vowel: "Coäng hoøa", "Ñoäc laäp".
_VNI_WORD = re.compile(r"[aeouyöôAEOUYÖÔ][øûïåäëüØÛÏÅÄËÜ]|[aA][áàãâêèéúùõ]|[eE][âáàãùõ]|[oO][âãùõ]")
_LEAST_SHARE = 0.15


def nfc(text: str) -> str:
    """The composed form in which all text is kept (TCVN 6909:2001)."""
    return unicodedata.normalize("NFC", text)


def is_nfd(text: str) -> bool:
    """Whether any letter is written as base and mark, so that ``nfc`` would change the text."""
    return not unicodedata.is_normalized("NFC", text)


def fold(text: str) -> str:
    """Lower case without marks, đ as d: how words are compared where marks are optional.

    A text in NFC keeps its number of letters as long as it is Vietnamese.
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _MARK.sub("", apart).translate(_D_FOLD))


def place_tones(text: str) -> str:
    """Tones of oa, oe and uy on the first vowel: ``hoà`` and ``hòa`` both become ``hòa``."""
    return _LATE_TONE.sub(_tone_forward, nfc(text))


def _tone_forward(found: re.Match[str]) -> str:
    first, second = (part for part in found.groups() if part is not None)
    apart = unicodedata.normalize("NFD", second)
    return unicodedata.normalize("NFC", first + apart[1:]) + apart[0]


def same_words(text: str) -> str:
    """One form for comparing words with their marks: NFC, lower case, one place for tones."""
    return place_tones(text).lower().translate(_D_SAME)


def detect_legacy(text: str) -> str | None:
    """``"TCVN3"`` or ``"VNI"`` where the letters are those of an old font's encoding, else None.

    A guess from the share of words that can stand only in such a text; it converts nothing.
    """
    if _UNICODE_VIETNAMESE.search(text):
        return None
    words = _WORD.findall(text)
    if not words:
        return None
    tcvn3 = sum(1 for word in words if _TCVN3_WORD.search(word))
    vni = sum(1 for word in words if _VNI_WORD.search(word))
    most, name = max((tcvn3, "TCVN3"), (vni, "VNI"))
    return name if most / len(words) >= _LEAST_SHARE else None
