"""Incidents and reviews that somebody closed, took away or wrote otherwise in the database."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.review import Review, ReviewKind, ReviewLine, Verdict
from archive_service.keeping.fixity.opened_rows import told_otherwise
from archive_service.notices.incidents import open_incident
from archive_service.recovery.backup.acts import MISSED
from archive_service.recovery.backup.set import BackupKind
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from tests.faults.archive_service.evidence.compared.every_row import fill
from tests.faults.archive_service.evidence.rewriting import change
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        with services.writing() as session:
            fill(session, actor=person(services, "lan"))
        yield services


def found(services: Services) -> list[str]:
    with services.read_only() as session:
        return sorted(name.partition(" ")[0] for name in told_otherwise(session))


OPEN, OVER = Incident.subject == "open", Incident.subject == "over"
ATTACKS = {
    "an incident closed": update(Incident).where(OPEN).values(closed_at=clock.now()),
    "an incident opened again": update(Incident).where(OVER).values(closed_at=None),
    "an incident taken away": delete(Incident).where(OPEN),
    "one that is over taken away": delete(Incident).where(OVER),
    "of another thing": update(Incident).where(OPEN).values(subject="else"),
    "of another thing, as its facts have it": (
        update(Incident).where(OPEN).values(subject="else", facts={"subject": "x"})
    ),
    "an incident of another kind": update(Incident).where(OPEN).values(kind="disk-low"),
    "an incident of another kind, as its facts have it": (
        update(Incident).where(OPEN).values(kind="disk-low", facts={"kind": "x"})
    ),
    "a review closed": update(Review).values(closed_at=clock.now()),
    "a review of another period": update(Review).values(citation="NĐ 1"),
    "a line taken away": delete(ReviewLine),
    "an objection put in its place": update(ReviewLine).values(verdict=Verdict.OBJECTED),
    "said by another": update(ReviewLine).values(by="hung"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_written_into_the_database_is_told(services: Services, attack: str) -> None:
    assert found(services) == []
    change(services, ATTACKS[attack])
    kind = "incident" if "over" in attack or "incident" in attack or "thing" in attack else "review"
    assert found(services) == [kind]


def test_facts_never_take_the_place_of_what_the_incident_is(services: Services) -> None:
    facts = {"kind": "full", "subject": "x", "severity": "none"}
    with services.writing() as session:
        severity = IncidentSeverity.WARNING
        row = open_incident(session, "copy-silent", "named", severity=severity, facts=facts)
    with services.read_only() as session:
        of_it = select(AuditEvent.data).where(AuditEvent.subject_id == str(row.id))
        data = session.scalars(of_it).one()
    assert data == {"kind": "copy-silent", "subject": "named", "severity": "warning"}
    assert found(services) == []


@pytest.mark.parametrize("kind", BackupKind)
def test_an_older_event_tells_which_backup_was_missed(services: Services, kind: str) -> None:
    with services.writing() as session:
        facts = {"kind": kind}
        row = any_row(session, Incident, kind=MISSED, subject="/mnt/1", facts=facts)
        data = {"kind": kind, "subject": "/mnt/1", "severity": "alarm"}
        record_event(session, "incident:opened", subject_id=row.id, actor=WORKER, data=data)
    assert found(services) == []
    missed = Incident.kind == MISSED
    change(services, update(Incident).where(missed).values(kind=kind))
    assert found(services) == ["incident"]


def test_a_review_taken_away_is_told(services: Services) -> None:
    change(services, delete(ReviewLine), delete(Review))
    assert found(services) == ["review"]


def test_a_review_that_nobody_opened_is_told(services: Services) -> None:
    with services.writing() as session:
        any_row(session, Review, id=uuid4(), kind=ReviewKind.RIGHTS)
    assert found(services) == ["review"]


def test_what_a_rebuild_gave_up_is_not_asked(tmp_path: Path) -> None:
    with open_home(stocked_home(tmp_path / "home")) as services:
        with services.writing() as session:
            open_incident(session, "copy-silent", "open", severity=IncidentSeverity.WARNING)
        rebuild(services, actor=OPERATOR)
        assert found(services) == []


def test_the_comparison_names_an_incident_that_was_closed_by_hand(services: Services) -> None:
    change(services, ATTACKS["an incident closed"])
    home = services.settings.home
    told = Command(home).run("fixity", "check", "--catalogue", "--json")
    assert told.code == 5
    assert any(one["key"].startswith("incident ") for one in told.document["acts"])
