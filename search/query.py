"""A search as it was typed: words, phrases and codes, with or without marks."""

import re
from dataclasses import dataclass

from archive_service.errors import InputError
from archive_service.text import fold, nfc, same_words

MAX_TERMS = 32

# Words as the index knows them: letters and digits; everything else parts them.
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]")


class EmptyQueryError(InputError):
    """Nothing in it is a word."""

    code = "empty-query"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several that must follow each other: a phrase in quotes or a code."""

    exact: tuple[str, ...]  # lower case, marks kept, tones in one place
    folded: tuple[str, ...]  # without marks

    @property
    def marked(self) -> bool:
        """Whether it was typed with marks, so that pages with just these words come first."""
        return self.exact != self.folded


@dataclass(frozen=True, slots=True)
class UserQuery:
    """All terms must be found."""

    text: str
    terms: tuple[Term, ...]

    @property
    def marked(self) -> bool:
        """Whether any term was typed with marks."""
        return any(term.marked for term in self.terms)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text and where it stands."""

    exact: str
    folded: str
    start: int
    end: int


def parse_query(text: str) -> UserQuery:
    """Words, ``"phrases in quotes"`` and codes such as ``155/2020/NĐ-CP``.

    Signs inside a code part its words, which must then follow each other: ``155/2020/NĐ-CP``
    finds what ``155 2020 nd cp`` in quotes finds. Each term counts once; beyond 32 they are
    dropped, for more words than that narrow nothing further.

    Raises:
        EmptyQueryError: no letter and no digit in it.
    """
    given = nfc(text)
    phrases = [found[1] for found in _QUOTED.finditer(given)]
    loose = _QUOTED.sub(" ", given).split()
    terms = [term for part in phrases + loose if (term := _term(part)) is not None]
    if not terms:
        raise EmptyQueryError(text=text.strip())
    return UserQuery(given.strip(), tuple(dict.fromkeys(terms))[:MAX_TERMS])


def words(text: str) -> list[Word]:
    """The words of a text in NFC as the index knows them, with their places."""
    exact, folded = same_words(text), fold(text)
    whole = len(exact) == len(folded) == len(text)  # not so where a letter folds to two: ß, İ
    return [
        Word(exact[at:to], folded[at:to], at, to)
        if whole
        else Word(same_words(text[at:to]), fold(text[at:to]), at, to)
        for at, to in (found.span() for found in _WORD.finditer(text))
    ]


def folding_told() -> str:
    """The letters in use after folding: another answer means that an index is outdated."""
    letters = "".join(map(chr, [*range(0x21, 0x250), *range(0x300, 0x370), *range(0x1E00, 0x1F00)]))
    return f"{fold(letters)}\n{same_words(letters)}"


def _term(text: str) -> Term | None:
    found = words(text)
    if not found:
        return None
    return Term(tuple(word.exact for word in found), tuple(word.folded for word in found))
