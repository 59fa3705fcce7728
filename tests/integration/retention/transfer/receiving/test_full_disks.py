"""The disks of the receiver are full, truly: by network and disk all comes once there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.errors import BackendError
from archive_service.storage.port import StoreFullError
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.network.waiting import states, tried, waits
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.transfer.networked import networked, send, spool
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives, two_archives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def two(held_home: Path, tmp_path: Path) -> Iterator[TwoArchives]:
    """Nothing is built yet: what is sent lies where the giver knows it."""
    with two_archives(held_home, tmp_path) as both:
        yield both


def submissions(two: TwoArchives) -> int:
    with two.receiver.read_only() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def test_an_inbox_that_fills_while_packages_arrive_is_waited_for(
    two: TwoArchives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = packed(two, tmp_path, *BOTH)
    sizes = sorted(path.stat().st_size for path in (tmp_path / "out" / "packages").iterdir())
    monkeypatch.setenv("ARCHIVE_TRANSFER__KEEP_FREE_BYTES", "0")
    home = two.receiver.settings.home
    room = (sizes[0] // 4096 + 12) * 4096  # for the manifest and less than both packages
    with open_home(home) as receiver, small_disk(home / "transfer-inbox", room) as inbox:
        both = TwoArchives(two.giver, receiver)
        with networked(both):
            told = tried(two.giver, row)
            assert told.trouble is not None
            assert waits(two.giver)[0] in ("partner-later", "partner-silent")
            assert states(two.giver, row) == {"built"}
            assert submissions(two) == 0
            larger = f"remount,size={room + sum(sizes) * 2}"
            subprocess.run(["mount", "-o", larger, str(inbox)], check=True)
            send(both, row)
            assert (states(two.giver, row), states(receiver, row)) == ({"sent"}, {"arrived"})
            assert (submissions(two), spool(receiver)) == (2, [])


def test_staging_that_fills_while_a_disk_is_received_is_gone_on_with(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    staging, lan = two.receiver.settings.home / "staging", person(two.receiver, "lan")
    with small_disk(tmp_path / "small", 32 << 10) as small:
        staging.symlink_to(small)
        with pytest.raises(BackendError) as refused:
            receive(two.receiver, tmp_path / "out", actor=lan)
        assert isinstance(refused.value, StoreFullError)
        told = register_acts.show(two.receiver, row, actor=OPERATOR)
        assert {transfer_item.state for transfer_item in told.items} == {"awaited"}
        assert submissions(two) == 0
        staging.unlink()
    told = receive(two.receiver, tmp_path / "out", actor=lan)
    assert (told.arrived, told.troubles, submissions(two)) == (2, [], 2)
    do_all(two.receiver)
    assert {transfer_item.state for transfer_item in told.items} == {"arrived"}
