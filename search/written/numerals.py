"""Numbers that a text says in words, each by one name: ``hai trăm mười bốn`` is ``n214``."""

from collections.abc import Iterator, Sequence

from search.words import Word
from search.written.days import Sign
from search.written.spoken import BEGINS, YEARS, number_at

_FEWEST = 10  # less is said in one word, which is another as well: năm, ba
_MOST_WORDS = 16


def number_name(value: int) -> str:
    """The name of a number."""
    return f"n{value}"


def numbers_told() -> str:
    """How numbers are named: another answer means that an index is outdated."""
    return " ".join((number_name(_FEWEST), YEARS, *sorted(BEGINS)))


def numbers_in(text: str, found: Sequence[Word]) -> Iterator[Sign]:
    """Every number of a text in NFC that its ``found`` words say with just their marks.

    Each as long as it is: in ``ba mươi hai`` there is no *mười hai*.
    """
    at = 0
    while at < len(found):
        if found[at].exact not in BEGINS:
            at += 1
            continue
        digits = _one_after_another(text, found, at)
        value, end = number_at([word.exact for word in digits], 0)
        if value >= _FEWEST:
            yield Sign((number_name(value),), digits[0].start, digits[end - 1].end)
        at += max(end, 1)


def _one_after_another(text: str, found: Sequence[Word], at: int) -> list[Word]:
    """The words from this one on between which nothing but space stands."""
    numbers = [found[at]]
    for word in found[at + 1 : at + _MOST_WORDS]:
        if text[numbers[-1].end : word.start].strip():
            break
        numbers.append(word)
    return numbers
