"""A backup waits for no key: its minutes say that nobody signed them, and it is told again."""

import json
from pathlib import Path

from tests.worlds.command import Command


def bare(home: Path) -> Command:
    """An archive of no demo: it has no key."""
    home.mkdir()
    (home / "archive.toml").write_text('[archive]\ncode = "H40.99"\n', encoding="utf-8")
    archive = Command(home)
    archive.ask("init")
    return archive


def test_a_backup_without_a_key_is_made_and_restored_and_says_so(tmp_path: Path) -> None:
    archive, medium = bare(tmp_path / "home"), tmp_path / "medium"
    archive.ask("backup", "--to", medium)
    (made,) = (path for path in medium.iterdir() if (path / "manifest.json").is_file())
    assert json.loads((made / "manifest.json").read_text("utf-8"))["archive"]["unsigned"]
    other = Command(tmp_path / "other")
    told = other.run("restore", "--from", medium)
    assert told.code == 0, told
    assert "không có chữ ký số" in told.stderr
    assert Path(archive.ask("upgrade")["report"]).is_file()

    manifest = made / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"full", b"ful1"))
    refused = Command(tmp_path / "third").run("restore", "--from", medium, "--json")
    assert refused.code == 5
