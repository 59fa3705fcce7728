"""A script that asks for a reading copy page by page is stopped; a person who leafs is not."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.use_requests.acts import grant_access_request, make_access_request
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.catalogue.use_requests.pace import MINUTE, ReadingPaceError, count_page
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.reading_pace import ReadingPace
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of
from tests.worlds.clients import RESTRICTED_CODE, add_person, program_of

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
MOST = 3


def slow(services: Services, most: int = MOST) -> Services:
    use = services.settings.use.model_copy(update={"pages_per_minute": most})
    return replace(services, settings=services.settings.model_copy(update={"use": use}))


def events(services: Services) -> list[AuditEvent]:
    with services.read_only() as session:
        met = select(AuditEvent).where(AuditEvent.tag == "access-request:too-fast")
        return list(session.scalars(met))


def test_a_script_waits_at_every_door_and_is_told_of_once(
    services: Services, reading: Actor, head: Actor
) -> None:
    made = make_access_request(services, WISH, actor=reading)
    grant_access_request(services, made.id, Grant(), actor=head)
    app: Flask = create_app(slow(services))
    page = f"/access-requests/{made.id}/pages/1"
    browser = browser_of(app, services, reading.account)
    program = program_of(app, services, reading.account)
    shown = [browser.get(f"/use-requests/{made.id}/pages/1").status_code for _ in range(2)]
    assert [*shown, program.get(page).status_code] == [200] * MOST
    refused = program.get(page)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "reading-pace")
    assert 0 < int(refused.headers["Retry-After"]) <= MINUTE.total_seconds()
    told = browser.get(f"/use-requests/{made.id}/pages/1")
    assert told.status_code == 429
    assert f"{MOST} trang" in told.text
    (event,) = events(services)  # of what a script does there is one
    assert (event.account, event.data["pages"]) == (reading.account, MOST)
    with services.writing() as session:  # a minute later
        past = clock.now() - MINUTE
        session.execute(update(ReadingPace).values(begun_at=past))
    assert program.get(page).status_code == 200


def test_each_account_has_its_own_pace_and_processes_count_together(
    services: Services, reading: Actor
) -> None:
    add_person(services, "khac", Role.READER)
    other, strict = person(services, "khac"), slow(services)
    for _ in range(MOST):
        count_page(strict, reading)
    with pytest.raises(ReadingPaceError):
        count_page(slow(services), reading)  # another process of the same database
    count_page(strict, other)


def test_of_pages_that_are_asked_for_at_once_no_more_are_shown(
    services: Services, reading: Actor
) -> None:
    done = at_once(lambda _: count_page(slow(services, 2), reading), 6)
    assert (done.count("reading-pace"), done.count(None)) == (4, 2)
    assert len(events(services)) == 1


def test_who_leafs_as_fast_as_one_can_never_meets_it(services: Services) -> None:
    assert services.settings.use.pages_per_minute >= 3 * MINUTE.total_seconds()
