"""Figures of copies and of the trail are told from the few rows that are meant, of however many."""

import datetime as dt
import re

from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.audit import close_segment, last_number
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.evidence.given import EventsSought
from archive_service.evidence.trail import find_events
from archive_service.overview.copies_at_a_glance import incidents
from archive_service.services import Services
from archive_service.status.documents import StatusDocument
from archive_service.status.figures import Figures
from archive_service.status.health import status_document
from tests.worlds.archive import person
from tests.worlds.browsers import counted, damaged, more_case_files, steps_of
from tests.worlds.clients import OPEN_CODE


def test_packages_found_damaged_are_looked_for_among_those_alone(services: Services) -> None:
    damaged(services, OPEN_CODE, "kho2")
    quan = person(services, "quan")

    def ask() -> list[dict[str, object]]:
        return incidents(services, [], actor=quan)

    few, told = steps_of(services, ask), ask()
    assert [one["place"] for one in told] == [OPEN_CODE]
    more_case_files(services, 400)
    assert steps_of(services, ask) <= few + 300
    assert ask() == told


def test_figures_of_reading_go_through_no_copy_whole(services: Services) -> None:
    damaged(services, OPEN_CODE, "kho2")
    with counted(services) as seen:
        figures = {one.name: one for one in Figures(services).current()}
    found = dict(figures["archive_fixity_damaged"].values)
    assert found == {("kho1",): 0, ("kho2",): 1}
    assert set(dict(figures["archive_fixity_oldest_seconds"].values)) == set(found)
    assert any("copy_state.state = 'damaged'" in one for one in seen)
    assert not [one for one in seen if "GROUP BY copy_state.copy" in one]


def test_figures_of_states_read_moments_of_those_that_wait_alone(services: Services) -> None:
    """Whoever watches asks each quarter of a minute: an index of states is all that is read."""
    an_hour_ago = clock.now() - dt.timedelta(hours=1)
    with services.writing() as session:
        waits = {"state": SubmissionState.RECEIVED, "received_at": an_hour_ago}
        session.execute(update(Submission).values(waits))
        accepted = {"state": CaseState.ACCEPTED, "accepted_at": an_hour_ago}
        session.execute(update(CaseFile).where(CaseFile.code == OPEN_CODE).values(accepted))
    with counted(services) as seen:
        figures = {one.name: one for one in Figures(services).current()}
    for waiting in ("archive_oldest_unchecked_seconds", "archive_oldest_unstored_seconds"):
        ((_, age),) = figures[waiting].values
        assert 3600 <= age < 3700
    counts = [one for one in seen if re.search(r"GROUP BY (submission|case_file)\.state", one)]
    assert len(counts) == 2
    assert not [one for one in counts if re.search(r"\w+_at\b", one)]


def test_the_trail_is_as_long_as_its_last_number_says(services: Services) -> None:
    with counted(services) as seen:
        told = status_document(services, actor=person(services, "quan"))
        with services.read_only() as session:
            auditor = person(services, "kiem")
            sought = EventsSought.model_validate({})
            _, total = find_events(session, sought, actor=auditor, limit=1)
    assert isinstance(told, StatusDocument)
    all_counted = re.compile(r"SELECT count\(\*\) AS \w+\s+FROM audit_\w+\s*")
    assert not [one for one in seen if all_counted.fullmatch(one)]
    with services.read_only() as session:
        events, segments = (
            session.scalar(select(func.count()).select_from(table))
            for table in (AuditEvent, AuditSegment)
        )
    assert (told.counts["events"], total, told.counts["segments"]) == (events, events, segments)


def test_a_part_of_the_trail_that_was_lost_is_not_counted(services: Services) -> None:
    auditor, everything = person(services, "kiem"), EventsSought.model_validate({})
    with services.writing() as session:
        close_segment(session, at=clock.now())
    with services.writing() as session:
        end = last_number(session)
        last = session.scalars(select(AuditSegment).order_by(AuditSegment.number.desc())).first()
        assert last is not None
        lies = {"sha256": "0" * 64, "previous_sha256": last.sha256, "sealed_at": clock.now()}
        number = last.number + 9
        session.add(AuditSegment(number=number, first_event=end + 31, last_event=end + 40, **lies))
    with services.read_only() as session:
        _, total = find_events(session, everything, actor=auditor, limit=1)
    assert total == end + 10
