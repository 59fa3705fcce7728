"""What one batch brings to one case file: its documents, their pages, the files these came in."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
    ScanDocument,
    ScanPage,
    ScanSource,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.text import fold
from digitize.batches.reading.verdicts import bears_mark, counts

# What a frame of a TIFF or a page of a PDF becomes.
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif"}
_UNSAFE = re.compile(r"[^a-z0-9]+")


class BatchTargetBusyError(ConflictError):
    """A version of the case file is on its way, or its pages or the submission are looked at."""


class Load:
    """What one batch brings to one case file."""

    def __init__(self, batch: ScanBatch, code: str) -> None:
        self.batch = batch
        self.code = code
        self.documents = [document for document in batch.documents if document.case_code == code]
        own = {document.id for document in self.documents}
        pages = sorted(
            (page for page in batch.pages if counts(page)), key=lambda item: item.position
        )
        self.pages = [page for page in pages if page.document_id in own]
        self._of_document: dict[UUID | None, list[ScanPage]] = {}
        self._from_source: dict[UUID, list[ScanPage]] = {}
        for page in self.pages:
            self._of_document.setdefault(page.document_id, []).append(page)
            self._from_source.setdefault(page.source_id, []).append(page)
        sources = {source.id: source for source in batch.sources}
        strangers = {page.source_id for page in pages if page.document_id not in own}
        # A file with pages of two case files is kept with neither: each would hold the other's.
        self._kept = [
            sources[source_id]
            for source_id, came in self._from_source.items()
            if source_id not in strangers
            and any(page.sha256 != sources[source_id].sha256 for page in came)
        ]

    def pages_of(self, document: ScanDocument) -> list[ScanPage]:
        """The document's, in order."""
        return self._of_document.get(document.id, [])

    def bears_mark(self, document: ScanDocument) -> bool:
        """Whether a secrecy mark was seen on one of the document's pages."""
        return any(bears_mark(page) for page in self.pages_of(document))

    def sources_first_met(self, document: ScanDocument) -> list[ScanSource]:
        """Kept files whose first page is in this document: there they are kept."""
        return [
            source
            for source in self._kept
            if self._from_source[source.id][0].document_id == document.id
        ]


def file_name(page: ScanPage) -> str:
    """A page's own name; one that was taken out of a file has its number, and its own ending."""
    source, mark, number = page.name.rpartition("#")
    if not mark:
        return page.name
    return f"{source.rpartition('.')[0] or source}-{number:0>4}.{_ENDINGS[page.media_type]}"


def path_of(document: int, folder: str, number: int, name: str) -> str:
    """As accepting names files: the document, what they are, their place in it, their name."""
    stem, _, suffix = name.rpartition("/")[2].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem or suffix)).strip("-")[:60] or "trang"
    ending = _UNSAFE.sub("", fold(suffix))[:8] if stem else ""
    return f"{document:04d}/{folder}/{number:04d}-{safe}" + (f".{ending}" if ending else "")


def tell_added(
    session: Session,
    tag: str,
    subject_id: UUID,
    agency_id: UUID | None,
    load: Load,
    actor: Actor,
    version: int,
    described: Mapping[int, Mapping[str, object]] | None = None,
) -> None:
    """The event of the case file or submission that the pages came into."""
    data: dict[str, object] = {
        "code": load.code,
        "batch": load.batch.number,
        "version": version,
        "documents": [document.document_ordinal for document in load.documents],
        "pages": len(load.pages),
        "sources": _sources_told(load.batch.sources, load.pages),
    }
    marked = [document.document_ordinal for document in load.documents if load.bears_mark(document)]
    if marked:
        data["marks_cleared"] = marked  # secrecy marks that are none, as whoever releases says
    if changed := {str(ordinal): fields for ordinal, fields in (described or {}).items() if fields}:
        data["described"] = changed  # data of page 1 that was consented to, as it was and as it is
    record_event(session, tag, subject_id=subject_id, actor=actor, agency_id=agency_id, data=data)


def _sources_told(sources: Sequence[ScanSource], pages: Sequence[ScanPage]) -> list[dict[str, str]]:
    """Files of several pages, told even where they are not kept with the case file."""
    used = {page.source_id for page in pages}
    return [
        {"name": source.name, "sha256": source.sha256}
        for source in sources
        if source.id in used and source.frames > 1
    ]
