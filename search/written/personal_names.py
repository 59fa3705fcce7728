"""Names of persons with some of their words as initials: ``N. V. Khuê``, ``Ng. Văn Khuê``.

Nothing here looks at an index: which of the names stand in a document is for the caller to ask.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from math import prod

from archive_service.law import CONFIG
from archive_service.text import fold, nfc

_PIECE = re.compile(r"[^\W\d_]+\.?")
_BETWEEN = re.compile(r"\s*")
_SIZES = (4, 3, 2)  # words of a name
_LONGEST_SHORT = 2  # letters of an initial: Ng.
_MOST_NAMES = 600  # of three initials there may be thousands
_SIGNS = re.compile('[":“”«»]')


@dataclass(frozen=True, slots=True)
class Initialed:
    """Names that the ``letters`` may stand for, and the words before and behind them."""

    names: tuple[str, ...]
    letters: str
    before: str
    after: str


@cache
def _listed() -> tuple[tuple[str, ...], tuple[str, ...]]:
    path = CONFIG / "search" / "personal_names.toml"
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(map(nfc, lists["surnames"])), tuple(map(nfc, lists["middle"]))


@cache
def surnames() -> frozenset[str]:
    """Without marks."""
    return frozenset(map(fold, _listed()[0]))


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
    of_family, middle = _listed()
    lists = (of_family, *[middle] * (len(first) - 1))
    ways = [_meant(piece, names) for piece, names in zip(first, lists, strict=True)]
    if prod(map(len, ways)) > _MOST_NAMES:
        return ()
    return tuple(" ".join((*way, last)) for way in product(*ways))


def _meant(piece: str, names: Sequence[str]) -> Sequence[str]:
    """The names that the piece is short for, or the listed one that it is."""
    short, bare = piece.removesuffix("."), fold(piece.removesuffix("."))
    if short == piece:
        return [piece] if bare in map(fold, names) else []
    begun = [name for name in names if fold(name).startswith(bare)]
    return begun if len(short) <= _LONGEST_SHORT else []
