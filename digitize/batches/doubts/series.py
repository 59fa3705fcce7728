"""Numbers of documents: gaps and doubles, in the case file's list and in a series of one symbol."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from archive_service.text import fold
from digitize.batches.doubts.seen import Doubt, ListedDocument, SeenDocument, SeenPage
from digitize.page_one.check import agrees

_KEY = ("number", "symbol", "date")
_LEAST_SERIES = 5  # documents of one symbol and year that make a series
_DENSE = 0.75  # of the steps are of one: only then is a number that is not there a gap
_MOST_MISSING = 3
_SURE = 60.0  # confidence, 0 to 100, below which a number is not trusted

Pages = Mapping[UUID, Sequence[SeenPage]]


def series_doubts(
    documents: Sequence[SeenDocument], listed: Sequence[ListedDocument], pages: Pages
) -> Iterator[Doubt]:
    """Doubts about the series of the documents' numbers."""
    yield from _ordinals(documents, listed, pages)
    series = _series(documents)
    yield from _numbers_twice(series, pages)
    yield from _numbers_missing(series, pages)


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
            missing = [number for number in range(before + 1, after) if (code, number) in waits]
            if missing:
                numbers = ", ".join(map(str, missing))
                facts = {"code": code, "missing": numbers, "before": before, "after": after}
                yield _doubt("document-ordinal-gap", seen[after], seen[before], pages, facts)


def _numbers_twice(series: Iterable[Sequence[SeenDocument]], pages: Pages) -> Iterator[Doubt]:
    """Two documents of one issuer with the same number, symbol and year."""
    for documents in series:
        seen: dict[int, SeenDocument] = {}
        for document in documents:
            earlier = seen.setdefault(_number(document), document)
            if earlier is not document:
                proposals = document.proposals
                facts = {"number": f"{proposals['number'].value}/{proposals['symbol'].value}"}
                yield _doubt("document-number-doubled", document, earlier, pages, facts)


def _numbers_missing(series: Iterable[Sequence[SeenDocument]], pages: Pages) -> Iterator[Doubt]:
    """In a run of documents of one symbol and year that follow each other but for a few."""
    for documents in series:
        numbered = {_number(document): document for document in reversed(documents)}
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


def _series(documents: Sequence[SeenDocument]) -> list[list[SeenDocument]]:
    """Documents of one issuer, symbol and year whose number, symbol and date were read well."""
    by_symbol: dict[tuple[str, str], list[list[SeenDocument]]] = defaultdict(list)
    for document in documents:
        proposals = document.proposals
        if any(name not in proposals or proposals[name].confidence < _SURE for name in _KEY):
            continue
        symbol = "".join(fold(proposals["symbol"].value).split())
        alike = by_symbol[symbol, proposals["date"].value[:4]]
        for own in alike:
            if _same_issuer(own[0], document):
                own.append(document)
                break
        else:
            alike.append([document])
    return [own for alike in by_symbol.values() for own in alike]


def _same_issuer(one: SeenDocument, other: SeenDocument) -> bool:
    """A name may be misread, not be read at all, or be written in full on one of them."""
    issuers = [
        document.proposals["issuer"].value
        for document in (one, other)
        if "issuer" in document.proposals
    ]
    superior = " ".join(
        document.proposals["superior"].value
        for document in (one, other)
        if "superior" in document.proposals
    )
    return len(issuers) < 2 or any(
        agrees("issuer", mine, theirs, superior=superior)
        for mine, theirs in (issuers, reversed(issuers))
    )


def _number(document: SeenDocument) -> int:
    return int(document.proposals["number"].value)


def _doubt(
    code: str,
    document: SeenDocument,
    other: SeenDocument,
    pages: Pages,
    facts: Mapping[str, object],
) -> Doubt:
    first = [pages[item.id][0] for item in (document, other) if pages.get(item.id)]
    return Doubt(code, tuple(first), facts, document.id)
