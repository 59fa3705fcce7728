"""Amendments of an approved plan: a draft beside it, approved once, then a new version.

What an officer opens outside the plan waits in the same draft.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanAmendment,
    FilePlanEntry,
    FilePlanState,
)
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from archive_service.text import nfc, telling, telling_line
from ingest.file_plan.custody_acts import record_plan
from ingest.file_plan.edit import FilePlanNotationTakenError, entry_values, get_heading, heading_of
from ingest.file_plan.outside import asked_entry, dropped_notations
from ingest.file_plan.read import LENGTHS
from ingest.file_plan.standing import answered_entries
from ingest.file_plan.transitions import TRANSITIONS, find_draft, plan_for

ADD, CHANGE, DROP = "add", "change", "drop"
_LONGEST_REASON = 500


class FilePlanEntryInUseError(ConflictError):
    """A case file or an open submission answers the entry: it stays."""


class FilePlanAmendmentEmptyError(ConflictError):
    """An amendment that changes nothing is not approved."""


class FilePlanNotationUnknownError(NotFoundError):
    """The plan has no entry of this number and symbol."""


def open_amendment(
    session: Session, plan_id: UUID, *, reason: str, actor: Actor
) -> FilePlanAmendment:
    """The draft that amends this plan, made where there is none yet. The caller commits.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError, FilePlanNotInForceError
    """
    plan = plan_for(session, plan_id, "begin-amendment", actor=actor)
    amendment = _draft_of(session, plan, actor)
    if telling(reason):
        amendment.reason = telling_line(reason)[:_LONGEST_REASON]
    session.flush()
    return amendment


def open_entry(
    session: Session,
    plan_id: UUID,
    given: Mapping[str, str],
    *,
    started_on: dt.date,
    actor: Actor,
    heading_id: UUID | None = None,
) -> tuple[FilePlan, FilePlanEntry]:
    """Ask for a case file that the plan did not foresee: a draft till the amendment is approved.

    The term is the officer's own, so nothing binds before the head of the agency approves it. The
    caller commits; the entry is in no plan and no session yet.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError
        FilePlanNotInForceError: the plan is a draft.
        FilePlanNotationTakenError: also by another change of the same amendment.
        and what ``outside.asked_entry`` raises.
    """
    plan = plan_for(session, plan_id, "open-entry", actor=actor)
    entry = asked_entry(plan, given, started_on=started_on, actor=actor, heading_id=heading_id)
    amendment = _draft_of(session, plan, actor)
    if any(change["notation"] == entry.notation for change in amendment.changes):
        raise FilePlanNotationTakenError(notation=entry.notation)
    names = ("notation", *LENGTHS, "years", "permanent", "opened_by")
    change = {name: getattr(entry, name) for name in names} | {
        "kind": ADD,
        "outside": True,
        "heading_id": str(entry.heading_id) if entry.heading_id else None,
        "started_on": started_on.isoformat(),
        "opened_at": None if entry.opened_at is None else clock.iso(entry.opened_at),
    }
    amendment.changes = [*amendment.changes, change]
    new_entry = {"notation": entry.notation, "title": entry.title, "term": entry.term}
    new_entry |= {"creator": entry.creator, "started_on": started_on.isoformat()}
    _note(session, plan, "file-plan:entry-opened", actor, **new_entry)
    return plan, entry


def _draft_of(session: Session, plan: FilePlan, actor: Actor) -> FilePlanAmendment:
    amendment = find_draft(plan)
    if amendment is None:
        amendment = FilePlanAmendment(
            id=uuid4(),
            number=plan.version + 1,
            state=FilePlanState.DRAFT,
            changes=[],
            created_by=actor.account,
            created_at=clock.now(),
        )
        plan.amendments.append(amendment)
        _note(session, plan, "file-plan:amendment-opened", actor, number=amendment.number)
    return amendment


def put_change(
    session: Session,
    plan_id: UUID,
    kind: str,
    given: Mapping[str, str],
    *,
    actor: Actor,
    heading_id: UUID | None = None,
) -> FilePlanAmendment:
    """Say in the amendment that an entry is added, changed or dropped; an earlier word goes.

    Number and symbol say which entry is meant; they never change.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError, FilePlanNotInForceError
        FilePlanAmendmentMissingError: nobody opened one.
        and what ``_require_fit`` raises.
    """
    plan, amendment = _prepared(session, plan_id, "amend", actor)
    change: dict[str, Any] = {"kind": kind, "notation": nfc(given.get("notation", "")).strip()}
    if kind != DROP:
        values = entry_values(given)
        if kind == CHANGE and heading_id is None:  # it stays where it is
            own = (entry for entry in plan.entries if entry.notation == change["notation"])
            heading_id = next((entry.heading_id for entry in own), None)
        heading = get_heading(plan, heading_id) if heading_id else None
        if kind == ADD and heading is None:
            heading = heading_of(plan, values["notation"])
        change |= values | {"heading_id": str(heading.id) if heading else None}
    _require_fit(session, plan, change)
    others = [one for one in amendment.changes if one["notation"] != change["notation"]]
    amendment.changes = [*others, change]
    names = ("kind", "notation", "title", "term")
    proposed = {name: change[name] for name in names if name in change}
    _note(session, plan, "file-plan:change-proposed", actor, number=amendment.number, **proposed)
    return amendment


def take_back_change(
    session: Session, plan_id: UUID, notation: str, *, actor: Actor
) -> FilePlanAmendment:
    """The entry of this number stays as it is. Raises as ``put_change``."""
    plan, amendment = _prepared(session, plan_id, "amend", actor)
    others = [change for change in amendment.changes if change["notation"] != notation]
    if len(others) < len(amendment.changes):
        amendment.changes = others
        about = {"number": amendment.number, "notation": notation}
        _note(session, plan, "file-plan:change-taken-back", actor, **about)
    return amendment


def discard_amendment(session: Session, plan_id: UUID, *, actor: Actor) -> None:
    """Throw the draft away; the plan was never touched by it. Raises as ``put_change``."""
    plan, amendment = _prepared(session, plan_id, "discard-amendment", actor)
    plan.amendments.remove(amendment)
    _note(session, plan, "file-plan:amendment-discarded", actor, number=amendment.number)
    session.flush()


def approve_amendment(session: Session, plan_id: UUID, *, actor: Actor) -> FilePlan:
    """Make the changes: the plan has a new version, which goes into every copy.

    Everything is asked again: an entry may have come into use since it was to be dropped.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError, FilePlanNotInForceError
        FilePlanAmendmentMissingError, FilePlanAmendmentEmptyError, FilePlanEntryInUseError
        FilePlanNotationTakenError, FilePlanNotationUnknownError
    """
    plan, amendment = _prepared(session, plan_id, "approve-amendment", actor)
    if not amendment.changes:
        raise FilePlanAmendmentEmptyError(year=plan.year)
    for change in amendment.changes:
        _require_fit(session, plan, change)
    amendment.changes = [_made(plan, change) for change in amendment.changes]
    _order(plan)
    now = clock.now()
    TRANSITIONS.move(plan, "approve-amendment")
    amendment.approved_by, amendment.approved_at = actor.account, now
    plan.version = amendment.number
    session.flush()
    record_plan(session, plan, at=now)
    counts = {kind: sum(change["kind"] == kind for change in amendment.changes) for kind in _KINDS}
    _note(session, plan, "file-plan:amended", actor, version=plan.version, **counts)
    return plan


def _prepared(
    session: Session, plan_id: UUID, act: str, actor: Actor
) -> tuple[FilePlan, FilePlanAmendment]:
    """The plan, and the amendment of it that is in preparation."""
    plan = plan_for(session, plan_id, act, actor=actor)
    return plan, next(
        amendment for amendment in plan.amendments if amendment.state is FilePlanState.DRAFT
    )


_KINDS = (ADD, CHANGE, DROP)


def _require_fit(session: Session, plan: FilePlan, change: Mapping[str, Any]) -> None:
    """Whether the change can be made to the plan as it is now.

    Raises:
        ValueError: no such kind of change: a bug.
        FilePlanNotationTakenError, FilePlanNotationUnknownError, FilePlanEntryInUseError
    """
    notation = change["notation"]
    there = any(entry.notation == notation for entry in plan.entries)
    if change["kind"] not in _KINDS:
        raise ValueError(f"no change of kind {change['kind']!r}")
    if change["kind"] == ADD:
        if there or notation in dropped_notations(plan):
            raise FilePlanNotationTakenError(notation=notation)
        return
    if not there:
        raise FilePlanNotationUnknownError(notation=notation)
    if change["kind"] == DROP:
        answered = answered_entries(session, {(plan.agency_id, plan.year)})
        if (plan.agency_id, plan.year, notation) in answered or _is_drafted(
            session, plan, notation
        ):
            raise FilePlanEntryInUseError(notation=notation)


def _is_drafted(session: Session, plan: FilePlan, notation: str) -> bool:
    """Whether somebody has begun to put together what is to be handed in for the entry."""
    begun = select(Submission.id).where(
        Submission.agency_id == plan.agency_id,
        Submission.state == SubmissionState.DRAFT,
        Submission.code.endswith(f".{plan.year}.{notation}", autoescape=True),
    )
    return session.scalar(begun.limit(1)) is not None


def _made(plan: FilePlan, change: dict[str, Any]) -> dict[str, Any]:
    """Make one change; returned with what the entry said before."""
    notation = change["notation"]
    if change["kind"] == ADD:
        entry = FilePlanEntry(id=uuid4(), ordinal=len(plan.entries) + 1, notation=notation)
        if change.get("outside"):
            entry.outside, entry.opened_by = True, change["opened_by"]
            entry.started_on = dt.date.fromisoformat(change["started_on"])
            entry.opened_at = clock.parse_iso(change["opened_at"])
        plan.entries.append(entry)
        before = None
    else:
        entry = next(entry for entry in plan.entries if entry.notation == notation)
        before = {name: getattr(entry, name) for name in LENGTHS} | {"heading": entry.heading}
    if change["kind"] == DROP:
        plan.entries.remove(entry)
    else:
        for name in (*LENGTHS, "years", "permanent"):
            setattr(entry, name, change[name])
        heading = get_heading(plan, UUID(change["heading_id"])) if change["heading_id"] else None
        entry.heading_id, entry.heading = (heading.id, heading.label) if heading else (None, "")
    return change | {"before": before}


def _order(plan: FilePlan) -> None:
    """Added entries stand last below their heading; numbers stay as they are."""
    ordinal = 0
    for _, entries in plan.in_order():
        for entry in entries:
            ordinal += 1
            entry.ordinal = ordinal


def _note(session: Session, plan: FilePlan, tag: str, actor: Actor, **data: Any) -> None:
    session.flush()
    facts = {"year": plan.year, **data}
    record_event(session, tag, of=plan, actor=actor, data=facts)
