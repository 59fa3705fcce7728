"""The command itself: help, settings, homes, languages, exit codes and one document on stdout."""

import base64
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive_service.cli.errors import from_system
from tests.worlds.command import PROGRAM, Command
from tests.worlds.main_job import A_CODE, PEOPLE, Held

HEAVY = ("sqlalchemy", "pydantic", "flask", "lxml", "cv2", "tesserocr")
NOTHING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """A home that is not there yet."""
    return Command(tmp_path / "home")


def test_help_loads_no_heavy_library() -> None:
    question = (
        "import sys; from archive_service.main import run; run(['--help']);"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", question], check=True, capture_output=True, text=True
    )
    assert asked.stdout.splitlines()[-1] == "[]"
    assert "archive [OPTIONS] COMMAND" in asked.stdout


def test_the_program_starts_and_tells_its_version() -> None:
    asked = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True)
    assert asked.stdout.startswith("archive, version ")


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [("--version", 6, "luồng đang ghi"), ("job list --json", 3, "archive --home")],
)
def test_what_cannot_be_written_out_is_told_in_words(
    command: str, code: int, words: str, tmp_path: Path
) -> None:
    """A write names no file, and an error's own document may not find room either."""
    with Path("/dev/full").open("w") as full:
        asked = subprocess.run(
            [PROGRAM, "--home", tmp_path, *command.split()],
            check=False, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert (asked.returncode, words in asked.stderr) == (code, True), asked.stderr


def test_every_command_answers_help(bare: Command) -> None:
    listed = bare.run("--help").stdout
    assert "rebuild" in listed
    for command in ("submission", "case", "fixity", "file-plan", "account", "job", "retention"):
        answer = bare.run(command, "--help")
        assert (answer.code, answer.stderr) == (0, "")
        assert command in answer.stdout


def test_a_home_that_was_never_set_up_is_told_as_such(bare: Command) -> None:
    answer = bare.run("case", "list", "--json")
    assert (answer.code, answer.error["code"]) == (3, "home-missing")
    assert str(bare.home) in answer.error["message"]
    assert not (bare.home / "archive.db").exists()


def test_the_process_and_the_function_give_the_same_answer(held: Held) -> None:
    for line in (["case", "show", A_CODE], ["submission", "show", NOTHING], ["job", "list"]):
        here, there = held.archive.run(*line, "--json"), held.archive.started(*line, "--json")
        assert (here.code, here.document) == (there.code, there.document)


@pytest.mark.parametrize(
    ("line", "account", "code"),
    [
        (["code", "parse", "H40.18.2025.07.QLCT"], None, 0),
        (["code", "parse", "H40.18 .2025.07"], None, 2),
        (["code", "parse"], None, 2),
        (["no-such-command"], None, 2),
        (["submission", "list", "--state", "gone"], None, 2),
        (["submission", "show", "not-an-id"], None, 2),
        (["submission", "show", NOTHING], None, 3),
        (["case", "show", "H40.18.2099.01.X"], None, 3),
        (["case", "list"], "nobody", 3),
        (["fixity", "check", "--copy", "kho9"], None, 3),
        (["submission", "accept", NOTHING], "luutru", 3),
        (["job", "list"], "docgia", 4),
        (["search", ""], "docgia", 2),
        (["retention", "due", "--on", "hôm nay"], None, 2),
        (["case", "list", "--limit", "0"], None, 2),
    ],
)
def test_the_exit_code_tells_what_became_of_it(
    held: Held, line: list[str], account: str | None, code: int
) -> None:
    answer = held.archive.run(*line, "--json", account=account)
    assert answer.code == code, answer
    if code:
        assert answer.error["message"]
        assert answer.error["remedy"]
        assert answer.error["message"] in answer.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["nothing"], "không có lệnh “nothing”"),
        (["case", "nothing"], "không có lệnh “nothing”"),
        (["case", "show", A_CODE, "--nothing"], "không có tùy chọn --nothing"),
        (["case", "export", A_CODE, "--to"], "tùy chọn --to thiếu giá trị"),
        (["case", "show"], "thiếu CODE"),
        (["case", "export", A_CODE, "--form", "doc"], "--form chỉ nhận một trong các giá trị: "),
        (["case", "show", A_CODE, "twice"], "thừa tham số “twice”"),
        (["transfer", "show", "NL-01"], "“NL-01” không phải là ID: ID có dạng 123e4567-"),
        (["transfer", "show", "NL-01"], "xem bằng lệnh archive transfer list"),
        (["transfer", "calendar", "add", "--transfer", "1"], "lệnh archive transfer list"),
        (["transfer", "calendar", "cancel", "1"], "(archive transfer calendar --help"),
        (["transfer", "list", "--as", "lan"], "archive --as ACCOUNT transfer list"),
        (["case", "--home=/x", "list"], "archive --home HOME case"),
    ],
)
def test_a_command_line_that_is_wrong_is_told_in_vietnamese(
    held: Held, line: list[str], said: str
) -> None:
    answer = held.archive.run(*line, account="luutru")
    assert answer.code == 2
    assert said in answer.stderr
    assert "Error:" not in answer.stderr
    told = held.archive.run(*line, "--json", account="luutru")
    if "--to" not in line:
        assert said in told.error["message"]


@pytest.mark.parametrize("form", ["aip", "dip", "bag", "pdf", "xml"])
def test_a_place_that_cannot_be_written_to_is_told_and_no_traceback(held: Held, form: str) -> None:
    line = ("case", "export", A_CODE, "--form", form, "--to", "/proc/nope", "--json")
    answer = held.archive.run(*line, account="luutru")
    assert (answer.code, answer.error["code"]) == (2, "file-system")
    assert "/proc/nope" in answer.error["message"]


def test_neither_a_home_nor_a_template_is_made_where_nothing_can_be(held: Held) -> None:
    answer = Command(Path("/proc/home")).run("init", "--json")
    assert (answer.code, answer.error["code"]) == (2, "file-system")
    answer = held.archive.run("submit", "--template", "/proc/x.xlsx", "--json")
    assert (answer.code, answer.error["code"]) == (2, "file-system")


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, 6), (errno.EIO, 6), (errno.EACCES, 2), (errno.ENOENT, 2), (errno.ENOTDIR, 2)],
)
def test_a_disk_that_fails_is_not_a_path_that_is_wrong(number: int, told: int) -> None:
    refusal = from_system(OSError(number, os.strerror(number), "/there"))
    assert (refusal.exit, refusal.facts["path"]) == (told, "/there")


def test_a_wrong_option_is_told_in_the_same_form_as_any_refusal(held: Held) -> None:
    answer = held.archive.run("job", "list", "--state", "gone", "--json", "--lang", "en")
    assert answer.error["code"] == "command-usage"
    assert "--state" in answer.error["message"]
    told = held.archive.run("job", "list", "--state", "gone")
    assert (told.code, told.stdout) == (2, "")
    assert "--state" in told.stderr


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_language_is_chosen_before_or_after_the_command(held: Held, place: str) -> None:
    line = ["code", "parse", "H40.18 .2025.07", "--json"]
    english = ["--lang", "en"]
    asked = [*english, *line] if place == "before" else [*line, *english]
    assert "white space" in held.archive.run(*asked).error["message"]
    assert "khoảng trắng" in held.archive.run(*line).error["message"]


def test_without_json_words_are_for_a_person(held: Held) -> None:
    shown = held.archive.run("case", "show", A_CODE)
    assert shown.code == 0
    assert A_CODE in shown.stdout
    with pytest.raises(json.JSONDecodeError):
        _ = shown.document
    refused = held.archive.run("case", "show", "H40.18.2099.01.X")
    assert (refused.code, refused.stdout) == (3, "")
    assert "→" in refused.stderr


def test_init_makes_a_home_once_and_completes_it_ever_after(bare: Command) -> None:
    first = bare.run("init", "--json")
    assert first.code == 0
    document = first.document
    assert set(document) == {"home", "created", "accounts"}
    assert document["home"] == str(bare.home)
    assert document["accounts"] == [{"name": "quantri", "role": "admin"}]
    assert "quantri " in first.stderr
    again = bare.run("init", "--json")
    assert (again.document["created"], again.document["accounts"]) == ([], [])
    assert again.stderr == ""


def test_init_says_in_vietnamese_what_it_made(bare: Command) -> None:
    told = bare.run("init")
    words = " ".join((told.stdout + told.stderr).split())
    assert f"{bare.home}: cơ sở dữ liệu, kho “" in words
    assert "database" not in words


def test_passwords_go_to_a_file_of_the_owner_alone(bare: Command, tmp_path: Path) -> None:
    target = tmp_path / "passwords"
    made = bare.run("init", "--passwords-to", target, "--json")
    assert made.stderr == ""
    name, password = target.read_text("utf-8").split()
    assert name == "quantri"
    assert len(password) >= 12
    assert target.stat().st_mode & 0o077 == 0
    assert password not in made.stdout


def test_passwords_go_into_no_folder_that_is_not_there(bare: Command, tmp_path: Path) -> None:
    answer = bare.run("init", "--passwords-to", tmp_path / "nope" / "x", "--json")
    assert (answer.code, answer.error["code"]) == (2, "folder-missing")
    assert not (tmp_path / "nope").exists()
    assert not (bare.home / "archive.db").exists()


def test_a_copy_that_is_away_is_told_in_one_sentence_beside_the_result(spoilt: Held) -> None:
    (spoilt.home / "kho2").rename(spoilt.home / "away")
    line = ("agency", "add", "H40.77", "--name", "Sở Tài chính", "--lang", "en", "--json")
    answer = spoilt.archive.run(*line)
    assert answer.code == 0
    assert answer.stderr.count("kho2") == 1
    assert "has not received the newest events yet" in answer.stderr
    assert "evidence-delayed" not in answer.stderr


def test_status_counts_and_hides_every_secret(held: Held) -> None:
    document = held.archive.ask("status")
    assert set(document) >= {"version", "backends", "counts", "jobs"}
    assert all(row["ok"] for row in document["backends"])
    assert {"port", "url", "ok", "detail"} <= set(document["backends"][0])
    assert {"staging": "answers"}.items() <= {
        row["port"]: row["detail"] for row in document["backends"]
    }.items()
    assert document["counts"]["case_files"] == 2
    assert document["jobs"]["dead"] == 0
    planted = {
        "ARCHIVE_TIMESTAMP__URL": "http://u:HUSH@127.0.0.1:1/tsa?apikey=HUSH",
        "ARCHIVE_SIGNING__KEYS": '["pkcs11:///lib/none.so?token=a&key=b&pin=HUSH"]',
        "ARCHIVE_JOBS__URL": "celery+amqp://u:HU:SH,HUSH@127.0.0.1:1/v",
    }
    for told in (["status", "--json"], ["status"], ["copy", "list", "--json"]):
        answer = Command(held.home, planted).run(*told)
        assert "127.0.0.1" in answer.stdout or told[0] == "copy"
        assert "HUSH" not in answer.stdout + answer.stderr


def test_status_tells_which_backend_does_not_answer(spoilt: Held) -> None:
    (spoilt.home / "kho2").rename(spoilt.home / "away")
    answer = spoilt.archive.run("status", "--json")
    assert answer.code == 6
    silent = [row for row in answer.document["backends"] if not row["ok"]]
    assert [row["url"] for row in silent] == ["file:kho2"]


def test_accounts_are_added_listed_and_disabled(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    listed = {row["name"]: row for row in archive.ask("account", "list")["accounts"]}
    assert set(listed) == {"quantri", *PEOPLE}
    assert listed["canbo"]["agency"] == "H40.18"
    assert listed["luutru"]["agency"] is None
    added = archive.run("account", "add", "vanthu", "--role", "clerk", "--agency", "H40.18",
                        "--json")  # fmt: skip
    assert added.document == {
        "name": "vanthu", "role": "clerk", "agency": "H40.18", "active": True
    }  # fmt: skip
    assert added.stderr.startswith("vanthu ")
    again = archive.run("account", "add", "vanthu", "--role", "clerk", "--agency", "H40.18",
                        "--json")  # fmt: skip
    assert (again.code, again.error["code"]) == (4, "account-exists")
    assert not archive.ask("account", "disable", "vanthu")["active"]
    refused = archive.run("case", "list", "--json", account="vanthu")
    assert refused.code in (3, 4)
    assert archive.ask("account", "enable", "vanthu")["active"]
    assert archive.run("case", "list", "--json", account="vanthu").code == 0


def test_a_password_file_is_used_and_never_shown(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    secret = tmp_path / "secret"
    secret.write_text("một câu dài không ai đoán ra\n", encoding="utf-8")
    added = archive.run("account", "add", "moi", "--role", "reader", "--agency", "H40.18",
                        "--password-file", secret, "--json")  # fmt: skip
    assert added.code == 0
    assert "đoán" not in added.stdout + added.stderr


def test_a_token_is_shown_once(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    made = archive.ask("token", "add", "tram", "--scope", "digitization:list")
    assert (made["name"], made["scopes"]) == ("tram", ["digitization:list"])
    assert len(made["token"]) > 20
    unknown = archive.run("token", "add", "nobody", "--scope", "search", "--json")
    assert (unknown.code, unknown.error["code"]) == (3, "account-not-found")


def test_the_trail_names_the_account_and_the_systems_user(held: Held) -> None:
    events = [
        json.loads(line)
        for segment in sorted((held.home / "kho1" / "audit").iterdir())
        for line in segment.read_text("utf-8").splitlines()[1:]
    ]
    accepted = [event for event in events if event["tag"] == "submission:accepted"]
    assert {event["account"] for event in accepted} == {"luutru"}
    assert all(event["os_user"] for event in accepted)
    added = next(event for event in events if event["tag"] == "agency:added")
    assert added["account"].startswith("os:")


def test_verifying_the_trail_is_for_those_who_may_read_it(held: Held) -> None:
    for account in (None, "thanhtra", "phutrach"):
        verdict = held.archive.ask("audit", "verify", account=account)
        assert verdict["ok"]
        told = {"events", "segments", "ok", "verdict", "outside", "first_bad", "given_up", "steps"}
        assert set(verdict) == told
    refused = held.archive.run("audit", "verify", "--json", account="docgia")
    assert (refused.code, refused.error["code"]) == (4, "act-not-allowed")


def test_a_checkpoint_kept_outside_is_compared_and_read_back(spoilt: Held, tmp_path: Path) -> None:
    archive, medium = spoilt.archive, tmp_path / "medium"
    medium.mkdir()
    made = archive.ask("evidence", "seal", "--to", str(medium))["checkpoint"]
    (kept,) = medium.iterdir()
    assert archive.ask("evidence", "compare", "--file", str(kept))["verdict"] == "fits"
    steps = archive.ask("audit", "verify", "--witness", str(medium))["steps"]
    proved = {step["step"]: step["until"] for step in steps if step["proved"]}
    assert proved["witnessed"] == proved["log"] == made["size"]
    root = base64.b64encode(bytes(32)).decode()
    forged = f"{made['origin']}\n{made['size']}\n{root}\n"
    told = archive.run("evidence", "compare", "--json", "--text", forged)
    assert (told.code, told.document["verdict"]) == (5, "forked")
    told = archive.run("evidence", "compare", "--json", "--text", forged.replace("\n", "\n9", 1))
    assert (told.code, told.document["verdict"]) == (5, "rolled-back")


@pytest.mark.parametrize("spoil", ["changed", "removed", "inserted"])
def test_a_segment_that_was_tampered_with_breaks_the_trail(spoilt: Held, spoil: str) -> None:
    folder = spoilt.home / "kho2" / "audit"
    segments = sorted(folder.iterdir())
    if spoil == "changed":
        segments[1].write_bytes(segments[1].read_bytes().replace(b"os:", b"OS:", 1))
    elif spoil == "removed":
        segments[1].unlink()
    else:
        (folder / "0000009999.jsonl").write_bytes(segments[1].read_bytes())
    verdict = spoilt.archive.run("audit", "verify", "--json")
    assert verdict.code == 5
    assert not verdict.document["ok"]
    assert verdict.document["first_bad"].startswith("kho2 audit/")


def test_an_event_changed_in_the_database_breaks_the_chain(spoilt: Held) -> None:
    import sqlite3

    with sqlite3.connect(spoilt.home / "archive.db") as database:
        database.execute("DROP TRIGGER audit_event_update")
        database.execute("UPDATE audit_event SET account = 'ai khác' WHERE number = 7")
    verdict = spoilt.archive.run("audit", "verify", "--json")
    assert (verdict.code, verdict.document["first_bad"]) == (5, "event 7")


def test_a_path_that_is_not_there_is_named(held: Held, tmp_path: Path) -> None:
    missing = str(tmp_path / "không có")
    told = held.archive.run("submit", missing)
    assert told.code == 2
    assert missing in told.stderr
    assert "không có tệp hay thư mục" in told.stderr
