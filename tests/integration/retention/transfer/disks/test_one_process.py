"""Of several processes at one disk, one medium or one transfer one works; the others are told."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.services import Services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.write import Onto
from retention.transfer.disks.writing_sign import SIGN
from retention.transfer.packages import build as packages_build
from retention.transfer.process_lock import (
    TransferBusyError,
    TransferDiskBusyError,
    alone_at,
    alone_with,
)
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.disks.disk_sets import digests, verified
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
# A process of its own that holds a lock until it is killed.
_HOLDS = """
import sys
from pathlib import Path
from uuid import UUID
from retention.transfer.process_lock import (alone_at, alone_with)
from tests.worlds.archive import open_home

def hold(block):
    with block:
        print("held", flush=True)
        sys.stdin.read()

kind, place, medium = sys.argv[1], sys.argv[2], sys.argv[4]
if kind == "disk":
    hold(alone_at(Path(place)))
else:
    with open_home(Path(place)) as services:
        one = int(medium) if medium else None
        hold(alone_with(services.database, UUID(sys.argv[3]), number="", medium=one))
"""


@contextmanager
def held_elsewhere(
    kind: str, place: Path, row: UUID | str = "", medium: int | str = "", *, killed: bool = True
) -> Iterator[None]:
    """Another process at a disk, or at a transfer of a home; it ends with the block."""
    command = [sys.executable, "-c", _HOLDS, kind, str(place), str(row), str(medium)]
    folder = Path(__file__).parents[5]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, **pipes) as process:  # type: ignore[call-overload]  # as told
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            if killed:
                process.send_signal(signal.SIGKILL)


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer that was built."""
    return packed(two, tmp_path, *BOTH)


@pytest.fixture
def services(two: TwoArchives, row: UUID) -> Services:
    """Of the giver, opened when it has gone that way."""
    return two.giver


def send(services: Services, row: UUID, disk: Path) -> None:
    disks_write.send(services, row, Onto(disk), actor=person(services, "lan"))


def test_a_disk_that_another_process_writes_is_left_alone(
    services: Services, row: UUID, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with held_elsewhere("disk", disk):
        with pytest.raises(TransferDiskBusyError) as refused:
            send(services, row, disk)
        assert refused.value.facts["folder"] == str(disk)
        assert refused.value.facts["host"] == socket.gethostname()
        assert [path.name for path in disk.iterdir()] == [SIGN]
        with pytest.raises(TransferDiskBusyError), alone_at(disk):
            pass
    send(services, row, disk)  # who was killed keeps nobody away
    assert verified(disk) == len(digests(disk)) - 2
    assert digests(disk) == digests(tmp_path / "out")


def test_a_medium_is_written_by_one_and_not_while_the_transfer_is_built(
    services: Services, row: UUID, tmp_path: Path
) -> None:
    home, lan = services.settings.home, person(services, "lan")

    def build() -> None:
        packages_build.build(services, row, folder=tmp_path / "out", actor=lan)

    with held_elsewhere("transfer", home, row, 1):
        with pytest.raises(TransferBusyError) as refused:
            send(services, row, tmp_path / "disk")
        assert refused.value.facts["number"]
        with pytest.raises(TransferBusyError):
            build()
    with held_elsewhere("transfer", home, row, 2):
        send(services, row, tmp_path / "disk")  # another medium of it may be written meanwhile
    assert register_acts.show(services, row, actor=lan).state == "sent"


def test_a_transfer_is_built_by_one_whatever_the_folder_is(
    services: Services, row: UUID, tmp_path: Path
) -> None:
    home, lan = services.settings.home, person(services, "lan")
    with held_elsewhere("transfer", home, row):
        for folder in ("out", "other"):
            with pytest.raises(TransferBusyError):
                packages_build.build(services, row, folder=tmp_path / folder, actor=lan)
        with pytest.raises(TransferBusyError):
            send(services, row, tmp_path / "disk")
    with held_elsewhere("disk", tmp_path / "out"), pytest.raises(TransferDiskBusyError):
        packages_build.build(services, row, folder=tmp_path / "out", actor=lan)
    packages_build.build(services, row, folder=tmp_path / "out", actor=lan)


def test_on_a_server_the_machines_of_an_archive_keep_each_other_away(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    row = UUID(int=7)
    with open_home(home) as services:

        def alone(medium: int | None) -> None:
            with alone_with(services.database, row, number="01/2026", medium=medium):
                pass

        with held_elsewhere("transfer", home, row, 1, killed=False):
            alone(2)
            for medium in (1, None):
                with pytest.raises(TransferBusyError):
                    alone(medium)
        with held_elsewhere("transfer", home, row, killed=False):
            for medium in (2, None):
                with pytest.raises(TransferBusyError):
                    alone(medium)
            with alone_with(services.database, UUID(int=8), number="02/2026"):
                pass
