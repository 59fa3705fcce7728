"""Every event names the door that its act came by, and the trail is searched by it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.accounts.sessions import id_of_cookie
from archive_service.audit import verify_events
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.domain.people.account import WORKER, AccessToken, Role
from archive_service.door import begin_anew, came_by
from archive_service.recovery.backup.acts import RUN_TAGS, record_run, replay_run
from archive_service.services import Services
from archive_service.web.session import COOKIE
from tests.worlds.any_row import any_row
from tests.worlds.archive import PASSWORD
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import Program, add_person, program_of, sign_in
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings

HERE = "127.0.0.1"
AGENCY = SAMPLE_AGENCY.new_code


def newest(services: Services, tag: str = "group:made") -> AuditEvent:
    with services.read_only() as session:
        assert verify_events(session).ok
        own = select(AuditEvent).where(AuditEvent.tag == tag)
        return session.scalars(own.order_by(AuditEvent.number.desc()).limit(1)).one()


def test_of_a_page_its_address_and_session_are_told_and_never_the_cookie(
    app: Flask, services: Services
) -> None:
    desk = browser_of(app, services, "lan")
    cookie = desk.get_cookie(COOKIE)
    assert cookie is not None
    post(desk, "/grants/groups", name="Nhóm A", level="internal", gives="read", agency=AGENCY)
    event = newest(services)
    assert event.data["door"] == {"address": HERE, "session": id_of_cookie(cookie.value)}
    assert cookie.value not in str(event.data)


def test_who_signs_in_is_told_with_their_address(app: Flask, services: Services) -> None:
    sign_in(app.test_client(), "bach", PASSWORD)
    assert newest(services, "account:signed-in").data["door"]["address"] == HERE
    sign_in(app.test_client(), "bach", "không phải")
    assert newest(services, "account:sign-in-refused").data["door"] == {"address": HERE}


def test_a_program_is_told_by_the_name_of_its_token(app: Flask, services: Services) -> None:
    desk = browser_of(app, services, "bach")
    with services.read_only() as session:
        before = set(session.scalars(select(AccessToken.id)))
    program = Program(desk, program_of(app, services, "lan").token)  # a browser's cookie as well
    with services.read_only() as session:
        (token,) = set(session.scalars(select(AccessToken.id))) - before
    sent = {"name": "Nhóm B", "level": "internal", "agency": AGENCY}
    assert program.post("/grants/groups", json=sent).status_code == 200
    event = newest(services)
    assert event.account == "lan"
    assert event.data["door"] == {"address": HERE, "token": str(token)}


def test_at_the_shell_its_session_is_told_with_the_user_of_the_machine(
    services: Services, tmp_path: Path
) -> None:
    add_person(services, "phu.trach", Role.HEAD)
    home = services.settings.home
    write_settings(home, read_settings(home) | {"accounts": {"shell": "login"}})
    (tmp_path / "own").mkdir()
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    shell = Command(home, {"HOME": str(tmp_path / "own")})
    shell.ask("login", "phu.trach", "--password-file", tmp_path / "password")
    opened = newest(services, "account:session-opened").data["session"]
    make = ("group", "make", "--name", "Nhóm C", "--level", "internal", "--agency", AGENCY)
    shell.ask(*make, account="phu.trach")
    event = newest(services)
    assert (event.account, bool(event.os_user)) == ("phu.trach", True)
    assert event.data["door"] == {"session": opened}


def test_a_backup_comes_back_from_an_event_that_names_its_door(services: Services) -> None:
    with services.unit_of_work() as uow:
        run = any_row(uow.session, BackupRun)
        came_by(address=HERE)
        record_run(uow.session, run, RUN_TAGS[0], actor=WORKER)
        begin_anew()
        uow.commit()
        uow.session.delete(run)
        uow.session.flush()
        replay_run(uow.session, newest(services, RUN_TAGS[0]))
        assert uow.session.get_one(BackupRun, run.id).name == run.name


@pytest.mark.parametrize("by", ["address", "session"])
def test_the_trail_is_searched_by_where_an_act_came_from(
    app: Flask, services: Services, by: str
) -> None:
    desk = browser_of(app, services, "lan")
    post(desk, "/grants/groups", name="Nhóm D", level="internal", gives="read", agency=AGENCY)
    sought = newest(services).data["door"][by]
    auditor = browser_of(app, services, "kiem")
    found = auditor.get(f"/audit?address={sought}&kind=group").text
    assert "group:made" in found
    assert f'<span class="meta d-block">{HERE}</span>' in found
    assert "submission:accepted" not in auditor.get(f"/audit?address={sought}").text
    assert "Không có việc nào" in auditor.get("/audit?address=127.0.0.2").text
    program = program_of(app, services, "kiem")
    told = program.get("/audit-events", query_string={"address": sought, "kind": "group"})
    assert [one["tag"] for one in told.get_json()["events"]] == ["group:made"]
    command = Command(services.settings.home)
    (event,) = command.ask("audit", "list", "--address", sought, "--kind", "group", account="kiem")[
        "events"
    ]
    assert event["data"]["door"][by] == sought
    shown = command.run("audit", "list", "--address", sought, account="kiem").stdout
    assert HERE in shown
    assert "submission:accepted" not in shown


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_the_trail_is_asked_for_any_day_that_a_calendar_has(
    app: Flask, services: Services, name: str, day: str
) -> None:
    sought = {name: day, "field": "role"}
    assert (
        program_of(app, services, "kiem").get("/audit-events", query_string=sought).status_code
        == 200
    )
    assert browser_of(app, services, "kiem").get("/audit", query_string=sought).status_code == 200
