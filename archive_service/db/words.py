"""Words of a filter in columns: in any order, capitals and marks of Vietnamese or not.

A letter typed without marks stands for itself with any; one typed with marks for itself alone.
Of words that are typed ``Nearly`` one slip in each is overlooked.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from unicodedata import category

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, literal, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from archive_service.text import fold, from_telex, from_vni, nfc, place_tones

_MAX_WORDS = 32  # more words than that narrow nothing further
_MAX_LETTERS = 200  # of a word
_SHORT_NUMBER = 2  # digits; a part of longer numbers stands in every code
_MAX_NEARLY = 8  # words of which each may be mistyped
_LONGEST_NEARLY = 20  # letters of one that is; one of less than three becomes anything
_FEW_ROWS = 20_000
_EDGES = "\"'“”„‘’«»,;:!?…()"
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # letters of full width
_ESCAPE = "/"
_ANY = ""  # in place of a letter's forms: whatever stands there
_OTHER = "0-9A-Za-zÀ-ỹ"  # what makes a word longer
_MARKED = "adeiouy"  # what bears marks in Vietnamese
_RANGES = (range(0xC0, 0x250), range(0x1E00, 0x1F00))  # marked letters of Latin
# A tone on the first of oa, oe, uy at the end of a syllable may stand on the second as well.
_EARLY_TONE = re.compile(r"[òóỏõọ][ae](?!\w)|(?<!q)[ùúủũụ]y(?!\w)")
_TONES = {"à": "òù", "á": "óú", "ả": "ỏủ", "ã": "õũ", "ạ": "ọụ"}
_LATE = dict(zip("aey", ("aàáảãạ", "eèéẻẽẹ", "yỳýỷỹỵ"), strict=True))
_I, _Y = "iìíỉĩị", "yỳýỷỹỵ"


class Nearly(str):
    """Words of a filter that may have a slip each: a letter too much, missing, wrong or early, a
    wrong mark, a missing space, keys of Telex or VNI, another sign in a code.
    """

    __slots__ = ()


class _Condition(FunctionElement[bool]):
    """What each database is asked in its own way."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - the name is SQLAlchemy's
        """As it is, in its own brackets."""
        return self


class _Matches(_Condition):
    """Of a column, its regular expression and pairs of patterns of LIKE and GLOB, one of which."""

    inherit_cache = True


@compiles(_Matches)
def _by_expression(element: _Matches, compiler: Any, **given: Any) -> str:
    column, expression = (compiler.process(clause, **given) for clause in list(element.clauses)[:2])
    return f"({column} ~ {expression})"


@compiles(_Matches, "sqlite")
def _by_glob(element: _Matches, compiler: Any, **given: Any) -> str:
    """No function of ours is called for a row: LIKE passes over most, GLOB is asked of the rest."""
    column, _, *patterns = (compiler.process(clause, **given) for clause in element.clauses)
    asked = (
        f"{column} LIKE {like} ESCAPE '{_ESCAPE}' AND {column} GLOB {glob}"
        for like, glob in zip(patterns[::2], patterns[1::2], strict=True)
    )
    return f"({' OR '.join(asked)})"


class _Begins(_Condition):
    """Of a column and what it is to begin with."""

    inherit_cache = True


@compiles(_Begins)
def _by_function(element: _Begins, compiler: Any, **given: Any) -> str:
    column, prefix = (compiler.process(clause, **given) for clause in element.clauses)
    return f"starts_with({column}, {prefix})"


@compiles(_Begins, "sqlite")
def _by_range(element: _Begins, compiler: Any, **given: Any) -> str:
    """Its texts are in the order of their bytes, so that an index leads there."""
    column, prefix = (compiler.process(clause, **given) for clause in element.clauses)
    return f"({column} >= {prefix} AND {column} < {prefix} || char(1114111))"


def begins(column: Any, prefix: str) -> ColumnElement[bool]:
    """Whether the column begins with this, in whatever order the database has its texts.

    A range tells it of the order of bytes alone: in others a semicolon comes before a colon.
    """
    return _Begins(column, literal(prefix))


def has_words(text: str, *columns: Any) -> ColumnElement[bool]:
    """Whether each of these words is a part of one of the columns; true of no word.

    A number of one or two digits is a number there, and no part of one.

    Every row is looked at: for lists that are narrowed before, or that nobody orders by relevance.
    """
    asked = dict.fromkeys(_without_signs(text))
    words = [word[:_MAX_LETTERS] for word in list(asked)[:_MAX_WORDS]]
    if not words:
        return true()
    if not isinstance(text, Nearly):
        return and_(*(or_(*_stands(word, columns)) for word in words))
    ways = ((*_stands(word, columns), *_nearly(word, columns)) for word in words[:_MAX_NEARLY])
    return and_(*(or_(*some) for some in ways))


def _without_signs(text: str) -> Iterator[str]:
    """The words in small letters, without quotes, commas and unseen letters of other programs."""
    seen = "".join(letter for letter in nfc(text) if category(letter) != "Cf").translate(_WIDE)
    for word in seen.replace("\0", " ").lower().split():
        yield word.strip(_EDGES).removesuffix(".") or word


def are_few(session: Session, *keys: Any, most: int = _FEW_ROWS) -> bool:
    """Whether no more rows than ``most`` have one of these keys, so that all may be asked.

    What is ``Nearly`` right costs some ten microseconds a row.
    """
    further = (select(key).order_by(key).offset(most).limit(1) for key in keys)
    return all(session.scalar(query) is None for query in further)


def _stands(word: str, columns: tuple[Any, ...]) -> Iterator[ColumnElement[bool]]:
    if word.isdecimal() and word.isascii() and len(word) <= _SHORT_NUMBER:
        yield from (_Matches(_apart(column), *_patterns([word], "[^0-9]")) for column in columns)
        return
    forms = [[_letters(letter) for letter in form] for form in _forms(word)]
    yield from (_Matches(column, *_patterns(forms)) for column in columns)


def _nearly(word: str, columns: tuple[Any, ...]) -> Iterator[ColumnElement[bool]]:
    for meant in (fold(word), from_telex(word), from_vni(word)):
        if meant is not None and meant != word:
            yield from _stands(meant, columns)
    letters = [_letters(letter) if letter.isalnum() else _ANY for letter in fold(word)]
    coded = _ANY in letters or any(map(str.isdecimal, word))
    if len(letters) - letters.count(_ANY) < (2 if coded else 3) or len(letters) > _LONGEST_NEARLY:
        return
    forms = [letters] if coded else list(_slips(letters))
    yield from (_Matches(_apart(column), *_patterns(forms, f"[^{_OTHER}]")) for column in columns)


def _slips(letters: list[str]) -> Iterator[list[str]]:
    """The word with one letter otherwise, missing, more, or before the one it follows."""
    for at in range(len(letters) + 1):
        before, here, after = letters[:at], letters[at : at + 1], letters[at + 1 :]
        yield [*before, _ANY, *here, *after]
        if here:
            yield [*before, _ANY, *after]
            yield [*before, *after]
            yield [*before, *after[:1], *here, *after[1:]]


def _apart(column: Any) -> ColumnElement[str]:
    return literal(" ").concat(column).concat(" ")


def _patterns(forms: Sequence[Sequence[str]], edge: str = "") -> Iterator[ColumnElement[str]]:
    """Of words as the letters that may stand in each place; between edges if any are given."""
    either = "|".join("".join(map(_in_expression, form)) for form in forms)
    yield _given(f"{edge}({either}){edge}")
    beside = "_" if edge else ""
    for form in forms:
        yield _given(f"%{beside}{''.join(map(_in_like, form))}{beside}%")
        yield _given(f"*{edge}{''.join(map(_in_glob, form))}{edge}*")


def _given(pattern: str) -> ColumnElement[str]:
    return bindparam(None, pattern, unique=True)


def _forms(word: str) -> list[str]:
    """``hoà`` and ``hòa`` for either of them."""
    early = place_tones(word)
    late = _EARLY_TONE.sub(_tone_back, early)
    return list(dict.fromkeys((early, late)))


def _tone_back(found: re.Match[str]) -> str:
    first, second = found[0][0], found[0][1]
    tone = next(at for at, firsts in enumerate(_TONES.values(), 1) if first in firsts)
    return fold(first) + _LATE[second][tone]


def _letters(letter: str) -> str:
    """The letters that may stand where this small one was typed."""
    forms = letter if fold(letter) != letter else letter + _with_marks().get(letter, "")
    for these, others in ((_I, _Y), (_Y, _I)):
        if letter in these:  # kĩ thuật, kỹ thuật
            forms += others if letter in "iy" else others[these.index(letter)]
    both = dict.fromkeys(f"{forms}{forms.upper()}")
    return "".join(form for form in both if len(form) == 1)


@cache
def _with_marks() -> dict[str, str]:
    found: dict[str, str] = {}
    for letter in (chr(at) for letters in _RANGES for at in letters):
        plain = fold(letter)
        if plain != letter and plain in _MARKED:
            found[plain] = found.get(plain, "") + letter
    return found


def _in_like(letters: str) -> str:
    """LIKE knows the capitals of A to Z alone: anything where it may be another letter."""
    if not letters or len(letters) > 2 or not letters.isascii():
        return "_"
    return f"{_ESCAPE}{letters}" if letters in f"%_{_ESCAPE}" else letters[0]


def _in_glob(letters: str) -> str:
    """What GLOB reads as a sign of its own stands for itself."""
    if not letters:
        return "?"
    return f"[{letters}]" if len(letters) > 1 or letters in "*?[" else letters


def _in_expression(letters: str) -> str:
    if not letters:
        return "."
    if len(letters) > 1:
        return f"[{letters}]"
    return f"\\{letters}" if letters.isascii() and not letters.isalnum() else letters
