"""Batches of migration as people see them, and the bytes of a result that waits for their eye."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from archive_service import access, messages
from archive_service.catalogue.holdings.opening import FileUnknownError, get_document
from archive_service.catalogue.holdings.uses import note_use, require_readable
from archive_service.domain.keeping.migration_batch import MigrationBatch, MigrationItem
from archive_service.domain.people.account import Actor
from archive_service.formats.convert.convert import converter_of
from archive_service.formats.risks import risk_of
from archive_service.keeping.formats.documents import MigrationBatchSummary, MigrationFile
from archive_service.keeping.formats.migration import batch_state, get_batch
from archive_service.readable import Readable
from archive_service.services import Services

_NEWEST = 50


def list_batches(services: Services, *, actor: Actor, puid: str = "") -> list[dict[str, Any]]:
    """Batches of migration, newest first."""
    access.require(actor, "format:list")
    query = (
        select(MigrationBatch)
        .options(selectinload(MigrationBatch.items))
        .order_by(MigrationBatch.proposed_at.desc())
        .limit(_NEWEST)
    )
    if puid:
        query = query.where(MigrationBatch.puid == puid)
    with services.read_only() as session:
        return [_summary(batch) for batch in session.scalars(query)]


def show_batch(
    services: Services, batch_id: UUID, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """One batch: its files, what was compared, what was refused."""
    access.require(actor, "format:list")
    with services.read_only() as session:
        batch = get_batch(session, batch_id)
        files = [_file(item, lang) for item in batch.items]
        return _summary(batch) | {"reason": batch.reason, "files": files}


def readable_result(services: Services, item_id: UUID, *, actor: Actor) -> Readable:
    """The result as it lies in staging, for whoever may read its document; the use is noted.

    Raises:
        FileUnknownError: no such item, nothing was made of it, or it is gone.
        ContentRestrictedError: the document is not open to the account.
    """
    access.require(actor, "format:review")
    with services.read_only() as session:
        item = session.get(MigrationItem, item_id)
        if item is None or item.sha256 is None or item.size_bytes is None:
            raise FileUnknownError(file=item_id)
        case_file, document = get_document(session, item.document_id, actor=actor)
        puid = session.get_one(MigrationBatch, item.batch_id).puid
    require_readable(actor, case_file, document)
    if not services.staging.has(item.sha256):
        raise FileUnknownError(file=item_id)
    note_use(actor, case_file, document, database=services.database)
    converter = converter_of(risk_of(puid).key)
    suffix, media_type = "", "application/octet-stream"
    if converter is not None:
        suffix, media_type = converter.target.suffix, converter.target.media_type
    return Readable(
        name=f"{item.name.rpartition('/')[2]}.{suffix}",
        media_type=media_type,
        size_bytes=item.size_bytes,
        sha256=item.sha256,
        ocfl_id=None,
    )


def _summary(batch: MigrationBatch) -> dict[str, Any]:
    return MigrationBatchSummary.of_row(
        batch,
        state=batch_state(batch),
        items=len(batch.items),
        reviewers=sorted({item.reviewed_by for item in batch.items if item.reviewed_by}),
    ).as_json()


def _file(item: MigrationItem, lang: str) -> dict[str, Any]:
    refused = None
    if "code" in item.facts:
        message = messages.error(item.facts["code"], lang, item.facts.get("facts", {}))
        refused = {"message": message.message, "remedy": message.remedy}
    checks, original = {} if refused else item.facts, item.digital_object_id
    return MigrationFile.of_row(item, original=original, checks=checks, refused=refused).as_json()
