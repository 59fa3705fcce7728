"""Migration of formats: proposed, converted, reviewed, approved, and kept beside the original."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.held import held_condition
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.keeping.format_identification import FormatIdentification
from archive_service.domain.keeping.migration_batch import (
    OPEN_ITEMS,
    ItemState,
    MigrationBatch,
    MigrationItem,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotAllowedError, NotFoundError
from archive_service.formats.convert.convert import converter_of
from archive_service.formats.risks import FormatRisk, risk_of
from archive_service.services import Services

CONVERT_JOB = "convert-formats"
KEEP_JOB = "keep-migrated"
BATCH_FILES = 100  # unless more are asked for
AGAIN = FormatIdentification.sha256 == DigitalObject.sha256
# What a file is by the newest word on it; null: PRONOM does not know it.
FORMAT_NOW: ColumnElement[str | None] = case(
    (FormatIdentification.sha256.is_not(None), FormatIdentification.puid), else_=DigitalObject.puid
)
_UNREVIEWED = (ItemState.PROPOSED, ItemState.QUEUED, ItemState.CONVERTED)


class MigrationBatchNotFoundError(NotFoundError):
    """No batch bears this id."""


class FormatStaysError(ConflictError):
    """The list of risks names nothing that files of this format should become."""


class NothingToMigrateError(ConflictError):
    """No file of this format is free for a batch."""


class MigrationItemStateError(ConflictError):
    """The item is not where this act needs it."""


class MigrationUnreviewedError(ConflictError):
    """Somebody has yet to look at some of the items."""


class MigrationNothingAcceptedError(ConflictError):
    """There is nothing to approve."""


class MigrationOwnApprovalError(NotAllowedError):
    """Who proposed or reviewed may not approve as well."""


def propose(
    services: Services, puid: str, *, actor: Actor, limit: int = BATCH_FILES, again: bool = False
) -> UUID:
    """A batch of files of this format that nothing was made of yet; returns its id.

    Page images are left out: digitization makes their PDF/A. With ``again`` also files that an
    earlier batch could not convert, or whose result was rejected.

    Raises:
        FormatStaysError: there is nothing that it should become.
        NothingToMigrateError: no such file is held and free.
    """
    access.require(actor, "format:propose")
    risk = risk_of(puid)
    if not risk.target:
        raise FormatStaysError(puid=puid)
    with services.unit_of_work() as uow:
        session = uow.session
        items = _items(session, puid, risk, limit=limit, again=again)
        if not items:
            raise NothingToMigrateError(puid=puid)
        batch = MigrationBatch(
            puid=puid,
            target=risk.target,
            reason=f"{risk.reason} ({risk.citation})",
            proposed_by=actor.account,
            proposed_at=clock.now(),
            items=items,
        )
        session.add(batch)
        session.flush()
        facts = {"puid": puid, "target": risk.target, "files": len(items)}
        record_event(session, "format:proposed", subject_id=batch.id, actor=actor, data=facts)
        uow.commit()
        return batch.id


def convert(services: Services, batch_id: UUID, *, actor: Actor) -> int:
    """Have workers convert what a batch proposes; safe to repeat."""
    access.require(actor, "format:propose")
    with services.writing() as session:
        batch = _locked(session, batch_id)
        waiting = []
        for item in batch.items:
            if item.state is ItemState.PROPOSED:
                item.state = ItemState.QUEUED
            if item.state is ItemState.QUEUED:
                waiting.append(item)
        session.flush()
        for case_file_id in dict.fromkeys(item.case_file_id for item in waiting):
            services.jobs.add(session, CONVERT_JOB, subject_id=case_file_id)
    return len(waiting)


def review(
    services: Services,
    batch_id: UUID,
    *,
    accept: Collection[int] = (),
    reject: Collection[int] = (),
    actor: Actor,
) -> dict[str, int]:
    """Note which results may stand beside their originals.

    Raises:
        MigrationItemStateError: an item without a result, or one that was decided on for good.
    """
    access.require(actor, "format:review")
    with services.writing() as session:
        batch = _locked(session, batch_id)
        by_number = {item.number: item for item in batch.items}
        words = dict.fromkeys(accept, ItemState.ACCEPTED) | dict.fromkeys(
            reject, ItemState.REJECTED
        )
        is_new = False  # something that this person has not said already
        for number, word in words.items():
            item = by_number.get(number)
            open_still = (ItemState.CONVERTED, ItemState.ACCEPTED)
            if item is None or item.state not in open_still or batch.approved_at is not None:
                state = item.state.value if item else "–"
                raise MigrationItemStateError(number=number, state=state)
            if (item.state, item.reviewed_by) == (word, actor.account):
                continue
            item.state = word
            item.reviewed_by = actor.account
            item.reviewed_at = clock.now()
            is_new = True
        counted = Counter(words.values())
        facts = {
            "accepted": counted[ItemState.ACCEPTED],
            "rejected": counted[ItemState.REJECTED],
        }
        if is_new:
            record_event(session, "format:reviewed", subject_id=batch.id, actor=actor, data=facts)
    return facts


def approve(services: Services, batch_id: UUID, *, actor: Actor) -> int:
    """Put what was accepted into the case files; by a person who neither proposed nor reviewed.

    Raises:
        MigrationOwnApprovalError: ``actor`` proposed the batch or reviewed in it.
        MigrationUnreviewedError, MigrationNothingAcceptedError: the batch is not ready.
    """
    access.require(actor, "format:approve")
    with services.writing() as session:
        batch = _locked(session, batch_id)
        accepted = [item for item in batch.items if item.state is ItemState.ACCEPTED]
        open_still = sum(item.state in _UNREVIEWED for item in batch.items)
        if open_still:
            raise MigrationUnreviewedError(count=open_still)
        if not accepted:
            raise MigrationNothingAcceptedError(id=batch.id)
        if actor.account in {batch.proposed_by, *(item.reviewed_by for item in batch.items)}:
            raise MigrationOwnApprovalError(account=actor.account)
        if batch.approved_at is None:
            batch.approved_by, batch.approved_at = actor.account, clock.now()
            facts = {"puid": batch.puid, "target": batch.target, "files": len(accepted)}
            record_event(session, "format:approved", subject_id=batch.id, actor=actor, data=facts)
        session.flush()
        queue_migrations(session, services)
    return len(accepted)


def queue_migrations(session: Session, services: Services) -> None:
    """Queue what the rows say is due: conversions asked for, approved results not yet kept."""
    queued = select(MigrationItem.case_file_id).where(MigrationItem.state == ItemState.QUEUED)
    approved = (
        select(MigrationItem.case_file_id)
        .join(MigrationBatch)
        .where(MigrationItem.state == ItemState.ACCEPTED, MigrationBatch.approved_at.is_not(None))
    )
    for job, query in ((CONVERT_JOB, queued), (KEEP_JOB, approved)):
        for case_file_id in session.scalars(query.distinct()).all():
            services.jobs.add(session, job, subject_id=case_file_id)


def batch_state(batch: MigrationBatch) -> str:
    """Where the batch stands, as its items say: a key of ``labels.migration-batch``."""
    states = {item.state for item in batch.items}
    if batch.approved_at is not None:
        return "approved" if ItemState.ACCEPTED in states else "stored"
    for state, word in (
        (ItemState.QUEUED, "converting"),
        (ItemState.PROPOSED, "proposed"),
        (ItemState.CONVERTED, "review"),
        (ItemState.ACCEPTED, "decided"),
    ):
        if state in states:
            return word
    return "closed"


def get_batch(session: Session, batch_id: UUID) -> MigrationBatch:
    """The batch with its items; ``MigrationBatchNotFoundError`` where there is none."""
    batch = session.get(MigrationBatch, batch_id, options=[selectinload(MigrationBatch.items)])
    if batch is None:
        raise MigrationBatchNotFoundError(id=batch_id)
    return batch


def _locked(session: Session, batch_id: UUID) -> MigrationBatch:
    row = session.get(MigrationBatch, batch_id, with_for_update=True)
    if row is None:
        raise MigrationBatchNotFoundError(id=batch_id)
    return row


def _items(
    session: Session, puid: str, risk: FormatRisk, *, limit: int, again: bool
) -> list[MigrationItem]:
    has_tool = converter_of(risk.key) is not None
    state = ItemState.PROPOSED if has_tool else ItemState.NO_TOOL
    free: list[Any] = []
    with session.execute(
        _candidates(puid, again=again).execution_options(yield_per=limit)
    ) as found:
        for rows in found.partitions():
            done = _migrated_paths(session, [file.document_id for file, _, _ in rows])
            free += [row for row in rows if (row[0].document_id, row[0].path) not in done]
            if len(free) >= limit:
                break
    return [
        MigrationItem(
            number=number,
            case_file_id=file.case_file_id,
            document_id=file.document_id,
            digital_object_id=file.id,
            code=code,
            ordinal=ordinal,
            name=file.name,
            state=state,
        )
        for number, (file, code, ordinal) in enumerate(free[:limit], start=1)
    ]


def _candidates(puid: str, *, again: bool) -> Any:
    """Stored originals of this format that no batch has in hand or has done, and no hold stops."""
    over = (*OPEN_ITEMS, ItemState.STORED)
    met = exists().where(MigrationItem.digital_object_id == DigitalObject.id)
    if again:
        met = met.where(MigrationItem.state.in_(over))
    return (
        select(DigitalObject, CaseFile.code, Document.ordinal)
        .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
        .join(Document, Document.id == DigitalObject.document_id)
        .outerjoin(FormatIdentification, AGAIN)
        .where(
            FORMAT_NOW.is_not_distinct_from(puid),
            DigitalObject.role == FileRole.ORIGINAL,
            ~DigitalObject.page_image,
            ~Document.quarantined,
            CaseFile.state == CaseState.STORED,
            DigitalObject.version_added <= CaseFile.version_stored,
            ~met,
            ~held_condition(),
        )
        .order_by(CaseFile.code, Document.ordinal, DigitalObject.ordinal)
    )


def _migrated_paths(session: Session, documents: Sequence[UUID]) -> set[tuple[UUID, str]]:
    """Files that something was made of by migration already, by document and path."""
    made = select(DigitalObject).where(
        DigitalObject.document_id.in_(documents), DigitalObject.role != FileRole.ORIGINAL
    )
    return {
        (file.document_id, path)
        for file in session.scalars(made)
        if file.migration
        for path in file.derived_from
    }
