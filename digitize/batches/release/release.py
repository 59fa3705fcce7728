"""Releasing a batch: its pages go into case files and submissions, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import CLEARED, DigitalObject, Document, FileRole
from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
    ScanPage,
    ScanSource,
)
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.messages import Findings
from digitize.batches.desk.consent import write_taken
from digitize.batches.queue.tickets import open_tickets, sync_tickets
from digitize.batches.reading.order import refresh
from digitize.batches.reading.verdicts import (
    batch_findings_undecided,
    is_undecided,
    is_waiting,
    sampled_pages,
    severity_rank,
)
from digitize.batches.release.into_submission import into_submission
from digitize.batches.release.load import BatchTargetBusyError, Load, file_name, path_of, tell_added
from digitize.batches.release.targets import HELD, Target, targets_of
from digitize.batches.transitions import TRANSITIONS


class BatchNotReadyError(ConflictError):
    """Pages or findings wait for a person."""


class BatchBeingReadError(ConflictError):
    """A worker has to look at the pages as they stand since the last edit."""


class BatchTargetClosedError(ConflictError):
    """The case file is not ours to change any more."""


@dataclass(slots=True)
class Released:
    """The outcome of a release: rows that more work is due on."""

    case_files: list[CaseFile] = field(default_factory=list)
    submissions: list[UUID] = field(default_factory=list)
    pages: int = 0
    documents: int = 0


def require_ready(session: Session, batch: ScanBatch) -> None:
    """``BatchNotReadyError`` while something waits for a person, ``BatchBeingReadError`` for us."""
    refresh(batch, targets_of(session, batch))
    sampled = sampled_pages(batch)
    undecided = [page for page in batch.pages if is_undecided(page, sampled)]
    waiting = sum(is_waiting(page) for page in batch.pages)
    errors = batch_findings_undecided(batch)
    tickets = len(open_tickets(session, batch))
    if undecided or waiting or errors or tickets:
        raise BatchNotReadyError(
            batch=batch.number,
            undecided=len(undecided),
            waiting=waiting,
            errors=len(errors),
            tickets=tickets,
            open=_open_findings(errors, undecided),
        )
    if batch.looked_at_edit != batch.last_edit:
        raise BatchBeingReadError(batch=batch.number)


def _open_findings(errors: Sequence[dict[str, Any]], undecided: Sequence[ScanPage]) -> Findings:
    """Findings that a person has to decide on: of batch and documents, then page by page."""
    found = [(error, "") for error in errors]
    for page in undecided:
        asks = [finding for finding in page.findings if finding["severity"] != Severity.INFO.value]
        found += [(ask, page.name) for ask in sorted(asks, key=severity_rank)]
    return Findings(
        tuple(
            (refusal["code"], refusal.get("facts", {}) | {"place": refusal.get("place") or name})
            for refusal, name in found
        )
    )


def release_batch(session: Session, batch: ScanBatch, *, actor: Actor) -> Released:
    """Put its pages where its documents belong; the caller locked the batch, commits, queues.

    Raises:
        BatchStateError: it is not on the desk.
        BatchNotReadyError: somebody has to look first.
        BatchTargetBusyError, BatchTargetClosedError: a case file does not take pages now.
    """
    TRANSITIONS.require_open(batch, "release")
    require_ready(session, batch)
    targets = targets_of(session, batch)
    done = Released()
    for code in sorted({document.case_code for document in batch.documents}):
        load = Load(batch, code)
        _put(session, load, targets[code], done, actor)
        done.documents += len(load.documents)
        done.pages += sum(len(load.pages_of(document)) for document in load.documents)
    TRANSITIONS.move(batch, "release")
    batch.decided_by, batch.decided_at = actor.account, clock.now()
    sync_tickets(session, batch, actor=actor)
    facts = {"batch": batch.number, "pages": done.pages, "documents": done.documents}
    record_event(
        session, "batch:released", of=batch, actor=actor, data=facts | {"codes": sorted(targets)}
    )
    return done


def reject_batch(session: Session, batch: ScanBatch, reason: str, *, actor: Actor) -> None:
    """Nothing of it is taken; its station scans it anew. The caller locked it and commits.

    Raises:
        BatchStateError: it is decided on already.
    """
    TRANSITIONS.move(batch, "reject")
    batch.decided_by, batch.decided_at = actor.account, clock.now()
    batch.decision_reason = reason
    sync_tickets(session, batch, actor=actor)
    record_event(
        session,
        "batch:rejected",
        of=batch,
        actor=actor,
        data={"batch": batch.number, "reason": reason},
    )


def _put(session: Session, load: Load, target: Target, done: Released, actor: Actor) -> None:
    if target.case_file_id is not None:
        row = session.get_one(
            CaseFile,
            target.case_file_id,
            with_for_update=True,
            populate_existing=True,
            options=(selectinload(CaseFile.documents).selectinload(Document.files),),
        )
        _into_case_file(session, row, load, actor)
        done.case_files.append(row)
    elif target.submission_id is not None:
        submission = session.get_one(
            Submission, target.submission_id, with_for_update=True, populate_existing=True
        )
        into_submission(session, submission, load, actor)
        done.submissions.append(submission.id)


def _into_case_file(session: Session, row: CaseFile, load: Load, actor: Actor) -> None:
    """A further version with the pages is wanted; only of a case file that is at rest."""
    if row.state not in HELD:
        raise BatchTargetClosedError(code=row.code)
    if row.version_stored != row.version_wanted or row.awaits_digitization():
        raise BatchTargetBusyError(code=row.code)
    version, at = row.want_version(), clock.now()
    documents = {document.ordinal: document for document in row.documents}
    kept: dict[UUID, str] = {}
    described: dict[int, dict[str, dict[str, str]]] = {}
    for scanned in load.documents:
        document = documents[scanned.document_ordinal or 0]
        if scanned.without_image:
            document.no_image_place, document.no_image_reason = scanned.place, scanned.reason
            continue
        objects: list[DigitalObject] = []
        for source in load.sources_first_met(scanned):
            path = path_of(document.ordinal, "original", len(objects) + 1, source.name)
            kept[source.id] = path
            objects.append(_source_object(source, path))
        for page in load.pages_of(scanned):
            path = path_of(document.ordinal, "pages", len(objects) + 1, file_name(page))
            objects.append(_page_object(page, path, kept.get(page.source_id)))
        for number, file in enumerate(objects, start=1):
            file.ordinal, file.case_file_id = number, row.id
            file.version_added, file.created_at = version, at
        document.files.extend(objects)
        described[document.ordinal] = write_taken(document, scanned.proposals)
        if load.bears_mark(scanned):
            document.secrecy = CLEARED  # who released it has said that it is none
        document.number_of_page = len(load.pages_of(scanned))
    row.number_of_page = sum(document.number_of_page for document in row.documents)
    row.digitization = row.digitization_due()
    tell_added(
        session, "case-file:pages-added", row.id, row.agency_id, load, actor, version, described
    )


def _page_object(page: ScanPage, path: str, source: str | None) -> DigitalObject:
    return DigitalObject(
        role=FileRole.ORIGINAL,
        page_image=True,
        standing="main",
        path=path,
        name=file_name(page),
        media_type=page.media_type,
        puid=page.puid,
        format_name=page.format_name,
        size_bytes=page.size_bytes,
        sha256=page.sha256,
        pages=1,
        turn_deg=page.turn_deg,
        dpi=page.dpi if page.dpi_from != "file" else None,
        derived_from=[source] if source else [],
    )


def _source_object(source: ScanSource, path: str) -> DigitalObject:
    return DigitalObject(
        role=FileRole.ORIGINAL,
        page_image=False,
        standing="main",
        path=path,
        name=source.name,
        media_type=source.media_type,
        size_bytes=source.size_bytes,
        sha256=source.sha256,
        pages=source.frames,
        turn_deg=0,
        derived_from=[],
    )
