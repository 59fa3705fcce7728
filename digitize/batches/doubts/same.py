"""One page scanned twice: told by its words and its look together, for forms look alike too."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from digitize.batches.doubts.seen import Doubt, SeenPage
from digitize.ocr.edit_distance import edits
from digitize.ocr.likeness import distance

LEAST_WORDS = 25  # with fewer, words say little, and the look decides
_RUN = 3  # words in a row that are looked up together
_COMMON = 12  # sheets: a run that more of them have is of the form, not of the sheet
_LEAST_SHARED = 0.35  # of the page's runs that are not of a form; with fewer it is not compared
_SAME_WORDS, _ALIKE_WORDS = 0.93, 0.80  # of the text, in order: by itself, or with a like look
_OTHER_WORDS, _OTHER_SHARE = 3, 0.03  # that may be others, and not the same ones badly read
ALIKE_LOOK, _SAME_LOOK = 56, 28  # bits of 256 that differ; other pages differ in about 128


def same_page_doubts(pages: Sequence[SeenPage], others: Sequence[SeenPage] = ()) -> Iterator[Doubt]:
    """Each page that is there again, beside the first one of its sheet; blank ones are left out."""
    theirs = _Sheets()
    for page in others:
        if not page.blank:
            theirs.add(page)
    ours, again = _Sheets(), list[tuple[SeenPage, SeenPage]]()
    for page in pages:
        if page.blank:
            continue
        first = theirs.find(page) or ours.find(page)
        if first is not None:
            again.append((page, first))
        if first is None or first.batch:
            ours.add(page)
    times = Counter(first.id for _, first in again)
    for page, first in again:
        if first.batch:
            lies_in = {"batch": first.batch, "other": first.name}
            yield Doubt("page-scanned-elsewhere", (page, first), lies_in, page.document)
        else:
            how_often = {"times": times[first.id] + 1}
            yield Doubt("page-scanned-twice", (page, first), how_often, page.document)


class _Sheets:
    """Sheets seen so far, one page each, found again by words, bytes or look.

    One that was found again is not added: however often it comes, it is compared with its first
    page alone. A run of words that many sheets have is of their form and finds none of them.
    """

    def __init__(self) -> None:
        self._holding: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._by_bytes: dict[str, int] = {}
        self._wordless: list[tuple[int, int]] = []  # a sheet, and its look as a number
        self._sheets: list[tuple[SeenPage, int]] = []  # and how many runs it has

    def add(self, page: SeenPage) -> None:
        """A page that is none of those that are there."""
        number, runs = len(self._sheets), _runs(page)
        self._sheets.append((page, len(runs)))
        for run in runs:
            holders = self._holding[run]
            if len(holders) <= _COMMON:
                holders.append(number)
        if page.sha256:
            self._by_bytes.setdefault(page.sha256, number)
        if _is_wordless(page):
            self._wordless.append((number, int(page.perceptual_hash, 16)))

    def find(self, page: SeenPage) -> SeenPage | None:
        """The earliest that is the same sheet."""
        near = sorted(self._near(page))
        return next(
            (sheet for sheet in (self._sheets[at][0] for at in near) if _is_same(sheet, page)), None
        )

    def _near(self, page: SeenPage) -> set[int]:
        """Pages with equal bytes, nearly the same look, or many of the same runs of words."""
        found = {self._by_bytes[page.sha256]} if page.sha256 in self._by_bytes else set()
        shared, own = Counter[int](), 0
        for run in _runs(page):
            holders = self._holding.get(run, ())
            if len(holders) <= _COMMON:
                own += 1
                shared.update(holders)
        for number, count in shared.items():
            if count >= _LEAST_SHARED * max(min(own, self._sheets[number][1]), 1):
                found.add(number)
        if _is_wordless(page):
            look = int(page.perceptual_hash, 16)
            found.update(
                at for at, hash_ in self._wordless if (hash_ ^ look).bit_count() <= _SAME_LOOK
            )
        return found


def _runs(page: SeenPage) -> set[tuple[str, ...]]:
    words = _words(page)
    return {words[at : at + _RUN] for at in range(len(words) - _RUN + 1)}


def _is_wordless(page: SeenPage) -> bool:
    """Drawings and pictures: hardly a word, so the look is what they are found by."""
    return bool(page.perceptual_hash) and len(_words(page)) < LEAST_WORDS


def _is_same(one: SeenPage, other: SeenPage) -> bool:
    if one.sha256 and one.sha256 == other.sha256:
        return True
    mine, theirs = _words(one), _words(other)
    apart = distance(one.perceptual_hash, other.perceptual_hash)
    if min(len(mine), len(theirs)) < LEAST_WORDS:
        figures = _figures(mine) == _figures(theirs)
        return apart <= _SAME_LOOK and figures and abs(len(mine) - len(theirs)) <= 5
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    alike = matcher.ratio()
    if alike < _ALIKE_WORDS or (alike < _SAME_WORDS and apart > ALIKE_LOOK):
        return False
    allowed = max(_OTHER_WORDS, _OTHER_SHARE * max(len(mine), len(theirs)))
    return _otherwise(matcher, mine, theirs) <= allowed


def _otherwise(matcher: SequenceMatcher[str], mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Words that are not the same ones badly read: what was filled into a form anew."""
    count = 0
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, right = mine[start:end], theirs[begin:stop]
        if "".join(left) == "".join(right):  # a blank more or less
            continue
        pairs = list(zip_longest(left, right, fillvalue=""))
        count += sum(1 for one, other in pairs if not _misread(one, other))
    return count


def _misread(one: str, other: str) -> bool:
    if any(sign.isdigit() for sign in one + other):
        return False
    most = max(1, max(len(one), len(other)) // 3)
    return edits(one, other) <= most


def _figures(words: Sequence[str]) -> Counter[str]:
    return Counter(word for word in words if any(sign.isdigit() for sign in word))


def _words(page: SeenPage) -> tuple[str, ...]:
    return page.traits.words if page.traits is not None else ()
