"""Lịch đến hạn: how much falls due in which year, by agency; what lasts and what waits apart."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from retention.due.documents import (
    AgencyNameDocument,
    DueCalendarDocument,
    DueOfAgencyDocument,
    DueYearDocument,
)
from retention.terms.dates import is_due

OVER, PERMANENT, WAITING = "over", "permanent", "waiting"


def due_years(services: Services, *, actor: Actor) -> DueCalendarDocument:
    """What falls due, of what the account sees.

    ``year`` is that of the last day, ``over`` where that has passed, ``permanent``, or ``waiting``
    for an event; ``rows`` tell each agency apart.
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        sums = session.execute(_sums(actor)).all()
        names = _names(session, {row[0] for row in sums})
    years: dict[str, list[int]] = {}
    rows: dict[tuple[str, str], list[int]] = {}
    for agency, ends_on, permanent, case_files, size_bytes in sums:
        year = PERMANENT if permanent else _year(ends_on, clock.today())
        of_year = years.setdefault(year, [0, 0])
        of_agency = rows.setdefault((names[agency][0], year), [0, 0])
        for tally in (of_year, of_agency):
            tally[0] += case_files
            tally[1] += size_bytes
    by_code = dict(names.values())
    return DueCalendarDocument(
        on=clock.today().isoformat(),
        years=[
            DueYearDocument(year=year, case_files=tally[0], size_bytes=tally[1])
            for year, tally in sorted(years.items())
        ],
        agencies=[AgencyNameDocument(code=code, name=by_code[code]) for code in sorted(by_code)],
        rows=[
            DueOfAgencyDocument(agency=agency, year=year, case_files=tally[0], size_bytes=tally[1])
            for (agency, year), tally in sorted(rows.items())
        ],
    )


def _sums(actor: Actor) -> Select[UUID, dt.date | None, bool, int, int]:
    return (
        select(
            CaseFile.agency_id,
            CaseFile.ends_on,
            CaseFile.permanent,
            func.count(),
            func.coalesce(func.sum(CaseFile.size_bytes), 0),
        )
        .where(
            access.visible(actor, "disposition:list", CaseFile.agency_id),
            CaseFile.state == CaseState.STORED,
            CaseFile.removing_since.is_(None),
        )
        .group_by(CaseFile.agency_id, CaseFile.permanent, CaseFile.ends_on)
    )


def _year(ends_on: dt.date | None, today: dt.date) -> str:
    if ends_on is None:
        return WAITING
    return OVER if is_due(ends_on, today) else str(ends_on.year)


def _names(session: Session, ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    query = select(Agency.id, Agency.code, Agency.name).where(Agency.id.in_(ids))
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
