"""The jobs of a migration: files of one case file converted, approved results put beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import whole_case_file
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.keeping.migration_batch import ItemState, MigrationBatch, MigrationItem
from archive_service.domain.people.account import WORKER
from archive_service.errors import ArchiveError, BackendError, InputError
from archive_service.formats.convert.convert import Target, converter_of, migrate
from archive_service.formats.convert.result import MigrationImpossibleError
from archive_service.formats.risks import risk_of
from archive_service.jobs.due import queue_due
from archive_service.jobs.port import Lease
from archive_service.keeping.formats.migration import CONVERT_JOB
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.held import require_free
from archive_service.storage.work_folder import work_place


class CaseFileBusyError(BackendError):
    """A version or a digitization is under way: what is put in now could be missed by it."""


def convert_formats(lease: Lease, services: Services) -> None:
    """Convert what waits of one case file, file by file; safe to repeat and to kill."""
    case_file_id = lease.subject_id
    if case_file_id is None:
        raise ValueError(f"{CONVERT_JOB} needs a case file")
    waiting = (
        select(MigrationItem.id)
        .where(MigrationItem.case_file_id == case_file_id, MigrationItem.state == ItemState.QUEUED)
        .order_by(MigrationItem.number)
    )
    with services.read_only() as session:
        case_file = whole_case_file(session, case_file_id)
        ids = session.scalars(waiting).all()
    converted: dict[str, int] = {}
    for done, item_id in enumerate(ids, start=1):
        with services.read_only() as session:
            item = session.get_one(MigrationItem, item_id)
            puid = session.get_one(MigrationBatch, item.batch_id).puid
        made = _converted(item, puid, case_file, services)
        with services.writing() as session:
            services.jobs.save_checkpoint(session, lease, {"items": done})  # fences us off
            row = session.get_one(MigrationItem, item_id, with_for_update=True)
            if row.state is ItemState.QUEUED:
                for name, value in made.items():
                    setattr(row, name, value)
                converted[row.state.value] = converted.get(row.state.value, 0) + 1
        services.jobs.heartbeat(lease, progress=done / len(ids))
    with services.writing() as session:
        services.jobs.finish(session, lease)
        session.flush()
        if session.scalar(waiting.limit(1)) is not None:  # asked for meanwhile
            services.jobs.add(session, CONVERT_JOB, subject_id=case_file_id)
        if converted:
            record_event(
                session,
                "format:converted",
                subject_id=case_file_id,
                actor=WORKER,
                agency_id=case_file.agency_id,
                data={"code": case_file.code} | converted,
            )


def keep_migrated(lease: Lease, services: Services) -> None:
    """Put the approved results of one case file beside their originals; a version is wanted.

    Raises:
        CaseFileBusyError: not now; it is tried again.
        CaseFileHeldError: a hold stops it; once that is lifted, the watch over formats queues it.
    """
    with services.writing() as session:
        row = session.get_one(CaseFile, lease.subject_id, with_for_update=True)
        services.jobs.finish(session, lease)
        approved = (
            select(MigrationItem, MigrationBatch)
            .join(MigrationBatch)
            .where(
                MigrationItem.case_file_id == row.id,
                MigrationItem.state == ItemState.ACCEPTED,
                MigrationBatch.approved_at.is_not(None),
            )
            .order_by(MigrationBatch.approved_at, MigrationItem.number)
        )
        found = session.execute(approved).all()
        if found:
            require_free(session, row, act="format:approve", actor=WORKER)
            if not _is_free(row):
                raise CaseFileBusyError(code=row.code)
            _keep(session, row, [(item, batch) for item, batch in found], services)
            queue_due(session, row, services)


def _is_free(row: CaseFile) -> bool:
    """Whether no version of it is under way, and no digitization that would want one."""
    at_rest = row.version_stored == row.version_wanted and row.state is CaseState.STORED
    return at_rest and not row.awaits_digitization()


def _keep(
    session: Session,
    row: CaseFile,
    found: Sequence[tuple[MigrationItem, MigrationBatch]],
    services: Services,
) -> None:
    kept = [pair for pair in found if _is_staged(pair[0], services)]
    if not kept:
        return
    version = row.want_version()
    documents = {document.id: document for document in row.documents}
    for item, batch in kept:
        document = documents[item.document_id]
        source = next(file for file in document.files if file.id == item.digital_object_id)
        document.files.append(_beside(document, source, item, batch, version=version))
        item.state = ItemState.STORED
    facts = {"code": row.code, "version": version, "files": len(kept)}
    record_event(
        session,
        "case-file:migrated",
        of=row,
        actor=WORKER,
        data=facts | {"batches": sorted({str(item.batch_id) for item, _ in kept})},
    )


def _is_staged(item: MigrationItem, services: Services) -> bool:
    """Whether the result still lies there; where it does not, the item is to be proposed again."""
    if item.sha256 is not None and services.staging.has(item.sha256):
        return True
    for name, value in _refusal(MigrationImpossibleError(reason="the result is gone")).items():
        setattr(item, name, value)
    return False


def _beside(
    document: Document,
    source: DigitalObject,
    item: MigrationItem,
    batch: MigrationBatch,
    *,
    version: int,
) -> DigitalObject:
    """The row of the result; the original's row stays as it is."""
    target = _target(batch.puid)
    checks = dict(item.facts)
    is_copy = bool(checks.pop("is_copy", False))
    role = FileRole.ACCESS if is_copy else FileRole.PRESERVATION
    stem = source.path.rpartition("/")[2].rpartition(".")[0]
    name = source.name.rpartition(".")[0] or source.name
    text = ", ".join(f"{key}: {value}" for key, value in checks.items())
    return DigitalObject(
        case_file_id=document.case_file_id,
        ordinal=max(file.ordinal for file in document.files) + 1,
        role=role,
        page_image=False,
        standing=source.standing,
        path=f"{document.ordinal:04d}/{role.value}/{stem}.{target.key}.{target.suffix}",
        name=f"{name}.{target.key}.{target.suffix}",
        media_type=target.media_type,
        puid=target.puid,
        format_name=target.format_name,
        size_bytes=item.size_bytes,
        sha256=item.sha256,
        pages=checks.get("pages"),
        version_added=version,
        derived_from=[source.path],
        migration={
            "tool": item.tool,
            "detail": messages.text(
                "formats.migrated",
                source=f"{source.format_name or ''} ({batch.puid})".strip(),
                target=f"{target.format_name} ({target.puid})",
            ),
            "note": messages.text(
                "formats.checked",
                checks=text,
                reviewed_by=item.reviewed_by,
                approved_by=batch.approved_by,
            ),
            "batch": str(batch.id),
            "is_copy": is_copy,
        },
        created_at=item.converted_at,
    )


def _converted(
    item: MigrationItem, puid: str, case_file: CaseFile, services: Services
) -> dict[str, Any]:
    """The columns of the item once it was tried; its bytes lie in staging then."""
    document = next(document for document in case_file.documents if document.id == item.document_id)
    source = next(file for file in document.files if file.id == item.digital_object_id)
    made_at = clock.now()
    with work_place(services.work_folder, "digitize-") as folder:
        original, target = folder / "original", folder / "result"
        HeldContent(services.copies, case_file.ocfl_id).fetch(
            source.sha256, source.size_bytes, original
        )
        try:
            made = migrate(
                original,
                target,
                family=risk_of(puid).key,
                title=document.subject or source.name,
                made_at=made_at,
            )
        except InputError as refused:  # of this file, not of the machine: no retry helps
            return _refusal(refused) | {"converted_at": made_at}
        staged = _staged(target, services)
    facts = made.checks | ({"is_copy": True} if made.is_copy else {})
    return staged | {
        "state": ItemState.CONVERTED,
        "tool": made.tool,
        "facts": facts,
        "converted_at": made_at,
    }


def _staged(target: Path, services: Services) -> dict[str, Any]:
    with target.open("rb") as made:
        staged = services.staging.receive(made)
    return {"sha256": staged.sha256, "size_bytes": staged.size_bytes}


def _target(puid: str) -> Target:
    converter = converter_of(risk_of(puid).key)
    if converter is None:  # a batch of such a format has no item that could be approved
        raise ValueError(f"nothing converts {puid}")
    return converter.target


def _refusal(error: ArchiveError) -> dict[str, Any]:
    """The columns of an item that came to nothing; the words of its error are made when shown."""
    facts = {name: str(value) for name, value in error.facts.items()}
    return {"state": ItemState.REFUSED, "facts": {"code": error.code, "facts": facts}}
