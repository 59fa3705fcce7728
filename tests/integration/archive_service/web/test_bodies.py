"""How much of a body is read, and what of it stays in memory: at every route there is."""

import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from archive_service.request import Body, taken_by
from archive_service.services import Services
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, OPEN_CODE, Program, program_of, session_token

MIB = 1 << 20
HUGE = 300 * MIB
NOBODY = "00000000-0000-4000-8000-000000000001"
KINDS = {
    "application/json": b'{"reason": "',
    "application/x-www-form-urlencoded": b"reason=",
    "application/xml": b"<a>",
    "multipart/form-data; boundary=b": b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
}


class Body300(io.RawIOBase):
    """A body that is made as it is read, and knows how much of it was."""

    def __init__(self, head: bytes, size: int = HUGE) -> None:
        self.head, self.size, self.count = head, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of bytes alone
        wanted = min(len(buffer), self.size - self.count)
        buffer[:wanted] = (self.head[self.count :] + b"x" * wanted)[:wanted]
        self.count += wanted
        return wanted


def sent(body: io.RawIOBase, kind: str, announced: int | None) -> dict[str, Any]:
    """The request as a server hands it over; with no length announced it comes in chunks."""
    told = {"wsgi.input": body, "CONTENT_TYPE": kind}
    if announced is None:
        return told | {"wsgi.input_terminated": True}
    return told | {"CONTENT_LENGTH": str(announced)}


def changing(app: Flask) -> list[tuple[str, str, Rule]]:
    """Every address that takes a body, its method and its rule."""
    found = []
    for rule in app.url_map.iter_rules():
        address = rule.rule.replace("<uuid:", f"{NOBODY}<").replace("<int:", "1<")
        address = re.sub(r"(?<=[1-9])<\w+>", "", re.sub(r"/<(\w+:)?\w+>", "/x", address))
        methods = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        found += [(method, address, rule) for method in methods]
    return sorted(found, key=lambda one: one[1] == "/sign-out")  # who asks stays signed in


def in_memory(taken: Body, kind: str) -> int:
    """How much a route may read of what is no file; what is neither form nor JSON it streams."""
    if kind == "application/xml" and taken in (Body.PAPER, Body.FILES):
        return HUGE
    if taken is Body.FILES and "multipart" in kind:
        return 16 * MIB
    return 4 * MIB if taken in (Body.LIST, Body.FILES) else MIB


@pytest.mark.parametrize(
    ("kind", "announced"),
    [("json", True), ("json", False), ("urlencoded", True), ("form-data", False)],
)
def test_no_route_reads_more_than_it_takes(
    app: Flask,
    services: Services,
    kind: str,
    announced: bool,  # noqa: FBT001 - a case of the table
) -> None:
    kind = next(one for one in KINDS if kind in one)
    client = browser_of(app, services, "bach")
    accept = "application/json" if kind == "application/json" else "text/html"
    headers = {"X-CSRFToken": session_token(client), "Accept": accept}
    routes = changing(app)
    assert len(routes) > 300
    for method, address, rule in routes:
        body = Body300(KINDS[kind])
        answer = client.open(
            address,
            method=method,
            headers=headers,
            environ_overrides=sent(body, kind, HUGE if announced else None),
        )
        taken = taken_by(app.view_functions[rule.endpoint]).body
        assert answer.status_code < 500, f"{method} {address}"
        assert body.count <= in_memory(taken, kind) + 128 * 1024, f"{method} {address}"
        if announced and taken in (Body.FORM, Body.LIST):
            assert body.count == 0, f"{method} {address}"


def test_what_is_announced_as_too_long_is_refused_unread_and_in_words(
    app: Flask, archivist: Program
) -> None:
    body = Body300(KINDS["application/json"], 2 * MIB)
    refused = archivist.post(
        f"/holds/{NOBODY}/lift",
        environ_overrides=sent(body, "application/json", body.size),
    )
    assert (refused.status_code, refused.get_json()["code"]) == (413, "body-too-large")
    assert body.count == 0


def test_only_who_may_send_files_sends_more_than_a_form(app: Flask, reader: Program) -> None:
    body = Body300(b"PK", 2 * MIB)
    refused = reader.post(
        "/submissions", environ_overrides=sent(body, "application/zip", body.size)
    )
    assert (refused.status_code, refused.get_json()["code"]) == (403, "act-not-allowed")
    assert body.count == 0


def test_a_stranger_sends_no_more_than_the_form_of_signing_in(app: Flask) -> None:
    body = Body300(KINDS["application/x-www-form-urlencoded"], 65 * 1024)
    answer = app.test_client().post(
        "/sign-in",
        environ_overrides=sent(body, "application/x-www-form-urlencoded", body.size),
    )
    assert (answer.status_code, body.count) == (413, 0)


def parts(sizes: list[int], head: str) -> Iterator[bytes]:
    """A multipart body of so many parts."""
    for number, size in enumerate(sizes):
        yield f"--b\r\n{head.format(number)}\r\n\r\n".encode()
        yield from (b"x" * min(MIB, size - at) for at in range(0, size, MIB))
        yield b"\r\n"
    yield b"--b--\r\n"


class Parts(io.RawIOBase):
    """The same as a stream."""

    def __init__(self, sizes: list[int], head: str) -> None:
        self.pieces, self.left = parts(sizes, head), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of bytes alone
        if not self.left:
            self.left = next(self.pieces, b"")
        piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def peak_of(client: FlaskClient, path: str, body: io.RawIOBase, **headers: str) -> tuple[int, int]:
    """The status, and the most memory that the request took."""
    tracemalloc.start()
    try:
        answer = client.post(
            path,
            headers=headers,
            environ_overrides=sent(body, "multipart/form-data; boundary=b", None),
        )
        return answer.status_code, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


FILE = 'Content-Disposition: form-data; name="files"; filename="{}.pdf"'
FIELD = 'Content-Disposition: form-data; name="f{}"'


@pytest.mark.parametrize(
    ("sizes", "head"),
    [
        ([900_000] * 80, FILE),
        ([80 * MIB], FILE),
        ([900_000] * 80, FIELD),
    ],
    ids=["many files", "a large file", "many fields"],
)
def test_files_wait_on_disk_and_what_is_no_file_is_bounded(
    app: Flask, services: Services, sizes: list[int], head: str
) -> None:
    program = program_of(app, services, "bach")
    token = {"Authorization": f"Bearer {program.token}"}
    peak_of(program.client, f"{API}/submissions", Parts([1], FILE), **token)  # what is loaded once
    status, peak = peak_of(program.client, f"{API}/submissions", Parts(sizes, head), **token)
    assert status in (413, 422)
    assert peak < 48 * MIB, peak
    assert list(services.work_folder.iterdir()) == []


def test_every_file_of_a_form_keeps_its_own_bytes(app: Flask, officer: Program) -> None:
    case = {"case_file": json.dumps({"fileCode": OPEN_CODE})}
    files = [(io.BytesIO(str(n).encode() * 5000), f"{n}.txt") for n in range(40)]
    answer = officer.post(
        "/submissions",
        data=case | {"files": files, "documents": "[]"},
        content_type="multipart/form-data",
    )
    assert answer.status_code in (201, 422), answer.text
