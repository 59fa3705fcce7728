"""A bucket's server is a clock too: apart from it nothing is proposed and nothing is claimed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import Disposition, DispositionItem, ItemState
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.port import ObjectNotFoundError
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from retention.destruction.acts import claim_items
from retention.disposition import acts as disposition_acts
from retention.disposition.daily_proposals import SWEEP_JOB
from retention.disposition.execution import CARRY_OUT_JOB
from tests.services.s3 import MinioServer
from tests.worlds.archive import OPERATOR, Backends, new_home, person, small_pdf_case
from tests.worlds.damage.lying_proxy import Lie, LyingProxy, lying_proxy
from tests.worlds.retention.removing import approved, open_with_erasers
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.08.QLCT"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def proxy(minio: MinioServer) -> Iterator[LyingProxy]:
    with lying_proxy(minio) as it:
        yield it


@pytest.fixture
def services(minio: MinioServer, proxy: LyingProxy, tmp_path: Path) -> Iterator[Services]:
    """One case file on SQLite, in two buckets; what is told of kho2's clock goes past the proxy."""
    home = new_home(tmp_path / "home", Backends(minio=minio))
    settings = read_settings(home)
    first, second = settings["storage"]["copies"]
    settings["storage"]["copies"] = [first, proxy.url(second)]
    write_settings(home, settings)
    with open_with_erasers(home) as opened:
        small_pdf_case(tmp_path / "source", code=CODE)
        (identifier,) = submit(tmp_path / "source", actor=person(opened, "bach"), services=opened)
        work(opened, until_empty=True)
        accept(opened, identifier, actor=person(opened, "lan"))
        work(opened, until_empty=True)
        yield opened


def do(services: Services, name: str, subject: Any = None) -> None:
    with services.writing() as session:
        services.jobs.add(session, name, subject_id=subject)
    assert run_one(services, names=(name,)) == "done"


def doubts(services: Services) -> list[dict[str, Any]]:
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.kind == "clock-doubtful"))
        return [row.facts for row in rows if row.closed_at is None]


def carried_out(services: Services) -> tuple[str, int]:
    with services.read_only() as session:
        listed = session.scalars(select(Disposition.id)).one()
    do(services, CARRY_OUT_JOB, listed)
    with services.read_only() as session:
        item = session.scalars(select(DispositionItem)).one()
        return item.state.value, session.scalars(select(func.count(Removal.id))).one()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_apart_from_a_buckets_clock_nothing_is_claimed_and_the_list_waits(
    services: Services, proxy: LyingProxy, ahead: dt.timedelta
) -> None:
    approved(services, CODE)
    proxy.ahead = ahead
    assert carried_out(services) == (ItemState.APPROVED, 0)
    (told,) = doubts(services)
    assert (told["reason"], told["copy"]) == ("copy", "kho2")
    here, there = (clock.local_moment(told[name][:-3]) for name in ("here", "there"))
    assert abs(there - here - ahead) < HOUR / 4
    proxy.ahead = dt.timedelta(0)
    assert carried_out(services) == (ItemState.CLAIMED, 1)
    assert doubts(services) == []


def test_apart_from_a_buckets_clock_nothing_is_proposed(
    services: Services, proxy: LyingProxy
) -> None:
    with services.writing() as session:
        ended = clock.today() - dt.timedelta(days=1)
        session.execute(update(CaseFile).values(permanent=False, ends_on=ended))
    proxy.ahead = -HOUR
    do(services, SWEEP_JOB)
    assert disposition_acts.list_all(services, actor=OPERATOR) == []
    assert [doubt["copy"] for doubt in doubts(services)] == ["kho2"]
    proxy.ahead = dt.timedelta(0)
    do(services, SWEEP_JOB)
    assert len(disposition_acts.list_all(services, actor=OPERATOR)) == 1


def test_the_gate_refuses_by_what_it_heard_and_asks_nobody(
    services: Services, proxy: LyingProxy
) -> None:
    (item,) = approved(services, CODE)
    proxy.ahead = HOUR
    with pytest.raises(ObjectNotFoundError):
        services.stores[1].stat("acts/none")  # a refusal tells the time as well
    before = proxy.requests
    with services.unit_of_work() as uow:
        told = claim_items(services, uow.session, [item])[item]
    assert isinstance(told, RemovalRefusedError)
    assert told.facts["reason"] == "clock"
    assert proxy.requests == before


def test_a_bucket_that_does_not_answer_speaks_against_nothing(
    services: Services, proxy: LyingProxy
) -> None:
    approved(services, CODE)
    with proxy.lying(Lie.BUSY), proxy.lying(Lie.BUSY, method="HEAD") as rule:
        assert carried_out(services) == (ItemState.CLAIMED, 1)
    assert rule.told
    assert doubts(services) == []
