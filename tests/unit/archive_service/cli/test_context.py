"""Who entered the machine, where a command runs as another user of it."""

import getpass
import pwd
from pathlib import Path

import pytest

from archive_service.cli.context import login_user


def test_it_is_told_where_it_is_another(tmp_path: Path) -> None:
    told = tmp_path / "loginuid"
    other = next(
        struct_passwd
        for struct_passwd in pwd.getpwall()
        if struct_passwd.pw_name != getpass.getuser()
    )
    told.write_text(f"{other.pw_uid}\n")
    assert login_user(told) == other.pw_name


@pytest.mark.parametrize("uid", ["4294967295", "x", ""])
def test_nobody_is_told_where_nobody_entered(tmp_path: Path, uid: str) -> None:
    told = tmp_path / "loginuid"
    told.write_text(uid)
    assert login_user(told) == ""
    assert login_user(tmp_path / "none") == ""


def test_oneself_is_not_told_twice(tmp_path: Path) -> None:
    told = tmp_path / "loginuid"
    told.write_text(str(pwd.getpwnam(getpass.getuser()).pw_uid))
    assert login_user(told) == ""
