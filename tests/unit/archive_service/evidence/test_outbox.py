"""Evidence on its way out: one copy holds up no other, and nothing in a copy is taken on trust."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from archive_service import audit, clock
from archive_service.audit import record_event, segment_key
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.people.account import WORKER
from archive_service.evidence.expected import SegmentDigests
from archive_service.evidence.outbox import write_out
from archive_service.evidence.verify import verify_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.storage.acts import act_name
from archive_service.storage.port import (
    ObjectExistsError,
    StoreUnreachableError,
    TransferDamagedError,
)
from tests.worlds.archive import COPIES, new_home, open_home
from tests.worlds.stored_objects import LyingStore

FOREIGN = b"another's words\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        assert write_out_evidence(services)
        yield services


def noted(services: Services) -> Act:
    """An event and an act are committed."""
    act = Act(kind="agency", subject_id="H99", at=clock.now(), document={"code": "H99"})
    with services.writing() as session:
        session.add(act)
        record_event(session, "test:noted", subject_id=None, actor=WORKER)
    return act


def unwritten(services: Services) -> list[int]:
    with services.read_only() as session:
        query = select(AuditSegment.number).where(~AuditSegment.written)
        return list(session.scalars(query.order_by(AuditSegment.number)))


def next_key(services: Services) -> str:
    with services.read_only() as session:
        return segment_key(max(session.scalars(select(AuditSegment.number))) + 1)


def first_bad(services: Services) -> str | None:
    return verify_trail(services.database, copies=services.copies).first_bad


@pytest.mark.parametrize("away", COPIES)
def test_while_a_copy_is_away_the_others_get_their_segments_and_acts(
    services: Services, home: Path, away: str
) -> None:
    (here,) = set(COPIES) - {away}
    (home / away).rename(home / "unplugged")
    for _ in range(3):
        key, act = next_key(services), noted(services)
        assert not write_out_evidence(services)
        assert (home / here / key).exists()
        assert (home / here / "acts" / "agency" / f"{act_name(act)}.json").exists()
    assert len(unwritten(services)) == 3
    with pytest.raises(StoreUnreachableError):
        write_out(services.database, staging=services.staging, copies=services.copies)
    (home / "unplugged").rename(home / away)
    assert write_out_evidence(services)
    assert unwritten(services) == []
    assert first_bad(services) is None


def test_no_act_lies_in_a_copy_before_the_segment_that_tells_of_it(
    services: Services, home: Path
) -> None:
    """A rebuild from a copy that was cut off between both would take it for a planted one."""
    segments = home / COPIES[0] / "audit"
    segments.rename(home / "segments")
    segments.write_bytes(b"")
    act = noted(services)
    assert not write_out_evidence(services)
    assert not (home / COPIES[0] / "acts" / "agency" / f"{act_name(act)}.json").exists()
    segments.unlink()
    (home / "segments").rename(segments)
    assert write_out_evidence(services)


def test_acts_of_much_text_are_not_in_memory_together(services: Services, home: Path) -> None:
    long, at = 1 << 20, clock.now()
    acts = [
        Act(
            kind="agency", subject_id=f"H{n}", at=at, document={"code": f"H{n}", "text": "a" * long}
        )
        for n in range(30)
    ]
    with services.writing() as session:
        session.add_all(acts)
    names = [act_name(act) for act in acts]
    del acts
    tracemalloc.start()
    try:
        assert write_out_evidence(services)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * long
    for copy in COPIES:
        for name in names:
            assert (home / copy / "acts" / "agency" / f"{name}.json").stat().st_size > long


def test_another_segment_under_the_key_stops_no_act_and_no_later_segment(
    services: Services, home: Path
) -> None:
    taken = next_key(services)
    (home / COPIES[0] / taken).write_bytes(FOREIGN)
    noted(services)
    assert not write_out_evidence(services)
    later = next_key(services)
    act = noted(services)
    assert not write_out_evidence(services)
    assert unwritten(services) == [int(Path(taken).stem)]
    for copy in COPIES:
        assert (home / copy / later).exists()
        assert (home / copy / "acts" / "agency" / f"{act_name(act)}.json").exists()
    assert (home / COPIES[0] / taken).read_bytes() == FOREIGN
    with pytest.raises(ObjectExistsError):
        write_out(services.database, staging=services.staging, copies=services.copies)


@pytest.mark.parametrize("copy", COPIES)
def test_other_bytes_under_a_segment_that_is_not_out_yet_are_found(
    services: Services, home: Path, copy: str
) -> None:
    taken = next_key(services)
    (home / copy / taken).write_bytes(FOREIGN)
    assert first_bad(services) == f"{copy} {taken}"
    noted(services)
    write_out_evidence(services)
    assert first_bad(services) == f"{copy} {taken}"


def test_a_segment_that_is_not_out_yet_may_be_absent(services: Services, home: Path) -> None:
    (home / COPIES[1]).rename(home / "unplugged")
    noted(services)
    write_out_evidence(services)
    (home / "unplugged").rename(home / COPIES[1])
    assert first_bad(services) is None


def test_a_segment_that_the_medium_gives_up_no_more_is_named(services: Services) -> None:
    key = segment_key(1)

    def rotten(read: str, data: bytes, _nth: int) -> bytes:
        if read == key:
            raise TransferDamagedError(key=read, expected=f"{len(data)} bytes")
        return data

    copies = [LyingStore(services.copies[0], rotten), services.copies[1]]
    told = verify_trail(services.database, copies=copies)
    assert told.first_bad == f"{COPIES[0]} {key}"


def test_memory_stays_flat_however_many_segments_there_are(services: Services) -> None:
    """Of 30 000 segments neither the digests that fixity expects nor the walk are held at once."""
    with services.writing() as session:
        first = audit.last_number(session) + 1_000_000
        row = {"sha256": "0" * 64, "previous_sha256": "0" * 64, "sealed_at": clock.now()}
        rows = [
            row | {"number": number, "first_event": number, "last_event": number, "written": True}
            for number in range(first, first + 30_000)
        ]
        session.execute(insert(AuditSegment), rows)
    del rows
    tracemalloc.start()
    try:
        digests = SegmentDigests(services.database)
        assert sum(len(digest) == 64 for digest in digests.values()) == len(digests) > 30_000
        assert first_bad(services) is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert digests.get("audit/nothing.jsonl") is None
    assert digests[segment_key(first + 7)] == "0" * 64
    assert peak < 6 << 20
