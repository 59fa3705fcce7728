"""Printed page numbers and broken sentences: what is missing, and what lies in wrong order."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from digitize.batches.doubts.seen import Doubt, SeenPage

_MOST_PRINTED_FIRST = 60  # a first page with a larger number is a misreading or of a bound volume


def order_doubts(document: UUID, pages: Sequence[SeenPage]) -> Iterator[Doubt]:
    """Doubts about the order of a document's pages; blank ones are counted where numbers are so.

    Source:
        NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục I khoản 7: pages are numbered at the middle of
        the head margin, but for the first one.
    """
    written = [page for page in pages if not page.blank]
    numbered = list(_trusted(written))
    on_both_sides = not all(page.blank for page in pages[1::2])
    as_in_a_book = on_both_sides and all(at + 1 == printed for at, printed, _ in _trusted(pages))
    doubts = [] if as_in_a_book else list(_number_doubts(document, numbered))
    yield from doubts
    if not doubts and len(numbered) < 2:
        yield from _sentence_doubts(document, written)


def _trusted(pages: Sequence[SeenPage]) -> Iterator[tuple[int, int, SeenPage]]:
    """Position, printed number and page; a number that both neighbours contradict is misread.

    An annex begins to count anew: its pages are numbered on from where it begins.
    """
    known = [
        (at, page.traits.printed, page)
        for at, page in enumerate(pages)
        if page.traits is not None and page.traits.printed is not None
    ]
    for index, (at, printed, page) in enumerate(known):
        around = [known[other] for other in (index - 1, index + 1) if 0 <= other < len(known)]
        shifts = {number - place for place, number, _ in around}
        stands_out = len(around) == 2 and len(shifts) == 1 and printed - at not in shifts
        if not stands_out:
            yield at, printed, page


def _number_doubts(
    document: UUID, numbered: Sequence[tuple[int, int, SeenPage]]
) -> Iterator[Doubt]:
    elsewhere = _out_of_place(numbered)
    if numbered and _begins_late(*numbered[0][:2]):
        at, printed, page = numbered[0]
        if not elsewhere.issuperset(range(at + 1, printed)):
            facts = {"printed": printed, "expected": at + 1}
            yield Doubt("page-number-first", (page,), facts, document)
    for (at, number, page), (later, after, next_page) in pairwise(numbered):
        step, expected = after - number, later - at
        if step == expected or _counts_anew(after, expected):
            continue
        if step < expected:
            facts = {"before": number, "after": after, "missing": step - expected}
            yield Doubt("page-order", (next_page, page), facts, document)
            continue
        missing = step - expected - len(elsewhere.intersection(range(number + 1, after)))
        if missing > 0:
            facts = {"before": number, "after": after, "missing": missing}
            yield Doubt("page-number-gap", (next_page, page), facts, document)


def _out_of_place(numbered: Sequence[tuple[int, int, SeenPage]]) -> frozenset[int]:
    """All printed numbers where some go backwards: what stands elsewhere is not missing."""
    backwards = any(
        after - number < later - at and not _counts_anew(after, later - at)
        for (at, number, _), (later, after, _) in pairwise(numbered)
    )
    return frozenset(number for _, number, _ in numbered) if backwards else frozenset()


def _begins_late(at: int, printed: int) -> bool:
    return at + 1 < printed <= _MOST_PRINTED_FIRST


def _counts_anew(after: int, pages_between: int) -> bool:
    """Whether an annex may have begun in between: its first page has no number, its next is 2."""
    return after <= pages_between


def _sentence_doubts(document: UUID, pages: Sequence[SeenPage]) -> Iterator[Doubt]:
    """Without numbers: one page breaks off and the next begins afresh, and elsewhere inversely.

    Either alone happens in good documents; together they mean that pages changed places.
    """
    broken, unfounded = [], []
    for page, following in pairwise(pages):
        if page.traits is None or following.traits is None or following.traits.opens:
            continue
        if page.traits.goes_on and following.traits.continues is False:
            broken.append((following, page))
        if page.traits.goes_on is False and following.traits.continues:
            unfounded.append((following, page))
    if broken and unfounded:
        yield Doubt("page-order-text", unfounded[0], {}, document)
