"""Documents moved, reordered, merged and taken back: whole in the new place, traced in the old."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from archive_service import access, clock
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import (
    MergeGiven,
    MoveGiven,
    OrderIn,
    SplitIn,
    UndoIn,
)
from archive_service.catalogue.arranging.rules import (
    DocumentAskedForError,
    DocumentNotMovableError,
    MoveNotUndoneError,
    OrderIncompleteError,
    OtherFondsError,
    ShorterTermError,
)
from archive_service.catalogue.arranging.split_undo import SplitNotUndoneError, undo_split
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsIn
from archive_service.catalogue.linking.links import NotAtRestError
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.agencies.record_code import MalformedRecordCodeError
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.keeping.malware.quarantine import quarantine
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from retention.holds.acts import place_holds
from tests.integration.archive_service.catalogue.arranging.arranged import NEW, arranged_home, home
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.ingest.three_documents import THREE

__all__ = ["arranged_home", "home"]  # fixtures

REASON = "Chỉnh lý"
PART = SplitIn(documents=[2, 3], code=NEW, title="Phần hai", reason=REASON)
MISTAKE = UndoIn(reason="Nhầm")
INTO_OPEN = MergeGiven(to=OPEN_CODE, reason=REASON)


def move(services: Services, *ordinals: int, name: str = "lan", **more: Any) -> dict[str, Any]:
    asked = {"source": THREE, "target": OPEN_CODE, "reason": REASON} | more
    actor = person(services, name)
    return arranging_acts.move(
        services,
        asked["source"],
        MoveGiven(documents=list(ordinals), to=asked["target"], reason=asked["reason"]),
        actor=actor,
    ).as_json()


def case(services: Services, code: str) -> dict[str, Any]:
    return queries.case_file(services, code, actor=person(services, "lan")).as_json()


def test_a_moved_document_is_whole_in_its_new_case_file(services: Services, tmp_path: Path) -> None:
    before = case(services, THREE)["documents"][1]
    told = move(services, 2)
    assert told["moved"] == [{"from": 2, "to": 2}]
    do_all(services)
    here, there = case(services, THREE), case(services, OPEN_CODE)
    moved = there["documents"][1]
    assert (moved["title"], moved["moved_from"]["code"]) == (before["title"], THREE)
    assert [file["sha256"] for file in moved["files"]] == [
        file["sha256"] for file in before["files"]
    ]
    assert moved["files"][0]["path"].startswith("0002/")
    left = here["documents"][1]
    assert (left["moved_to"]["code"], left["moved_to"]["ordinal"]) == (OPEN_CODE, 2)
    assert (here["document_count"], there["document_count"]) == (2, 2)
    assert (here["package"]["version"], there["package"]["version"]) == (2, 2)
    exported = export_case_file(
        services, OPEN_CODE, form="aip", folder=tmp_path / "out", actor=person(services, "lan")
    )
    assert exported.files > 0


def test_both_sides_keep_a_trace(services: Services) -> None:
    move(services, 1, 3)
    with services.read_only() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
        told = [(e.tag, e.data["code"], e.data["ordinal"]) for e in events if ":moved" in e.tag]
    assert told == [
        ("document:moved-out", THREE, 1), ("document:moved-in", OPEN_CODE, 2),
        ("document:moved-out", THREE, 3), ("document:moved-in", OPEN_CODE, 3),
    ]  # fmt: skip


def test_one_copy_brings_moves_and_order_back(services: Services) -> None:
    move(services, 1)
    do_all(services)
    arranging_acts.reorder(
        services, OPEN_CODE, OrderIn(order=[2, 1], reason=REASON), actor=person(services, "lan")
    )
    do_all(services)
    before = case(services, THREE)["documents"], case(services, OPEN_CODE)["documents"]
    rebuild(services, actor=OPERATOR)
    assert (case(services, THREE)["documents"], case(services, OPEN_CODE)["documents"]) == before


def test_a_move_is_taken_back_as_long_as_nothing_changed(services: Services) -> None:
    move(services, 2)
    do_all(services)
    lan = person(services, "lan")
    back = arranging_acts.undo(services, OPEN_CODE, 2, MISTAKE, actor=lan)
    assert (back.code, back.ordinal) == (THREE, 2)
    do_all(services)
    assert len(case(services, OPEN_CODE)["documents"]) == 1
    assert case(services, THREE)["documents"][1]["moved_to"] is None
    assert case(services, THREE)["document_count"] == 3
    with pytest.raises(MoveNotUndoneError):
        arranging_acts.undo(services, OPEN_CODE, 1, UndoIn(reason="x"), actor=lan)
    move(services, 2)
    do_all(services)
    describe_case_file(services, OPEN_CODE, {2: {"signer": "Lê A"}}, reason="x", actor=lan)
    with pytest.raises(MoveNotUndoneError):
        arranging_acts.undo(services, OPEN_CODE, 2, UndoIn(reason="x"), actor=lan)


def test_a_case_file_is_merged_into_another_and_its_code_stays(services: Services) -> None:
    arranging_acts.merge(services, THREE, INTO_OPEN, actor=person(services, "lan"))
    do_all(services)
    here, there = case(services, THREE), case(services, OPEN_CODE)
    assert (here["document_count"], there["document_count"]) == (0, 4)
    assert {document["moved_to"]["code"] for document in here["documents"]} == {OPEN_CODE}
    with pytest.raises(OrderIncompleteError):
        arranging_acts.merge(services, THREE, INTO_OPEN, actor=person(services, "lan"))


def test_a_case_file_is_split_into_one_that_is_whole_alone(services: Services) -> None:
    lan = person(services, "lan")
    told = arranging_acts.split(services, THREE, PART, actor=lan).as_json()
    assert told["moved"] == [{"from": 2, "to": 1}, {"from": 3, "to": 2}]
    do_all(services)
    here, part = case(services, THREE), case(services, NEW)
    assert (here["document_count"], part["document_count"], part["title"]) == (1, 2, "Phần hai")
    assert (part["state"], part["indexed"], part["package"]["version"]) == ("stored", True, 1)
    assert part["receipt"] is None, "nobody handed it in"
    assert part["retention"] == here["retention"]
    assert {document["moved_from"]["code"] for document in part["documents"]} == {THREE}
    before = part["documents"], here["documents"]
    rebuild(services, actor=OPERATOR)
    assert (case(services, NEW)["documents"], case(services, THREE)["documents"]) == before


@pytest.mark.parametrize(
    ("term", "codes", "years"),
    [
        ({"term": "50 năm", "years": 50}, ["title-not-as-planned", "term-below-plan"], 50),
        ({"term": "5 năm", "years": 5}, ["title-not-as-planned", "term-above-kept"], 20),
    ],
)
def test_a_split_under_an_entry_of_the_file_plan_is_compared_with_it_as_at_the_door(
    services: Services, term: dict[str, Any], codes: list[str], years: int
) -> None:
    lan = person(services, "lan")
    with services.writing() as session:
        source = session.scalars(select(CaseFile).where(CaseFile.code == THREE)).one()
        plan = FilePlan(
            agency_id=source.agency_id, year=2025, state=FilePlanState.APPROVED,
            approved_by="hung", approved_at=clock.now(),
        )  # fmt: skip
        plan.entries = [FilePlanEntry(ordinal=1, notation="12.QLCT", title="Hồ sơ bơm", **term)]
        session.add(plan)
    told = arranging_acts.split(services, THREE, PART, actor=lan).as_json()
    assert [finding["code"] for finding in told["findings"]] == codes
    assert "Hồ sơ bơm" in told["findings"][0]["message"]
    with services.read_only() as session:
        part = session.scalars(select(CaseFile).where(CaseFile.code == NEW)).one()
        assert (part.rule["years"], part.permanent) == (years, False)
        made = select(AuditEvent.data).where(AuditEvent.tag == "case-file:made-by-split")
        assert session.scalars(made).one()["findings"] == codes
    do_all(services)
    assert case(services, NEW)["state"] == "stored"


def test_a_split_is_taken_back_as_if_it_had_not_been(services: Services) -> None:
    lan = person(services, "lan")
    before = case(services, THREE)["documents"]
    arranging_acts.split(services, THREE, PART, actor=lan)
    with pytest.raises(NotAtRestError):
        undo_split(services, NEW, MISTAKE, actor=lan)
    do_all(services)
    told = undo_split(services, NEW, MISTAKE, actor=lan).as_json()
    assert told["moved"] == [{"from": 1, "to": 2}, {"from": 2, "to": 3}]
    do_all(services)
    found = case(services, THREE)
    assert [document["moved_to"] for document in found["documents"]] == [None] * 3
    assert [document["title"] for document in found["documents"]] == [
        entry["title"] for entry in before
    ]
    assert (found["document_count"], found["package"]["version"]) == (3, 3)
    part = case(services, NEW)
    assert {
        (document["moved_to"]["code"], bool(document["files"])) for document in part["documents"]
    } == {(THREE, True)}
    assert (part["document_count"], part["package"]["version"]) == (0, 2)
    with pytest.raises(SplitNotUndoneError):
        undo_split(services, NEW, MISTAKE, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert case(services, THREE)["document_count"] == 3


def test_a_split_that_changed_since_stays(services: Services) -> None:
    lan = person(services, "lan")
    with pytest.raises(SplitNotUndoneError):
        undo_split(services, THREE, MISTAKE, actor=lan)
    arranging_acts.split(services, THREE, PART, actor=lan)
    do_all(services)
    describe_case_file(services, NEW, {2: {"signer": "Lê A"}}, reason="Sửa", actor=lan)
    do_all(services)
    with pytest.raises(SplitNotUndoneError) as refused:
        undo_split(services, NEW, MISTAKE, actor=lan)
    assert refused.value.facts["ordinals"] == "2"
    place_holds(
        services, [THREE], authority="Tòa án", reason="Vụ án", actor=person(services, "hung")
    )
    with pytest.raises(CaseFileHeldError):
        undo_split(services, NEW, MISTAKE, actor=lan)
    with pytest.raises(access.ActNotAllowedError):
        undo_split(services, NEW, MISTAKE, actor=person(services, "bach"))


def test_a_split_wants_a_free_code_of_the_same_agency(services: Services) -> None:
    lan = person(services, "lan")
    for code, error in (
        (OPEN_CODE, arranging_acts.SplitCodeTakenError),
        ("H40.20.2025.01.TH", OtherFondsError),
        ("không phải mã", MalformedRecordCodeError),
    ):
        with pytest.raises(error):
            arranging_acts.split(
                services, THREE, SplitIn(documents=[1], code=code, title="x", reason="x"), actor=lan
            )


def test_documents_are_put_in_another_order(services: Services) -> None:
    lan = person(services, "lan")
    titles = [document["title"] for document in case(services, THREE)["documents"]]
    told = arranging_acts.reorder(
        services, THREE, OrderIn(order=[3, 1, 2], reason=REASON), actor=lan
    ).as_json()
    assert told["documents"] == [titles[2], titles[0], titles[1]]
    do_all(services)
    after = case(services, THREE)
    assert [document["title"] for document in after["documents"]] == told["documents"]
    assert (after["package"]["version"], after["indexed"]) == (2, True)
    arranging_acts.reorder(services, THREE, OrderIn(order=[1, 2, 3], reason=REASON), actor=lan)
    assert case(services, THREE)["package"]["version"] == 2
    for wrong in ([1, 2], [1, 2, 2], [1, 2, 4], []):
        with pytest.raises(OrderIncompleteError):
            arranging_acts.reorder(services, THREE, OrderIn(order=wrong, reason=REASON), actor=lan)


def test_what_was_granted_never_opens_what_comes_to_stand_in_its_place(services: Services) -> None:
    lan, until = person(services, "lan"), clock.now() + dt.timedelta(days=1)
    move(services, 2)
    with services.writing() as session:
        for code in (THREE, OPEN_CODE):
            row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
            about = {"case_file_id": row.id, "code": code, "ordinal": 2, "until": until}
            any_row(session, AccessRequest, state=AccessRequestState.GRANTED, **about)
    with pytest.raises(DocumentAskedForError):
        arranging_acts.undo(services, OPEN_CODE, 2, MISTAKE, actor=lan)
    other, none = OrderIn(order=[1, 3, 2], reason=REASON), OrderIn(order=[1, 2, 3], reason=REASON)
    with pytest.raises(DocumentAskedForError):
        arranging_acts.reorder(services, THREE, other, actor=lan)
    arranging_acts.reorder(services, THREE, none, actor=lan)
    with services.writing() as session:
        session.execute(update(AccessRequest).values(until=clock.now()))
    arranging_acts.undo(services, OPEN_CODE, 2, MISTAKE, actor=lan)
    arranging_acts.reorder(services, THREE, other, actor=lan)


def test_a_stricter_mode_goes_along(services: Services) -> None:
    lan = person(services, "lan")
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == THREE).values(mode="02"))
    move(services, 1)
    assert case(services, OPEN_CODE)["documents"][1]["mode"] == "02"
    assert lan.role.value == "archivist"


def test_what_may_not_leave_stays(services: Services) -> None:
    lan = person(services, "lan")
    quarantine(services, THREE, "2", "Nghi ngờ", actor=lan)
    with pytest.raises(DocumentNotMovableError):
        move(services, 1, 2)
    with pytest.raises(DocumentNotMovableError):
        arranging_acts.reorder(services, THREE, OrderIn(order=[3, 2, 1], reason=REASON), actor=lan)
    move(services, 1)
    with pytest.raises(NotAtRestError):
        move(services, 3)
    do_all(services)
    with pytest.raises(DocumentNotMovableError):
        move(services, 1)
    for ordinals in ((), (9,)):
        with pytest.raises(OrderIncompleteError):
            move(services, *ordinals)


def test_other_fonds_shorter_terms_and_holds_are_refused(services: Services) -> None:
    with pytest.raises(OtherFondsError):
        move(services, 1, target=THREE)
    fonds_acts.open_fonds(
        services, FondsIn(code="P2", agency="H40.18", name="Phông 2"), actor=person(services, "lan")
    )
    place_holds(
        services, [RESTRICTED_CODE], reason="x", authority="y", actor=person(services, "hung")
    )
    with pytest.raises(CaseFileHeldError):
        move(services, 1, target=RESTRICTED_CODE)
    with pytest.raises(CaseFileHeldError):
        move(services, 1, source=RESTRICTED_CODE)
    describe_case_file(
        services, THREE, {0: {"maintenance": "01"}}, reason="x", actor=person(services, "lan")
    )
    do_all(services)
    with pytest.raises(ShorterTermError):
        move(services, 1)


@pytest.mark.parametrize("name", ["bach", "binh", "kiem", "quan"])
def test_only_archive_staff_arrange(services: Services, name: str) -> None:
    actor = person(services, name)
    with pytest.raises(access.ActNotAllowedError):
        move(services, 1, name=name)
    with pytest.raises(access.ActNotAllowedError):
        arranging_acts.reorder(services, THREE, OrderIn(order=[1, 2, 3], reason="x"), actor=actor)
    with pytest.raises(access.ActNotAllowedError):
        arranging_acts.undo(services, THREE, 1, UndoIn(reason="x"), actor=actor)
