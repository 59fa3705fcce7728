"""File plans as they stand in ``acts/`` of every copy, and as they come back from there."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.file_plan import (
    FilePlan,
    FilePlanAmendment,
    FilePlanEntry,
    FilePlanHeading,
    FilePlanState,
    Numbering,
)
from archive_service.domain.keeping.act import Act

PLAN = "file-plan"
ENTRY = "file-plan-entry"  # of releases in which what was opened outside a plan bound at once
_HEADING = ("ordinal", "level", "number", "title", "symbol")
_ENTRY = (
    *("ordinal", "heading", "notation", "title", "term", "years", "permanent", "rule_code"),
    "rule_set",
    *("creator", "unit", "note", "outside", "opened_by"),
)
_AMENDMENT = ("number", "reason", "changes", "created_by", "approved_by")


def record_plan(session: Session, plan: FilePlan, *, at: dt.datetime) -> None:
    """The whole plan in its version of now, on its way into every copy."""
    session.add(Act(kind=PLAN, subject_id=str(plan.id), at=at, document=plan_document(plan, at)))


def plan_document(plan: FilePlan, as_of: dt.datetime | None = None) -> dict[str, Any]:
    """A plan with headings, entries and approved amendments; ``as_of``: when it stood so."""
    as_of = as_of or plan.approved_at
    approved = [
        amendment for amendment in plan.amendments if amendment.state is FilePlanState.APPROVED
    ]
    return {
        "id": str(plan.id),
        "agency_id": str(plan.agency_id),
        "year": plan.year,
        "state": plan.state.value,
        "approved_by": plan.approved_by,
        "approved_at": _told(plan.approved_at),
        "as_of": _told(as_of),
        "numbering": plan.numbering.value,
        "number": plan.number,
        "version": plan.version,
        "headings": [
            {"id": str(heading.id)} | {name: getattr(heading, name) for name in _HEADING}
            for heading in plan.headings
        ],
        "entries": [
            entry_document(entry) for entry in sorted(plan.entries, key=lambda row: row.ordinal)
        ],
        "amendments": [_amendment_document(amendment) for amendment in approved],
        "findings": list(plan.findings or []),
    }


def plan_from_document(document: Mapping[str, Any]) -> FilePlan:
    """The plan that ``plan_document`` wrote, now or before it knew headings of their own."""
    return FilePlan(
        id=UUID(document["id"]),
        agency_id=UUID(document["agency_id"]),
        year=document["year"],
        state=FilePlanState(document["state"]),
        approved_by=document["approved_by"],
        approved_at=_moment(document["approved_at"]),
        numbering=Numbering(document.get("numbering", Numbering.PLAN)),
        number=document.get("number", ""),
        version=document.get("version", 1),
        findings=list(document.get("findings", [])),
        headings=[_heading(heading) for heading in document.get("headings", [])],
        entries=[_entry(entry) for entry in document["entries"]],
        amendments=[_amendment(amendment) for amendment in document.get("amendments", [])],
    )


def entry_document(entry: FilePlanEntry) -> dict[str, Any]:
    """One entry by the names of its columns."""
    return {name: getattr(entry, name) for name in _ENTRY} | {
        "id": str(entry.id),
        "heading_id": entry.heading_id and str(entry.heading_id),
        "started_on": entry.started_on and entry.started_on.isoformat(),
        "opened_at": _told(entry.opened_at),
    }


def restore_plans(
    session: Session, plans: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]]
) -> None:
    """Plans from the newest act of each, and what was opened outside of them since."""
    restored: dict[str, tuple[FilePlan, dt.datetime | None]] = {}
    for body in plans:
        plan = plan_from_document(body)
        session.add(plan)
        as_of = _moment(body.get("as_of") or body["approved_at"])
        restored[body["id"]] = plan, as_of
    for body in entries:
        if body["plan_id"] not in restored:
            continue
        plan, as_of = restored[body["plan_id"]]
        entry = _entry(body["entry"])
        later = as_of is None or entry.opened_at is None or entry.opened_at > as_of
        if later and all(other.notation != entry.notation for other in plan.entries):
            plan.entries.append(entry)
    session.flush()


def _heading(document: Mapping[str, Any]) -> FilePlanHeading:
    return FilePlanHeading(id=UUID(document["id"]), **{name: document[name] for name in _HEADING})


def _entry(document: Mapping[str, Any]) -> FilePlanEntry:
    entry = FilePlanEntry(**{name: document[name] for name in _ENTRY if name in document})
    for name in ("id", "heading_id"):
        if document.get(name):
            setattr(entry, name, UUID(document[name]))
    started_on = document.get("started_on")
    entry.started_on = dt.date.fromisoformat(started_on) if started_on else None
    entry.opened_at = _moment(document.get("opened_at"))
    return entry


def _amendment_document(amendment: FilePlanAmendment) -> dict[str, Any]:
    return {name: getattr(amendment, name) for name in _AMENDMENT} | {
        "id": str(amendment.id),
        "created_at": _told(amendment.created_at),
        "approved_at": _told(amendment.approved_at),
    }


def _amendment(document: Mapping[str, Any]) -> FilePlanAmendment:
    return FilePlanAmendment(
        id=UUID(document["id"]),
        state=FilePlanState.APPROVED,
        created_at=clock.parse_iso(document["created_at"]),
        approved_at=_moment(document["approved_at"]),
        **{name: document[name] for name in _AMENDMENT},
    )


def _told(moment: dt.datetime | None) -> str | None:
    return clock.iso(moment) if moment else None


def _moment(text: str | None) -> dt.datetime | None:
    return clock.parse_iso(text) if text else None
