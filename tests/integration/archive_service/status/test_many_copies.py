"""Figures of copies and of the trail are told from the few rows that are meant, of however many."""

import re

from sqlalchemy import func, select

from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
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


def test_the_trail_is_as_long_as_its_last_number_says(services: Services) -> None:
    with counted(services) as seen:
        told = status_document(services, actor=person(services, "quan"))
    assert isinstance(told, StatusDocument)
    all_counted = re.compile(r"SELECT count\(\*\) AS \w+\s+FROM audit_\w+\s*")
    assert not [one for one in seen if all_counted.fullmatch(one)]
    with services.read_only() as session:
        events, segments = (
            session.scalar(select(func.count()).select_from(table))
            for table in (AuditEvent, AuditSegment)
        )
    assert (told.counts["events"], told.counts["segments"]) == (events, segments)
