"""Urging by hand those who are to submit a case file; the trail keeps who was told."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from archive_service.services import Services
from ingest.calling_in import lists
from ingest.calling_in.documents import UrgedDocument
from ingest.calling_in.given import UrgeIn
from ingest.calling_in.progress import iter_called
from ingest.calling_in.remind import urge as remind_now
from ingest.file_plan.standing import DueState

_URGED = "submission:urged"
URGENT = (DueState.LATE, DueState.DUE)  # what may be urged


class CalledUnknownError(NotFoundError):
    """The list calls in no case file of this code."""


class NothingToUrgeError(ConflictError):
    """It was sent already, or is kept longer with consent."""


class NobodyToUrgeError(ConflictError):
    """The agency has no officer who could be told."""


def urge(services: Services, list_id: UUID, given: UrgeIn, *, actor: Actor) -> UrgedDocument:
    """Tell those who are to submit a case file of a list; the trail keeps it.

    A second press within a minute tells nobody again.

    Raises:
        CollectionNotFoundError, CalledUnknownError
        NothingToUrgeError: it was sent, or is kept longer with consent.
        NobodyToUrgeError: the agency has no officer with an account.
    """
    access.require(actor, "collection:urge")
    with services.unit_of_work() as uow:
        session = uow.session
        row, agency = lists.get_collection(session, list_id, actor=actor)
        access.require(actor, "collection:urge", row)
        called_ones = iter_called(session, [(row, agency)], today=clock.today())
        entry = next((it for it in called_ones if it.code == given.code), None)
        if entry is None:
            raise CalledUnknownError(code=given.code[:100])
        if entry.state not in URGENT:
            raise NothingToUrgeError(code=entry.code, state=entry.state.value)
        by = display_names(session, [actor.account]).get(actor.account, actor.account)
        take_write_lock(session)  # of two presses at once the second sees the first
        reminded, by_name = remind_now(session, row, entry, by=by)
        if not reminded:
            raise NobodyToUrgeError(code=entry.code)
        if not _urged_just_now(session, row.id, entry.code, actor):
            data = {"code": entry.code, "told": reminded}
            record_event(session, _URGED, of=row, actor=actor, data=data)
            uow.commit()  # else nobody is told again
    return UrgedDocument(code=entry.code, told=reminded, by_name=by_name)


def _urged_just_now(session: Session, list_id: UUID, code: str, actor: Actor) -> bool:
    urged_at = session.scalars(
        select(AuditEvent.data).where(
            AuditEvent.tag == _URGED,
            AuditEvent.subject_id == str(list_id),
            AuditEvent.account == actor.account,
            AuditEvent.at > clock.just_before(),
        )
    )
    return any(data["code"] == code for data in urged_at)


def urged(services: Services, codes: Sequence[str], *, actor: Actor) -> dict[str, dt.datetime]:
    """Of these codes, which the account sees, when somebody was last told by hand."""
    access.require(actor, "collection:list")
    with services.read_only() as session:
        found = session.execute(
            select(AuditEvent.data, AuditEvent.at)
            .where(
                AuditEvent.tag == _URGED,
                AuditEvent.subject_id.in_(
                    str(row.id) for row, _ in lists.list_collections(session, actor=actor)
                ),
            )
            .order_by(AuditEvent.number)
        ).all()
    return {data["code"]: at for data, at in found if data["code"] in codes}
