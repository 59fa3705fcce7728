"""A refused form: the page it stood on, with what was sent in it and the refusal at its field."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.services import Services
from archive_service.web.page_forms import PageForms
from tests.worlds.archive import new_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import session_token

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}  # as a browser asks for one
TYPED = "Đơn vị Ánh “Sao” <b> & 😀"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home: Path = new_home(tmp_path_factory.mktemp("form-back") / "home")
    with open_home(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture(scope="module")
def client(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "lan")


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send a form as a browser does."""
    return client.post(path, data={"csrf_token": session_token(client), **form}, headers=PAGE)


def field_of(page: str, name: str) -> str:
    """The markup of a field and what is told right below it."""
    found = re.search(rf'<(input|textarea)[^>]* name="{name}".*?</(div|form)>', page, re.DOTALL)
    assert found is not None
    return found.group()


def kept_search(client: FlaskClient, referer: str, **form: str) -> TestResponse:
    """The form that keeps a search, as the page at ``referer`` sends it."""
    page = client.get("/search?q=don").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    sent = {"csrf_token": token.group(1), **form}
    return client.post("/search/kept", data=sent, headers=PAGE | {"Referer": referer})


def test_what_was_typed_stands_in_its_field_and_the_refusal_below_it(client: FlaskClient) -> None:
    refused = post(client, "/system/incidents", summary=TYPED * 200)
    assert refused.status_code == 422
    assert 'class="oops"' not in refused.text
    shown = field_of(refused.text, "summary")
    assert "Đơn vị Ánh “Sao” &lt;b&gt; &amp; 😀" in shown
    assert 'aria-invalid="true"' in shown
    assert 'data-refusal="form-field"' in shown
    assert refused.text.count("data-refusal=") == 1
    assert 'data-reload-at="/system/incidents"' in refused.text


def test_the_form_comes_back_on_the_page_it_stood_on(client: FlaskClient) -> None:
    refused = kept_search(client, "http://localhost/search?q=don", q="don", name="  ")
    assert refused.status_code == 422
    assert 'data-reload-at="/search?q=don"' in refused.text
    assert 'data-refusal="kept-search-name"' in field_of(refused.text, "name")


@pytest.mark.parametrize(
    "referer", ["http://elsewhere.example/search?q=don", "", "http://localhost/x"]
)
def test_a_page_that_is_none_of_ours_is_not_asked_for(client: FlaskClient, referer: str) -> None:
    refused = kept_search(client, referer, q="don", name="  ")
    assert refused.status_code == 422
    assert 'data-refusal="kept-search-name"' in refused.text or 'class="oops"' in refused.text


def test_a_form_that_expired_goes_again_as_it_was_filled(client: FlaskClient) -> None:
    old = client.post(
        "/system/incidents", data={"csrf_token": "cu", "summary": TYPED}, headers=PAGE
    )
    assert (old.status_code, 'data-refusal="form-expired"' in old.text) == (403, True)
    assert "Đơn vị Ánh" in field_of(old.text, "summary")
    fresh = re.search(
        r'action="/system/incidents".*?name="csrf_token" value="([^"]+)"', old.text, re.DOTALL
    )
    assert fresh is not None
    sent = client.post(
        "/system/incidents", data={"csrf_token": fresh.group(1), "summary": "Mất điện"}
    )
    assert sent.status_code == 303


def test_words_of_a_form_that_stands_there_no_longer_are_shown_beside_the_refusal(
    client: FlaskClient,
) -> None:
    gone = post(client, f"/search/kept/{UUID(int=7)}/rename", name="Tên mới của tìm kiếm")
    assert gone.status_code == 404
    assert "Nội dung bạn đã nhập" in gone.text
    assert "Tên mới của tìm kiếm" in gone.text


def test_a_secret_that_was_typed_is_shown_nowhere(client: FlaskClient) -> None:
    refused = post(client, "/account/tokens/none/end", new_password="mật khẩu rất dài")
    assert refused.status_code == 404
    assert "mật khẩu rất dài" not in refused.text


def test_a_program_and_a_part_of_a_page_are_answered_as_ever(client: FlaskClient) -> None:
    for headers in ({}, PAGE | {"HX-Request": "true"}):
        answer = client.post("/system/incidents", data={"summary": ""}, headers=headers)
        assert answer.status_code == 403
        assert "data-refusal" not in answer.text


@pytest.mark.parametrize(
    ("place", "path", "given", "at"),
    [
        ("/fonds", "/fonds/H40.18", {"name": "Phông", "period": TYPED, "reason": " "}, "reason"),
        ("/fonds", "/fonds/H40.18/close", {"successor": TYPED, "reason": ""}, "reason"),
        ("/fonds", "/fonds/H40.18/series", {"series_code": "", "title": TYPED}, "series_code"),
        ("/grants", "/grants", {"account": "bach", "reason": TYPED}, "first_day"),
        ("/grants/groups", "/grants/groups", {"agency": TYPED, "name": " "}, "name"),
        ("/faults/new", "/faults", {"page": TYPED, "did": " "}, "did"),
    ],
)
def test_each_refusal_stands_at_its_field_in_the_form_that_was_sent(
    client: FlaskClient, place: str, path: str, given: dict[str, str], at: str
) -> None:
    sent = {"csrf_token": session_token(client), "gives": "read", "level": "internal", **given}
    sent |= {"scope": "case-file"} if path == "/grants" else {}
    refused = client.post(path, data=sent, headers=PAGE | {"Referer": f"http://localhost{place}"})
    assert refused.status_code in (404, 422)
    read = PageForms(refused.text)
    (form,) = (form for form in read.forms if form.goes_to(path, place))
    (wrong,) = (control for control in form.typed if control.tag.get("aria-invalid"))
    assert wrong.name == at
    assert all("open" in tag.attributes for tag in form.within)
    assert "Đơn vị Ánh “Sao” &lt;b&gt;" in refused.text[form.tag.start :]
    assert refused.text.count("data-refusal=") == 1


def test_ticks_that_stand_before_their_form_belong_to_it() -> None:
    shown = '<input type="checkbox" name="code" value="1" form="put"><form id="put" method="post">'
    (form,) = PageForms(shown + "</form>").forms
    assert [control.name for control in form.controls] == ["code"]


def test_a_page_that_shows_its_own_refusals_tells_each_of_them(
    app: Flask, services: Services
) -> None:
    administrator = browser_of(app, services, "quantri")
    fields = {"name": "nguoimoi", "role": "officer", "agency": "H40.18", "display_name": "x" * 201}
    refused = post(administrator, "/system/accounts", **fields)
    assert refused.status_code == 422
    assert "Họ tên còn trống, dài quá 200 ký tự" in field_of(refused.text, "display_name")


def test_what_is_kept_is_read_in_its_order_on_a_page(client: FlaskClient) -> None:
    assert post(client, "/system/incidents", summary="Mất \u202eổ đĩa").status_code == 303
    page = client.get("/system/incidents").text
    assert "Mất &lt;U+202E&gt;ổ đĩa" in page
    assert "Mất \u202eổ đĩa</" not in page
