"""Pages become documents: by separator sheets, by their number, or all as one; once a batch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
    ScanDocument,
    ScanPage,
    Verdict,
)
from archive_service.domain.intake.finding import Finding, Severity
from digitize.batches.doubts.seen import CHECK as DOUBTS
from digitize.batches.reading.verdicts import counts, finding_row, sampled_pages, verdict_of
from digitize.batches.release.sampling import Outcome, SamplePlan, outcome
from digitize.batches.release.targets import Target

SEPARATORS = "separators"
FRONT, BACK = "front", "back"
CHECK = "batch"


@dataclass(slots=True)
class _Run:
    """Pages that follow each other and become one document."""

    code: str
    ordinal: int | None = None
    pages: list[ScanPage] = field(default_factory=list)


def split_into_documents(
    session: Session, batch: ScanBatch, targets: Mapping[str, Target]
) -> list[ScanDocument]:
    """The documents of a batch that has none yet; separator sheets stay outside of them.

    Where the station said how many pages a document has, documents take the places of those
    that await pages, in the order of the list; only a separator sheet says more than that.
    """
    pages = [page for page in batch.pages if page.removed_at is None]
    if batch.duplex:
        _tell_sides(pages)
    runs = [run for run in _iter_runs(batch, pages) if run.pages or run.ordinal is not None]
    if batch.split != SEPARATORS:
        _take_places(runs, targets.get(batch.case_code))
    made = []
    for number, run in enumerate(runs, start=1):
        document = ScanDocument(
            id=uuid4(),
            batch_id=batch.id,
            ordinal=number,
            case_code=run.code,
            document_ordinal=run.ordinal,
            proposals={},
            findings=[],
        )
        session.add(document)
        made.append(document)
    session.flush()
    for document, run in zip(made, runs, strict=True):
        for page in run.pages:
            page.document_id = document.id
    return made


def _tell_sides(pages: Sequence[ScanPage]) -> None:
    """Sheets as they went through a scanner for both sides; a separator has a back as well."""
    for number, page in enumerate(pages):
        page.side = BACK if number % 2 else FRONT
        sheet = pages[number - 1] if page.side == BACK else None
        if sheet is not None and sheet.separator and page.blank and not page.separator:
            page.separator, page.is_sheet = {"back_of": str(sheet.id)}, True
            page.verdict = Verdict.ACCEPT  # nothing is asked of it


def _iter_runs(batch: ScanBatch, pages: Sequence[ScanPage]) -> Iterator[_Run]:
    size = int(batch.split) if batch.split.isdigit() else 0
    run = _Run(batch.case_code)
    for page in pages:
        if page.separator:
            if batch.split != SEPARATORS:
                _note_unused(page)
            elif "back_of" not in page.separator:
                begun = _Run(
                    str(page.separator.get("code") or batch.case_code),
                    page.separator.get("document"),
                )
                if run != begun:  # its own code shines through to the back, and is read there
                    yield run
                    run = begun
            continue
        if size and len(run.pages) == size:
            yield run
            run = _Run(batch.case_code)
        run.pages.append(page)
    yield run


def _note_unused(page: ScanPage) -> None:
    """The station did not say that sheets divide: nothing is divided, and it is told."""
    if "code" in page.separator:
        facts = {"code": page.separator["code"]}
        finding = Finding(CHECK, "page-separator-unused", Severity.WARNING, page.name, facts)
        if all(known["code"] != finding.code for known in page.findings):
            page.findings = [*page.findings, finding_row(finding)]
            page.verdict = verdict_of([finding])


def _take_places(runs: Sequence[_Run], target: Target | None) -> None:
    awaiting = target.awaiting() if target else []
    if len(runs) == len(awaiting):
        for run, listed in zip(runs, awaiting, strict=True):
            run.ordinal = listed.ordinal


def refresh(batch: ScanBatch, targets: Mapping[str, Target]) -> None:
    """Count and compare anew what the batch and its documents say; a person's words stay.

    Findings of others, such as a batch sent twice or pages that look alike, are left as they are.
    """
    pages = [page for page in batch.pages if counts(page)]
    found = list(_of_batch(batch, pages))
    own = {"batch-pages-differ", "batch-empty", "batch-sample-failed"}
    others = [finding for finding in batch.findings if finding["code"] not in own]
    batch.findings = others + _merged(batch.findings, found)
    by_document: dict[object, list[ScanPage]] = {}
    for page in pages:
        by_document.setdefault(page.document_id, []).append(page)
    places: dict[tuple[str, int], int] = {}
    for document in batch.documents:
        own_pages = by_document.get(document.id, [])
        told_of = _of_document(document, own_pages, targets.get(document.case_code), places)
        doubts = [known for known in document.findings if known["check"] == DOUBTS]
        document.findings = _merged(document.findings, list(told_of)) + doubts


def _of_batch(batch: ScanBatch, pages: Sequence[ScanPage]) -> Iterator[Finding]:
    if not pages and not any(document.without_image for document in batch.documents):
        yield Finding(CHECK, "batch-empty", Severity.ERROR)
    expected = batch.pages_expected
    if expected is not None and not _is_counted(pages, expected):
        facts = {"counted": len(pages), "expected": expected}
        yield Finding(CHECK, "batch-pages-differ", Severity.ERROR, "", facts)
    if batch.sample:
        yield from _of_sample(batch)


def _of_sample(batch: ScanBatch) -> Iterator[Finding]:
    """More pages of the sample were bad than the plan bears: the whole batch is in doubt."""
    chosen, drawn = SamplePlan(**batch.sample["plan"]), sampled_pages(batch)
    failed = sum(page.decision == "rescan" for page in batch.pages if str(page.id) in drawn)
    if outcome(chosen, failed, looked=chosen.size) is Outcome.REJECT:
        facts = {"failed": failed, "size": chosen.size, "accept": chosen.accept}
        yield Finding(CHECK, "batch-sample-failed", Severity.ERROR, "", facts)


def _of_document(
    document: ScanDocument,
    pages: Sequence[ScanPage],
    target: Target | None,
    places: dict[tuple[str, int], int],
) -> Iterator[Finding]:
    where = str(document.ordinal)
    code, ordinal = document.case_code, document.document_ordinal
    facts: dict[str, object] = {"document": document.ordinal, "code": code, "ordinal": ordinal}

    def finding(problem: str, **more: object) -> Finding:
        return Finding(CHECK, problem, Severity.ERROR, where, facts | more)

    if not pages and not document.without_image:
        yield finding("document-empty")
    if not code:
        yield finding("document-without-code")
        return
    if target is None:
        yield finding("document-code-unknown")
        return
    if ordinal is None:
        yield finding("document-without-ordinal", awaiting=len(target.awaiting()))
        return
    listed = target.document(ordinal)
    if listed is None:
        yield finding("document-not-in-list", listed=len(target.documents))
        return
    if not listed.awaits_pages:
        yield finding("document-has-pages")
    first = places.setdefault((code, ordinal), document.ordinal)
    if first != document.ordinal:
        yield finding("document-doubled", first=first)
    expected = document.pages_expected or listed.pages_declared
    if expected and not document.without_image and not _is_counted(pages, expected):
        yield finding("document-pages-differ", counted=len(pages), expected=expected)


def _is_counted(pages: Sequence[ScanPage], expected: int) -> bool:
    """Whether these pages are so many; lists count what is written on, not the backs of sheets."""
    return expected in (len(pages), sum(not page.blank for page in pages))


def _merged(
    before: Sequence[dict[str, object]], found: Sequence[Finding]
) -> list[dict[str, object]]:
    """As found now; what a person decided on stays decided while the facts are the same."""
    decided = {
        (str(known["code"]), _same(known.get("facts"))): known["decided"]
        for known in before
        if known.get("decided")
    }
    made = []
    for finding in found:
        row = finding_row(finding)
        word = decided.get((finding.code, _same(row["facts"])))
        made.append(row | ({"decided": word} if word else {}))
    return made


def _same(facts: object) -> str:
    """Equal for equal facts, before and after the database kept them."""
    return json.dumps(facts, sort_keys=True, default=str)
