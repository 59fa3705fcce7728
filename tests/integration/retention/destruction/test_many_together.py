"""Many case files are destroyed together, and each keeps its own proofs and its own troubles."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import DESTROY_JOB, PlaceState, Removal, RemovalPlace
from archive_service.errors import BackendError
from archive_service.jobs.port import LeaseLostError
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.destroy.places import Remains, RemainsLeftError
from archive_service.worker import run_one
from retention.destruction.acts import claim_items
from retention.destruction.places.all import places_of
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.retention.removing import (
    MARKED,
    MARKS,
    OTHER,
    approved,
    case_of,
    iter_marked,
    marked_home,
    states,
    without_grace,
)

BOTH = (MARKED, OTHER)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files, one of them full of marks, and no backup."""
    return marked_home(tmp_path_factory.mktemp("together"), backed_up=False)


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def claimed_both(services: Services) -> list[UUID]:
    items = approved(services, *BOTH)
    with services.writing() as session:
        told = claim_items(services, session, items)
    removals = [told[item] for item in items]
    assert all(isinstance(removal, Removal) for removal in removals)
    return [removal.id for removal in removals if isinstance(removal, Removal)]


def test_one_job_takes_all_that_wait_and_each_has_its_proofs(services: Services) -> None:
    removals = claimed_both(services)
    assert run_one(services, names=(DESTROY_JOB,)) == "done"
    assert run_one(services, names=(DESTROY_JOB,)) is None, "the other went with it"
    for removal_id, code in zip(removals, BOTH, strict=True):
        assert "open" not in states(services, removal_id).values()
        assert case_of(services, code).state is CaseState.DESTROYED
        told = [act.document["body"] for act in iter_acts(services.stores[0], "removal")]
        own = [body for body in told if body["code"] == code]
        assert [body["done_at"] is not None for body in own] == [False, True]
    with services.read_only() as session:
        found = {
            row.place: row.proof["found"]
            for row in session.scalars(
                select(RemovalPlace).where(RemovalPlace.removal_id == removals[0])
            )
        }
        others = {
            row.place: row.proof["found"]
            for row in session.scalars(
                select(RemovalPlace).where(RemovalPlace.removal_id == removals[1])
            )
        }
    assert found["copy:kho1"] > others["copy:kho1"] > 5
    assert found["rows"] > others["rows"] > 5
    assert list(iter_marked(services.settings.home, *MARKS)) == []


def test_what_is_refused_stays_and_the_others_of_the_list_are_claimed(services: Services) -> None:
    items = approved(services, *BOTH)
    hung = person(services, "hung")
    place_holds(services, [OTHER], actor=hung, reason="Thanh tra", authority="12/QĐ-TTT")
    with services.writing() as session:
        told = claim_items(services, session, items)
    refused = told[items[1]]
    assert isinstance(refused, RemovalRefusedError)
    assert refused.facts == {"code": OTHER, "reason": "held"}
    assert isinstance(told[items[0]], Removal)
    assert case_of(services, MARKED).removing_since is not None
    assert case_of(services, OTHER).removing_since is None
    with services.read_only() as session:
        assert session.get_one(DispositionItem, items[1]).state is ItemState.APPROVED
        waiting = select(Job.subject_id).where(Job.name == DESTROY_JOB)
        assert session.scalars(waiting).all() == [case_of(services, MARKED).id]


class Stubborn:
    """A place that gives one of them up and not the other."""

    name = "stubborn"

    def __init__(self, kept: UUID) -> None:
        self._kept = kept

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """One piece of each."""
        return {remains.removal_id: {"found": 1} for remains in many}

    def remove(self, _many: Sequence[Remains]) -> None:
        """Nothing."""

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Of the one that is kept."""
        assert {remains.removal_id for remains in many} >= {self._kept}
        return {self._kept: RemainsLeftError(place=self.name, count=1)}


def add_place(services: Services, removals: Sequence[UUID], name: str) -> None:
    with services.writing() as session:
        session.add_all(
            RemovalPlace(removal_id=removal, place=name, proof={}) for removal in removals
        )


def test_what_keeps_one_open_keeps_no_other(services: Services) -> None:
    removals = claimed_both(services)
    add_place(services, removals, Stubborn.name)
    gate = open_gate(services, [Stubborn(removals[0]), *places_of(services)])
    told = gate.carry_out_all(removals)
    assert told == {removals[0]: {"stubborn": "remains-left"}, removals[1]: {}}
    assert case_of(services, MARKED).state is CaseState.STORED
    assert case_of(services, OTHER).state is CaseState.DESTROYED


class Overtaken:
    """A place that is asked when another worker has come and done it all."""

    name = "overtaken"

    def __init__(self, services: Services, removals: Sequence[UUID]) -> None:
        self._gate = open_gate(services, places_of(services))
        self._removals = removals

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """The other worker is quicker."""
        self._gate.carry_out_all(self._removals)
        return {remains.removal_id: {"found": 0} for remains in many}

    def remove(self, _many: Sequence[Remains]) -> None:
        """Nothing."""

    def left(self, _many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Nothing."""
        return {}


def test_the_proofs_of_who_was_first_stand(services: Services) -> None:
    removals = claimed_both(services)
    add_place(services, removals, Overtaken.name)
    places = places_of(services)
    gate = open_gate(services, [places[0], Overtaken(services, removals), *places[1:]])
    told = gate.carry_out_all(removals)
    assert told == {removal: {} for removal in removals}
    with services.read_only() as session:
        for removal_id in removals:
            rows = session.scalars(
                select(RemovalPlace).where(RemovalPlace.removal_id == removal_id)
            )
            for row in rows:
                if row.place.startswith("copy:") or row.place in ("index", "rows"):
                    assert (row.state, row.proof["found"] > 0) == (PlaceState.GONE, True), row.place
        acts = session.scalars(select(Act.document).where(Act.kind == "removal")).all()
        ends = [act["ocfl_id"] for act in acts if act["done_at"] is not None]
        assert len(ends) == len(set(ends)) == len(removals), "one end each"


def test_what_failed_once_is_tried_alone(services: Services) -> None:
    claimed_both(services)
    ledger = services.jobs
    (first, second) = ledger.claim_more(DESTROY_JOB, most=9)
    ledger.give_back([first, second], tried=False)
    (first, second) = ledger.claim_more(DESTROY_JOB, most=9)
    ledger.give_back([first, second], tried=True)
    assert ledger.claim_more(DESTROY_JOB, most=9) == []
    with services.unit_of_work() as uow, pytest.raises(LeaseLostError):
        ledger.finish(uow.session, first)
    assert run_one(services, names=(DESTROY_JOB,)) == "done"
    with services.read_only() as session:
        waiting = select(func.count()).select_from(Job)
        waiting = waiting.where(Job.name == DESTROY_JOB, Job.state == JobState.WAITING)
        assert session.scalar(waiting) == 1
    assert run_one(services, names=(DESTROY_JOB,)) == "done"
    assert case_of(services, MARKED).state is CaseState.DESTROYED
    assert case_of(services, OTHER).state is CaseState.DESTROYED
