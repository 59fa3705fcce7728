"""Chờ ký số in the browser: the copies that wait, all signed by one act, copies for use issued."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign, SigningOrder
from archive_service.services import Services
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.seals import acts as seals_acts
from tests.worlds.archive import OPERATOR, copy_home, open_home
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.digitize.copies_waiting import WAITING_CODE as CODE
from tests.worlds.digitize.copies_waiting import waiting_home
from tests.worlds.digitize.scanned import AGENCY, CLERK

IN_BAR = re.compile(r'href="/signing"[^>]*>[^<]*<span class="n">(\d+)</span>')  # what waits


@pytest.fixture(scope="module")
def copies_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting_home(tmp_path_factory.mktemp("copies"), copies=1)


@pytest.fixture
def services(copies_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(copies_home, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def test_the_clerks_first_page_tells_what_waits_and_signs_it_all(
    app: Flask, services: Services
) -> None:
    clerk = browser_of(app, services, CLERK)
    first = clerk.get("/", follow_redirects=True)
    assert first.request.path == "/signing"
    assert "Ký tất cả 1 bản" in first.text
    assert set(IN_BAR.findall(first.text)) == {"1"}
    assert SAMPLE_AGENCY.name in first.text
    clerks = [browser_of(app, services, CLERK) for _ in range(2)]
    presses = at_once(lambda n: post(clerks[n], "/signing/copies/sign", agency=AGENCY), 2)
    assert [press.status_code for press in presses] == [303, 303]
    with services.read_only() as session:
        (order,) = session.scalars(select(SigningOrder))
    assert order.total == 1, "two presses are one order"
    done = post(clerk, "/signing/copies/sign", agency=AGENCY)
    assert done.status_code == 303
    running = clerk.get("/signing").text
    assert "Đang ký; có thể đóng trang này" in running
    assert 'hx-trigger="every 3s"' in running
    assert "Đã ra lệnh ký 1 bản số hóa" in running
    do_all(services)
    ended = clerk.get("/signing").text
    assert "Lần ký gần nhất xong" in ended
    assert IN_BAR.findall(ended) == []
    assert "hx-trigger" not in ended.partition('id="copies"')[2].partition("</section>")[0]


def test_the_list_names_each_copy_and_goes_out_as_a_table(app: Flask, services: Services) -> None:
    clerk = browser_of(app, services, CLERK)
    shown = clerk.get("/signing/copies")
    assert f"{CODE}.1" in shown.text
    assert "Chờ ký" in shown.text
    assert "Không có bản số hóa chờ ký" in clerk.get("/signing/copies?q=khong-co").text
    table = clerk.get("/signing/copies?export=csv")
    assert CODE in table.text


def test_a_refused_copy_says_why_and_may_be_ordered_again(app: Flask, services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CopyToSign)).one()
        row.state = CopySigning.REFUSED
        row.refusal = {
            "code": "pdf-not-signable",
            "facts": {"reason": "hỏng", "field": "ChuKySoCoQuan"},
        }
    clerk = browser_of(app, services, CLERK)
    assert "Không ký được tệp PDF này: hỏng" in clerk.get("/signing/copies").text
    desk = clerk.get("/signing").text
    assert "Ký lại 1 bản không ký được" in desk
    assert "Không có bản nào chờ ký, 1 bản không ký được" in desk
    assert post(clerk, "/signing/copies/sign", agency=AGENCY).status_code == 409
    assert post(clerk, "/signing/copies/sign", agency=AGENCY, again="1").status_code == 303


def test_a_clerk_without_the_key_is_told_so_on_the_page(app: Flask, services: Services) -> None:
    seals_acts.take_back(services, AGENCY, account=CLERK, to="Giám đốc", actor=OPERATOR)
    clerk = browser_of(app, services, CLERK)
    for place in ("/signing", "/signing/copies"):
        shown = clerk.get(place).text
        assert "chưa được giao khóa con dấu" in shown
        assert "lập biên bản bàn giao khóa trước" in shown
        assert "Ký tất cả" not in shown
        assert "Cấp bản sao" not in shown
    refused = post(clerk, "/signing/copies/sign", agency=AGENCY)
    assert refused.status_code == 403
    assert "chưa được giao khóa con dấu" in refused.text


def test_others_see_what_waits_and_cannot_sign(app: Flask, services: Services) -> None:
    archivist = browser_of(app, services, "lan")
    shown = archivist.get("/signing")
    assert SAMPLE_AGENCY.name in shown.text
    assert "Ký tất cả" not in shown.text
    assert post(archivist, "/signing/copies/sign", agency=AGENCY).status_code == 403
    officer = browser_of(app, services, "bach")
    assert 'id="copies"' not in officer.get("/signing").text
    assert officer.get("/signing/copies").status_code == 403


def test_a_copy_for_use_is_issued_and_downloaded(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    clerk = browser_of(app, services, CLERK)
    assert "SAO LỤC" in clerk.get("/signing/copies").text
    given = {"code": CODE, "document": "1", "form": "sao-y", "pages": ""}
    answer = post(clerk, "/signing/copies/issue", **given)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert f"{CODE}.1.sao-y.pdf" in answer.headers["Content-Disposition"]
    (tmp_path / "copy.pdf").write_bytes(answer.data)
    (report,) = inspect_signatures(tmp_path / "copy.pdf", services.trust)
    assert report.trusted
    refused = post(clerk, "/signing/copies/issue", **{**given, "pages": "1"})
    assert refused.status_code == 422
    assert "tài liệu có 1 trang" in refused.text
    assert f'value="{CODE}"' in refused.text
    missing = post(clerk, "/signing/copies/issue", **{**given, "code": "H40.18.2025.99"})
    assert missing.status_code == 404
    unknown = post(clerk, "/signing/copies/issue", **{**given, "form": "TRICH_SAO"})
    assert unknown.status_code == 422
    assert "sao-y, sao-luc, trich-sao" in unknown.text


def test_a_form_sent_twice_issues_one_copy(app: Flask, services: Services) -> None:
    clerk = browser_of(app, services, CLERK)
    given = {"code": CODE, "document": "1", "form": "sao-y", "pages": "", "request": "mot-lan"}
    first = post(clerk, "/signing/copies/issue", **given)
    again = post(clerk, "/signing/copies/issue", **given)
    assert (first.status_code, again.status_code) == (200, 409)
    assert "đã được yêu cầu một lần" in again.text
    with services.read_only() as session:
        issued = session.scalars(select(AuditEvent).where(AuditEvent.tag == "copy:issued")).all()
    assert len(issued) == 1
    assert post(clerk, "/signing/copies/issue", **{**given, "request": "lan-hai"}).data


def test_of_two_forms_sent_at_once_one_gets_the_copy_and_the_other_is_told(
    app: Flask, services: Services
) -> None:
    clerks = [browser_of(app, services, CLERK) for _ in range(2)]
    given = {"code": CODE, "document": "1", "form": "sao-y", "pages": "", "request": "mot-lan"}
    answers = at_once(lambda n: post(clerks[n], "/signing/copies/issue", **given), 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    with services.read_only() as session:
        used = session.scalars(select(AuditEvent).where(AuditEvent.tag == "seal:used")).all()
    assert len(used) == 1


def test_a_program_orders_once_and_asks_how_far_it_is(app: Flask, services: Services) -> None:
    clerk = program_of(app, services, CLERK)
    (seal,) = clerk.get("/signing-orders").get_json()["seals"]
    assert (seal["agency"], seal["waiting"], seal["order"]) == (AGENCY, 1, None)
    key = {"Idempotency-Key": "mot-lan"}
    first = clerk.post("/signing-orders", json={}, headers=key)
    again = clerk.post("/signing-orders", json={}, headers=key)
    assert (first.status_code, again.get_json()) == (201, first.get_json())
    do_all(services)
    told = clerk.get(f"/signing-orders/{first.get_json()['id']}").get_json()
    assert (told["signed"], told["error"]) == (1, None)
    assert clerk.post("/signing-orders", json={}).status_code == 409
    given = {"code": CODE, "document": 1, "form": "sao-y"}
    assert clerk.post("/signing-orders/copies", json=given).data.startswith(b"%PDF")
    assert program_of(app, services, "lan").post("/signing-orders", json={}).status_code == 403
