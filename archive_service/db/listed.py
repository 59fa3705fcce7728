"""What stands on a list of what is due that is not over: asked by all who propose, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import (
    OPEN_ITEMS,
    OPEN_STATES,
    Disposition,
    DispositionItem,
    DispositionKind,
)


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that is not over, as a case file that stands on it names it."""

    id: UUID
    kind: DispositionKind
    number: str


def listed() -> Select[UUID]:
    """All of them: looked at once for a pass over everything, whatever a planner believes of it."""
    return (
        select(DispositionItem.case_file_id)
        .join(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(DispositionItem.state.in_(OPEN_ITEMS), Disposition.state.in_(OPEN_STATES))
    )


def is_listed() -> ColumnElement[bool]:
    """Of a ``CaseFile``: it stands on a list that is not over."""
    return listed().where(DispositionItem.case_file_id == CaseFile.id).exists()


def open_lists_of(
    session: Session, case_file_ids: Sequence[UUID], *, but: Sequence[UUID] = ()
) -> dict[UUID, OpenList]:
    """Those of some case files that stand on a list that is not over, and on which.

    Args:
        but: lists that do not count.
    """
    query = (
        listed()
        .with_only_columns(
            DispositionItem.case_file_id,
            Disposition.id,
            Disposition.kind,
            Disposition.number,
            Disposition.year,
        )
        .where(DispositionItem.case_file_id.in_(case_file_ids), Disposition.id.not_in(but))
    )
    return {
        row.case_file_id: OpenList(row.id, row.kind, f"{row.number:02}/{row.year}")
        for row in session.execute(query)
    }


def listed_for_destruction(
    session: Session, case_file_id: UUID
) -> tuple[DispositionItem | None, str]:
    """Where it stands on a list for destruction that is not over, and the number of the list."""
    query = (
        select(DispositionItem, Disposition.number, Disposition.year)
        .join(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(
            DispositionItem.case_file_id == case_file_id,
            DispositionItem.state.in_(OPEN_ITEMS),
            Disposition.kind == DispositionKind.DESTROY,
            Disposition.state.in_(OPEN_STATES),
        )
    )
    found = session.execute(query.order_by(Disposition.proposed_at).limit(1)).first()
    return (None, "") if found is None else (found[0], f"{found[1]:02}/{found[2]}")
