"""The audit trail: whatever is changed, removed or put in is found, in the database and outside."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from archive_service import audit, clock
from archive_service.audit import ChainVerdict, record_event, segment_key
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.people.account import WORKER
from archive_service.evidence.outbox import write_out
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.port import StoreUnreachableError
from tests.worlds.archive import COPIES, new_home, open_home
from tests.worlds.browsers import counted
from tests.worlds.rewriting import as_owner

SEGMENTS = 3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    """An archive with three segments more than it was born with, and two loose events."""
    with open_home(home) as services:
        for number in range(SEGMENTS):
            note(services, number)
            note(services, number)
            write_out(services.database, staging=services.staging, copies=services.copies)
        note(services, SEGMENTS)
        note(services, SEGMENTS)
        assert verdict(services).ok
        yield services


def note(services: Services, number: int) -> None:
    with services.writing() as session:
        record_event(session, "test:noted", subject_id=None, actor=WORKER, data={"number": number})


def verdict(services: Services) -> ChainVerdict:
    return verify_trail(services.database, copies=services.copies)


def last_segment(services: Services) -> int:
    return verdict(services).segments


def tamper(services: Services, act: Callable[[Session], object]) -> None:
    """As somebody with the database's password could."""
    with services.writing() as session:
        act(as_owner(session))


def test_the_trail_fits_and_says_how_long_it_is(services: Services) -> None:
    told = verdict(services)
    with services.read_only() as session:
        assert told.events == audit.last_number(session)
    assert told.segments > SEGMENTS


def test_a_segment_costs_no_statement_of_its_own(services: Services) -> None:
    with counted(services) as few:
        before = verdict(services)
    for number in range(10):
        note(services, number)
        write_out(services.database, staging=services.staging, copies=services.copies)
    with counted(services) as many:
        after = verdict(services)
    assert after.ok
    assert after.segments >= before.segments + 10
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "values",
    [
        {"tag": "test:other"},
        {"account": "someone"},
        {"data": {"number": 99}},
        {"at": clock.parse_iso("2026-01-01T00:00:00Z")},
        {"subject_id": "someone"},
        {"os_user": "root"},
        {"role": "admin"},
        {"agency_id": "x"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_event_is_found(services: Services, values: dict[str, object]) -> None:
    tamper(services, lambda s: s.execute(update(AuditEvent).filter_by(number=2).values(**values)))
    assert verdict(services).first_bad == "event 2"


def test_an_event_changed_with_its_digest_breaks_the_chain(services: Services) -> None:
    def forge(session: Session) -> None:
        event = session.get_one(AuditEvent, 2)
        event.account = "someone"
        event.sha256 = audit.event_sha256(event)

    tamper(services, forge)
    assert verdict(services).first_bad == "event 3"


def test_a_chain_made_anew_does_not_fit_its_segments(services: Services) -> None:
    def forge(session: Session) -> None:
        previous = audit.GENESIS
        for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)):
            event.account = "someone" if event.number == 2 else event.account
            event.previous_sha256 = previous
            previous = event.sha256 = audit.event_sha256(event)

    tamper(services, forge)
    assert verdict(services).first_bad == "segment 1"


def test_segments_made_anew_do_not_fit_the_copies(services: Services) -> None:
    """Events, chain, segments and digests of the whole database forged: the copies still tell."""

    def forge(session: Session) -> None:
        before = audit.GENESIS
        for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)):
            event.account = "someone" if event.number == 2 else event.account
            event.previous_sha256 = before
            before = event.sha256 = audit.event_sha256(event)
        session.flush()
        previous = audit.GENESIS
        for segment in session.scalars(select(AuditSegment).order_by(AuditSegment.number)):
            segment.previous_sha256 = previous
            told = audit.segment_bytes(segment, audit.segment_events(session, segment))
            previous = segment.sha256 = hashlib.sha256(told).hexdigest()

    tamper(services, forge)
    assert verdict(services).first_bad == f"{COPIES[0]} {segment_key(1)}"


def test_a_removed_event_is_found(services: Services) -> None:
    tamper(services, lambda s: s.execute(delete(AuditEvent).filter_by(number=3)))
    assert verdict(services).first_bad == "event 3"


def test_removed_last_events_are_missed_by_their_segment(services: Services) -> None:
    with services.read_only() as session:
        sealed = session.scalars(
            select(AuditSegment.last_event).order_by(AuditSegment.number.desc())
        ).first()
    assert sealed is not None
    tamper(services, lambda s: s.execute(delete(AuditEvent).where(AuditEvent.number >= sealed)))
    assert verdict(services).first_bad == f"segment {last_segment(services)}"


def test_a_removed_last_segment_is_told_by_the_copies(services: Services) -> None:
    number = last_segment(services)

    def cut(session: Session) -> None:
        segment = session.get_one(AuditSegment, number)
        session.execute(delete(AuditEvent).where(AuditEvent.number >= segment.first_event))
        session.delete(segment)

    tamper(services, cut)
    assert verdict(services).first_bad == f"{COPIES[0]} {segment_key(number)}"


def test_an_inserted_event_is_found(services: Services) -> None:
    def insert(session: Session) -> None:
        last = session.get_one(AuditEvent, audit.last_number(session))
        document = json.loads(audit.event_line(last)) | {"number": last.number + 1}
        session.add(audit.event_from_document(document))

    with services.read_only() as session:
        number = audit.last_number(session)
    tamper(services, insert)
    assert verdict(services).first_bad == f"event {number + 1}"


def test_a_removed_segment_is_found(services: Services) -> None:
    tamper(services, lambda s: s.execute(delete(AuditSegment).filter_by(number=2)))
    assert verdict(services).first_bad == "segment 2"


def test_a_changed_segment_is_found(services: Services) -> None:
    changed = update(AuditSegment).filter_by(number=2).values(sealed_at=clock.now())
    tamper(services, lambda session: session.execute(changed))
    assert verdict(services).first_bad == "segment 2"


@pytest.mark.parametrize("copy", COPIES)
def test_a_segment_changed_in_any_copy_is_found(services: Services, home: Path, copy: str) -> None:
    file = home / copy / segment_key(2)
    file.write_bytes(file.read_bytes().replace(b"test", b"tesT").replace(b"os:", b"oS:"))
    assert verdict(services).first_bad == f"{copy} {segment_key(2)}"


@pytest.mark.parametrize("copy", COPIES)
def test_a_segment_removed_from_any_copy_is_found(
    services: Services, home: Path, copy: str
) -> None:
    (home / copy / segment_key(1)).unlink()
    assert verdict(services).first_bad == f"{copy} {segment_key(1)}"


@pytest.mark.parametrize("copy", COPIES)
def test_a_segment_put_into_any_copy_is_found(services: Services, home: Path, copy: str) -> None:
    (home / copy / segment_key(999)).write_bytes(b"{}\n")
    assert verdict(services).first_bad == f"{copy} {segment_key(999)}"


def test_a_copy_that_is_away_says_nothing_of_the_trail(services: Services, home: Path) -> None:
    (home / COPIES[1]).rename(home / "away")
    with pytest.raises(StoreUnreachableError):
        verdict(services)


def test_every_copy_holds_the_same_lines_and_they_read_back(services: Services, home: Path) -> None:
    files = [sorted((home / copy / "audit").iterdir()) for copy in COPIES]
    assert [file.name for file in files[0]] == [file.name for file in files[1]]
    told: list[dict[str, Any]] = []
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()
        told.extend(json.loads(line) for line in one.read_text("utf-8").splitlines()[1:])
    previous = audit.GENESIS
    for document in told:
        event = audit.event_from_document(document)
        assert event.previous_sha256 == previous
        previous = event.sha256


def test_there_is_no_empty_segment(services: Services) -> None:
    write_out(services.database, staging=services.staging, copies=services.copies)
    again = write_out(services.database, staging=services.staging, copies=services.copies)
    assert (again.acts, again.segments) == (0, 0)
