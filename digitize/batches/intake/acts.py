"""Batches on their way in, for commands, API and pages alike."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service import access
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanSource
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.batches.desk.batch_documents import document_row, finding_shown
from digitize.batches.intake import receive
from digitize.batches.intake.folder import FileToSend, Progress, named_by_content, no_link
from digitize.batches.intake.receive import Arrived, BatchOrder
from digitize.batches.queue.standing import PageStanding, standings_of
from digitize.batches.reach import get_batch
from digitize.batches.reading.verdicts import counts
from digitize.batches.release.targets import find_targets
from digitize.batches.separators import print_sheets, read_range
from digitize.batches.sources.frames import source_limits
from digitize.batches.sources.names import LEFT_OUT, LeftOut
from digitize.ocr.separators import Separator
from ingest.uploads.acts import Sent, upload_folder

TOGETHER = 20  # files whose rows are written in one transaction


def open_batch(
    services: Services, order: BatchOrder, *, station: str | None, actor: Actor
) -> tuple[ScanBatch, bool]:
    """See ``receive.open_batch``; committed."""
    with services.unit_of_work() as uow:
        batch, new = receive.open_batch(order, station=station, actor=actor, uow=uow)
        uow.commit()
    return batch, new


def add_source(
    services: Services,
    batch_id: UUID,
    name: str,
    source: IO[bytes],
    *,
    actor: Actor,
    replace_it: bool = False,
) -> ScanSource:
    """Take in one file; its bytes are durable and its row committed on return.

    Raises:
        InputError, ConflictError: as ``receive.receive_file`` and ``receive.add_sources``.
    """
    _require_reached(services, batch_id, actor)
    arrived = _receive(services, name, source)
    (row,) = _write_rows(services, batch_id, [arrived], actor=actor, replace_it=replace_it)
    return row


def add_files(
    services: Services, batch_id: UUID, files: Sequence[FileToSend], *, actor: Actor
) -> Iterator[ScanSource]:
    """Take in many files, their rows some at a time; each is told when its row stands."""
    _require_reached(services, batch_id, actor)
    for begin in range(0, len(files), TOGETHER):
        arrived = []
        for file in files[begin : begin + TOGETHER]:
            with open(file.path, "rb", opener=no_link) as source:
                arrived.append(_receive(services, file.name, source))
        yield from _write_rows(services, batch_id, arrived, actor=actor)


def add_uploads(
    services: Services,
    batch_id: UUID,
    sent: Sequence[Sent],
    *,
    actor: Actor,
    replace_it: bool = False,
) -> list[ScanSource]:
    """Take in finished uploads of ``actor``, and forget them; the same again changes nothing.

    Raises:
        UploadUnknownError, UploadIncompleteError: none of them was taken in.
    """
    _require_reached(services, batch_id, actor)
    folder = upload_folder(services)
    whole = [(file, folder.whole(file.upload, owner=actor.account)) for file in sent]
    arrived = []
    for file, upload in whole:
        with folder.path(upload.id).open("rb") as source:
            arrived.append(_receive(services, file.path or upload.name, source))
    rows = _write_rows(services, batch_id, arrived, actor=actor, replace_it=replace_it)
    folder.discard([upload.id for _, upload in whole])
    return rows


def close_batch(
    services: Services,
    batch_id: UUID,
    *,
    actor: Actor,
    order: Sequence[str] | None = None,
    left_out: Sequence[LeftOut] = (),
) -> ScanBatch:
    """See ``receive.close_batch``; committed, so that a worker reads it from now on."""
    with services.unit_of_work() as uow:
        batch = receive.close_batch(
            batch_id,
            actor=actor,
            uow=uow,
            jobs=services.jobs,
            order=order,
            left_out=left_out,
        )
        uow.commit()
    return batch


def import_folder(
    services: Services,
    folder: Path,
    order: BatchOrder,
    *,
    station: str | None,
    actor: Actor,
    progress: Progress = iter,
) -> UUID:
    """Take in a folder as one closed batch; broken off and begun again, it is still one batch.

    Args:
        order: its ``reference`` is left empty: what the folder holds names the batch.
        told: shows the progress of what it is given.

    Raises:
        ScanFolderEmptyError, ScanFolderRefusedError: no file; no batch was opened.
        TooManySourcesError: likewise.
    """
    limits = services.settings.limits
    found, order = named_by_content(folder, order, most_bytes=limits.file_bytes)
    files = found.files
    if len(files) > limits.file_count:
        raise receive.TooManySourcesError(count=len(files), limit=limits.file_count)
    batch, _ = open_batch(services, order, station=station, actor=actor)
    shown = progress(files)
    for _ in add_files(services, batch.id, files, actor=actor):
        next(shown, None)
    next(shown, None)
    names = [file.name for file in files]
    close_batch(services, batch.id, actor=actor, order=names, left_out=found.left_out)
    return batch.id


def awaits_reading(services: Services, batch_id: UUID) -> bool:
    """Whether the batch is closed and its pages are still being read."""
    with services.read_only() as session:
        return session.get_one(ScanBatch, batch_id).state is BatchState.READING


def intake_document(
    services: Services, batch: UUID | str, *, actor: Actor, lang: str
) -> dict[str, Any]:
    """``{batch, id, state, files, pages, documents, findings, refused}`` of what has come.

    ``documents`` are those of ``desk.batch_documents``, none before the batch is read;
    ``refused`` are findings about files of which no page can be made, or that never came.
    """
    with services.read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:create")
        mine = ScanSource.batch_id == row.id  # a thick batch is asked for after every file
        files, frames = session.execute(
            select(func.count(), func.coalesce(func.sum(ScanSource.frames), 0)).where(mine)
        ).one()
        without_page = (
            select(ScanSource.name, ScanSource.refused)
            .where(mine, ScanSource.frames == 0)
            .order_by(ScanSource.ordinal)
        )
        standings = standings_of(session, row.id)
        pages: dict[UUID | None, list[PageStanding]] = {}
        for page in standings:
            pages.setdefault(page.document_id, []).append(page)
        documents = [
            document_row(document, pages.get(document.id, ()), lang=lang)
            for document in row.documents
        ]
        return {
            "batch": row.number,
            "id": str(row.id),
            "state": row.state.value,
            "files": files,
            "pages": sum(counts(page) for page in standings) if standings else frames,
            "documents": documents,
            "findings": [
                finding_shown(finding, lang=lang)
                for finding in row.findings
                if finding["check"] != LEFT_OUT
            ],
            "refused": [
                *(
                    finding_shown(refused | {"severity": "error"}, place=name, lang=lang)
                    for name, refused in session.execute(without_page)
                ),
                *(
                    finding_shown(finding, lang=lang)
                    for finding in row.findings
                    if finding["check"] == LEFT_OUT
                ),
            ],
        }


def print_separators(
    services: Services, code: str, ordinals: str | None, *, actor: Actor
) -> tuple[bytes, int]:
    """Separator sheets of a case file as PDF/A, and how many; without ordinals, all that await.

    Raises:
        BatchCodeError: no case file or submission that takes pages bears the code.
        SeparatorRangeError: ``ordinals`` are not understood.
    """
    access.require(actor, "batch:create")
    with services.read_only() as session:
        target = find_targets(session, [code]).get(code)
    if target is None or not access.may(actor, "batch:create", target):
        raise receive.BatchCodeError(code=code)
    titles = {document.ordinal: document.title for document in target.documents}
    wanted = (
        [document.ordinal for document in target.awaiting() or target.documents]
        if ordinals is None
        else read_range(ordinals)
    )
    sheets = [Separator(code, ordinal) for ordinal in wanted] or [Separator(code)]
    pdf = print_sheets(
        sheets,
        archive=services.settings.archive.name,
        title=target.title,
        titles=titles,
        press=services.press,
    )
    return pdf, len(sheets)


def _require_reached(services: Services, batch_id: UUID, actor: Actor) -> None:
    """Before any byte is taken."""
    with services.read_only() as session:
        get_batch(session, batch_id, actor=actor, act="batch:create")


def _receive(services: Services, name: str, source: IO[bytes]) -> Arrived:
    limits = services.settings.limits
    return receive.receive_file(
        name, source, staging=services.staging, limits=limits, looking=source_limits(limits)
    )


def _write_rows(
    services: Services,
    batch_id: UUID,
    arrived: Sequence[Arrived],
    *,
    actor: Actor,
    replace_it: bool = False,
) -> list[ScanSource]:
    with services.unit_of_work() as uow:
        rows = receive.add_sources(
            batch_id,
            arrived,
            actor=actor,
            uow=uow,
            most=services.settings.limits.file_count,
            replace=replace_it,
        )
        uow.commit()
    return rows
