"""Roles that work from the office alone: nobody of them signs in, reads or acts from elsewhere."""

from collections.abc import Iterator

import pytest
from flask import Flask

from archive_service import clock
from archive_service.accounts.delegations.acts import hand_duties
from archive_service.accounts.delegations.documents import Handing
from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.domain.people.some_days import Standing
from archive_service.services import Services
from tests.worlds.archive import actor_of, open_home
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of, sign_in
from tests.worlds.servers.backends import read_settings, write_settings

OUTSIDE, OFFICE = "203.0.113.9", "10.1.2.3"
WORDS = "Người giữ vai trò này chỉ làm việc từ mạng cơ quan"


@pytest.fixture
def narrow(services: Services) -> Iterator[Services]:
    add_person(services, "truong", Role.HEAD)
    add_person(services, "luu.tru", Role.ARCHIVIST)
    home = services.settings.home
    write_settings(home, read_settings(home) | {"accounts": {"inside_only": ["head"]}})
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def app(narrow: Services) -> Flask:
    return create_app(narrow)


def test_from_outside_they_do_not_sign_in_and_others_do(app: Flask) -> None:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = OUTSIDE
    refused = sign_in(client, "truong")
    assert (refused.status_code, WORDS in refused.text) == (403, True)
    wrong = sign_in(client, "truong", "sai")
    assert WORDS not in wrong.text, "who has no password learns no role"
    assert sign_in(client, "luu.tru").status_code == 303
    client.environ_base["REMOTE_ADDR"] = OFFICE
    assert sign_in(app.test_client(), "truong").status_code == 303


def test_a_session_that_is_carried_out_of_the_office_is_answered_nothing_but_its_end(
    app: Flask,
) -> None:
    client = app.test_client()
    assert sign_in(client, "truong").status_code == 303
    for address, status in ((OFFICE, 200), (OUTSIDE, 403), (OFFICE, 200)):
        client.environ_base["REMOTE_ADDR"] = address
        assert client.get("/case-files").status_code == status
    client.environ_base["REMOTE_ADDR"] = OUTSIDE
    assert client.get("/case-files", headers={"X-Forwarded-For": OFFICE}).status_code == 403
    assert post(client, "/sign-out").status_code == 303


def test_nor_does_a_token_of_theirs_work_there(app: Flask, narrow: Services) -> None:
    for name, status in (("truong", 403), ("luu.tru", 200)):
        program = program_of(app, narrow, name)
        assert program.get("/case-files").status_code == 200
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = OUTSIDE
        headers = {"Authorization": f"Bearer {program.token}"}
        answer = client.get("/api/v1/case-files", headers=headers)
        assert answer.status_code == status


def test_nor_do_they_go_on_there_in_the_stead_of_one_who_may(app: Flask, narrow: Services) -> None:
    today = clock.today()
    given = Handing(
        receiver="truong",
        duties=[HandedDuty.RECALLS],
        first_day=today,
        last_day=today,
        reason="Đi công tác",
    )
    handed = hand_duties(narrow, given, actor=actor_of(narrow, "luu.tru"))
    assert handed.state is Standing.LIVING
    client = browser_of(app, narrow, "truong")
    assert post(client, f"/delegations/{handed.id}/act").status_code == 303
    for address, status in ((OFFICE, 200), (OUTSIDE, 403)):
        client.environ_base["REMOTE_ADDR"] = address
        assert client.get("/recalls").status_code == status
