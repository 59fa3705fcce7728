"""A list of tens of thousands of rows: every bad row is told by itself, and memory stays flat."""

import resource
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.intake.submission import Submission
from ingest.channels.bulk import open_bulk
from ingest.deliveries.plan import open_plan
from ingest.deliveries.take_in import Tools, begin_delivery, iter_taken, tell_plan
from tests.worlds.door import Door, case_row, document_row, write_sheet
from tests.worlds.ingest.bulk import code_of

TWICE = 100  # each so manieth row bears the code of the row above it
GROWTH_KIB = 300 << 10


def bad_list(folder: Path, rows: int) -> Path:
    """None of the files that it names came; some codes come twice."""
    folder.mkdir()
    codes = [code_of(number - (number % TWICE == 0)) for number in range(1, rows + 1)]
    papers = [document_row(f"{code}/1.pdf", code) for code in dict.fromkeys(codes)]
    write_sheet(folder / "danh-sach.xlsx", [case_row(code) for code in codes], papers)
    return folder


def taken(door: Door, place: Path) -> Delivery:
    tools = Tools(door.database, door.staging, door.jobs, door.limits)
    with (
        open_bulk(place, place.name, door.limits, channel="folder") as bulk,
        open_plan(bulk.sheet, bulk.sheet_name, bulk.entries, door.limits) as plan,
    ):
        delivery_id, _ = begin_delivery(
            bulk, place=str(place), channel="folder", actor=door.officer, tools=tools
        )
        tell_plan(delivery_id, plan, database=door.database)
        for _ in iter_taken(delivery_id, bulk, plan, tools=tools):
            pass
    with door.database.read_only() as session:
        return session.get_one(Delivery, delivery_id)


@pytest.mark.parametrize("rows", [600, pytest.param(30_000, marks=pytest.mark.long)])
def test_every_row_of_a_long_bad_list_is_told_and_none_is_taken(
    door: Door, tmp_path: Path, rows: int
) -> None:
    place = bad_list(tmp_path / "dot-1", rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = taken(door, place)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (done.state, done.rows, done.done) == (DeliveryState.DONE, rows, rows)
    assert (done.refused, done.findings) == (rows, [])
    with door.database.read_only() as session:
        refused = session.execute(
            select(DeliveryRefusal.row, DeliveryRefusal.findings).order_by(DeliveryRefusal.row)
        ).all()
        assert session.scalar(select(func.count()).select_from(Submission)) == 0
    told = [(row, [finding["code"] for finding in findings]) for row, findings in refused]
    expected = ["file-missing", "code-twice"]
    assert told == [(number + 1, [expected[number % TWICE == 0]]) for number in range(1, rows + 1)]
    assert grown < GROWTH_KIB
    assert door.staged() == set()
