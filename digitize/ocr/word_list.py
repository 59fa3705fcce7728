"""Which words of a page a person should look at, and what they may be."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from archive_service.text import fold, nfc
from digitize.ocr.syllables import is_latin
from digitize.ocr.words import Box, PageReading, Word

MOSTLY_POSSIBLE = 0.06  # share of words that cannot be; a page read well has less than 0.01
TELLING = 30  # words of a page; in fewer, one more or less says nothing
GARBLED, LEAST_GARBLED = 0.02, 3  # share and number of such words that were read unsurely besides
SURE_FOREIGN = 80.0  # a word of another language; the engine, made for Vietnamese, is less sure
UNSURE = 70.0  # confidence; words of other languages are read more surely
HANDWRITTEN = 6  # words left out of a page; fewer are the strokes of a signature
FAINT = 20.0  # confidence, 0 to 100, below which a mark on the paper may have been taken for a word
SHORTEST_NEAR = 3  # letters; shorter words are all near one another
SAME_PLACE = 0.5  # of the smaller box; another reading of the image sets its boxes a little off


class Placed(Protocol):
    """A correction, as its row tells where it stands."""

    was: str  # as it was read; empty where nothing was
    left: int
    top: int
    right: int
    bottom: int


Correction = TypeVar("Correction", bound=Placed)


def is_doubtful(
    text: str,
    confidence: float,
    *,
    sure: float,
    possible: bool = True,
    known: AbstractSet[str] = frozenset(),
) -> bool:
    """Whether a person should look: something to search for, and the engine was not sure.

    Args:
        confidence: 0 to 100.
        sure: from this confidence on a word is not doubtful, if it can be a word at all.
        known: words, bare, that people have told to be right.
    """
    wanted = bare(text)
    return bool(wanted) and (confidence < sure or not possible) and wanted not in known


def may_be_noise(text: str, confidence: float, *, possible: bool) -> bool:
    """Whether no word may stand there at all: nobody says without a look that it was read right."""
    return not possible or confidence < FAINT or len(bare(text)) == 1


def is_hard_to_read(reading: PageReading, *, below: float) -> bool:
    """Whether a person should look at the page: read without certainty, or as what no words are.

    Args:
        below: mean confidence, 0 to 100.
    """
    if reading.confidence is None:
        return False
    words = list(reading.iter_words())
    impossible = [word for word in words if not word.possible and not is_surely_foreign(word)]
    unsure = sum(word.confidence < UNSURE for word in impossible)
    garbled = len(impossible) > MOSTLY_POSSIBLE * len(words) or (
        unsure >= LEAST_GARBLED and unsure > GARBLED * len(words)
    )
    return reading.confidence < below or (len(words) >= TELLING and garbled)


def is_surely_foreign(word: Word) -> bool:
    """Whether a word that cannot be Vietnamese was read all the same: of a contract in English."""
    return word.confidence >= SURE_FOREIGN and is_latin(word.text)


def is_handwritten(reading: PageReading) -> bool:
    """Whether it bears strokes of a hand, of drawings or stains that came out as words."""
    return reading.guessed >= HANDWRITTEN


def is_without_words(reading: PageReading) -> bool:
    """Whether there was time to read the page, and no word on it, not even a guess of one."""
    return not (reading.lines or reading.cut or is_handwritten(reading))


def bare(text: str) -> str:
    """A word as the list keeps it, in lower case, no marks around it: ``"Sơn,`` is ``sơn``."""
    kept = nfc(text).casefold()
    while kept and not kept[0].isalnum():
        kept = kept[1:]
    while kept and not kept[-1].isalnum():
        kept = kept[:-1]
    return kept


def inner(text: str) -> str:
    """A word without the marks around it, its capitals kept: ``"Sơn,`` is ``Sơn``."""
    return text.strip("".join(sign for sign in text if not sign.isalnum()))


def dressed(word: str, like: str) -> str:
    """``word``, bare, in the capitals and between the marks of ``like``: ``sơn`` as ``"SƠM,``."""
    at = nfc(like)
    inside = inner(at)
    before, _, after = at.partition(inside) if inside else ("", "", "")
    letters = [sign for sign in inside if sign.isalpha()]
    capitals = sum(sign.isupper() for sign in letters)
    if len(letters) > 1 and 2 * capitals > len(letters):
        word = word.upper()
    elif inside[:1].isupper():
        word = word[:1].upper() + word[1:]
    return before + word + after


def learned(was: str, becomes: str) -> str:
    """What to propose for the same word elsewhere: bare, unless a person changed more than letters.

    Capitals and marks around it come from its place: ``Lóc,`` that became ``Lộc,`` says ``lộc``.
    """
    plain = bare(becomes)
    return plain if dressed(plain, was) == nfc(becomes) else becomes


def suggestions(
    word: str,
    *,
    seen: Mapping[str, Sequence[str]],
    known: Iterable[str],
    likelier: Sequence[str] = (),
    most: int = 3,
) -> list[str]:
    """What it may be: what people made of the same word before, then what the language speaks for.

    Then known words that are near. They stand in the capitals and between the marks of ``word``.

    Args:
        seen: a misread word, bare → what it became (``learned``), the most frequent first.
        known: words of the list, bare, the most frequent first.
        likelier: as ``lost_marks`` found them, in the dress of ``word``.
    """
    wanted = bare(word)
    words = [
        spelling if spelling != bare(spelling) else dressed(spelling, word)
        for spelling in seen.get(wanted, ())
    ]
    found = [spelling for spelling in dict.fromkeys((*words, *likelier)) if spelling != nfc(word)][
        :most
    ]
    plain = fold(wanted)
    for spelling in known:
        if len(found) >= most or len(plain) == 1:  # a letter is near too many
            break
        shown = dressed(spelling, word)
        if spelling != wanted and shown not in found and is_near(plain, fold(spelling)):
            found.append(shown)
    return found


def is_near(one: str, other: str) -> bool:
    """Whether they are equal, or one letter was put in, left out or taken for another."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < SHORTEST_NEAR or len(long) - len(short) > 1:
        return False
    at = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    rest = short[at + 1 :] if len(short) == len(long) else short[at:]
    return rest == long[at + 1 :]


def correction_at(box: Box, corrections: Iterable[Correction]) -> Correction | None:
    """The correction that was made for the word in ``box``; the newest where there are more.

    What a person copied where nothing was read stands beside the words, and for none of them.
    """
    found = None
    for correction in corrections:
        if correction.was and shared(box, box_of(correction)) >= SAME_PLACE:
            found = correction
    return found


def box_of(placed: Placed) -> Box:
    """Where a correction stands."""
    return placed.left, placed.top, placed.right, placed.bottom


def overlap(one: Box, other: Box) -> int:
    """Pixels that lie in both."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def shared(one: Box, other: Box) -> float:
    """How much of the smaller box lies in the other, 0 to 1."""
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return overlap(one, other) / smaller if smaller else 0.0
