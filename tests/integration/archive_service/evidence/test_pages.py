"""Kiểm tra in the browser: the trail is read, exported and verified."""

import csv
import datetime as dt
import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.rolled_back import ROLLED_BACK
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.evidence.jobs import VERIFY_JOB
from archive_service.evidence.sealing import seal_log
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import COPIES, OPERATOR
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.rewriting import as_owner, forge_trail, loss_known


@pytest.fixture
def auditor(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "kiem")


def test_events_are_told_in_words_with_what_they_are_about(auditor: FlaskClient) -> None:
    page = auditor.get("/audit").text
    assert "Cấp giấy tiếp nhận" in page
    assert "submission:stored" in page
    assert f"/case-files/{OPEN_CODE}" in page
    assert "đoạn 1" in page


def test_the_trail_is_filtered_by_kind_and_subject(auditor: FlaskClient) -> None:
    page = auditor.get(f"/audit?q={OPEN_CODE}").text
    assert "submission:accepted" in page
    assert RESTRICTED_CODE not in page
    accounts = auditor.get("/audit?kind=account").text
    assert "account:added" in accounts
    assert "submission:accepted" not in accounts
    assert "Không có việc nào" in auditor.get("/audit?q=chẳng-có").text


def test_events_are_found_by_day_person_and_number(
    services: Services, auditor: FlaskClient
) -> None:
    with services.writing() as session:
        made = {"number": "77/2026", "kind": "destroy"}
        record_event(session, "disposition:proposed", subject_id=None, actor=WORKER, data=made)
    assert "77/2026" in auditor.get("/audit").text
    of_list = auditor.get("/audit?q=77/2026").text
    assert "disposition:proposed" in of_list
    assert "submission:accepted" not in of_list
    today = clock.today()
    day = dt.timedelta(days=1)
    assert "disposition:proposed" in auditor.get(f"/audit?since={today:%d/%m/%Y}").text
    assert "Không có việc nào" in auditor.get(f"/audit?since={today + day}").text
    long_ago = today - 2 * day  # the home may be of before midnight
    assert "Không có việc nào" in auditor.get(f"/audit?until={long_ago}").text
    assert "disposition:proposed" in auditor.get(f"/audit?until={today}&account=worker").text
    assert "Không có việc nào" in auditor.get("/audit?account=work").text  # a name is whole


def test_a_filter_that_is_no_day_narrows_nothing(auditor: FlaskClient) -> None:
    assert "submission:accepted" in auditor.get("/audit?since=31/02/2026").text


def test_programs_narrow_the_trail_alike(app: Flask, services: Services) -> None:
    program = program_of(app, services, "kiem")
    today = clock.today()
    since = today - dt.timedelta(days=1)  # the home may be of before midnight
    narrowed = program.get(f"/audit-events?kind=account&since={since}&until={today}")
    tags = {event["tag"] for event in narrowed.get_json()["events"]}
    assert {tag.partition(":")[0] for tag in tags} == {"account"}
    late = program.get(f"/audit-events?since={today + dt.timedelta(days=1)}")
    assert late.get_json()["events"] == []


def test_the_whole_trail_goes_out_as_a_table(auditor: FlaskClient) -> None:
    told = auditor.get("/audit?export=csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(told)))
    assert [int(row[0]) for row in rows[1:]] == list(range(1, len(rows)))


def test_a_chain_that_agrees_is_not_said_to_be_proved(auditor: FlaskClient) -> None:
    post(auditor, "/audit/verify")
    page = auditor.get("/audit").text
    assert "Nhật ký khớp nhưng chưa chứng minh được" in page
    assert "Nhật ký nguyên vẹn" not in page
    assert "Nhật ký khớp" not in auditor.get("/audit").text


def test_the_page_after_verifying_links_to_addresses_that_open(auditor: FlaskClient) -> None:
    answer = post(auditor, "/audit/verify")
    assert (answer.status_code, answer.location) == (303, "/audit")
    links = re.findall(r'href="(/audit[^"]*)"', auditor.get(answer.location).text)
    assert any("export=xlsx" in link for link in links)
    assert {auditor.get(html.unescape(link)).status_code for link in links} == {200}


def test_the_name_of_an_event_in_the_code_stands_in_no_cell(auditor: FlaskClient) -> None:
    page = auditor.get("/audit").text
    assert 'title="submission:stored"' in page
    assert ">submission:stored<" not in page


def test_a_changed_event_is_named(services: Services, auditor: FlaskClient) -> None:
    with services.writing() as session:
        as_owner(session).execute(
            update(AuditEvent).where(AuditEvent.number == 3).values(account="kẻ lạ")
        )
    post(auditor, "/audit/verify")
    page = auditor.get("/audit").text
    assert "Nhật ký không còn nguyên vẹn từ sự kiện 3" in page
    with services.writing() as session:
        services.jobs.add(session, VERIFY_JOB)
    assert run_one(services, names=(VERIFY_JOB,)) == "done"
    listed = auditor.get("/system/incidents").text
    (incident,) = set(re.findall(r"/system/incidents/[0-9a-f-]{36}", listed))
    for seen in (listed, auditor.get(incident).text):
        assert "Chỗ đầu tiên không khớp: sự kiện 3" in seen


def test_a_loss_that_the_trail_itself_explains_is_not_proved(
    services: Services, auditor: FlaskClient
) -> None:
    held = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert held is not None
    forge_trail(services, lambda events: [*events[:-9], *loss_known(events, held)])
    (services.settings.home / COPIES[0] / held.key).write_text(held.note)  # that copy remembers
    assert post(auditor, "/audit/verify").status_code == 303
    page = auditor.get("/audit").text
    assert f"đã biết mất: {COPIES[0]} (điểm niêm phong gồm {held.size} sự kiện)" in page
    assert "Nhật ký khớp" not in page


def test_what_was_lost_is_shown_and_acknowledged(services: Services, auditor: FlaskClient) -> None:
    assert 'id="lost"' not in auditor.get("/audit").text
    facts = {"events": 5, "claimed": 9, "by": "kho1", "restored_at": None, "claims": []}
    with services.writing() as session:
        record_event(session, ROLLED_BACK, subject_id="log", actor=WORKER, data=facts)
    assert "kho1 giữ điểm niêm phong gồm 9 sự kiện" in auditor.get("/audit").text
    refused = post(auditor, "/audit/acknowledge", reason=" ")
    assert refused.status_code == 422
    assert "Cần ghi nguyên nhân" in refused.text
    assert post(auditor, "/audit/acknowledge", reason="Máy chủ hỏng").status_code == 303
    assert "Đã xác nhận: kiem" in auditor.get("/audit").text
    again = post(auditor, "/audit/acknowledge", reason="Máy chủ hỏng")
    assert again.status_code == 409
    assert "Người thứ hai xác nhận" in again.text


@pytest.mark.parametrize("name", ["lan", "binh", "quan"])
def test_who_is_no_auditor_neither_reads_nor_verifies(
    app: Flask, services: Services, name: str
) -> None:
    client = browser_of(app, services, name)
    assert client.get("/audit").status_code == 403
    assert post(client, "/audit/verify").status_code == 403


def test_the_auditor_reads_the_trail_and_no_content(
    services: Services, auditor: FlaskClient
) -> None:
    page = auditor.get(f"/case-files/{RESTRICTED_CODE}").text
    assert 'id="history"' in page
    assert "data-source" not in page
    assert auditor.get("/search?q=a").status_code == 403
    assert services.index.count() > 0
