"""How many pages of reading copies an account is shown in a minute: a script takes no copy so.

Counted in one row of the account, by one statement: readers share no lock.
"""

import datetime as dt
import math
from http import HTTPStatus

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


class ReadingPaceError(NotAllowedError):
    """More pages in a minute than a person leafs through: HTTP 429; how long until the next."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return {"Retry-After": str(self.facts["seconds"])}


def count_page(services: Services, actor: Actor) -> None:
    """Count one page, before it is made; what is refused leaves one event in a quarter of an hour.

    Raises:
        ReadingPaceError
    """
    most, now = services.settings.use.pages_per_minute, clock.now()
    if actor.account_id is None:
        return
    with services.writing() as session:
        is_over = ReadingPace.begun_at <= now - MINUTE
        counted = insert_of(session)(ReadingPace).values(
            account_id=actor.account_id, begun_at=now, pages=1
        )
        counted = counted.on_conflict_do_update(
            index_elements=["account_id"],
            set_={
                "begun_at": case((is_over, now), else_=ReadingPace.begun_at),
                "pages": case((is_over, 1), else_=ReadingPace.pages + 1),
            },
        ).returning(ReadingPace.begun_at, ReadingPace.pages, ReadingPace.told_at)
        begun_at, pages, told_at = session.execute(counted).one()
        if pages <= most:
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
