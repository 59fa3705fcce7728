"""The bound on bytes a second, and who is wrong about a file that is not as recorded."""

from pathlib import Path

import pytest

from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.comparing import Bandwidth, compare, judge
from archive_service.storage.fixity.verdict import Fixity, FixityResult, ToRead
from archive_service.storage.port import ObjectStore
from tests.worlds.stored_objects import ROOT, LyingStore, flipped

METS = f"{ROOT}/v1/content/METS.xml"
DIGEST = "d1d6f8ae6e4a6d2ea8a0dbd3f9d0a6f5ea8a0dbd3f9d0a6f5d1d6f8ae6e4a6d2"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_no_more_is_taken_in_a_second_than_the_bound() -> None:
    clock = Clock()
    bandwidth = Bandwidth(1000, monotonic=clock.monotonic, sleep=clock.sleep)
    for count in (500, 1000, 250, 250):
        bandwidth.take(count)
    assert clock.now == pytest.approx(102.0)
    clock.now += 10  # nothing is saved up while nobody reads
    bandwidth.take(1000)
    assert clock.now == pytest.approx(113.0)


def test_without_a_bound_nobody_waits() -> None:
    clock = Clock()
    Bandwidth(0, monotonic=clock.monotonic, sleep=clock.sleep).take(1 << 40)
    assert clock.now == 100.0


def test_a_bound_changes_no_verdict(pair: list[FilesystemStore]) -> None:
    clock = Clock()
    bandwidth = Bandwidth(10, monotonic=clock.monotonic, sleep=clock.sleep)
    plain = compare(ToRead(pair[0], METS, DIGEST))
    slow = compare(ToRead(pair[0], METS, DIGEST), bandwidth)
    assert plain == slow
    assert clock.now > 100.0


def test_a_read_that_comes_right_on_another_connection_is_unsteady(
    pair: list[FilesystemStore],
) -> None:
    digest = compare(ToRead(pair[0], METS, DIGEST)).sha256_found or ""
    lying = LyingStore(pair[1], lambda _, data, nth: flipped(data) if nth == 1 else data)
    result = compare(ToRead(lying, METS, digest))
    assert (result.status, result.unsteady) == (Fixity.INTACT, True)
    assert not compare(ToRead(pair[1], METS, digest)).unsteady


def judged(wrong: ObjectStore, others: list[ObjectStore], digest: str | None) -> str:
    found = compare(ToRead(wrong, METS, digest or "")).sha256_found
    result = FixityResult(wrong.name, METS, Fixity.DAMAGED, 0, digest, found)
    return judge(result, others)[0]


def test_the_other_copies_say_who_is_wrong(pair: list[FilesystemStore], tmp_path: Path) -> None:
    a, b = pair
    digest = compare(ToRead(a, METS, DIGEST)).sha256_found or ""
    path = tmp_path / "b" / METS
    path.write_bytes(flipped(path.read_bytes()))
    assert judged(b, [a], digest) == "others-sound"
    assert judged(b, [], digest) == "alone"
    assert judged(b, [a], None) == "no-record"
    assert judged(b, [a], DIGEST) == "none-sound"
    path.write_bytes((tmp_path / "a" / METS).read_bytes())
    assert judged(b, [a], DIGEST) == "record-doubted"
    (tmp_path / "a").rename(tmp_path / "away")
    assert judged(b, [a], DIGEST) == "alone"
