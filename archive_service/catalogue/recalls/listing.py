"""Recalls, replacements and corrections as lists and the page of a case file tell them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, object_session

from archive_service import access, clock
from archive_service.domain.case_files.recall import Recall, RecallState
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor


def matching_recalls(*, actor: Actor, state: str = "", code: str = "") -> Select[Recall]:
    """The question behind the list, for lists that are read in parts."""
    query = select(Recall).where(access.visible(actor, "recall:list", Recall.agency_id))
    if state:
        query = query.where(Recall.state == RecallState(state))
    if code:
        query = query.where(Recall.code == code.strip())
    return query


def recall_document(row: Recall) -> dict[str, Any]:
    """RECALL as commands and API tell it."""
    return {
        "id": str(row.id),
        "kind": row.kind.value,
        "state": row.state.value,
        "target": row.target,
        "code": row.code,
        "ordinal": row.ordinal,
        "title": row.title,
        "submission": None if row.submission_id is None else str(row.submission_id),
        "successor": row.successor,
        "reason": row.reason,
        "channel": row.channel,
        "files": row.digests,
        "asked_by": row.asked_by,
        "asked_at": clock.iso(row.asked_at),
        "decided_by": row.decided_by,
        "decided_at": None if row.decided_at is None else clock.iso(row.decided_at),
        "decision_reason": row.decision_reason,
    }


def standing_recalls(session: Session, case_file_ids: Sequence[UUID]) -> list[Recall]:
    """What is asked of, or in force on, documents of these case files."""
    refused = Recall.state == RecallState.REFUSED
    query = select(Recall).where(Recall.case_file_id.in_(case_file_ids), ~refused)
    return list(session.scalars(query.order_by(Recall.asked_at, Recall.id)))


def declared_code(row: Recall) -> str:
    """Of a submission that nobody has decided on; a dash where even its sender named none."""
    session = object_session(row)
    found = session.get(Submission, row.submission_id) if session is not None else None
    return (found.code if found is not None else "") or "–"
