"""Killed on the way of a case file into PostgreSQL and MinIO.

Each kill costs a database and two buckets: the suite takes a sample of the steps, ``make faults``
takes every step until an act ends unkilled, and has Elasticsearch as well.
"""

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.archive_service.workflow.ways import ACTS, Way, walked
from tests.faults.chance import spread
from tests.services.servers import Elasticsearch, MinioServer, PostgreSql
from tests.worlds.archive import Backends
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.lying_proxy import LyingProxy

SAMPLE = 1  # of the moments of each kind
# How often the whole way can be killed at least; fewer would mean that a killer was not asked.
LEAST = {
    Moment.COMMIT: 30,
    Moment.STAGE: 7,
    Moment.WRITE: 20,
    Moment.PUBLISH: 4,
    Moment.WRITTEN: 24,
    Moment.INDEX: 2,
}
LEAST_WRITES = 80  # of objects, into both buckets

Kill = Callable[[Path, int, Path], bool]


@pytest.fixture(scope="module")
def way(postgresql: PostgreSql, minio: MinioServer) -> Iterator[Way]:
    with walked(Backends(postgresql=postgresql, minio=minio)) as made:
        assert len(made.homes) == ACTS
        yield made


def of_moment(way: Way, moment: Moment) -> Kill:
    return lambda before, k, roots: way.kill(before, moment, k, roots)


def through(way: Way, proxy: LyingProxy) -> Kill:
    return lambda before, k, roots: way.kill_at_write(before, k, roots, proxy)


def judge(way: Way, roots: Path, kills: int, tools: ModuleType) -> None:
    """A public validator looks at what the buckets hold after each restart."""
    objects = [Path(line) for line in roots.read_text("utf-8").splitlines()]
    assert len(objects) == 2 * kills
    valid, told = tools.ocfl_validate(*objects)
    assert valid, told


@pytest.mark.parametrize("moment", LEAST)
def test_a_sample_of_kills_loses_doubles_and_promises_nothing(
    tools: ModuleType, way: Way, moment: Moment
) -> None:
    found = way.moments(moment)
    assert len(found) >= LEAST[moment]
    chosen = spread(found, SAMPLE)
    roots = way.folder / f"roots-{moment}"
    for before, k in chosen:
        assert way.kill(before, moment, k, roots)
    judge(way, roots, len(chosen), tools)


def test_a_sample_of_kills_when_a_bucket_has_one_object_more(
    tools: ModuleType, way: Way, minio: MinioServer
) -> None:
    roots = way.folder / "roots-bucket"
    publishing = {before for before, _ in way.moments(Moment.PUBLISH)}
    with LyingProxy(minio) as proxy:
        kill = through(way, proxy)
        first, *_, last = sorted(publishing)
        chosen = [(first, 1), (last, 11)]
        for before, k in chosen:
            assert kill(before, k, roots)
    judge(way, roots, len(chosen), tools)


@pytest.mark.long
def test_every_single_kill_loses_doubles_and_promises_nothing(
    tools: ModuleType, postgresql: PostgreSql, minio: MinioServer, elasticsearch: Elasticsearch
) -> None:
    backends = Backends(postgresql=postgresql, minio=minio, elasticsearch=elasticsearch)
    with walked(backends) as way, LyingProxy(minio) as proxy:
        assert len(way.homes) == ACTS
        kills = {
            str(moment): kill_until_unkilled(way, moment, of_moment(way, moment), tools)
            for moment in LEAST
        }
        kills["bucket"] = kill_until_unkilled(way, "bucket", through(way, proxy), tools)
    sys.stderr.write(f"kills over PostgreSQL, MinIO and Elasticsearch: {kills}\n")
    assert all(kills[moment] >= least for moment, least in LEAST.items())
    assert kills["bucket"] >= LEAST_WRITES


def kill_until_unkilled(way: Way, name: str, kill: Kill, tools: ModuleType) -> int:
    """Kill each act at its first, second, … step, till it runs unkilled; how often."""
    kills, roots = 0, way.folder / f"roots-{name}"
    for before in way.homes:
        for k in itertools.count(1):
            if not kill(before, k, roots):
                break
            kills += 1
    judge(way, roots, kills, tools)
    return kills
