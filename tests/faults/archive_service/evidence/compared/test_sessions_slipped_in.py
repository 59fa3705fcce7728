"""An operator puts a session into the database and would act as its person."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.app import create_app
from archive_service.domain.people.account import WebSession
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, PASSWORD, new_home, open_home, person
from tests.worlds.browsers import post


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as services:
        yield services


@pytest.fixture
def browser(services: Services) -> FlaskClient:
    """Bach signed in twice: of the first time on sessions have events."""
    app = create_app(services)
    return [signed_in(app) for _ in range(2)][1]


def signed_in(app: Flask) -> FlaskClient:
    browser = app.test_client()
    browser.get("/sign-in")
    made = post(browser, "/sign-in", name="bach", password=PASSWORD)
    assert made.status_code == 303, made.text
    return browser


def change(services: Services, **values: object) -> None:
    with services.writing() as session:
        newest = session.scalars(select(WebSession).order_by(WebSession.created_at)).all()[-1]
        own = WebSession.token_sha256 == newest.token_sha256
        session.execute(update(WebSession).where(own).values(values))


def slipped_in(services: Services) -> str:
    now = clock.now()
    with services.writing() as session:
        hung = get_account(session, "hung")
        row = WebSession(token_sha256="ab" * 32, account_id=hung.id, created_at=now, seen_at=now)
        session.add(row)
    return "hung"


def of_another(services: Services) -> str:
    change(services, account_id=person(services, "hung").account_id)
    return "hung"


def for_longer(services: Services) -> str:
    change(services, created_at=clock.now() + dt.timedelta(hours=9))
    return "bach"


@pytest.mark.parametrize("attack", [slipped_in, of_another, for_longer])
def test_a_session_that_nobody_opened_so_is_named(
    services: Services, browser: FlaskClient, attack: Callable[[Services], str]
) -> None:
    assert browser.get("/").status_code in (200, 302, 303)
    assert prove_trail(services).ok
    name = attack(services)
    assert prove_trail(services).first_bad == f"account {name} session"
    check_catalogue(services, actor=OPERATOR)
    assert person(services, name).doubted


def test_one_that_was_ended_does_not_come_back(services: Services, browser: FlaskClient) -> None:
    assert post(browser, "/sign-out").status_code == 303
    assert prove_trail(services).ok
    change(services, revoked_at=None)
    assert prove_trail(services).first_bad == "account bach session"
    change(services, revoked_at=clock.now())
    assert prove_trail(services).ok
