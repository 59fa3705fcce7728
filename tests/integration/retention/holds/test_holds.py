"""Holds: placed and lifted by the head, told everywhere, kept in every copy; what they stop."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy import select, update

from archive_service import access
from archive_service.catalogue.case_files import queries
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.retention.hold import LONGEST_REASON
from archive_service.domain.retention.removal import CaseFileDestroyedError
from archive_service.keeping.fixity.check import check_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.held import CaseFileHeldError, require_free
from archive_service.worker import run_one
from retention.holds.acts import lift_hold, list_holds, place_holds
from retention.holds.documents import ListedHoldDocument
from retention.holds.given import LiftIn
from retention.holds.rules import HoldLiftedError, HoldNotFoundError, HoldWordsError
from retention.terms.acts import explain_case_file, list_due
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.holding import take_away

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT ngày 03/02/2026"
LIFTED = "Kết luận thanh tra đã ban hành"


def place(services: Services, *codes: str, authority: str = AUTHORITY) -> list[ListedHoldDocument]:
    return place_holds(
        services,
        codes or [OPEN_CODE],
        reason=REASON,
        authority=authority,
        actor=person(services, "hung"),
    )


def lift(services: Services, hold: ListedHoldDocument) -> ListedHoldDocument:
    return lift_hold(services, hold.id, LiftIn(reason=LIFTED), actor=person(services, "hung"))


def ask_free(services: Services, code: str = OPEN_CODE) -> None:
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        actor = person(services, "lan")
        require_free(uow.session, row, act="case-file:describe", actor=actor)


def case(services: Services, name: str = "lan", code: str = OPEN_CODE) -> dict[str, Any]:
    return queries.case_file(services, code, actor=person(services, name)).as_json()


def jobs(services: Services) -> list[Job]:
    with services.read_only() as session:
        return list(session.scalars(select(Job).where(Job.name == "apply-hold")))


def test_a_hold_stops_whoever_asks_until_it_is_lifted(services: Services) -> None:
    ask_free(services)
    (hold,) = place(services)
    assert (hold.code, hold.reason, hold.authority) == (OPEN_CODE, REASON, AUTHORITY)
    assert (hold.placed_by, hold.lifted_at) == ("hung", None)
    with pytest.raises(CaseFileHeldError):
        ask_free(services)
    ask_free(services, RESTRICTED_CODE)
    lifted = lift(services, hold)
    assert (lifted.id, lifted.lifted_by) == (hold.id, "hung")
    assert (lifted.lifted_at or "") > lifted.placed_at
    ask_free(services)


def test_the_last_of_overlapping_holds_frees_the_case_file(services: Services) -> None:
    (first,), (second,) = place(services), place(services, authority="45/CV-CQĐT")
    assert first.id != second.id
    lift(services, first)
    with pytest.raises(CaseFileHeldError) as refused:
        ask_free(services)
    assert refused.value.facts["authority"] == "45/CV-CQĐT"
    lift(services, second)
    ask_free(services)


def test_the_same_order_again_is_the_same_hold(services: Services) -> None:
    (first,) = place(services)
    (again,) = place(services)
    assert again.id == first.id
    with services.read_only() as session:
        assert len(session.scalars(select(Act).where(Act.kind == "hold")).all()) == 1
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "hold:placed")).all()
        assert len(told) == 1
    lift(services, first)
    (later,) = place(services)
    assert later.id != first.id


def test_a_hold_is_lifted_once(services: Services) -> None:
    (hold,) = place(services)
    lift(services, hold)
    with pytest.raises(HoldLiftedError):
        lift(services, hold)
    unknown = hold.model_copy(update={"id": uuid4()})
    with pytest.raises(HoldNotFoundError):
        lift(services, unknown)


def test_many_are_held_at_once_or_none(services: Services) -> None:
    assert [entry.code for entry in place(services, RESTRICTED_CODE, OPEN_CODE)] == [
        RESTRICTED_CODE,
        OPEN_CODE,
    ]
    for hold in list_holds(services, actor=person(services, "hung")):
        lift(services, hold)
    with pytest.raises(Exception, match="case-file-not-found"):
        place(services, OPEN_CODE, "H40.18.2025.99.QLCT")
    ask_free(services)


@pytest.mark.parametrize("name", ["lan", "bach", "binh", "kiem", "quan"])
def test_only_the_head_places_and_lifts(services: Services, name: str) -> None:
    (hold,) = place(services)
    actor = person(services, name)
    with pytest.raises(access.ActNotAllowedError):
        place_holds(services, [OPEN_CODE], reason=REASON, authority=AUTHORITY, actor=actor)
    with pytest.raises(access.ActNotAllowedError):
        lift_hold(services, hold.id, LiftIn(reason=REASON), actor=actor)


@pytest.mark.parametrize("words", [("", AUTHORITY), (REASON, "  "), ("x" * 1001, AUTHORITY)])
def test_reason_and_authority_are_named(services: Services, words: tuple[str, str]) -> None:
    assert LONGEST_REASON == 1000
    reason, authority = words
    head = person(services, "hung")
    with pytest.raises(HoldWordsError):
        place_holds(services, [OPEN_CODE], reason=reason, authority=authority, actor=head)


def test_what_is_destroyed_cannot_be_held(services: Services) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).values(state=CaseState.DESTROYED))
    with pytest.raises(CaseFileDestroyedError):
        place(services)


def test_the_act_lies_in_every_copy_before_it_is_told(services: Services) -> None:
    (hold,) = place(services)
    lift(services, hold)
    for copy in services.copies:
        placed, lifted = (act.document["body"] for act in iter_acts(copy, "hold"))
        assert (placed["reason"], placed["authority"]) == (REASON, AUTHORITY)
        assert (placed["lifted_at"], placed["code"]) == (None, OPEN_CODE)
        assert (lifted["id"], lifted["lift_reason"]) == (str(hold.id), LIFTED)


def unread(hold: ListedHoldDocument) -> dict[str, JsonValue]:
    """The hold without when a store was last asked for it."""
    return hold.model_dump(exclude={"applied": {"__all__": {"read_at"}}})


def test_a_rebuild_brings_holds_back_from_the_copies_alone(services: Services) -> None:
    (lifted,), (_open,) = place(services), place(services, authority="45/CV-CQĐT")
    lift(services, lifted)
    do_all(services)
    before = list_holds(services, actor=OPERATOR)
    shown = queries.case_file(services, OPEN_CODE, actor=OPERATOR).as_json()["holds"]
    rebuild(services, actor=OPERATOR)
    with pytest.raises(CaseFileHeldError):
        ask_free(services)
    do_all(services)
    after = list_holds(services, actor=OPERATOR)
    assert {copy.state for hold in [*before, *after] for copy in hold.applied} == {"no-lock"}
    assert [unread(hold) for hold in after] == [unread(hold) for hold in before]
    assert len(queries.case_file(services, OPEN_CODE, actor=OPERATOR).holds) == len(shown) == 1


def test_digitization_fixity_and_the_work_go_on(services: Services) -> None:
    place(services)
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        states = set(session.scalars(select(Job.state)))
    check_case_file(row.id, services)
    assert states == {JobState.DONE}


def test_a_copy_without_locks_is_told_as_that(services: Services) -> None:
    (hold,) = place(services)
    assert {copy.state for copy in hold.applied} == {"waiting"}
    do_all(services)
    (told,) = case(services)["holds"]
    assert [(copy["copy"], copy["state"]) for copy in told["applied"]] == [
        ("kho1", "no-lock"),
        ("kho2", "no-lock"),
    ]
    lift(services, hold)
    do_all(services)
    assert case(services)["holds"] == []
    with services.read_only() as session:
        tags = set(session.scalars(select(AuditEvent.tag)))
    assert not tags & {"hold:applied", "hold:cleared"}
    (listed,) = list_holds(services, actor=person(services, "hung"))
    assert listed.applied == []


def test_a_copy_that_is_away_is_waited_for(services: Services, home: Path) -> None:
    (hold,) = place(services)
    away = take_away(home / "kho2")
    assert run_one(services, names=("apply-hold",)) == "retry"
    (told,) = list_holds(services, actor=OPERATOR)
    assert [copy.state for copy in told.applied] == ["no-lock", "waiting"]
    away.rename(home / "kho2")
    do_all(services)
    (told,) = list_holds(services, actor=OPERATOR)
    assert [copy.state for copy in told.applied] == ["no-lock", "no-lock"]
    assert told.id == hold.id


def test_who_may_not_know_why_is_told_that_it_is_held(services: Services) -> None:
    (hold,) = place(services)
    (told,) = case(services, "binh")["holds"]
    assert (told["id"], told["reason"], told["authority"]) == (str(hold.id), None, None)
    (listed,) = queries.list_case_files(services, actor=person(services, "binh"), text=OPEN_CODE)
    assert [hold.as_json() for hold in listed.holds] == [told]
    with pytest.raises(access.ActNotAllowedError):
        list_holds(services, actor=person(services, "binh"))
    assert list_holds(services, actor=person(services, "stranger")) == []


def test_the_term_tells_of_the_hold(services: Services) -> None:
    place(services)
    steps = explain_case_file(services, OPEN_CODE, actor=person(services, "lan")).steps
    assert REASON in steps[-1].text
    assert steps[-1].citation
    with services.writing() as session:
        session.execute(update(CaseFile).values(ends_on=None))
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.ends_on = row.accepted_at.date().replace(year=2020)
    (due,) = list_due(services, actor=person(services, "lan")).due
    assert (due.code, due.held) == (OPEN_CODE, True)


def test_a_hold_placed_while_the_locks_are_laid_on_is_seen(services: Services) -> None:
    (hold,) = place(services)
    assert run_one(services, names=("apply-hold",)) == "done"
    lift(services, hold)
    place(services, authority="45/CV-CQĐT")
    assert [job.state for job in jobs(services)].count(JobState.WAITING) == 1
    do_all(services)
    assert {copy["state"] for copy in case(services)["holds"][0]["applied"]} == {"no-lock"}
