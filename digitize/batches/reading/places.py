"""Which document of the list a scanned one is, as its first page tells: proposed, never set."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from archive_service.domain.digitization.scan_batch import ScanBatch
from digitize.batches.doubts.find import proposal_of
from digitize.batches.release.targets import ListedDocument, Target
from digitize.page_one.check import SURE, agrees
from digitize.page_one.proposals import Proposal

PLACE = "listed"  # the field of a document's proposals; its value is the ordinal in the list
_TELLING = (("number", "symbol"), ("abstract", "date"))  # either pair tells which one it is
_DENYING = ("number", "symbol", "date")  # one of these read otherwise: it is another document


def propose_places(
    batch: ScanBatch,
    targets: Mapping[str, Target],
    proposed: Mapping[UUID, Mapping[str, Any]],
) -> dict[UUID, dict[str, Any]]:
    """``proposed``, with the place in the list for each document that has none.

    A place is proposed if it still waits for pages, no other document of the batch has it, and
    it alone fits what was read; its box is that of the words by which it was told.
    """
    found = {document: dict(fields) for document, fields in proposed.items()}
    have = {(document.case_code, document.document_ordinal) for document in batch.documents}
    for document in batch.documents:
        target, fields = targets.get(document.case_code), found.get(document.id)
        if target is None or not fields or document.document_ordinal is not None:
            continue
        rows = [row for row in target.awaiting() if (target.code, row.ordinal) not in have]
        place = find_place({name: proposal_of(field) for name, field in fields.items()}, rows)
        if place is not None:
            row, told_by = place
            sure = min(fields[name]["confidence"] for name in told_by)
            text = " ".join(filter(None, (row.number, row.title)))
            proposal = {"value": str(row.ordinal), "text": text, "confidence": sure}
            found[document.id] = {PLACE: fields[told_by[0]] | proposal, **fields}
    return found


def find_place(
    read: Mapping[str, Proposal], rows: Iterable[ListedDocument]
) -> tuple[ListedDocument, tuple[str, ...]] | None:
    """The one row that fits what was read, and the fields that tell so; ``None`` of several."""
    sure = {name: proposal.value for name, proposal in read.items() if proposal.confidence >= SURE}
    possible = [row for row in rows if not _denied(sure, row)]
    for told_by in _TELLING:
        fitting = [row for row in possible if all(_fits(sure, row, name) for name in told_by)]
        if fitting:
            return (fitting[0], told_by) if len(fitting) == 1 else None
    return None


def _fits(sure: Mapping[str, str], row: ListedDocument, name: str) -> bool:
    listed = row.fields.get(name, "").strip()
    return name in sure and bool(listed) and agrees(name, sure[name], listed)


def _denied(sure: Mapping[str, str], row: ListedDocument) -> bool:
    names = (name for name in _DENYING if name in sure and row.fields.get(name, "").strip())
    return not all(_fits(sure, row, name) for name in names)
