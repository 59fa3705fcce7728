"""Packages handed in by processes of their own: what comes of it is the same, whoever dies."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.door import begin_anew, came_by, door
from archive_service.services import Services
from archive_service.storage.reader import sha256_of
from retention.transfer.receiving.packages import Found, Wanted
from retention.transfer.receiving.receive import receive
from retention.transfer.receiving.side_by_side import SideBySide, processes_for
from tests.worlds.archive import person
from tests.worlds.transfer.transfers import TwoArchives

WITHIN_S = 60


def submissions(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def of_disk(disk: Path) -> list[tuple[Wanted, Found]]:
    found = []
    for ordinal, path in enumerate(sorted((disk / "packages").iterdir()), 1):
        with path.open("rb") as file:
            sha256 = sha256_of(file)
        wanted = Wanted(uuid4(), ordinal, path.name, 1, sha256, path.stat().st_size)
        found.append((wanted, Found(path)))
    return found


def gone(pid: int) -> bool:
    """Ended, or ended and not yet waited for."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text("utf-8")
    except FileNotFoundError:
        return True


def test_processes_hand_in_what_threads_do(two: TwoArchives, disk: Path) -> None:
    lan = person(two.receiver, "lan")
    told = receive(two.receiver, disk, actor=lan, processes=2)
    assert (told.arrived, told.troubles, told.unknown) == (2, [], [])
    assert {transfer_item.state for transfer_item in told.items} == {"arrived"}
    assert submissions(two.receiver) == 2
    again = receive(two.receiver, disk, actor=lan, processes=2)
    assert again == told.model_copy(update={"arrived": 0})


def test_what_is_wrong_with_a_package_is_told_from_a_process_as_well(
    two: TwoArchives, disk: Path
) -> None:
    first, _ = sorted((disk / "packages").iterdir())
    first.write_bytes(first.read_bytes()[:-1] + b"!")
    told = receive(two.receiver, disk, actor=person(two.receiver, "lan"), processes=2)
    assert told.arrived == 1
    assert [trouble.refusal["code"] for trouble in told.troubles] == ["package-damaged"]


@pytest.fixture
def hands(two: TwoArchives) -> Iterator[SideBySide]:
    with SideBySide(two.receiver, person(two.receiver, "lan"), 2) as hands:
        yield hands


def test_packages_of_a_process_that_is_killed_are_handed_in_all_the_same(
    hands: SideBySide, two: TwoArchives, disk: Path
) -> None:
    one, other = of_disk(disk)
    ((first,),) = list(hands.hand_in([one]))
    children = multiprocessing.active_children()
    assert len(children) == 2
    for child in children:
        os.kill(child.pid or 0, signal.SIGKILL)
    ((second, again),) = list(hands.hand_in([other, one]))
    assert again.outcome == first.outcome
    assert isinstance(second.outcome, UUID)
    assert submissions(two.receiver) == 2


def test_processes_end_with_the_one_that_began_them(two: TwoArchives) -> None:
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:  # it is killed before it could end them
        with ExitStack() as held:
            held.enter_context(SideBySide(two.receiver, person(two.receiver, "lan"), 2))
            names = (str(active_child.pid) for active_child in multiprocessing.active_children())
            os.write(writing, " ".join(names).encode() + b"\n")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    pids = [int(pid) for pid in os.read(reading, 100).split()]
    os.close(reading)
    os.close(writing)
    assert len(pids) == 2
    until = time.monotonic() + WITHIN_S
    while not all(map(gone, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert all(map(gone, pids))


def test_events_of_a_process_tell_by_which_door_they_came(two: TwoArchives, disk: Path) -> None:
    before = door()
    came_by(address="198.51.100.7")
    try:
        receive(two.receiver, disk, actor=person(two.receiver, "lan"), processes=2)
    finally:
        begin_anew(before)
    with two.receiver.read_only() as session:
        query = select(AuditEvent.data).where(AuditEvent.tag == "submission:received")
        received = session.scalars(query).all()
    assert [data["door"] for data in received] == [{"address": "198.51.100.7"}] * 2


def test_few_packages_are_left_to_threads_and_so_is_what_keys_open() -> None:
    here = {"1.sip.zip": Found(Path("packages/1.sip.zip"))}
    assert processes_for(4999, here) == 1
    assert processes_for(5000, here) == min(len(os.sched_getaffinity(0)), 8)
    assert processes_for(5000, {"1": Found(Path("1"), keys=("key",))}) == 1
