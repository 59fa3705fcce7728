"""Pages and documents that belong elsewhere: another code, another number, other names."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from archive_service.text import fold
from digitize.batches.doubts.seen import Doubt, ListedDocument, SeenDocument, SeenPage

_OLD = re.compile(r"(\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})\.")  # highest level last
_KEY = ("number", "symbol", "date")
_SURE = 60.0  # confidence, 0 to 100, below which what was read accuses nobody
_LEAST_NAMES = 3  # of a page, that another document has and its own has not
_WIDELY_KNOWN = 0.5  # of the documents: a name that so many have tells nothing
_KNOWN_BY = 3  # nor, in a small batch, one that so many documents have

Pages = Mapping[UUID, Sequence[SeenPage]]


def belonging_doubts(
    documents: Sequence[SeenDocument], listed: Sequence[ListedDocument], pages: Pages
) -> Iterator[Doubt]:
    """Doubts about pages that belong to another document or another case file."""
    for document in documents:
        own = pages.get(document.id, ())
        yield from _codes(document, own)
        yield from _openings(document, own)
        yield from _listed_elsewhere(document, listed, own)
    yield from _names(documents, pages)


def _codes(document: SeenDocument, own: Sequence[SeenPage]) -> Iterator[Doubt]:
    """A label or stamp at the head of the page with another case file's code."""
    if not document.case_code:
        return
    mine = document.case_code.upper()
    for page in own:
        codes = page.traits.codes if page.traits is not None else frozenset()
        if codes and not any(_same_code(mine, code) for code in codes):
            facts = {"printed": min(codes), "code": document.case_code}
            yield Doubt("page-code-differs", (page,), facts, document.id)


def _openings(document: SeenDocument, own: Sequence[SeenPage]) -> Iterator[Doubt]:
    """A page that opens a document in the middle of another one."""
    for page in own[1:]:
        if page.traits is not None and page.traits.opens:
            yield Doubt("page-opens-document", (page, own[0]), {}, document.id)


def _listed_elsewhere(
    document: SeenDocument, listed: Sequence[ListedDocument], own: Sequence[SeenPage]
) -> Iterator[Doubt]:
    """Number, symbol and date are those of another row, and not those of its own."""
    read = [document.proposals.get(name) for name in _KEY]
    if document.ordinal is None or not own:
        return
    known = [
        proposal.value for proposal in read if proposal is not None and proposal.confidence >= _SURE
    ]
    if len(known) < len(read):
        return
    here = (document.case_code, document.ordinal)
    key = _key(*known)
    fitting = [row for row in listed if _key(*(row.fields.get(name, "") for name in _KEY)) == key]
    if not fitting or any((row.case_code, row.ordinal) == here for row in fitting):
        return
    row = fitting[0]
    facts = {"code": row.case_code, "ordinal": row.ordinal, "number": f"{known[0]}/{known[1]}"}
    yield Doubt("document-listed-elsewhere", (own[0],), facts, document.id)


def _names(documents: Sequence[SeenDocument], pages: Pages) -> Iterator[Doubt]:
    """A page whose names are those of another document, and none of them of its own."""
    by_document = {
        document.id: [page for page in pages.get(document.id, ()) if page.traits is not None]
        for document in documents
    }
    held = {
        document: Counter(name for page in own for name in _names_on(page))
        for document, own in by_document.items()
        if own
    }
    spread = Counter(name for names in held.values() for name in names)
    common = max(_KNOWN_BY, round(_WIDELY_KNOWN * len(held)))
    for document, own in by_document.items():
        if len(own) < 2:
            continue
        for page in own[1:]:
            if page.traits is None or page.traits.opens:
                continue
            telling = {name for name in page.traits.names if spread[name] < common}
            elsewhere = {name for name in telling if held[document][name] == 1}
            if len(telling) < _LEAST_NAMES or len(elsewhere) < len(telling):
                continue
            best = max(
                (other for other in held if other != document),
                key=lambda other: sum(1 for name in telling if held[other][name]),
                default=None,
            )
            if best is None:
                continue
            shared = sorted(name for name in telling if held[best][name])
            if len(shared) >= _LEAST_NAMES:
                facts = {"names": ", ".join(shared[:4])}
                pair = page, by_document[best][0]
                yield Doubt("page-belongs-elsewhere", pair, facts, document)


def _names_on(page: SeenPage) -> frozenset[str]:
    return page.traits.names if page.traits is not None else frozenset()


def _same_code(mine: str, printed: str) -> bool:
    """Equal, shortened, or with the agency's identifier as it was written before 2020."""
    whole, codes = _as_today(mine), _as_today(printed)
    return whole == codes or whole.startswith(f"{codes}.")


def _as_today(code: str) -> str:
    """``000.00.18.H40.2011.01.TH`` as ``h40.18.2011.01.th``: levels from the highest one."""
    old = _OLD.match(code)
    if old is None:
        return fold(code)
    levels = [level for level in reversed(old[1].split(".")) if level.strip("0")]
    return fold(".".join(levels) + code[old.end(1) :])


def _key(number: str, symbol: str, date: str) -> tuple[str, str, str]:
    return number.strip().lstrip("0"), fold(symbol).replace(" ", ""), date
