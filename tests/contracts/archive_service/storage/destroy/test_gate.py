"""The destroy gate: what it asks before it claims, and what is left afterwards.

The same promises on both kinds of database and of store.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.hold import Hold, HoldLock, HoldScope
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.setup import acts as setup_acts
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.destroy.gate import DestroyGate
from archive_service.storage.destroy.places import Remains, remains_left
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from retention.destruction.acts import RESUME_JOB
from tests.services.servers import MinioServer
from tests.worlds.archive import OPERATOR, Backends, copy_home, new_home, person, small_pdf_case
from tests.worlds.retention.orders import order_row
from tests.worlds.retention.removing import approved, open_with_erasers
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.08.QLCT"
KINDS = ["sqlite-files", "postgresql-buckets"]


@pytest.fixture(scope="module", params=KINDS)
def stored_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one case file stored in two copies."""
    folder = tmp_path_factory.mktemp("gate")
    backends = Backends()
    if request.param == "postgresql-buckets":
        backends = Backends(
            postgresql=request.getfixturevalue("postgresql"),
            minio=request.getfixturevalue("minio"),
        )
    home = new_home(folder / "home", backends)
    with open_with_erasers(home) as services:
        take_in_one(services, folder / "source")
    return home


def take_in_one(services: Services, folder: Path) -> None:
    source = small_pdf_case(folder, code=CODE)
    (submission,) = submit(source, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(services, submission, actor=person(services, "lan"))
    work(services, until_empty=True)


@pytest.fixture
def services(stored_home: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it for one test."""
    with open_with_erasers(copy_home(stored_home, tmp_path / "home")) as services:
        yield services


def claim(services: Services, item: UUID) -> UUID:
    gate = open_gate(services, [])
    with services.writing() as session:
        removal = gate.claim(session, item, actor=WORKER)
    return removal.id


def change(services: Services, act: Callable[[Session, CaseFile], Any]) -> None:
    with services.writing() as session:
        act(session, session.scalars(select(CaseFile)).one())


def one(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile)).one()


def left_in_copies(services: Services) -> list[str]:
    root = f"{object_root(one(services).ocfl_id)}/"
    return [key for copy in services.stores for key in copy.iter_keys(root)]


def place_hold(session: Session, row: CaseFile) -> None:
    order = order_row()
    session.add(Hold(case_file_id=row.id, order=order, placed_at=order.placed_at))


def hold_fonds(session: Session, row: CaseFile) -> None:
    order = order_row(scope=HoldScope.FONDS)
    session.add(Hold(fonds_id=row.fonds_id, order=order, placed_at=order.placed_at))


def link_it(session: Session, row: CaseFile) -> None:
    """As if another case file named a document of it; the row of the other is a copy of its own."""
    session.refresh(row)
    columns = {column.key: getattr(row, column.key) for column in CaseFile.__table__.columns}
    other = columns | {
        "id": uuid4(),
        "code": f"{CODE}.2",
        "arc_file_code": "other",
        "ocfl_id": "urn:uuid:OTHER",
    }
    session.add(CaseFile(**other))
    session.flush()
    session.add(
        DocumentLink(
            case_file_id=other["id"],
            ordinal=1,
            source_id=row.id,
            document_id=row.documents[0].id,
            reason="Dùng chung",
            linked_by="lan",
            linked_at=clock.now(),
        )
    )


def item_of(session: Session) -> DispositionItem:
    return session.scalars(select(DispositionItem)).one()


def disposition_of(session: Session) -> Disposition:
    return session.scalars(select(Disposition)).one()


REFUSALS: dict[str, tuple[str, Callable[[Session, CaseFile], Any]]] = {
    "a hold": ("held", place_hold),
    "a hold on its fonds": ("held", hold_fonds),
    "a lock of a hold that is still in a store": (
        "held",
        lambda session, row: session.add(
            HoldLock(
                case_file_id=row.id, copy="kho1", version=1, in_store=True, read_at=clock.now()
            )
        ),
    ),
    "a document in a kept case file": ("linked", link_it),
    "a permanent term": ("permanent", lambda _session, row: setattr(row, "permanent", True)),
    "no last day yet": ("undue", lambda _session, row: setattr(row, "ends_on", None)),
    "the last day itself": (
        "undue",
        lambda _session, row: setattr(row, "ends_on", clock.today()),
    ),
    "another last day than was reviewed": (
        "changed",
        lambda _session, row: setattr(row, "ends_on", dt.date(2021, 12, 31)),
    ),
    "a newer version that is not safe": (
        "not-stored",
        lambda _session, row: setattr(row, "version_wanted", 9),
    ),
    "a case file that was handed on": (
        "not-stored",
        lambda _session, row: setattr(row, "state", CaseState.TRANSFERRED),
    ),
    "a job that runs on it": (
        "busy",
        lambda session, row: session.add(
            Job(
                name="check-case-file",
                queue="default",
                subject_id=row.id,
                state=JobState.RUNNING,
                run_at=clock.now(),
                created_at=clock.now(),
            )
        ),
    ),
    "an item that was not approved": (
        "not-approved",
        lambda session, _row: setattr(item_of(session), "state", ItemState.REVIEWED),
    ),
    "another outcome": (
        "not-approved",
        lambda session, _row: setattr(item_of(session), "outcome", Outcome.KEEP),
    ),
    "a list that was only submitted": (
        "not-approved",
        lambda session, _row: setattr(disposition_of(session), "state", DispositionState.SUBMITTED),
    ),
    "a list that its proposer approved": (
        "not-approved",
        lambda session, _row: setattr(disposition_of(session), "decided_by", "lan"),
    ),
    "a list that changed after it was reviewed": (
        "list-changed",
        lambda session, _row: setattr(item_of(session), "edition", 9),
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_nothing_is_claimed_that_may_not_go(services: Services, what: str) -> None:
    (item,) = approved(services, CODE)
    reason, act = REFUSALS[what]
    change(services, act)
    with pytest.raises(RemovalRefusedError) as refused:
        claim(services, item)
    assert refused.value.facts == {"code": CODE, "reason": reason}
    assert refused.value.code == "removal-refused"
    with services.read_only() as session:
        assert session.scalar(select(Removal)) is None
        assert session.scalar(select(Act).where(Act.kind == "removal")) is None
        rows = session.scalars(select(CaseFile).where(CaseFile.code == CODE))
        assert [row.removing_since for row in rows] == [None]


def test_what_was_claimed_leaves_every_copy_in_all_its_versions(services: Services) -> None:
    (item,) = approved(services, CODE)
    assert left_in_copies(services)
    removal_id = claim(services, item)
    assert one(services).removing_since is not None
    assert left_in_copies(services), "a claim removes nothing"
    assert open_gate(services, []).carry_out(removal_id) == {}
    assert left_in_copies(services) == []
    with services.read_only() as session:
        removal = session.get_one(Removal, removal_id)
        assert removal.done_at is not None
        assert {place.place: place.state for place in removal.places} == {
            "copy:kho1": PlaceState.GONE,
            "copy:kho2": PlaceState.GONE,
        }
        for place in removal.places:
            assert place.proof["found"] > 5
            assert place.proof["left"] == 0
        assert item_of(session).state is ItemState.DONE
    row = one(services)
    assert (row.state, row.code, row.description) == (CaseState.DESTROYED, CODE, None)


def test_a_second_claim_and_a_second_run_change_nothing(services: Services) -> None:
    (item,) = approved(services, CODE)
    removal_id = claim(services, item)
    assert claim(services, item) == removal_id
    gate = open_gate(services, [])
    gate.carry_out(removal_id)
    assert claim(services, item) == removal_id
    assert gate.carry_out(removal_id) == {}
    with services.read_only() as session:
        assert len(session.scalars(select(Removal)).all()) == 1
        assert len(session.scalars(select(RemovalPlace)).all()) == 2


def test_the_tombstone_lies_in_every_copy_before_a_byte_goes(services: Services) -> None:
    (item,) = approved(services, CODE)
    removal_id = claim(services, item)
    seen: list[tuple[int, list[str]]] = []

    class Watching:
        """A place that looks at the copies when it is asked what it holds."""

        name = "watching"

        def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
            told = [act.document["body"]["code"] for copy in services.stores
                    for act in iter_acts(copy, "removal")]  # fmt: skip
            seen.append((len(left_in_copies(services)), told))
            return {remains.removal_id: {"found": 1} for remains in many}

        def remove(self, _many: Sequence[Remains]) -> None:
            """Nothing."""

        def left(self, _many: Sequence[Remains]) -> dict[UUID, BackendError]:
            return {}

    with services.writing() as session:
        session.add(RemovalPlace(removal_id=removal_id, place="watching", proof={}))
    assert open_gate(services, [Watching()]).carry_out(removal_id) == {}
    ((count, told),) = seen
    assert count > 5
    assert told == [CODE, CODE]


def test_a_place_that_is_not_clear_afterwards_stays_open(services: Services) -> None:
    (item,) = approved(services, CODE)
    removal_id = claim(services, item)

    class Stubborn:
        """A place that gives nothing up."""

        name = "stubborn"

        def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
            return {remains.removal_id: {"found": 2} for remains in many}

        def remove(self, _many: Sequence[Remains]) -> None:
            """Nothing."""

        def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
            return remains_left(self.name, {remains.removal_id: 2 for remains in many})

    with services.writing() as session:
        session.add(RemovalPlace(removal_id=removal_id, place="stubborn", proof={}))
    told = open_gate(services, [Stubborn()]).carry_out(removal_id)
    assert told == {"stubborn": "remains-left"}
    assert left_in_copies(services) == []
    assert one(services).state is CaseState.STORED


def test_a_hold_that_only_a_store_knows_keeps_all_copies(services: Services) -> None:
    (item,) = approved(services, CODE)
    removal_id = claim(services, item)
    store = services.stores[1]
    if not hasattr(store, "set_legal_hold"):
        pytest.skip("files have no holds of their own")
    keys = left_in_copies(services)
    store.set_legal_hold(keys[-1], True)
    gate = open_gate(services, [])
    assert gate.carry_out(removal_id)["copy:kho2"] == "object-held"
    assert left_in_copies(services) == keys
    store.set_legal_hold(keys[-1], False)
    assert gate.carry_out(removal_id) == {}
    assert left_in_copies(services) == []


def test_a_gate_without_an_eraser_leaves_the_place_open(services: Services) -> None:
    (item,) = approved(services, CODE)
    removal_id = claim(services, item)
    whole = open_gate(services, [])
    erasers = {name: eraser for name, eraser in whole._erasers.items() if name != "kho2"}
    lame = DestroyGate(
        services.database,
        stores=services.stores,
        erasers=erasers,
        places=[],
        rules=services.settings.retention,
        doubt=whole._doubt,
    )
    assert lame.carry_out(removal_id) == {"copy:kho2": "copy-not-connected"}
    assert one(services).state is CaseState.STORED
    assert all(
        False for _ in services.stores[0].iter_keys(f"{object_root(one(services).ocfl_id)}/")
    )
    assert whole.carry_out(removal_id) == {}
    assert left_in_copies(services) == []


def test_a_lock_that_may_not_be_passed_is_waited_for_and_says_until_when(
    minio: MinioServer, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "home")
    settings = read_settings(home)
    locked = f"{minio.new_bucket_url()}&name=kho3"
    settings["storage"] = {"copies": [locked], "lock_mode": "COMPLIANCE"}
    write_settings(home, settings)
    with open_with_erasers(home) as services:
        with services.writing() as session:  # this one alone, as if from the first
            session.execute(delete(EnrolledCopy))
        setup_acts.init_archive(services, actor=OPERATOR)
        take_in_one(services, tmp_path / "source")
        (item,) = approved(services, CODE)
        removal_id = claim(services, item)
        keys = left_in_copies(services)
        assert open_gate(services, []).carry_out(removal_id) == {"copy:kho3": "object-locked"}
        assert left_in_copies(services) == keys
        with services.writing() as session:
            place = session.scalars(select(RemovalPlace)).one()
            assert place.until is not None
            assert place.until > clock.now() + dt.timedelta(days=365)
            services.jobs.add(session, RESUME_JOB)
        assert one(services).state is CaseState.STORED
        assert run_one(services, names=(RESUME_JOB,)) == "done"
        assert run_one(services, names=("destroy-case-file",)) is None
