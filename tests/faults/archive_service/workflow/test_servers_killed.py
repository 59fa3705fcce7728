"""Servers die and come back while people work: it is said, the rest goes on, all is stored once."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.evidence.sealing import SEAL_JOB
from archive_service.jobs.queues import QUEUES
from archive_service.status.health import backends
from tests.faults.archive_service.workflow.acts import keep
from tests.faults.archive_service.workflow.ledger import idle
from tests.faults.archive_service.workflow.serving import Flow, Person, Serving, serving, wait_for
from tests.faults.chance import told_chance
from tests.faults.custody import require_true_claims, require_whole
from tests.services.process import Server
from tests.services.servers import Elasticsearch, MinioServer, PostgreSql, RabbitMq, run_minio
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.servers.backends import read_settings, write_settings

FEW, MANY = 4, 24
DOWN_S = 3.0
ROUNDS = 5


@pytest.fixture(scope="module")
def second_minio() -> Iterator[MinioServer]:
    with run_minio() as server:
        yield server


@pytest.fixture
def home(
    tmp_path: Path,
    own_postgresql: PostgreSql,
    minio: MinioServer,
    second_minio: MinioServer,
    own_elasticsearch: Elasticsearch,
    own_rabbitmq: RabbitMq,
) -> Path:
    """Everything on servers, each copy on one of its own."""
    chosen = Backends(own_postgresql, minio, second_minio, own_elasticsearch)
    home = new_home(tmp_path / "home", chosen)
    settings = read_settings(home)
    quick = {"url": own_rabbitmq.new_vhost(), "tell_again_s": 1, "lease_s": 10, "max_attempts": 100}
    write_settings(home, settings | {"jobs": settings["jobs"] | quick})
    return home


@pytest.fixture
def server(home: Path) -> Iterator[Serving]:
    """The pages and one worker a queue."""
    one = {f"ARCHIVE_JOBS__CONCURRENCY__{queue.upper()}": "1" for queue in QUEUES}
    with serving(home, **one) as running:
        yield running


@contextmanager
def down(killed: Server) -> Iterator[None]:
    """Killed within the block."""
    killed.kill()
    try:
        yield
    finally:
        killed.restart()


def silent_ports(server: Serving) -> set[str]:
    """What /readyz says does not answer; the process itself must."""
    assert server.get("/healthz")[0] == 200
    status, told = server.get("/readyz")
    assert status == (200 if told["ready"] else 503)
    return {name for name, answers in told["ports"].items() if not answers}


def all_stored(officer: Person, count: int) -> Callable[[], bool]:
    def ask() -> bool:
        listed = officer.listed("stored")
        return listed is not None and len(listed) == count

    return ask


def finish(home: Path, server: Serving, flow: Flow) -> None:
    """All are stored and everything else is done, without another hand being laid on."""
    with open_home(home) as services:
        wait_for(lambda: idle(services))
    server.stop()
    with open_home(home) as services:
        with services.writing() as session:
            services.jobs.add(session, SEAL_JOB)  # what was sealed while a copy was away
        keep(services)
        require_whole(services, flow.sources, versions=2)


@pytest.mark.long
def test_each_server_dies_and_comes_back_under_load(
    home: Path,
    server: Serving,
    tmp_path: Path,
    own_postgresql: PostgreSql,
    second_minio: MinioServer,
    own_elasticsearch: Elasticsearch,
    own_rabbitmq: RabbitMq,
) -> None:
    officer, archivist = (Person(home, name, server.url) for name in ("bach", "lan"))
    flow = Flow(tmp_path, FEW, officer, archivist)
    with flow.flowing():
        wait_for(lambda: len(flow.sources) >= 1)
        with down(second_minio):
            wait_for(lambda: silent_ports(server) == {"copy:kho2"})
            assert officer.listed() is not None  # the catalogue is still there
            require_no_false_claim_but_for(home, "kho2")
            wait_for(lambda: len(flow.sources) >= 2)  # and the door is open
        with down(own_rabbitmq):
            with open_home(home) as services:
                (work,) = (row for row in backends(services) if row.port == "work")
            assert not work.ok
            wait_for(lambda: len(flow.sources) >= 3)
        with down(own_postgresql):
            wait_for(lambda: "database" in silent_ports(server))
            status, told = officer.ask("/submissions")
            assert (status, told["code"]) == (503, "database-unreachable")
            assert told["message"]
        with down(own_elasticsearch):
            wait_for(lambda: silent_ports(server) == {"search"})
            status, told = archivist.ask("/search?q=bien")
            assert (status, told["code"]) == (503, "search-unavailable")
            wait_for(all_stored(officer, FEW))  # receipts do not wait for an index
    finish(home, server, flow)


def require_no_false_claim_but_for(home: Path, silent: str) -> None:
    """While a copy is away nothing that it lacks is called stored."""
    with open_home(home) as services, services.read_only() as session:
        for case_file in session.scalars(select(CaseFile)):
            held = {state.copy: state.version for state in case_file.copies}
            assert held.get(silent, 0) >= case_file.version_stored


@pytest.mark.long
def test_servers_die_at_random_under_load(
    home: Path,
    server: Serving,
    tmp_path: Path,
    own_postgresql: PostgreSql,
    second_minio: MinioServer,
    own_elasticsearch: Elasticsearch,
    own_rabbitmq: RabbitMq,
) -> None:
    chance = told_chance()
    officer, archivist = (Person(home, name, server.url) for name in ("bach", "lan"))
    flow = Flow(tmp_path, MANY, officer, archivist)
    mortals: list[Server] = [own_postgresql, second_minio, own_elasticsearch, own_rabbitmq]
    with flow.flowing():
        for _ in range(ROUNDS):
            chance.shuffle(mortals)
            for mortal in mortals:
                time.sleep(chance.uniform(0, 4))
                with down(mortal):
                    time.sleep(chance.uniform(0, 2 * DOWN_S))
        with open_home(home) as services:
            require_true_claims(services)
        wait_for(all_stored(officer, MANY), most_s=900)
    finish(home, server, flow)
    sys.stderr.write(
        f"{ROUNDS * len(mortals)} deaths of servers, {MANY} case files: all stored, none doubled\n"
    )
