"""Whatever is sent to a door is refused in words: never a crash, never a silence of a backend."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Rule, UnicodeConverter
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.request import PAGE_FIELDS
from archive_service.services import Services
from tests.worlds.archive import copy_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, program_of, session_token
from tests.worlds.matrix import Asked, Doors

# Who may do most, in this order: each door is tried by the first whom it lets in.
WHO = ("lan", "hung", "quan", "bach")
LARGE = "9223372036854775808"  # one more than 64 bits hold
WORDS = ("\0", LARGE, "x" * 60_000)
JSON = (f'"{LARGE}"', LARGE, '"\\ud800"', '"\\u0000"', "[[]]", "null")  # half a character is one
BODIES = (
    (b"", "application/json"),
    (b"\xff\xfe{}", "application/json"),
    (b"[" * 20_000, "application/json"),
    (b"--b\r\n", "multipart/form-data; boundary=b"),
    (b"<a", "application/xml"),
)
names: set[str] = set()


class Overheard(ImmutableMultiDict[str, Any]):
    """Fields as a route reads them: their names are noted."""

    def __getitem__(self, key: str) -> Any:
        names.add(key)
        return super().__getitem__(key)

    def get(self, key: str, *more: Any, **named: Any) -> Any:
        names.add(key)
        return super().get(key, *more, **named)

    def getlist(self, key: str, *more: Any, **named: Any) -> Any:
        names.add(key)
        return super().getlist(key, *more, **named)


@pytest.fixture(scope="module")
def services(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = copy_home(held_home, tmp_path_factory.mktemp("bad") / "home")
    with open_home(home) as opened:
        yield opened


class Trier:
    """Sends to each door what it cannot take, and keeps what was answered with a crash."""

    def __init__(self, app: Flask, services: Services) -> None:
        self.doors = Doors(app, services, Asked())
        self.bound = app.url_map.bind("localhost")
        self.people: list[tuple[FlaskClient, dict[str, str], FlaskClient, dict[str, str]]] = []
        for name in WHO:
            program, browser = program_of(app, services, name), browser_of(app, services, name)
            bearer = {"Authorization": f"Bearer {program.token}"}
            token = {"X-CSRFToken": session_token(browser)}
            self.people.append((program.client, bearer, browser, token))
        self.crashed: list[str] = []

    def at(self, rule: Rule, method: str) -> None:
        """Everything at one door."""
        values = {name: self.doors._value(rule, name) for name in rule.arguments}
        address = self.bound.build(rule.endpoint, values, method=method)
        of_api = address.startswith(API)
        names.clear()
        client, headers = self._first_let_in(method, address, of_api=of_api)

        def send(at: str, **more: Any) -> TestResponse:
            return self._send(client, method, at, headers, **more)

        for wrong in self._wrong_addresses(rule, values, method):
            send(wrong)
        known = names - PAGE_FIELDS
        for bad in WORDS:
            if method == "GET" or of_api:
                for name in known:
                    send(address, query_string={name: bad})
            else:
                send(address, data=dict.fromkeys(known, bad))
        if method != "GET" and of_api:
            self._bodies(rule, method, address, send)

    def _first_let_in(
        self, method: str, address: str, *, of_api: bool
    ) -> tuple[FlaskClient, dict[str, str]]:
        for program, bearer, browser, token in self.people:
            client, headers = (program, bearer) if of_api else (browser, token)
            answer = self._send(client, method, address, headers)
            if answer.status_code not in (401, 403):
                break
        return client, headers

    def _wrong_addresses(self, rule: Rule, values: dict[str, object], method: str) -> Iterator[str]:
        for name, converter in rule._converters.items():
            if isinstance(converter, IntegerConverter):
                wrong: tuple[object, ...] = (1 << 70,)
            elif isinstance(converter, UnicodeConverter):
                wrong = ("\0", "x" * 5_000)
            else:
                continue
            for one in wrong:
                yield self.bound.build(rule.endpoint, {**values, name: one}, method=method)

    def _bodies(self, rule: Rule, method: str, address: str, send: Any) -> None:
        least = self.doors._sent(rule, method)
        query = least.get("query_string")
        for data, kind in BODIES:
            send(address, query_string=query, data=data, content_type=kind)
        given = least.get("json")
        if isinstance(given, dict):
            for bad in JSON:
                body = json.dumps(dict.fromkeys(given, "@")).replace('"@"', bad)
                send(address, query_string=query, data=body, content_type="application/json")

    def _send(
        self, client: FlaskClient, method: str, at: str, headers: dict[str, str], **more: Any
    ) -> TestResponse:
        answer = client.open(at, method=method, headers=headers, **more)
        if answer.status_code >= 500:
            self.crashed.append(f"{answer.status_code} {method} {at[:200]} {str(more)[:200]}")
        elif answer.status_code >= 400 and at.startswith(API):
            told = answer.get_json(silent=True) or {}
            if not (told.get("message") and told.get("remedy")):
                self.crashed.append(f"no words: {method} {at[:200]} {str(more)[:200]}")
        answer.close()
        return answer


def test_no_door_crashes_at_what_is_sent_to_it(services: Services) -> None:
    app = create_app(services)

    class Asking(app.request_class):  # type: ignore[misc,name-defined]  # a class of the application
        parameter_storage_class = Overheard

    app.request_class = Asking
    trier = Trier(app, services)
    for rule, method in trier.doors:
        if rule.rule != "/sign-out":
            trier.at(rule, method)
    assert trier.crashed == []
