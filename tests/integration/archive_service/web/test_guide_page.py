"""The page of guides: one's own first, every other one, and nothing else of the machine."""

import pytest
from flask import Flask

from archive_service.services import Services
from archive_service.web.guide import ROLES, TOPICS
from tests.worlds.browsers import browser_of


def test_the_guide_of_the_role_opens_first(app: Flask, services: Services) -> None:
    answer = browser_of(app, services, "lan").get("/guide")
    assert answer.location == "/guide/archivist"


@pytest.mark.parametrize("name", ROLES + TOPICS)
def test_everybody_may_read_every_guide(app: Flask, services: Services, name: str) -> None:
    answer = browser_of(app, services, "lan").get(f"/guide/{name}")
    assert answer.status_code == 200
    assert f'href="/guide/{name}" aria-current="page"' in answer.text


@pytest.mark.parametrize("name", ["operator", "..%2F..%2FREADME", "station.md", "Station"])
def test_there_is_no_guide_of_another_name(app: Flask, services: Services, name: str) -> None:
    assert browser_of(app, services, "lan").get(f"/guide/{name}").status_code == 404


def test_who_is_not_signed_in_is_asked_to(app: Flask) -> None:
    answer = app.test_client().get("/guide/archivist")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
