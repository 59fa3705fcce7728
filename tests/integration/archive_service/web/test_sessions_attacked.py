"""Cookies that were planted, made up or stolen, tokens in addresses, and places to be lured to."""

import hashlib

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.catalogue.use_requests.acts import grant_access_request, make_access_request
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.web.session import COOKIE
from tests.worlds.archive import PASSWORD, actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import API, RESTRICTED_CODE, add_person, program_of, sign_in

PAGE = "/notices"


def with_cookie(app: Flask, value: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, value)
    return client


def cookie_of(client: FlaskClient) -> str:
    found = client.get_cookie(COOKIE)
    assert found is not None
    return str(found.value)


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing_afterwards(
    app: Flask,
) -> None:
    planted = "x" * 43
    client = with_cookie(app, planted)
    assert sign_in(client, "bach").status_code == 303
    assert client.get(PAGE).status_code == 200
    assert cookie_of(client) != planted
    assert with_cookie(app, planted).get(PAGE).status_code == 303


def test_of_a_living_session_the_next_sign_in_makes_another(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "bach")
    before = cookie_of(client)
    other = with_cookie(app, before)
    assert post(other, "/sign-out").status_code == 303
    assert sign_in(other, "bach").status_code == 303
    assert cookie_of(other) != before
    assert client.get(PAGE).status_code == 303, "the old one ended"


def test_a_cookie_that_was_made_up_lets_nobody_in(app: Flask, services: Services) -> None:
    client = app.test_client()
    sign_in(client, "bach")
    token = cookie_of(client)
    digest = hashlib.sha256(token.encode()).hexdigest()
    token_of_program = program_of(app, services, "bach").token
    for made_up in (digest, token[:-1], token + "A", token.upper(), "bach", "", token_of_program):
        assert with_cookie(app, made_up).get(PAGE).status_code == 303, made_up
    assert client.get(PAGE).status_code == 200


def test_a_stolen_cookie_ends_with_its_session_and_with_the_password(app: Flask) -> None:
    new = "một câu hoàn toàn khác"
    change = {"old": PASSWORD, "new": new, "again": new}
    owner, other = app.test_client(), app.test_client()
    for client in (owner, other):
        assert sign_in(client, "bach").status_code == 303
    of_owner, of_other = (with_cookie(app, cookie_of(client)) for client in (owner, other))
    assert of_owner.get(PAGE).status_code == 200
    assert of_owner.post("/account/password", data=change).status_code == 403, "of no form of ours"
    assert post(owner, "/account/password", **change).status_code == 303
    assert of_other.get(PAGE).status_code == 303, "every other session ended"
    assert post(owner, "/sign-out").status_code == 303
    assert of_owner.get(PAGE).status_code == 303


@pytest.mark.parametrize("name", ["token", "access_token", "authorization", "session", COOKIE])
def test_a_token_in_an_address_or_a_cookie_is_no_token(
    app: Flask, services: Services, name: str
) -> None:
    token = program_of(app, services, "lan").token
    stranger = app.test_client()
    asked = {name: token}
    assert stranger.get(f"{API}/case-files", query_string=asked).status_code == 401
    for kind in ("Basic", "Token", ""):
        headers = {"Authorization": f"{kind} {token}".strip()}
        assert stranger.get(f"{API}/case-files", headers=headers).status_code == 401
    stranger.set_cookie(name, token)
    assert stranger.get(f"{API}/case-files").status_code == 401


@pytest.mark.parametrize(
    "place",
    [
        *("//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example"),
        *("javascript:alert(1)", "///evil.example", "http:evil.example", "@evil.example"),
        *("/%2F/evil.example/..//evil.example", " //evil.example", "/\t/evil.example"),
    ],
)
def test_nobody_is_lured_to_another_site_by_signing_in(app: Flask, place: str) -> None:
    answer = sign_in(app.test_client(), "bach", next=place)
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\")), location


def test_a_script_that_asks_for_page_after_page_has_what_was_granted_and_no_more(
    app: Flask, services: Services
) -> None:
    add_person(services, "doc.gia", Role.READER)
    add_person(services, "phu.trach", Role.HEAD)
    reader = actor_of(services, "doc.gia")
    wish = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
    asked = make_access_request(services, wish, actor=reader)
    grant_access_request(
        services, asked.id, Grant(pages="1"), actor=actor_of(services, "phu.trach")
    )
    script, other = program_of(app, services, "doc.gia"), program_of(app, services, "lan")
    at = f"/access-requests/{asked.id}/pages"
    answers = {number: script.get(f"{at}/{number}") for number in range(60)}
    assert [number for number, answer in answers.items() if answer.status_code == 200] == [1]
    assert {answer.status_code for answer in answers.values()} == {200, 404}
    assert answers[1].mimetype == "image/jpeg", "a picture with the reader at its foot, no file"
    assert other.get(f"{at}/1").status_code == 404
    stranger = browser_of(app, services, "bach")
    assert stranger.get(f"/use-requests/{asked.id}/pages/1").status_code == 404
    services.database.openings.flush()
    uses = browser_of(app, services, "lan").get(f"/case-files/{RESTRICTED_CODE}/openings")
    assert uses.status_code == 200
    assert uses.text.count("doc.gia") >= 1
