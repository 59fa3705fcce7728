"""What somebody may have meant who typed a word that no document has.

Nothing here looks at an index: the words are made from what was typed, and the caller asks which
of them stand in a document that may be seen. So no vocabulary can tell of what is hidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product

from archive_service.law import CONFIG
from archive_service.text import from_telex, from_vni, nfc
from search.query import Term
from search.words import Word, words

_LETTERS = "abcdeghiklmnopqrstuvxyfjwz"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# What OCR takes for another: on the page's side, so a typed word may stand there as the second.
_CONFUSED = (("m", "rn"), ("d", "cl"), ("w", "vv"), ("h", "li"), ("n", "ri"), ("u", "ii"))
# Beginnings and ends of words that sound alike in some regions, or are spelled by a rule.
_HEARD = (
    ("ch", "tr"), ("gi", "d"), ("gi", "r"), ("gi", "v"), ("ph", "f"), ("qu", "w"), ("gi", "j"),
    ("gi", "z"), ("ngh", "ng"), ("gh", "g"), ("s", "x"), ("l", "n"), ("d", "r"), ("d", "v"),
    ("k", "c"), ("k", "qu"), ("c", "qu"),
)  # fmt: skip
_ENDINGS = (("ch", "t"), ("nh", "n"), ("ng", "n"), ("c", "t"))
_LOOKS_LIKE = {"0": "o", "1": "il", "2": "z", "5": "s", "6": "bg", "8": "b", "9": "gq"}
_MOST_READ = 16
_SHORTEST = 3  # letters of a word that is repaired by edits; shorter ones become anything
_LONGEST = 24
BY_KEYS = 0  # the cost of what the keys mean in Telex or VNI


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may have been meant; the lower the cost the likelier."""

    terms: tuple[Term, ...]
    cost: int


@cache
def function_words() -> frozenset[str]:
    """Words without marks that a document may miss."""
    return frozenset(word.folded for word in _function_words())


@cache
def _function_words_marked() -> frozenset[str]:
    return frozenset(word.exact for word in _function_words())


def _function_words() -> list[Word]:
    return [each[0] for each in _function_lines() if len(each) == 1]


@cache
def _function_lines() -> tuple[tuple[Word, ...], ...]:
    """The longest first."""
    lines = (CONFIG / "search" / "function_words.txt").read_text(encoding="utf-8").splitlines()
    found = [tuple(words(nfc(line))) for line in lines if not line.startswith("#")]
    return tuple(sorted(found, key=len, reverse=True))


def may_miss(terms: Sequence[Term]) -> frozenset[int]:
    """Places of the function words, and of words that are such where they follow each other."""
    marked = any(term.marked for term in terms)
    missing = {at for at, term in enumerate(terms) if _may_miss(term, marked=marked)}
    for line in _function_lines():
        for at in range(len(terms) - len(line) + 1 if len(line) > 1 else 0):
            run = terms[at : at + len(line)]
            if is_run(run, line):
                missing |= {*range(at, at + len(line))}
    return frozenset(missing)


def _may_miss(term: Term, *, marked: bool) -> bool:
    """Whether it is a function word, or some that are written shorter as well: về việc, V/v."""
    if term.is_word:
        return is_function_word(term, marked=marked)
    loose = not (term.quoted or term.prefix or term.in_data)
    return loose and any(function_words().issuperset(form) for form in term.phrases)


def is_run(terms: Sequence[Term], line: Sequence[Word]) -> bool:
    """Whether the terms are these words; one typed with marks has just the marks."""
    return len(terms) == len(line) and all(map(_is, terms, line))


def _is(term: Term, word: Word) -> bool:
    if not term.is_word:
        return False
    return term.exact[0] == word.exact if term.marked else term.folded[0] == word.folded


def is_function_word(term: Term, *, marked: bool = False) -> bool:
    """Whether the word is one of them; typed with marks, or where others are, by its very marks."""
    known = _function_words_marked() if marked or term.marked else function_words()
    return term.exact[0] in known


def candidates(term: Term, *, shortest: int = _SHORTEST) -> list[Candidate]:
    """For a word: what its keys mean in Telex or VNI, its halves, and all that is one edit away.

    Of fewer than ``shortest`` letters it is not edited: it may be anything.
    """
    typed, folded = term.exact[0], term.folded[0]
    if len(typed) > _LONGEST:
        return []
    found = [Candidate((meant,), BY_KEYS) for meant in by_keys(term)]
    if not folded.isalpha():
        return [*found, *(Candidate((Term((it,), (it,)),), 1) for it in _read_as_digits(folded))]
    for at in range(1, len(typed)):
        first, second = _word(typed[:at]), _word(typed[at:])
        if first is not None and second is not None:
            found.append(Candidate((first, second), 2))
    if len(folded) >= shortest:
        readings = {folded}
        for form in _with_y(folded):
            for text, cost in edits(form):
                other = words(text)[0].folded
                if other not in readings:
                    readings.add(other)
                    found.append(Candidate((Term((other,), (other,)),), cost))
    return found


def as_marked(term: Term, found: Sequence[Candidate]) -> dict[Candidate, Candidate]:
    """Candidate → itself with the marks that the word was typed with, where a slip makes it so."""
    slips = edits(term.exact[0]) if term.marked and found else ()  # nothing is found of a long word
    written = (words(text)[0] for text, _ in slips)
    exact = {word.folded: word.exact for word in written if word.exact != word.folded}
    return {
        each: replace(each, terms=(Term((exact[word],), (word,)),))
        for each in found
        for word in each.terms[0].folded
        if len(each.terms) == 1 and word in exact and each.cost != BY_KEYS
    }


def any_of(found: Sequence[Candidate]) -> Term:
    """Whichever of them it was."""
    phrases = list(phrases_of(found))
    return Term(phrases[0], phrases[0], others=tuple(dict.fromkeys(phrases[1:])))


def phrases_of(found: Sequence[Candidate]) -> Iterator[tuple[str, ...]]:
    """The words of each, without marks."""
    for candidate in found:
        yield tuple(word for term in candidate.terms for word in term.folded)


def by_keys(term: Term) -> list[Term]:
    """What the keys of a word mean in Telex or VNI."""
    typed = term.exact[0]
    texts = (from_telex(typed), from_vni(typed)) if len(typed) <= _LONGEST else ()
    return [meant for text in texts if text is not None and (meant := _word(text)) is not None]


def _with_y(folded: str) -> Iterator[str]:
    """The word, and as it is written with a y that the index takes for an i."""
    yield folded
    other = f"{folded[:-1]}y"
    if folded.endswith("i") and words(other)[0].folded == folded:
        yield other


def _word(text: str) -> Term | None:
    found = words(text)
    return Term((found[0].exact,), (found[0].folded,)) if len(found) == 1 else None


def together(first: Term, second: Term) -> Term:
    """Two words that were torn apart."""
    return Term((first.exact[0] + second.exact[0],), (first.folded[0] + second.folded[0],))


def edits(word: str) -> Iterator[tuple[str, int]]:
    """Every other word that one slip of a key, or of a reading machine, makes of it."""
    seen = {word}
    for text, cost in (*_misheard(word), *_slips(word), *_misreadings(word), *_others(word)):
        if text not in seen and text:
            seen.add(text)
            yield text, cost


def _read_as_digits(word: str) -> Iterator[str]:
    """``b0m`` as ``bom``: letters that a reading machine took for the digits they look like."""
    ways = product(*(_LOOKS_LIKE.get(letter, letter) for letter in word))
    yield from islice((text for text in map("".join, ways) if text.isalpha()), _MOST_READ)


def _slips(word: str) -> Iterator[tuple[str, int]]:
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :], 1
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :], 1 if at and word[at] == word[at - 1] else 2
        for letter in _beside(word[at]):
            yield word[:at] + letter + word[at + 1 :], 2


def _misreadings(word: str) -> Iterator[tuple[str, int]]:
    for first, second in _CONFUSED:
        for given, read in ((first, second), (second, first)):
            at = word.find(given)
            while at >= 0:
                yield word[:at] + read + word[at + len(given) :], 2
                at = word.find(given, at + 1)


def _misheard(word: str) -> Iterator[tuple[str, int]]:
    for first, second in _HEARD:
        for written, meant in ((first, second), (second, first)):
            if word.startswith(written) and not word.startswith(f"{written}h"):
                yield meant + word.removeprefix(written), 1
    for first, second in _ENDINGS:
        for written, meant in ((first, second), (second, first)):
            if word.endswith(written):
                yield word.removesuffix(written) + meant, 1


def _others(word: str) -> Iterator[tuple[str, int]]:
    for at in range(len(word) + 1):
        for letter in _LETTERS:
            yield word[:at] + letter + word[at:], 2
            if at < len(word):
                yield word[:at] + letter + word[at + 1 :], 3


def _beside(letter: str) -> str:
    for number, row in enumerate(_ROWS):
        at = row.find(letter)
        if at >= 0:
            near = row[max(0, at - 1) : at] + row[at + 1 : at + 2]
            for other in (number - 1, number + 1):
                if 0 <= other < len(_ROWS):
                    near += _ROWS[other][max(0, at - 1) : at + 1]
            return near
    return ""
