"""An address that takes forms alone leads back to its page when a browser asks for it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from werkzeug.routing import BaseConverter, IntegerConverter, Rule, UUIDConverter

from archive_service.app import create_app
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home
from tests.worlds.browsers import browser_of, post

LEADS_TO = {
    "/scanning/batches/2026-0001/decide": "/scanning/batches/2026-0001",
    "/scanning/batches/2026-0001/release": "/scanning/batches/2026-0001",
    "/paper/receive": "/paper",
    "/paper/boxes/H/01/remove": "/paper",
    "/signing/copies/issue": "/signing/copies",
    "/case-files/H40.18.2025.08.QLCT/holds": "/case-files/H40.18.2025.08.QLCT",
    "/sign-out": "/",
    "/desk/accept-clean": "/desk",
    "/desk/accept-warned": "/desk",
    "/file-plans/import": "/file-plans",
    "/collection/publish": "/collection",
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home: Path = new_home(tmp_path_factory.mktemp("forms") / "home")
    with open_home(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> APIFlask:
    return create_app(services)


def test_every_form_address_of_the_pages_leads_to_a_page(app: APIFlask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    rules = [one for one in app.url_map.iter_rules() if "POST" in (one.methods or ())]
    pages = [one for one in rules if not one.rule.startswith("/api/")]
    assert len(pages) > 40
    for rule in pages:
        address = _address(app, rule)
        answer = client.get(address)
        if "GET" not in (rule.methods or ()) and not _has_page(app, address):
            assert answer.status_code == 303, address
            assert _has_page(app, answer.location), (address, answer.location)
            assert address.startswith(answer.location)
        assert answer.status_code != 405, address


def test_it_is_the_page_that_the_form_stood_on(app: APIFlask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    assert {lead: client.get(lead).location for lead in LEADS_TO} == LEADS_TO


@pytest.mark.parametrize(
    ("address", "page"),
    [("/submit", "/submit"), ("/handovers", "/handovers"), ("/collection/publish", "/collection")],
)
def test_the_page_of_a_refusal_says_where_it_is_reloaded(
    app: APIFlask, services: Services, address: str, page: str
) -> None:
    client = browser_of(app, services, "lan")
    refused = post(client, address)
    assert refused.status_code >= 400, refused.text
    assert f'data-reload-at="{page}"' in refused.text
    assert "data-reload-at" not in client.get(page).text


def test_a_stranger_is_asked_to_sign_in_and_a_program_is_refused(
    app: APIFlask,
) -> None:
    client = app.test_client()
    shown = client.get("/paper/receive", follow_redirects=True)
    assert shown.request.path == "/sign-in"
    assert client.get("/api/v1/batches/2026-0001/edits").status_code == 405


def _address(app: APIFlask, rule: Rule) -> str:
    values = {name: _value(rule._converters[name]) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")


def _value(converter: BaseConverter) -> str | int | UUID:
    if isinstance(converter, UUIDConverter):
        return uuid4()
    return 2025 if isinstance(converter, IntegerConverter) else "X1"


def _has_page(app: APIFlask, address: str) -> bool:
    return app.url_map.bind("localhost").test(address, method="GET")
