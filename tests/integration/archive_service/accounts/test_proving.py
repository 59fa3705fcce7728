"""Grave acts ask for a second factor shown just now: at pages, for programs and at the shell."""

import datetime as dt
import html
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.second_factor import REFUSED
from archive_service.app import create_app
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import AccessToken, Account, Role, WebSession
from archive_service.domain.retention.hold import Hold
from archive_service.request import PAGE_FIELDS
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from tests.worlds.archive import PASSWORD, open_home
from tests.worlds.browsers import post
from tests.worlds.clients import OPEN_CODE, add_person, program_of, sign_in
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings

HEAD = "phu.trach"
WORDS = {"reason": "Thanh tra năm 2026", "authority": "Quyết định số 12/QĐ-TTr"}
HOLD: dict[str, Any] = {"codes": OPEN_CODE, **WORDS}


@pytest.fixture
def secret(services: Services) -> str:
    """Of a head's second factor, in a home that no demo made."""
    return secret_of(services, HEAD, Role.HEAD)


def secret_of(services: Services, name: str, role: Role) -> str:
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    add_person(services, name, role)
    with services.read_only() as session:
        actor = get_account(session, name).as_actor()
    return enrol(services, name, actor=actor)["secret"]


def code_of(secret: str, steps: int = 0) -> str:
    """A code of now; ``steps``: of one of the next half minutes, since none is taken twice."""
    return pyotp.TOTP(secret).at(clock.now() + dt.timedelta(seconds=30 * steps))


def let_pass(services: Services, minutes: int) -> None:
    """So long ago every second factor was shown."""
    at = clock.now() - dt.timedelta(minutes=minutes)
    with services.writing() as session:
        for table in (WebSession, AccessToken):
            session.execute(update(table).values(proved_at=at))
        session.execute(update(Account).values(totp_step=None))


def count_holds(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(Hold)) or 0


def hidden(page: str) -> dict[str, str]:
    """What the page that asks for the code keeps of the form."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in pairs if name not in PAGE_FIELDS}


@pytest.fixture
def client(app: Flask, secret: str) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, HEAD, otp=code_of(secret)).status_code == 303
    return client


def test_a_code_of_signing_in_counts_for_five_minutes(
    services: Services, client: FlaskClient
) -> None:
    let_pass(services, 4)
    assert post(client, "/holds", **HOLD).status_code == 303
    let_pass(services, 6)
    assert post(client, "/holds", **HOLD).status_code == 403
    assert client.get("/holds").status_code == 200, "reading asks for nothing"
    assert count_holds(services) == 1


def test_the_form_is_kept_and_sent_with_the_code(
    services: Services, client: FlaskClient, secret: str
) -> None:
    let_pass(services, 6)
    asked = post(client, "/holds", **HOLD)
    assert 'name="proof"' in asked.text
    kept = hidden(asked.text)
    assert kept == HOLD
    wrong = post(client, "/holds", **kept, proof="000000")
    assert (wrong.status_code, count_holds(services)) == (403, 0)
    assert hidden(wrong.text) == HOLD
    assert 'role="alert"' in wrong.text or "Mã xác thực không đúng" in wrong.text
    with services.read_only() as session:
        refused = select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == REFUSED)
        assert session.scalar(refused) == 1
    assert post(client, "/holds", **kept, proof=code_of(secret)).status_code == 303
    assert count_holds(services) == 1
    found = client.get("/api/v1/holds").get_json()["holds"]
    lifted = post(client, f"/holds/{found[0]['id']}/lift", reason="Thanh tra đã xong")
    assert lifted.status_code == 303, "the code counts for what follows"


def test_chosen_files_are_told_to_be_chosen_again(
    services: Services, client: FlaskClient, secret: str
) -> None:
    let_pass(services, 6)
    sheet = (BytesIO(OPEN_CODE.encode()), "danh-sach.txt")
    token = hidden_token(client)
    asked = client.post("/holds", data={"csrf_token": token, **HOLD, "list": sheet})
    assert asked.status_code == 403
    assert "Tệp đã chọn không giữ lại được" in asked.text
    assert hidden(asked.text) == {"next": "/holds"}
    went = post(client, "/session/proof", next="/holds", proof=code_of(secret))
    assert (went.status_code, went.location) == (303, "/holds")
    astray = post(client, "/session/proof", next="//elsewhere.example", proof="")
    assert astray.location == "/"
    let_pass(services, 6)
    assert post(client, "/session/proof", next="/holds").status_code == 403


def hidden_token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/holds").text)
    assert found is not None
    return found.group(1)


def test_a_program_sends_the_code_in_a_header(app: Flask, services: Services, secret: str) -> None:
    program = program_of(app, services, HEAD)
    body = {"codes": [OPEN_CODE], **WORDS}
    key = {"Idempotency-Key": "giu-1"}
    bare = program.post("/holds", json=body, headers=key)
    assert (bare.status_code, bare.get_json()["code"]) == (403, "proof-old")
    assert "Second-Factor" in bare.get_json()["remedy"]
    wrong = program.post("/holds", json=body, headers=key | {"Second-Factor": "000000"})
    assert wrong.get_json()["code"] == "second-factor-wrong"
    done = program.post("/holds", json=body, headers=key | {"Second-Factor": code_of(secret)})
    assert done.status_code == 201
    hold = done.get_json()["holds"][0]["id"]
    assert program.post(f"/holds/{hold}/lift", json={"reason": "Xong"}).status_code == 200


def test_a_program_of_a_head_without_second_factor_does_nothing_that_asks_for_one(
    app: Flask, services: Services
) -> None:
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    add_person(services, HEAD, Role.HEAD)
    program = program_of(app, services, HEAD)
    body = {"codes": [OPEN_CODE], **WORDS}
    for headers in ({}, {"Second-Factor": "123456"}):
        refused = program.post("/holds", json=body, headers=headers)
        assert (refused.status_code, count_holds(services)) == (403, 0)
    assert program.get("/holds").status_code == 200, "reading asks for nothing"


def test_at_the_shell_who_logged_in_a_while_ago_logs_in_again(
    services: Services, secret: str, tmp_path: Path
) -> None:
    home = services.settings.home
    write_settings(home, read_settings(home) | {"accounts": {"shell": "login"}})
    (tmp_path / "own").mkdir()
    shell = Command(home, {"HOME": str(tmp_path / "own")})
    password = tmp_path / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    login = ("login", HEAD, "--password-file", password, "--otp")
    place = ("hold", "place", OPEN_CODE, "--json", "--reason", "Thanh tra", "--authority", "12/QĐ")
    shell.ask(*login, code_of(secret))
    let_pass(services, 6)
    refused = shell.run(*place, account=HEAD)
    assert (refused.code, refused.error["code"]) == (4, "proof-old")
    assert "archive login" in refused.error["remedy"]
    shell.ask(*login, code_of(secret))
    assert shell.run(*place, account=HEAD).code == 0


def test_whoever_has_no_second_factor_enrols_one_before_anything_else(
    app: Flask, services: Services
) -> None:
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    add_person(services, HEAD, Role.HEAD)
    client = app.test_client()
    assert sign_in(client, HEAD).status_code == 303
    for path in ("/", "/search", "/case-files"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get("/api/v1/holds").get_json()["code"] == "second-factor-enrol"
    assert post(client, "/holds", **HOLD).status_code == 303
    assert count_holds(services) == 0
    assert "đăng nhập bằng mật khẩu và xác thực thứ hai" in client.get("/account").text
    made = post(client, "/account/second-factor/begin", password=PASSWORD)
    secret = re.search(r"<dd>([A-Z2-7]{32})</dd>", made.text)
    assert secret is not None
    wrong = post(client, "/account/second-factor/finish", otp="000000")
    assert wrong.status_code == 403
    assert client.get("/search").status_code == 303
    done = post(client, "/account/second-factor/finish", otp=code_of(secret.group(1)))
    assert 'id="recovery-codes"' in done.text
    assert client.get("/search").status_code == 200
    assert post(client, "/holds", **HOLD).status_code == 303, "the code was shown just now"


def test_at_the_shell_nobody_logs_in_without_one(services: Services, tmp_path: Path) -> None:
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    add_person(services, HEAD, Role.HEAD)
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    shell = Command(services.settings.home, {"HOME": str(tmp_path)})
    refused = shell.run("login", HEAD, "--password-file", tmp_path / "password", "--json")
    assert (refused.code, refused.error["code"]) == (4, "second-factor-enrol")


def test_outside_the_office_everybody_shows_both(app: Flask, services: Services) -> None:
    secret = secret_of(services, "luu.tru", Role.ARCHIVIST)
    add_person(services, "khac", Role.ARCHIVIST)
    outside = app.test_client()
    outside.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    without = sign_in(outside, "khac")
    assert without.status_code == 403
    assert "Từ ngoài mạng cơ quan" in without.text
    asked = sign_in(outside, "luu.tru")
    assert (asked.status_code, 'name="otp"' in asked.text) == (403, True)
    assert sign_in(outside, "luu.tru", otp=code_of(secret)).status_code == 303
    assert sign_in(app.test_client(), "khac").status_code == 303


def test_who_comes_from_a_network_that_is_not_admitted_is_answered_nothing(
    services: Services,
) -> None:
    add_person(services, "khac", Role.ARCHIVIST)
    home = services.settings.home
    admitted = {"web": {"admitted": ["127.0.0.0/8", "10.1.0.0/16"]}}
    write_settings(home, read_settings(home) | admitted)
    with open_home(home) as bounded:
        narrow = create_app(bounded)
        client = narrow.test_client()
        assert sign_in(client, "khac").status_code == 303
        for address, status in (("10.1.2.3", 200), ("::ffff:10.1.2.3", 200), ("203.0.113.9", 403)):
            client.environ_base["REMOTE_ADDR"] = address
            answer = client.get("/case-files")
            assert answer.status_code == status, "a session that is open moves with its cookie"
        assert "Từ địa chỉ 203.0.113.9" in answer.text
        assert sign_in(client, "khac").status_code == 403
        told = client.get("/api/v1/openapi.json", headers={"X-Forwarded-For": "10.1.2.3"})
        assert (told.status_code, told.get_json()["code"]) == (403, "network-shut-out")
        assert client.get("/check-copy").status_code == 200
        assert client.get("/healthz").status_code == 200


def test_a_recovery_code_lets_in_and_decides_nothing(
    app: Flask, services: Services, client: FlaskClient, secret: str
) -> None:
    codes = post(client, "/account/recovery-codes", otp=code_of(secret, 1)).text
    code = re.findall(r"<li>([^<]+)</li>", codes.split('id="recovery-codes"')[1])[0]
    other = app.test_client()
    assert sign_in(other, HEAD, otp=code).status_code == 303
    assert post(other, "/holds", **HOLD).status_code == 403
    assert count_holds(services) == 0


def test_the_whole_holding_is_exported_with_a_code_alone(
    services: Services, secret: str, tmp_path: Path
) -> None:
    home = services.settings.home
    write_settings(home, read_settings(home) | {"accounts": {"shell": "login"}})
    (tmp_path / "own").mkdir()
    shell = Command(home, {"HOME": str(tmp_path / "own")})
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    shell.ask("login", HEAD, "--password-file", tmp_path / "password", "--otp", code_of(secret))
    let_pass(services, 6)
    whole = shell.run(
        "case",
        "export",
        "--all",
        "--form",
        "aip",
        "--to",
        tmp_path / "whole",
        "--json",
        account=HEAD,
    )
    assert whole.error["code"] == "proof-old"
    one = ("case", "export", OPEN_CODE, "--form", "aip", "--to", tmp_path / "one", "--json")
    assert shell.run(*one, account=HEAD).code == 0
