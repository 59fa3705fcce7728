"""Signing in takes the second factor of who has one, and a password set anew for three days."""

import datetime as dt

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol, new_codes
from archive_service.accounts.own_password import reset_password
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from tests.worlds.archive import OPERATOR, PASSWORD
from tests.worlds.clients import add_person, sign_in

NAME = "truongphong"


def person(services: Services, role: Role) -> tuple[Actor, str]:
    """Who has a second factor, and its secret; no demo made this home."""
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    add_person(services, NAME, role)
    with services.read_only() as session:
        actor = get_account(session, NAME).as_actor()
    return actor, enrol(services, NAME, actor=actor)["secret"]


def code_of(secret: str, later_s: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now() + dt.timedelta(seconds=later_s))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.HEAD, Role.AUDITOR])
def test_who_decides_signs_in_with_both(app: Flask, services: Services, role: Role) -> None:
    _, secret = person(services, role)
    client = app.test_client()
    without = sign_in(client, NAME)
    assert without.status_code == 403
    assert 'name="otp"' in without.text
    assert 'aria-invalid="true" aria-describedby="otp-note"' in without.text
    assert client.get("/account").status_code != 200
    assert sign_in(client, NAME, otp="000000").status_code == 403
    wrong = sign_in(client, NAME, "sai-mat-khau-roi", otp=code_of(secret))
    assert wrong.status_code == 403
    assert 'name="otp"' not in wrong.text, "a wrong password tells that there is a factor"
    otp = code_of(secret)
    assert sign_in(client, NAME, otp=otp).status_code == 303
    assert client.get("/account").status_code == 200
    assert sign_in(app.test_client(), NAME, otp=otp).status_code == 403, "one code, one sign-in"


def test_a_recovery_code_signs_in_once(app: Flask, services: Services) -> None:
    actor, secret = person(services, Role.HEAD)
    code = new_codes(services, actor=actor, otp=code_of(secret))[0]
    assert sign_in(app.test_client(), NAME, otp=code).status_code == 303
    assert sign_in(app.test_client(), NAME, otp=code).status_code == 403


def test_others_and_homes_of_the_demo_are_not_asked(app: Flask, services: Services) -> None:
    person(services, Role.ARCHIVIST)
    assert sign_in(app.test_client(), NAME).status_code == 303
    add_person(services, "khac", Role.HEAD)
    with services.read_only() as session:
        enrol(services, "khac", actor=get_account(session, "khac").as_actor())
    assert sign_in(app.test_client(), "khac").status_code == 403
    (services.settings.home / DEMO_MARK).touch()
    assert sign_in(app.test_client(), "khac").status_code == 303


def test_a_code_that_is_refused_spends_no_password(app: Flask, services: Services) -> None:
    _, secret = person(services, Role.HEAD)
    with services.unit_of_work() as uow:
        _, password = reset_password(NAME, actor=OPERATOR, uow=uow, idle_days=45)
        uow.commit()
    assert sign_in(app.test_client(), NAME, password).status_code == 403
    assert sign_in(app.test_client(), NAME, password, otp=code_of(secret)).status_code == 303
    later = code_of(secret, 30)
    assert sign_in(app.test_client(), NAME, password, otp=later).status_code == 403


def test_a_password_set_anew_is_good_for_three_days(app: Flask, services: Services) -> None:
    add_person(services, NAME, Role.ARCHIVIST)
    with services.unit_of_work() as uow:
        _, password = reset_password(NAME, actor=OPERATOR, uow=uow, idle_days=45)
        uow.commit()
    for hours, status in ((73, 403), (71, 303)):
        at = clock.now() - dt.timedelta(hours=hours)
        with services.writing() as session:
            row = update(Account).where(Account.name == NAME)
            session.execute(row.values(password_reset_at=at))
        assert sign_in(app.test_client(), NAME, password).status_code == status
    assert sign_in(app.test_client(), NAME, PASSWORD).status_code == 403
