"""Telling how far copies lag reads what is on its way, not all that is held."""

from sqlalchemy import select, update

from archive_service.bench.seed import Seeds
from archive_service.db.engine import WRITING
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.services import Services
from archive_service.storage.copies.lag import copy_lag
from tests.worlds.browsers import steps_of

TIMES = 200


def grow(services: Services) -> None:
    services.database.close()
    with services.database.engine.connect() as connection:
        seeds = Seeds(connection)
    with services.database.engine.execution_options(**{WRITING: True}).begin() as connection:
        seeds.add(connection, TIMES)


def ask(services: Services) -> None:
    with services.read_only() as session:
        copy_lag(session)


def test_it_costs_as_much_with_two_hundred_times_as_many_held(services: Services) -> None:
    few = steps_of(services, lambda: ask(services))
    grow(services)
    assert steps_of(services, lambda: ask(services)) <= few + 1000  # of 200 more each takes 30


def test_what_is_on_its_way_is_told_of_every_copy(services: Services) -> None:
    grow(services)
    with services.writing() as session:
        row = session.scalars(select(CaseFile).order_by(CaseFile.code)).first()
        assert row is not None
        row.version_stored = 0
        sizes = [version.size_bytes for version in row.versions]
        for state in row.copies:
            state.version = 0
        newest = select(AuditSegment.number).order_by(AuditSegment.number.desc()).limit(1)
        one = AuditSegment.number == newest.scalar_subquery()
        session.execute(update(AuditSegment).where(one).values(written=False, held_by=""))
    with services.read_only() as session:
        lags = copy_lag(session)
    assert len(lags) == 2
    for lag in lags.values():
        assert (lag.versions, lag.bytes, lag.segments) == (len(sizes), sum(sizes), 1)
