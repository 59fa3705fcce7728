"""How many pages of reading copies an account is shown in a minute: a script takes no copy so.

Counted in one row of the account, several pages by one statement: a process shows those of a step
without asking the database, so that readers seldom wait for its lock.
"""

import datetime as dt
import math
import threading
from http import HTTPStatus
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import case

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.upsert import insert_of
from archive_service.domain.people.account import Actor
from archive_service.domain.people.reading_pace import ReadingPace
from archive_service.errors import NotAllowedError
from archive_service.services import Services

MINUTE = dt.timedelta(minutes=1)
_TOLD_EVERY = dt.timedelta(minutes=15)  # as the uses of a document are
_STEPS = 40  # of a minute's pages; what a process holds of a step and does not show is lost
_Held = dict[UUID, tuple[dt.datetime, int]]  # by account until when, and how many pages
_held: WeakKeyDictionary[Services, _Held] = WeakKeyDictionary()
_holding = threading.Lock()


class ReadingPaceError(NotAllowedError):
    """More pages in a minute than a person leafs through: HTTP 429; how long until the next."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return {"Retry-After": str(self.facts["seconds"])}


def count_page(services: Services, actor: Actor, now: dt.datetime | None = None) -> None:
    """Count one page, before it is made; what is refused leaves one event in a quarter of an hour.

    In all processes together no more are shown in a minute than ``use.pages_per_minute``.

    Raises:
        ReadingPaceError
    """
    most, now = services.settings.use.pages_per_minute, now or clock.now()
    if actor.account_id is None or _is_held(services, actor.account_id, now):
        return
    step = max(1, most // _STEPS)
    with services.writing() as session:
        is_over = ReadingPace.begun_at <= now - MINUTE
        counted = insert_of(session)(ReadingPace).values(
            account_id=actor.account_id, begun_at=now, pages=step
        )
        counted = counted.on_conflict_do_update(
            index_elements=["account_id"],
            set_={
                "begun_at": case((is_over, now), else_=ReadingPace.begun_at),
                "pages": case((is_over, step), else_=ReadingPace.pages + step),
            },
        ).returning(ReadingPace.begun_at, ReadingPace.pages, ReadingPace.told_at)
        begun_at, pages, told_at = session.execute(counted).one()
        left = min(step, most - pages + step)
        if left > 0:
            _hold(services, actor.account_id, begun_at + MINUTE, left - 1)
            return
        if told_at is None or told_at <= now - _TOLD_EVERY:
            row = session.get_one(ReadingPace, actor.account_id)
            row.told_at = now
            data = {"pages": most, "account": actor.account}
            record_event(
                session,
                "access-request:too-fast",
                subject_id=actor.account_id,
                actor=actor,
                agency_id=actor.agency_id,
                data=data,
            )
    seconds = max(1, math.ceil((begun_at + MINUTE - now).total_seconds()))
    raise ReadingPaceError(pages=most, seconds=seconds)


def _is_held(services: Services, account_id: UUID, now: dt.datetime) -> bool:
    """Whether this process may show one more of the step that it counted in this minute."""
    with _holding:
        own = _held.get(services, {})
        until, pages = own.pop(account_id, (now, 0))
        if now >= until or not pages:
            return False
        own[account_id] = until, pages - 1
        return True


def _hold(services: Services, account_id: UUID, until: dt.datetime, pages: int) -> None:
    """Keep these for the pages that follow, beside those of the same minute."""
    with _holding:
        own = _held.setdefault(services, {})
        of_minute, kept = own.get(account_id, (until, 0))
        own[account_id] = until, pages + (kept if of_minute == until else 0)
