"""Stamps are renewed before their certificates or algorithms end, and prove on; or it is told."""

import base64
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident
from archive_service.evidence.jobs import WITNESS_JOB
from archive_service.evidence.outside.renewals import RENEWAL
from archive_service.evidence.outside.renewing import ENDING, LAPSED, renew_stamps
from archive_service.evidence.outside.stamping import STAMP, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import COPIES, OPERATOR, new_home, open_home
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import StampService, stamp_service, token_over

YEARS = 1500  # days: beyond every notice


@pytest.fixture
def service() -> Iterator[StampService]:
    with stamp_service(days=20) as service:
        yield service


@pytest.fixture
def home(tmp_path: Path, service: StampService) -> Path:
    home = new_home(tmp_path / "home")
    service.trusted_in(home)
    write_settings(home, read_settings(home) | {"timestamp": {"url": service.url}})
    return home


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert stamp_log(services, actor=WORKER)
        yield services


def incident(services: Services, kind: str = ENDING) -> dict[str, Any] | None:
    with services.read_only() as session:
        query = select(Incident.facts).where(Incident.kind == kind, Incident.closed_at.is_(None))
        return session.scalar(query)


def step(told: dict[str, Any]) -> tuple[bool, int, str]:
    (found,) = [one for one in told["steps"] if one["step"] == "stamped"]
    return found["proved"], found["not_counted"], ", ".join(found["by"])


def retire(home: Path, name: str) -> None:
    """The home's own table: this digest has been retired."""
    shipped = Path("config/rule_sets/stamp_algorithms.toml").read_text("utf-8")
    own = home / "rule_sets" / "stamp_algorithms.toml"
    own.parent.mkdir(exist_ok=True)
    entry = f'digest = "{name}"\n'
    own.write_text(shipped.replace(entry, f"{entry}last_day = 2020-01-01\n"), "utf-8")


def test_what_ends_soon_is_told_and_renewed_once_the_service_gives_longer_ones(
    services: Services, home: Path, service: StampService
) -> None:
    archive = Command(home)
    first = archive.ask("evidence", "renew")
    assert (first["renewed"], first["ending"], first["lapsed"]) == (0, 1, 0)
    assert (incident(services) or {})["first_end"] == first["first_end"]
    service.lasts(40)  # longer, and within the notice as well
    assert renew_stamps(services, actor=WORKER).renewed == 1
    assert (incident(services) or {})["ending"] == 1
    service.lasts(YEARS)
    assert "1" in archive.run("--lang", "en", "evidence", "renew").stderr
    assert incident(services) is None
    assert renew_stamps(services, actor=WORKER).renewed == 0
    told = archive.ask("audit", "verify")
    assert told["ok"], told["first_bad"]
    assert step(told)[:2] == (True, 0)
    assert ", renewed " in step(told)[2]


def test_the_daily_job_renews_and_a_copy_alone_knows_of_it(
    services: Services, home: Path, service: StampService, tmp_path: Path
) -> None:
    service.lasts(YEARS)
    with services.writing() as session:
        services.jobs.add(session, WITNESS_JOB)
    assert run_one(services, names=(WITNESS_JOB,)) == "done"
    assert incident(services) is None
    store = Path(shutil.copytree(home / COPIES[0], tmp_path / "carried"))
    root = home / "trust" / f"stamps-{service.port}.crt"
    told = Command(tmp_path / "nowhere").ask("audit", "verify", "--store", store, "--root", root)
    assert step(told)[0]
    assert ", renewed " in step(told)[2]


def test_a_stamp_whose_algorithm_was_retired_proves_nothing_and_is_not_renewed(
    home: Path, service: StampService
) -> None:
    service.lasts(YEARS)
    retire(home, "sha256")
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert stamp_log(services, actor=WORKER)
        told = renew_stamps(services, actor=WORKER)
        assert (told.renewed, told.ending, told.lapsed, told.bare) == (0, 0, 1, 1)
        assert incident(services) is None
        assert incident(services, LAPSED) == {"lapsed": 1, "bare": 1}
        proof = prove_trail(services).as_document()
        assert (proof["ok"], step(proof)[:2]) == (True, (False, 1))


def test_a_lapsed_stamp_is_an_alarm_until_a_later_one_proves_the_log(
    home: Path, service: StampService
) -> None:
    service.lasts(YEARS)
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert stamp_log(services, actor=WORKER)
        with services.writing() as session:  # as one of a certificate that has ended since
            act = session.scalars(select(Act).where(Act.kind == STAMP)).one()
            past = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
            ended = service.hierarchy.stamping(past + dt.timedelta(days=1))
            token = token_over(service.hierarchy, bytes(32), past, ended)
            document = act.document | {"token": base64.b64encode(token).decode()}
            change = update(Act).where(Act.id == act.id)
            session.execute(change.values(document=document))
        assert renew_stamps(services, actor=WORKER).bare == 1
        assert incident(services, LAPSED) == {"lapsed": 1, "bare": 1}
        assert seal_log(services, services.signer(), actor=OPERATOR).is_new
        assert stamp_log(services, actor=WORKER)
        told = renew_stamps(services, actor=WORKER)
        assert (told.lapsed, told.bare) == (1, 0)
        assert incident(services, LAPSED) is None


@pytest.mark.parametrize("wrong", ["another", "nothing"])
def test_a_renewal_that_does_not_hold_is_named(
    services: Services, service: StampService, wrong: str
) -> None:
    service.lasts(YEARS)
    assert renew_stamps(services, actor=WORKER).renewed == 1
    with services.writing() as session:
        act = session.scalars(select(Act).where(Act.kind == RENEWAL)).one()
        over = [*act.document["over"], "AAAA"] if wrong == "another" else act.document["over"]
        token = act.document["token"] if wrong == "another" else ""
        changed = update(Act).where(Act.id == act.id)
        session.execute(changed.values(document={"over": over, "token": token}))
    assert str(prove_trail(services).first_bad).startswith("renewal-unsound")


def test_a_table_that_does_not_read_is_told(services: Services, home: Path) -> None:
    del services
    retire(home, "sha256")
    own = home / "rule_sets" / "stamp_algorithms.toml"
    own.write_text(own.read_text("utf-8").replace("2020-01-01", '"soon"'), "utf-8")
    refused = Command(home).run("evidence", "renew", "--json")
    assert refused.error["code"] == "home-rules-invalid"
