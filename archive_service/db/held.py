"""What is held: the one condition that every question, every act and the gate ask."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import AliasedClass

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.hold import Hold, HoldOrder

_AT_ONCE = 500  # case files asked for in one statement


def held_condition(
    row: type[CaseFile] | AliasedClass[CaseFile] = CaseFile,
) -> ColumnElement[bool]:
    """Of a ``CaseFile`` in a question: a hold of its own, or of its fonds, is in force."""
    of_it: Any = row
    own = exists().where(Hold.case_file_id == of_it.id, Hold.lifted_at.is_(None))
    whole = exists().where(Hold.fonds_id == of_it.fonds_id, Hold.lifted_at.is_(None))
    return or_(own, whole)


def fonds_held(fonds_id: UUID) -> ColumnElement[bool]:
    """Of a ``Hold`` in a question: it holds the whole of this fonds, and is in force."""
    return and_(Hold.fonds_id == fonds_id, Hold.lifted_at.is_(None))


def order_in_force() -> ColumnElement[bool]:
    """Of a ``HoldOrder`` in a question: one of its holds is not lifted."""
    return exists().where(Hold.order_id == HoldOrder.id, Hold.lifted_at.is_(None))


def in_force(session: Session, case_file_id: UUID) -> list[Hold]:
    """The holds that reach a case file and are not lifted, the earliest first."""
    reaches = or_(Hold.case_file_id == CaseFile.id, Hold.fonds_id == CaseFile.fonds_id)
    query = (
        select(Hold)
        .join(CaseFile, and_(reaches, CaseFile.id == case_file_id))
        .where(Hold.lifted_at.is_(None))
        .order_by(Hold.placed_at, Hold.id)
    )
    return list(session.scalars(query))


def orders_reaching(case_file_id: UUID) -> Select[UUID]:
    """The ids of orders that hold or held a case file, itself or with its whole fonds."""
    whole = and_(
        Hold.fonds_id == CaseFile.fonds_id,
        or_(Hold.lifted_at.is_(None), Hold.lifted_at >= CaseFile.accepted_at),
    )
    reaches = or_(Hold.case_file_id == CaseFile.id, whole)
    return select(Hold.order_id).join(CaseFile, reaches).where(CaseFile.id == case_file_id)


def held_among(session: Session, case_file_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some case files that are held, for lists; takes no lock and stops nothing."""
    held: set[UUID] = set()
    for start in range(0, len(case_file_ids), _AT_ONCE):
        some = CaseFile.id.in_(case_file_ids[start : start + _AT_ONCE])
        held.update(session.scalars(select(CaseFile.id).where(some, held_condition())))
    return held


def standing_on(session: Session, fonds_of: Mapping[UUID, UUID]) -> set[tuple[UUID, UUID]]:
    """Order and case file or fonds of each hold in force on these; each with its fonds."""
    reach = or_(Hold.case_file_id.in_(list(fonds_of)), Hold.fonds_id.in_(set(fonds_of.values())))
    columns = select(Hold.order_id, Hold.case_file_id, Hold.fonds_id)
    rows = session.execute(columns.where(reach, Hold.lifted_at.is_(None)))
    return {(row.order_id, row.case_file_id or row.fonds_id) for row in rows}
