"""Batches of descriptions as pages, commands and programs see them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access, messages
from archive_service.catalogue.many.acts import (
    counts,
    counts_of_many,
    get_batch,
    items_of,
    undoing_of,
    visible,
)
from archive_service.catalogue.many.changes import own_of
from archive_service.catalogue.many.documents import DescriptionBatchDocument
from archive_service.db.paging import Order, part_of
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, FondsState, Series
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.description_batch import (
    BatchState,
    DescriptionBatch,
    DescriptionItem,
    ItemState,
)
from archive_service.domain.people.account import Actor
from archive_service.services import Services

NEWEST_FIRST = Order.by_moment(DescriptionBatch.made_at, DescriptionBatch.id)
_OF_CHANGE = ("ordinal", "kind", "field", "was", "becomes")
_BY_ORDINAL = Order(
    columns=(DescriptionItem.ordinal, DescriptionItem.id), write=(str, str), read=(int, UUID)
)


def batch_document(services: Services, batch_id: UUID, *, actor: Actor) -> DescriptionBatchDocument:
    """One batch, how far it is, and the batch that is to take it back, if one waits.

    Raises:
        ActNotAllowedError, DescriptionBatchNotFoundError
    """
    access.require(actor, "case-file:describe")
    with services.read_only() as session:
        row = get_batch(session, batch_id, actor=actor)
        undoing = session.scalar(undoing_of(batch_id).limit(1))
        return DescriptionBatchDocument.of(row, counts(session, batch_id), undoing)


def batches_part(
    services: Services, *, actor: Actor, limit: int, cursor: str | None = None
) -> dict[str, Any]:
    """``{batches, cursor}``: the newest first."""
    with services.read_only() as session:
        part = part_of(session, _matching(actor), NEWEST_FIRST, limit=limit, cursor=cursor)
        return {"batches": _documents(session, part.rows), "cursor": part.cursor}


def batches_page(
    services: Services, *, actor: Actor, limit: int, offset: int
) -> tuple[list[DescriptionBatchDocument], int]:
    """Some of the same, and how many there are."""
    query = _matching(actor)
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        newest = query.order_by(DescriptionBatch.made_at.desc(), DescriptionBatch.id.desc())
        rows = session.scalars(newest.limit(limit).offset(offset)).all()
        return _documents(session, rows), total


def items_part(
    services: Services,
    batch_id: UUID,
    *,
    actor: Actor,
    state: ItemState | None,
    limit: int,
    cursor: str | None,
    lang: str = "vi",
) -> dict[str, Any]:
    """``{case_files, cursor}`` of a batch, in one state where one is named."""
    access.require(actor, "case-file:describe")
    states = () if state is None else (state,)
    with services.read_only() as session:
        get_batch(session, batch_id, actor=actor)
        query = items_of(batch_id, *states)
        part = part_of(session, query, _BY_ORDINAL, limit=limit, cursor=cursor)
        found = [_item_told(row, lang) for row in part.rows]
    return {"case_files": found, "cursor": part.cursor}


def items_page(
    services: Services,
    batch_id: UUID,
    *,
    actor: Actor,
    states: Sequence[ItemState],
    limit: int,
    offset: int,
    lang: str,
) -> list[dict[str, Any]]:
    """Some of its case files with their titles, for a page that has looked the batch up."""
    access.require(actor, "case-file:describe")
    query = items_of(batch_id, *states).order_by(DescriptionItem.ordinal)
    with services.read_only() as session:
        rows = session.scalars(query.limit(limit).offset(offset)).all()
        titles = _titles(session, [row.case_file_id for row in rows])
        return [_item_told(row, lang) | {"title": titles.get(row.case_file_id, "")} for row in rows]


def choices_of(services: Services, *, actor: Actor) -> dict[str, Any]:
    """``{series, fonds, own}`` that an order may name: what the account keeps."""
    access.require(actor, "case-file:describe")
    with services.read_only() as session:
        mine = access.visible(actor, "case-file:describe", Fonds.agency_id)
        fonds = session.execute(
            select(Fonds.code, Fonds.name)
            .where(mine, Fonds.state == FondsState.OPEN)
            .order_by(Fonds.code)
        ).all()
        series = session.execute(
            select(Series.code, Series.title, Fonds.code.label("fonds"))
            .join(Fonds, Fonds.id == Series.fonds_id)
            .where(mine, Series.removed_on.is_(None))
            .order_by(Fonds.code, Series.code)
        ).all()
        own = session.execute(
            select(OwnField, Agency.code)
            .join(Agency, Agency.id == OwnField.agency_id)
            .where(access.visible(actor, "case-file:describe", OwnField.agency_id))
            .order_by(Agency.code, OwnField.position)
        ).all()
        fields = [row[0] for row in own]
    return {
        "fonds": [(row.code, row.name) for row in fonds],
        "series": [(row.code, row.title, row.fonds) for row in series],
        "own": {scope: own_of(scope, fields) for scope in ("case-file", "documents")},
    }


def _matching(actor: Actor) -> Select[DescriptionBatch]:
    access.require(actor, "case-file:describe")
    return select(DescriptionBatch).where(
        visible(actor), DescriptionBatch.state != BatchState.DROPPED
    )


def _documents(
    session: Session, rows: Sequence[DescriptionBatch]
) -> list[DescriptionBatchDocument]:
    known = counts_of_many(session, [row.id for row in rows])
    return [DescriptionBatchDocument.of(row, known[row.id]) for row in rows]


def _item_told(row: DescriptionItem, lang: str) -> dict[str, Any]:
    """One case file of a batch: what changes, or in words why it does not."""
    return {
        "ordinal": row.ordinal,
        "code": row.code,
        "state": row.state.value,
        "changes": [{name: change[name] for name in _OF_CHANGE} for change in row.changes],
        "retention": row.retention,
        "refusals": [_refusal_told(refusal, lang) for refusal in row.refusals],
    }


def _refusal_told(kept: dict[str, Any], lang: str) -> dict[str, Any]:
    if kept["check"] == "errors":
        message = messages.error(kept["code"], lang, kept["facts"])
    else:
        message = messages.finding(kept["code"], lang, kept["facts"] | {"place": kept["place"]})
    facts = {name: kept[name] for name in ("check", "code", "severity", "place")}
    return facts | {"message": message.message, "remedy": message.remedy}


def _titles(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(CaseFile.id, CaseFile.title).where(CaseFile.id.in_(ids)))
    return {row.id: row.title for row in rows}
