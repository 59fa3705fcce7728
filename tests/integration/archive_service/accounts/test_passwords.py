"""Passwords changed by their owner, set anew for one sign-in; accounts enabled again."""

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from archive_service import clock, messages
from archive_service.accounts.acts import get_account
from archive_service.accounts.own_password import SamePasswordError, change_password
from archive_service.accounts.strength import UsedPasswordError
from archive_service.domain.people.account import Account
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from tests.worlds.archive import PASSWORD
from tests.worlds.browsers import browser_of, confirm_gains, post
from tests.worlds.clients import program_of, session_token, sign_in
from tests.worlds.command import Command

NEW = "một câu hoàn toàn khác"


@pytest.fixture
def archive(home: Path) -> Command:
    return Command(home)


def reset(archive: Command, name: str) -> str:
    answer = archive.run("account", "reset-password", name, "--json")
    assert answer.code == 0, answer
    return answer.stderr.split()[1]


def enters(app: Flask, name: str, password: str) -> bool:
    return sign_in(app.test_client(), name, password).status_code == 303


def test_the_owner_changes_it_at_the_page_and_other_sessions_end(
    app: Flask, services: Services
) -> None:
    other = browser_of(app, services, "bach")
    client = browser_of(app, services, "bach")
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert post(client, "/account/password", **form | {"old": "x"}).status_code == 403
    differs = post(client, "/account/password", **form | {"again": "x"})
    assert differs.status_code == 422
    assert messages.error("passwords-differ").message in differs.text
    with services.unit_of_work() as uow:
        actor = get_account(uow.session, "bach").as_actor()
        with pytest.raises(SamePasswordError, match="same-password"):
            change_password(PASSWORD, PASSWORD, actor=actor, uow=uow)
    short = dict.fromkeys(("new", "again"), "ngắn")
    assert post(client, "/account/password", **form | short).status_code == 422
    same = dict.fromkeys(("new", "again"), PASSWORD)
    assert post(client, "/account/password", **form | same).status_code == 422
    assert post(client, "/account/password", **form).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303, "its session is over"
    assert (enters(app, "bach", PASSWORD), enters(app, "bach", NEW)) == (False, True)


def test_the_owner_changes_it_by_command_with_the_one_of_now(
    archive: Command, app: Flask, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("not this one\n", encoding="utf-8")
    new.write_text(f"{NEW}\n", encoding="utf-8")
    files = ("--old-password-file", old, "--password-file", new, "--json")
    wrong = archive.run("account", "change-password", *files, account="bach")
    assert (wrong.code, wrong.error["code"]) == (4, "password-wrong")
    old.write_text(f"{PASSWORD}\n", encoding="utf-8")
    nobody = archive.run("account", "change-password", *files)
    assert (nobody.code, nobody.error["code"]) == (3, "account-not-found")
    changed = archive.run("account", "change-password", *files, account="bach")
    assert changed.code == 0
    assert NEW not in changed.stdout + changed.stderr
    assert (enters(app, "bach", PASSWORD), enters(app, "bach", NEW)) == (False, True)


def test_one_that_was_set_anew_is_good_for_one_sign_in(
    archive: Command, app: Flask, services: Services
) -> None:
    before = browser_of(app, services, "bach")
    once = reset(archive, "bach")
    assert before.get("/account").status_code == 303, "its session is over"
    assert not enters(app, "bach", PASSWORD)
    client = app.test_client()
    assert sign_in(client, "bach", once).status_code == 303
    assert not enters(app, "bach", once)
    for path in ("/", "/search", "/notices", "/case-files"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get("/api/v1/case-files").get_json()["code"] == "password-choice"
    assert "Chọn mật khẩu của riêng bạn" in client.get("/account").text
    token = {"X-CSRFToken": session_token(client)}  # the page asks before it sends the form
    assert client.get("/session/form", headers=token).status_code == 204
    assert post(client, "/account/password", new=once, again=once).status_code == 422
    assert post(client, "/account/password", new=NEW, again=NEW).status_code == 303
    assert client.get("/notices").status_code == 200
    assert enters(app, "bach", NEW)


def test_it_may_be_used_up_by_the_command(archive: Command, app: Flask, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text(reset(archive, "bach"), encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    files = ("--old-password-file", old, "--password-file", new)
    archive.ask("account", "change-password", *files, account="bach")
    assert enters(app, "bach", NEW)


def test_one_that_was_used_up_opens_nothing_to_the_command(
    archive: Command, app: Flask, tmp_path: Path
) -> None:
    once = reset(archive, "bach")
    assert enters(app, "bach", once)
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text(once, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    files = ("--old-password-file", old, "--password-file", new, "--json")
    refused = archive.run("account", "change-password", *files, account="bach")
    assert refused.error["code"] == "password-wrong"


def test_an_administrator_sets_it_anew_at_the_page_and_others_do_not(
    app: Flask, services: Services
) -> None:
    answer = post(browser_of(app, services, "quan"), "/system/accounts/bach/password")
    assert answer.status_code == 200
    assert 'id="first-password"' in answer.text
    for name in ("bach", "lan", "hung", "kiem", "binh"):
        client = browser_of(app, services, name)
        assert post(client, "/system/accounts/quan/password").status_code in (303, 403)
        assert post(client, "/system/accounts/quan/enable").status_code in (303, 403)


def test_a_disabled_account_is_enabled_again_and_its_old_ways_in_stay_shut(
    archive: Command, app: Flask, services: Services
) -> None:
    client, program = browser_of(app, services, "bach"), program_of(app, services, "bach")
    archive.ask("account", "disable", "bach")
    admin = browser_of(app, services, "quan")
    assert "/system/accounts/bach/enable" in admin.get("/system/accounts").text
    assert post(admin, "/system/accounts/bach/enable").status_code == 303
    assert not enters(app, "bach", PASSWORD)
    confirm_gains(app, services, "hung")
    assert client.get("/notices").status_code == 303
    assert program.get("/notices").status_code == 401
    assert enters(app, "bach", PASSWORD)


def test_an_idle_account_is_enabled_again(archive: Command, app: Flask, services: Services) -> None:
    long_ago = clock.now() - dt.timedelta(days=400)
    with services.writing() as session:
        session.execute(update(Account).values(created_at=long_ago, seen_at=long_ago))
    assert archive.run("case", "list", account="bach").code == 3
    archive.ask("account", "enable", "bach")
    assert archive.run("case", "list", account="bach").code == 0
    assert archive.run("case", "list", account="lan").code == 3
    assert not enters(app, "mai", "whatever it is")


def test_no_password_opens_an_account_of_a_program(archive: Command, services: Services) -> None:
    archive.ask("account", "add", "may", "--role", "reader")
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == "may").values(role="partner"))
    refused = archive.run("account", "reset-password", "may", "--json")
    assert (refused.code, refused.error["code"]) == (4, "account-without-password")


def test_none_of_the_last_ten_is_taken_again(services: Services) -> None:
    with services.unit_of_work() as uow:
        actor = get_account(uow.session, "bach").as_actor()
        now = PASSWORD
        for number in range(10):
            then = f"câu thứ {number} của mười câu"
            change_password(now, then, actor=actor, uow=uow)
            with pytest.raises(UsedPasswordError, match="used-password"):
                change_password(then, PASSWORD, actor=actor, uow=uow)
            now = then
        change_password(now, "câu thứ mười một", actor=actor, uow=uow)
        change_password("câu thứ mười một", PASSWORD, actor=actor, uow=uow)


def test_a_reset_does_not_forget_what_was_used(archive: Command, app: Flask) -> None:
    once = reset(archive, "bach")
    client = app.test_client()
    assert sign_in(client, "bach", once).status_code == 303
    again = post(client, "/account/password", new=PASSWORD, again=PASSWORD)
    assert (again.status_code, messages.error("used-password").remedy in again.text) == (422, True)


def test_one_too_old_for_its_role_leads_to_another_before_anything_else(
    archive: Command, app: Flask, services: Services, tmp_path: Path
) -> None:
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    client, other = browser_of(app, services, "quan"), browser_of(app, services, "bach")
    with services.writing() as session:
        long_ago = clock.now() - dt.timedelta(days=61)
        session.execute(update(Account).values(created_at=long_ago, seen_at=clock.now()))
        session.execute(
            update(Account)
            .where(Account.name == "quan")
            .values(password_hash=get_account(session, "bach").password_hash)
        )
    assert other.get("/notices").status_code == 200, "its term is longer"
    answer = client.get("/notices")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get("/api/v1/case-files").get_json()["code"] == "password-old"
    assert 'name="old"' in client.get("/account").text
    file = tmp_path / "old"
    file.write_text(PASSWORD, encoding="utf-8")
    refused = archive.run("login", "quan", "--password-file", file, "--json")
    assert refused.error["code"] == "password-old"
    assert post(client, "/account/password", old="x", new=NEW, again=NEW).status_code == 403
    assert post(client, "/account/password", old=PASSWORD, new=NEW, again=NEW).status_code == 303
    assert "Đăng ký xác thực thứ hai" in client.get("/account").text, "the next step"
    (services.settings.home / DEMO_MARK).touch()
