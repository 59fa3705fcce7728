"""A script that asks for a reading copy page by page is stopped; a person who leafs is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

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
    (met,) = events(services)  # of what a script does there is one
    assert (met.account, met.data["pages"]) == (reading.account, MOST)
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


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """What is written into the rows of paces meanwhile."""
    found: list[str] = []

    def note(*told: Any) -> None:
        if "INTO reading_pace" in str(told[2]):
            found.append(told[2])

    event.listen(services.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(services.database.engine, "before_cursor_execute", note)


def test_pages_are_counted_in_steps_and_the_limit_is_the_same(
    services: Services, reading: Actor
) -> None:
    strict, now = slow(services, 90), clock.now()
    with statements(services) as counted:
        for _ in range(90):
            count_page(strict, reading, now)
        assert len(counted) == 45
    with pytest.raises(ReadingPaceError):
        count_page(strict, reading, now)
    with pytest.raises(ReadingPaceError):
        count_page(slow(services, 90), reading, now)


def test_pages_that_a_process_holds_count_for_all_and_end_with_their_minute(
    services: Services, reading: Actor
) -> None:
    one, another, now = slow(services, 80), slow(services, 80), clock.now()
    count_page(one, reading, now)  # and holds one more
    for _ in range(78):
        count_page(another, reading, now)
    with pytest.raises(ReadingPaceError):
        count_page(another, reading, now)
    count_page(one, reading, now)
    later = now + MINUTE
    for _ in range(80):
        count_page(another, reading, later)
    with pytest.raises(ReadingPaceError):
        count_page(one, reading, later)


def test_what_was_held_in_one_minute_is_not_shown_in_the_next(
    services: Services, reading: Actor
) -> None:
    one, another, now = slow(services, 80), slow(services, 80), clock.now()
    count_page(one, reading, now)
    for _ in range(80):
        count_page(another, reading, now + MINUTE)
    with pytest.raises(ReadingPaceError):
        count_page(one, reading, now + MINUTE)


def test_who_leafs_as_fast_as_one_can_never_meets_it(services: Services) -> None:
    assert services.settings.use.pages_per_minute >= 3 * MINUTE.total_seconds()
