"""The first page of each role tells what is late and who holds it; of nothing late it is silent."""

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.services import Services
from tests.worlds.archive import open_home
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.scanning import STATION
from tests.worlds.late import LATE, let_all_be_late, watched_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(watched_home(tmp_path / "home")) as opened:
        yield opened


def told(browser: FlaskClient) -> str:
    return " ".join(html.unescape(browser.get("/late").text).split())


def test_the_first_page_of_each_role_tells_what_is_late_and_who_holds_it(
    services: Services,
) -> None:
    app = create_app(services)
    browsers = {name: browser_of(app, services, name) for name in LATE}
    assert {name: told(browser) for name, browser in browsers.items()} == dict.fromkeys(LATE, "")
    let_all_be_late(services)
    for name, (first, what, whose) in LATE.items():
        browser = browsers[name]
        assert browser.get("/").headers["Location"] == first
        assert 'hx-get="/late' in browser.get(first).text
        assert what in told(browser)
        assert whose in told(browser)
        other = "/account" if name == STATION else "/notices"
        assert 'hx-get="/late' not in browser.get(other).text
