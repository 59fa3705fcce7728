"""«Bảng thời hạn» in a browser: loaded with its faults, compared, adopted by a second person."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service.bootstrap import Services
from archive_service.domain.account import Role
from tests.factories.browsers import browser_of, post
from tests.factories.clients import add_person, session_token
from tests.factories.dispositions import new_otp
from tests.unit.retention.test_schedule_files import CSV, HEAD, TOML

PAGE = "/retention-schedules"


def send(client: FlaskClient, text: str, name: str, **head: str) -> TestResponse:
    """Load a file as the dialog of the page does."""
    file = (BytesIO(text.encode()), name)
    return client.post(PAGE, data={"csrf_token": session_token(client), "file": file, **head})


def test_from_a_file_with_faults_to_a_schedule_that_holds(app: Flask, services: Services) -> None:
    archivist, head = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    assert "TT 10/2022/TT-BNV" in archivist.get(PAGE).text
    wrong = TOML.replace("years = 5", "years = -5")
    answer = send(archivist, wrong, "bang.toml")
    assert answer.status_code == 422
    assert "dòng 8: thời hạn là số âm: -5" in answer.text
    answer = send(archivist, TOML, "bang.toml")
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    shown = archivist.get(address).text
    assert "05 năm kể từ khi hợp đồng chấm dứt" in shown
    assert "Duyệt áp dụng" not in shown
    beside = head.get(f"{address}?with=tt10-2022").text
    assert beside.count("Thêm</span>") + beside.count("Bỏ</span>") >= 2
    assert "Duyệt áp dụng" in beside
    decided = f"{address}/decision"
    assert post(head, decided, adopt="1", reason="").status_code == 422
    assert post(head, decided, adopt="1", reason="QĐ 9").status_code == 403
    otp = new_otp(services, "hung")
    assert post(head, decided, adopt="1", reason="QĐ 9", otp=otp).status_code == 303
    assert "Đang áp dụng" in head.get(PAGE).text


def test_who_loaded_a_table_sees_that_another_decides(app: Flask, services: Services) -> None:
    add_person(services, "thu", Role.HEAD)
    head = browser_of(app, services, "hung")
    address = send(head, CSV, "bang.csv", **HEAD).headers["Location"]
    assert "một phụ trách lưu trữ khác phải duyệt" in head.get(address).text
    answer = post(head, f"{address}/decision", adopt="1", reason="QĐ 9")
    assert answer.status_code == 403
    second = browser_of(app, services, "thu")
    assert post(second, f"{address}/decision", reason="Chưa đủ").status_code == 303
    assert "Đã bỏ" in second.get(PAGE).text


def test_a_reader_sees_no_schedules(app: Flask, services: Services) -> None:
    assert browser_of(app, services, "binh").get(PAGE).status_code == 403
