"""Numbers of documents: gaps and doubles, in the case file's list and in a series of one symbol."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from archive_service.text import fold
from digitize.batches.seen import Doubt, ListedDocument, SeenDocument, SeenPage

_LEAST_SERIES = 5  # documents of one symbol and year that make a series
_DENSE = 0.75  # of the steps are of one: only then is a number that is not there a gap
_MOST_MISSING = 3
_SURE = 60.0  # confidence, 0 to 100, below which a number is not trusted

Pages = Mapping[UUID, Sequence[SeenPage]]


def series_doubts(
    documents: Sequence[SeenDocument], listed: Sequence[ListedDocument], pages: Pages
) -> Iterator[Doubt]:
    """What the numbers of the batch's documents say."""
    yield from _ordinals(documents, listed, pages)
    yield from _numbers_twice(documents, pages)
    yield from _numbers_missing(documents, pages)


def _ordinals(
    documents: Sequence[SeenDocument], listed: Sequence[ListedDocument], pages: Pages
) -> Iterator[Doubt]:
    """Of one case file: a place between two of ours that still waits for pages."""
    by_case: dict[str, list[SeenDocument]] = defaultdict(list)
    for document in documents:
        if document.ordinal is not None:
            by_case[document.case_code].append(document)
    waits = {(row.case_code, row.ordinal) for row in listed if row.awaits_pages}
    for code, own in by_case.items():
        seen: dict[int, SeenDocument] = {}
        for document in own:
            seen.setdefault(document.ordinal or 0, document)
        for before, after in pairwise(sorted(seen)):
            missing = [one for one in range(before + 1, after) if (code, one) in waits]
            if missing:
                told = ", ".join(map(str, missing))
                facts = {"code": code, "missing": told, "before": before, "after": after}
                yield _doubt("document-ordinal-gap", seen[after], seen[before], pages, facts)


def _numbers_twice(documents: Sequence[SeenDocument], pages: Pages) -> Iterator[Doubt]:
    """Two documents of one issuer with the same number, symbol and year."""
    seen: dict[tuple[str, ...], SeenDocument] = {}
    for document in documents:
        key = _series(document)
        if key is None:
            continue
        number = document.proposals["number"].value
        whole = (*key, number.lstrip("0"))
        if (earlier := seen.get(whole)) is not None:
            facts = {"number": f"{number}/{document.proposals['symbol'].value}"}
            yield _doubt("document-number-doubled", document, earlier, pages, facts)
        seen.setdefault(whole, document)


def _numbers_missing(documents: Sequence[SeenDocument], pages: Pages) -> Iterator[Doubt]:
    """In a run of documents of one symbol and year that follow each other but for a few."""
    series: dict[tuple[str, ...], dict[int, SeenDocument]] = defaultdict(dict)
    for document in documents:
        if (key := _series(document)) is not None:
            series[key].setdefault(int(document.proposals["number"].value), document)
    for numbered in series.values():
        steps = [(before, after) for before, after in pairwise(sorted(numbered))]
        if len(numbered) < _LEAST_SERIES:
            continue
        close = sum(1 for before, after in steps if after - before == 1)
        if close < _DENSE * len(steps):
            continue
        for before, after in steps:
            if 1 < after - before <= _MOST_MISSING + 1:
                missing = ", ".join(map(str, range(before + 1, after)))
                symbol = numbered[after].proposals["symbol"].value
                facts = {"missing": missing, "symbol": symbol, "before": before, "after": after}
                yield _doubt("document-number-gap", numbered[after], numbered[before], pages, facts)


def _series(document: SeenDocument) -> tuple[str, ...] | None:
    """Issuer, symbol and year, where number, symbol and date were read well."""
    read = [document.proposals.get(name) for name in ("number", "symbol", "date")]
    if any(one is None or one.confidence < _SURE for one in read):
        return None
    told = document.proposals
    issuer = fold(told["issuer"].value) if "issuer" in told else ""
    return issuer, fold(told["symbol"].value), told["date"].value[:4]


def _doubt(
    code: str,
    document: SeenDocument,
    other: SeenDocument,
    pages: Pages,
    facts: Mapping[str, object],
) -> Doubt:
    first = [pages[one.id][0] for one in (document, other) if pages.get(one.id)]
    return Doubt(code, tuple(first), facts, document.id)
