"""A list in which nothing has the very words shows what they nearly fit, and leads back."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from archive_service.services import Services
from search.suggest import suggest
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE

SAID = "Không có mục nào có đúng những từ đã gõ"
SLIPS = [
    "trajm bowm",
    "trạmbơm",
    "trạm bơmm",
    "tram bmo",
    "trám bơm",
    "h40-18-2025-08",
]
FOLDED = SLIPS[-2:]  # documents are found by them as they are
HERE = "/case-files"


def listed(browser: FlaskClient, typed: str, **more: Any) -> str:
    page = browser.get(HERE, query_string={"q": typed, **more})
    assert page.status_code == 200
    return page.get_data(as_text=True)


def jumped(browser: FlaskClient, typed: str) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/palette", query_string={"q": typed}).get_json()
    return found


def test_a_slip_is_overlooked_where_nothing_has_the_words(app: Flask, services: Services) -> None:
    browser = browser_of(app, services, "lan")
    stranger = browser_of(app, services, "stranger")  # of another agency
    for typed in SLIPS:
        page = listed(browser, typed)
        assert OPEN_CODE in page, typed
        assert SAID in page, typed
        back = listed(browser, typed, as_typed=1)
        assert OPEN_CODE not in back
        assert SAID not in back
        assert OPEN_CODE in listed(browser, typed, nearly=1, export="csv")
        found = jumped(browser, typed)
        assert OPEN_CODE in {entry["code"] for entry in found["entries"]}, typed
        assert "told" in found or typed in FOLDED, typed
        assert OPEN_CODE not in f"{listed(stranger, typed)}{jumped(stranger, typed)}"
        assert suggest(services, typed, actor=person(services, "stranger")).suggestions == []
        suggested = suggest(services, typed, actor=person(services, "lan")).suggestions
        assert OPEN_CODE in {suggestion.code for suggestion in suggested}, typed
    assert SAID not in listed(browser, "bơm")
    assert "told" not in jumped(browser, "bơm")
    assert SAID not in listed(browser, "xyzxyz")
