"""The gate's second ground: what another archive keeps, on both kinds of database and of store."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalGround
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import Backends, copy_home, new_home, person, small_pdf_case
from tests.worlds.at_once import at_once
from tests.worlds.retention.orders import order_row
from tests.worlds.retention.removing import open_with_erasers

CODE = "H40.18.2025.08.QLCT"
KINDS = ["sqlite-files", "postgresql-buckets"]
LONG_AGO = dt.timedelta(days=400)


@pytest.fixture(scope="module", params=KINDS)
def stored_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose one case file was handed over and may go."""
    folder = tmp_path_factory.mktemp("gate")
    backends = Backends()
    if request.param == "postgresql-buckets":
        backends = Backends(
            postgresql=request.getfixturevalue("postgresql"),
            minio=request.getfixturevalue("minio"),
        )
    home = new_home(folder / "home", backends)
    with open_with_erasers(home) as services:
        source = small_pdf_case(folder / "source", code=CODE)
        (submission,) = submit(source, actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        accept(services, submission, actor=person(services, "lan"))
        work(services, until_empty=True)
        with services.writing() as session:
            hand_over(session)
    return home


def hand_over(session: Session) -> None:
    """Rows of a transfer that was closed long ago and let go."""
    row = session.scalars(select(CaseFile)).one()
    then = clock.now() - LONG_AGO
    row.state = CaseState.TRANSFERRED
    transfer = Transfer(
        agency_id=row.agency_id,
        direction=TransferDirection.OUT,
        number=1,
        year=then.year,
        state=TransferState.CLOSED,
        partner="Lưu trữ lịch sử",
        list_sha256="0" * 64,
        composed_by="lan",
        composed_at=then,
        reply_sequence=1,
        closed_by="lan",
        closed_at=then,
        removable_on=clock.local(then).date() + dt.timedelta(days=100),
        removal_by="thuy",
        removal_at=clock.now(),
    )
    transfer.items.add(
        TransferItem(
            case_file_id=row.id,
            ordinal=1,
            code=row.code,
            title=row.title,
            state=TransferItemState.TRANSFERRED,
            version=row.version_stored,
            sha256="a" * 64,
            receipt={"code": CODE, "package_sha256": "a" * 64, "reply": 1},
        )
    )
    session.add(transfer)
    session.flush()
    session.add(
        TransferMessage(
            transfer_id=transfer.id,
            kind=TransferMessageKind.REPLY,
            direction=TransferDirection.IN,
            sequence=1,
            sha256="0" * 64,
            document="",
            at=then,
        )
    )


@pytest.fixture
def services(stored_home: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it for one test."""
    with open_with_erasers(copy_home(stored_home, tmp_path / "home")) as services:
        yield services


def claim(services: Services) -> Removal | RemovalRefusedError:
    gate = open_gate(services, [])
    with services.writing() as session:
        item: UUID = session.scalars(select(TransferItem.id)).one()
        return gate.claim_handed_over(session, [item], actor=WORKER)[item]


def test_it_leaves_every_copy_and_stays_in_the_catalogue(services: Services) -> None:
    removal = claim(services)
    assert isinstance(removal, Removal)
    again = claim(services)
    assert isinstance(again, Removal)
    assert again.id == removal.id
    assert open_gate(services, []).carry_out(removal.id) == {}
    with services.read_only() as session:
        row = session.scalars(select(CaseFile)).one()
        item = session.scalars(select(TransferItem)).one()
        done = session.scalars(select(Removal)).one()
        assert (done.ground, done.ground_id) == (RemovalGround.TRANSFER, item.id)
        assert {place.state for place in done.places} == {PlaceState.GONE}
        assert (row.state, item.state) == (CaseState.TRANSFERRED, TransferItemState.REMOVED)
        assert (row.title, row.version_stored, row.size_bytes) == (item.title, 1, 0)
        root = f"{object_root(row.ocfl_id)}/"
    for copy in services.stores:
        assert list(copy.iter_keys(root)) == []
        told = [act.document["body"] for act in iter_acts(copy, "removal")]
        assert told[0]["ground"] == "transfer"
        assert told[0]["stub"]["title"] == row.title


def test_of_workers_at_the_same_moment_one_makes_the_removal(services: Services) -> None:
    told = at_once(lambda _number: claim(services))
    assert all(isinstance(one, Removal) for one in told)
    assert len({one.id for one in told}) == 1
    removal_id = told[0].id
    left = at_once(lambda _number: open_gate(services, []).carry_out(removal_id))
    assert {} in left
    with services.read_only() as session:
        (row,) = session.scalars(select(CaseFile)).all()
        (removal,) = session.scalars(select(Removal)).all()
        assert removal.done_at is not None
        assert row.state is CaseState.TRANSFERRED


def test_a_hold_that_was_first_keeps_it(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        order = order_row()
        session.add(Hold(case_file_id=row.id, order=order, placed_at=order.placed_at))
    refused = claim(services)
    assert isinstance(refused, RemovalRefusedError)
    assert refused.facts["reason"] == "held"


def test_the_law_s_three_months_hold_whatever_the_rows_say(services: Services) -> None:
    with services.writing() as session:
        transfer = session.scalars(select(Transfer)).one()
        transfer.closed_at = clock.now() - dt.timedelta(days=80)
        transfer.removable_on = clock.today() - dt.timedelta(days=1)
    refused = claim(services)
    assert isinstance(refused, RemovalRefusedError)
    assert refused.facts["reason"] == "cooling-off"
