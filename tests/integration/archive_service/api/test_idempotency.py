"""Idempotency-Key: every POST that creates tells of it, takes it, and creates once."""

import ast
import inspect
import textwrap
from typing import Any

import pytest
from flask import Flask

from archive_service.services import Services
from tests.worlds.clients import API, OPEN_CODE, RESTRICTED_CODE, Program, do_all

OPEN = f"/case-files/{OPEN_CODE}"
NEW_CODE = "H40.18.2025.21.QLCT"
OWN_WAY = f"{API}/uploads"  # tus has a way of its own to go on with what was begun
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "moves": (f"{OPEN}/moves", {"documents": [1], "to": RESTRICTED_CODE, "reason": "x"}),
    "splits": (
        f"{OPEN}/splits",
        {"documents": [1], "code": NEW_CODE, "title": "Phần hai", "reason": "x"},
    ),
    "links": (f"{OPEN}/documents/1/links", {"into": RESTRICTED_CODE, "reason": "x"}),
}


def creating(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The POSTs that answer 201, by their address."""
    return {
        path: operations["post"]
        for path, operations in spec["paths"].items()
        if "201" in operations.get("post", {}).get("responses", {}) and path != OWN_WAY
    }


def answers_once(view: Any) -> bool:
    """Whether the view, or what it calls in its own file, hands its act to ``answer_once``."""
    own = inspect.unwrap(view)
    waiting, seen = [own], set[str]()
    while waiting:
        one = waiting.pop()
        seen.add(one.__name__)
        body = ast.parse(textwrap.dedent(inspect.getsource(one)))
        called = {
            node.func.id
            for node in ast.walk(body)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if "answer_once" in called:
            return True
        here = own.__module__
        waiting += [
            found
            for other in called - seen
            if inspect.isfunction(found := own.__globals__.get(other)) and found.__module__ == here
        ]
    return False


def test_every_post_that_creates_tells_of_the_key_and_no_other(app: Flask) -> None:
    spec = app.test_client().get(f"{API}/openapi.json").get_json()
    told = {
        path
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
        for one in operation.get("parameters", ())
        if one["name"] == "Idempotency-Key"
    }
    assert told == creating(spec).keys()
    assert len(told) > 25


def test_every_post_that_creates_is_answered_once(app: Flask) -> None:
    spec = app.test_client().get(f"{API}/openapi.json").get_json()
    expected, found = creating(spec).keys(), set[str]()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API) and "POST" in (rule.methods or ()):
            parts = [text if not is_name else f"{{{text}}}" for is_name, text in rule._trace]
            address = "".join(parts).removeprefix("|")
            if answers_once(app.view_functions[rule.endpoint]):
                found.add(address)
    assert found == expected


@pytest.mark.parametrize("act", ACTS)
def test_what_is_sent_again_is_done_once(services: Services, archivist: Program, act: str) -> None:
    path, body = ACTS[act]
    key = {"Idempotency-Key": f"{act}-1"}
    first, again = (archivist.post(path, json=body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = archivist.post(path, json=body | {"reason": "y"}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency-key-used")
    do_all(services)
    assert archivist.post(path, json=body).status_code in {404, 409, 422}  # it is done already
