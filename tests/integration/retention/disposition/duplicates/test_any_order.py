"""Whatever happens in whatever order, of what two case files hold the same one copy stays."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from tests.integration.retention.disposition.duplicates.duplicates import (
    ENDS_ON,
    FIRST,
    SECOND,
    decided_as_duplicate,
    doubled_home,
)
from tests.worlds.archive import Backends, open_home
from tests.worlds.retention.orders import order_row

ACTS = ("claim", "both", "shorten", "restore", "hold", "lift", "damage", "mend", "close", "open")


@dataclass(frozen=True)
class World:
    """The services, and by each of two case files the item that names the other as its keeper."""

    services: Services
    items: dict[str, UUID]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Two lists that were decided on; nothing of an order of acts is ever committed."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    place: Path = tmp_path_factory.mktemp("any-order")
    with open_home(doubled_home(place, backends)) as services:
        items = {
            FIRST: decided_as_duplicate(services, FIRST, SECOND, number=1),
            SECOND: decided_as_duplicate(services, SECOND, FIRST, number=2),
        }
        yield World(services, items)


def row_of(session: Session, code: str) -> CaseFile:
    return session.scalars(select(CaseFile).where(CaseFile.code == code)).one()


def keeps(session: Session, row: CaseFile, other: CaseFile) -> bool:
    """Whether the test itself finds ``row`` fit to keep what ``other`` holds."""
    holds = select(Hold.id).where(Hold.case_file_id == row.id, Hold.lifted_at.is_(None))
    states = session.scalars(select(CopyState.state).where(CopyState.case_file_id == row.id)).all()
    closed = select(Document.id).where(Document.case_file_id == row.id, Document.quarantined)
    assert row.ends_on is not None
    assert other.ends_on is not None
    return (
        row.removing_since is None
        and row.ends_on >= other.ends_on
        and session.scalars(holds).first() is None
        and set(states) == {"verified"}
        and session.scalars(closed).first() is None
    )


def change(session: Session, act: str, row: CaseFile) -> None:
    """What people, holds, checks and desks do to a case file between two claims."""
    if act in ("shorten", "restore"):
        row.ends_on = ENDS_ON - dt.timedelta(days=act == "shorten")
    elif act == "hold":
        order = order_row()
        session.add(Hold(case_file_id=row.id, order=order, placed_at=order.placed_at))
    elif act == "lift":
        of_it = update(Hold).where(Hold.case_file_id == row.id)
        session.execute(of_it.values(lifted_at=clock.now()))
    elif act in ("damage", "mend"):
        state = "damaged" if act == "damage" else "verified"
        of_it = update(CopyState).where(CopyState.case_file_id == row.id)
        session.execute(of_it.values(state=state))
    else:
        of_it = update(Document).where(Document.case_file_id == row.id)
        session.execute(of_it.values(quarantined=act == "close"))
    session.flush()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from((FIRST, SECOND))), min_size=1, max_size=8
    )
)
def test_one_of_two_stays_and_none_goes_without_what_keeps_it(
    world: World, steps: list[tuple[str, str]]
) -> None:
    gate = open_gate(world.services, [])
    other = {FIRST: SECOND, SECOND: FIRST}
    with world.services.unit_of_work() as uow:  # left without a commit
        session = uow.session
        for act, code in [*steps, ("both", FIRST)]:
            rows = {one: row_of(session, one) for one in other}
            if act not in ("claim", "both"):
                if rows[code].removing_since is None:
                    change(session, act, rows[code])
                continue
            fit = {one: keeps(session, rows[kept], rows[one]) for one, kept in other.items()}
            going = [one for one in other if rows[one].removing_since is not None]
            asked = [code] if act == "claim" else [code, other[code]]
            told = gate.claim_all(session, [world.items[one] for one in asked], actor=WORKER)
            session.flush()
            for one in asked:
                if isinstance(told[world.items[one]], Removal):
                    assert one in going or fit[one]
            assert sum(row_of(session, one).removing_since is not None for one in other) <= 1


def test_untouched_exactly_one_of_them_goes(world: World) -> None:
    gate = open_gate(world.services, [])
    with world.services.unit_of_work() as uow:  # left without a commit
        told = gate.claim_all(uow.session, list(world.items.values()), actor=WORKER)
        assert sorted(isinstance(one, Removal) for one in told.values()) == [False, True]
