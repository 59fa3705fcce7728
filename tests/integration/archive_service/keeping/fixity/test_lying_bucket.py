"""A bucket that lies, limps or falls silent: unsteady reads are no damage, silence is one incident.

A body that is cut or short on both connections is damage: so answers a server whose drive rots.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.keeping.fixity.repair import HEAL_JOB
from archive_service.services import Services
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.s3.store import open_s3_store
from archive_service.worker import run_one
from tests.services.s3 import MinioServer
from tests.worlds.damage.lying_proxy import Lie, LyingProxy, lying_proxy
from tests.worlds.holding import opened
from tests.worlds.reading_again import (
    incidents_of,
    long_ago,
    newest_passes,
    open_troubles_of,
    read_again,
    read_everything,
)
from tests.worlds.servers.backends import copy_keys

METS = r"v1/content/METS\.xml"


@pytest.fixture
def proxy(minio: MinioServer) -> Iterator[LyingProxy]:
    with lying_proxy(minio) as it:
        yield it


@pytest.fixture
def behind(home: Path, minio: MinioServer, proxy: LyingProxy) -> Iterator[Services]:
    """The home's second copy in a bucket behind the proxy."""
    url = minio.new_bucket_url(name=None, region="us-east-1") + "&name=kho2"
    copy_keys(FilesystemStore(home / "kho2"), open_s3_store(url))
    with opened(home, "file:kho1", proxy.url(url)) as services:
        yield services


def heal(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, HEAL_JOB)
    run_one(services, names=(HEAL_JOB,))


def test_a_sound_bucket_is_read_whole(behind: Services) -> None:
    first, second = read_everything(behind)
    assert first.intact == second.intact
    assert (second.unsteady, open_troubles_of(behind)) == (0, [])


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT, Lie.BUSY, Lie.SLOW])
def test_what_is_wrong_once_is_no_damage(behind: Services, proxy: LyingProxy, lie: Lie) -> None:
    with proxy.lying(lie, METS, times=1) as rule:
        _, second = read_everything(behind)
    assert rule.told == 1
    assert open_troubles_of(behind) == []
    assert second.unsteady == (lie in (Lie.FLIPPED, Lie.CUT, Lie.SHORT))


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT])
def test_what_is_wrong_on_both_connections_is_damage_until_it_is_read_right(
    behind: Services, proxy: LyingProxy, lie: Lie
) -> None:
    with proxy.lying(lie, METS):
        read_everything(behind)
        troubles = open_troubles_of(behind)
        assert {(trouble.copy, trouble.status, trouble.verdict) for trouble in troubles} == {
            ("kho2", "damaged", "others-sound")
        }
        assert len(incidents_of(behind, "fixity-damage")) == len(troubles) == 2
        heal(behind)  # what cannot be read back is not called healed
        assert len(open_troubles_of(behind)) == 2
    heal(behind)
    assert open_troubles_of(behind) == []
    assert incidents_of(behind, "fixity-damage") == []


def test_a_bucket_that_throttles_pauses_its_pass_and_is_one_incident(
    behind: Services, proxy: LyingProxy
) -> None:
    read_again(behind)
    long_ago(behind, begun_days=80)
    with proxy.lying(Lie.BUSY, "ocfl/"):
        for _ in range(2):
            assert read_again(behind) == "done"
    assert newest_passes(behind)[1].paused == "store-unreachable"
    (paused,) = incidents_of(behind, "fixity-paused")
    assert (paused["subject"], paused["times"]) == ("kho2", 2)
    assert open_troubles_of(behind) == []
    read_again(behind)
    assert newest_passes(behind)[1].packages == 2
    assert incidents_of(behind, "fixity-paused") == []


def test_a_bucket_that_does_not_answer_is_one_incident_and_no_damage(
    behind: Services, proxy: LyingProxy
) -> None:
    read_again(behind)
    long_ago(behind, begun_days=80)
    with proxy.lying(Lie.BUSY):
        read_again(behind)
        read_again(behind)
    assert [incident["subject"] for incident in incidents_of(behind, "copy-unreachable")] == [
        "kho2"
    ]
    assert open_troubles_of(behind) == []
    read_again(behind)
    assert incidents_of(behind, "copy-unreachable") == []
    assert newest_passes(behind)[1].packages == 2


def test_one_package_that_is_not_given_keeps_no_other_from_its_turn(
    behind: Services, proxy: LyingProxy
) -> None:
    key = next(one for one in behind.copies[0].iter_keys() if one.endswith("content/METS.xml"))
    with proxy.lying(Lie.BUSY, key.replace("%", "%25")) as by_path, proxy.lying(Lie.BUSY, key):
        _, second = read_everything(behind)
    assert second.ended_at is not None
    assert by_path is not None
    (row,) = open_troubles_of(behind)
    assert (row.copy, row.status, row.verdict) == ("kho2", "unreachable", "unread")
    read_everything(behind)
    assert open_troubles_of(behind) == []
