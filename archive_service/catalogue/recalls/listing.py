"""Recalls, replacements and corrections as lists and the page of a case file tell them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, object_session

from archive_service import access
from archive_service.catalogue.recalls.documents import RecallDocument
from archive_service.domain.case_files.recall import Recall, RecallState
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.services import Services


def matching_recalls(*, actor: Actor, state: str = "", code: str = "") -> Select[Recall]:
    """The question behind the list, for lists that are read in parts."""
    query = select(Recall).where(access.visible(actor, "recall:list", Recall.agency_id))
    if state:
        query = query.where(Recall.state == RecallState(state))
    if code:
        query = query.where(Recall.code == code.strip())
    return query


def list_recalls(
    services: Services,
    *,
    actor: Actor,
    state: str | None = None,
    code: str = "",
    limit: int | None = None,
) -> list[RecallDocument]:
    """List recalls, corrections and replacements, the newest first.

    Raises:
        ActNotAllowedError: the account may know of none.
    """
    access.require(actor, "recall:list")
    query = matching_recalls(actor=actor, state=state or "", code=code)
    with services.read_only() as session:
        newest = query.order_by(Recall.asked_at.desc(), Recall.id.desc()).limit(limit)
        return [RecallDocument.of(row) for row in session.scalars(newest)]


def standing_recalls(session: Session, case_file_ids: Sequence[UUID]) -> list[Recall]:
    """What is asked of, or in force on, documents of these case files."""
    refused = Recall.state == RecallState.REFUSED
    query = select(Recall).where(Recall.case_file_id.in_(case_file_ids), ~refused)
    return list(session.scalars(query.order_by(Recall.asked_at, Recall.id)))


def declared_code(row: Recall, *, none: str = "–") -> str:
    """Of a submission that nobody has decided on; ``none`` where even its sender named none."""
    session = object_session(row)
    found = session.get(Submission, row.submission_id) if session is not None else None
    return (found.code if found is not None else "") or none
