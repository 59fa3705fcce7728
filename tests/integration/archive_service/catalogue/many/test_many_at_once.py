"""Many case files described at once: shown first, done by a job, taken back."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import access
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.describing.mode_changes import CatalogueReasonError
from archive_service.catalogue.fonds.acts import add_series, close_fonds, open_fonds
from archive_service.catalogue.fonds.given import FondsClose, FondsIn, SeriesIn
from archive_service.catalogue.holdings.listing import Narrowing
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.many import jobs as many_jobs
from archive_service.catalogue.many.acts import (
    CaseFilesUnknownError,
    DescriptionBatchNotFoundError,
    DescriptionBatchSizeError,
    DescriptionBatchStateError,
    NothingToUndoError,
)
from archive_service.catalogue.many.changes import OrderInvalidError
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.description_batch import (
    BatchState,
    DescriptionBatch,
    ItemState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.integration.archive_service.catalogue.many.batches import (
    KEYWORD,
    applied,
    begun,
    five,
    held,
    items,
    services,
    states,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import do_all

__all__ = ["five", "services"]  # fixtures


def events(services: Services, tag: str) -> list[dict[str, Any]]:
    with services.read_only() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag))
        return [event.data for event in found]


def test_what_would_change_is_shown_and_nothing_is_changed(services: Services) -> None:
    title = {"scope": "case-file", "field": "title", "act": "replace", "find": "Hồ sơ",
             "value": "Tập hồ sơ"}  # fmt: skip
    batch = begun(services, KEYWORD, title)
    before = held(services)
    shown = items(services, batch)
    assert [description_item.state for description_item in shown] == [ItemState.READY] * 5
    assert [(change["field"], change["was"], change["becomes"]) for change in shown[0].changes] == [
        ("keyword", before[0].keyword or "", "chỉnh lý"),
        ("title", before[0].title, before[0].title.replace("Hồ sơ", "Tập hồ sơ")),
    ]
    assert {row.version_wanted for row in before} == {1}


def test_each_case_file_gets_one_version_and_the_trail_names_the_batch(services: Services) -> None:
    batch = begun(services, KEYWORD)
    applied(services, batch)
    assert states(services, batch) == ["changed"] * 5
    assert {(row.keyword, row.version_stored, row.indexed) for row in held(services)} == {
        ("chỉnh lý", 2, True)
    }
    assert {event["batch"] for event in events(services, "case-file:described")} == {str(batch)}
    (ended,) = events(services, "description-batch:ended")
    assert (ended["changed"], ended["refused"]) == (5, 0)
    again = begun(services, KEYWORD)
    assert states(services, again) == ["same"] * 5


def test_one_that_is_refused_never_stops_the_rest(services: Services) -> None:
    codes = [row.code for row in held(services)]
    place_holds(
        services, [codes[1]], authority="Tòa án", reason="Vụ án", actor=person(services, "hung")
    )
    long = {0: {"keyword": "x" * 95}}
    describe_case_file(services, codes[2], long, reason="Dài", actor=person(services, "mai"))
    batch = begun(services)
    refused = {
        description_item.code: description_item.refusals
        for description_item in items(services, batch)
        if description_item.refusals
    }
    assert [entry["code"] for entry in refused[codes[1]]] == ["case-file-held"]
    assert [entry["code"] for entry in refused[codes[2]]] == ["field-too-long"]
    describe_case_file(
        services, codes[3], {0: {"creator": "B"}}, reason="Sửa", actor=person(services, "mai")
    )  # after the preview, before it is applied
    place_holds(
        services, [codes[4]], authority="Tòa án", reason="Vụ án", actor=person(services, "hung")
    )
    applied(services, batch)
    assert states(services, batch) == ["changed", *["refused"] * 4]
    told = {
        description_item.code: description_item.refusals[0]["code"]
        for description_item in items(services, batch)
        if description_item.refusals
    }
    assert told[codes[3]] == "described-meanwhile"
    assert told[codes[4]] == "case-file-held"
    assert held(services)[3].keyword is None


def test_a_batch_is_taken_back_but_for_what_changed_since(services: Services) -> None:
    batch = begun(services)
    applied(services, batch)
    codes = [row.code for row in held(services)]
    mai = person(services, "mai")
    describe_case_file(services, codes[0], {0: {"keyword": "khác"}}, reason="Sửa", actor=mai)
    describe_case_file(services, codes[1], {0: {"creator": "B"}}, reason="Sửa", actor=mai)
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    assert states(services, back) == ["refused", *["ready"] * 4]
    assert items(services, back)[0].refusals[0]["code"] == "description-changed-since"
    with pytest.raises(NothingToUndoError):
        many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    applied(services, back)
    rows = held(services)
    assert [row.keyword for row in rows] == ["khác", *[None] * 4]
    assert rows[1].creator == "B"
    assert {row.version_stored for row in rows[2:]} == {3}
    assert states(services, batch) == ["changed", *["undone"] * 4]
    assert len(events(services, "description-batch:undone")) == 1


def test_what_a_killed_worker_left_is_done_once(services: Services) -> None:
    batch = begun(services)
    many_acts.apply(services, batch, actor=person(services, "lan"))
    with services.read_only() as session:
        row = session.get_one(DescriptionBatch, batch)
        two = session.scalars(many_acts.items_of(batch, ItemState.READY).limit(2)).all()
        session.expunge_all()
    for item in two:  # as one that dies after the second case file
        many_jobs._describe(services, row, item, person(services, "lan"))
    many_jobs._describe(services, row, two[0], person(services, "lan"))  # a second worker is late
    do_all(services)
    assert states(services, batch) == ["changed"] * 5
    assert {row.version_stored for row in held(services)} == {2}
    assert len(events(services, "case-file:described")) == 5
    with services.read_only() as session:
        jobs = session.scalars(select(Job).where(Job.name == many_acts.DESCRIBE_JOB)).all()
    assert {job.state.value for job in jobs} == {"done"}


def test_a_mode_waits_for_the_head_and_is_taken_back(services: Services) -> None:
    freer = {"scope": "case-file", "field": "mode", "act": "set", "value": "02"}
    batch = begun(services, freer)
    applied(services, batch)
    assert {row.mode for row in held(services)} == {"02"}
    assert len(events(services, "access-mode:asked")) == 5
    assert events(services, "access-mode:confirmed") == []
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    applied(services, back)
    assert states(services, back) == ["changed"] * 5
    assert {row.mode for row in held(services)} == {"01"}


def test_case_files_go_into_a_series_and_out_again(services: Services) -> None:
    with services.read_only() as session:
        fonds = session.scalars(
            select(Fonds.code).where(Fonds.id.in_(select(CaseFile.fonds_id)))
        ).one()
    add_series(
        services, fonds, SeriesIn(code="TH", title="Tổng hợp"), actor=person(services, "lan")
    )
    wanted = {"scope": "case-file", "field": "series", "act": "set", "value": "TH"}
    batch = begun(services, wanted)
    applied(services, batch)
    assert None not in {row.series_id for row in held(services)}
    assert {event["batch"] for event in events(services, "case-file:arranged")} == {str(batch)}
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    applied(services, back)
    assert {row.series_id for row in held(services)} == {None}
    unknown = begun(services, wanted | {"value": "XX"})
    assert {
        description_item.refusals[0]["code"] for description_item in items(services, unknown)
    } == {"series-not-found"}


def test_a_rebuild_brings_batches_back_and_they_can_be_taken_back(services: Services) -> None:
    batch = begun(services)
    applied(services, batch)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert states(services, batch) == ["changed"] * 5
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    applied(services, back)
    assert {row.keyword for row in held(services)} == {None}


def test_orders_that_cannot_be_carried_out_are_refused(services: Services) -> None:
    wrong = [
        {"scope": "case-file", "field": "ruleCode", "act": "replace", "find": "1", "value": "2"},
        {"scope": "case-file", "field": "endDate", "act": "add", "value": "2024"},
        {"scope": "case-file", "field": "title", "act": "set", "value": "Một tiêu đề"},
        {"scope": "case-file", "field": "keyword", "act": "add", "value": " "},
        {"scope": "case-file", "field": "title", "act": "replace", "value": "x"},
        {"scope": "documents", "field": "series", "act": "set", "value": "TH"},
        {"scope": "nowhere", "field": "keyword", "act": "set", "value": "x"},
        {"scope": "case-file", "field": "own:none", "act": "set", "value": "x"},
    ]
    for entry in wrong:
        with pytest.raises(OrderInvalidError):
            begun(services, entry)
    with pytest.raises(CatalogueReasonError):
        begun(services, reason=" ")
    with pytest.raises(CaseFilesUnknownError):
        begun(services, codes=[held(services)[0].code, "H40.18.1999.1"])
    with pytest.raises(DescriptionBatchSizeError):
        begun(services, codes=[])
    with pytest.raises(DescriptionBatchSizeError):
        begun(services, narrowing=Narrowing(text="không có hồ sơ nào"))


def test_only_what_is_ready_is_done_and_only_by_staff(services: Services) -> None:
    batch = begun(services)
    for name in ("bach", "binh"):
        with pytest.raises(access.ActNotAllowedError):
            many_acts.apply(services, batch, actor=person(services, name))
        with pytest.raises(access.ActNotAllowedError):
            begun(services, actor=person(services, name))
    with pytest.raises(DescriptionBatchNotFoundError):
        many_acts.apply(services, UUID(int=7), actor=person(services, "lan"))
    many_acts.drop(services, batch, actor=person(services, "lan"))
    with pytest.raises(DescriptionBatchStateError):
        many_acts.apply(services, batch, actor=person(services, "lan"))
    with pytest.raises(DescriptionBatchStateError):
        many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    with services.read_only() as session:
        assert session.get_one(DescriptionBatch, batch).state is BatchState.DROPPED
        assert session.scalars(select(Act).where(Act.kind == "description-batch")).all() == []


def test_case_files_go_into_another_open_fonds_of_their_agency(services: Services) -> None:
    lan = person(services, "lan")
    wanted = {"scope": "case-file", "field": "fonds", "act": "set", "value": "P2"}
    unknown = begun(services, wanted)
    assert {
        description_item.refusals[0]["code"] for description_item in items(services, unknown)
    } == {"fonds-not-found"}
    open_fonds(services, FondsIn(code="P2", agency="H40.18", name="Phông thứ hai"), actor=lan)
    before = {row.fonds_id for row in held(services)}
    batch = begun(services, wanted)
    applied(services, batch)
    after = {row.fonds_id for row in held(services)}
    assert (len(after), after & before) == (1, set())
    back = many_acts.undo(services, batch, reason="Nhầm", actor=lan)
    do_all(services)
    applied(services, back)
    assert {row.fonds_id for row in held(services)} == before
    close_fonds(services, "P2", FondsClose(reason="Hết"), actor=lan)
    closed = begun(services, wanted)
    assert {
        description_item.refusals[0]["code"] for description_item in items(services, closed)
    } == {"fonds-closed"}
