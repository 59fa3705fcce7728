"""What was handed over stays the other archive's when an old backup of the giver is restored."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from retention.transfer.closing.close import close
from retention.transfer.closing.remove import remove
from retention.transfer.given import RemovalApproval
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.removing import back_up_anew, graceless
from tests.worlds.transfer.replies import decided, is_over, sent
from tests.worlds.transfer.transfers import NewArchives, TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def two(two: NewArchives) -> TwoArchives:
    """The giver's staging has no time of grace."""
    two.change_giver(graceless)
    return two


def case_files(services: Services) -> dict[str, tuple[CaseState, bool, int]]:
    """Code → state, whether its bytes went, and how many files of it all copies hold."""
    with services.read_only() as session:
        rows = session.scalars(select(CaseFile)).all()
    return {
        row.code: (
            row.state,
            row.removing_since is not None,
            sum(
                1
                for copy in services.stores
                for _ in copy.iter_keys(f"{object_root(row.ocfl_id)}/")
            ),
        )
        for row in rows
    }


def test_an_old_backup_beside_living_copies_resurrects_nothing(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = sent(two, tmp_path, *BOTH)
    home, medium, disk = two.giver.settings.home, tmp_path / "medium", tmp_path / "disk"
    Command(home).ask("backup", "--to", medium, "--objects")
    shutil.copytree(home / "backup-keys", tmp_path / "old-keys")
    decided(two, row, disk)
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    read_replies(two.giver, disk, actor=person(two.giver, "lan"))
    close(two.giver, row, actor=person(two.giver, "lan"))
    is_over(two.giver, row)
    remove(
        two.giver, row, RemovalApproval(otp=new_otp(two.giver, HEAD)), actor=person(two.giver, HEAD)
    )
    do_all(two.giver)
    gone = dict.fromkeys(BOTH, (CaseState.TRANSFERRED, True, 0))
    assert case_files(two.giver) == gone
    two.giver.database.engine.dispose()
    new = tmp_path / "new"
    new.mkdir()
    for name in ("kho1", "kho2", "backup-keys", "archive.toml"):
        shutil.move(home / name, new / name)
    for key in (tmp_path / "old-keys").iterdir():  # as if somebody had kept them
        if key.is_file():
            shutil.copy(key, new / "backup-keys" / key.name)
    told: dict[str, Any] = Command(new).ask(
        "restore", "--from", medium, "--keys", new / "backup-keys"
    )
    assert told["destroyed"] == sorted(BOTH)
    shutil.copytree(home / "keys", new / "keys", dirs_exist_ok=True)
    with open_home(new) as opened:
        restored = graceless(opened)
        assert case_files(restored) == gone
        rebuild(restored, actor=OPERATOR)
        assert case_files(restored) == gone
        do_all(restored)  # what the rebuild looked through anew
        back_up_anew(restored)
        shown = register_acts.show(restored, row, actor=OPERATOR)
        assert (shown.state, shown.counts) == ("closed", {"removed": 2})
        assert all(transfer_item.receipt for transfer_item in shown.items)
