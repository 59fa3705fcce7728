"""How often a password may be tried: counted for all processes, and nobody locks an office out."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service.accounts import tries
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.guesses import GUESSED
from archive_service.accounts.tries import Place, TriesExceededError, counted
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.sign_in import SignInTry
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, PASSWORD, open_home
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import sign_in

AWAY = "203.0.113.7"


@pytest.fixture
def other_process(services: Services) -> Iterator[Flask]:
    """Another process of the same archive."""
    with open_home(services.settings.home) as opened:
        yield create_app(opened)


def at(app: Flask, address: str = "127.0.0.1") -> FlaskClient:
    """A browser that nobody has signed in from, at this address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def wrong(client: FlaskClient, times: int, name: str = "bach") -> list[int]:
    return [sign_in(client, name, "wrong").status_code for _ in range(times)]


def test_tries_are_counted_for_all_processes_and_say_when_to_come_again(
    app: Flask, other_process: Flask
) -> None:
    assert wrong(at(app), 3) == [403] * 3
    assert wrong(at(other_process), 2) == [403] * 2
    told = sign_in(at(app), "bach", PASSWORD)
    assert told.status_code == 429
    assert 0 < int(told.headers["Retry-After"]) <= 5 * 60
    assert "Hãy thử lại sau 5 phút" in told.text


def later(services: Services, minutes: int) -> None:
    """What was tried was tried so many minutes earlier."""
    with services.writing() as session:
        for row in session.scalars(select(SignInTry)):
            row.at -= dt.timedelta(minutes=minutes)


def test_each_further_pause_is_longer_and_none_is_for_ever(app: Flask, services: Services) -> None:
    assert wrong(at(app), 5) == [403] * 5
    for minutes in (5, 10, 20, 40):
        assert wrong(at(app), 1) == [429]
        later(services, minutes - 1)
        assert sign_in(at(app), "bach", PASSWORD).status_code == 429
        later(services, 1)
        assert wrong(at(app), 1) == [403]
    later(services, 80)
    assert sign_in(at(app), "bach", PASSWORD).status_code == 303


def test_a_pause_is_told_to_the_person_and_is_one_incident(app: Flask, services: Services) -> None:
    wrong(at(app), 4)
    with services.read_only() as session:
        assert not session.scalars(select(Notice).where(Notice.kind == "sign-in-paused")).all()
    assert wrong(at(app), 3) == [403, 429, 429]
    assert wrong(at(app), 5, "nobody of this name") == [403] * 5
    with services.read_only() as session:
        (notice,) = session.scalars(select(Notice).where(Notice.kind == "sign-in-paused"))
        assert notice.account_id == get_account(session, "bach").id
        (incident,) = session.scalars(select(Incident).where(Incident.kind == GUESSED))
        assert (incident.subject, incident.closed_at) == ("127.0.0.1", None)
    with services.writing() as session:
        incident = session.scalars(select(Incident).where(Incident.kind == GUESSED)).one()
        incident.seen_at -= dt.timedelta(hours=25)
    later(services, 25 * 60)
    assert sign_in(at(app), "bach").status_code == 303
    with services.read_only() as session:
        (incident,) = session.scalars(select(Incident).where(Incident.kind == GUESSED))
        assert incident.closed_at is not None


def plain(page: str) -> str:
    """A page without what is drawn anew for each form."""
    return re.sub(r'(name="csrf_token"|content|nonce)[^>]*>', "", page)


def test_a_name_of_nobody_is_paused_like_another(app: Flask) -> None:
    answers = {}
    for name in ("bach", "nobody"):
        answers[name] = [sign_in(at(app), name, "wrong") for _ in range(6)]
    for known, unknown in zip(*answers.values(), strict=True):
        assert known.status_code == unknown.status_code
        assert plain(known.text).replace("bach", "nobody") == plain(unknown.text)


def test_whoever_guesses_keeps_neither_others_nor_known_browsers_out(
    app: Flask, services: Services
) -> None:
    with services.unit_of_work() as uow:
        add_account("hoa", role=Role.READER, actor=OPERATOR, uow=uow, password=PASSWORD)
        uow.commit()
    known = at(app)
    assert sign_in(known, "bach").status_code == 303
    post(known, "/sign-out")
    guessing = at(app)
    for name in ("bach", "lan", "hung"):
        assert wrong(guessing, 6, name) == [403] * 5 + [429]
    assert sign_in(at(app), "hoa").status_code == 303
    assert sign_in(known, "bach").status_code == 303
    assert sign_in(at(app, AWAY), "bach").status_code == 303


def test_a_known_browser_has_its_own_limit(app: Flask) -> None:
    known = at(app)
    assert sign_in(known, "bach").status_code == 303
    post(known, "/sign-out")
    assert wrong(known, 6) == [403] * 5 + [429]
    assert wrong(known, 1, "lan") == [403]


def test_one_name_is_not_tried_from_address_after_address(app: Flask) -> None:
    spread = [wrong(at(app, f"203.0.113.{number}"), 1)[0] for number in range(6)]
    assert spread == [403] * 5 + [429]
    assert sign_in(at(app), "bach").status_code == 303, "those in the office go on"


@pytest.mark.parametrize("inside", [True, False])
def test_one_address_does_not_try_name_after_name(services: Services, *, inside: bool) -> None:
    place = Place("2001:db8::1", inside=inside)
    most = tries._OF_AN_OFFICE if inside else tries._OF_AN_ADDRESS
    for number in range(most):
        with counted(f"name{number}", place, database=services.database):
            pass
    neighbour = Place("2001:db8::ffff", inside=inside)
    with (
        pytest.raises(TriesExceededError),
        counted("one more", neighbour, database=services.database),
    ):
        raise AssertionError
    elsewhere = Place("2001:db8:0:1::1", inside=inside)
    with counted("one more", elsewhere, database=services.database):
        pass


def test_an_address_that_a_browser_claims_for_itself_counts_for_nothing(app: Flask) -> None:
    client = at(app, AWAY)
    for number in range(12):
        client.environ_base["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{number}"
        status = wrong(client, 1, f"name{number}")
        assert status == ([403] if number < 10 else [429])


def test_what_went_well_is_forgotten(app: Flask) -> None:
    for _ in range(3):
        client = at(app)
        assert wrong(client, 4) == [403] * 4
        assert sign_in(client, "bach").status_code == 303


def test_own_passwords_are_tried_no_faster_than_the_door(app: Flask, services: Services) -> None:
    bach = browser_of(app, services, "bach")
    form = {"old": "wrong", "new": "mot hai ba bon nam sau", "again": "mot hai ba bon nam sau"}
    answers = [post(bach, "/account/password", **form).status_code for _ in range(6)]
    assert 429 not in answers[:5]
    assert answers[5] == 429


@pytest.mark.parametrize("line", ["/\r\nSet-Cookie: a=b", "/x\ny", "/\tx", "/a\0b", "/\x85x"])
def test_a_place_to_go_on_to_with_a_broken_line_leads_to_the_first_page(
    app: Flask, line: str
) -> None:
    answer = sign_in(at(app), "bach", next=line)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    signed_in = at(app)
    sign_in(signed_in, "bach")
    answer = signed_in.get("/sign-in", query_string={"next": line})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
