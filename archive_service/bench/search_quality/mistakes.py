"""How people mistype: keys left in the word, slips of the finger, marks, words run together."""

import unicodedata
from collections.abc import Sequence
from random import Random

from archive_service.text import fold

TONES = "\u0300\u0301\u0303\u0309\u0323"
_TELEX = {
    "\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j",
    "\u0306": "w", "\u031b": "w",
}  # fmt: skip
_VNI = {
    "\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5",
    "\u0302": "6", "\u031b": "7", "\u0306": "8",
}  # fmt: skip
_CIRCUMFLEX, _BARRED = "\u0302", "\u0111"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {
    letter: [
        other
        for beside, line in enumerate(_ROWS)
        if abs(beside - row) <= 1
        for place, other in enumerate(line)
        if other != letter and abs(place - at) <= (1 if beside == row else 0)
    ]
    for row, keys in enumerate(_ROWS)
    for at, letter in enumerate(keys)
}


def telex(word: str, random: Random) -> str:
    """The keys of the Telex method: the tone after its vowel, or at the end of the word."""
    late, once = random.random() < 0.6, random.random() < 0.4
    keys = _keys(word, "", late=late)
    if once and "uwow" in keys:  # one w makes both horns
        keys = keys.replace("uwow", "uow", 1)
    return keys


def vni(word: str, random: Random) -> str:
    """The keys of the VNI method: figures for marks and tones."""
    late = random.random() < 0.6
    return _keys(word, "9", late=late)


def _keys(word: str, bar: str, *, late: bool) -> str:
    table = _VNI if bar else _TELEX
    typed, last = [], ""
    for letter in unicodedata.normalize("NFC", word):
        base, marks, tone = _parts(letter)
        typed.append(f"d{bar or 'd'}" if base == _BARRED else base)
        typed += [base if mark == _CIRCUMFLEX and not bar else table[mark] for mark in marks]
        if late:
            last += table.get(tone, "")
        else:
            typed.append(table.get(tone, ""))
    return "".join(typed) + last


def _parts(letter: str) -> tuple[str, str, str]:
    """The bare letter, its mark, its tone."""
    apart = unicodedata.normalize("NFD", letter)
    base, signs = apart[0], apart[1:]
    tone = "".join(sign for sign in signs if sign in TONES)
    return base, "".join(sign for sign in signs if sign not in TONES), tone


def slip(word: str, random: Random) -> str:
    """One slip of the finger: two letters swapped, one dropped, doubled, or a key beside it."""
    for _ in range(50):
        at = random.randrange(len(word))
        match random.choice(("swap", "drop", "double", "beside")):
            case "swap" if at + 1 < len(word):
                new = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            case "drop":
                new = word[:at] + word[at + 1 :]
            case "double":
                new = word[: at + 1] + word[at:]
            case "beside" if word[at] in _NEAR:
                new = word[:at] + random.choice(_NEAR[word[at]]) + word[at + 1 :]
            case _:
                continue
        if fold(new) != fold(word):
            return new
    return word + word[-1]


def dropped(word: str, random: Random) -> str:
    """A letter left out."""
    at = random.randrange(len(word))
    return word[:at] + word[at + 1 :]


def confused(word: str, pairs: Sequence[Sequence[str]], at: str, random: Random) -> str:
    """One of a pair for the other at the ``begin`` or ``end``, or the second for the first."""
    found = []
    for first, second in pairs:
        for old, new in ((first, second), (second, first)):
            if at == "begin" and word.startswith(old) and not word.startswith(f"{old}h"):
                found.append(new + word.removeprefix(old))
            if at == "end" and word.endswith(old):
                found.append(word.removesuffix(old) + new)
        if at == "inside" and first in word:
            found.append(word.replace(first, second, 1))
    return random.choice(found) if found else word


def other_tone(word: str, random: Random) -> str:
    """The same letters with another tone; a word without a tone stays as it is."""
    letters = [_parts(letter) for letter in unicodedata.normalize("NFC", word)]
    had = "".join(tone for _, _, tone in letters)
    if not had:
        return word
    other = random.choice([tone for tone in TONES if tone != had])
    typed = "".join(base + mark + (other if tone else "") for base, mark, tone in letters)
    return unicodedata.normalize("NFC", typed)


def i_for_y(word: str) -> str:
    """``kĩ`` for ``kỹ`` and back: the last vowel alone; a word without it stays as it is."""
    apart = unicodedata.normalize("NFD", word)
    plain = "".join(sign for sign in apart if sign not in TONES)
    if len(plain) != 2 or plain[0] not in "hklmst" or plain[1] not in "iy":
        return word
    other = "i" if plain[1] == "y" else "y"
    return unicodedata.normalize("NFC", apart.replace(plain[1], other))


def run_together(words: Sequence[str], random: Random) -> list[str]:
    """Two words that follow each other typed without the space."""
    at = random.randrange(len(words) - 1)
    return [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]


def torn_apart(words: Sequence[str], random: Random) -> list[str]:
    """A space inside the longest word, or one as long."""
    longest = max(len(word) for word in words)
    at = random.choice([place for place, word in enumerate(words) if len(word) >= longest - 1])
    cut = random.randint(1, len(words[at]) - 1)
    return [*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]]
