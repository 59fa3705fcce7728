"""The trail is searched by where an act came from and by what it changed, in either database."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from archive_service import clock
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
    with database.writing() as session:
        for door in doors:
            begin_anew()
            came_by(**door)
            record_event(session, "hold:placed", subject_id=None, actor=OPERATOR)
        begin_anew()
    with database.read_only() as session:
        for sought, number in (("10.0.0.7", 1), ("s1", 1), ("t1", 2)):
            given = EventsSought.model_validate({"address": sought})
            found = select(AuditEvent.number).where(*conditions_of(session, given, actor=OPERATOR))
            assert session.scalars(found).all() == [number]


CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (  # events from 1 on, in the three ways
    (
        "case-file:described",
        {
            "changes": [
                {"document": 0, "field": "title", "was": "Cũ", "becomes": "Mới"},
                {"document": 1, "field": "mode", "was": "01", "becomes": "02"},
            ]
        },
    ),
    ("access-mode:confirmed", {"code": "A", "was": "02", "becomes": "01"}),
    ("case-file:rule-chosen", {"before": {"years": "10"}, "after": {"years": "20"}}),
    ("account:changed", {"before": {"active": True, "n": 10}, "after": {"active": False, "n": 20}}),
    ("agency:told", {"changes": {"field": "mode"}}),
    ("agency:told", {"changes": ["mode", 1, None]}),
    ("hold:placed", {}),
)


@pytest.mark.parametrize(
    ("sought", "numbers"),
    [
        ({"field": "mode", "was": "01", "becomes": "02"}, [1]),
        ({"field": "mode"}, [1, 2]),
        ({"field": "title", "was": "Cũ"}, [1]),
        ({"field": "title", "was": "01"}, []),  # of another field of the same event
        ({"was": "02", "becomes": "01"}, [2]),
        ({"field": "years", "was": "10", "becomes": "20"}, [3]),
        ({"field": "years", "becomes": "10"}, []),
        ({"field": "n", "becomes": "20"}, [4]),
        ({"becomes": "Mới"}, [1]),
    ],
)
def test_who_changed_a_value_from_one_to_another_is_found(
    database: Database, sought: dict[str, str], numbers: list[int]
) -> None:
    with database.writing() as session:
        for tag, data in CHANGES:
            record_event(session, tag, subject_id=None, actor=OPERATOR, data=data)
    given = EventsSought.model_validate(sought)
    with database.read_only() as session:
        found = select(AuditEvent.number).where(*conditions_of(session, given, actor=OPERATOR))
        assert session.scalars(found.order_by(AuditEvent.number)).all() == numbers
        early = given.model_copy(update={"until": clock.today() - dt.timedelta(days=1)})
        before = select(AuditEvent.number).where(*conditions_of(session, early, actor=OPERATOR))
        assert session.scalars(before).all() == []
