"""The commonest errors of people who scan, looked for across the documents of a batch."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from digitize.batches.doubts.belonging import belonging_doubts
from digitize.batches.doubts.order import order_doubts
from digitize.batches.doubts.same import same_page_doubts
from digitize.batches.doubts.seen import Doubt, ListedDocument, SeenDocument, SeenPage
from digitize.batches.doubts.series import series_doubts


def batch_doubts(
    pages: Sequence[SeenPage],
    documents: Sequence[SeenDocument],
    listed: Sequence[ListedDocument],
    *,
    others: Sequence[SeenPage] = (),
) -> list[Doubt]:
    """Doubts across pages and documents; they are guesses, so a person looks at each.

    Gaps and doubles in printed page numbers and in document numbers, one page scanned twice,
    pages that belong to another document or case file, pages in wrong order.

    Args:
        pages: those that count, in the order of the batch; separators and removed ones left out.
        listed: the document lists of the case files that ``documents`` name, and of others in
            which they may be found.
        others: pages of other open batches that look alike; see ``SeenPage.batch``.
    """
    return list(_iter_doubts(pages, documents, listed, others))


def _iter_doubts(
    pages: Sequence[SeenPage],
    documents: Sequence[SeenDocument],
    listed: Sequence[ListedDocument],
    others: Sequence[SeenPage],
) -> Iterator[Doubt]:
    by_document: dict[UUID, list[SeenPage]] = {}
    written: dict[UUID, list[SeenPage]] = {}
    for page in pages:
        if page.document is not None:
            by_document.setdefault(page.document, []).append(page)
        if page.document is not None and not page.blank:
            written.setdefault(page.document, []).append(page)
    same = list(same_page_doubts(pages, others))
    yield from same
    twice = {doubt.pages[0].id for doubt in same}
    for document, own in by_document.items():
        # A page that is there twice spoils the numbers after it: that was said already.
        yield from order_doubts(document, [page for page in own if page.id not in twice])
    yield from series_doubts(documents, listed, written)
    yield from belonging_doubts(documents, listed, written)
