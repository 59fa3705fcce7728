"""The audit trail: its events, and whether the whole chain fits."""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import Select, select

from archive_service import access
from archive_service.api.offered import offer
from archive_service.api.paging import EventQuery
from archive_service.db.paging import part_of
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.evidence.documents import EventList, TrailVerdict
from archive_service.evidence.given import EventsSought
from archive_service.evidence.rollback import acknowledge_loss, configured_witnesses
from archive_service.evidence.trail import NEWEST_EVENTS, as_documents, conditions_of
from archive_service.evidence.vouching import prove_trail
from archive_service.request import current_actor, services

bp = APIBlueprint("api_audit_events", __name__, tag="audit-events", url_prefix="/audit-events")


@bp.get("")
@bp.input(EventQuery, location="query")
@bp.output(EventList)
def list_all(query_data: EventQuery) -> EventList:
    """Events, newest first, by words, kind, subject, account, address and days."""
    query = events_for(current_actor())
    if query_data.tag is not None:
        query = query.where(AuditEvent.tag == query_data.tag)
    if query_data.subject is not None:
        query = query.where(AuditEvent.subject_id == query_data.subject)
    sought = EventsSought(
        **query_data.model_dump(include=set(EventsSought.model_fields), exclude_none=True)
    )
    with services().read_only() as session:
        query = query.where(*conditions_of(session, sought, actor=current_actor()))
        part = part_of(
            session, query, NEWEST_EVENTS, limit=query_data.limit, cursor=query_data.cursor
        )
        events = as_documents(session, part.rows, actor=current_actor())
        return EventList(events=events, cursor=part.cursor)


@bp.get("/verdict")
@bp.output(TrailVerdict)
def verdict() -> dict[str, Any]:
    """Walk the whole chain and every segment of every copy; a long trail takes its time."""
    access.require(current_actor(), "audit:read")
    witnesses = configured_witnesses(services())
    return prove_trail(services(), witnesses=witnesses).as_document()


offer(bp, "/acknowledge-loss", acknowledge_loss)


def events_for(actor: Actor) -> Select[AuditEvent]:
    """Events the account may read: of its agency, where it belongs to one."""
    access.require(actor, "audit:read")
    query = select(AuditEvent)
    if actor.agency_id is not None:
        query = query.where(AuditEvent.agency_id == str(actor.agency_id))
    return query
