"""What machines that watch are told: readiness, figures, and lines of the log."""

import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from pyhanko.sign.signers import SimpleSigner

from archive_service import clock, messages
from archive_service.app import create_app
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.log import configure_log
from archive_service.notices.announcements.acts import announce
from archive_service.notices.incidents import open_incident
from archive_service.services import Services
from archive_service.status.figures import Figures
from archive_service.status.health import LATE, OPENING, backends, health_of, readiness, state_of
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.browsers import browser_of, counted, more_case_files
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.crew import wait_until
from tests.worlds.servers.backends import read_settings, write_settings

QUICK_S = 0.5


@contextmanager
def mute_server() -> Iterator[int]:
    """It lets itself be called and never says a word."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(50)
        yield door.getsockname()[1]


def with_settings(home: Path, **sections: dict[str, object]) -> None:
    write_settings(home, read_settings(home) | sections)


def away(services: Services, *names: str) -> None:
    for name in names:
        place = services.settings.home / name
        place.rename(place.with_name(f"{name}-away"))


def test_one_copy_away_leaves_the_service_ready_and_degraded(app: Flask) -> None:
    services: Services = app.extensions["archive"]
    away(services, "kho1")
    told = app.test_client().get("/readyz")
    assert (told.status_code, told.get_json()["degraded"]) == (200, ["copy:kho1"])


@pytest.mark.parametrize("names", [("kho1", "kho2"), ("staging",)])
def test_without_copies_or_staging_it_is_not_ready(app: Flask, names: tuple[str, ...]) -> None:
    services: Services = app.extensions["archive"]
    away(services, *names)
    for name in names:
        (services.settings.home / name).touch()  # something that is no folder
    told = app.test_client().get("/readyz")
    assert (told.status_code, told.get_json()["ready"]) == (503, False)
    said = {
        answer.question.name: answer.detail
        for answer in health_of(services).answers()
        if not answer.ok
    }
    assert said.keys() == {name if name == "staging" else f"copy:{name}" for name in names}
    assert said.get("staging", "staging-away") == "staging-away"


def test_a_database_without_tables_is_not_ready(app: Flask) -> None:
    services: Services = app.extensions["archive"]
    services.database.close()
    (services.settings.home / "archive.db").unlink(missing_ok=True)
    told = app.test_client().get("/readyz")
    assert told.status_code == 503
    assert "database" in told.get_json()["degraded"]
    answers = {answer.question.name: answer.detail for answer in health_of(services).answers()}
    assert answers["database"] == "database-not-set-up"


def test_a_backend_that_hangs_keeps_nobody_and_holds_one_thread(home: Path) -> None:
    with mute_server() as port:
        with_settings(home, malware={"url": f"clamd://127.0.0.1:{port}"})
        with_settings(home, web={"ask_timeout_s": QUICK_S})
        with open_home(home) as services:
            client = create_app(services).test_client()
            began = time.monotonic()
            for _ in range(3):
                told = client.get("/readyz")
                assert (told.status_code, told.get_json()["degraded"]) == (200, ["malware"])
            assert time.monotonic() - began < 30
            answers = {
                answer.question.name: answer.detail for answer in health_of(services).answers()
            }
            assert answers["malware"] == LATE
            assert len(asking()) == 1


def state_of_key(services: Services) -> str:
    (row,) = [backend for backend in backends(services) if backend.port == "signing"]
    return state_of(row)


def test_a_key_says_whether_it_is_absent_or_unusable(home: Path) -> None:
    key = home / "keys" / "archive.p12"
    for make, state, badge in (
        (key.unlink, "unset", "Chưa đặt"),
        (lambda: key.write_bytes(b"no key"), "failed", "Không dùng được"),
    ):
        make()
        with open_home(home) as services:
            assert state_of_key(services) == state
            page = browser_of(create_app(services), services, "quan").get("/system").text
            assert badge in page
            assert "Khóa ký không trả lời" not in page
            failed = messages.finding("backend-failed", facts={"port": "Khóa ký"}).message
            assert (failed.partition(":")[0] in page) is (state == "failed")


def test_a_key_that_is_opened_for_the_first_time_is_no_silent_backend(home: Path) -> None:
    with_settings(home, web={"ask_timeout_s": 0.0001})  # shorter than reading any key takes
    SimpleSigner.load_pkcs12_data.cache_clear()  # type: ignore[attr-defined]  # kept by conftest.py
    with open_home(home) as services:
        health = health_of(services)
        answers = [answer for answer in health.answers() if answer.question.port == "signing"]
        assert [(answer.ok, answer.detail, answer.is_away) for answer in answers] == [
            (False, OPENING, False)
        ]
        assert readiness(answers)[1] == []
        wait_until(lambda: state_of_key(services) == "ok")


def asking() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ask malware"]


def test_no_secret_stands_in_what_backends_are_told_as(home: Path) -> None:
    with mute_server() as port:
        url = f"celery+amqp://user:s3%2Fcr%40et@127.0.0.1:{port}/vhost"
        with_settings(home, jobs={"url": url}, web={"ask_timeout_s": QUICK_S})
        with open_home(home) as services:
            answers = health_of(services).answers()
            rows = [answer.as_document().as_json() for answer in answers]
            (work,) = [row for row in rows if row["port"] == "work"]
            assert work["url"] == f"celery+amqp://user:***@127.0.0.1:{port}/vhost"
            assert "s3" not in json.dumps(rows)
            assert readiness(answers) == (True, ["work"])


def test_the_figures_tell_work_lag_ages_incidents_and_keys(app: Flask) -> None:
    services: Services = app.extensions["archive"]
    with services.writing() as session:
        services.jobs.add(session, "watch-index")
        warning = IncidentSeverity.WARNING
        open_incident(session, "search-silent", "search", severity=warning)
    client = app.test_client()
    client.get("/nothing-here")
    shown = client.get("/metrics").text
    for line in (
        'archive_queue_jobs{job="watch-index",queue="index",state="waiting"} 1.0',
        'archive_jobs{state="dead"} 0.0',
        'archive_leases{state="expired"} 0.0',
        'archive_case_files{state="stored"} 2.0',
        'archive_copy_lag{copy="kho1",what="versions"} 0.0',
        'archive_incidents{kind="search-silent",severity="warning"} 1.0',
        'archive_fixity_damaged{copy="kho2"} 0.0',
        "archive_oldest_unstored_seconds 0.0",
        "archive_figures_gathered 1.0",
    ):
        assert line in shown
    assert 'archive_store_free_bytes{copy="kho1"}' in shown
    assert 'archive_errors_total{code="' in shown


def test_the_figures_cost_a_handful_of_statements_however_much_is_held(services: Services) -> None:
    with counted(services) as few:
        Figures(services).current()
    more_case_files(services, 30)
    figures = Figures(services)
    with counted(services) as many:
        figures.current()
        figures.current()  # kept for some seconds
    assert len(many) <= len(few) + 4  # the thread that reads the keys may be at it
    assert len(many) < 25


def test_the_last_day_of_every_key_is_told(app: Flask) -> None:
    client = app.test_client()
    until = time.monotonic() + 60
    while 'archive_key_expiry_days{key="archive"}' not in client.get("/metrics").text:
        assert time.monotonic() < until, "it was not told"
        time.sleep(0.5)


def lines(told: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    configure_log(as_json=True)
    yield capsys
    configure_log(quiet=True)


def test_a_request_has_an_id_and_its_lines_say_whose_and_about_what(
    services: Services, app: Flask, logged: pytest.CaptureFixture[str]
) -> None:
    configure_log(as_json=True)
    program = program_of(app, services, "lan")
    told = program.get(f"/case-files/{OPEN_CODE}", headers={"X-Request-Id": "a-sane-id.42"})
    assert told.headers["X-Request-Id"] == "a-sane-id.42"
    (line,) = [entry for entry in lines(logged.readouterr().err) if entry["event"] == "request"]
    assert line["request_id"] == "a-sane-id.42"
    assert (line["account"], line["case_file"], line["status"]) == ("lan", OPEN_CODE, 200)
    for strange in ("short", "x" * 65, "two words", 'a"b{}c-d-e'):
        made = app.test_client().get("/healthz", headers={"X-Request-Id": strange})
        assert made.headers["X-Request-Id"] != strange
        assert len(made.headers["X-Request-Id"]) == 32


def test_no_line_holds_what_was_searched_for_or_a_title(
    services: Services, app: Flask, logged: pytest.CaptureFixture[str]
) -> None:
    configure_log(as_json=True)
    browser_of(app, services, "lan").get("/search?q=ho+ten+nguoi+benh")
    told = logged.readouterr().err
    assert "nguoi" not in told
    assert '"endpoint": "search.show"' in told


def test_the_lines_of_a_job_carry_its_ids(
    services: Services, logged: pytest.CaptureFixture[str]
) -> None:
    configure_log(as_json=True)
    with services.writing() as session:
        services.jobs.add(session, "watch-copies")
    do_all(services)
    (line,) = [entry for entry in lines(logged.readouterr().err) if entry["event"] == "job"]
    assert (line["job"], line["outcome"]) == ("watch-copies", "done")
    assert len(str(line["job_id"])) == 36


def test_during_maintenance_one_reads_and_does_not_write(services: Services, app: Flask) -> None:
    officer, admin = program_of(app, services, "bach"), browser_of(app, services, "quan")
    end = clock.now() + dt.timedelta(hours=1)
    told = announce(services, "Bảo trì kho", ends_at=end, maintenance=True, actor=OPERATOR)
    refused = officer.post("/submissions")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "maintenance")
    assert refused.headers["Retry-After"]
    assert officer.get("/submissions").status_code == 200
    page = browser_of(app, services, "lan").get("/desk").text
    assert "Bảo trì kho" in page
    assert "Hiện chỉ đọc được" in page
    assert "Bảo trì kho" in app.test_client().get("/sign-in").text
    shown = admin.get("/system/announcements").text
    assert f"/system/announcements/{told['id']}/withdraw" in shown


def test_during_maintenance_no_account_writes_by_the_command_either(services: Services) -> None:
    archive = Command(services.settings.home)
    end = clock.now() + dt.timedelta(hours=1)
    announce(services, "Bảo trì kho", ends_at=end, maintenance=True, actor=OPERATOR)
    place = ("hold", "place", OPEN_CODE, "--reason", "kiểm tra", "--authority", "01/QĐ")
    for line, account in ((("submit", archive.home), "bach"), (place, "hung")):
        refused = archive.run(*line, "--json", account=account)
        assert (refused.code, refused.error["code"]) == (6, "maintenance")
    assert archive.ask("hold", "list", account="bach") == {"holds": []}
    assert archive.run("delegation", "list", account="bach").code == 0
    assert archive.run("submit", archive.home, "--json").error["code"] != "maintenance"
