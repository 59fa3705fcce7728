"""What the keys of Telex and VNI mean that somebody typed while no program turned them."""

import unicodedata

from archive_service.text import nfc

_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VOWELS = "aeiouy"


def from_telex(typed: str) -> str | None:
    """``trajm`` → ``trạm``, ``dduwowngf`` → ``đường``; ``None`` of what holds no key of Telex."""
    letters: list[str] = []
    tone = ""
    for letter in typed:
        before = _last_vowel(letters, letter)
        if letter in _TONES and letters and any(_base(known) in _VOWELS for known in letters):
            tone = _TONES[letter]
        elif letter == "d" and "d" in letters:
            letters[letters.index("d")] = "đ"
        elif letter in "aeo" and before is not None and letters[before] == letter:
            letters[before] = nfc(letter + _CIRCUMFLEX)
        elif letter == "w":
            if not _with_hook(letters):
                letters.append("ư")
        else:
            letters.append(letter)
    told = _toned("".join(letters), tone)
    return told if told != typed and told.isalpha() else None


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
    told = _toned("".join(letters), tone)
    return told if told != typed and told.isalpha() else None


def _last_vowel(letters: list[str], letter: str) -> int | None:
    return _last_of(letters, letter) if letter in "aeo" else None


def _last_of(letters: list[str], wanted: str) -> int | None:
    return next((at for at in range(len(letters) - 1, -1, -1) if letters[at] in wanted), None)


def _with_hook(letters: list[str], *, breve: bool = True) -> bool:
    """``w`` after u and o makes ươ, after one of them its horn, after a the breve."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] == "o" and at and letters[at - 1] in "uư":
            letters[at - 1 : at + 1] = ["ư", "ơ"]
            return True
        if letters[at] in "ou":
            letters[at] = nfc(letters[at] + _HORN)
            return True
        if letters[at] == "a" and breve:
            letters[at] = "ă"
            return True
    return False


def _toned(word: str, tone: str) -> str:
    """The tone on the vowel that bears it: the marked one, else as school teaches."""
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
