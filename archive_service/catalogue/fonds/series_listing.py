"""What stands in one series, and what of its fonds could be put into it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.fonds.fonds import get_fonds
from archive_service.catalogue.fonds.series import get_series
from archive_service.db.words import has_words
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile, CaseState, not_emptied
from archive_service.domain.case_files.case_standing import standing_of
from archive_service.domain.people.account import Actor

_HERE = (CaseState.ACCEPTED, CaseState.STORED)


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """One series with some of its case files; ``outside``: some of the fonds that are not in it."""

    id: UUID
    fonds: str
    fonds_name: str
    code: str
    title: str
    note: str
    parent: dict[str, str] | None
    below: list[dict[str, Any]]  # {code, title, case_files}
    total: int
    found: int
    case_files: list[dict[str, Any]]  # {code, title, state, series}
    outside: list[dict[str, Any]]
    outside_total: int


def series_page(
    session: Session,
    fonds: str,
    code: str,
    *,
    actor: Actor,
    text: str = "",
    wanted: str | None = None,
    limit: int,
    offset: int = 0,
) -> SeriesPage:
    """The page's facts in a fixed number of statements.

    Args:
        text: a part of code or title of what stands in it.
        wanted: the same of what could be put into it; ``None``: nothing is looked for.

    Raises:
        FondsNotFoundError, SeriesNotFoundError
    """
    owner = get_fonds(session, fonds, actor=actor)
    row = get_series(session, owner, code)
    seen = access.visible(actor, "case-file:list", CaseFile.agency_id) & not_emptied()
    inside = [seen, CaseFile.series_id == row.id]
    found = [*inside, has_words(text, CaseFile.code, CaseFile.title)]
    beside: list[ColumnElement[bool]] = []
    if wanted is not None:
        elsewhere = CaseFile.series_id.is_(None) | (CaseFile.series_id != row.id)
        fonds_own = CaseFile.fonds_id == owner.id
        beside = [
            seen,
            fonds_own,
            elsewhere,
            CaseFile.state.in_(_HERE),
            has_words(wanted, CaseFile.code, CaseFile.title),
        ]
    parent = session.get(Series, row.parent_id) if row.parent_id else None
    return SeriesPage(
        id=row.id,
        fonds=owner.code,
        fonds_name=owner.name,
        code=row.code,
        title=row.title,
        note=row.note,
        parent=None if parent is None else {"code": parent.code, "title": parent.title},
        below=_below(session, owner, row),
        total=_count(session, inside),
        found=_count(session, found),
        case_files=_entries(session, found, limit, offset),
        outside=_entries(session, beside, limit, 0) if beside else [],
        outside_total=_count(session, beside) if beside else 0,
    )


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(CaseFile).where(*conditions)) or 0


def _entries(
    session: Session, conditions: list[ColumnElement[bool]], limit: int, offset: int
) -> list[dict[str, Any]]:
    rows = session.execute(
        select(
            CaseFile.code,
            CaseFile.title,
            CaseFile.state,
            CaseFile.removing_since,
            Series.code.label("series"),
        )
        .outerjoin(Series, Series.id == CaseFile.series_id)
        .where(*conditions)
        .order_by(CaseFile.code)
        .limit(limit)
        .offset(offset)
    )
    return [
        {
            "code": row.code,
            "title": row.title,
            "state": standing_of(row.state, row.removing_since),
            "series": row.series or "",
        }
        for row in rows
    ]


def _below(session: Session, fonds: Fonds, row: Series) -> list[dict[str, Any]]:
    of_series = CaseFile.series_id == Series.id
    held = select(func.count()).where(of_series, not_emptied()).scalar_subquery()
    rows = session.execute(
        select(Series.code, Series.title, held.label("held"))
        .where(Series.fonds_id == fonds.id, Series.parent_id == row.id, Series.removed_on.is_(None))
        .order_by(Series.code)
    )
    return [{"code": one.code, "title": one.title, "case_files": one.held} for one in rows]
