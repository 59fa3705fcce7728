"""Done on paper during an outage: entered once, with both times, marked, and never made up."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import access, clock, messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.late_entry import LATE_ENTRY
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from ingest.late_entries.acts import choices, enter, entries_of, record_outage
from ingest.late_entries.late_entry import (
    LateEntryMomentError,
    LateEntryOrderError,
    LateEntryStateError,
    LateEntrySubjectError,
    LateEntryWordsError,
    OnPaper,
)
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.papers.bad_input import small_case

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def stored(services: Services) -> Submission:
    """One that was accepted and is in every copy."""
    with services.read_only() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        return session.get_one(Submission, case_file.id)


DAY = dt.timedelta(days=1)


@pytest.fixture
def outage(services: Services, stored: Submission) -> UUID:
    """The day before it was received here the system was down, and a little longer."""
    return outage_of(services, stored.received_at - DAY, clock.now())


def outage_of(
    services: Services,
    began_at: dt.datetime,
    ended_at: dt.datetime,
    numbers: tuple[int, int] | None = None,
) -> UUID:
    lan = person(services, "lan")
    made = record_outage(services, began_at, ended_at, "Mất điện", numbers=numbers, actor=lan)
    return UUID(made["id"])


def paper(outage_id: UUID, at: dt.datetime, **more: str) -> OnPaper:
    words = {"done_by": "Trần Thị Lan", "paper": "12/BB ngày 02/11", "reason": "Mất điện"} | more
    return OnPaper(
        outage_id=outage_id,
        happened_at=at,
        done_by=words["done_by"],
        paper=words["paper"],
        reason=words["reason"],
    )


def enter_as(
    services: Services, row: Submission, what: str, told: OnPaper, name: str = "lan"
) -> dict[str, str]:
    return enter(services, row.id, what, told, actor=person(services, name))


def test_the_real_time_stands_beside_the_systems_in_trail_and_copies(
    services: Services, stored: Submission, outage: UUID
) -> None:
    at = stored.received_at - 5 * HOUR
    told = enter_as(services, stored, "received", paper(outage, at))
    assert told["happened_at"] == clock.iso(at)
    with services.read_only() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "late-entry:made")).one()
        assert event.data["happened_at"] == clock.iso(at)
        assert clock.parse_iso(event.data["entered_at"]) > stored.received_at
        act = session.scalars(select(Act).where(Act.kind == LATE_ENTRY)).one()
        assert (act.document, act.written) == (told, True)
        assert session.get_one(Submission, stored.id).received_at == stored.received_at


def test_a_time_to_come_or_after_the_systems_own_or_long_ago_is_refused(
    services: Services, stored: Submission, outage: UUID
) -> None:
    assert stored.decided_at is not None
    for what, at in (
        ("received", clock.now() + HOUR),
        ("received", stored.received_at + dt.timedelta(seconds=1)),
        ("received", stored.received_at - dt.timedelta(days=400)),
        ("accepted", stored.decided_at + dt.timedelta(seconds=1)),
    ):
        with pytest.raises(LateEntryMomentError):
            enter_as(services, stored, what, paper(outage, at))
    assert entries_of(services, stored.id, actor=person(services, "lan")) == []


def test_it_is_not_accepted_before_it_was_received(
    services: Services, stored: Submission, outage: UUID
) -> None:
    at = stored.received_at - 5 * HOUR
    enter_as(services, stored, "received", paper(outage, at))
    with pytest.raises(LateEntryMomentError):
        enter_as(services, stored, "accepted", paper(outage, at - HOUR))
    enter_as(services, stored, "accepted", paper(outage, at + HOUR))
    found = entries_of(services, stored.id, actor=person(services, "bach"))
    assert [entry["what"] for entry in found] == ["received", "accepted"]


def test_what_follows_is_not_entered_before_the_systems_own_receipt(
    services: Services, stored: Submission, outage: UUID
) -> None:
    assert stored.decided_at is not None
    at = stored.received_at - HOUR
    with pytest.raises(LateEntryOrderError) as refused:
        enter_as(services, stored, "accepted", paper(outage, at))
    assert refused.value.facts["received_at"] == stored.received_at
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert f"{clock.local(stored.received_at):%d/%m/%Y %H:%M}" in told.message
    assert entries_of(services, stored.id, actor=person(services, "lan")) == []
    between = stored.received_at + (stored.decided_at - stored.received_at) / 2
    enter_as(services, stored, "accepted", paper(outage, between))


def test_each_act_is_entered_once_and_only_after_it_was_done_here(
    services: Services, stored: Submission, outage: UUID, tmp_path: Path
) -> None:
    told = paper(outage, stored.received_at - HOUR)
    enter_as(services, stored, "received", told)
    with pytest.raises(LateEntryStateError):
        enter_as(services, stored, "received", told)
    small_case(tmp_path / "new", code="H40.18.2025.09.QLCT")
    (sent,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    with pytest.raises(LateEntryStateError):
        enter(services, sent, "accepted", told, actor=person(services, "lan"))
    with pytest.raises(LateEntryStateError):
        enter(services, stored.id, "destroyed", told, actor=person(services, "lan"))


@pytest.mark.parametrize("field", ["done_by", "paper", "reason"])
@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_words_are_asked_for(
    services: Services, stored: Submission, outage: UUID, field: str, text: str
) -> None:
    told = paper(outage, stored.received_at - HOUR, **{field: text})
    with pytest.raises(LateEntryWordsError):
        enter_as(services, stored, "received", told)


def test_what_may_be_entered_is_told_without_reading_what_was_declared(
    services: Services, stored: Submission
) -> None:
    """What was declared of 20,000 documents is megabytes that each page would read again."""
    with counted(services) as seen:
        acts, _ = choices(services, stored.id, actor=person(services, "lan"))
    assert [what for what, _, _ in acts] == ["received", "accepted"]
    assert [one for one in seen if "submission.declared" in one] == []


def test_only_the_archive_enters_late(services: Services, stored: Submission, outage: UUID) -> None:
    told = paper(outage, stored.received_at - HOUR)
    for name in ("bach", "binh", "quan"):
        with pytest.raises(access.ActNotAllowedError):
            enter_as(services, stored, "received", told, name)
    with pytest.raises(LateEntrySubjectError):
        enter(services, UUID(int=9), "received", told, actor=person(services, "lan"))
    with pytest.raises(LateEntrySubjectError):
        entries_of(services, stored.id, actor=person(services, "stranger"))


def test_the_page_has_the_form_and_shows_the_mark(
    app: Flask, services: Services, stored: Submission, outage: UUID
) -> None:
    archivist, officer = (browser_of(app, services, name) for name in ("lan", "bach"))
    place = f"/submissions/{stored.id}"
    assert "late-dialog" in archivist.get(place).text
    assert "late-entries" not in officer.get(place).text
    at = clock.local(stored.received_at - HOUR).strftime("%Y-%m-%dT%H:%M")
    form = {
        "act": f"received:{stored.id}",
        "outage": str(outage),
        "done_by": "Lan <b>",
        "paper": "12/BB",
        "late_reason": "Mất điện",
    }
    assert post(archivist, "/late-entries", happened_at="hôm qua", **form).status_code == 422
    made = post(archivist, "/late-entries", happened_at=at, **form)
    assert made.status_code == 303
    page = officer.get(place).text
    assert "Nhập bổ sung" in page
    assert "Lan &lt;b&gt;" in page
    assert "late-dialog" not in page
    for name, told in (("lan", True), ("bach", True), ("binh", False)):
        listed = browser_of(app, services, name).get("/case-files").text
        assert ("Nhập bổ sung" in listed) is told
    assert post(officer, "/late-entries", happened_at=at, **form).status_code == 403


def test_programs_and_commands_do_the_same(
    app: Flask, services: Services, home: Path, stored: Submission, outage: UUID
) -> None:
    program = program_of(app, services, "lan")
    body = {
        "outage_id": str(outage),
        "what": "received",
        "happened_at": clock.iso(stored.received_at - HOUR),
        "done_by": "Lan",
        "paper": "12/BB",
        "reason": "Mất điện",
    }
    place = f"/submissions/{stored.id}/late-entries"
    wrong = program.post(place, json=body | {"happened_at": "2025-01-01T00:00:00"})
    assert wrong.status_code == 422  # no zone
    assert program.post(place, json=body).status_code == 201
    assert program.post(place, json=body).status_code == 409
    command = Command(home)
    at = clock.local(stored.received_at - HOUR / 2).strftime("%Y-%m-%dT%H:%M:%S")
    words = ("--by", "Lan", "--paper", "13/BB", "--reason", "Mất điện")
    made = command.ask(
        "late-entry",
        "add",
        stored.id,
        "--outage",
        outage,
        "--what",
        "accepted",
        "--at",
        at,
        *words,
        account="lan",
    )
    assert made["paper"] == "13/BB"
    listed = command.ask("late-entry", "list", stored.id, account="bach")["late_entries"]
    assert program.get(place).json == {"late_entries": listed}
    assert len(listed) == 2
    again = (
        "late-entry",
        "add",
        stored.id,
        "--outage",
        outage,
        "--what",
        "received",
        "--at",
        "x",
        *words,
        "--json",
    )
    assert command.run(*again, account="lan").code == 2


def test_it_comes_back_from_the_copies(
    services: Services, home: Path, stored: Submission, outage: UUID
) -> None:
    enter_as(services, stored, "received", paper(outage, stored.received_at - HOUR))
    services.close()
    command = Command(home)
    before = command.ask("late-entry", "list", stored.id)
    for file in home.glob("archive.db*"):
        file.unlink()
    command.ask("rebuild")
    assert command.ask("late-entry", "list", stored.id) == before
