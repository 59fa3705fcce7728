"""File plans as they stand in ``acts/`` of every copy, and as they come back from there."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue
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
from archive_service.packaging.catalogue import plain_row, row_from

PLAN = "file-plan"
ENTRY = "file-plan-entry"  # of releases in which what was opened outside a plan bound at once
_PLAN = (
    *("id", "agency_id", "year", "state", "approved_by", "approved_at"),
    *("numbering", "number", "version"),
)
_BEFORE_HEADINGS = {"numbering": Numbering.PLAN, "number": "", "version": 1, "findings": []}
_HEADING = ("id", "ordinal", "level", "number", "title", "symbol")
_ENTRY = (
    *("id", "heading_id", "ordinal", "heading", "notation", "title", "term", "years"),
    *("permanent", "rule_code", "rule_set", "creator", "unit", "note", "outside"),
    *("started_on", "opened_by", "opened_at"),
)
_AMENDMENT = (
    *("id", "number", "reason", "changes", "created_by", "created_at"),
    *("approved_by", "approved_at"),
)


def record_plan(session: Session, plan: FilePlan, *, at: dt.datetime) -> None:
    """The whole plan in its version of now, on its way into every copy."""
    session.add(Act(kind=PLAN, subject_id=str(plan.id), at=at, document=plan_document(plan, at)))


def plan_document(plan: FilePlan, as_of: dt.datetime | None = None) -> dict[str, Any]:
    """A plan with headings, entries and approved amendments; ``as_of``: when it stood so."""
    as_of = as_of or plan.approved_at
    approved = [
        amendment for amendment in plan.amendments if amendment.state is FilePlanState.APPROVED
    ]
    return plain_row(plan, _PLAN) | {
        "as_of": _iso(as_of),
        "headings": [plain_row(heading, _HEADING) for heading in plan.headings],
        "entries": [
            entry_document(entry) for entry in sorted(plan.entries, key=lambda row: row.ordinal)
        ],
        "amendments": [plain_row(amendment, _AMENDMENT) for amendment in approved],
        "findings": list(plan.findings or []),
    }


def plan_from_document(document: Mapping[str, Any]) -> FilePlan:
    """The plan that ``plan_document`` wrote, now or before it knew headings of their own."""
    plan = row_from(FilePlan, {**_BEFORE_HEADINGS, **document})
    plan.headings = [row_from(FilePlanHeading, body) for body in document.get("headings", [])]
    plan.entries = [row_from(FilePlanEntry, body) for body in document["entries"]]
    plan.amendments = [
        row_from(FilePlanAmendment, body | {"state": FilePlanState.APPROVED})
        for body in document.get("amendments", [])
    ]
    return plan


def entry_document(entry: FilePlanEntry) -> dict[str, JsonValue]:
    """One entry by the names of its columns."""
    return plain_row(entry, _ENTRY)


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
        entry = row_from(FilePlanEntry, body["entry"])
        later = as_of is None or entry.opened_at is None or entry.opened_at > as_of
        if later and all(other.notation != entry.notation for other in plan.entries):
            plan.entries.append(entry)
    session.flush()


def _iso(moment: dt.datetime | None) -> str | None:
    return clock.iso(moment) if moment else None


def _moment(text: str | None) -> dt.datetime | None:
    return clock.parse_iso(text) if text else None
