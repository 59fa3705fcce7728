"""No other second factor takes the place of one without the old one, or without a second person."""

import datetime as dt
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import confirm
from archive_service.accounts.own_password import reset_password
from archive_service.accounts.second_factor import (
    SecondFactorRestingError,
    SecondFactorWrongError,
    require_second_factor,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.notice import Notice
from archive_service.errors import ArchiveError
from archive_service.notices.digest import make_runs
from archive_service.notices.mail_job import post_of
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, PASSWORD, head_of_agency
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import otp_of

OWN, WAITING = "/account", "/account/second-factors"
HEAD = "giamdoc"


@pytest.fixture
def archive(home: Path, services: Services) -> Command:
    head_of_agency(services)
    return Command(home)


def enrolled(archive: Command) -> str:
    made = archive.ask("account", "second-factor", HEAD)
    assert set(made) == {"name", "secret", "uri"}
    return str(made["secret"])


def decides(services: Services, otp: str) -> None:
    """What an approval asks."""
    with services.writing() as session:
        row = get_account(session, HEAD)
        require_second_factor(session, row.id, otp, home=services.settings.home)


def told(services: Services, name: str = HEAD) -> set[str]:
    with services.read_only() as session:
        row = get_account(session, name)
        return set(session.scalars(select(Notice.kind).where(Notice.account_id == row.id)))


def change(services: Services, name: str, **values: object) -> None:
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == name).values(**values))


def asked(app: Flask, services: Services) -> str:
    """The owner lost the telephone and asks at the page; the secret that waits."""
    answer = post(browser_of(app, services, HEAD), f"{OWN}/second-factor/ask", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    found = re.search(r"\b[A-Z2-7]{32}\b", answer.text)
    assert found is not None
    return found[0]


def confirmed(client: FlaskClient, **form: str) -> int:
    return post(client, f"{WAITING}/{HEAD}/confirm", **form).status_code


def refusal(services: Services, name: str) -> str:
    """The code with which this second person's confirmation is refused."""
    with services.read_only() as session:
        actor = get_account(session, name).as_actor()
    with pytest.raises(ArchiveError) as refused:
        confirm(services, HEAD, actor=actor)
    return refused.value.code


@pytest.mark.parametrize("account", [None, HEAD, "quan"])
def test_from_the_shell_nobody_puts_another_in_its_place(
    archive: Command, services: Services, account: str | None
) -> None:
    secret = enrolled(archive)
    again = archive.run("account", "second-factor", HEAD, "--json", account=account)
    assert (again.code, again.error["code"]) == (4, "second-factor-set")
    assert "Tài khoản của tôi" in again.error["remedy"]
    guessed = archive.run(
        "account", "second-factor", HEAD, "--otp", "000000", "--json", account=account
    )
    assert (guessed.code, guessed.error["code"]) == (4, "second-factor-wrong")
    decides(services, otp_of(secret))


def test_wrong_codes_count_against_the_one_whose_factor_it_is(
    archive: Command, services: Services
) -> None:
    secret = enrolled(archive)
    for _ in range(5):
        archive.run("account", "second-factor", HEAD, "--otp", "000000", "--json")
    paused = archive.run("account", "second-factor", HEAD, "--otp", otp_of(secret), "--json")
    assert paused.error["code"] == "second-factor-paused"
    with services.read_only() as session:
        row = get_account(session, HEAD)
        refused = select(AuditEvent).where(AuditEvent.tag == "account:second-factor-refused")
        assert {audit_event.subject_id for audit_event in session.scalars(refused)} == {str(row.id)}


def test_the_old_code_replaces_it_and_for_a_day_the_new_one_decides_nothing(
    archive: Command, services: Services
) -> None:
    secret = enrolled(archive)
    assert told(services) == {"second-factor-enrolled"}
    new = archive.ask("account", "second-factor", HEAD, "--otp", otp_of(secret))["secret"]
    assert told(services) == {"second-factor-enrolled", "second-factor-replaced"}
    with pytest.raises(SecondFactorRestingError):
        decides(services, otp_of(new, 1))
    day_ago = clock.now() - dt.timedelta(hours=24, minutes=1)
    change(services, HEAD, totp_replaced_at=day_ago)
    with pytest.raises(SecondFactorWrongError):
        decides(services, otp_of(secret, 1))
    decides(services, otp_of(new, 1))


def test_the_owner_is_written_to_whatever_was_chosen_and_read(
    archive: Command, services: Services
) -> None:
    address = archive.run("account", "set", HEAD, "--email", "giamdoc@sonlam.gov.vn",
                          "--digest", "none", "--no-urgent")  # fmt: skip
    assert address.code == 0
    secret = enrolled(archive)
    archive.ask("account", "second-factor", HEAD, "--otp", otp_of(secret))
    archive.ask("notice", "read", "--all", account=HEAD)
    with services.writing() as session:
        assert make_runs(session, post_of(services)) == 1


def test_who_lost_it_asks_at_the_page_and_a_second_person_confirms(
    archive: Command, app: Flask, services: Services
) -> None:
    secret = enrolled(archive)
    waits = asked(app, services)
    assert "second-factor-asked" in told(services)
    assert "second-factor-waiting" in told(services, "hung")
    with pytest.raises(SecondFactorWrongError):
        decides(services, otp_of(waits))
    second = browser_of(app, services, "hung")
    assert HEAD in second.get(WAITING).text
    assert confirmed(second) == 303
    assert "second-factor-replaced" in told(services)
    with pytest.raises(SecondFactorRestingError):
        decides(services, otp_of(waits))
    change(services, HEAD, totp_replaced_at=clock.now() - dt.timedelta(hours=25))
    with pytest.raises(SecondFactorWrongError):
        decides(services, otp_of(secret))
    decides(services, otp_of(waits, 1))
    assert confirmed(second) == 409, "it waits no more"
    assert refusal(services, "hung") == "second-factor-not-asked"


@pytest.mark.parametrize("name", [HEAD, "lan", "bach", "quan", "kiem", "binh"])
def test_neither_the_owner_nor_another_role_is_the_second_person(
    archive: Command, app: Flask, services: Services, name: str
) -> None:
    secret = enrolled(archive)
    asked(app, services)
    assert confirmed(browser_of(app, services, name)) == 403
    decides(services, otp_of(secret))


def test_the_head_of_another_agency_is_none(
    archive: Command, app: Flask, services: Services
) -> None:
    enrolled(archive)
    asked(app, services)
    with services.read_only() as session:
        other = get_account(session, "stranger").agency_id
    add_person(services, "khac", Role.HEAD)
    change(services, "khac", role=Role.AGENCY_HEAD, agency_id=other)
    client = browser_of(app, services, "khac")
    assert HEAD not in client.get(WAITING).text
    assert confirmed(client) == 403


def test_a_second_person_proves_their_own_factor_and_rests_with_a_new_one(
    archive: Command, app: Flask, services: Services
) -> None:
    enrolled(archive)
    own = archive.ask("account", "second-factor", "hung")["secret"]
    asked(app, services)
    second = browser_of(app, services, "hung")
    assert confirmed(second) == 403
    assert confirmed(second, otp="000000") == 403
    archive.ask("account", "second-factor", "hung", "--otp", otp_of(own))
    answer = post(second, f"{WAITING}/{HEAD}/confirm", otp=otp_of(own, 1))
    assert "mới dùng để quyết định được" in answer.text


def test_an_account_that_was_just_made_confirms_nothing(
    archive: Command, app: Flask, services: Services
) -> None:
    secret = enrolled(archive)
    asked(app, services)
    add_person(services, "moi", Role.HEAD)
    assert confirmed(browser_of(app, services, "moi")) == 403
    assert refusal(services, "moi") == "second-factor-second-person"
    decides(services, otp_of(secret))


def test_whose_password_an_administrator_just_set_confirms_nothing(
    archive: Command, app: Flask, services: Services
) -> None:
    enrolled(archive)
    asked(app, services)
    with services.unit_of_work() as uow:
        reset_password("hung", actor=OPERATOR, uow=uow, idle_days=45)
        uow.commit()
    change(services, "hung", password_once=False)
    assert refusal(services, "hung") == "second-factor-second-person"
    assert confirmed(browser_of(app, services, "hung")) == 403


def test_asking_takes_the_password_and_what_waits_can_be_withdrawn_or_refused(
    archive: Command, app: Flask, services: Services
) -> None:
    enrolled(archive)
    owner, second = browser_of(app, services, HEAD), browser_of(app, services, "hung")
    assert post(owner, f"{OWN}/second-factor/ask", password="x").status_code == 403
    asked(app, services)
    assert post(owner, f"{OWN}/second-factor/withdraw").status_code == 303
    assert confirmed(second) == 409
    asked(app, services)
    assert post(second, f"{WAITING}/{HEAD}/refuse").status_code == 303
    assert "second-factor-not-confirmed" in told(services)
    assert confirmed(second) == 409


def test_a_request_of_last_week_is_over(archive: Command, app: Flask, services: Services) -> None:
    enrolled(archive)
    asked(app, services)
    change(services, HEAD, totp_asked_at=clock.now() - dt.timedelta(days=8))
    assert confirmed(browser_of(app, services, "hung")) == 409


def test_at_the_own_page_the_old_code_replaces_it(
    archive: Command, app: Flask, services: Services
) -> None:
    client = browser_of(app, services, HEAD)
    assert post(client, f"{OWN}/second-factor", otp="000000").status_code == 403, "none is there"
    secret = enrolled(archive)
    assert "Thay xác thực" in client.get(OWN).text
    assert post(client, f"{OWN}/second-factor").status_code == 409
    assert post(client, f"{OWN}/second-factor", otp="000000").status_code == 403
    answer = post(client, f"{OWN}/second-factor", otp=otp_of(secret))
    assert answer.status_code == 200
    assert re.search(r"\b[A-Z2-7]{32}\b", answer.text)


def test_no_program_reaches_it(archive: Command, app: Flask, services: Services) -> None:
    enrolled(archive)
    asked(app, services)
    program = program_of(app, services, "hung")
    for path in (f"{WAITING}/{HEAD}/confirm", f"{OWN}/second-factor"):
        assert program.post(path).status_code == 404
        headers = {"Authorization": f"Bearer {program.token}"}
        assert program.client.post(path, headers=headers).status_code in (303, 400, 401)
