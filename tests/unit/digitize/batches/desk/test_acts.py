"""Acts on the desk: what each does to pages and documents, and that all of it can be undone."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import (
    BatchState,
    BatchStateError,
    PageState,
    RescanTicket,
    ScanBatch,
    ScanPage,
    ScanSource,
    Verdict,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from digitize.batches.desk import edits, snapshot
from digitize.batches.desk.changes import (
    EditInvalidError,
    EditReasonMissingError,
    PageNotInBatchError,
    SecrecyNotYoursError,
)
from digitize.batches.desk.edits import NothingToUndoError, UndoOvertakenError
from digitize.batches.queue.tickets import RescanAskedAlreadyError
from digitize.batches.reading.read import stop_batch
from digitize.batches.reading.verdicts import SECRECY, is_undecided
from tests.worlds.archive import new_home, open_home
from tests.worlds.digitize.desk import NOW, batch_on_desk, page_of
from tests.worlds.digitize.scanning import new_station

STATION = Actor("tram-1", Role.STATION)
HEAD = Actor("lan", Role.HEAD)
SHEETS = 6  # two documents of three pages


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as opened:
        new_station(opened)
        yield opened


@pytest.fixture
def session(services: Services) -> Iterator[Session]:
    """A unit of work that is never committed."""
    with services.unit_of_work() as uow:
        yield uow.session


@pytest.fixture
def batch(session: Session) -> ScanBatch:
    """A batch on the desk."""
    return batch_on_desk(session)


def order_of(batch: ScanBatch) -> list[str]:
    """The documents, each as the names of its pages."""
    pages = sorted(batch.pages, key=lambda page: page.position)
    here = [page for page in pages if page.removed_at is None]
    return [
        "".join(page.name[0] for page in here if page.document_id == document.id)
        for document in sorted(batch.documents, key=lambda one: one.ordinal)
    ]


def named(batch: ScanBatch, number: int) -> str:
    """The id of the page of this name."""
    return next(str(page.id) for page in batch.pages if page.name == f"{number}.jpg")


def row_of(batch: ScanBatch, number: int) -> ScanPage:
    """The page of this name."""
    return next(page for page in batch.pages if page.name == f"{number}.jpg")


def do(session: Session, batch: ScanBatch, kind: str, *, actor: Actor = HEAD, **facts: Any) -> None:
    """One act."""
    pages = facts.pop("pages", ())
    edits.edit(session, batch, kind, facts, pages=pages, actor=actor)


def flag(page: ScanPage, verdict: Verdict, code: str = "page-skewed") -> None:
    """As measurement would."""
    severity = "error" if verdict is Verdict.RESCAN else "warning"
    page.verdict = verdict
    page.findings = [
        {"check": "page-images", "code": code, "severity": severity, "place": "", "facts": {}}
    ]


def new_page(session: Session, batch: ScanBatch, name: str) -> ScanPage:
    """A page of a file that has just come."""
    source = ScanSource(
        id=uuid4(), ordinal=99, name=name, sha256="f" * 64, size_bytes=1,
        media_type="image/jpeg", frames=1, refused={}, received_at=NOW,
    )  # fmt: skip
    batch.sources.append(source)
    session.flush()
    return page_of(batch, source)


def test_pages_move_within_and_between_documents(session: Session, batch: ScanBatch) -> None:
    do(session, batch, "move", page=named(batch, 1), after=named(batch, 3))
    assert order_of(batch) == ["231", "456"]
    do(session, batch, "move", page=named(batch, 2), after=named(batch, 5))
    assert order_of(batch) == ["31", "4526"]
    do(session, batch, "move", page=named(batch, 6), document=str(batch.documents[0].id))
    assert order_of(batch) == ["631", "452"]
    do(session, batch, "move", page=named(batch, 6), document=str(batch.documents[0].id))
    assert order_of(batch) == ["631", "452"]


def test_a_page_moves_ahead_of_all_others_and_never_behind_itself(
    session: Session, batch: ScanBatch
) -> None:
    do(session, batch, "move", page=named(batch, 3))
    assert order_of(batch) == ["312", "456"]
    with pytest.raises(EditInvalidError):
        do(session, batch, "move", page=named(batch, 3), after=named(batch, 3))


def test_a_place_that_is_full_is_spread_and_that_is_undone_too(
    session: Session, batch: ScanBatch
) -> None:
    before = snapshot.take(batch)
    for _ in range(12):  # each halves the room behind page 1
        do(session, batch, "move", page=named(batch, 3), after=named(batch, 1))
        do(session, batch, "move", page=named(batch, 2), after=named(batch, 1))
    assert order_of(batch) == ["123", "456"]
    for _ in range(24):
        edits.undo(session, batch, actor=HEAD)
    assert snapshot.take(batch) == before


def test_a_document_is_split_and_joined(session: Session, batch: ScanBatch) -> None:
    do(session, batch, "split", page=named(batch, 2))
    assert order_of(batch) == ["1", "23", "456"]
    do(session, batch, "join", document=str(batch.documents[-1].id))
    assert order_of(batch) == ["1", "23456"]
    edits.undo(session, batch, actor=HEAD)
    edits.undo(session, batch, actor=HEAD)
    assert order_of(batch) == ["123", "456"]
    edits.redo(session, batch, actor=HEAD)
    edits.redo(session, batch, actor=HEAD)
    assert order_of(batch) == ["1", "23456"]


def test_the_first_page_of_a_document_divides_nothing(session: Session, batch: ScanBatch) -> None:
    with pytest.raises(EditInvalidError):
        do(session, batch, "split", page=named(batch, 4))
    with pytest.raises(EditInvalidError):
        do(session, batch, "join", document=str(batch.documents[0].id))


def test_a_turned_page_is_read_again_and_its_bytes_stay(session: Session, batch: ScanBatch) -> None:
    page = row_of(batch, 2)
    do(session, batch, "keep", page=str(page.id))
    do(session, batch, "rotate", page=str(page.id), turn=-90)
    assert (page.turn_deg, page.state, page.decision) == (270, PageState.WAITING, "")
    assert page.sha256 == f"{2:064}"
    page.state = PageState.READ
    edits.undo(session, batch, actor=HEAD)
    assert (page.turn_deg, page.state, page.decision) == (0, PageState.WAITING, "good")
    with pytest.raises(EditInvalidError):
        do(session, batch, "rotate", page=str(page.id), turn=45)


def test_the_paper_says_the_resolution(session: Session, batch: ScanBatch) -> None:
    page = row_of(batch, 1)
    do(session, batch, "set-dpi", page=str(page.id), paper="a4")
    assert (page.dpi, page.dpi_from, page.state) == (200.0, "person", PageState.WAITING)
    wrong: list[dict[str, Any]] = [{"paper": "B9"}, {"dpi": 7}, {}]
    for facts in wrong:
        with pytest.raises(EditInvalidError):
            do(session, batch, "set-dpi", page=str(page.id), **facts)


def test_pages_without_a_resolution_are_told_theirs_at_once(
    session: Session, batch: ScanBatch
) -> None:
    known = row_of(batch, 2)
    lacking = [row_of(batch, number) for number in (1, 3, 5)]
    for page in lacking:
        page.dpi = None
    do(session, batch, "set-dpi", numbers="1-4", paper="A4")
    assert [page.dpi for page in lacking] == [200.0, 200.0, None]
    do(session, batch, "set-dpi", numbers="all", dpi=300)
    assert [page.dpi for page in lacking] == [200.0, 200.0, 300]
    assert {page.state for page in lacking} == {PageState.WAITING}
    assert (known.dpi_from, known.state) == ("file", PageState.READ)
    with pytest.raises(EditInvalidError):  # none is left
        do(session, batch, "set-dpi", numbers="all", dpi=300)
    for _ in range(2):
        edits.undo(session, batch, actor=HEAD)
    assert [page.dpi for page in lacking] == [None, None, None]


def test_a_flagged_page_is_kept_with_a_reason_only(session: Session, batch: ScanBatch) -> None:
    page = row_of(batch, 1)
    flag(page, Verdict.LOOK)
    with pytest.raises(EditReasonMissingError):
        do(session, batch, "keep", page=str(page.id), reason=" ")
    do(session, batch, "keep", page=str(page.id), reason="giấy cũ")
    assert (page.decision, page.decided_by, is_undecided(page)) == ("kept", "lan", False)
    edits.undo(session, batch, actor=HEAD)
    assert (page.decision, page.decided_by, is_undecided(page)) == ("", None, True)


def test_a_rescan_is_a_ticket_until_the_page_is_replaced(
    session: Session, batch: ScanBatch
) -> None:
    old = row_of(batch, 2)
    do(session, batch, "rescan", page=str(old.id), reason="gấp góc")
    ticket = session.scalars(select(RescanTicket)).one()
    assert (ticket.page_id, ticket.reasons[0], ticket.closed_at) == (
        old.id, {"reason": "gấp góc"}, None,
    )  # fmt: skip
    new = new_page(session, batch, "7.jpg")
    do(session, batch, "replace", page=str(old.id), pages=[new])
    assert order_of(batch) == ["173", "456"]
    assert (ticket.answered_by_page, old.replaced_by) == (new.id, new.id)
    edits.undo(session, batch, actor=HEAD)
    assert order_of(batch) == ["123", "456"]
    open_again = select(RescanTicket).where(RescanTicket.closed_at.is_(None))
    assert session.scalars(open_again).one().page_id == old.id
    edits.redo(session, batch, actor=HEAD)
    assert order_of(batch) == ["173", "456"]
    assert session.scalars(open_again).all() == []


def test_what_was_taken_out_is_no_page_of_the_batch_any_more(
    session: Session, batch: ScanBatch
) -> None:
    page = named(batch, 5)
    do(session, batch, "remove", page=page, reason="bìa kẹp")
    assert order_of(batch) == ["123", "46"]
    acts: list[tuple[str, dict[str, Any]]] = [("remove", {}), ("rotate", {"turn": 90})]
    for kind, facts in acts:
        with pytest.raises(PageNotInBatchError):
            do(session, batch, kind, page=page, **facts)
    edits.undo(session, batch, actor=HEAD)
    assert order_of(batch) == ["123", "456"]


def test_only_the_last_act_is_undone_and_another_act_ends_what_could_be_done_again(
    session: Session, batch: ScanBatch
) -> None:
    with pytest.raises(NothingToUndoError):
        edits.undo(session, batch, actor=HEAD)
    do(session, batch, "split", page=named(batch, 2))
    do(session, batch, "remove", page=named(batch, 6), reason="trùng")
    assert edits.undo(session, batch, actor=HEAD).kind == "remove"
    do(session, batch, "move", page=named(batch, 4), after=named(batch, 6))
    with pytest.raises(NothingToUndoError):
        edits.redo(session, batch, actor=HEAD)
    assert [edits.undo(session, batch, actor=HEAD).kind for _ in range(2)] == ["move", "split"]


def test_only_the_act_that_was_seen_is_undone(session: Session, batch: ScanBatch) -> None:
    for number in (1, 2):
        do(session, batch, "rescan", page=named(batch, number), reason="mờ")
    for act in (edits.undo, edits.redo):
        with pytest.raises(UndoOvertakenError):
            act(session, batch, actor=HEAD, seen=1)
        act(session, batch, actor=HEAD, seen=2)


def test_what_was_undone_before_another_act_is_not_done_again_once_that_is_undone_too(
    session: Session, batch: ScanBatch
) -> None:
    do(session, batch, "split", page=named(batch, 2))
    edits.undo(session, batch, actor=HEAD)
    do(session, batch, "move", page=named(batch, 4), after=named(batch, 6))
    do(session, batch, "rotate", page=named(batch, 1), turn=90)
    edits.undo(session, batch, actor=HEAD)
    edits.undo(session, batch, actor=HEAD)
    assert [edits.redo(session, batch, actor=HEAD).kind for _ in range(2)] == ["move", "rotate"]
    with pytest.raises(NothingToUndoError):
        edits.redo(session, batch, actor=HEAD)
    assert order_of(batch) == ["123", "564"]


def test_nothing_is_edited_off_the_desk(session: Session, batch: ScanBatch) -> None:
    for state in (BatchState.READING, BatchState.RELEASED, BatchState.REJECTED):
        batch.state = state
        with pytest.raises(BatchStateError):
            do(session, batch, "keep", page=named(batch, 1))


def test_a_secrecy_mark_is_for_archive_staff_and_their_word_lets_the_batch_go_on(
    session: Session, batch: ScanBatch
) -> None:
    page = row_of(batch, 1)
    flag(page, Verdict.RESCAN, SECRECY)
    stop_batch(session, batch, SECRECY, {"page": page.name, "level": "MẬT"})
    for kind, facts in (
        ("keep", {"reason": "không phải dấu"}),
        ("rescan", {"reason": "mờ"}),
        ("rotate", {"turn": 90}),
        ("set-dpi", {"dpi": 300.0}),
        ("undecide", {}),
        ("move", {"after": named(batch, 2)}),
        ("remove", {"reason": "thừa"}),
    ):
        with pytest.raises(SecrecyNotYoursError):
            do(session, batch, kind, actor=STATION, page=str(page.id), **facts)
    assert session.scalars(select(RescanTicket)).all() == []  # nobody scans a secret twice
    do(session, batch, "keep", page=str(page.id), reason="là tên cây mật gấu")
    assert batch.state is BatchState.READING


def test_a_station_neither_carries_a_secret_elsewhere_nor_undoes_what_staff_did_to_it(
    session: Session, batch: ScanBatch
) -> None:
    page = row_of(batch, 5)
    flag(page, Verdict.RESCAN, SECRECY)
    stop_batch(session, batch, SECRECY, {"page": page.name, "level": "MẬT"})
    document = str(page.document_id)
    for kind, facts in (
        ("assign", {"document": document, "code": "H40.18.2025.08.QLCT"}),
        ("split", {"page": str(page.id)}),
        ("join", {"document": document}),
    ):
        with pytest.raises(SecrecyNotYoursError):
            do(session, batch, kind, actor=STATION, **facts)
    do(session, batch, "rotate", page=str(page.id), turn=90)
    with pytest.raises(SecrecyNotYoursError):
        edits.undo(session, batch, actor=STATION)
    edits.undo(session, batch, actor=HEAD)
    with pytest.raises(SecrecyNotYoursError):
        edits.redo(session, batch, actor=STATION)
    assert page.turn_deg == 0
    assert order_of(batch) == ["123", "456"]


def test_each_act_leaves_an_event_that_names_it(services: Services) -> None:
    with services.writing() as session:
        batch = batch_on_desk(session)
        do(session, batch, "split", page=named(batch, 2))
        edits.undo(session, batch, actor=HEAD)
    with services.read_only() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
    told = [(event.tag, event.account, event.data.get("kind")) for event in events[-2:]]
    assert told == [("batch:edited", "lan", "split"), ("batch:undone", "lan", "split")]


@pytest.mark.parametrize("seed", range(12))
def test_any_row_of_acts_is_undone_to_the_beginning_and_done_again_to_the_end(
    session: Session, batch: ScanBatch, seed: int
) -> None:
    chance = random.Random(seed)
    before, done = snapshot.take(batch), 0
    for _ in range(25):
        here = [str(page.id) for page in batch.pages if page.removed_at is None]
        page, other = chance.sample(here, 2)
        document = str(chance.choice(batch.documents).id)
        acts: list[tuple[str, dict[str, Any]]] = [
            ("move", {"page": page, "after": other}),
            ("move", {"page": page, "document": document}),
            ("split", {"page": page}),
            ("join", {"document": document}),
            ("rotate", {"page": page, "turn": 90}),
            ("keep", {"page": page, "reason": "đã xem"}),
            ("rescan", {"page": page, "reason": "mờ"}),
            ("assign", {"document": document, "code": "H40.18.2025.08.QLCT", "ordinal": 1}),
            ("without-image", {"code": "X", "ordinal": 2, "where": "kho", "reason": "to"}),
            ("insert", {"pages": [new_page(session, batch, f"{uuid4()}.jpg")], "after": page}),
            *([("remove", {"page": page, "reason": "thừa"})] if len(here) > 4 else []),
        ]
        kind, facts = chance.choice(acts)
        try:
            do(session, batch, kind, **facts)
        except (EditInvalidError, RescanAskedAlreadyError):
            continue
        done += 1
    after = snapshot.take(batch)
    for _ in range(done):
        edits.undo(session, batch, actor=HEAD)
    assert without_new(snapshot.take(batch), before) == before
    for _ in range(done):
        edits.redo(session, batch, actor=HEAD)
    assert snapshot.take(batch) == after


def without_new(now: snapshot.Facts, before: snapshot.Facts) -> snapshot.Facts:
    """Pages that came later stay, taken out."""
    new = now["pages"].keys() - before["pages"].keys()
    assert all(now["pages"][page]["removed_at"] for page in new)
    return now | {"pages": {page: now["pages"][page] for page in before["pages"]}}
