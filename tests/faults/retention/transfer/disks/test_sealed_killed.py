"""``kill -9`` while an encrypted disk is received: what was opened goes with the next sweep."""

import datetime as dt
import itertools
import signal
from pathlib import Path
from uuid import UUID

import pytest
from pyrage.x25519 import Identity
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.storage.work_folder import sweep_work
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.decryption import KeyFiles
from retention.transfer.disks.encryption import lock_for
from retention.transfer.disks.write import Onto
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import new_home, open_home, person, small_pdf_case
from tests.worlds.clients import OPEN_CODE
from tests.worlds.damage.killed_at_files import die_at
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.transfer.handed_over import brought_in
from tests.worlds.transfer.transfers import built, trust

CODES = (OPEN_CODE, "H40.18.2025.07.QLCT")
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, UUID]:
    """``disk``, encrypted for ``key``, and ``receiver``, the archive that it goes to."""
    giver = new_home(tmp_path / "giver")
    trust(new_home(tmp_path / "receiver", historical=True), giver)
    key = Identity.generate()
    (tmp_path / "key").write_text(f"{key}\n")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "public").write_text(f"{key.to_public()}\n")
    with open_home(giver) as services:
        for code in CODES:
            brought_in(services, small_pdf_case(tmp_path / code, code=code))
        row = built(services, tmp_path / "out", *CODES)
        onto = Onto(tmp_path / "disk", lock=lambda _: lock_for(tmp_path / "public"))
        disks_write.send(services, row, onto, actor=person(services, "lan"))
    return tmp_path, row


def take(folder: Path, at: int, count: Path) -> None:
    """In a process of its own: it dies at its ``at``-th change of the work folder."""
    with open_home(folder / "receiver") as services:
        die_at(services.work_folder, at, count)
        keys = KeyFiles(folder / "key")
        receive(services, folder / "disk", actor=person(services, "lan"), keys=keys)


def test_nothing_plain_stays_and_all_comes_once(place: tuple[Path, UUID], tmp_path: Path) -> None:
    folder, row = place
    log, count, left = tmp_path / "log", tmp_path / "count", 0
    with WarmProcess() as warm:
        for at in itertools.count(1, 2):
            code = warm.do(take, folder, at, count, log=log)
            if code != -signal.SIGKILL:
                break
            with open_home(folder / "receiver") as services:
                work = services.work_folder
                left += sum(1 for _ in work.rglob("*.zip")) + sum(1 for _ in work.rglob("*.xml"))
                sweep_work(work, older_than=clock.now() - A_DAY)
                assert not [path for path in work.iterdir() if path.name.startswith("transfer-")]
    assert code == 0, log.read_text("utf-8")
    assert at > 4
    assert left
    with open_home(folder / "receiver") as services:
        told = register_acts.show(services, row, actor=person(services, "lan"))
        with services.read_only() as session:
            known = session.scalars(select(Submission.id)).all()
    assert [transfer_item.state for transfer_item in told.items] == ["arrived"] * len(CODES)
    assert len(known) == len(CODES)
