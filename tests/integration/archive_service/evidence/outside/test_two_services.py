"""Two stamp services stamp the log: one that is away, lies or backdates does not stop the other."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from sqlalchemy import select

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident
from archive_service.evidence.jobs import LATE, WITNESS_JOB
from archive_service.evidence.outside.asking import FIRST, SECOND
from archive_service.evidence.outside.renewals import iter_renewals
from archive_service.evidence.outside.renewing import renew_stamps
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import Step, prove_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import OPERATOR, new_home, open_home
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import StampService, stamp_service

YEARS = 1500  # days: beyond every notice


@pytest.fixture
def first() -> Iterator[StampService]:
    with stamp_service(days=YEARS, name="Một") as service:
        yield service


@pytest.fixture
def second() -> Iterator[StampService]:
    with stamp_service(days=YEARS, name="Hai") as service:
        yield service


@pytest.fixture
def home(tmp_path: Path, first: StampService, second: StampService) -> Path:
    home = new_home(tmp_path / "home")
    for service in (first, second):
        service.trusted_in(home)
    urls = {"url": first.url, "second_url": second.url}
    write_settings(home, read_settings(home) | {"timestamp": urls})
    return home


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        yield services


def a_day(services: Services) -> int:
    """News, sealed and given to both services; the last event that is sealed."""
    with services.writing() as session:
        record_event(session, "log:read", subject_id="log", actor=OPERATOR, data={})
        services.jobs.add(session, WITNESS_JOB)
    write_out_evidence(services)
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    assert run_one(services, names=(WITNESS_JOB,)) == "done"
    return made.size


def stamps_of(services: Services, service: str) -> list[LogStamp]:
    with services.read_only() as session:
        return [stamp for stamp in iter_stamps(session) if stamp.service == service]


def late(services: Services) -> dict[str, dict[str, Any]]:
    with services.read_only() as session:
        query = select(Incident.subject, Incident.facts)
        rows = session.execute(query.where(Incident.kind == LATE, Incident.closed_at.is_(None)))
        return {subject: facts for subject, facts in rows}


def stamped(services: Services, *, first_bad: str | None = None) -> Step:
    proof = prove_trail(services)
    assert proof.first_bad == first_bad
    (step,) = [one for one in proof.steps if one.name == "stamped"]
    return step


def test_both_stamp_the_day_and_each_gives_a_record(
    services: Services, home: Path, tmp_path: Path
) -> None:
    size = a_day(services)
    step = stamped(services)
    assert (step.until, len(step.by), late(services)) == (size, 2, {})
    own = stamps_of(services, FIRST)[0].own_digest.hex()
    for service, more in ((FIRST, ()), (SECOND, ("--second",))):
        target = tmp_path / f"{service}.ers"
        Command(home).ask("evidence", "record", own, "--to", target, *more)
        assert stamps_of(services, service)[0].token in target.read_bytes()


def test_one_that_was_away_for_a_week_is_told_and_catches_up(
    services: Services, second: StampService
) -> None:
    before = a_day(services)
    by, second.by = second.by, None
    for _ in range(7):
        size = a_day(services)
    assert late(services)[SECOND]["until"] == before
    assert (stamped(services).until, len(stamps_of(services, FIRST))) == (size, 8)
    second.by = by
    newest = a_day(services)
    assert late(services) == {}
    caught = stamps_of(services, SECOND)[-1]
    assert (caught.after, caught.checkpoint.size, len(stamped(services).by)) == (before, newest, 2)


def backdates(service: StampService) -> None:
    service.at = clock.now() - dt.timedelta(days=30)


def answers_another_digest(service: StampService) -> None:
    def other(query: Any) -> Any:
        changed = query["message_imprint"].copy()
        changed["hashed_message"] = bytes(32)
        return tsp.TimeStampReq(
            {**{name: query[name] for name in query}, "message_imprint": changed}
        )

    service.changes = other


@pytest.mark.parametrize("lies", [backdates, answers_another_digest])
def test_one_that_lies_is_told_and_its_word_is_not_kept(
    services: Services, first: StampService, lies: Callable[[StampService], None]
) -> None:
    lies(first)
    size = a_day(services)
    assert list(late(services)) == [FIRST]
    assert stamps_of(services, FIRST) == []
    step = stamped(services)
    assert (step.until, len(step.by)) == (size, 1)


def test_each_renews_its_own_and_one_that_is_away_stops_nobody(
    services: Services, first: StampService, second: StampService
) -> None:
    for service in (first, second):
        service.lasts(20)
    a_day(services)
    first.lasts(YEARS)
    second.by = None
    a_day(services)
    with services.read_only() as session:
        assert [renewal.service for renewal in iter_renewals(session)] == [FIRST]
    second.lasts(YEARS)
    assert renew_stamps(services, actor=WORKER).ending == 0
    with services.read_only() as session:
        assert [renewal.service for renewal in iter_renewals(session)] == [FIRST, SECOND]


def test_what_a_service_left_that_is_used_no_more_is_renewed_by_the_other(
    services: Services, home: Path, second: StampService
) -> None:
    second.lasts(20)
    a_day(services)
    settings = read_settings(home)
    settings["timestamp"]["second_url"] = "none:"
    write_settings(home, settings)
    with open_home(home) as services_later:
        assert renew_stamps(services_later, actor=WORKER).renewed == 1
        # That one of two services is asked no more is told until people acknowledge it.
        step = stamped(services_later, first_bad="settings timestamp.services")
        assert step.not_counted == 0
