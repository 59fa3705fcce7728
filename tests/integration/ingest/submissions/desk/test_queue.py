"""The desk's queue with more in it than it shows: counts, places and the filter are of all."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.submissions.desk.queue import (
    GROUPS,
    SHOWN,
    Place,
    Queue,
    first_waiting,
    open_queue,
    place_of,
)
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of, counted

COUNT = 160  # more than the desk shows at once
BEGUN = dt.datetime(2026, 1, 5, 3, 0, tzinfo=dt.UTC)
KINDS = (  # state, worst finding, group
    (SubmissionState.CHECKED, "", "clean"),
    (SubmissionState.RECEIVED, "", "checking"),
    (SubmissionState.CHECKED, "error", "errors"),
    (SubmissionState.QUARANTINED, "error", "quarantined"),
    (SubmissionState.CHECKED, "info", "clean"),
    (SubmissionState.CHECKED, "warning", "warnings"),
    (SubmissionState.CHECKING, "error", "checking"),
    (SubmissionState.RETURNED, "error", ""),
    (SubmissionState.DRAFT, "", ""),
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One home for all tests; the last of them shortens the queue."""
    home = new_home(tmp_path_factory.mktemp("queue") / "home")
    with open_home(home) as opened:
        add_waiting(opened, COUNT)
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


def add_waiting(services: Services, count: int) -> None:
    """So many that wait, in all groups, some at the same moment, and some that do not wait."""
    with services.writing() as session:
        agency_id = session.scalars(select(Agency.id).where(Agency.code == "H40.18")).one()
        waiting = number = 0
        while waiting < count:
            state, worst, group = KINDS[number % len(KINDS)]
            session.add(
                Submission(
                    id=uuid4(),
                    agency_id=agency_id,
                    code=f"H40.18.2025.{number:03}.QLCT",
                    title=f"Trạm bơm Khe Lạnh, tập {number}",
                    channel="folder",
                    state=state,
                    worst=worst,
                    declared={"row": 2},
                    submitted_by="bach",
                    received_at=BEGUN - dt.timedelta(minutes=number * 7 % 40),
                )
            )
            number += 1
            waiting += bool(group)


def expected(services: Services) -> list[tuple[UUID, str]]:
    """The queue in Python's words: each that waits with its group, in order."""
    groups = {(state, worst): group for state, worst, group in KINDS}
    with services.read_only() as session:
        rows = [(groups[row.state, row.worst], row) for row in session.scalars(select(Submission))]
        ordered = sorted(
            (GROUPS.index(group), row.received_at, row.id, group) for group, row in rows if group
        )
    return [(one[2], one[3]) for one in ordered]


def queue_of(services: Services, name: str, text: str = "", at: UUID | None = None) -> Queue:
    with services.read_only() as session:
        return open_queue(session, actor=person(services, name), text=text, at=at)


def test_the_first_are_shown_and_all_are_counted(services: Services) -> None:
    wanted = expected(services)
    queue = queue_of(services, "lan")
    assert [(waiting.id, waiting.group) for waiting in queue.shown] == wanted[:SHOWN]
    assert queue.total == len(wanted) == COUNT
    assert queue.counts == Counter(group for _, group in wanted)
    assert queue.place == Place(1, None, wanted[1][0])


def test_who_goes_from_one_to_the_next_meets_each_once(services: Services) -> None:
    ids = [found for found, _ in expected(services)]
    lan = person(services, "lan")
    met: list[UUID] = []
    at: UUID | None = ids[0]
    with services.read_only() as session:
        while at is not None:
            place = place_of(session, at, actor=lan)
            assert (place.at, place.before) == (len(met) + 1, met[-1] if met else None)
            met.append(at)
            at = place.after
    assert met == ids
    for number in (1, SHOWN - 2, SHOWN - 1, SHOWN, COUNT - 2):  # of the list itself, or asked for
        beside = Place(number + 1, ids[number - 1], ids[number + 1])
        assert queue_of(services, "lan", at=ids[number]).place == beside


def test_what_does_not_wait_has_no_place_and_leads_to_the_first(services: Services) -> None:
    first = expected(services)[0][0]
    with services.read_only() as session:
        draft = session.scalars(
            select(Submission.id).where(Submission.state == SubmissionState.DRAFT).limit(1)
        ).one()
    for other in (draft, uuid4()):
        assert queue_of(services, "lan", at=other).place == Place(0, None, first)
        assert queue_of(services, "lan", text="khe lanh", at=other).place == Place(0, None, first)


def test_the_filter_reaches_what_is_not_shown(services: Services) -> None:
    ids = [found for found, _ in expected(services)]
    last = ids[-1]
    with services.read_only() as session:
        title = session.get_one(Submission, last).title
    found = queue_of(services, "lan", text=title.upper())
    assert (found.shown[0].id, found.total) == (last, 1)
    assert found.place == Place(1, None, None)
    all_of_them = queue_of(services, "lan", text="TRAM bom bach", at=ids[130])
    assert [waiting.id for waiting in all_of_them.shown] == ids[:SHOWN]
    assert all_of_them.counts == queue_of(services, "lan").counts
    assert all_of_them.place == Place(131, ids[129], ids[131])
    nothing = queue_of(services, "lan", text="khe nong")
    assert (nothing.shown, nothing.total, nothing.place) == ([], 0, Place())


def test_nobody_counts_or_meets_what_is_of_another_agency(services: Services) -> None:
    first = expected(services)[0][0]
    stranger: Actor = person(services, "stranger")
    assert queue_of(services, "stranger", at=first) == Queue([])
    with services.read_only() as session:
        assert first_waiting(session, actor=stranger) == []
    reader = replace(person(services, "binh"), agency_id=None)
    with services.read_only() as session:
        assert open_queue(session, actor=reader) == Queue([])


def test_the_desk_says_how_many_wait_in_each_group(app: Flask, services: Services) -> None:
    wanted = expected(services)
    counts = Counter(group for _, group in wanted)
    browser = browser_of(app, services, "lan")
    with counted(services) as statements:
        browser.get("/desk")
    story = [
        statement
        for statement in statements
        if "FROM audit_event" in statement or "follows_id =" in statement
    ]
    assert (story, len(statements) < 30) == ([], True), "what became of it is not shown here"
    page = browser.get(f"/desk/{wanted[110][0]}").text
    assert page.count('class="q"') == SHOWN
    assert f"<span>{counts['errors']}</span>" in page
    assert f"<span>{counts['clean']}</span>" in page
    assert f"/desk/{wanted[109][0]}" in page
    assert f"/desk/{wanted[111][0]}" in page


def test_the_list_of_approvals_is_no_longer_than_the_desks(app: Flask, services: Services) -> None:
    """What nobody may accept yet waits for its sender, not for a decision."""
    checked = [found for found, group in expected(services) if group in ("warnings", "clean")]
    with services.read_only() as session:
        found = first_waiting(
            session,
            actor=person(services, "lan"),
            states=(SubmissionState.CHECKED,),
            acceptable=True,
        )
    assert [waiting.id for waiting in found] == checked[:SHOWN]
    assert browser_of(app, services, "hung").get("/approvals").status_code == 200


def test_a_longer_queue_costs_no_more_statements(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    archivist, at = browser_of(app, services, "lan"), expected(services)[SHOWN // 2][0]
    places = ("/desk", f"/desk/{at}", "/desk?q=khe+lanh", "/approvals")

    def statements() -> list[int]:
        found = []
        for place in places:
            with counted(services) as seen:
                assert archivist.get(place).status_code == 200
            found.append(len(seen))
        return found

    statements()  # what is learnt once is learnt
    many = statements()
    with services.writing() as session:
        short = select(Submission.id).where(Submission.id != at).limit(COUNT - 10)
        ids = list(session.scalars(short))
        session.execute(
            update(Submission)
            .where(Submission.id.in_(ids))
            .values(state=SubmissionState.WITHDRAWN, decided_at=clock.now())
        )
    assert statements() == many
