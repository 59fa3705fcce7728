"""The holdings as a list: narrowed, sorted, in parts, with the names of agencies."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings.electronic_record import is_electronic_record
from archive_service.db.held import held_condition
from archive_service.db.listed import is_listed
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    complete_case_file,
    not_emptied,
)
from archive_service.domain.case_files.case_standing import DESTROYING, HELD, OVER, standing_of
from archive_service.domain.people.account import Actor
from archive_service.services import Services

SORTS: dict[str, Any] = {
    "code": CaseFile.code,
    "agency": CaseFile.agency_code,
    "ends_on": CaseFile.ends_on,
    "accepted": CaseFile.accepted_at,
}
_HELD = held_condition()
_STREAMED = 500  # rows held at once while a whole list is written out


@dataclass(frozen=True, slots=True)
class Listed:
    """One case file in the list."""

    id: UUID
    code: str
    title: str
    agency: str
    agency_name: str
    year: int
    state: str  # one of ``STANDINGS``
    digitization: str
    mode: str
    permanent: bool
    ends_on: dt.date | None
    documents: int
    pages: int
    start_date: str
    end_date: str
    held: bool
    complete: bool
    own: dict[str, str]  # fields of the agency's own, by name


@dataclass(frozen=True, slots=True)
class Narrowing:
    """``text`` is a part of code or title; ``agency`` an identifier as it stands in codes.

    One that an agency bears now is for all of its case files, those under earlier ones too.
    ``complete``: false for those whose paper half is still to come; ``electronic``: true for those
    with the standing of a hồ sơ lưu trữ điện tử, false for the others. ``own`` is the name of a
    field of the agency's own, whose value contains ``own_value``, or is there at all. ``ends``: the
    year of the last day (``2041+``: or later), ``over``, ``permanent``, ``waiting`` for an event.
    ``unlisted``: without those that stand on a list of what is due that is not over.
    """

    text: str = ""
    state: str | None = None  # one of ``STANDINGS``, or ``HELD``
    complete: bool | None = None
    electronic: bool | None = None
    agency: str = ""
    year: int | None = None
    ends: str = ""
    own: str = ""
    own_value: str = ""
    unlisted: bool = False
    sort: str = "code"  # a key of SORTS, with "-" before it when descending


def find_case_files(
    session: Session, narrowing: Narrowing, *, actor: Actor, limit: int, offset: int = 0
) -> tuple[list[Listed], int]:
    """Case files the account may know of, and how many there are.

    A page of the second half is looked for from the end: no page lies behind more than half.
    """
    total = count_case_files(session, narrowing, actor=actor)
    limit = max(0, min(limit, total - offset))
    from_end = offset > total // 2
    asked = select(CaseFile.id).where(*_conditions(narrowing, actor))
    part = asked.order_by(*_order(narrowing, from_end=from_end)).limit(limit)
    part = part.offset(total - offset - limit if from_end else offset)
    shown = _shown().where(CaseFile.id.in_(part)).order_by(*_order(narrowing))
    rows = [_listed(*found) for found in session.execute(shown)] if limit else []
    return rows, total


def count_case_files(session: Session, narrowing: Narrowing, *, actor: Actor) -> int:
    """How many the account may know of."""
    counted = select(func.count()).select_from(CaseFile).where(*_conditions(narrowing, actor))
    return session.scalar(counted) or 0


def iter_case_files(session: Session, narrowing: Narrowing, *, actor: Actor) -> Iterator[Listed]:
    """All of them, in bounded memory, for a list that is written out."""
    query = _query(narrowing, actor).execution_options(yield_per=_STREAMED)
    for found in session.execute(query):
        yield _listed(*found)
        session.expunge(found[0])


def own_columns(session: Session, *, actor: Actor, agency: str = "") -> list[tuple[str, str]]:
    """Name and label of fields of the agencies' own that case files have; retired ones too."""
    query = (
        select(OwnField.name, func.min(OwnField.label).label("label"))
        .join(Agency, Agency.id == OwnField.agency_id)
        .where(
            OwnField.subject == OwnSubject.CASE_FILE,
            access.visible(actor, "case-file:list", OwnField.agency_id),
        )
        .group_by(OwnField.name)
        .order_by(func.min(OwnField.position), OwnField.name)
    )
    if agency:
        query = query.join(AgencyIdentifier).where(AgencyIdentifier.code == agency)
    return [(row.name, row.label) for row in session.execute(query)]


def codes_matching(
    session: Session, narrowing: Narrowing | None, *, actor: Actor, limit: int
) -> list[tuple[UUID, str]]:
    """Id and code of the same, by code."""
    query = (
        select(CaseFile.id, CaseFile.code)
        .where(*_conditions(narrowing or Narrowing(), actor))
        .order_by(CaseFile.code)
        .limit(limit)
    )
    return [(row.id, row.code) for row in session.execute(query)]


def ids_of_codes(session: Session, codes: Sequence[str], *, actor: Actor) -> dict[str, UUID]:
    """Ids of those that the account may know of, by code."""
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    found: dict[str, UUID] = {}
    for start in range(0, len(codes), _STREAMED):
        some = CaseFile.code.in_(codes[start : start + _STREAMED])
        rows = session.execute(select(CaseFile.code, CaseFile.id).where(some, visible))
        found |= {row.code: row.id for row in rows}
    return found


def agencies_held(session: Session, *, actor: Actor) -> list[str]:
    """Identifiers in the codes of what the account may know of, and those borne now.

    Of each it is asked whether there is one: however many are held, no list of theirs is read.
    """
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    stands = exists().where(CaseFile.agency_code == AgencyIdentifier.code, visible)
    holds = exists().where(CaseFile.agency_id == Agency.id, visible)
    query = select(AgencyIdentifier.code).where(stands).union(select(Agency.code).where(holds))
    return sorted(session.scalars(query))


def _query(narrowing: Narrowing, actor: Actor) -> Select[CaseFile, str, bool, bool]:
    return _shown().where(*_conditions(narrowing, actor)).order_by(*_order(narrowing))


def _shown() -> Select[CaseFile, str, bool, bool]:
    columns = select(CaseFile, Agency.name, _HELD, complete_case_file())
    return columns.join(Agency, Agency.id == CaseFile.agency_id)


def _order(narrowing: Narrowing, *, from_end: bool = False) -> list[ColumnElement[Any]]:
    """By the column and the code, both the same way, as an index has them."""
    columns = (SORTS[narrowing.sort.removeprefix("-")], CaseFile.code)
    down = narrowing.sort.startswith("-") is not from_end
    return [column.desc() if down else column.asc() for column in dict.fromkeys(columns)]


def _conditions(narrowing: Narrowing, actor: Actor) -> list[ColumnElement[bool]]:
    conditions = [access.visible(actor, "case-file:list", CaseFile.agency_id)]
    part = narrowing.text
    # What was emptied is found by its whole code alone.
    conditions.append(or_(not_emptied(), CaseFile.code == part) if part else not_emptied())
    if part:
        conditions.append(has_words(part, CaseFile.code, CaseFile.title))
    if narrowing.state is not None:
        conditions.append(_stands(narrowing.state))
    if narrowing.complete is not None:
        whole = complete_case_file()
        conditions.append(whole if narrowing.complete else ~whole)
    if narrowing.electronic is not None:
        record = is_electronic_record()
        conditions.append(record if narrowing.electronic else ~record)
    if narrowing.agency:
        bears = select(Agency.id).where(Agency.code == narrowing.agency)
        of_code = CaseFile.agency_code == narrowing.agency
        conditions.append(or_(of_code, CaseFile.agency_id.in_(bears)))
    if narrowing.year is not None:
        conditions.append(CaseFile.year == narrowing.year)
    if narrowing.ends:
        conditions.append(_ends(narrowing.ends))
    if narrowing.unlisted:
        conditions.append(~is_listed())
    if narrowing.own:
        value = CaseFile.own_fields[narrowing.own].as_string()
        conditions += [value.is_not(None), has_words(narrowing.own_value, value)]
    return conditions


def _stands(standing: str) -> ColumnElement[bool]:
    """As ``standing_of`` tells a row; ``HELD``: all but what went or goes."""
    if standing == HELD:
        return CaseFile.removing_since.is_(None) & CaseFile.state.not_in(OVER)
    going = CaseFile.removing_since.is_not(None) & CaseFile.state.not_in(OVER)
    return going if standing == DESTROYING else (CaseFile.state == CaseState(standing)) & ~going


def _ends(when: str) -> ColumnElement[bool]:
    """As the calendar of what falls due counts: this year is what is not over yet of it."""
    if when == "permanent":
        return CaseFile.permanent.is_(True)
    if when == "waiting":
        return CaseFile.ends_on.is_(None) & ~CaseFile.permanent
    today = clock.today()
    if when == "over":
        return CaseFile.ends_on < today
    if when.endswith("+"):
        return CaseFile.ends_on >= dt.date(int(when[:-1]), 1, 1)
    year = int(when)
    return CaseFile.ends_on.between(max(dt.date(year, 1, 1), today), dt.date(year, 12, 31))


def _listed(row: CaseFile, agency_name: str, *columns: bool) -> Listed:
    held, complete = columns
    return Listed(
        id=row.id,
        code=row.code,
        title=row.title,
        agency=row.agency_code,
        agency_name=agency_name,
        year=row.year,
        state=standing_of(row.state, row.removing_since),
        digitization=row.digitization.value,
        mode=row.mode,
        permanent=row.permanent,
        ends_on=row.ends_on,
        documents=row.total_doc,
        pages=row.number_of_page,
        start_date=row.start_date,
        end_date=row.end_date,
        held=held,
        complete=complete,
        own=dict(row.own_fields or {}),
    )


def held_of(services: Services, codes: Collection[str], *, actor: Actor) -> set[str]:
    """Those of the codes that are in custody and the account may know."""
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    with services.read_only() as session:
        query = select(CaseFile.code).where(CaseFile.code.in_(codes), visible)
        return set(session.scalars(query))
