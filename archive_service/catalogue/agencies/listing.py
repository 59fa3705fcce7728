"""Agencies as a list: each identifier with its period, its fonds, and what is held under it."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session

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
        select(AgencyIdentifier, Agency.code, Agency.name)
        .join(Agency, Agency.id == AgencyIdentifier.agency_id)
        .where(fits)
        .order_by(order.desc() if sort.startswith("-") else order.asc(), AgencyIdentifier.code)
        .limit(limit)
        .offset(offset)
    )
    counted = select(func.count()).select_from(AgencyIdentifier).join(Agency).where(fits)
    found = session.execute(query).all()
    ids = {row.agency_id for row, _, _ in found}
    held = _held_under(session, [row.code for row, _, _ in found])
    fonds, successors = _fonds_of(session, ids), _successors_of(session, ids)
    rows = [
        ListedAgency(
            code=row.code,
            form=row.form,
            level=row.level,
            name=name,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            now=code if code != row.code else None,
            successor=successors.get(row.agency_id),
            fonds=fonds.get(row.agency_id, ""),
            case_files=held.get(row.code, 0),
        )
        for row, code, name in found
    ]
    return rows, session.scalar(counted) or 0


def _held_under(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Case files by the identifier in their codes: of those on a page, not of all agencies."""
    query = (
        select(CaseFile.agency_code, func.count())
        .where(CaseFile.agency_code.in_(codes), not_emptied())
        .group_by(CaseFile.agency_code)
    )
    return {code: count for code, count in session.execute(query)}


def _fonds_of(session: Session, agencies: Collection[UUID]) -> dict[UUID, str]:
    query = select(Fonds.agency_id, func.min(Fonds.code)).where(Fonds.agency_id.in_(agencies))
    return {agency: code for agency, code in session.execute(query.group_by(Fonds.agency_id))}


def _successors_of(session: Session, agencies: Collection[UUID]) -> dict[UUID, str]:
    before = AgencySuccession.predecessor_id
    query = (
        select(before, func.min(Agency.code))
        .join(Agency, Agency.id == AgencySuccession.successor_id)
        .where(before.in_(agencies))
        .group_by(before)
    )
    return {agency: code for agency, code in session.execute(query)}


def served_agencies(session: Session, *, only: UUID | None = None) -> list[tuple[str, str]]:
    """Identifier in use and name of each agency that is served, for a choice in a form."""
    query = select(Agency.code, Agency.name).where(Agency.served).order_by(Agency.code)
    rows = session.execute(query if only is None else query.where(Agency.id == only))
    return [(row.code, row.name) for row in rows]
