"""What the trail tells is written once: the database refuses to change or remove it."""

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from archive_service import audit, clock
from archive_service.audit import record_event
from archive_service.db.trail_guards import unguard_trail
from archive_service.db.troubles import TrailKeptError
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.people.account import WORKER


@pytest.fixture
def trail(database: Database) -> Database:
    """Two events in two segments."""
    for _ in range(2):
        with database.writing() as session:
            record_event(session, "test:noted", subject_id=None, actor=WORKER)
        with database.writing() as session:
            audit.close_segment(session, at=clock.now())
    return database


def carry_out(database: Database, statement: Any) -> None:
    with database.writing() as session:
        session.execute(statement)


REFUSED = {
    "event changed": update(AuditEvent).values(account="someone"),
    "event dated back": update(AuditEvent).where(AuditEvent.number == 2).values(at=clock.now()),
    "event removed": delete(AuditEvent).where(AuditEvent.number == 2),
    "segment changed": update(AuditSegment).values(sha256="0" * 64),
    "segment longer": update(AuditSegment).where(AuditSegment.number == 2).values(last_event=3),
    "segment removed": delete(AuditSegment).where(AuditSegment.number == 2),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_no_event_or_segment_is_changed_or_removed(trail: Database, statement: Any) -> None:
    with pytest.raises(TrailKeptError):
        carry_out(trail, statement)
    with trail.read_only() as session:
        assert audit.verify_events(session) == audit.ChainVerdict(2, 0)
        assert len(session.scalars(select(AuditSegment)).all()) == 2


EMPTIED = {
    "sqlite": (
        "REPLACE INTO audit_event SELECT * FROM audit_event WHERE number = 2",
        "REPLACE INTO audit_segment SELECT * FROM audit_segment WHERE number = 2",
    ),
    "postgresql": ("TRUNCATE audit_event", "TRUNCATE audit_segment"),
}


@pytest.mark.parametrize("number", [0, 1], ids=["events", "segments"])
def test_none_is_emptied_or_replaced(trail: Database, number: int) -> None:
    statement = EMPTIED[trail.engine.dialect.name][number]
    with pytest.raises(TrailKeptError):
        carry_out(trail, text(statement))


def test_where_a_segment_lies_is_noted(trail: Database) -> None:
    carry_out(trail, update(AuditSegment).values(written=True, held_by="kho1"))
    with trail.read_only() as session:
        assert session.scalars(select(AuditSegment.held_by)).all() == ["kho1", "kho1"]


def test_who_owns_the_tables_takes_the_triggers_away(trail: Database) -> None:
    """So they are no proof against an operator."""
    with trail.writing() as session:
        unguard_trail(session.connection())
        session.execute(delete(AuditEvent).where(AuditEvent.number == 2))
    with trail.read_only() as session:
        assert audit.last_number(session) == 1
