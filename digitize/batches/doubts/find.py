"""The doubts of one batch, from its rows and readings; written where people look for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    ScanBatch,
    ScanDocument,
    ScanPage,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.storage.staging import Staging
from digitize.batches.doubts.doubts import batch_doubts
from digitize.batches.doubts.same import ALIKE_LOOK
from digitize.batches.doubts.seen import CHECK, Doubt, ListedDocument, SeenDocument, SeenPage
from digitize.batches.doubts.traits import PageTraits, traits_of
from digitize.batches.reading.verdicts import counts, finding_row, verdict_of
from digitize.batches.release.targets import HELD, Target, listed_fields
from digitize.ocr.kept_readings import kept_reading
from digitize.page_one.check import differences
from digitize.page_one.proposals import Proposal

_MOST_OTHERS = 20_000  # pages of other open batches that are compared, the newest first
_MOST_ELSEWHERE = 20  # rows of the holding, for each document, that are looked at


def doubts_of(
    session: Session,
    batch: ScanBatch,
    traits: Mapping[UUID, PageTraits],
    proposed: Mapping[UUID, Mapping[str, Any]],
    targets: Mapping[str, Target],
    *,
    staging: Staging,
) -> list[Doubt]:
    """Doubts that a person made an error in the batch.

    Args:
        traits: by page, of those that were read.
        proposed: by document what its first page says, as ``ScanDocument.proposals`` keeps it.
        targets: what its pages go into, by code.
    """
    pages = [_seen(page, traits.get(page.id)) for page in batch.pages if counts(page)]
    documents = [_seen_document(row, proposed.get(row.id, {})) for row in batch.documents]
    listed = [*_listed(targets), *_elsewhere(session, documents)]
    found = batch_doubts(pages, documents, listed, others=_others(session, batch, pages, staging))
    first = {page.document: page for page in reversed(pages)}
    for document in documents:
        page = first.get(document.id)
        found += _differences(document, targets, page)
    return found


def note_doubts(batch: ScanBatch, doubts: Iterable[Doubt]) -> None:
    """Write them to their page, where they ask for a look, or to their document.

    Those of an earlier look go. A page on which something new is doubted is to be decided again.
    """
    of_page: dict[UUID, list[Finding]] = {}
    of_document: dict[UUID, list[Finding]] = {}
    for doubt in doubts:
        if doubt.code.startswith("page-") and doubt.pages:
            of_page.setdefault(doubt.pages[0].id, []).append(doubt.finding())
        elif doubt.document is not None:
            of_document.setdefault(doubt.document, []).append(doubt.finding())
    for page in batch.pages:
        _write_page(page, of_page.get(page.id, []))
    for document in batch.documents:
        others = [known for known in document.findings if known["check"] != CHECK]
        before = {_about(known): known for known in document.findings if known.get("decided")}
        fresh = [finding_row(finding) for finding in of_document.get(document.id, [])]
        kept = [
            row | ({"decided": before[_about(row)]["decided"]} if _about(row) in before else {})
            for row in fresh
        ]
        if others + kept != document.findings:
            document.findings = others + kept


def proposal_of(kept: Mapping[str, Any]) -> Proposal:
    """A proposal as it was before it was kept."""
    left, top, right, bottom = kept.get("box") or (0.0, 0.0, 0.0, 0.0)
    return Proposal(
        value=str(kept["value"]),
        text=str(kept.get("text", "")),
        confidence=float(kept.get("confidence", 0.0)),
        page=0,
        box=(left, top, right, bottom),
    )


def _write_page(page: ScanPage, found: Sequence[Finding]) -> None:
    before = [known for known in page.findings if known["check"] == CHECK]
    fresh = [finding_row(finding) for finding in found]
    if before == fresh:
        return
    page.findings = [known for known in page.findings if known["check"] != CHECK] + fresh
    if page.verdict is not None:
        page.verdict = verdict_of(_finding(known) for known in page.findings)
    new = {_about(row) for row in fresh} - {_about(known) for known in before}
    if new and page.decision and page.decision != "rescan":
        page.decision = page.decision_reason = ""
        page.decided_by = page.decided_at = None


def _finding(known: Mapping[str, Any]) -> Finding:
    code = known["code"]
    return Finding(known["check"], code, Severity(known["severity"]))


def _about(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    facts = finding.get("facts", {})
    pages = ",".join(map(str, facts.get("pages", ())))
    return str(finding["code"]), pages, str(facts.get("listed", ""))


def _seen(page: ScanPage, traits: PageTraits | None) -> SeenPage:
    return SeenPage(
        id=page.id,
        name=page.name,
        document=page.document_id,
        traits=traits,
        perceptual_hash=page.perceptual_hash,
        sha256=page.sha256,
        blank=page.blank,
    )


def _seen_document(row: ScanDocument, proposed: Mapping[str, Any]) -> SeenDocument:
    proposals = {name: proposal_of(kept) for name, kept in proposed.items()}
    return SeenDocument(row.id, row.case_code, row.document_ordinal, proposals)


def _listed(targets: Mapping[str, Target]) -> Iterator[ListedDocument]:
    for target in targets.values():
        for document in target.documents:
            yield ListedDocument(
                target.code, document.ordinal, document.fields, document.awaits_pages
            )


def _elsewhere(session: Session, documents: Sequence[SeenDocument]) -> Iterator[ListedDocument]:
    """Rows of other case files in custody with the number, symbol and date that were read."""
    wanted: dict[tuple[str, str, str], list[str]] = {}  # by what was read, the case files it is in
    for document in documents:
        read = [document.proposals.get(name) for name in ("number", "symbol", "date")]
        values = [proposal.value for proposal in read if proposal is not None]
        if len(values) == len(read) and document.ordinal is not None:
            number, symbol, date = values
            for written in {number, number.lstrip("0")}:
                wanted.setdefault((written, symbol, date), []).append(document.case_code)
    if not wanted:
        return
    key = tuple_(Document.code_number, Document.code_notation, Document.issued_date)
    found = session.execute(
        select(Document, CaseFile.code)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(key.in_(list(wanted)), CaseFile.state.in_(HELD))
        .order_by(CaseFile.code, Document.ordinal)
        .options(selectinload(Document.files))
        .limit(_MOST_ELSEWHERE * len(documents))
    )
    for row, code in found:
        identity = (row.code_number or "", row.code_notation or "", row.issued_date or "")
        if any(code != case_code for case_code in wanted[identity]):
            yield ListedDocument(code, row.ordinal, listed_fields(row), row.awaits_pages())


def _others(
    session: Session, batch: ScanBatch, pages: Sequence[SeenPage], staging: Staging
) -> list[SeenPage]:
    """Pages of other open batches that look like one of these."""
    hashes = {page.perceptual_hash for page in pages if page.perceptual_hash and not page.blank}
    ours = [int(digest, 16) for digest in hashes]
    rows = session.execute(
        select(
            ScanPage.id,
            ScanPage.name,
            ScanPage.sha256,
            ScanPage.perceptual_hash,
            ScanPage.reading_sha256,
            ScanBatch.number,
        )
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanBatch.id != batch.id,
            ScanBatch.state.in_(OPEN_BATCHES),
            ScanPage.removed_at.is_(None),
            ScanPage.blank.is_(False),
            ScanPage.perceptual_hash != "",
        )
        .order_by(ScanBatch.created_at.desc())
        .limit(_MOST_OTHERS)
    )

    def is_near(look: int) -> bool:
        return any((look ^ own).bit_count() <= ALIKE_LOOK for own in ours)

    near = [row for row in rows if is_near(int(row.perceptual_hash, 16))]
    return [
        SeenPage(
            id=row.id,
            name=row.name,
            document=None,
            traits=_traits_in(staging, row.reading_sha256),
            perceptual_hash=row.perceptual_hash,
            sha256=row.sha256,
            batch=row.number,
        )
        for row in near
    ]


def _traits_in(staging: Staging, reading_sha256: str | None) -> PageTraits | None:
    reading = kept_reading(staging, reading_sha256)
    return None if reading is None else traits_of(reading)


def _differences(
    document: SeenDocument, targets: Mapping[str, Target], page: SeenPage | None
) -> Iterator[Doubt]:
    """Where the first page and the document list disagree."""
    target = targets.get(document.case_code)
    listed = target.document(document.ordinal) if target is not None else None
    if listed is None:
        return
    for difference in differences(document.proposals, listed.fields):
        facts = {"field": difference.field, "read": difference.read, "listed": difference.listed}
        yield Doubt(difference.code, (page,) if page is not None else (), facts, document.id)
