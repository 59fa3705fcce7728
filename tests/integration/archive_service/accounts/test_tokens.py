"""A token has a name, networks, an end and a last use; it is listed, ended and rotated."""

import datetime as dt
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.sessions import (
    LONGEST_DAYS,
    OVERLAP,
    TokenNetworkError,
    TokenTermError,
)
from archive_service.accounts.tokens import (
    NewToken,
    TokenEndedError,
    TokenNotFoundError,
    end_token,
    list_tokens,
    make_token,
    rotate_token,
)
from archive_service.domain.people.account import AccessToken, Actor, Role
from archive_service.errors import NotAllowedError
from archive_service.services import Services
from tests.worlds.archive import OPERATOR
from tests.worlds.browsers import browser_of, confirm_gains, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

AT = "/api/v1/case-files"
OFFICER = "officer"
ELSEWHERE = "10.9.9.9"


@pytest.fixture
def officer(services: Services) -> Actor:
    add_person(services, OFFICER, Role.ARCHIVIST)
    with services.read_only() as session:
        return get_account(session, OFFICER).as_actor()


def asked(app: Flask, token: str, address: str = "127.0.0.1") -> int:
    answer = app.test_client().get(
        AT,
        headers={"Authorization": f"Bearer {token}"},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer.status_code


def new(services: Services, **more: object) -> tuple[UUID, str]:
    given = NewToken.model_validate({"account": OFFICER, "scopes": ["case-file:list"], **more})
    made = make_token(services, given, actor=OPERATOR)
    return made.id, made.token


def moved(services: Services, token_id: UUID, **values: object) -> None:
    with services.writing() as session:
        session.execute(update(AccessToken).where(AccessToken.id == token_id).values(**values))


@pytest.mark.usefixtures("officer")
def test_a_token_past_its_term_or_ended_is_refused(app: Flask, services: Services) -> None:
    token_id, token = new(services)
    assert asked(app, token) == 200
    moved(services, token_id, expires_at=clock.now() - dt.timedelta(seconds=1))
    assert asked(app, token) == 401
    other_id, other = new(services)
    assert end_token(services, other_id, actor=OPERATOR).state == "ended"
    assert end_token(services, other_id, actor=OPERATOR).state == "ended"
    assert asked(app, other) == 401
    states = {
        document.id: document.state for document in list_tokens(services, actor=OPERATOR).tokens
    }
    assert (states[token_id], states[other_id]) == ("expired", "ended")
    with pytest.raises(TokenEndedError):
        rotate_token(services, other_id, actor=OPERATOR)


@pytest.mark.usefixtures("officer")
def test_no_token_is_taken_longer_than_a_year(services: Services) -> None:
    for days in (0, LONGEST_DAYS + 1):
        with pytest.raises(TokenTermError):
            new(services, days=days)
    new(services, days=LONGEST_DAYS)
    (made,) = list_tokens(services, actor=OPERATOR, account=OFFICER).tokens
    assert made.expires_at - made.created_at == dt.timedelta(days=365)


@pytest.mark.usefixtures("officer")
def test_a_token_is_taken_from_its_networks_alone(app: Flask, services: Services) -> None:
    _, token = new(services, networks=["10.1.0.0/16", "192.168.7.7"])
    places = ("10.1.2.3", "::ffff:10.1.2.3", "192.168.7.7", ELSEWHERE, "::1", "")
    assert [asked(app, token, place) for place in places] == [200, 200, 200, 401, 401, 401]
    with pytest.raises(TokenNetworkError):
        new(services, networks=["10.1.0.0/99"])


@pytest.mark.usefixtures("officer")
def test_the_last_use_is_told_with_its_place(app: Flask, services: Services) -> None:
    token_id, token = new(services, name="  Văn phòng   điện tử ")
    (before,) = list_tokens(services, actor=OPERATOR, account=OFFICER).tokens
    assert (before.name, before.used_at, before.used_from) == ("Văn phòng điện tử", None, "")
    asked(app, token, ELSEWHERE)
    (after,) = list_tokens(services, actor=OPERATOR, account=OFFICER).tokens
    assert after.id == token_id
    assert after.used_from == ELSEWHERE
    assert after.used_at is not None
    assert token not in after.model_dump_json()


@pytest.mark.usefixtures("officer")
def test_rotated_both_are_taken_for_a_day(app: Flask, services: Services) -> None:
    token_id, token = new(services, networks=["127.0.0.0/8"], days=30)
    made = rotate_token(services, token_id, actor=OPERATOR)
    assert (asked(app, token), asked(app, made.token)) == (200, 200)
    assert asked(app, made.token, ELSEWHERE) == 401
    assert made.expires_at - made.created_at == dt.timedelta(days=30)
    by_id = {document.id: document for document in list_tokens(services, actor=OPERATOR).tokens}
    assert by_id[token_id].expires_at - made.created_at == OVERLAP
    moved(services, token_id, expires_at=clock.now())
    assert (asked(app, token), asked(app, made.token)) == (401, 200)


def test_whoever_rotates_anothers_reads_nothing_with_it_alone(
    app: Flask, services: Services, officer: Actor
) -> None:
    """Who sets up accounts is told the new token, and it may all that its account reads."""
    for name, role in (("quan.tri", Role.ADMIN), ("phu.trach", Role.HEAD)):
        add_person(services, name, role)
    token_id, token = new(services, days=30)
    with services.read_only() as session:
        admin = get_account(session, "quan.tri").as_actor()
    made = rotate_token(services, token_id, actor=admin)
    assert made.state == "waiting"
    assert (asked(app, token), asked(app, made.token)) == (200, 401)
    end_of = {one.id: one.expires_at for one in list_tokens(services, actor=OPERATOR).tokens}
    confirm_gains(app, services, "phu.trach")
    assert (asked(app, token), asked(app, made.token)) == (200, 200)
    after = {one.id: one.expires_at for one in list_tokens(services, actor=OPERATOR).tokens}
    assert after[token_id] - clock.now() <= OVERLAP < end_of[token_id] - clock.now()
    own = rotate_token(services, made.id, actor=officer)
    assert (own.state, asked(app, own.token)) == ("active", 200)


def test_owners_end_their_own_and_a_program_prolongs_none(
    services: Services, officer: Actor
) -> None:
    token_id, _ = new(services)
    program = Actor(
        officer.account, officer.role, account_id=officer.account_id,
        scopes=frozenset({"case-file:list"}),
    )  # fmt: skip
    add_person(services, "la", Role.ARCHIVIST)
    with services.read_only() as session:
        stranger = get_account(session, "la").as_actor()
    for actor in (program, stranger):
        with pytest.raises(NotAllowedError):
            rotate_token(services, token_id, actor=actor)
        with pytest.raises(NotAllowedError):
            list_tokens(services, actor=actor)
    with pytest.raises(NotAllowedError):
        list_tokens(services, actor=program, own=True)
    assert [token.id for token in list_tokens(services, actor=officer, own=True).tokens] == [
        token_id
    ]
    assert list_tokens(services, actor=stranger, own=True).tokens == []
    assert end_token(services, token_id, actor=officer).state == "ended"
    with pytest.raises(TokenNotFoundError):
        end_token(services, UUID(int=1), actor=OPERATOR)


@pytest.mark.usefixtures("officer")
def test_a_token_in_an_address_is_never_taken(app: Flask, services: Services) -> None:
    _, token = new(services)
    for name in ("access_token", "token", "bearer", "Authorization"):
        answer = app.test_client().get(f"{AT}?{name}={token}")
        assert answer.status_code in (401, 422)
        assert "items" not in (answer.get_json() or {})


def test_programs_and_pages_do_the_same(app: Flask, services: Services) -> None:
    add_person(services, "quantri", Role.ADMIN)
    admin = program_of(app, services, "quantri")
    sent = {"account": "quantri", "scopes": ["status:read"], "name": "giám sát"}
    made = admin.post("/tokens", json=sent).get_json()
    add_person(services, "phutrach", Role.HEAD)
    confirm_gains(app, services, "phutrach")
    turned = admin.post(f"/tokens/{made['id']}/rotate").get_json()
    assert turned["token"] != made["token"]
    assert admin.post(f"/tokens/{turned['id']}/end").get_json()["state"] == "ended"
    listed = admin.get("/tokens?account=quantri").get_json()["tokens"]
    assert [entry["state"] for entry in listed] == ["ended", "active", "active"]
    browser = browser_of(app, services, "quantri")
    form = {"account": "quantri", "scopes": "status:read, job:list", "days": "7"}
    shown = post(browser, "/system/tokens", **form)
    assert shown.status_code == 200
    assert "Mã này chỉ hiện một lần" in shown.text
    assert "quantri" in browser.get("/system/tokens").text
    assert post(browser, "/system/tokens", **form | {"scopes": ""}).status_code == 422
    assert post(browser, "/system/tokens", **form | {"days": "x"}).status_code == 422
    assert post(browser, "/system/tokens", **form | {"networks": "x"}).status_code == 422
    assert post(browser, f"/system/tokens/{made['id']}/end").status_code == 303
    assert post(browser, f"/system/tokens/{made['id']}/rotate").status_code == 409


@pytest.mark.usefixtures("officer")
def test_the_command_lists_ends_and_rotates(services: Services) -> None:
    archive = Command(services.settings.home)
    made = archive.ask("token", "add", OFFICER, "--scope", "search", "--days", "9",
                       "--name", "tìm", "--network", "10.0.0.0/8")  # fmt: skip
    assert (made["name"], made["scopes"], made["networks"]) == (
        OFFICER, ["search"], ["10.0.0.0/8"],
    )  # fmt: skip
    turned = archive.ask("token", "rotate", made["id"])
    assert turned["token"] != made["token"]
    assert archive.ask("token", "end", made["id"])["state"] == "ended"
    listed = archive.ask("token", "list", "--account", OFFICER)["tokens"]
    assert [(entry["name"], entry["state"]) for entry in listed] == [
        ("tìm", "active"),
        ("tìm", "ended"),
    ]
    words = archive.run("token", "list")
    assert "Đã thu hồi" in words.stdout
    assert made["token"] not in words.stdout
