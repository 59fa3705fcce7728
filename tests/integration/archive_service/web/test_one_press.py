"""A form that is sent again right away is done once, and answered as before."""

import datetime as dt
import io
import re
import threading

import pytest
from flask import Flask, message_flashed
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.db.claims import Claim
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.fault_report import FaultReport
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.keeping.fixity.reports import REPORT
from archive_service.services import Services
from archive_service.web.one_press import PressBusyError, wait_for
from tests.worlds.browsers import browser_of

PLACE = "/fixity/reports"


def form_of(client: FlaskClient, page: str, action: str) -> dict[str, str]:
    """The hidden fields of the page's form that goes there."""
    text = client.get(page).text
    (form,) = re.findall(rf'<form[^>]* action="{action}"[^>]*>.*?</form>', text, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def send(client: FlaskClient, path: str, fields: dict[str, str]) -> TestResponse:
    """As a browser does that goes on to another page."""
    return client.post(path, data=fields, headers={"Accept": "text/html"})


def reports(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(Act.kind == REPORT)) or 0


def test_a_second_press_is_answered_as_the_first_and_a_new_page_asks_anew(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    fields = form_of(client, "/fixity", PLACE)
    first, second = (send(client, PLACE, fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert reports(services) == 1
    assert "Đã lập báo cáo 01/BC-TV" in client.get(second.location).text
    assert send(client, PLACE, form_of(client, "/fixity", PLACE)).status_code == 303
    assert reports(services) == 2


def test_what_was_done_in_between_ends_a_press(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    fields = form_of(client, "/fixity", PLACE)
    for path in (PLACE, "/browse/forget", PLACE):
        assert send(client, path, fields).status_code == 303
    assert reports(services) == 2


def test_another_file_of_the_same_name_and_length_is_another_press(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    fields = form_of(client, "/faults/new", "/faults") | {"did": "Trang trắng khi bấm Nộp."}
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    for end in (b"1", b"2", b"2"):
        sent = {"screenshot": (io.BytesIO(out.getvalue() + end), "man-hinh.png")}
        answer = client.post("/faults", data=fields | sent, headers={"Accept": "text/html"})
        assert answer.status_code == 303
    with services.read_only() as session:
        found = session.scalars(select(FaultReport)).all()
    assert [each.has_screenshot for each in found] == [True, True]


def test_a_refused_form_is_heard_again(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    fields = form_of(client, "/fonds", "/fonds")
    answers = [send(client, "/fonds", fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_of_an_act_that_goes_on_the_second_press_is_told(services: Services) -> None:
    claim = Claim("lan", "·page", "0" * 64)
    assert wait_for(claim, services, patience_s=0) == {}
    with pytest.raises(PressBusyError):
        wait_for(claim, services, patience_s=0)


def test_an_act_that_took_longer_is_remembered_from_its_end_on(services: Services) -> None:
    claim = Claim("lan", "·page", "0" * 64)
    assert wait_for(claim, services) == {}
    with services.writing() as session:
        begun = clock.now() - dt.timedelta(minutes=5)
        session.execute(update(IdempotentRequest).values(created_at=begun))
        claim.keep(session, 303, {"location": "/fixity", "told": []})
    assert wait_for(claim, services) == {"location": "/fixity", "told": []}


def test_a_press_is_alive_as_long_as_its_act_goes_on(app: Flask, services: Services) -> None:
    def hearts() -> int:
        return sum(thread.name == "claim" for thread in threading.enumerate())

    def note(*_: object, **__: object) -> None:
        seen.append(hearts())

    client, seen = browser_of(app, services, "lan"), list[int]()
    fields = form_of(client, "/fixity", PLACE)
    with message_flashed.connected_to(note, app):  # within the act
        assert send(client, PLACE, fields).status_code == 303
    assert (seen, hearts()) == ([1], 0)
