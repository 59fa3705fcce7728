"""Duplicates are proposed with what keeps them, and go only while it does, on both databases."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.case_files.document import Document, DocumentRelation
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import DispositionItem, Ground, ItemState
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one
from retention.destruction.acts import claim_items
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.documents import DispositionDocument
from retention.holds.acts import place_holds
from tests.integration.retention.disposition.duplicates.duplicates import (
    BYTES,
    ENDS_ON,
    FIRST,
    OTHER,
    SECOND,
    case_row_of,
    decided_as_duplicate,
    doubled_home,
    last,
)
from tests.worlds.archive import OPERATOR, Backends, copy_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.retention.packaged import package_anew
from tests.worlds.retention.removing import claim_item

KINDS = ["sqlite", "postgresql"]


@pytest.fixture(scope="module", params=KINDS)
def stored_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the same document in two case files."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    return doubled_home(tmp_path_factory.mktemp("doubled"), backends)


@pytest.fixture
def services(stored_home: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it for one test."""
    with open_home(copy_home(stored_home, tmp_path / "home")) as opened:
        yield opened


def sweep(services: Services) -> list[DispositionDocument]:
    with services.writing() as session:
        services.jobs.add(session, "propose-due")
    assert run_one(services, names=("propose-due",)) == "done"
    return disposition_acts.list_all(services, actor=OPERATOR)


def of(made: list[DispositionDocument]) -> dict[str, tuple[str, str | None]]:
    return {
        disposition_item.code: (disposition_item.ground, disposition_item.keeper)
        for row in made
        for disposition_item in row.items
    }


def claim(services: Services, item: UUID) -> str:
    """Why not; empty: it was claimed."""
    with services.unit_of_work() as uow:
        try:
            claim_item(services, uow.session, uow.session.get_one(DispositionItem, item))
        except RemovalRefusedError as refused:
            return str(refused.facts["reason"])
        uow.commit()
    return ""


def test_the_later_one_is_proposed_once_with_what_keeps_it(services: Services) -> None:
    (made,) = sweep(services)
    assert of([made]) == {SECOND: ("duplicate", FIRST)}
    assert (made.state, made.proposed_by) == ("proposed", "worker")
    assert sweep(services) == [made]


def test_the_longer_term_stays_and_each_ground_has_its_list(services: Services) -> None:
    last(services, SECOND, ENDS_ON + dt.timedelta(days=365))
    last(services, OTHER, dt.date(2020, 12, 31))
    made = sweep(services)
    assert of(made) == {FIRST: ("duplicate", SECOND), OTHER: ("expired", None)}
    assert len(made) == 2


def test_what_is_over_is_proposed_since_it_is_over(services: Services) -> None:
    last(services, SECOND, dt.date(2020, 12, 31))
    assert of(sweep(services)) == {SECOND: ("expired", None)}


def test_of_two_that_await_an_event_none_is_proposed(services: Services) -> None:
    last(services, FIRST, None)
    last(services, SECOND, None)
    assert sweep(services) == []
    last(services, FIRST, None, permanent=True)
    assert of(sweep(services)) == {SECOND: ("duplicate", FIRST)}


def test_a_keeper_on_hold_or_damaged_keeps_nothing(services: Services) -> None:
    with services.writing() as session:
        row = case_row_of(services, FIRST)
        state = update(CopyState).where(CopyState.case_file_id == row.id)
        session.execute(state.values(state="damaged"))
    assert sweep(services) == []
    with services.writing() as session:
        session.execute(state.values(state="verified"))
    hung = person(services, "hung")
    place_holds(services, [FIRST], actor=hung, reason="Thanh tra", authority="12/QĐ-TTT")
    assert sweep(services) == []


def make_draft(services: Services) -> None:
    """The one document of OTHER is a draft; that of FIRST replaced it, and is linked beside it."""
    lan = person(services, "lan")
    link(services, FIRST, 1, LinkIn(into=OTHER, reason="Văn bản chính thức"), actor=lan)
    do_all(services)
    with services.writing() as session:
        draft, final = (
            session.scalars(
                select(Document).where(Document.case_file_id == case_row_of(services, code).id)
            ).one()
            for code in (OTHER, FIRST)
        )
        draft.code_number, draft.standing = None, None
        draft.relations.append(DocumentRelation(relation="replaced-by", target=final.doc_code))
        final.relations.append(DocumentRelation(relation="replaces", target=draft.doc_code))


def test_a_draft_is_proposed_with_what_replaced_it_and_goes_before_its_term(
    services: Services,
) -> None:
    make_draft(services)
    package_anew(services, OTHER)
    made = sweep(services)
    assert of(made) == {SECOND: ("duplicate", FIRST), OTHER: ("superseded", FIRST)}
    assert len(made) == 2
    item = decided_as_duplicate(services, OTHER, FIRST, number=9, ground=Ground.SUPERSEDED)
    assert claim(services, item) == ""


def test_a_document_that_was_issued_is_no_draft(services: Services) -> None:
    make_draft(services)
    with services.writing() as session:
        own = Document.case_file_id == case_row_of(services, OTHER).id
        session.execute(update(Document).where(own).values(code_number="12"))
    assert of(sweep(services)) == {SECOND: ("duplicate", FIRST)}
    item = decided_as_duplicate(services, OTHER, FIRST, number=9, ground=Ground.SUPERSEDED)
    assert claim(services, item) == "keeper-differs"


def damage(services: Services) -> None:
    row = case_row_of(services, FIRST)
    with services.writing() as session:
        state = update(CopyState).where(CopyState.case_file_id == row.id)
        session.execute(state.values(state="damaged"))


def hold(services: Services) -> None:
    hung = person(services, "hung")
    place_holds(services, [FIRST], actor=hung, reason="Thanh tra", authority="12/QĐ-TTT")


def shorten(services: Services) -> None:
    last(services, FIRST, ENDS_ON - dt.timedelta(days=1))


def change(services: Services) -> None:
    row = case_row_of(services, FIRST)
    with services.writing() as session:
        of_it = update(Document).where(Document.case_file_id == row.id)
        session.execute(of_it.values(quarantined=True))


def begin_version(services: Services) -> None:
    with services.writing() as session:
        of_it = update(CaseFile).where(CaseFile.code == FIRST)
        session.execute(of_it.values(version_wanted=CaseFile.version_wanted + 1))


def transfer(services: Services) -> None:
    with services.writing() as session:
        of_it = update(CaseFile).where(CaseFile.code == FIRST)
        session.execute(of_it.values(state=CaseState.TRANSFERRED))


def list_it(services: Services) -> None:
    decided_as_duplicate(services, FIRST, OTHER, number=2)


def open_to_others(services: Services) -> None:
    row = case_row_of(services, FIRST)
    with services.writing() as session:
        of_it = update(Document).where(Document.case_file_id == row.id)
        session.execute(of_it.values(mode="02"))


def flip(services: Services) -> None:
    """One bit of the keeper's file in every copy, behind the back of the rows."""
    root = object_root(case_row_of(services, FIRST).ocfl_id)
    victims = [
        file
        for copy in services.copies
        for file in (services.settings.home / copy.name / root).rglob("*.pdf")
        if BYTES.encode("utf-16-be") in file.read_bytes() or BYTES.encode() in file.read_bytes()
    ]
    assert len(victims) == len(services.copies) == 2
    for file in victims:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.chmod(0o600)
        file.write_bytes(data)


def take_away(services: Services) -> None:
    """No copy answers."""
    for copy in services.copies:
        folder = services.settings.home / copy.name
        folder.rename(folder.with_name(f"{copy.name}-gone"))


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (damage, "keeper-damaged"),
        (hold, "keeper-held"),
        (shorten, "keeper-sooner"),
        (change, "keeper-differs"),
        (open_to_others, "keeper-differs"),
        (flip, "keeper-damaged"),
        (take_away, "keeper-unreachable"),
        (begin_version, "keeper-busy"),
        (transfer, "keeper-gone"),
        (list_it, "keeper-listed"),
    ],
)
def test_the_gate_asks_again_what_keeps_it(
    services: Services, act: Callable[[Services], None], reason: str
) -> None:
    item = decided_as_duplicate(services, SECOND, FIRST)
    act(services)
    assert claim(services, item) == reason
    assert case_row_of(services, SECOND).removing_since is None


def test_what_is_kept_lets_the_other_go_before_its_term(services: Services) -> None:
    item = decided_as_duplicate(services, SECOND, FIRST)
    assert claim(services, item) == ""
    assert case_row_of(services, SECOND).removing_since is not None
    assert case_row_of(services, FIRST).removing_since is None


def test_another_document_is_no_duplicate(services: Services) -> None:
    assert claim(services, decided_as_duplicate(services, OTHER, FIRST)) == "keeper-differs"


def test_a_list_that_is_carried_out_leaves_it_with_its_reason(services: Services) -> None:
    item = decided_as_duplicate(services, SECOND, FIRST)
    shorten(services)
    with services.writing() as session:
        row = session.get_one(DispositionItem, item).disposition_id
        services.jobs.add(session, execution.CARRY_OUT_JOB, subject_id=row)
    assert run_one(services, names=(execution.CARRY_OUT_JOB,)) == "done"
    told = disposition_acts.show(services, row, actor=OPERATOR).items[0]
    assert told.state == "left-out"
    assert told.refusal == {
        "code": "keeper",
        "facts": {"reason": "keeper-sooner", "keeper": FIRST},
    }
    assert FIRST in told.reason
    with services.read_only() as session:
        left = select(AuditEvent).where(AuditEvent.tag == "disposition:left-out")
        assert session.scalars(left).one().data["refusal"] == "keeper"


def test_two_that_keep_each_other_never_both_go_in_one_transaction(services: Services) -> None:
    items = [
        decided_as_duplicate(services, SECOND, FIRST, number=1),
        decided_as_duplicate(services, FIRST, SECOND, number=2),
    ]
    with services.writing() as session:
        told = claim_items(services, session, items)
    assert isinstance(told[items[0]], Removal)
    refused = told[items[1]]
    assert isinstance(refused, RemovalRefusedError)
    assert refused.facts["reason"] == "keeper-gone"


def test_of_two_that_keep_each_other_exactly_one_goes_at_the_same_moment(
    services: Services,
) -> None:
    items = [
        decided_as_duplicate(services, SECOND, FIRST, number=1),
        decided_as_duplicate(services, FIRST, SECOND, number=2),
    ]
    told: dict[UUID, str] = {}
    start = threading.Barrier(2)

    def go(item: UUID) -> None:
        start.wait()
        told[item] = claim(services, item)

    threads = [threading.Thread(target=partial(go, item)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told.values()) == ["", "keeper-gone"]
    going = [case_row_of(services, code).removing_since for code in (FIRST, SECOND)]
    assert sum(moment is not None for moment in going) == 1
    with services.read_only() as session:
        states = sorted(session.get_one(DispositionItem, item).state.value for item in items)
    assert states == sorted([ItemState.APPROVED.value, ItemState.CLAIMED.value])
