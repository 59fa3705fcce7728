"""An event that a term counts from: recorded with its paper, taken back, rebuilt."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.access import ActNotAllowedError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.retention import RetentionChange
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from retention.holds.acts import place_holds
from retention.terms.acts import explain_case_file, record_case_event, withdraw_case_event
from retention.terms.changes import set_term
from retention.terms.documents import MovedDocument
from retention.terms.events import (
    RetentionEventDayError,
    RetentionEventKindError,
    RetentionEventNotFoundError,
    RetentionEventWithdrawnError,
    RetentionEventWordsError,
)
from retention.terms.given import EventIn, WithdrawIn
from retention.terms.rules import EVENTS, RetentionRule
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, Program, do_all

CONTRACT = RetentionRule("H.1", "Hợp đồng", 5, "TT 1, mục 1", event="contract-ends")
DAY, BASIS = dt.date(2020, 3, 1), "BB thanh lý 07/BB ngày 01/03/2020"


@pytest.fixture
def waiting(services: Services) -> Services:
    """The open case file falls under a rule that waits for the end of a contract."""
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        set_term(session, row, CONTRACT, cause="group", by="lan")
    return services


def record(services: Services, *, name: str = "lan", **given: Any) -> MovedDocument:
    told: dict[str, Any] = {"kind": "contract-ends", "on": DAY, "basis": BASIS} | given
    return record_case_event(services, OPEN_CODE, EventIn(**told), actor=person(services, name))


def case_file(services: Services) -> CaseFile:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        session.expunge_all()
        return row


def test_it_waits_then_counts_and_every_change_is_told(waiting: Services) -> None:
    before = explain_case_file(waiting, OPEN_CODE, actor=person(waiting, "lan"))
    assert (before.ends_on, before.permanent) == (None, False)
    assert before.waits_for == "contract-ends"
    told = record(waiting)
    assert told.moved
    began = max(DAY.year, int(case_file(waiting).end_date[:4]))
    assert told.ends_on == f"{began + 5}-12-31"
    assert [change.cause for change in told.changes] == ["group", "event"]
    assert told.changes[1].before["ends_on"] is None
    text = "\n".join(step.text for step in told.steps)
    assert "hợp đồng chấm dứt, ngày 01/03/2020" in text
    assert "đã đổi do ghi nhận sự kiện" in text
    with waiting.read_only() as session:
        tags = session.scalars(select(AuditEvent.tag)).all()
    assert "retention-event:recorded" in tags


def test_the_same_event_is_one_and_the_last_of_several_counts(waiting: Services) -> None:
    year = clock.today().year - 1
    first = record(waiting, on=dt.date(year, 1, 1))
    assert not record(waiting, on=dt.date(year, 1, 1)).moved
    assert not record(waiting, on=DAY).moved
    assert not record(waiting, kind="death").moved
    assert len(explain_case_file(waiting, OPEN_CODE, actor=person(waiting, "lan")).events) == 3
    assert str(case_file(waiting).ends_on) == first.ends_on


def test_what_is_taken_back_counts_no_more(waiting: Services) -> None:
    told = record(waiting)
    event_id, actor = told.events[0].id, person(waiting, "lan")
    with pytest.raises(RetentionEventWordsError):
        withdraw_case_event(waiting, OPEN_CODE, event_id, WithdrawIn(reason=" "), actor=actor)
    back = withdraw_case_event(
        waiting, OPEN_CODE, event_id, WithdrawIn(reason="Ghi nhầm"), actor=actor
    )
    assert (back.ends_on, back.waits_for) == (None, "contract-ends")
    assert back.events[0].withdrawn_reason == "Ghi nhầm"
    with pytest.raises(RetentionEventWithdrawnError):
        withdraw_case_event(waiting, OPEN_CODE, event_id, WithdrawIn(reason="Lại"), actor=actor)
    with pytest.raises(RetentionEventNotFoundError):
        withdraw_case_event(waiting, OPEN_CODE, uuid4(), WithdrawIn(reason="Lại"), actor=actor)


def test_what_cannot_be_recorded(waiting: Services) -> None:
    with pytest.raises(RetentionEventKindError) as unknown:
        record(waiting, kind="moon")
    for lang in messages.LANGUAGES:
        remedy = messages.error(unknown.value.code, lang, unknown.value.facts).remedy
        for kind in EVENTS:
            assert f"{messages.label('retention-event', kind, lang)} ({kind})" in remedy
    with pytest.raises(RetentionEventDayError):
        record(waiting, on=clock.today() + dt.timedelta(days=1))
    with pytest.raises(RetentionEventWordsError):
        record(waiting, basis=" ")
    with pytest.raises(ActNotAllowedError):
        record(waiting, name="bach")
    place_holds(
        waiting, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=person(waiting, "hung")
    )
    with pytest.raises(CaseFileHeldError):
        record(waiting)
    assert case_file(waiting).ends_on is None


def test_events_changes_and_the_term_come_back_from_the_copies(
    waiting: Services, home: Path
) -> None:
    told = record(waiting)
    home.joinpath("archive.db").unlink()
    rebuild(waiting, actor=OPERATOR)
    again = explain_case_file(waiting, OPEN_CODE, actor=OPERATOR)
    assert again.ends_on == told.ends_on
    assert again.events == told.events
    assert again.changes == told.changes


def test_the_next_version_of_the_package_holds_the_new_term(waiting: Services) -> None:
    record(waiting)
    do_all(waiting)
    row = case_file(waiting)
    assert row.version_stored == row.version_wanted == 2
    with waiting.read_only() as session:
        assert len(session.scalars(select(RetentionChange)).all()) == 2


def test_the_door_for_programs(waiting: Services, archivist: Program, officer: Program) -> None:
    address = f"/case-files/{OPEN_CODE}/retention"
    given = {"kind": "contract-ends", "on": DAY.isoformat(), "basis": BASIS}
    assert officer.post(f"{address}/events", json=given).status_code == 403
    answer = archivist.post(f"{address}/events", json=given)
    assert answer.status_code == 201, answer.text
    told = archivist.get(address).get_json()
    assert told["ends_on"] == answer.get_json()["ends_on"]
    event_id = told["events"][0]["id"]
    back = archivist.post(f"{address}/events/{event_id}/withdraw", json={"reason": "Nhầm"})
    assert back.get_json()["waits_for"] == "contract-ends"
