"""One page scanned twice: told by its words and its look together, for forms look alike too."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from digitize.batches.seen import Doubt, SeenPage
from digitize.edit_distance import edits
from digitize.likeness import distance

LEAST_WORDS = 25  # with fewer, words say little, and the look decides
_RUN = 3  # words in a row that are looked up together
_COMMON = 12  # a run that so many pages have is of the form, not of the page
_LEAST_SHARED = 0.35  # of the runs of the shorter page; below it, pages are not compared
_SAME_WORDS, _ALIKE_WORDS = 0.93, 0.80  # of the text, in order: by itself, or with a like look
_OTHER_WORDS, _OTHER_SHARE = 3, 0.03  # that may be others, and not the same ones badly read
ALIKE_LOOK, _SAME_LOOK = 56, 28  # bits of 256 that differ; other pages differ in about 128


def same_page_doubts(pages: Sequence[SeenPage], others: Sequence[SeenPage] = ()) -> Iterator[Doubt]:
    """The later page of each pair, beside the earlier one; blank pages are left out."""
    ours = [page for page in pages if not page.blank]
    theirs = [page for page in others if not page.blank]
    told: set[int] = set()
    everyone = [*theirs, *ours]
    for first, second in _candidates(everyone):
        if second < len(theirs) or second in told:  # both are of other batches, or it was said
            continue
        if not _is_same(everyone[first], everyone[second]):
            continue
        told.add(second)
        earlier, later = everyone[first], everyone[second]
        if earlier.batch:
            facts = {"batch": earlier.batch, "other": earlier.name}
            yield Doubt("page-scanned-elsewhere", (later, earlier), facts, later.document)
        else:
            yield Doubt("page-scanned-twice", (later, earlier), {}, later.document)


def _candidates(pages: Sequence[SeenPage]) -> list[tuple[int, int]]:
    """Pairs (earlier, later) that share many runs of words, their bytes, or nearly their look."""
    found: set[tuple[int, int]] = set()
    holding: dict[tuple[str, ...], list[int]] = defaultdict(list)
    runs = []
    by_bytes: dict[str, int] = {}
    for number, page in enumerate(pages):
        words = page.traits.words if page.traits is not None else ()
        own = {words[at : at + _RUN] for at in range(len(words) - _RUN + 1)}
        runs.append(len(own))
        for run in own:
            holding[run].append(number)
        if page.sha256:
            if page.sha256 in by_bytes:
                found.add((by_bytes[page.sha256], number))
            by_bytes.setdefault(page.sha256, number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holding.values():
        if 1 < len(numbers) <= _COMMON:
            for later, number in enumerate(numbers):
                shared.update((earlier, number) for earlier in numbers[:later])
    for (first, second), count in shared.items():
        if count >= _LEAST_SHARED * max(min(runs[first], runs[second]), 1):
            found.add((first, second))
    found.update(_wordless(pages))
    return sorted(found)


def _wordless(pages: Sequence[SeenPage]) -> Iterator[tuple[int, int]]:
    """Pairs of drawings and pictures: hardly a word, and nearly the same look."""
    few = [
        number
        for number, page in enumerate(pages)
        if page.perceptual_hash and len(_words(page)) < LEAST_WORDS
    ]
    for later, number in enumerate(few):
        for earlier in few[:later]:
            apart = distance(pages[earlier].perceptual_hash, pages[number].perceptual_hash)
            if apart <= _SAME_LOOK:
                yield earlier, number


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
