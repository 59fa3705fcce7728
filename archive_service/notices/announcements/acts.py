"""What every page announces beforehand; during maintenance writing rests, reading goes on."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.people.account import Actor
from archive_service.domain.people.announcement import Announcement
from archive_service.errors import BackendError, InputError, NotFoundError
from archive_service.services import Services

TEXT_LENGTH = 500
_SHOWN = 3  # at once; who announces more has announced nothing
_PAST = 50


class AnnouncementTextError(InputError):
    """Nothing is said, or too much."""


class AnnouncementSpanError(InputError):
    """It would be over before it begins, or is over already."""


class AnnouncementNotFoundError(NotFoundError):
    """No announcement bears this id."""


class MaintenanceError(BackendError):
    """Announced maintenance is going on: nothing is changed till its end."""


def announce(
    services: Services,
    text: str,
    *,
    ends_at: dt.datetime,
    actor: Actor,
    starts_at: dt.datetime | None = None,
    maintenance: bool = False,
) -> dict[str, Any]:
    """Tell everybody from now on what will be; with ``maintenance`` writing rests meanwhile.

    Without ``starts_at`` it begins now.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        AnnouncementTextError, AnnouncementSpanError: nothing was announced.
    """
    access.require(actor, "announcement:make")
    now, text = clock.now(), " ".join(text.split())
    starts_at = starts_at or now
    if not 0 < len(text) <= TEXT_LENGTH:
        raise AnnouncementTextError(length=TEXT_LENGTH, given=len(text))
    if ends_at <= max(starts_at, now):
        raise AnnouncementSpanError(starts=clock.iso(starts_at), ends=clock.iso(ends_at))
    row = Announcement(
        text=text,
        starts_at=starts_at,
        ends_at=ends_at,
        maintenance=maintenance,
        announced_by=actor.account,
        announced_at=now,
    )
    with services.writing() as session:
        session.add(row)
        session.flush()
        shown_document = document(row)
        record_event(
            session, "announcement:made", subject_id=row.id, actor=actor, data=shown_document
        )
    return shown_document


def withdraw(services: Services, announcement_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Show it no more; writing goes on at once.

    Raises:
        ActNotAllowedError, AnnouncementNotFoundError: nothing was changed.
    """
    access.require(actor, "announcement:make")
    with services.unit_of_work() as uow:
        row = uow.session.get(Announcement, announcement_id, with_for_update=True)
        if row is None:
            raise AnnouncementNotFoundError(id=announcement_id)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by = clock.now(), actor.account
            record_event(
                uow.session,
                "announcement:withdrawn",
                subject_id=row.id,
                actor=actor,
                data={"text": row.text},
            )
            uow.commit()
        return document(row)


def list_announcements(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """List them, the newest first.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "status:read")
    query = select(Announcement).order_by(Announcement.starts_at.desc()).limit(_PAST)
    with services.read_only() as session:
        return [document(row) for row in session.scalars(query)]


def shown_now(services: Services) -> list[dict[str, Any]]:
    """What stands on every page now, the nearest first; nothing where nobody can be asked."""
    try:
        with services.read_only() as session:
            return [document(row) for row in _standing(session)]
    except BackendError:
        return []


def require_writing(services: Services) -> None:
    """``MaintenanceError`` while maintenance lasts."""
    now = clock.now()
    with services.read_only() as session:
        for row in _standing(session, limit=None):
            if row.maintenance and row.starts_at <= now:
                raise MaintenanceError(until=row.ends_at)


def document(row: Announcement) -> dict[str, Any]:
    """``{id, text, starts_at, ends_at, maintenance, announced_by, withdrawn_at, state}``."""
    now = clock.now()
    state = "planned" if row.starts_at > now else "running"
    if row.ends_at <= now:
        state = "over"
    if row.withdrawn_at is not None:
        state = "withdrawn"
    return {
        "id": str(row.id),
        "text": row.text,
        "starts_at": clock.iso(row.starts_at),
        "ends_at": clock.iso(row.ends_at),
        "maintenance": row.maintenance,
        "announced_by": row.announced_by,
        "withdrawn_at": None if row.withdrawn_at is None else clock.iso(row.withdrawn_at),
        "state": state,
    }


def _standing(session: Session, *, limit: int | None = _SHOWN) -> Sequence[Announcement]:
    return session.scalars(_still(limit), {"now": clock.now()}).all()


@cache
def _still(limit: int | None) -> Select[Announcement]:
    """What stands at the moment it is asked for; every page asks it."""
    return (
        select(Announcement)
        .where(Announcement.withdrawn_at.is_(None), Announcement.ends_at > bindparam("now"))
        .order_by(Announcement.starts_at)
        .limit(limit)
    )
