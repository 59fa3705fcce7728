"""Killed on the way of a case file into PostgreSQL and MinIO.

Each kill costs a database and two buckets, so the suite takes every ``STEP``-th step, of each act
another; ``make faults`` takes them all, and kills over Elasticsearch too.
"""

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.factories.archive import Backends
from tests.factories.killing import Moment
from tests.factories.lying_proxy import LyingProxy
from tests.faults.ways import ACTS, Way, walked
from tests.services.servers import Elasticsearch, MinioServer, PostgreSql

STEP = dict.fromkeys(Moment, 5) | {Moment.PUBLISH: 2, Moment.INDEX: 1}
WRITES_STEP = 12
LEAST = {
    Moment.COMMIT: 30,
    Moment.STAGE: 8,
    Moment.WRITE: 20,
    Moment.PUBLISH: 4,
    Moment.WRITTEN: 24,
    Moment.INDEX: 2,
}
LEAST_WRITES = 80  # of two copies

Kill = Callable[[Path, int, Path], bool]


@pytest.fixture(scope="module")
def way(postgresql: PostgreSql, minio: MinioServer) -> Iterator[Way]:
    with walked(Backends(postgresql=postgresql, minio=minio)) as made:
        assert len(made.homes) == ACTS
        yield made


def kill_on(way: Way, step: int, name: str, kill: Kill, tools: ModuleType) -> int:
    """Kill at every ``step``-th step of each act, till it runs unkilled; how often."""
    kills, roots = 0, way.folder / f"roots-{name}"
    for number, before in enumerate(way.homes):
        for k in itertools.count(1 + number % step, step):
            if not kill(before, k, roots):
                break
            kills += 1
    objects = [Path(line) for line in roots.read_text("utf-8").splitlines()]
    assert len(objects) == 2 * kills
    valid, told = tools.ocfl_validate(*objects)
    assert valid, told
    return kills


@pytest.mark.parametrize("moment", Moment)
def test_a_sample_of_kills_loses_doubles_and_promises_nothing(
    tools: ModuleType, way: Way, moment: Moment
) -> None:
    step = STEP[moment]
    kills = kill_on(way, step, moment, of_moment(way, moment), tools)
    assert kills >= LEAST[moment] // step - 1


def test_a_sample_of_kills_when_a_bucket_has_one_object_more(
    tools: ModuleType, way: Way, minio: MinioServer
) -> None:
    with LyingProxy(minio) as proxy:
        kills = kill_on(way, WRITES_STEP, "bucket", through(way, proxy), tools)
    assert kills >= LEAST_WRITES // WRITES_STEP - 1


def of_moment(way: Way, moment: Moment) -> Kill:
    return lambda before, k, roots: way.kill(before, moment, k, roots)


def through(way: Way, proxy: LyingProxy) -> Kill:
    return lambda before, k, roots: way.kill_at_write(before, k, roots, proxy)


@pytest.mark.long
def test_every_kill(
    tools: ModuleType, postgresql: PostgreSql, minio: MinioServer, elasticsearch: Elasticsearch
) -> None:
    backends = Backends(postgresql=postgresql, minio=minio, elasticsearch=elasticsearch)
    with walked(backends) as way, LyingProxy(minio) as proxy:
        kills = {
            str(moment): kill_on(way, 1, moment, of_moment(way, moment), tools) for moment in Moment
        }
        kills["bucket"] = kill_on(way, 1, "bucket", through(way, proxy), tools)
    sys.stderr.write(f"kills over PostgreSQL, MinIO and Elasticsearch: {kills}\n")
    assert all(kills[moment] >= least for moment, least in LEAST.items())
    assert kills["bucket"] >= LEAST_WRITES
