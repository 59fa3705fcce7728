"""Whether a word can exist in Vietnamese papers: a sign of text that was read wrong.

The tables stand in ``config/standards/vietnamese_syllables.toml``. What they allow need not be in
a dictionary; what they forbid was almost surely misread.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from archive_service.law import CONFIG

_TABLE = CONFIG / "standards" / "vietnamese_syllables.toml"
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}  # huyền, sắc, ngã, hỏi, nặng
_SHARP, _HEAVY = "\u0301", "\u0323"  # the two tones of a rime that ends in a stop
_EITHER = {"oa", "oe", "uy"}  # hòa and hoà are both written
_EDGES = "\"'“”‘’«»()[]{}<>.,;:!?…-–—*+/&%§№°•·=_"
_BEFORE = set("\"'“‘«([{<-–—*+/&§№•·=_°")  # besides the dots of what was left out
_NEVER_BEHIND = re.compile(r"(?<!\.)\.\.(?!\.)|:[.,;]|,[.,;:]|;[.,;:]")
_LONGEST_ACRONYM = 9
_PARTS = re.compile(r"[^\W\d_]+|\d+|[^\w\s]+|_+")
# Of French those marks alone that no syllable has once its tone is lost: "nghiêp" is no French.
_FOREIGN = r"a-z\xe7\xe8\xe9\xeb\xee\xef\xfb\xfc\u0153"  # with cedilla, acute, grave, diaeresis …
_LATIN = re.compile(
    rf"(?=.*[aeiouyAEIOUY\xe8\xe9])(?:(?:[A-Za-z]{{1,2}}['’])?(?:[A-Za-z\xc9\xe9][{_FOREIGN}]+-?)+|[A-Z]{{2,}})"
)
_THRICE = re.compile(r"(.)\1\1")
_ROMAN = re.compile(r"[ivxlcdm]+")
_INNER = set("-–—/.,:;()'’\"“”%&+*°_…")
_ALONE = re.compile(r"[-–—.…_*+/&%§=:;,()\"'“”‘’•·<>\[\]!?°№]+")


@dataclass(frozen=True, slots=True)
class _Tables:
    syllables: frozenset[tuple[str, str]]  # onset, rime
    stopped: frozenset[str]
    also: frozenset[str]
    onsets: tuple[str, ...]  # longest first
    vowels: frozenset[str]
    marked: tuple[frozenset[str], ...]  # they bear the tone where they stand; the first before


def impossible_share(words: Iterable[str]) -> float | None:
    """Share of ``words``, 0 to 1, that cannot exist; ``None`` without a word."""
    found = [is_possible(word) for word in words]
    return round(found.count(False) / len(found), 4) if found else None


@lru_cache(maxsize=50_000)
def is_possible(word: str) -> bool:
    """Whether ``word``, as it stands between two spaces, can be what the paper says.

    Numbers, codes, capitals of an abbreviation, units and punctuation can; a run of letters must
    be a syllable of its tables, with one tone at most, at its place.
    """
    word = unicodedata.normalize("NFC", word)
    bare = word.strip(_EDGES)
    if not bare:
        return _ALONE.fullmatch(word) is not None
    before, _, behind = word.partition(bare)
    if (set(before) - _BEFORE and before not in ("...", "…")) or _NEVER_BEHIND.search(behind):
        return False
    if len(bare) == 1 and behind.startswith(")"):
        return True  # b) of a list
    parts = _PARTS.findall(bare)
    if any(not part[0].isalnum() and set(part) - _INNER for part in parts):
        return False
    return all(
        _is_possible_run(
            part,
            before=parts[number - 1] if number else "",
            after=parts[number + 1] if number + 1 < len(parts) else "",
        )
        for number, part in enumerate(parts)
        if part[0].isalpha()
    )


def _is_possible_run(run: str, *, before: str, after: str) -> bool:
    """One run of letters between digits, marks and the ends of its word."""
    touches_digits = before.isdigit() or after.isdigit()
    lower = run.lower()
    if run.isupper():
        # A code or an abbreviation (UBND, H40), or a heading's word.
        if len(run) <= _LONGEST_ACRONYM and not _tones_of(run):
            return True
        return is_syllable(lower)
    if lower in _tables().also:
        return True
    if touches_digits:
        return len(run) == 1 and before.isdigit() and not after.isdigit()  # 12a
    if len(run) == 1:
        return is_syllable(lower) or after != "" or before != ""
    if run[1:] != run[1:].lower():  # capitals inside a word
        return False
    return is_syllable(lower) or (_ROMAN.fullmatch(lower) is not None and before + after != "")


def is_latin(word: str) -> bool:
    """Whether it has the look of a word of another language in Latin letters: ``Sequence``.

    Letters without marks, or with those of French that say most, with a vowel, none three times
    over, capitals only at its beginning or throughout.
    """
    letters = word.strip(_EDGES)
    return bool(_LATIN.fullmatch(letters)) and not _THRICE.search(letters.casefold())


def is_syllable(letters: str) -> bool:
    """Whether these small letters are one syllable of the tables, its tone at its place."""
    plain, tone, place = _without_tone(letters)
    if plain is None:
        return False
    tables = _tables()
    if letters in tables.also:
        return True
    for onset in tables.onsets:
        rime = plain[len(onset) :]
        if plain.startswith(onset) and (onset, rime) in tables.syllables:
            if rime in tables.stopped and tone not in (_SHARP, _HEAVY):
                continue
            if not tone or place - len(onset) in _places(rime):
                return True
    return False


def _tones_of(run: str) -> int:
    return sum(mark in _TONES for mark in unicodedata.normalize("NFD", run))


def _without_tone(letters: str) -> tuple[str | None, str, int]:
    """The letters without their tone, the tone, and the letter that bears it; none if two do."""
    plain: list[str] = []
    tone, place = "", -1
    for letter in letters:
        marks = unicodedata.normalize("NFD", letter)
        for mark in marks:
            if mark in _TONES:
                if tone:
                    return None, "", -1
                tone, place = mark, len(plain)
        kept = "".join(mark for mark in marks if mark not in _TONES)
        plain.append(unicodedata.normalize("NFC", kept))
    return "".join(plain), tone, place


@lru_cache(maxsize=512)
def _places(rime: str) -> frozenset[int]:
    """Which letters of ``rime`` may bear its tone."""
    tables = _tables()
    for letters in tables.marked:
        if found := [at for at, letter in enumerate(rime) if letter in letters]:
            return frozenset(found[-1:])
    vowels = [at for at, letter in enumerate(rime) if letter in tables.vowels]
    if len(vowels) == 1:
        return frozenset(vowels)
    closed = vowels[-1] != len(rime) - 1
    if closed or len(vowels) > 2:
        return frozenset({vowels[1]})
    return frozenset(vowels) if rime in _EITHER else frozenset({vowels[0]})


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    tables = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    stopped = frozenset(tables["rimes"]["stopped"].split())
    narrow = {
        rime: frozenset("" if onset == "-" else onset for onset in onsets.split())
        for rime, onsets in tables["rimes"]["narrow"].items()
    }
    wide = stopped | frozenset(tables["rimes"]["open"].split())
    vowels = frozenset(tables["letters"]["vowels"].split())
    pairs = set()
    for onset, begins in tables["onsets"].items():
        letters = vowels if begins == "*" else set(begins.split())
        pairs |= {
            (onset, rime)
            for rime in wide | narrow.keys()
            if rime[0] in letters and onset in narrow.get(rime, {onset})
        }
    also = {
        word
        for part in ("units", "words", "names")
        for word in unicodedata.normalize("NFC", tables["also"][part]).split()
    }
    return _Tables(
        syllables=frozenset(pairs),
        stopped=stopped | {rime for rime in narrow if rime[-1] in "cpt" or rime.endswith("ch")},
        also=frozenset(also),
        onsets=tuple(sorted(tables["onsets"], key=len, reverse=True)),
        vowels=vowels,
        marked=tuple(frozenset(letters.split()) for letters in tables["letters"]["marked"]),
    )
