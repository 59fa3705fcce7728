"""Many case files described by one order: looked at first, done on a person's word, taken back.

A batch is rows: whoever was killed goes on where they end. Each case file is one transaction and
one package version; one that is refused never stops the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.holdings.listing import Narrowing, codes_matching, ids_of_codes
from archive_service.catalogue.many.changes import orders_of
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.description_batch import (
    BatchState,
    DescriptionBatch,
    DescriptionItem,
    ItemState,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.services import Services

DESCRIBE_JOB = "describe-many"
MOST_AT_ONCE = 1000  # case files of one batch
_NAMED = 20  # codes told in an error


class DescriptionBatchNotFoundError(NotFoundError):
    """No batch bears this id, or it is not this account's to know."""


class DescriptionBatchSizeError(InputError):
    """No case file is meant, or too many of them."""


class CaseFilesUnknownError(NotFoundError):
    """Some of the codes are no case files, or not this account's to know."""


class DescriptionBatchStateError(ConflictError):
    """Not looked at yet, done before, or dropped."""


class NothingToUndoError(ConflictError):
    """No case file of the batch says what it wrote, or it is being taken back already."""

    code = "description-batch-not-undone"


def begin(
    services: Services,
    orders: Iterable[Mapping[str, Any]],
    *,
    reason: str,
    actor: Actor,
    codes: Sequence[str] | None = None,
    narrowing: Narrowing | None = None,
) -> UUID:
    """One order for these case files, or for all that the list shows when it is narrowed so.

    Nothing is changed: it is looked at what would be. A worker goes on with what is left.

    Raises:
        ActNotAllowedError, CatalogueReasonError, OrderInvalidError
        CaseFilesUnknownError: none of them is taken.
        DescriptionBatchSizeError
    """
    access.require(actor, "case-file:describe")
    reason = reason_of(reason)
    with services.writing() as session:
        if codes is not None:
            wanted = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
            _require_size(len(wanted))
            known = ids_of_codes(session, wanted, actor=actor)
            if lacking := [code for code in wanted if code not in known]:
                raise CaseFilesUnknownError(codes=", ".join(lacking[:_NAMED]), count=len(lacking))
            meant = [(known[code], code) for code in wanted]
        else:
            meant = codes_matching(session, narrowing, actor=actor, limit=MOST_AT_ONCE + 1)
            _require_size(len(meant))
        given_orders = [order.as_json() for order in orders_of(orders, _own_fields(session, actor))]
        batch = _batch(session, actor, reason, given_orders, BatchState.JUDGING, len(meant))
        session.add_all(
            DescriptionItem(
                id=uuid4(), batch_id=batch.id, ordinal=ordinal, case_file_id=identifier, code=code,
                changes=[], refusals=[],
            )
            for ordinal, (identifier, code) in enumerate(meant, start=1)
        )  # fmt: skip
        services.jobs.add(session, DESCRIBE_JOB, subject_id=batch.id)
        return batch.id


def count_matching(services: Services, narrowing: Narrowing, *, actor: Actor) -> int:
    """How many case files the list shows when it is narrowed so; one more than the most at most."""
    access.require(actor, "case-file:describe")
    with services.read_only() as session:
        return len(codes_matching(session, narrowing, actor=actor, limit=MOST_AT_ONCE + 1))


def apply(services: Services, batch_id: UUID, *, actor: Actor) -> None:
    """Do what was shown: a job goes through the case files, each by itself.

    Raises:
        ActNotAllowedError, DescriptionBatchNotFoundError
        DescriptionBatchStateError: it is not ready, or somebody was first.
    """
    with acting(services, "case-file:describe", actor) as session:
        batch = get_batch(session, batch_id, actor=actor)
        move(session, batch, BatchState.READY, BatchState.RUNNING)
        session.execute(
            update(DescriptionBatch)
            .where(DescriptionBatch.id == batch_id)
            .values(made_by=actor.account, os_user=actor.os_user, agency_id=actor.agency_id)
        )
        facts = {"batch": str(batch_id), "case_files": counts(session, batch_id)[ItemState.READY],
                "reason": batch.reason, "orders": batch.orders}  # fmt: skip
        tag = "description-batch:undo-begun" if batch.undo_of else "description-batch:begun"
        record_event(
            session, tag, subject_id=batch_id, actor=actor, agency_id=actor.agency_id, data=facts
        )
        services.jobs.add(session, DESCRIBE_JOB, subject_id=batch_id)


def drop(services: Services, batch_id: UUID, *, actor: Actor) -> None:
    """Do nothing of it: only what was not begun can be dropped.

    Raises:
        ActNotAllowedError, DescriptionBatchNotFoundError, DescriptionBatchStateError
    """
    access.require(actor, "case-file:describe")
    with services.writing() as session:
        batch = get_batch(session, batch_id, actor=actor)
        before = batch.state if batch.state is BatchState.JUDGING else BatchState.READY
        move(session, batch, before, BatchState.DROPPED)


def undo(services: Services, batch_id: UUID, *, reason: str, actor: Actor) -> UUID:
    """A batch that takes another one back, to be looked at and applied as any other.

    Raises:
        ActNotAllowedError, DescriptionBatchNotFoundError, CatalogueReasonError
        DescriptionBatchStateError: it is not done.
        NothingToUndoError
    """
    access.require(actor, "case-file:describe")
    reason = reason_of(reason)
    with services.writing() as session:
        batch = get_batch(session, batch_id, actor=actor)
        if batch.state is not BatchState.DONE:
            raise DescriptionBatchStateError(state=batch.state)
        session.execute(
            select(DescriptionBatch.id).where(DescriptionBatch.id == batch_id).with_for_update()
        )
        items = session.scalars(
            items_of(batch_id, ItemState.CHANGED).order_by(DescriptionItem.ordinal)
        ).all()
        if not items or session.scalar(undoing_of(batch_id).limit(1)) is not None:
            raise NothingToUndoError(batch=batch_id)
        back = _batch(session, actor, reason, batch.orders, BatchState.JUDGING, len(items))
        back.undo_of = batch_id
        session.add_all(
            DescriptionItem(
                id=uuid4(), batch_id=back.id, ordinal=ordinal, case_file_id=item.case_file_id,
                code=item.code, changes=[_turned(change) for change in item.changes], refusals=[],
            )
            for ordinal, item in enumerate(items, start=1)
        )  # fmt: skip
        services.jobs.add(session, DESCRIBE_JOB, subject_id=back.id)
        return back.id


def get_batch(session: Session, batch_id: UUID, *, actor: Actor) -> DescriptionBatch:
    """``DescriptionBatchNotFoundError`` where it is absent, or not to be known."""
    found = session.scalar(
        select(DescriptionBatch).where(DescriptionBatch.id == batch_id, visible(actor))
    )
    if found is None:
        raise DescriptionBatchNotFoundError(id=batch_id)
    return found


def visible(actor: Actor) -> ColumnElement[bool]:
    """The batches that an account may know of: those of its agency, or all."""
    return access.visible(actor, "case-file:describe", DescriptionBatch.agency_id)


def items_of(batch_id: UUID, *states: ItemState) -> Any:
    """The case files of a batch, in these states alone where some are named."""
    query = select(DescriptionItem).where(DescriptionItem.batch_id == batch_id)
    return query.where(DescriptionItem.state.in_(states)) if states else query


def undoing_of(batch_id: UUID) -> Select[UUID]:
    """The ids of batches that are to take this one back and have not ended."""
    under_way = (BatchState.JUDGING, BatchState.READY, BatchState.RUNNING)
    return select(DescriptionBatch.id).where(
        DescriptionBatch.undo_of == batch_id, DescriptionBatch.state.in_(under_way)
    )


def counts(session: Session, batch_id: UUID) -> dict[ItemState, int]:
    """How many case files are in each state."""
    return counts_of_many(session, [batch_id])[batch_id]


def counts_of_many(session: Session, batch_ids: Sequence[UUID]) -> dict[UUID, dict[ItemState, int]]:
    """The same of several batches, in one statement."""
    found = {identifier: dict.fromkeys(ItemState, 0) for identifier in batch_ids}
    rows = session.execute(
        select(DescriptionItem.batch_id, DescriptionItem.state, func.count())
        .where(DescriptionItem.batch_id.in_(batch_ids))
        .group_by(DescriptionItem.batch_id, DescriptionItem.state)
    )
    for batch_id, state, count in rows:
        found[batch_id][state] = count
    return found


def move(session: Session, batch: DescriptionBatch, before: BatchState, after: BatchState) -> None:
    """From one state to another; ``DescriptionBatchStateError`` where it is in neither."""
    changed = session.execute(
        update(DescriptionBatch)
        .where(DescriptionBatch.id == batch.id, DescriptionBatch.state == before)
        .values(state=after)
        .returning(DescriptionBatch.id)
    ).first()
    if changed is None:
        raise DescriptionBatchStateError(state=batch.state)
    session.refresh(batch)


def _batch(
    session: Session, actor: Actor, reason: str, orders: list[dict[str, Any]],
    state: BatchState, total: int,
) -> DescriptionBatch:  # fmt: skip
    batch = DescriptionBatch(
        id=uuid4(),
        agency_id=actor.agency_id,
        made_by=actor.account,
        os_user=actor.os_user,
        made_at=clock.now(),
        reason=reason,
        orders=orders,
        state=state,
        total=total,
    )
    session.add(batch)
    session.flush()
    return batch


def _require_size(count: int) -> None:
    if not 0 < count <= MOST_AT_ONCE:
        raise DescriptionBatchSizeError(count=count, most=MOST_AT_ONCE)


def _own_fields(session: Session, actor: Actor) -> Sequence[OwnField]:
    """Of the agencies that the account may describe for: which one counts is told case by case."""
    own = access.visible(actor, "case-file:describe", OwnField.agency_id)
    return session.scalars(select(OwnField).where(own)).all()


def _turned(change: dict[str, Any]) -> dict[str, Any]:
    return change | {"was": change["becomes"], "becomes": change["was"]}
