"""How often a password may be tried: counted for all processes, and nobody locks an office out."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.accounts import tries
from archive_service.accounts.acts import add_account
from archive_service.accounts.tries import Place, TriesExceededError, counted
from archive_service.app import create_app
from archive_service.domain.people.account import Role
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
    assert wrong(at(app), 6) == [403] * 6
    assert wrong(at(other_process), 4) == [403] * 4
    told = sign_in(at(app), "bach", PASSWORD)
    assert told.status_code == 429
    assert 0 < int(told.headers["Retry-After"]) <= 15 * 60
    assert "Hãy thử lại sau 15 phút" in told.text


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
        assert wrong(guessing, 11, name) == [403] * 10 + [429]
    assert sign_in(at(app), "hoa").status_code == 303
    assert sign_in(known, "bach").status_code == 303
    assert sign_in(at(app, AWAY), "bach").status_code == 303


def test_a_known_browser_has_its_own_limit(app: Flask) -> None:
    known = at(app)
    assert sign_in(known, "bach").status_code == 303
    post(known, "/sign-out")
    assert wrong(known, 11) == [403] * 10 + [429]
    assert wrong(known, 1, "lan") == [403]


def test_one_name_is_not_tried_from_address_after_address(app: Flask) -> None:
    spread = [wrong(at(app, f"203.0.113.{number}"), 1)[0] for number in range(31)]
    assert spread == [403] * 30 + [429]


def test_one_address_does_not_try_name_after_name(services: Services) -> None:
    place = Place("2001:db8::1")
    most, _ = tries._OF_AN_ADDRESS
    for number in range(most):
        with counted(f"name{number}", place, database=services.database):
            pass
    neighbour = Place("2001:db8::ffff")
    with (
        pytest.raises(TriesExceededError),
        counted("one more", neighbour, database=services.database),
    ):
        raise AssertionError
    with counted("one more", Place("2001:db8:0:1::1"), database=services.database):
        pass


def test_what_went_well_is_forgotten(app: Flask) -> None:
    for _ in range(3):
        client = at(app)
        assert wrong(client, 9) == [403] * 9
        assert sign_in(client, "bach").status_code == 303


def test_own_passwords_are_tried_no_faster_than_the_door(app: Flask, services: Services) -> None:
    bach = browser_of(app, services, "bach")
    form = {"old": "wrong", "new": "mot hai ba bon nam sau", "again": "mot hai ba bon nam sau"}
    answers = [post(bach, "/account/password", **form).status_code for _ in range(11)]
    assert 429 not in answers[:10]
    assert answers[10] == 429


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
