"""Vietnamese text: one form, one place for tones, folding, old encodings, Telex and VNI."""

import re
import unicodedata
from collections.abc import Iterable

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

_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
# VIQR writes marks as signs of ASCII behind the vowel: "dde^` a'n".
_VIQR_MARKS = str.maketrans({
    "'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323",
    "^": _CIRCUMFLEX, "(": _BREVE, "+": _HORN,
})  # fmt: skip
_VIQR = re.compile(
    r"([aeiouy])((?:(?<=[aeo])\^|(?<=a)\(|(?<=[uo])\+)?(?:['`~]|[?.](?!$))?)", re.IGNORECASE
)
_VIQR_D = re.compile("dd", re.IGNORECASE)
# A sign behind a vowel that no other text has there.
_VIQR_SHOWS = re.compile(
    r"[aeo]\^|a\([a-z'`?~.]*(?!\S)|[uo]\+(?![\s\d+])|[aeiouy][`~]|dd[aeiouy]+['?.][a-z]",
    re.IGNORECASE,
)
_VOWELS = "aeiouy"
# Marks that turn the signs after them around: "a\u202efdp.exe" is read as "aexe.pdf".
_TURNING = re.compile("[\u061c\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = "\u115f\u1160\u3164\uffa0"  # letters by their class, which no font draws


def nfc(text: str) -> str:
    """The composed form in which all text is kept (TCVN 6909:2001)."""
    return unicodedata.normalize("NFC", text)


def unturned(text: str) -> str:
    """The text as it is shown: a mark that turns what follows around stands there by its number.

    What was received keeps the mark; papers, mails and lists say that it is there: ``<U+202E>``.
    """
    return _TURNING.sub(lambda mark: f"<U+{ord(mark[0]):04X}>", text)


def is_unseen(text: str) -> bool:
    """Whether nothing is seen of it: it is empty, blanks, or signs that no font draws."""
    return not any(
        sign.isprintable() and not sign.isspace() and sign not in _UNSEEN for sign in unturned(text)
    )


def telling(text: str) -> str:
    """Words that are to tell something, as a reason is; empty where they hold no letter or digit.

    A stop, a dash or a blank of no width alone is what somebody types to get past the field.
    """
    words = nfc(text).strip()
    return words if any(sign.isalnum() and sign not in _UNSEEN for sign in words) else ""


def telling_line(text: str) -> str:
    """The same, in one line."""
    return " ".join(telling(text).split())


def is_nfd(text: str) -> bool:
    """Whether any letter is written as base and mark, so that ``nfc`` would change the text."""
    return not unicodedata.is_normalized("NFC", text)


def fold(text: str) -> str:
    """Lower case without marks, đ as d: how words are compared where marks are optional.

    A text in NFC keeps its number of letters as long as it is Vietnamese.
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _MARK.sub("", apart).translate(_D_FOLD))


def is_word_of(word: str, words: Iterable[str]) -> bool:
    """Whether it is one of these words, with all its marks or with none: «báo» is no «bảo»."""
    folded = nfc(word).casefold()
    return any(folded in (nfc(one).casefold(), fold(one)) for one in words)


def is_foreign(letter: str) -> bool:
    """Whether it is a letter, and none of ours: many look like ours, and are others."""
    return letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN")


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


def from_telex(typed: str) -> str | None:
    """``trajm`` → ``trạm``, ``dduwowngf`` → ``đường``; ``None`` of what holds no key of Telex."""
    letters: list[str] = []
    tone = ""
    for letter in typed:
        before = _last_vowel(letters, letter)
        if letter in _TELEX_TONES and letters and any(_base(known) in _VOWELS for known in letters):
            tone = _TELEX_TONES[letter]
        elif letter == "z" and tone:  # takes the tone away
            tone = ""
        elif letter == "d" and "d" in letters:
            letters[letters.index("d")] = "đ"
        elif letter in "aeo" and before is not None and letters[before] == letter:
            letters[before] = nfc(letter + _CIRCUMFLEX)
        elif letter == "w":
            if not _with_hook(letters):
                letters.append("ư")
        else:
            letters.append(letter)
    word = _toned("".join(letters), tone)
    return word if word != typed and word.isalpha() else None


def from_vni(typed: str) -> str | None:
    """``tra5m`` → ``trạm``, ``d9u7o7ng2`` → ``đường``; ``None`` of what holds no key of VNI."""
    letters: list[str] = []
    tone = ""
    for letter in typed:
        if letter in _VNI_TONES and letters:
            tone = _VNI_TONES[letter]
        elif letter == "9" and "d" in letters:
            letters[letters.index("d")] = "đ"
        elif letter == "6" and (at := _last_of(letters, "aeo")) is not None:
            letters[at] = nfc(letters[at] + _CIRCUMFLEX)
        elif letter == "8" and (at := _last_of(letters, "a")) is not None:
            letters[at] = nfc(letters[at] + _BREVE)
        elif letter == "7":
            _with_hook(letters, breve=False)
        else:
            letters.append(letter)
    word = _toned("".join(letters), tone)
    return word if word != typed and word.isalpha() else None


def from_viqr(text: str) -> str | None:
    """``tra.m bo+m`` → ``trạm bơm``, of a whole text; ``None`` where no word shows that it is so.

    A stop or question mark at the end of the text ends it, and is no tone. Where other words have
    their marks, each word that shows it is turned alone.
    """
    if not _VIQR_SHOWS.search(text):
        return None
    if _UNICODE_VIETNAMESE.search(text):
        return _WORD.sub(lambda word: _viqr_word(word[0]), text)
    return _turned_viqr(text)


def _viqr_word(word: str) -> str:
    shows = _VIQR_SHOWS.search(word) and not _UNICODE_VIETNAMESE.search(word)
    return _turned_viqr(word) if shows else word


def _turned_viqr(text: str) -> str:
    with_d = _VIQR_D.sub(lambda found: "đ" if found[0][0] == "d" else "Đ", text)
    return nfc(_VIQR.sub(lambda found: found[1] + found[2].translate(_VIQR_MARKS), with_d))


def _last_vowel(letters: list[str], letter: str) -> int | None:
    return _last_of(letters, letter) if letter in "aeo" else None


def _last_of(letters: list[str], wanted: str) -> int | None:
    return next((at for at in range(len(letters) - 1, -1, -1) if letters[at] in wanted), None)


def _with_hook(letters: list[str], *, breve: bool = True) -> bool:
    """``w`` after u and o makes ươ, after one of them or u and a its horn, after a the breve."""
    for at in range(len(letters) - 1, -1, -1):
        after_u = bool(at) and letters[at - 1] in "uư" and letters[at - 2 : at - 1] != ["q"]
        if letters[at] == "o" and after_u:
            letters[at - 1 : at + 1] = ["ư", "ơ"]
            return True
        if letters[at] in "ou":
            letters[at] = nfc(letters[at] + _HORN)
            return True
        if letters[at] == "a" and breve:
            letters[at - after_u] = "ư" if after_u else "ă"
            return True
    return False


def _toned(word: str, tone: str) -> str:
    """The tone on the vowel that bears it: the marked one, else as school teaches.

    No word ends in ươ: the horn is of the o alone there, as in ``thuở``.
    """
    if word.endswith("ươ"):
        word = f"{word[:-2]}uơ"
    if not tone:
        return word
    at = _bearer(word)
    return word if at is None else nfc(f"{word[: at + 1]}{tone}{word[at + 1 :]}")


def _bearer(word: str) -> int | None:
    begin = 2 if word.startswith(("qu", "gi")) and len(word) > 2 else 0
    vowels = [at for at in range(begin, len(word)) if _base(word[at]) in _VOWELS]
    if not vowels:
        vowels = [at for at, letter in enumerate(word) if _base(letter) in _VOWELS]
    if not vowels:
        return None
    marked = [at for at in vowels if word[at] != _base(word[at])]
    if marked:
        return marked[-1]
    if len(vowels) == 1:
        return vowels[0]
    ends_open = vowels[-1] == len(word) - 1
    return vowels[-2] if ends_open else vowels[-1]


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]
