"""Releasing a batch: its pages go into case files and submissions, all of them or none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import CLEARED, DigitalObject, Document, FileRole
from archive_service.domain.scan_batch import (
    BatchState,
    BatchStateError,
    ScanBatch,
    ScanDocument,
    ScanPage,
    ScanSource,
)
from archive_service.domain.submission import (
    DeclaredFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.errors import ConflictError
from archive_service.text import fold
from digitize.batches.consent import declared_values, write_taken
from digitize.batches.order import refresh
from digitize.batches.targets import HELD, Target, targets_of
from digitize.batches.tickets import open_tickets, sync_tickets
from digitize.batches.verdicts import (
    batch_findings_undecided,
    bears_mark,
    counts,
    is_undecided,
    is_waiting,
    sampled_pages,
)

_UNSAFE = re.compile(r"[^a-z0-9]+")
# A submission in one of these states may be given pages; one that is being checked may not.
_TAKES = (SubmissionState.RECEIVED, SubmissionState.CHECKED)


class BatchNotReadyError(ConflictError):
    """Pages or findings wait for a person."""

    code = "batch-not-ready"


class BatchTargetBusyError(ConflictError):
    """A version of the case file is on its way, or its pages or the submission are looked at."""

    code = "batch-target-busy"


class BatchTargetClosedError(ConflictError):
    """The case file is not ours to change any more."""

    code = "batch-target-closed"


@dataclass(slots=True)
class Released:
    """What became of a batch: rows that more work is due on."""

    case_files: list[CaseFile] = field(default_factory=list)
    submissions: list[UUID] = field(default_factory=list)
    pages: int = 0
    documents: int = 0


def require_ready(session: Session, batch: ScanBatch) -> None:
    """``BatchNotReadyError`` while a page or a finding waits for a person."""
    refresh(batch, targets_of(session, batch))
    sampled = sampled_pages(batch)
    undecided = sum(is_undecided(page, sampled) for page in batch.pages)
    waiting = sum(is_waiting(page) for page in batch.pages)
    errors = len(batch_findings_undecided(batch))
    tickets = len(open_tickets(session, batch))
    unseen = batch.looked_at_edit != batch.last_edit
    if undecided or waiting or errors or tickets or unseen:
        raise BatchNotReadyError(
            batch=batch.number,
            undecided=undecided,
            waiting=waiting,
            errors=errors,
            tickets=tickets,
        )


def release_batch(session: Session, batch: ScanBatch, *, actor: Actor) -> Released:
    """Put its pages where its documents belong; the caller locked the batch, commits, queues.

    Raises:
        BatchStateError: it is not on the desk.
        BatchNotReadyError: somebody has to look first.
        BatchTargetBusyError, BatchTargetClosedError: a case file does not take pages now.
    """
    if batch.state is not BatchState.REVIEW:
        raise BatchStateError(batch=batch.number, state=batch.state, needed=BatchState.REVIEW)
    require_ready(session, batch)
    targets = targets_of(session, batch)
    done = Released()
    for code in sorted({document.case_code for document in batch.documents}):
        load = _Load(batch, code)
        _put(session, load, targets[code], done, actor)
        done.documents += len(load.documents)
        done.pages += sum(len(load.pages_of(document)) for document in load.documents)
    batch.state, batch.decided_by, batch.decided_at = (
        BatchState.RELEASED,
        actor.account,
        clock.now(),
    )
    sync_tickets(session, batch, actor=actor)
    facts = {"batch": batch.number, "pages": done.pages, "documents": done.documents}
    record_event(
        session,
        "batch:released",
        subject_id=batch.id,
        actor=actor,
        agency_id=batch.agency_id,
        data=facts | {"codes": sorted(targets)},
    )
    return done


def reject_batch(session: Session, batch: ScanBatch, reason: str, *, actor: Actor) -> None:
    """Nothing of it is taken; its station scans it anew. The caller locked it and commits.

    Raises:
        BatchStateError: it is decided on already.
    """
    if batch.state in (BatchState.RELEASED, BatchState.REJECTED):
        raise BatchStateError(batch=batch.number, state=batch.state, needed=BatchState.REVIEW)
    batch.state, batch.decided_by, batch.decided_at = (
        BatchState.REJECTED,
        actor.account,
        clock.now(),
    )
    batch.decision_reason = reason
    sync_tickets(session, batch, actor=actor)
    record_event(
        session,
        "batch:rejected",
        subject_id=batch.id,
        actor=actor,
        agency_id=batch.agency_id,
        data={"batch": batch.number, "reason": reason},
    )


class _Load:
    """What one batch brings to one case file."""

    def __init__(self, batch: ScanBatch, code: str) -> None:
        self.batch = batch
        self.code = code
        self.documents = [one for one in batch.documents if one.case_code == code]
        own = {document.id for document in self.documents}
        pages = sorted((page for page in batch.pages if counts(page)), key=lambda one: one.position)
        self.pages = [page for page in pages if page.document_id in own]
        sources = {source.id: source for source in batch.sources}
        strangers = {page.source_id for page in pages if page.document_id not in own}
        # A file with pages of two case files is kept with neither: each would hold the other's.
        self.kept = [
            sources[source_id]
            for source_id in dict.fromkeys(page.source_id for page in self.pages)
            if source_id not in strangers
            and any(page.sha256 != sources[source_id].sha256 for page in self.pages_from(source_id))
        ]

    def pages_of(self, document: ScanDocument) -> list[ScanPage]:
        """The document's, in order."""
        return [page for page in self.pages if page.document_id == document.id]

    def pages_from(self, source_id: UUID) -> list[ScanPage]:
        """Those that were one file."""
        return [page for page in self.pages if page.source_id == source_id]

    def sources_first_met(self, document: ScanDocument) -> list[ScanSource]:
        """Kept files whose first page is in this document: there they are kept."""
        return [
            source
            for source in self.kept
            if self.pages_from(source.id)[0].document_id == document.id
        ]


def _put(session: Session, load: _Load, target: Target, done: Released, actor: Actor) -> None:
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
        _into_submission(session, submission, load, actor)
        done.submissions.append(submission.id)


def _into_case_file(session: Session, row: CaseFile, load: _Load, actor: Actor) -> None:
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
            path = _path(document.ordinal, "original", len(objects) + 1, source.name)
            kept[source.id] = path
            objects.append(_source_object(source, path))
        for page in load.pages_of(scanned):
            path = _path(document.ordinal, "pages", len(objects) + 1, page.name)
            objects.append(_page_object(page, path, kept.get(page.source_id)))
        for number, one in enumerate(objects, start=1):
            one.ordinal, one.case_file_id = number, row.id
            one.version_added, one.created_at = version, at
        document.files.extend(objects)
        described[document.ordinal] = write_taken(document, scanned.proposals)
        if any(bears_mark(page) for page in load.pages_of(scanned)):
            document.secrecy = CLEARED  # who released it has said that it is none
        document.number_of_page = len(load.pages_of(scanned))
    row.number_of_page = sum(document.number_of_page for document in row.documents)
    row.digitization = row.digitization_due()
    _tell(session, "case-file:pages-added", row.id, row.agency_id, load, actor, version, described)


def _page_object(page: ScanPage, path: str, source: str | None) -> DigitalObject:
    return DigitalObject(
        role=FileRole.ORIGINAL,
        page_image=True,
        standing="main",
        path=path,
        name=page.name,
        media_type=page.media_type,
        puid=page.puid,
        format_name=page.format_name,
        size_bytes=page.size_bytes,
        sha256=page.sha256,
        pages=1,
        turn_deg=page.turn_deg,
        dpi=page.dpi if page.dpi_from == "person" else None,
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


def _into_submission(session: Session, row: Submission, load: _Load, actor: Actor) -> None:
    """Pages of a case file that is not accepted yet belong to version 1; it is checked anew."""
    taken = session.scalar(
        update(Submission)
        .where(Submission.id == row.id, Submission.state.in_(_TAKES))
        .values(state=SubmissionState.RECEIVED, revision=Submission.revision + 1)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise BatchTargetBusyError(code=row.code)
    session.refresh(row)
    declared = row.case_file()
    folder = f"so-hoa-{load.batch.number}"
    kept: dict[UUID, str] = {}
    files: dict[str, SubmissionFile] = {}
    for scanned in load.documents:
        document = declared.documents[(scanned.document_ordinal or 0) - 1]
        if scanned.without_image:
            document.fields |= {"noImagePlace": scanned.place, "noImageReason": scanned.reason}
            continue
        document.fields |= declared_values(scanned.proposals)
        for source in load.sources_first_met(scanned):
            path = kept[source.id] = f"{folder}/{source.name}"
            files[path] = _submitted(path, source.sha256, source.size_bytes)
            document.files.append(DeclaredFile(path=path))
        for page in load.pages_of(scanned):
            path = _free(f"{folder}/{page.name.replace('#', '-')}", files)
            files[path] = _submitted(path, page.sha256, page.size_bytes)
            source_path = kept.get(page.source_id)
            document.files.append(
                DeclaredFile(
                    path=path,
                    page_image=True,
                    turn_deg=page.turn_deg,
                    dpi=page.dpi if page.dpi_from == "person" else None,
                    derived_from=[source_path] if source_path else [],
                )
            )
    _append(row, files.values())
    row.declared = declared.model_dump()
    row.size_bytes += sum(file.size_bytes for file in files.values())
    _tell(session, "submission:pages-added", row.id, row.agency_id, load, actor, 1)


def _append(row: Submission, files: Iterable[SubmissionFile]) -> None:
    """Behind what rows name; what came beside them stays last."""
    beside = len(row.unnamed_files())
    known = list(row.files)
    named = known[: len(known) - beside] if beside else known
    last = known[len(known) - beside :] if beside else []
    made = list(files)
    row.files.extend(made)
    for number, file in enumerate([*named, *made, *last], start=1):
        file.ordinal = number


def _submitted(path: str, sha256: str, size_bytes: int) -> SubmissionFile:
    return SubmissionFile(ordinal=0, path=path, sha256=sha256, size_bytes=size_bytes, signatures=[])


def _free(path: str, taken: Iterable[str]) -> str:
    """A path that no other file of the submission has."""
    names, stem = set(taken), PurePosixPath(path)
    number = 1
    while path in names:
        number += 1
        path = str(stem.with_stem(f"{stem.stem}-{number}"))
    return path


def _path(document: int, folder: str, number: int, name: str) -> str:
    """As accepting names files: the document, what they are, their place in it, their name."""
    stem, _, suffix = name.rpartition("/")[2].partition("#")[0].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem or suffix)).strip("-")[:60] or "trang"
    ending = _UNSAFE.sub("", fold(suffix))[:8] if stem else ""
    return f"{document:04d}/{folder}/{number:04d}-{safe}" + (f".{ending}" if ending else "")


def _tell(
    session: Session,
    tag: str,
    subject_id: UUID,
    agency_id: UUID | None,
    load: _Load,
    actor: Actor,
    version: int,
    described: Mapping[int, Mapping[str, object]] | None = None,
) -> None:
    data: dict[str, object] = {
        "code": load.code,
        "batch": load.batch.number,
        "version": version,
        "documents": [document.document_ordinal for document in load.documents],
        "pages": len(load.pages),
        "sources": _sources_told(load.batch.sources, load.pages),
    }
    if changed := {str(ordinal): one for ordinal, one in (described or {}).items() if one}:
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
