"""archive status, incident and announcement: what a person at a terminal is told."""

import json
from pathlib import Path

import pytest

from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import open_incident
from tests.worlds.archive import open_home
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings

UNKNOWN = "00000000-0000-4000-8000-000000000000"
BACKENDS = [
    "database",
    "copy",
    "copy",
    "staging",
    "search",
    "malware",
    "mail",
    "timestamp",
    "signing",
]


@pytest.fixture
def command(home: Path) -> Command:
    with open_home(home) as services, services.writing() as session:
        alarm = IncidentSeverity.ALARM
        open_incident(session, "backup-missed", "/mnt/medium1", severity=alarm)
    return Command(home)


def test_status_tells_backends_counts_jobs_copies_and_incidents(command: Command) -> None:
    told = command.ask("status")
    assert [row["port"] for row in told["backends"]] == BACKENDS
    assert {row["ok"] for row in told["backends"]} == {True}
    assert told["counts"]["case_files"] == 2
    assert told["jobs"]["dead"] == 0
    assert set(told["copies"]) == {"kho1", "kho2"}
    assert told["copies"]["kho1"]["versions"] == 0
    (incident,) = told["incidents"]
    assert (incident["kind"], incident["subject"]) == ("backup-missed", "/mnt/medium1")


def test_status_is_read_on_a_terminal_in_either_language(command: Command) -> None:
    vietnamese = command.run("status").stdout
    assert "Quá hạn sao lưu" in vietnamese
    assert "Cơ sở dữ liệu" in vietnamese
    english = command.run("status", "--lang", "en").stdout
    assert "Backup overdue" in english
    assert "Case files" in english
    assert "case_files" not in vietnamese + english
    assert "answers" not in vietnamese
    assert "due_in_s" not in vietnamese
    assert "Không dùng" in vietnamese  # nobody looks for malware in this home


@pytest.mark.parametrize("account", ["quan", None])
def test_without_a_database_status_tells_what_answers_and_why_it_counts_nothing(
    home: Path, command: Command, account: str | None
) -> None:
    away = {"url": "postgresql+psycopg://archive:word@127.0.0.1:1/archive"}
    write_settings(home, read_settings(home) | {"database": away})
    answer = command.run("status", "--json", account=account)
    assert answer.code == 6
    rows = answer.document["backends"]
    assert [row["port"] for row in rows if not row["ok"]] == ["database"]
    assert answer.document["reason"] == rows[0]["detail"] == "database-unreachable"
    for name in ("counts", "jobs", "copies", "incidents"):
        assert answer.document[name] is None
    read = command.run("status", account=account)
    assert read.code == 6
    assert "Khóa ký" in read.stdout
    assert "cơ sở dữ liệu không trả lời" in read.stderr
    assert "→" in read.stderr
    assert "{" not in read.stderr


def test_lists_of_incidents_and_case_files_speak_the_language_of_the_reader(
    command: Command,
) -> None:
    incidents = command.run("incident", "list").stdout
    assert "Báo động" in incidents
    assert "opened_at" not in incidents
    cases = command.run("case", "list").stdout
    assert "Mã hồ sơ" in cases
    assert "document_count" not in cases
    assert "stored" not in cases
    assert "Severity" in command.run("incident", "list", "--lang", "en").stdout


def test_a_silent_backend_ends_status_with_6_and_the_rest_is_told(
    home: Path, command: Command
) -> None:
    (home / "kho1").rename(home / "elsewhere")
    answer = command.run("status", "--json")
    assert answer.code == 6
    assert {row["ok"] for row in answer.document["backends"]} == {True, False}
    assert answer.document["counts"]["case_files"] == 2


def test_no_password_stands_in_the_status(home: Path, command: Command) -> None:
    broker = {"url": "celery+amqp://user:pass%40word@127.0.0.1:1/vhost"}
    write_settings(home, read_settings(home) | {"jobs": broker, "web": {"ask_timeout_s": 1.0}})
    answer = command.run("status", "--json")
    assert answer.code == 6
    assert "pass" not in answer.stdout + answer.stderr
    assert "celery+amqp://user:***@127.0.0.1:1/vhost" in json.dumps(answer.document)


def test_an_incident_is_listed_taken_and_its_owner_named(command: Command) -> None:
    (incident,) = command.ask("incident", "list")["incidents"]
    assert incident["owner"] is None
    taken = command.ask("incident", "take", incident["id"], account="quan")
    assert taken["owner"] == "quan"
    shown = command.run("incident", "list").stdout
    assert "quan" in shown
    assert command.run("incident", "take", incident["id"], account="bach").code == 4
    unknown = "00000000-0000-4000-8000-000000000000"
    assert command.run("incident", "take", unknown, "--json").code == 3
    assert command.ask("incident", "list", "--closed") == {"incidents": []}


def test_an_announcement_is_made_listed_and_withdrawn(command: Command) -> None:
    when = ("--from", "2099-11-21T18:00", "--until", "21/11/2099 20:00")
    made = command.ask("announce", "Bảo trì  hệ thống", *when, "--maintenance")
    assert (made["text"], made["state"]) == ("Bảo trì hệ thống", "planned")
    assert made["starts_at"] == "2099-11-21T11:00:00.000000Z"
    assert made["ends_at"] == "2099-11-21T13:00:00.000000Z"
    (listed,) = command.ask("announcement", "list")["announcements"]
    assert listed == made
    assert command.ask("announcement", "withdraw", made["id"])["state"] == "withdrawn"
    assert command.ask("announcement", "withdraw", made["id"])["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("", "--until", "2099-01-01"), "announcement-text"),
        (("x" * 501, "--until", "2099-01-01"), "announcement-text"),
        (("x", "--until", "2020-01-01"), "announcement-span"),
        (("x", "--from", "2099-01-02", "--until", "2099-01-01"), "announcement-span"),
        (("x", "--until", "soon"), "command-usage"),
        (("x",), "command-usage"),
    ],
)
def test_what_cannot_be_announced_is_refused(
    command: Command, words: tuple[str, ...], code: str
) -> None:
    answer = command.run("announce", *words, "--json")
    assert (answer.code, answer.error["code"]) == (2, code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("incident", "take", UNKNOWN), "incident-not-found"),
        (("announcement", "withdraw", UNKNOWN), "announcement-not-found"),
        (("format", "show", UNKNOWN), "migration-batch-not-found"),
        (("backup", "minutes", "--to", "bien-ban.pdf"), "backup-run-missing"),
    ],
)
def test_what_there_is_not_is_told_as_that(
    command: Command, words: tuple[str, ...], code: str
) -> None:
    answer = command.run(*words, "--json", account=None)
    assert (answer.code, answer.error["code"]) == (3, code)


def test_who_may_not_announce_is_told_so(command: Command) -> None:
    answer = command.run("announce", "x", "--until", "2099-01-01", "--json", account="lan")
    assert (answer.code, answer.error["code"]) == (4, "act-not-allowed")
