"""Agencies as a list: each identifier with its period, its fonds, and what is held under it."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import access
from archive_service.catalogue.agencies.changes import renamed_from
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier, AgencySuccession
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, not_emptied
from archive_service.domain.people.account import Actor

SORTS = ("code", "name")


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """One identifier of a served agency; ``successor`` is borne by who took over, if anyone did.

    ``now`` is the identifier in use where this is an earlier one of the same agency.
    """

    code: str
    form: str
    level: int
    name: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    now: str | None
    successor: str | None
    fonds: str
    case_files: int


def find_agencies(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    sort: str = "code",
    limit: int,
    offset: int = 0,
) -> tuple[list[ListedAgency], int]:
    """Identifiers of the agencies that this archive serves, and how many there are."""
    access.require(actor, "agency:list")
    fits = and_(
        Agency.served,
        or_(
            has_words(text, AgencyIdentifier.code, Agency.name),
            renamed_from(text) if text else false(),
        ),
    )
    order = {"code": AgencyIdentifier.code, "name": Agency.name}[sort.removeprefix("-")]
    query = (
        _with_what_it_has()
        .where(fits)
        .order_by(order.desc() if sort.startswith("-") else order.asc(), AgencyIdentifier.code)
        .limit(limit)
        .offset(offset)
    )
    counted = select(func.count()).select_from(AgencyIdentifier).join(Agency).where(fits)
    rows = [
        ListedAgency(
            code=row.code,
            form=row.form,
            level=row.level,
            name=name,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            now=code if code != row.code else None,
            successor=successor,
            fonds=fonds_code or "",
            case_files=count or 0,
        )
        for row, code, name, successor, fonds_code, count in session.execute(query)
    ]
    return rows, session.scalar(counted) or 0


def _with_what_it_has() -> Select[AgencyIdentifier, str, str, str | None, str | None, int | None]:
    """Each identifier with its agency's, who took over, fonds and number of case files."""
    later = aliased(Agency)
    held = (
        select(CaseFile.agency_code, func.count().label("count"))
        .where(not_emptied())
        .group_by(CaseFile.agency_code)
        .subquery()
    )
    fonds = (
        select(Fonds.agency_id, func.min(Fonds.code).label("code"))
        .group_by(Fonds.agency_id)
        .subquery()
    )
    successors = (
        select(AgencySuccession.predecessor_id, func.min(later.code).label("code"))
        .join(later, later.id == AgencySuccession.successor_id)
        .group_by(AgencySuccession.predecessor_id)
        .subquery()
    )
    return (
        select(
            AgencyIdentifier,
            Agency.code,
            Agency.name,
            successors.c.code,
            fonds.c.code,
            held.c.count,
        )
        .join(Agency, Agency.id == AgencyIdentifier.agency_id)
        .outerjoin(held, held.c.agency_code == AgencyIdentifier.code)
        .outerjoin(fonds, fonds.c.agency_id == Agency.id)
        .outerjoin(successors, successors.c.predecessor_id == Agency.id)
    )


def served_agencies(session: Session, *, only: UUID | None = None) -> list[tuple[str, str]]:
    """Identifier in use and name of each agency that is served, for a choice in a form."""
    query = select(Agency.code, Agency.name).where(Agency.served).order_by(Agency.code)
    rows = session.execute(query if only is None else query.where(Agency.id == only))
    return [(row.code, row.name) for row in rows]
