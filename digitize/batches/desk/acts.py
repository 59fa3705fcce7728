"""Acts of people on a batch, committed: edits, undo, release, reject."""

from collections.abc import Callable, Mapping
from typing import IO, Any
from uuid import uuid4

from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanEdit, ScanSource
from archive_service.domain.intake.submission import CHECK_JOB, Submission
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.jobs.due import queue_due
from archive_service.services import Services
from archive_service.text import telling
from digitize.batches.desk import edits
from digitize.batches.desk.changes import STEP, EditReasonMissingError
from digitize.batches.desk.documents import BatchRejected, BatchReleased, EditDone
from digitize.batches.desk.given import Rejection, SeenEdit
from digitize.batches.intake.receive import receive_file
from digitize.batches.reach import get_batch
from digitize.batches.reading.due import queue_reading
from digitize.batches.reading.page_rows import page_of
from digitize.batches.release.release import reject_batch, release_batch
from digitize.batches.sources.frames import FrameRefused, iter_frames, source_limits, splitter_of
from digitize.batches.transitions import batch_for

WITH_FILE = ("insert", "replace")  # these bring a file


class ScanPageRefusedError(InputError):
    """No page can be made of the file that was to stand in the batch."""


class BatchEditFileError(InputError):
    """The act needs a file, or takes none."""


def edit(
    services: Services, batch: str, kind: str, facts: Mapping[str, Any], *, actor: Actor
) -> EditDone:
    """One act on the desk; facts: ``desk.changes``.

    Raises:
        NotAllowedError, BatchUnknownError, BatchStateError: not this account's, not now.
        UnknownEditError, EditFactsError, InputError, ConflictError: of the act.
    """
    if kind in WITH_FILE:
        raise BatchEditFileError(kind=kind)

    def act(session: Session, row: ScanBatch) -> ScanEdit:
        return edits.edit(session, row, kind, facts, actor=actor)

    return _done(services, batch, act, actor)


def edit_with_file(
    services: Services,
    batch: str,
    kind: str,
    facts: Mapping[str, Any],
    *,
    name: str,
    source: IO[bytes],
    actor: Actor,
) -> EditDone:
    """Insert the pages of a file, or put them in the place of a page; they are read at once.

    Raises:
        BatchEditFileError: an act that takes no file.
        ScanPageRefusedError: no page can be made of it; nothing was changed.
        StagedTooLargeError, SourceNameError, BackendError: nothing was taken in.
    """
    if kind not in WITH_FILE:
        raise BatchEditFileError(kind=kind)
    with services.read_only() as session:  # before any byte is taken
        get_batch(session, batch, actor=actor, act="batch:edit")
    limits = services.settings.limits
    arrived = receive_file(
        name, source, staging=services.staging, limits=limits, looking=source_limits(limits)
    )
    look = arrived.look
    given = ScanSource(
        id=uuid4(),
        ordinal=0,
        name=arrived.name,
        sha256=arrived.staged.sha256,
        size_bytes=arrived.staged.size_bytes,
        media_type=look.media_type,
        frames=look.frames,
        refused={} if look.refused is None else _refused(look.refused.code, look.refused.facts),
        received_at=clock.now(),
    )
    frames = list(iter_frames(given, splitter_of(services)))
    for frame in frames:
        if isinstance(frame, FrameRefused):
            words = messages.finding(frame.finding.code, "vi", frame.finding.facts)
            raise ScanPageRefusedError(name=frame.name, problem=words.message)

    def act(session: Session, row: ScanBatch) -> ScanEdit:
        given.batch_id = row.id
        given.ordinal = max((source.ordinal for source in row.sources), default=0) + 1
        given.name = _free_name(given.name, {source.name for source in row.sources})
        row.sources.append(given)
        session.flush()
        pages = [
            page_of(row.id, given, frame, position=number * STEP)
            for number, frame in enumerate(frames, start=1)
        ]
        for page, frame in zip(pages, frames, strict=True):
            page.name = frame.name.replace(arrived.name, given.name, 1)
        return edits.edit(session, row, kind, facts, pages=pages, actor=actor)

    return _done(services, batch, act, actor)


def undo(services: Services, batch: str, given: SeenEdit, *, actor: Actor) -> EditDone:
    """Take the last act on a batch back.

    Raises:
        ConflictError, NotAllowedError: as ``digitize.batches.desk.edits.undo``.
    """

    def act(session: Session, row: ScanBatch) -> ScanEdit:
        return edits.undo(session, row, actor=actor, seen=given.edit)

    return _done(services, batch, act, actor)


def redo(services: Services, batch: str, given: SeenEdit, *, actor: Actor) -> EditDone:
    """Do again what was undone last on a batch."""

    def act(session: Session, row: ScanBatch) -> ScanEdit:
        return edits.redo(session, row, actor=actor, seen=given.edit)

    return _done(services, batch, act, actor)


def release(services: Services, batch: str, *, actor: Actor) -> BatchReleased:
    """Put the pages of a batch where they belong; refused while a page waits for a person.

    Raises:
        NotAllowedError, BatchUnknownError, BatchStateError, BatchNotReadyError.
        BatchTargetBusyError, BatchTargetClosedError: a case file does not take pages now.
    """
    with services.writing() as session:
        row = batch_for(session, batch, "release", actor=actor)
        done = release_batch(session, row, actor=actor)
        session.flush()
        for case_file in done.case_files:
            queue_due(session, case_file, services)
        for submission_id in done.submissions:
            services.jobs.add(session, CHECK_JOB, subject_id=submission_id)
        codes = [case_file.code for case_file in done.case_files]
        codes += [session.get_one(Submission, submission).code for submission in done.submissions]
    return BatchReleased(
        batch=row.number,
        state=row.state.value,
        pages=done.pages,
        documents=done.documents,
        codes=sorted(codes),
    )


def reject(services: Services, batch: str, given: Rejection, *, actor: Actor) -> BatchRejected:
    """Take nothing of a batch: its station scans it again; unneeded bytes are discarded.

    Raises:
        EditReasonMissingError, NotAllowedError, BatchUnknownError, BatchStateError.
    """
    words = telling(given.reason)
    if not words:
        raise EditReasonMissingError
    with services.writing() as session:
        row = batch_for(session, batch, "reject", actor=actor)
        reject_batch(session, row, words, actor=actor)
    return BatchRejected(batch=row.number, state=row.state.value)


def _done(
    services: Services, batch: str, act: Callable[[Session, ScanBatch], ScanEdit], actor: Actor
) -> EditDone:
    with services.writing() as session:
        row = batch_for(session, batch, "edit", actor=actor)
        done = act(session, row)
        session.flush()
        queue_reading(session, row, services)
    return EditDone(batch=row.number, edit=done.number, kind=done.kind, state=row.state.value)


def _refused(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": code, "facts": dict(facts)}


def _free_name(name: str, taken: set[str]) -> str:
    """``trang.jpg``, or ``trang (2).jpg`` where the batch holds another file of that name."""
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (name, "")
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{stem} ({number}){suffix}"
    return free
