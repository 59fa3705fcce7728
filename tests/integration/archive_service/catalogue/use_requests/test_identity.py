"""Who comes to the counter shows an identity paper: its number is sealed, masked and forgotten."""

import datetime as dt

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.holdings.identity import (
    AccessRequestIdentityError,
    identity_number,
    identity_of,
)
from archive_service.catalogue.openings.acts import forget_openings
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    list_access_requests,
    make_access_request,
)
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.catalogue.use_requests.letter import answer_letter
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, program_of

NUMBER = "079088012345"
WISH = Wish(
    code=RESTRICTED_CODE,
    document=1,
    purpose="Xác minh thời gian công tác",
    person="Lê Thị Hoa",
    identity="079 088.012-345",
)


def asked_row(services: Services) -> AccessRequest:
    with services.read_only() as session:
        return session.scalars(select(AccessRequest)).one()


@pytest.mark.parametrize("typed", ["", " - ", "12345", "số 12345", "1" * 31, "079088012345;"])
def test_nobody_comes_to_the_counter_without_an_identity_paper(
    services: Services, reading: Actor, typed: str
) -> None:
    with pytest.raises(AccessRequestIdentityError):
        make_access_request(services, WISH.model_copy(update={"identity": typed}), actor=reading)


def test_papers_of_many_kinds_are_taken_as_people_type_them() -> None:
    for typed in ("079088012345", "c1234567", "B 765-4321", "AB123/2020", "012 345 678"):
        assert identity_number(typed, is_needed=True)
    assert identity_number("c 123 4567", is_needed=True) == "C1234567"
    assert identity_number("", is_needed=False) == ""


def test_the_number_is_whole_on_the_answer_alone(
    app: Flask, services: Services, asked: object, reading: Actor, head: Actor
) -> None:
    (told,) = list_access_requests(services, actor=head).requests
    assert (told.person, told.identity) == ("Lê Thị Hoa", "••••••••2345")
    assert identity_of(asked_row(services), services.settings.home) == NUMBER
    shown = browser_of(app, services, head.account).get("/use-requests").text
    assert "••••••••2345" in shown
    assert NUMBER not in shown
    grant_access_request(services, told.id, Grant(), actor=head)
    _, paper = answer_letter(services, told.id, actor=head)
    with pypdfium2.PdfDocument(paper) as pdf:
        assert NUMBER in pdf[0].get_textpage().get_text_bounded()
    with services.read_only() as session:
        events = [str(data) for data in session.scalars(select(AuditEvent.data))]
    assert not any(NUMBER in data or "2345" in data for data in events)
    held = b"".join(path.read_bytes() for path in services.settings.home.glob("archive.db*"))
    assert "Lê Thị Hoa".encode() in held  # these are the bytes
    assert NUMBER.encode() not in held


def test_page_and_programs_say_at_the_field_what_is_missing(
    app: Flask, services: Services, reading: Actor
) -> None:
    given = WISH.model_dump(mode="json") | {"identity": ""}
    client = browser_of(app, services, reading.account)
    refused = post(client, "/use-requests", **given)
    assert refused.status_code == 422
    assert "Cần ghi số giấy tờ tùy thân" in refused.text
    assert 'aria-invalid="true" aria-describedby="identity-note"' in refused.text
    assert "Lê Thị Hoa" in refused.text, "what was filled in stays"
    program = program_of(app, services, reading.account)
    answer = program.post("/access-requests", json=given)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "access-request-identity")


def test_it_is_forgotten_with_the_openings_of_its_time(services: Services, asked: object) -> None:
    forget_openings(services)
    assert asked_row(services).identity_end == "2345"
    long_ago = clock.now() - dt.timedelta(days=31 * (services.settings.archive.opening_months + 2))
    with services.writing() as session:
        session.execute(update(AccessRequest).values(asked_at=long_ago))
    forget_openings(services)
    row = asked_row(services)
    assert (row.identity, row.identity_end, row.person) == ("", "", "Lê Thị Hoa")
