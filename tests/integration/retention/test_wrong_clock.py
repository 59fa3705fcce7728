"""A clock that is wrong destroys nothing: compared with the events, the server and a code."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.db.clock_doubt import clock_doubt
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import Disposition, DispositionItem, ItemState
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from retention.disposition import acts as disposition_acts
from retention.disposition.daily_proposals import SWEEP_JOB
from retention.disposition.execution import CARRY_OUT_JOB
from tests.worlds.archive import (
    OPERATOR,
    Backends,
    copy_home,
    new_home,
    open_home,
    person,
    remove_home,
    small_pdf_case,
)
from tests.worlds.retention.removing import approved
from tests.worlds.rewriting import as_owner
from tests.worlds.servers.databases import KINDS

CODE = "H40.18.2025.08.QLCT"
YEARS = dt.timedelta(days=20 * 365)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module", params=KINDS)
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one case file in custody."""
    folder = tmp_path_factory.mktemp("clock")
    on_server = request.param == "postgresql"
    home = new_home(
        folder / "home", Backends(request.getfixturevalue("postgresql") if on_server else None)
    )
    with open_home(home) as services:
        small_pdf_case(folder / "source", code=CODE)
        (identifier,) = submit(folder / "source", actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        accept(services, identifier, actor=person(services, "lan"))
        work(services, until_empty=True)
    return home


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    home = copy_home(stored, tmp_path / "home")
    with open_home(home) as opened:
        yield opened
    remove_home(home)


def change(services: Services, *statements: Any) -> None:
    with services.writing() as session:
        as_owner(session)
        for statement in statements:
            session.execute(statement)


def leap(services: Services, by: dt.timedelta) -> None:
    """As if the clock had been put so far ahead: all that was noted is that much earlier."""
    with services.read_only() as session:
        moments = session.execute(select(AuditEvent.number, AuditEvent.at)).all()
    change(
        services,
        *[
            update(AuditEvent).where(AuditEvent.number == number).values(at=at - by)
            for number, at in moments
        ],
    )


def take_a_code(services: Services, at: dt.datetime) -> None:
    """As a code of that moment leaves it when it was taken."""
    step = int(at.timestamp()) // 30
    change(services, update(Account).where(Account.name == "hung").values(totp_step=step))


def do(services: Services, name: str, subject: UUID | None = None) -> None:
    with services.writing() as session:
        services.jobs.add(session, name, subject_id=subject)
    assert run_one(services, names=(name,)) == "done"


def doubts(services: Services) -> list[dict[str, Any]]:
    """What incidents of it that are open say."""
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.kind == "clock-doubtful"))
        return [row.facts for row in rows if row.closed_at is None]


def carried_out(services: Services) -> tuple[str, int]:
    """Where the only item stands, and how many removals there are, once it is carried out."""
    with services.read_only() as session:
        listed = session.scalars(select(Disposition.id)).one()
    do(services, CARRY_OUT_JOB, listed)
    with services.read_only() as session:
        item = session.scalars(select(DispositionItem)).one()
        return item.state.value, session.scalars(select(func.count(Removal.id))).one()


def test_by_a_clock_set_years_ahead_nothing_is_proposed(services: Services) -> None:
    change(services, update(CaseFile).values(permanent=False, ends_on=clock.today() - DAY))
    leap(services, YEARS)
    do(services, SWEEP_JOB)
    assert disposition_acts.list_all(services, actor=OPERATOR) == []
    assert [doubt["reason"] for doubt in doubts(services)] == ["ahead"]
    do(services, SWEEP_JOB)  # that the incident left an event proves nothing
    assert disposition_acts.list_all(services, actor=OPERATOR) == []
    take_a_code(services, clock.now())
    do(services, SWEEP_JOB)
    assert len(disposition_acts.list_all(services, actor=OPERATOR)) == 1
    assert doubts(services) == []


def test_by_a_clock_set_years_ahead_nothing_is_claimed_and_the_list_waits(
    services: Services,
) -> None:
    approved(services, CODE)
    leap(services, YEARS)
    take_a_code(services, clock.now() - YEARS)  # of before the leap
    assert carried_out(services) == (ItemState.APPROVED, 0)
    assert [doubt["reason"] for doubt in doubts(services)] == ["ahead"]
    take_a_code(services, clock.now())
    assert carried_out(services) == (ItemState.CLAIMED, 1)
    assert doubts(services) == []


def test_what_was_not_over_on_the_day_of_the_decision_is_not_due_by_any_clock(
    services: Services,
) -> None:
    approved(services, CODE)
    with services.writing() as session:
        row = session.scalars(select(Disposition)).one()
        row.decided_at = clock.now() - 10 * DAY
        ends_on = clock.today() - 3 * DAY
        session.execute(update(CaseFile).values(ends_on=ends_on))
        row.items[0].ends_on = ends_on
        row.list_sha256 = row.digest_of_list()
    assert carried_out(services) == (ItemState.LEFT_OUT, 0)


def test_a_clock_behind_the_newest_event_is_doubted_until_it_goes_on(services: Services) -> None:
    approved(services, CODE)
    leap(services, -DAY)
    with services.read_only() as session:
        told = clock_doubt(session, services.settings.retention, {})
    assert told is not None
    assert told.reason == "behind"
    assert told.there - told.here > DAY - dt.timedelta(hours=1)
    do(services, SWEEP_JOB)
    assert [doubt["reason"] for doubt in doubts(services)] == ["behind"]
    assert carried_out(services) == (ItemState.CLAIMED, 1)  # what came since is told by this clock
    assert doubts(services) == []


def test_by_a_clock_set_back_nothing_is_claimed_before_it_was_decided(services: Services) -> None:
    approved(services, CODE)
    two_days = clock.now() + 2 * DAY
    change(services, update(Disposition).values(decided_at=two_days))
    assert carried_out(services) == (ItemState.APPROVED, 0)
    change(services, update(Disposition).values(decided_at=two_days - 3 * DAY))
    assert carried_out(services) == (ItemState.CLAIMED, 1)


def test_after_a_week_of_life_a_leap_is_time_that_passed(services: Services) -> None:
    leap(services, YEARS)
    with services.read_only() as session:
        newest = session.scalars(select(func.max(AuditEvent.number))).one()
    week = clock.now() - 8 * DAY
    change(services, update(AuditEvent).where(AuditEvent.number == newest).values(at=week))
    with services.read_only() as session:
        assert clock_doubt(session, services.settings.retention, {}) is None


def test_an_archive_that_was_off_for_less_is_not_doubted(services: Services) -> None:
    leap(services, 29 * DAY)
    with services.read_only() as session:
        assert clock_doubt(session, services.settings.retention, {}) is None


def test_a_server_whose_clock_differs_is_told(services: Services) -> None:
    rules = services.settings.retention.model_copy(update={"clock_apart_s": 0.0})
    on_server = services.database.engine.dialect.name == "postgresql"
    with services.read_only() as session:
        told = clock_doubt(session, rules, {})  # of two clocks that are asked one after the other
    assert (told is not None and told.reason == "server") == on_server
    approved(services, CODE)
    strict = replace(services, settings=services.settings.model_copy(update={"retention": rules}))
    if on_server:
        assert carried_out(strict) == (ItemState.APPROVED, 0)
        assert [doubt["reason"] for doubt in doubts(services)] == ["server"]
    assert carried_out(services) == (ItemState.CLAIMED, 1)


def test_a_clock_far_from_what_sets_it_is_doubted(services: Services) -> None:
    rules = services.settings.retention
    near, far = (clock.now() + dt.timedelta(seconds=rules.clock_apart_s + by) for by in (-60, 60))
    with services.read_only() as session:
        assert clock_doubt(session, rules, {}, near) is None
        told = clock_doubt(session, rules, {}, far)
    assert told is not None
    assert (told.reason, told.there) == ("source", far)
