"""Settings and homes on the command line: which wins, what stops the start, what lies where."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.worlds.command import PROGRAM, Answer, Command
from tests.worlds.main_job import Held, empty_archive
from tests.worlds.papers.bad_input import small_case


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """A home that is not there yet."""
    return Command(tmp_path / "home")


def invalid(bare: Command, settings: dict[str, str]) -> Answer:
    """How ``init`` refuses settings."""
    return Command(bare.home, settings).run("init", "--json")


@pytest.mark.parametrize(
    ("settings", "code", "told"),
    [
        ({"ARCHIVE_STORAGE__COPYS": '["file:a"]'}, "settings-invalid", "storage.copys"),
        ({"ARCHIVE_STORGE__COPIES": '["file:a"]'}, "settings-invalid", "STORGE"),
        ({"ARCHIVE_STORAGE__COPIES": "file:a"}, "settings-invalid", "storage"),
        ({"ARCHIVE_STORAGE__COPIES": "[]"}, "settings-invalid", "storage.copies"),
        ({"ARCHIVE_ARCHIVE__ROLE": "both"}, "settings-invalid", "archive.role"),
        ({"ARCHIVE_STORAGE__COPIES": '["ftp://h/x"]'}, "unknown-backend", "storage.copies"),
        ({"ARCHIVE_SEARCH__URL": "solr://h/x"}, "unknown-backend", "search.url"),
        ({"ARCHIVE_JOBS__URL": "cron://"}, "unknown-backend", "jobs.url"),
        ({"ARCHIVE_MALWARE__URL": "magic:"}, "unknown-backend", "malware.url"),
        ({"ARCHIVE_ARCHIVE__CODE": "H4"}, "archive-code", "archive.code"),
        ({"ARCHIVE_DATABASE__URL": "mysql://u:geheim@h/x"}, "database-url", "mysql"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start(
    bare: Command, settings: dict[str, str], code: str, told: str
) -> None:
    answer = invalid(bare, settings)
    assert (answer.code, answer.error["code"]) == (2, code)
    assert told in answer.error["message"]
    assert "geheim" not in answer.stdout + answer.stderr
    assert not bare.home.exists()


def test_no_page_is_served_under_a_code_that_is_none(bare: Command) -> None:
    """It was right when the archive was made, and written otherwise since."""
    answer = Command(bare.home, {"ARCHIVE_ARCHIVE__CODE": "abc def"}).run("serve")
    assert answer.code == 2
    assert "archive.code" in answer.stderr
    assert "abc def" in answer.stderr


def test_an_unknown_key_in_a_file_stops_the_start(bare: Command, tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[archive]\ncolour = "red"\n', encoding="utf-8")
    answer = bare.run("--config", config, "init", "--json")
    assert (answer.code, answer.error["code"]) == (2, "settings-invalid")
    assert "archive.colour" in answer.error["message"]


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (
            '[archive]\n\ncodee = "H40.18"\n',
            ["archive.codee", "không có khóa"],
            [":3", "archive.code"],
        ),
        ('[strage]\ncopies = ["file:a"]\n', ["strage"], [":1", "storage"]),
        (
            '[storage]\ncopies = "file:a"\n',
            ["storage.copies", "danh sách"],
            [":2", '["file:objects"]'],
        ),
        (
            '[limits]\nfile_bytes = "1 GB"\n',
            ["limits.file_bytes", "số nguyên"],
            [":2", "5368709120"],
        ),
        ("[limits]\nfile_bytes = -1\n", ["limits.file_bytes", "nhỏ quá"], [":2", "≥ 1"]),
        ("[limits]\nparser_s = inf\n", ["limits.parser_s", "phải là số"], [":2", "120"]),
        ('[archive]\nrole = "cả hai"\n', ["archive.role"], [":2", "'current', 'historical'"]),
        ('home = "/srv"\n', ["home"], [":1"]),
        ('[storage]\ncopies = ["file:~/kho"]\n', ["storage.copies", "~"], [":2"]),
        ('[signing]\nkeys = ["pkcs12:~/a.p12"]\n', ["signing.keys", "~"], [":2"]),
        ('[transfer]\nfolder = "~/giao"\n', ["transfer.folder", "~"], [":2"]),
        ('[jobs]\nurl = "local://?workers=hai"\n', ["jobs.url", "số nguyên"], ["workers=2"]),
        ('[jobs]\nurl = "local://?worker=3"\n', ["jobs.url", "số nguyên"], ["workers=2"]),
        ('[timestamp]\nurl = "ftp://x"\n', ["timestamp.url", "không đúng dạng"], ["none:"]),
        ('[web]\ninside = ["10.0.0.0/99"]\n', ["web.inside.0", "dải địa chỉ mạng"], []),
        ('[oidc]\nissuer = "https://a.example"\n', ["oidc", "phải có client_id"], [":1"]),
        (f'[transfer]\nreceiver = "{"a" * 301}"\n', ["transfer.receiver", "dài quá"], [":2"]),
    ],
)
def test_a_wrong_setting_is_told_with_its_line_and_what_may_stand_there(
    bare: Command, tmp_path: Path, text: str, message: list[str], remedy: list[str]
) -> None:
    config = tmp_path / "own.toml"
    config.write_text(text, encoding="utf-8-sig")  # as Notepad writes it
    answer = bare.run("--config", config, "init", "--json")
    assert (answer.code, answer.error["code"]) == (2, "settings-invalid")
    assert all(words in answer.error["message"] for words in message)
    assert all(words in answer.error["remedy"] for words in remedy)
    assert "own.toml" in answer.error["remedy"]


def test_a_wrong_variable_is_told_by_its_name(bare: Command) -> None:
    for name, value in (("ARCHIVE_STORAGE__COPIES", "file:a"), ("ARCHIVE_LIMITS__PARSER_S", "x")):
        assert name in invalid(bare, {name: value}).error["remedy"]


def test_a_tilde_is_the_folder_of_the_account(bare: Command, tmp_path: Path) -> None:
    """Where no shell stands between, as in a unit of systemd."""
    own = {"HOME": str(tmp_path), "ARCHIVE_CONFIG": "~/none.toml"}
    assert f"{tmp_path}/none.toml" in invalid(bare, own).error["message"]


def test_variables_win_over_files_and_files_over_defaults(bare: Command, tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[storage]\ncopies = ["file:tu-tep"]\n', encoding="utf-8")
    bare.run("--config", config, "init")
    assert (bare.home / "tu-tep" / "ocfl").is_dir()
    assert not (bare.home / "objects").exists()
    other = Command(tmp_path / "other", {"ARCHIVE_STORAGE__COPIES": '["file:tu-bien"]'})
    other.run("--config", config, "init")
    assert (other.home / "tu-bien" / "ocfl").is_dir()
    assert not (other.home / "tu-tep").exists()


def test_relative_copies_lie_under_the_home_and_absolute_ones_where_they_say(
    tmp_path: Path,
) -> None:
    copies = json.dumps(["file:gan", f"file://{tmp_path}/xa?name=kho-xa"])
    archive = Command(tmp_path / "home", {"ARCHIVE_STORAGE__COPIES": copies})
    archive.ask("init")
    assert (tmp_path / "home" / "gan" / "copy.json").is_file()
    assert json.loads((tmp_path / "xa" / "copy.json").read_text())["name"] == "kho-xa"
    rows = archive.ask("status")["backends"]
    assert [row["detail"] for row in rows if row["port"] == "copy"] == ["gan", "kho-xa"]


def test_two_homes_never_touch_each_other(tmp_path: Path) -> None:
    first, second = empty_archive(tmp_path / "a" / "home"), empty_archive(tmp_path / "b" / "home")
    case = small_case(tmp_path / "case")
    first.run("submit", case, "--wait", account="canbo")
    assert len(first.ask("submission", "list")["submissions"]) == 1
    assert second.ask("submission", "list")["submissions"] == []
    there = (tmp_path / "b" / "home").rglob("*")
    inside = [
        path
        for path in there
        if path.is_file() and str(tmp_path / "a").encode() in path.read_bytes()
    ]
    assert inside == []


def test_a_home_is_found_from_anywhere(held: Held, tmp_path: Path) -> None:
    """A relative home is one of the folder in which the command is run."""
    shown = subprocess.run(
        [PROGRAM, "--home", "home", "case", "list", "--json"],
        check=True, capture_output=True, text=True, cwd=held.home.parent,
    )  # fmt: skip
    assert len(json.loads(shown.stdout)["cases"]) == 2
