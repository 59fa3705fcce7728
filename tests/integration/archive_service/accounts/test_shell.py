"""The shell is no way round: who a command acts for logs in, and what was reset waits."""

import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import PasswordWaitsError, SignInError, get_account
from archive_service.accounts.acts import sign_in as entered
from archive_service.accounts.gains.acts import (
    Confirmation,
    confirm_gain,
    list_gains,
    refuse_gain,
)
from archive_service.accounts.second_factor import resting_until
from archive_service.catalogue.use_requests.acts import grant_access_request, make_access_request
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.rights_gain import RightsGain
from archive_service.services import Services
from tests.worlds.archive import PASSWORD, actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, add_person, sign_in
from tests.worlds.command import PROGRAM, Command
from tests.worlds.servers.backends import read_settings, write_settings

HEAD, ADMIN = "phu.trach", "quan.tri"
LISTS = ("hold", "list")


@pytest.fixture
def people(services: Services) -> None:
    for name, role in ((HEAD, Role.HEAD), ("hai", Role.HEAD), (ADMIN, Role.ADMIN)):
        add_person(services, name, role)


@pytest.fixture
def shell(services: Services, people: None, tmp_path: Path) -> Command:
    home = services.settings.home
    write_settings(home, read_settings(home) | {"accounts": {"shell": "login"}})
    own = tmp_path / "own"
    own.mkdir()
    return Command(home, {"HOME": str(own)})


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD, encoding="utf-8")
    return file


def kept(shell: Command) -> list[Path]:
    return sorted(Path(shell.settings["HOME"]).glob(".local/state/archive-service/*"))


def test_an_account_is_named_only_after_it_logged_in(
    app: Flask, services: Services, shell: Command, password: Path
) -> None:
    assert shell.run(*LISTS, "--json", account=HEAD).error["code"] == "login-required"
    shell.ask("login", HEAD, "--password-file", password)
    (file,) = kept(shell)
    assert file.stat().st_mode & 0o777 == 0o600
    shell.ask(*LISTS, account=HEAD)
    other = shell.run(*LISTS, "--json", account="hai")  # one's session is nobody else's
    assert other.error["code"] == "login-required"
    own = browser_of(app, services, HEAD)
    page = own.get("/account").text
    assert "archive login" in page
    shell.ask("logout", HEAD)
    assert kept(shell) == []
    assert shell.run(*LISTS, "--json", account=HEAD).error["code"] == "login-required"


def test_a_password_comes_from_another_program_without_a_warning(
    shell: Command,
) -> None:
    told = subprocess.run(
        [str(PROGRAM), "--home", str(shell.home), "login", HEAD],
        check=False,
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        env=os.environ | shell.settings,
        start_new_session=True,  # no terminal is reached past the pipe
    )
    assert (told.returncode, "Warning" in told.stderr) == (0, False), told
    assert PASSWORD not in told.stderr


def test_a_session_that_was_ended_elsewhere_is_worth_nothing(
    services: Services, shell: Command, password: Path
) -> None:
    shell.ask("login", HEAD, "--password-file", password)
    shell.ask("account", "disable", HEAD)
    assert shell.run(*LISTS, "--json", account=HEAD).error["code"] == "login-required"


def test_a_wrong_password_opens_nothing(shell: Command, password: Path) -> None:
    password.write_text("sai", encoding="utf-8")
    refused = shell.run("login", HEAD, "--password-file", password, "--json")
    assert refused.error["code"] == "sign-in-refused"
    assert kept(shell) == []


def test_the_operator_makes_nobody_who_reads_alone(services: Services, shell: Command) -> None:
    assert shell.ask("account", "add", "moi", "--role", "head")["active"] is False
    made = shell.ask("account", "second-factor", HEAD)
    assert made["secret"]
    with services.read_only() as session:  # and who enrolled it does not decide with it today
        assert resting_until(get_account(session, HEAD)) is not None


def test_nobody_takes_all_away_who_could_be_the_second_person(
    services: Services, shell: Command
) -> None:
    """Else whoever disables the heads begins anew with one of their own."""
    with services.read_only() as session:
        in_use = select(Account.name).where(Account.active, Account.role == Role.HEAD)
        heads = session.scalars(in_use).all()
    done = [shell.run("account", "disable", name, "--json") for name in heads]
    assert [one.code for one in done[:-1]] == [0] * (len(heads) - 1)
    assert done[-1].error["code"] == "last-head"
    assert shell.ask("account", "add", "moi", "--role", "head")["active"] is False


def test_at_a_trusted_shell_every_event_says_so(services: Services, people: None) -> None:
    archive = Command(services.settings.home)
    archive.ask("account", "add", "moi", "--role", "reader", account=ADMIN)
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "account:added")
        found = session.scalars(query.order_by(AuditEvent.number.desc()).limit(1)).one()
    assert (found.account, found.data["shell"]) == (ADMIN, "trusted")


def test_who_sets_a_password_anew_does_not_use_it_alone(
    app: Flask, services: Services, people: None, shell: Command, tmp_path: Path
) -> None:
    client = browser_of(app, services, ADMIN)
    answer = post(client, f"/system/accounts/{HEAD}/password")
    word = answer.text.partition('id="first-password">')[2].partition("<")[0]
    refused = sign_in(app.test_client(), HEAD, word)
    assert refused.status_code == 403
    assert "người thứ hai xác nhận" in refused.text
    limits = {"idle_days": 45, "once_hours": 72}
    with services.unit_of_work() as uow, pytest.raises(PasswordWaitsError):
        entered(HEAD, word, uow=uow, **limits)
    once = tmp_path / "once"
    once.write_text(word, encoding="utf-8")
    at_shell = shell.run("login", HEAD, "--password-file", once, "--json")
    assert at_shell.error["code"] == "login-password-once"
    (asked,) = list_gains(services, actor=actor_of(services, ADMIN)).gains
    assert (asked.kind, asked.account) == ("reset", HEAD)
    confirm_gain(services, asked.id, Confirmation(), actor=actor_of(services, "hai"))
    assert sign_in(app.test_client(), HEAD, word).status_code == 303


def set_anew(app: Flask, services: Services, name: str) -> str:
    """The password, which the administrator is told."""
    answer = post(browser_of(app, services, ADMIN), f"/system/accounts/{name}/password")
    return answer.text.partition('id="first-password">')[2].partition("<")[0]


@pytest.mark.parametrize("more", ["", "asked", "granted", "station"])
def test_with_an_account_that_is_given_more_no_administrator_reads_it(
    app: Flask, services: Services, people: None, more: str
) -> None:
    """What its role opens is open to all; what it was granted, or scans, is not."""
    add_person(services, "may", Role.STATION if more == "station" else Role.READER)
    own, head = actor_of(services, "may"), actor_of(services, HEAD)
    wish = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
    if more in ("asked", "granted"):
        asked = make_access_request(services, wish, actor=own)
    if more == "granted":
        grant_access_request(services, asked.id, Grant(), actor=head)
    word = set_anew(app, services, "may")
    assert sign_in(app.test_client(), "may", word).status_code == (403 if more else 303)


def set_anew_a_day_ago(app: Flask, services: Services) -> str:
    """The same of the head, told 25 hours ago."""
    word = set_anew(app, services, HEAD)
    before = clock.now() - dt.timedelta(hours=25)
    with services.writing() as session:
        row = get_account(session, HEAD)
        asked = update(RightsGain).where(RightsGain.asked_at >= row.password_reset_at)
        session.execute(asked.values(asked_at=before))
        row.password_reset_at = before
    return word


def test_no_day_that_passes_stands_for_the_second_person(
    app: Flask, services: Services, people: None
) -> None:
    word = set_anew_a_day_ago(app, services)
    assert sign_in(app.test_client(), HEAD, word).status_code == 403
    (asked,) = list_gains(services, actor=actor_of(services, ADMIN)).gains
    confirm_gain(services, asked.id, Confirmation(), actor=actor_of(services, "hai"))
    assert sign_in(app.test_client(), HEAD, word).status_code == 303


def test_a_password_that_a_second_person_refused_is_never_taken(
    app: Flask, services: Services, people: None
) -> None:
    word = set_anew_a_day_ago(app, services)
    (asked,) = list_gains(services, actor=actor_of(services, ADMIN)).gains
    refuse_gain(services, asked.id, actor=actor_of(services, "hai"))
    with services.writing() as session:
        session.execute(update(Account).where(Account.name != HEAD).values(active=False))
    assert sign_in(app.test_client(), HEAD, word).status_code == 403
    with services.unit_of_work() as uow, pytest.raises(SignInError):
        entered(HEAD, word, uow=uow, idle_days=45, once_hours=72)


def test_it_is_taken_after_a_day_where_nobody_is_there_to_confirm_it(
    app: Flask, services: Services, people: None
) -> None:
    others = Account.name.not_in((HEAD, ADMIN))
    with services.writing() as session:
        session.execute(update(Account).where(others).values(active=False))
    word = set_anew_a_day_ago(app, services)
    assert sign_in(app.test_client(), HEAD, word).status_code == 303


def test_accounts_that_are_idle_confirm_nothing(
    app: Flask, services: Services, people: None
) -> None:
    """They sign in no more, and enabling one waits for the head that is shut out."""
    long_ago = clock.now() - dt.timedelta(days=400)
    others = Account.name.not_in((HEAD, ADMIN))
    with services.writing() as session:
        unused = {"seen_at": long_ago, "created_at": long_ago, "enabled_at": None}
        session.execute(update(Account).where(others).values(unused))
    word = set_anew_a_day_ago(app, services)
    assert sign_in(app.test_client(), HEAD, word).status_code == 303


def test_where_nobody_is_left_since_it_is_set_anew(
    app: Flask, services: Services, people: None
) -> None:
    word = set_anew_a_day_ago(app, services)
    others = Account.name.not_in((HEAD, ADMIN))
    with services.writing() as session:
        session.execute(update(Account).where(others).values(active=False))
    refused = sign_in(app.test_client(), HEAD, word)
    assert refused.status_code == 403
    assert "đặt lại mật khẩu một lần nữa" in refused.text
    word = set_anew_a_day_ago(app, services)
    assert sign_in(app.test_client(), HEAD, word).status_code == 303
