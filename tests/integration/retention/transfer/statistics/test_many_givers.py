"""Transfers of many givers and years, laid down as rows: parts of lists and sums over all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.bench.transfer.givers import ITEMS, YEARS, seed
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.transfer.transfer import Transfer, TransferItemState
from archive_service.services import Services
from retention.transfer.items import items_of, page_of_items
from retention.transfer.statistics.acts import figures
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home, person

GIVERS = 3
BACK = ITEMS // 20  # of each transfer that was decided


@pytest.fixture(params=["sqlite", "postgresql"])
def seeded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """A historical archive on each database, to which some archives delivered in ten years."""
    server: PostgreSql | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
    home = new_home(tmp_path / "many", Backends(postgresql=server), historical=True)
    with open_home(home) as services:
        seed(services, GIVERS)
        yield services


def givers_of(services: Services) -> int:
    """Those that were laid down, beside the agencies that were there."""
    with services.read_only() as session:
        return len(session.scalars(select(Agency.id)).all())


def test_reasons_and_sums_tell_of_all_that_came(seeded: Services) -> None:
    told = figures(seeded, actor=person(seeded, "lan"))
    givers = givers_of(seeded)
    assert len(told["rows"]) == givers * YEARS
    assert sum(year["stored"] for year in told["years"]) == givers * (YEARS - 1) * (ITEMS - BACK)
    assert sum(year["returned"] for year in told["years"]) == givers * (YEARS - 1) * BACK
    counted = {(reason["kind"], reason["code"]): reason["count"] for reason in told["reasons"]}
    assert counted == {
        ("check", check): givers * (YEARS - 1) * number
        for check, number in (("formats", 2), ("signatures", 2), ("checksums", 1))
    }
    assert told["years"][-1]["backlog"] == told["years"][-1]["transfers"] == givers


def test_a_late_page_of_the_items_is_the_part_of_all(seeded: Services) -> None:
    with seeded.read_only() as session:
        row = session.scalars(select(Transfer).order_by(Transfer.year, Transfer.number)).first()
        assert row is not None
        for state in ("", "stored", "returned"):
            wanted = [TransferItemState(state)] if state else []
            whole = [transfer_item.ordinal for transfer_item in items_of(session, row.id, *wanted)]
            for offset in (0, 1, len(whole) - 1, len(whole)):
                part = page_of_items(session, row, state=state, offset=offset, limit=7)
                assert [transfer_item.ordinal for transfer_item in part] == whole[
                    offset : offset + 7
                ]
        for text, offset, ordinal in (("BENCH 10", 0, 10), ("BENCH", ITEMS - 1, ITEMS)):
            found = page_of_items(session, row, text=text, offset=offset, limit=7)
            assert [transfer_item.ordinal for transfer_item in found] == [ordinal]
