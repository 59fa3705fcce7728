"""The trail is searched by where an act came from, in a database of either kind."""

from sqlalchemy import select

from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.door import begin_anew, came_by
from archive_service.evidence.given import EventsSought
from archive_service.evidence.trail import conditions_of
from tests.worlds.archive import OPERATOR


def test_an_address_a_session_and_a_token_are_found_whole(database: Database) -> None:
    doors: tuple[dict[str, str], ...] = (
        {"address": "10.0.0.7", "session": "s1"},
        {"address": "10.0.0.77", "token": "t1"},
        {},
    )
    with database.unit_of_work() as uow:
        for door in doors:
            begin_anew()
            came_by(**door)
            record_event(uow.session, "hold:placed", subject_id=None, actor=OPERATOR)
        begin_anew()
        uow.commit()
    with database.read_only() as session:
        for sought, number in (("10.0.0.7", 1), ("s1", 1), ("t1", 2)):
            given = EventsSought.model_validate({"address": sought})
            found = select(AuditEvent.number).where(*conditions_of(session, given, actor=OPERATOR))
            assert session.scalars(found).all() == [number]
