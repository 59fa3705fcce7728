"""The register at both desks: sent, announced, answered, and its answer read, at a browser."""

import datetime as dt
import io
import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.app import create_app
from archive_service.services import Services
from retention.transfer.given import Withdrawal
from retention.transfer.network.exchange import EXCHANGE_JOB
from retention.transfer.register.answer import withdraw
from retention.transfer.register.read_register import read_register
from tests.worlds.archive import HISTORICAL_CODE, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, session_token
from tests.worlds.transfer.networked import networked
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.replies import shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
WHY = "Không thuộc thành phần nộp lưu"


def desk(services: Services) -> FlaskClient:
    app: Flask = create_app(services)
    return browser_of(app, services, "lan")


def upload(client: FlaskClient, path: str, data: bytes) -> TestResponse:
    file = (io.BytesIO(data), "answer-001.xml")
    given = {"csrf_token": session_token(client), "answer_file": file}
    return client.post(path, data=given, content_type="multipart/form-data")


def message_on(client: FlaskClient, at: str, kind: str) -> bytes:
    """The newest message of this kind, as the page links to it."""
    found = re.search(rf'href="({at}/messages/{kind}-out-\d+\.xml)"', client.get(at).text)
    assert found is not None
    return bytes(client.get(found[1]).data)


def test_a_register_goes_by_file_and_its_answer_comes_back_so(two: TwoArchives) -> None:
    row = to_send(two, *BOTH)
    at, here, there = f"/nop-luu/{row}", desk(two.giver), desk(two.receiver)
    long = post(here, f"{at}/register-sending", to="", message_number="x" * 101)
    assert (long.status_code, "message_number-note" in long.text) == (422, True)
    made = post(here, f"{at}/register-sending", to="", message_number="45/SCT-VP")
    assert made.status_code == 303
    page = here.get(at).text
    assert "Đã lập thông điệp đăng ký" in page
    assert "Hỏi trả lời ngay" not in page, "nobody is there to be asked"
    folded = r'<details class="panel" id="register" >\s*<summary[^>]*>Gửi lại đăng ký'
    assert re.search(folded, page)
    register = message_on(here, at, "register")
    read_register(two.receiver, register, actor=person(two.receiver, "lan"))

    page = there.get("/nop-luu").text
    assert "Sắp nộp" in page
    assert "direction=in&amp;state=registered" in page
    listed = there.get("/nop-luu?direction=in&state=registered").text
    assert at in listed
    page = there.get(at).text
    assert "45/SCT-VP" in page
    assert "Phông:" in page
    for wrong, field in (
        ({"answer_declined": f"{OPEN_CODE}"}, "answer_declined"),
        ({"answer_declined": f"H40.99\t{WHY}"}, "answer_declined"),
        ({"wanted_on": clock.today().isoformat()}, "wanted_on"),
        ({"wanted_on": "mai"}, "wanted_on"),
    ):
        refused = post(there, f"{at}/register-answer", **wrong)
        assert (refused.status_code, f'id="{field}-note"' in refused.text) == (422, True)
    wanted = clock.today() + dt.timedelta(days=30)
    answer = {"wanted_on": wanted.isoformat(), "answer_paper": "9/LTLS", "answer_words": "Nhận"}
    given = post(there, f"{at}/register-answer", **answer, answer_declined=f"{OPEN_CODE}\t{WHY}")
    assert given.status_code == 303
    page = there.get(at).text
    assert "Đã trả lời đăng ký." in page
    assert "Trả lời lại" in page
    assert f"{OPEN_CODE}: {WHY}</textarea>" in page  # answered again, nothing is taken unasked
    document = message_on(there, at, "answer")

    refused = upload(here, f"{at}/register-answers", b"<x/>")
    assert (refused.status_code, 'id="answer_file-note"' in refused.text) == (422, True)
    assert upload(here, f"{at}/register-answers", document).status_code == 303
    page = here.get(at).text
    assert "Đã đọc trả lời đăng ký." in page
    assert "9/LTLS" in page
    day = wanted.strftime("%d/%m/%Y")
    assert f"nhận từ ngày {day}" in page
    assert f"Lưu trữ lịch sử nhận từ ngày {day}." in page  # why it is not built yet
    assert 'form="build-form"' not in page
    assert states(shown(two.giver, row)) == ["declined", "listed"]


def test_a_register_goes_over_the_network_and_is_withdrawn(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    at, here, there = f"/nop-luu/{row}", desk(two.giver), desk(two.receiver)
    unknown = post(here, f"{at}/register-sending", to="H40.97")
    assert (unknown.status_code, 'id="to-note"' in unknown.text) == (404, True)
    with networked(two):
        page = here.get(at).text
        assert f'<option value="{HISTORICAL_CODE}"' in page
        assert post(here, f"{at}/register-sending", to=HISTORICAL_CODE).status_code == 303
        do_all(two.giver)
        assert "Trả lời đăng ký" in there.get(at).text
        assert "Hỏi trả lời ngay" in here.get(at).text
        assert post(here, f"{at}/exchange").status_code == 303
        withdraw(two.giver, row, Withdrawal(reason="Hoãn nộp"), actor=person(two.giver, "lan"))
        assert "Gửi đăng ký" in here.get(at).text
        with two.giver.writing() as session:
            two.giver.jobs.add(session, EXCHANGE_JOB)
        do_all(two.giver)
        page = there.get(at).text
        assert "Hoãn nộp" in page
        assert "Sắp nộp" not in there.get("/nop-luu").text
