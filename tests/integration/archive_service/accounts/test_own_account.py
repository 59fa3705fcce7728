"""One's own account: a second factor by oneself, recovery codes, sessions and last sign-ins."""

import datetime as dt
import re

import pyotp
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.own_sessions import SessionNotFoundError, end_session, list_sessions
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    require_second_factor,
)
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import NotAllowedError
from archive_service.services import Services
from tests.worlds.archive import PASSWORD
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of, session_token
from tests.worlds.command import Command

OWN = "/account"
NAME = "truongphong"


@pytest.fixture
def person(services: Services) -> Actor:
    add_person(services, NAME, Role.HEAD)
    with services.read_only() as session:
        return get_account(session, NAME).as_actor()


@pytest.fixture
def browser(app: Flask, services: Services, person: Actor) -> FlaskClient:
    return browser_of(app, services, person.account)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def begun(browser: FlaskClient) -> str:
    """The secret on the page of an enrolment that waits for its code."""
    shown = post(browser, f"{OWN}/second-factor/begin", password=PASSWORD)
    assert shown.status_code == 200, shown.text
    found = re.search(r"\b[A-Z2-7]{32}\b", shown.text)
    assert found is not None
    return found[0]


def finished(browser: FlaskClient, secret: str) -> list[str]:
    shown = post(browser, f"{OWN}/second-factor/finish", otp=code_of(secret))
    assert shown.status_code == 200, shown.text
    return re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", shown.text)


def has_factor(services: Services) -> bool:
    with services.read_only() as session:
        return get_account(session, NAME).totp_secret is not None


def test_every_field_of_the_page_is_named_by_a_label_of_its_own(
    browser: FlaskClient,
) -> None:
    def ids_of(page: str) -> list[str]:
        return re.findall(r'<[^>]*\sid="([^"]+)"', page)

    before = ids_of(browser.get(OWN).text)
    assert len(before) == len({*before})
    finished(browser, begun(browser))
    after = ids_of(browser.get(OWN).text)
    assert len(after) == len({*after})


def test_a_second_factor_is_enrolled_by_its_owner_alone(
    browser: FlaskClient, services: Services
) -> None:
    refused = post(browser, f"{OWN}/second-factor/begin", password="sai-mat-khau-roi")
    assert refused.status_code == 403
    secret = begun(browser)
    assert not has_factor(services), "it counts before its code was given"
    assert post(browser, f"{OWN}/second-factor/finish", otp="000000").status_code == 403
    assert not has_factor(services)
    codes = finished(browser, secret)
    assert has_factor(services)
    assert len(set(codes)) == 10
    assert not set(codes) & set(re.findall(r"[a-z2-9-]{14}", browser.get(OWN).text))
    assert post(browser, f"{OWN}/second-factor/begin", password=PASSWORD).status_code == 409
    assert post(browser, f"{OWN}/second-factor/finish", otp=code_of(secret)).status_code == 409


def test_the_picture_holds_the_address(browser: FlaskClient) -> None:
    shown = post(browser, f"{OWN}/second-factor/begin", password=PASSWORD).text
    drawn = re.search(r"<svg role=\"img\".*?</svg>", shown, re.DOTALL)
    assert drawn is not None
    size = int(re.findall(r'width="(\d+)"', drawn[0])[0])
    picture = Image.new("L", (size, size), 255)
    for square in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", drawn[0]):
        left, top, width, height = map(int, square)
        picture.paste(0, (left, top, left + width, top + height))
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text.startswith("otpauth://totp/")
    secrets = set(re.findall(r"\b[A-Z2-7]{32}\b", shown))
    assert len(secrets & set(re.split(r"\W", read.text))) == 1


def test_a_recovery_code_replaces_a_lost_telephone_once_and_decides_nothing(
    browser: FlaskClient, services: Services, person: Actor
) -> None:
    codes = finished(browser, begun(browser))
    home = services.settings.home
    with services.unit_of_work() as uow, pytest.raises(SecondFactorWrongError):
        require_second_factor(uow.session, person.account_id, codes[0], home=home)
    enrol(services, NAME, actor=person, otp=f" {codes[0].upper().replace('-', '')} ")
    with pytest.raises(SecondFactorWrongError):
        enrol(services, NAME, actor=person, otp=codes[0])
    made = enrol(services, NAME, actor=person, otp=codes[1])
    archive = Command(home)
    new = archive.ask("account", "recovery-codes", "--otp", code_of(made["secret"]), account=NAME)
    assert len(new["codes"]) == 10
    with pytest.raises(SecondFactorWrongError):
        enrol(services, NAME, actor=person, otp=codes[2])
    enrol(services, NAME, actor=person, otp=new["codes"][0])


def test_a_recovery_code_of_another_account_is_none(
    browser: FlaskClient, services: Services, person: Actor
) -> None:
    codes = finished(browser, begun(browser))
    add_person(services, "khac", Role.HEAD)
    with services.read_only() as session:
        other = get_account(session, "khac").as_actor()
    enrol(services, "khac", actor=other)
    with pytest.raises(SecondFactorWrongError):
        enrol(services, "khac", actor=other, otp=codes[0])
    enrol(services, NAME, actor=person, otp=codes[0])


def test_codes_are_renewed_on_the_page(browser: FlaskClient) -> None:
    secret = begun(browser)
    old = finished(browser, secret)
    assert post(browser, f"{OWN}/recovery-codes", otp=old[0]).status_code == 403
    next_step = pyotp.TOTP(secret).at(clock.now() + dt.timedelta(seconds=30))
    shown = post(browser, f"{OWN}/recovery-codes", otp=next_step)
    assert shown.status_code == 200
    assert not [code for code in old if code in shown.text]


def test_sessions_are_told_with_their_place_and_ended_one_by_one(
    app: Flask, services: Services, person: Actor, browser: FlaskClient
) -> None:
    other = app.test_client()
    other.get("/sign-in")
    form = {"name": NAME, "password": PASSWORD, "csrf_token": session_token(other)}
    entered = other.post(
        "/sign-in", data=form, environ_overrides={"REMOTE_ADDR": "10.7.7.7"},
        headers={"User-Agent": "May khac"},
    )  # fmt: skip
    assert entered.status_code == 303
    assert "Lần đăng nhập trước" in other.get(OWN).text
    shown = browser.get(OWN).text
    assert "10.7.7.7" in shown
    assert "May khac" in shown
    told = list_sessions(services, actor=person)
    assert [session.address for session in told.sessions] == ["10.7.7.7", ""]
    (theirs,) = (session for session in told.sessions if session.address == "10.7.7.7")
    assert post(browser, f"{OWN}/sessions/{theirs.id}/end").status_code == 303
    assert other.get(OWN).status_code != 200
    assert browser.get(OWN).status_code == 200
    after = list_sessions(services, actor=person)
    assert [session.address for session in after.sessions] == [""]
    assert [(session.address, session.open) for session in after.sign_ins] == [
        ("10.7.7.7", False),
        ("", True),
    ]


def test_nobody_ends_the_session_of_another(
    app: Flask, services: Services, person: Actor, browser: FlaskClient
) -> None:
    assert browser.get(OWN).status_code == 200
    add_person(services, "la", Role.HEAD)
    with services.read_only() as session:
        stranger = get_account(session, "la").as_actor()
    (mine,) = list_sessions(services, actor=person).sessions
    with pytest.raises(SessionNotFoundError):
        end_session(services, mine.id, actor=stranger)
    narrow = program_of(app, services, NAME, ["search"])
    assert narrow.get("/account/sessions").status_code == 403
    assert narrow.post(f"/account/sessions/{mine.id}/end").status_code == 403
    program = Actor(
        person.account, person.role, account_id=person.account_id, scopes=frozenset({"search"})
    )
    with pytest.raises(NotAllowedError):
        end_session(services, mine.id, actor=program)
    assert browser.get(OWN).status_code == 200


def test_programs_and_commands_tell_the_same_sessions(
    services: Services, person: Actor, browser: FlaskClient
) -> None:
    told = browser.get("/api/v1/account/sessions").get_json()
    assert [session["open"] for session in told["sessions"]] == [True]
    archive = Command(services.settings.home)
    assert archive.ask("account", "sessions", account=NAME) == told
    words = archive.run("account", "sessions", account=NAME)
    assert told["sessions"][0]["id"] in words.stdout
    ended = archive.ask("account", "end-session", told["sessions"][0]["id"], account=NAME)
    assert ended["open"] is False
    assert browser.get(OWN).status_code != 200
    (kept,) = list_sessions(services, actor=person).sign_ins
    assert kept.id == ended["id"]
