"""Names with some of their words as initials: ``N. V. Khuê``, ``Ng. Văn Khuê``, ``H. Sơn Hà``.

Nothing here looks at an index: which of the names stand in a document is for the caller to ask.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from math import prod

from archive_service.law import CONFIG
from archive_service.text import fold, nfc
from search.language import EITHER
from search.words import words

_PIECE = re.compile(r"[^\W\d_]+\.?")
_BETWEEN = re.compile(r"\s*")
_SIZES = (4, 3, 2)  # words of a name
_LONGEST_SHORT = 2  # letters of an initial: Ng.
_MOST_NAMES = 600  # of three initials there may be thousands
_SIGNS = re.compile(rf'[":“”«»|]|\b(?:{EITHER})\b')


@dataclass(frozen=True, slots=True)
class Initialed:
    """Names that the ``letters`` may stand for, and the words before and behind them."""

    names: tuple[str, ...]
    letters: str
    before: str
    after: str


@cache
def _listed() -> dict[str, dict[str, str]]:
    """Each list of names, without marks beside them."""
    path = CONFIG / "search" / "personal_names.toml"
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    return {of: {name: fold(name) for name in map(nfc, names)} for of, names in lists.items()}


@cache
def surnames() -> frozenset[str]:
    """As the index knows them, with their marks or none."""
    names = _listed()["surnames"]
    return frozenset((*(word.exact for name in names for word in words(name)), *names.values()))


def initialed(text: str) -> Iterator[Initialed]:
    """What may be a name with initials in a query of mere words, the longest first."""
    pieces = [] if _SIGNS.search(text) else list(_PIECE.finditer(text))
    for at in range(len(pieces)):
        for size in _SIZES:
            run = pieces[at : at + size]
            if len(run) == size and (names := _names_of(run)):
                letters = " ".join(piece[0].removesuffix(".") for piece in run)
                yield Initialed(names, letters, text[: run[0].start()], text[run[-1].end() :])


def _names_of(run: Sequence[re.Match[str]]) -> tuple[str, ...]:
    together = all(
        _BETWEEN.fullmatch(one.string, one.end(), other.start()) for one, other in pairwise(run)
    )
    *first, last = (piece[0] for piece in run)
    if not together or last.endswith(".") or not any(it.endswith(".") for it in first):
        return ()
    lists = _listed()
    begins, middle = lists["before_places"] | lists["surnames"], lists["middle"]
    ways = [_meant(piece, middle if at else begins) for at, piece in enumerate(first)]
    if prod(map(len, ways)) > _MOST_NAMES:
        return ()
    return tuple(" ".join((*way, last)) for way in product(*ways))


def _meant(piece: str, names: Mapping[str, str]) -> Sequence[str]:
    """The names that the piece is short for, or the listed one that it is."""
    short = piece.removesuffix(".")
    if short == piece:
        return [piece] if fold(piece) in names.values() else []
    if len(short) > _LONGEST_SHORT:
        return []
    begin = fold(short)
    return [name for name, bare in names.items() if bare.startswith(begin)]
