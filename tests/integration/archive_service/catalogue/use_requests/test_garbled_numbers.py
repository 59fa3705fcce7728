"""A number that was garbled on the way asks for nothing: never for more than was meant."""

import re
from uuid import UUID

import pytest
from flask import Flask

from archive_service import messages
from archive_service.catalogue.use_requests.acts import (
    list_access_requests,
    make_access_request,
)
from archive_service.catalogue.use_requests.given import Wish
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import CLERK, add_clerks

GARBLED = ["một", "1,2", "1.5", "", " ", "1_0", "99999999999999999999"]
PURPOSE = "Hồ sơ về tôi"


@pytest.mark.parametrize("wants", ["uses", "content"])
@pytest.mark.parametrize("document", GARBLED)
def test_a_garbled_document_asks_for_nothing_and_the_form_stands_as_it_was(
    app: Flask, services: Services, reading: Actor, document: str, wants: str
) -> None:
    form = {"code": RESTRICTED_CODE, "document": document, "purpose": PURPOSE, "wants": wants}
    page = post(browser_of(app, services, reading.account), "/use-requests", **form)
    assert page.status_code == 422
    refused = messages.error("not-whole-number", "vi", {"text": document.strip()})
    assert refused.message in page.text
    assert PURPOSE in page.text
    assert list_access_requests(services, actor=reading).requests == []


@pytest.mark.parametrize("document", [*GARBLED, "1", True, False, 1.5, None])
def test_a_program_that_sends_no_whole_number_asks_for_nothing(
    app: Flask, services: Services, reading: Actor, document: object
) -> None:
    program = program_of(app, services, reading.account)
    wish = {"code": RESTRICTED_CODE, "document": document, "purpose": PURPOSE, "wants": "uses"}
    answer = program.post("/access-requests", json=wish)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "request-invalid")
    assert "document" in str(answer.get_json())
    del wish["document"]
    assert program.post("/access-requests", json=wish).status_code == 422
    assert list_access_requests(services, actor=reading).requests == []


def test_a_command_with_a_garbled_document_asks_for_nothing(
    services: Services, reading: Actor
) -> None:
    archive = Command(services.settings.home)
    about = ("access-request", "make", "--code", RESTRICTED_CODE, "--purpose", PURPOSE)
    for more in ([], ["--document", "một"], ["--document", "1.5"], ["--document", ""]):
        answer = archive.run(*about, "--wants", "uses", *more, account=reading.account)
        assert answer.code == 2
        assert "document" in answer.stderr
    assert list_access_requests(services, actor=reading).requests == []


def test_a_code_that_there_is_not_is_told_on_the_form(
    app: Flask, services: Services, reading: Actor
) -> None:
    form = {"code": "khong.co", "document": "1", "purpose": PURPOSE}
    page = post(browser_of(app, services, reading.account), "/use-requests", **form)
    assert page.status_code == 404
    assert 'name="purpose"' in page.text
    assert PURPOSE in page.text


def test_a_choice_that_the_form_has_not_is_named(
    app: Flask, services: Services, reading: Actor
) -> None:
    form = {"code": RESTRICTED_CODE, "document": "1", "purpose": PURPOSE, "wants": "everything"}
    page = post(browser_of(app, services, reading.account), "/use-requests", **form)
    assert page.status_code == 422
    field = messages.text("pages.use_requests.wants", "vi")
    assert messages.error("form-field", "vi", {"field": field}).message in page.text


def test_garbled_days_grant_nothing(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    wish = Wish(code=RESTRICTED_CODE, document=1, purpose=PURPOSE)
    asked = make_access_request(services, wish, actor=reading)
    page = post(
        browser_of(app, services, head.account), f"/use-requests/{asked.id}/grant", days="2 ngày"
    )
    assert page.status_code == 422
    assert messages.error("not-whole-number", "vi", {"text": "2 ngày"}).message in page.text
    assert [
        request.state for request in list_access_requests(services, actor=reading).requests
    ] == ["asked"]


@pytest.mark.parametrize(
    ("name", "path", "form"),
    [
        ("lan", f"/case-files/{OPEN_CODE}/describe", {"document": "1x", "title": "Khác"}),
        ("lan", f"/case-files/{OPEN_CODE}/describe", {"edition": "1x", "title": "Khác"}),
        ("lan", f"/case-files/{OPEN_CODE}/describe/undo", {"edition": "1x"}),
        (
            "lan",
            f"/case-files/{OPEN_CODE}/describe-documents",
            {"document": "1x", "field": "language"},
        ),
        ("lan", f"/formats/batches/{UUID(int=1)}/review", {"item": "1x", "word": "accept"}),
        (
            "lan",
            "/outages",
            {
                "began_at": "2025-01-02T08:00",
                "ended_at": "2025-01-02T09:00",
                "reason": "Mất điện",
                "first": "1x",
                "last": "3",
            },
        ),
    ],
)
def test_no_other_form_takes_a_garbled_number_for_its_default(
    app: Flask, services: Services, name: str, path: str, form: dict[str, str]
) -> None:
    page = post(browser_of(app, services, name), path, **form)
    assert messages.error("not-whole-number", "vi", {"text": "1x"}).message in page.text
    assert page.status_code == 422


def test_a_garbled_document_has_no_copy_issued(app: Flask, services: Services) -> None:
    add_clerks(services)
    form = {"code": OPEN_CODE, "document": "1x", "form": "sao-y"}
    page = post(browser_of(app, services, CLERK), "/signing/copies/issue", **form)
    assert page.status_code == 422
    assert messages.error("not-whole-number", "vi", {"text": "1x"}).message in page.text


def test_an_empty_form_tells_every_field_at_its_place(
    app: Flask, services: Services, reading: Actor
) -> None:
    form = {"code": " ", "document": "", "purpose": "", "wants": "content"}
    page = post(browser_of(app, services, reading.account), "/use-requests", **form)
    assert page.status_code == 422
    for field in ("code", "document", "purpose"):
        (start,) = re.findall(rf'<[^>]*id="{field}"[^>]*>', page.text)
        assert 'aria-invalid="true"' in start
    assert page.text.count('aria-invalid="true"') == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "H40.18.2099.01.KHONG"}, "code"),
        ({"document": "99"}, "document"),
        ({"purpose": "x"}, "purpose"),
    ],
)
def test_what_the_archive_refuses_stands_at_its_field(
    app: Flask, services: Services, reading: Actor, wrong: dict[str, str], field: str
) -> None:
    form = {"code": RESTRICTED_CODE, "document": "1", "purpose": PURPOSE, "wants": "content"}
    page = post(browser_of(app, services, reading.account), "/use-requests", **form | wrong)
    (start,) = re.findall(rf'<[^>]*id="{field}"[^>]*>', page.text)
    assert 'aria-invalid="true"' in start
    assert page.text.count('aria-invalid="true"') == 1
