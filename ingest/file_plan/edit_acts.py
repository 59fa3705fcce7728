"""Changes to file plans, each in a transaction of its own: drafts, amendments, outside entries."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanEntry,
    FilePlanState,
    Numbering,
)
from archive_service.domain.people.account import Actor, Role
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices import inbox
from archive_service.services import Services
from ingest.file_plan import amend, edit
from ingest.file_plan.carry_over import copy_plan
from ingest.file_plan.checks import FilePlanEntryFindingsError, require_sound
from ingest.file_plan.custody_acts import entry_document
from ingest.file_plan.transitions import plan_for
from ingest.receiving.recheck import recheck_planned

_TOLD = (Role.AGENCY_HEAD, Role.ARCHIVIST, Role.CLERK)


def put_entry(
    services: Services,
    plan_id: UUID,
    given: Mapping[str, str],
    *,
    actor: Actor,
    entry_id: UUID | None = None,
    place: edit.Place | None = None,
) -> str:
    """Add an entry to a draft, or change one; its number and symbol.

    Raises what ``edit.put_entry`` raises.
    """

    def made(_session: Session, plan: FilePlan) -> FilePlanEntry:
        return edit.put_entry(plan, given, entry_id=entry_id, place=place)

    what = "entry-changed" if entry_id else "entry-added"
    return _edited(services, plan_id, actor, what, made).notation


def remove_entry(services: Services, plan_id: UUID, entry_id: UUID, *, actor: Actor) -> str:
    """Take an entry out of a draft; its number and symbol."""

    def made(_session: Session, plan: FilePlan) -> FilePlanEntry:
        return edit.remove_entry(plan, entry_id)

    return _edited(services, plan_id, actor, "entry-removed", made).notation


def move_entry(
    services: Services,
    plan_id: UUID,
    entry_id: UUID,
    *,
    actor: Actor,
    by: int = 0,
    place: edit.Place | None = None,
) -> None:
    """One step ``by`` -1 or 1, or to a ``place``."""

    def made(_session: Session, plan: FilePlan) -> FilePlanEntry:
        if place is not None:
            edit.move_entry(plan, entry_id, place)
        else:
            edit.step_entry(plan, entry_id, by)
        return edit.get_entry(plan, entry_id)

    _edited(services, plan_id, actor, "entry-moved", made)


def put_heading(
    services: Services,
    plan_id: UUID,
    given: Mapping[str, str],
    *,
    actor: Actor,
    heading_id: UUID | None = None,
    after: UUID | None = None,
) -> UUID:
    """Add a heading to a draft, or change one; its id."""
    with services.unit_of_work() as uow:
        plan = plan_for(uow.session, plan_id, "edit", actor=actor)
        heading = edit.put_heading(
            plan,
            title=given.get("title", ""),
            number=given.get("number", ""),
            symbol=given.get("symbol", ""),
            level=2 if given.get("level") == "2" else 1,
            heading_id=heading_id,
            after=after,
        )
        what = "heading-changed" if heading_id else "heading-added"
        edit.note_edit(uow.session, plan, actor, what, heading=heading.label)
        uow.commit()
        return heading.id


def remove_heading(services: Services, plan_id: UUID, heading_id: UUID, *, actor: Actor) -> None:
    """Take a heading out of a draft; ``FilePlanHeadingInUseError`` where entries stand below."""
    with services.writing() as session:
        plan = plan_for(session, plan_id, "edit", actor=actor)
        label = edit.get_heading(plan, heading_id).label
        edit.remove_heading(plan, heading_id)
        edit.note_edit(session, plan, actor, "heading-removed", heading=label)


def renumber(services: Services, plan_id: UUID, numbering: Numbering, *, actor: Actor) -> int:
    """Number a draft anew; how many entries bear another number now."""
    with services.writing() as session:
        plan = plan_for(session, plan_id, "edit", actor=actor)
        changed = edit.renumber(session, plan, numbering)
        outcome = {"numbering": numbering.value, "changed": changed}
        edit.note_edit(session, plan, actor, "renumbered", **outcome)
        return changed


def set_number(services: Services, plan_id: UUID, number: str, *, actor: Actor) -> None:
    """The number that the paper bears, as the agency's register gives it."""
    with services.writing() as session:
        plan = plan_for(session, plan_id, "edit", actor=actor)
        plan.number = " ".join(number.split())[:40]
        edit.note_edit(session, plan, actor, "number", number=plan.number)


def copy(
    services: Services,
    plan_id: UUID,
    year: int,
    *,
    actor: Actor,
    notations: Collection[str] | None = None,
    new_titles: bool = True,
) -> UUID:
    """A draft of ``year`` from another year's plan; its id."""
    with services.unit_of_work() as uow:
        plan = copy_plan(
            uow.session, plan_id, year, actor=actor, notations=notations, new_titles=new_titles
        )
        uow.commit()
        return plan.id


def open_outside(
    services: Services,
    plan_id: UUID,
    given: Mapping[str, str],
    *,
    started_on: dt.date,
    actor: Actor,
    heading_id: UUID | None = None,
) -> dict[str, Any]:
    """Ask for a case file outside an approved plan; ``state`` is ``draft`` till it is approved.

    The head of the agency, archivists and clerks are told.
    """
    with services.writing() as session:
        plan, entry = amend.open_entry(
            session, plan_id, given, started_on=started_on, actor=actor, heading_id=heading_id
        )
        require_sound([entry], home=services.settings.home, refused=FilePlanEntryFindingsError)
        inbox.tell(
            session,
            "file-plan-entry-opened",
            to=inbox.people(session, roles=_TOLD, agency_id=plan.agency_id),
            subject_id=entry.id,
            facts={"notation": entry.notation, "title": entry.title, "year": plan.year},
            href=f"/file-plans/{plan.id}",
        )
        return entry_document(entry) | {"state": FilePlanState.DRAFT.value}


def begin_amendment(services: Services, plan_id: UUID, reason: str, *, actor: Actor) -> None:
    """Open the draft that amends an approved plan, or give the one there is its reason."""
    with services.writing() as session:
        amend.open_amendment(session, plan_id, reason=reason, actor=actor)


def put_change(
    services: Services,
    plan_id: UUID,
    kind: str,
    given: Mapping[str, str],
    *,
    actor: Actor,
    heading_id: UUID | None = None,
) -> None:
    """Add, change or drop an entry by the open amendment."""
    with services.writing() as session:
        amend.put_change(session, plan_id, kind, given, actor=actor, heading_id=heading_id)


def take_back_change(services: Services, plan_id: UUID, notation: str, *, actor: Actor) -> None:
    """Take back the change of one entry."""
    with services.writing() as session:
        amend.take_back_change(session, plan_id, notation, actor=actor)


def discard_amendment(services: Services, plan_id: UUID, *, actor: Actor) -> None:
    """Throw the open amendment away."""
    with services.writing() as session:
        amend.discard_amendment(session, plan_id, actor=actor)


def approve_amendment(services: Services, plan_id: UUID, *, actor: Actor) -> int:
    """Put the open amendment in force; the new version's number, its act in every copy."""
    with services.writing() as session:
        plan = amend.approve_amendment(session, plan_id, actor=actor)
        changed = {change["notation"] for change in plan.amendments[-1].changes}
        require_sound(
            [entry for entry in plan.entries if entry.notation in changed],
            home=services.settings.home,
        )
        version = plan.version
        recheck_planned(session, plan.agency_id, services.jobs)
    write_out_evidence(services)
    return version


def _edited(
    services: Services,
    plan_id: UUID,
    actor: Actor,
    what: str,
    change: Callable[[Session, FilePlan], FilePlanEntry],
) -> FilePlanEntry:
    with services.writing() as session:
        plan = plan_for(session, plan_id, "edit", actor=actor)
        entry = change(session, plan)
        edit.note_edit(session, plan, actor, what, notation=entry.notation)
        return entry
