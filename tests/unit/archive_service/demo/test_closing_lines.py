"""What the demo says at its end can be copied into the next command, however it is shown."""

from pathlib import Path

import pytest

from archive_service.demo.commands import where_to_look
from archive_service.demo.people import ACCOUNTS_FILE, read_accounts

PASSWORD = "x2y3-x2y3-x2y3-x2y3"
LINE = f"quantricoquan {PASSWORD} agency-admin\n"


def test_a_narrow_terminal_shows_whole_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "48")
    archives = []
    for name in ("demo", "historical"):
        home = tmp_path / name
        home.mkdir()
        (home / ACCOUNTS_FILE).write_text(LINE)
        assert read_accounts(home)
        archives.append({"home": str(home), "serve": {"command": "make serve", "url": "http://a/"}})
    first, second = archives
    told = first | {"seconds": 1.0, "accounts_file": "accounts.txt", "second_archive": second}
    where_to_look(told, "vi")
    assert capsys.readouterr().out.count(PASSWORD) == 2
