"""The one way in for acts: no right, no act; rows that change and tell no event do not stand."""

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.acting import acting
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, person

RIGHT = "agency:add"


def names(services: Services) -> set[str]:
    with services.read_only() as session:
        return set(session.scalars(select(Agency.name)))


def test_what_an_act_did_stands_with_its_event(services: Services) -> None:
    with acting(services, RIGHT, OPERATOR) as session:
        session.add(Agency(code="H40.77", name="Sở Thử việc"))
        record_event(session, "agency:added", subject_id="H40.77", actor=OPERATOR)
    assert "Sở Thử việc" in names(services)
    with services.read_only() as session:
        newest = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert newest is not None
        assert (newest.tag, newest.subject_id) == ("agency:added", "H40.77")


def test_rows_that_change_and_tell_nothing_are_a_fault_of_ours(services: Services) -> None:
    with (
        pytest.raises(RuntimeError, match=f"{RIGHT}: rows were changed"),
        acting(services, RIGHT, OPERATOR) as session,
    ):
        session.add(Agency(code="H40.78", name="Sở Lặng lẽ"))
    assert "Sở Lặng lẽ" not in names(services)


def test_an_act_that_changes_nothing_needs_no_event(services: Services) -> None:
    with acting(services, RIGHT, OPERATOR) as session:
        assert session.scalars(select(Agency)).first() is not None


def test_nobody_without_the_right_comes_in(services: Services) -> None:
    reached = False
    with pytest.raises(ActNotAllowedError), acting(services, RIGHT, person(services, "lan")):
        reached = True
    assert not reached
