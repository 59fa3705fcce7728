"""A hold taken away in the database holds on: the event that placed it still tells of it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.hold import Hold, HoldOrder
from archive_service.evidence.log_of_rows import LogDifference, log_differences
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from retention.destruction.acts import claim_items
from retention.holds.acts import (
    lift_hold,
    lift_order,
    place_holds,
    place_on_fonds,
    place_on_search,
)
from retention.holds.given import LiftIn
from retention.holds.rules import Wish
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.retention.removing import approved

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT"
WISH = Wish(REASON, AUTHORITY)
LIFTED = "Kết luận thanh tra đã ban hành"


def on_case_file(services: Services) -> object:
    hung = person(services, "hung")
    return place_holds(services, [OPEN_CODE], reason=REASON, authority=AUTHORITY, actor=hung)


def on_search(services: Services) -> object:
    return place_on_search(services, "2025 QLCT", WISH, actor=person(services, "hung"))


def on_fonds(services: Services) -> object:
    with services.read_only() as session:
        own = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        code = session.scalars(own.where(CaseFile.code == OPEN_CODE)).one()
    return place_on_fonds(services, code, WISH, actor=person(services, "hung"))


WAYS = (on_case_file, on_search, on_fonds)


def differences(services: Services) -> list[LogDifference]:
    """Of the open case file; the other one is asked in the same breath."""
    with services.read_only() as session:
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        found = log_differences(session, [row.id for row in rows])
        (mine,) = (row.id for row in rows if row.code == OPEN_CODE)
        return found.get(mine, [])


def change(services: Services, statement: Any) -> None:
    with services.writing() as session:
        session.execute(statement)


@pytest.mark.parametrize("place", WAYS)
def test_whoever_takes_it_away_leaves_the_event(
    services: Services, place: Callable[[Services], object]
) -> None:
    assert differences(services) == []
    place(services)
    assert differences(services) == []
    change(services, update(Hold).values(lifted_at=clock.now(), lifted_by="hung"))
    (found,) = differences(services)
    with services.read_only() as session:
        order = session.scalars(select(HoldOrder.id)).one()
    assert (found.field, found.row, found.told) == ("hold", None, str(order))
    change(services, delete(Hold))
    assert differences(services) == [found]


@pytest.mark.parametrize("place", WAYS)
def test_what_is_lifted_as_people_lift_it_is_no_difference(
    services: Services, place: Callable[[Services], object]
) -> None:
    hung = person(services, "hung")
    place(services)
    place_holds(services, [OPEN_CODE], reason="Kiện", authority="7/TA", actor=hung)
    with services.read_only() as session:
        orders = session.scalars(select(HoldOrder.id).order_by(HoldOrder.placed_at)).all()
        first = select(Hold.id).where(Hold.order_id == orders[0])
        holds = session.scalars(first).all()
    for hold in holds:
        lift_hold(services, hold, LiftIn(reason=LIFTED), actor=hung)
        assert differences(services) == []
    lift_order(services, orders[1], LiftIn(reason=LIFTED), actor=hung)
    assert differences(services) == []
    place(services)
    assert differences(services) == []


def test_the_gate_and_the_daily_comparison_hear_the_log(services: Services) -> None:
    (item,) = approved(services, OPEN_CODE)
    on_case_file(services)
    change(services, update(Hold).values(lifted_at=clock.now(), lifted_by="hung"))
    with services.writing() as session:
        told = claim_items(services, session, [item])[item]
    assert isinstance(told, RemovalRefusedError)
    assert (told.facts["reason"], told.facts["field"]) == ("rows-differ", "hold")
    event = told.facts["event"]
    archive = Command(services.settings.home)
    said = archive.run("fixity", "check", "--catalogue", "--json")
    (differing,) = said.document["differing"]
    assert (said.code, differing["code"], differing["event"]) == (5, OPEN_CODE, event)
    words = archive.run("fixity", "check", "--catalogue").stdout
    assert f"theo sự kiện {event} của nhật ký" in words
    assert RESTRICTED_CODE not in words
