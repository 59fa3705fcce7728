"""Entries opened during the year outside the plan: NĐ 30/2020 Điều 29 khoản 2 điểm c."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID, uuid4

from archive_service import clock
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from ingest.file_plan.edit import FilePlanNotationTakenError, entry_values, get_heading, heading_of


class FilePlanStartError(InputError):
    """The start of a case file is a day of the plan's year, and not to come."""


class FilePlanTermNeededError(InputError):
    """A case file outside the plan was opened without its term."""


def asked_entry(
    plan: FilePlan,
    given: Mapping[str, str],
    *,
    started_on: dt.date,
    actor: Actor,
    heading_id: UUID | None = None,
) -> FilePlanEntry:
    """A case file that the plan did not foresee, as its officer wants it: in no plan yet.

    Raises:
        FilePlanNotationError, FilePlanTextError, FilePlanNotationTakenError
        FilePlanTermNeededError, FilePlanTermUnclearError, FilePlanStartError
    """
    values = entry_values(given)
    notation = values["notation"]
    if notation in dropped_notations(plan) or any(
        entry.notation == notation for entry in plan.entries
    ):
        raise FilePlanNotationTakenError(notation=notation)
    if not (values["permanent"] or values["years"] or values["rule_code"]):
        raise FilePlanTermNeededError(notation=notation)
    if started_on.year != plan.year or started_on > clock.today():
        raise FilePlanStartError(year=plan.year, day=started_on)
    heading = get_heading(plan, heading_id) if heading_id else heading_of(plan, notation)
    return FilePlanEntry(
        id=uuid4(),
        ordinal=1 + max((entry.ordinal for entry in plan.entries), default=0),
        heading=heading.label if heading else "",
        heading_id=heading.id if heading else None,
        outside=True,
        started_on=started_on,
        opened_by=actor.account,
        opened_at=clock.now(),
        **values,
    )


def dropped_notations(plan: FilePlan) -> set[str]:
    """Numbers that an amendment took out: nothing else bears them in this year."""
    return {
        change["notation"]
        for amendment in plan.amendments
        if amendment.state is FilePlanState.APPROVED
        for change in amendment.changes
        if change["kind"] == "drop"
    }
