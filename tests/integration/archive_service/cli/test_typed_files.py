"""Passwords out of files, and questions that nobody is there to answer."""

from pathlib import Path

import pytest

from tests.worlds.archive import new_home
from tests.worlds.command import Command


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(new_home(tmp_path / "home"))


@pytest.mark.parametrize(
    "line",
    [
        ("account", "add", "moi", "--role", "reader"),
        ("station", "add", "tram-moi", "--title", "Trạm"),
        ("login", "lan"),
    ],
)
def test_a_password_file_that_is_no_text_is_told(
    archive: Command, tmp_path: Path, line: tuple[str, ...]
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"m\xe2t kh\xc8u")  # of one byte a letter
    refused = archive.run(*line, "--password-file", path, "--json", account="quan")
    assert (refused.code, refused.error["code"]) == (2, "file-not-text")
    assert str(path) in refused.error["message"]


def test_an_empty_password_file_of_a_station_is_no_crash(archive: Command, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"")
    added = archive.run(
        "station", "add", "tram-moi", "--title", "Trạm", "--password-file", path, "--json"
    )
    assert added.code == 0, added
    added = archive.run("station", "add", "tram-ba", "--title", "Trạm", "--password-file", path)
    assert "Trạm tram-ba (Tài liệu hành chính)" in added.stdout + added.stderr, "no raw key"


def test_a_question_that_nobody_can_answer_is_told_with_the_option(archive: Command) -> None:
    refused = archive.started("account", "change-password", "--json", account="lan")
    assert (refused.code, refused.error["code"]) == (2, "nobody-answers")
    assert "--password-file" in refused.error["remedy"]
