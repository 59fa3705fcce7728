"""A hold on the paper half of a case file and on what is said of a fonds."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsChange, FondsClose, SeriesChange, SeriesIn
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionState,
)
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError, FondsHeldError, PaperHeldError
from digitize.paper import acts as paper_acts
from digitize.paper import box_acts
from digitize.paper.given import BoxIn, LendIn, MoveIn, PutIn, ReturnIn
from digitize.paper.rules import Counted
from retention.disposition.execution import DispositionPaperEarlyError, note_paper
from retention.holds.acts import lift_order, place_holds, place_on_fonds
from retention.holds.given import LiftIn
from retention.holds.rules import Wish
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.removing import approved

AUTHORITY = "12/QĐ-TTT"
BORROWER = "Đoàn Thanh tra tỉnh"
GIVER = "Nguyễn Thị Hoa, văn thư"


def hold_case(services: Services) -> None:
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority=AUTHORITY, actor=head)


def fonds_code(services: Services) -> str:
    with services.read_only() as session:
        of_it = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        return session.scalars(of_it.where(CaseFile.code == OPEN_CODE)).one()


def hold_fonds(services: Services) -> UUID:
    code = fonds_code(services)
    told = place_on_fonds(
        services, code, Wish("Thanh tra", AUTHORITY), actor=person(services, "hung")
    )
    return told.id


def boxed(services: Services, box: str = "H-01") -> None:
    """Paper of the case file, in a box or, with "", in none yet."""
    lan = person(services, "lan")
    for one in ("H-01", "H-02"):
        box_acts.add_box(services, BoxIn(code=one, store="Kho 1", shelf="G1"), actor=lan)
    paper_acts.receive(services, [Counted(OPEN_CODE, 12, box)], giver=GIVER, actor=lan)


def stopped(services: Services) -> list[tuple[str, str]]:
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "hold:stopped")
        rows = session.scalars(query.order_by(AuditEvent.number))
        return [(row.data["code"], row.data["act"]) for row in rows]


@pytest.mark.parametrize("place", [hold_case, hold_fonds])
def test_held_paper_stays_in_its_box_and_is_lent_to_the_authority_alone(
    services: Services, place: Callable[[Services], object]
) -> None:
    boxed(services)
    place(services)
    lan = person(services, "lan")
    with pytest.raises(CaseFileHeldError):
        paper_acts.put(services, OPEN_CODE, PutIn(box="H-02"), actor=lan)
    with pytest.raises(PaperHeldError) as refused:
        paper_acts.lend(
            services, OPEN_CODE, LendIn(to="Phòng Quản lý", reason="Tra cứu"), actor=lan
        )
    assert refused.value.facts["authority"] == AUTHORITY
    assert stopped(services) == [(OPEN_CODE, "paper:keep")] * 2
    assert [part.place for part in paper_acts.paper_of(services, OPEN_CODE, actor=lan).parts] == [
        "Kho 1 / G1 / H-01"
    ]
    ground = f"Theo {AUTHORITY.lower()}"
    assert (
        paper_acts.lend(services, OPEN_CODE, LendIn(to=BORROWER, reason=ground), actor=lan).state
        == "lent"
    )
    assert paper_acts.give_back(services, OPEN_CODE, ReturnIn(), actor=lan).state == "received"
    moved = box_acts.move_box(services, "H-01", MoveIn(store="Kho 2", shelf="G9"), actor=lan)
    assert moved.place == "Kho 2 / G9 / H-01"
    assert len(stopped(services)) == 2, "what keeps the paper whole and findable was not stopped"


def test_held_paper_is_received_and_put_away(services: Services) -> None:
    hold_case(services)
    boxed(services, "")
    lan = person(services, "lan")
    told = paper_acts.put(services, OPEN_CODE, PutIn(box="H-01"), actor=lan)
    assert [part.box for part in told.parts] == ["H-01"]
    assert paper_acts.put(services, OPEN_CODE, PutIn(box="H-01"), actor=lan).parts == told.parts
    assert stopped(services) == []


def test_paper_of_what_is_being_destroyed_neither_comes_nor_goes(services: Services) -> None:
    boxed(services)
    with services.writing() as session:
        claimed = update(CaseFile).values(removing_since=clock.now())
        session.execute(claimed)
    lan = person(services, "lan")
    with pytest.raises(CaseFileBeingDestroyedError):
        paper_acts.lend(services, OPEN_CODE, LendIn(to=BORROWER), actor=lan)
    with pytest.raises(CaseFileBeingDestroyedError):
        paper_acts.put(services, OPEN_CODE, PutIn(box="H-02"), actor=lan)
    with pytest.raises(CaseFileBeingDestroyedError):
        paper_acts.receive(services, [Counted(RESTRICTED_CODE, 3)], giver=GIVER, actor=lan)


def test_paper_is_not_told_destroyed_before_the_gate_has_asked_the_holds(
    services: Services,
) -> None:
    (item_id,) = approved(services, OPEN_CODE)
    with services.writing() as session:
        item = session.get_one(DispositionItem, item_id)
        item.paper = "Kho 1 / G1 / H-01"
        row = session.get_one(Disposition, item.disposition_id)
        row.state, row_id = DispositionState.EXECUTING, row.id
    lan = person(services, "lan")

    def note() -> object:
        on = dt.date(2026, 2, 3)
        return note_paper(
            services, row_id, OPEN_CODE, by="Nguyễn Văn Kho", on=on, method="Nghiền", actor=lan
        )

    with pytest.raises(DispositionPaperEarlyError):
        note()
    hold_case(services)
    with pytest.raises(CaseFileHeldError):
        note()
    assert stopped(services) == [(OPEN_CODE, "disposition:execute")]
    with services.read_only() as session:
        assert session.get_one(DispositionItem, item_id).paper_destroyed_on is None


def test_what_is_said_of_a_held_fonds_stays_until_the_hold_is_lifted(services: Services) -> None:
    code, lan = fonds_code(services), person(services, "lan")
    fonds_acts.add_series(services, code, SeriesIn(code="I", title="Nhóm I"), actor=lan)
    order = hold_fonds(services)
    acts: list[Callable[[], object]] = [
        lambda: fonds_acts.describe_fonds(
            services, code, FondsChange(fields={"history": "Khác"}, reason="Thử"), actor=lan
        ),
        lambda: fonds_acts.close_fonds(services, code, FondsClose(reason="Hợp nhất"), actor=lan),
        lambda: fonds_acts.change_series(
            services, code, "I", SeriesChange(title="Khác"), actor=lan
        ),
        lambda: fonds_acts.remove_series(services, code, "I", actor=lan),
    ]
    for number, act in enumerate(acts, start=1):
        with pytest.raises(FondsHeldError):
            act()
        assert stopped(services) == [(code, "fonds:keep")] * number
    told = fonds_acts.fonds_with_series(services, code, actor=lan)
    assert (told.state, told.history) == ("open", "")
    assert [entry.title for entry in told.tree] == ["Nhóm I"]
    fonds_acts.add_series(services, code, SeriesIn(code="II", title="Nhóm II"), actor=lan)
    lift_order(services, order, LiftIn(reason="Xong"), actor=person(services, "hung"))
    for act in acts[2:] + acts[:2]:
        act()


def test_a_hold_on_one_case_file_leaves_its_fonds_free(services: Services) -> None:
    hold_case(services)
    fields = {"description": "Tài liệu từ 2020"}
    told = fonds_acts.describe_fonds(
        services,
        fonds_code(services),
        FondsChange(fields=fields, reason="Chỉnh lý"),
        actor=person(services, "lan"),
    ).as_json()
    assert told["description"] == fields["description"]
