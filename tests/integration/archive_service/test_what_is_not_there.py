"""What is asked for and is not there, or is no day, no choice, no form: refused by its own code."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from archive_service import messages
from archive_service.domain.people.account import Role
from archive_service.notices.contact import UNIT_LENGTH, Contact, UnitNameError, change_account
from archive_service.problem import HttpRefusedError
from archive_service.services import Services
from archive_service.signing.copies.issuing import CopyFormError, issue_copy
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, program_of, sign_in

NOBODY = "00000000-0000-4000-8000-000000000000"  # the id of nothing
NO = {"confirm": False, "reason": "Không"}


@pytest.mark.parametrize(
    ("name", "method", "path", "body", "code"),
    [
        ("bach", "GET", f"/answers/{NOBODY}", None, "answer-not-found"),
        ("lan", "GET", f"/documents/{NOBODY}", None, "document-unknown"),
        ("lan", "GET", f"/submissions/{NOBODY}", None, "submission-unknown"),
        ("lan", "GET", f"/reports/{NOBODY}", None, "report-not-found"),
        ("lan", "GET", f"/signing-orders/{NOBODY}", None, "signing-order-not-found"),
        ("lan", "POST", f"/recalls/{NOBODY}/refuse", {"reason": "Không"}, "recall-not-found"),
        (
            "hung",
            "POST",
            f"/case-files/{OPEN_CODE}/access-modes/{NOBODY}",
            NO,
            "mode-change-not-found",
        ),
    ],
)
def test_a_program_that_asks_for_what_is_not_there_is_told_what(
    app: Flask,
    services: Services,
    name: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    code: str,
) -> None:
    answer = program_of(app, services, name).ask(method, path, json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("name", "path", "status", "code", "facts"),
    [
        ("lan", f"/case-files/{OPEN_CODE}/export?form=khac", 422, "export-form", {}),
        ("kiem", f"/fixity/reports/{NOBODY}.pdf", 404, "fixity-report-not-found", {}),
        ("lan", "/guide/khong-co", 404, "guide-not-found", {"name": "khong-co"}),
    ],
)
def test_a_page_that_is_asked_for_what_there_is_not_says_so(
    app: Flask,
    services: Services,
    name: str,
    path: str,
    status: int,
    code: str,
    facts: dict[str, str],
) -> None:
    page = browser_of(app, services, name).get(path)
    assert page.status_code == status
    assert messages.error(code, "vi", facts).message in page.text


WHEN = "hôm qua"


@pytest.mark.parametrize(
    ("name", "path", "form", "code", "facts"),
    [
        (
            "lan",
            "/paper/lend",
            {"lend_code": OPEN_CODE, "lend_to": "An", "lend_until": WHEN},
            "day-invalid",
            {"text": WHEN},
        ),
        (
            "quan",
            "/system/announcements",
            {"text": "Bảo trì", "starts_at": WHEN},
            "moment-invalid",
            {"text": WHEN},
        ),
        (
            "quan",
            "/system/agencies",
            {"code": "H40.77", "name": "Sở Mới", "valid_from": WHEN},
            "day-invalid",
            {"text": WHEN},
        ),
        ("lan", "/late-entries", {"act": "received:ai-do"}, "late-entry-choice", {"text": "ai-do"}),
        (
            "lan",
            "/outages",
            {"began_at": WHEN, "ended_at": WHEN, "reason": "Mất điện"},
            "late-entry-time",
            {"text": WHEN},
        ),
    ],
)
def test_a_form_with_what_is_none_is_refused_in_words(
    app: Flask,
    services: Services,
    name: str,
    path: str,
    form: dict[str, str],
    code: str,
    facts: dict[str, str],
) -> None:
    page = post(browser_of(app, services, name), path, **form)
    assert page.status_code == 422
    said = messages.error(code, "vi", facts).message
    assert said.partition("{")[0] in page.text


def test_a_request_that_http_itself_refuses_is_told_by_its_status(
    app: Flask, services: Services
) -> None:
    lan = program_of(app, services, "lan")
    answer = lan.post("/recalls", data=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "body-unreadable")
    for body in (b"", b"{"):  # of no kind that is told
        answer = lan.post("/recalls", data=body)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "body-unreadable")
    bach = browser_of(app, services, "bach")
    odd = post(bach, "/submit", upload="x")  # and no path
    said = messages.error(HttpRefusedError.code, "vi", {}, web=True).message
    assert odd.status_code == 400
    assert said in odd.text


def test_too_many_tries_are_told_as_such(app: Flask) -> None:
    client = app.test_client()
    for _ in range(10):
        sign_in(client, "bach", "wrong")
    told = sign_in(client, "bach", "wrong")
    assert told.status_code == 429
    said = messages.error("tries-exceeded", "vi", {"minutes": 15}).message
    assert said.partition("{")[0] in told.text


def test_a_crash_is_told_with_the_trace_that_finds_its_line(app: Flask, services: Services) -> None:
    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError

    told = browser_of(app, services, "lan").get("/crash")
    assert told.status_code == 500
    said = messages.error("request-crashed", "vi").message
    assert said.partition("{")[0] in told.text


def test_a_unit_of_a_name_too_long_and_a_copy_in_no_form_are_refused(services: Services) -> None:
    quan, clerk = person(services, "quan"), replace(person(services, "bach"), role=Role.CLERK)
    unit = Contact(unit="Phòng " * UNIT_LENGTH)
    with services.unit_of_work() as uow, pytest.raises(UnitNameError):
        change_account("bach", unit, actor=quan, uow=uow)
    with pytest.raises(CopyFormError):
        issue_copy(services, OPEN_CODE, 1, form="bản nháp", actor=clerk)
