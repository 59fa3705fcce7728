"""A draft of the new year from last year's plan: the entries whose work goes on."""

import re
from collections.abc import Collection
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanEntry,
    FilePlanHeading,
    FilePlanState,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from ingest.file_plan.plans import require_year
from ingest.file_plan.read import LENGTHS
from ingest.file_plan.transitions import plan_for


class FilePlanYearTakenError(ConflictError):
    """The agency has a plan of that year already, or it is the same year."""


def copy_plan(
    session: Session,
    plan_id: UUID,
    year: int,
    *,
    actor: Actor,
    notations: Collection[str] | None = None,
    new_titles: bool = True,
) -> FilePlan:
    """Last year's plan as a draft of ``year``, what was opened outside of it included.

    The caller commits. Headings below which nothing goes on stay: new work may come.

    Args:
        notations: of the entries that go on; all without it.
        new_titles: whether a title that names the old year names the new one.

    Raises:
        FilePlanYearError, FilePlanNotFoundError, ActNotAllowedError
        FilePlanYearTakenError: there is a plan of ``year``.
    """
    require_year(year)
    source = plan_for(session, plan_id, "copy", actor=actor)
    taken = session.scalar(
        select(FilePlan.id).where(FilePlan.agency_id == source.agency_id, FilePlan.year == year)
    )
    if taken is not None:
        raise FilePlanYearTakenError(year=year)
    plan = FilePlan(
        id=uuid4(),
        agency_id=source.agency_id,
        year=year,
        state=FilePlanState.DRAFT,
        numbering=source.numbering,
        findings=[],
    )
    for heading, entries in source.in_order():
        below = _copied_heading(plan, heading) if heading else None
        for entry in entries:
            if notations is None or entry.notation in notations:
                _copy_entry(plan, entry, below, (source.year, year) if new_titles else None)
    session.add(plan)
    session.flush()
    record_event(
        session,
        "file-plan:copied",
        of=plan,
        actor=actor,
        data={"year": year, "from": source.year, "entries": len(plan.entries)},
    )
    return plan


def _copied_heading(plan: FilePlan, heading: FilePlanHeading) -> FilePlanHeading:
    copied = FilePlanHeading(
        id=uuid4(),
        ordinal=len(plan.headings) + 1,
        level=heading.level,
        number=heading.number,
        title=heading.title,
        symbol=heading.symbol,
    )
    plan.headings.append(copied)
    return copied


def _copy_entry(
    plan: FilePlan,
    entry: FilePlanEntry,
    heading: FilePlanHeading | None,
    years: tuple[int, int] | None,
) -> None:
    texts = {name: getattr(entry, name) for name in LENGTHS}
    if years is not None:
        old, new = years
        texts["title"] = re.sub(rf"\b{old}\b", str(new), texts["title"])
    plan.entries.append(
        FilePlanEntry(
            id=uuid4(),
            ordinal=len(plan.entries) + 1,
            heading=heading.label if heading else "",
            heading_id=heading.id if heading else None,
            notation=entry.notation,
            years=entry.years,
            permanent=entry.permanent,
            **texts,
        )
    )
