"""Fonds and series: opened, described, closed, followed; a tree; all of it back from one copy."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service import access
from archive_service.catalogue.agencies.acts import AgencyNotFoundError
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.mode_changes import CatalogueReasonError
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.fonds import (
    FondsClosedError,
    FondsExistsError,
    FondsFieldError,
    FondsNotFoundError,
    FondsSuccessorError,
)
from archive_service.catalogue.fonds.given import (
    FondsChange,
    FondsClose,
    FondsIn,
    SeriesChange,
    SeriesIn,
    SeriesPut,
)
from archive_service.catalogue.fonds.series import (
    SeriesExistsError,
    SeriesNotEmptyError,
    SeriesNotFoundError,
    SeriesTreeError,
    SeriesWordsError,
)
from archive_service.domain.agencies.fonds import Series
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Role
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.held import CaseFileHeldError
from ingest.acceptance.acts import NoFondsError
from ingest.submissions.acts import accept, submit
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.papers.bad_input import small_case

AGENCY, NEW = "H40.18", "H40.18-2"
REASON = "Cơ quan hợp nhất"


def fonds(services: Services, code: str = AGENCY) -> dict[str, Any]:
    return fonds_acts.fonds_with_series(services, code, actor=person(services, "lan")).as_json()


def open_new(services: Services, code: str = NEW, **fields: str) -> dict[str, Any]:
    name = fields.pop("name", "Phông Văn phòng (từ 2026)")
    given = FondsIn(code=code, agency=AGENCY, name=name, fields=fields)
    return fonds_acts.open_fonds(services, given, actor=person(services, "lan")).as_json()


def close(services: Services, code: str = AGENCY, **more: Any) -> dict[str, Any]:
    actor = person(services, "lan")
    given = FondsClose(**{"reason": REASON} | more)
    return fonds_acts.close_fonds(services, code, given, actor=actor).as_json()


def branch(services: Services, code: str, title: str = "Nhóm", **more: str) -> list[dict[str, Any]]:
    actor = person(services, "lan")
    tree = fonds_acts.add_series(
        services, AGENCY, SeriesIn(code=code, title=title, **more), actor=actor
    )
    return [each.as_json() for each in tree.series]


def put(services: Services, code: str, *codes: str) -> int:
    given = SeriesPut(codes=list(codes) or [OPEN_CODE], reason="Chỉnh lý")
    return fonds_acts.put_in_series(services, code, given, actor=person(services, "lan")).moved


def series_of_open(services: Services) -> str:
    """Code of the series that the open case file is in; "" for none."""
    query = select(Series.code).join(CaseFile, CaseFile.series_id == Series.id)
    with services.read_only() as session:
        return session.scalar(query.where(CaseFile.code == OPEN_CODE)) or ""


def test_a_fonds_is_closed_and_another_goes_on_while_codes_stay(services: Services) -> None:
    open_new(services, period="2026–", languages="Tiếng Việt", risk_recovery="1")
    closed = close(services, successor=NEW, on=dt.date(2026, 6, 30))
    assert (closed["state"], closed["successor"], closed["closed_on"]) == (
        "closed", NEW, "2026-06-30",
    )  # fmt: skip
    assert (closed["close_reason"], closed["case_files"]) == (REASON, 2)
    found = queries.case_file(services, OPEN_CODE, actor=person(services, "lan")).as_json()
    assert (found["code"], found["fonds"]) == (OPEN_CODE, AGENCY)
    listed = fonds_acts.list_fonds(services, actor=person(services, "lan"))
    assert [entry.code for entry in listed if entry.agency == AGENCY] == [AGENCY, NEW]
    assert (fonds(services, NEW)["languages"], fonds(services, NEW)["risk_recovery"]) == (
        "01",
        True,
    )
    with pytest.raises(FondsClosedError):
        close(services)


def test_a_former_name_is_kept(services: Services) -> None:
    before = fonds(services)["name"]
    fields = {"name": "Phông mới", "history": "Thành lập năm 1998.", "total_documents": "1200"}
    actor = person(services, "hung")
    told = fonds_acts.describe_fonds(
        services, AGENCY, FondsChange(fields=fields, reason="Đổi tên"), actor=actor
    ).as_json()
    assert (told["former_names"], told["history"]) == ([before], "Thành lập năm 1998.")
    assert told["total_documents"] == 1200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"total_documents": "nhiều"}, "total_documents"),
        ({"languages": "tiếng gì đó"}, "languages"),
        ({"state": "closed"}, "state"),
        ({"name": " - "}, "name"),
    ],
)
def test_wrong_fields_are_named(services: Services, fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(FondsFieldError) as refused:
        open_new(services, **fields)
    assert refused.value.facts["field"] == wrong


def test_codes_agencies_and_reasons_are_asked_for(services: Services) -> None:
    with pytest.raises(FondsExistsError):
        open_new(services, AGENCY)
    with pytest.raises(FondsFieldError):
        open_new(services, "có dấu cách")
    lan = person(services, "lan")
    with pytest.raises(AgencyNotFoundError):
        fonds_acts.open_fonds(services, FondsIn(code="X", agency="H99.1", name="x"), actor=lan)
    with pytest.raises(FondsNotFoundError):
        close(services, "H40.77")
    with pytest.raises(CatalogueReasonError):
        close(services, reason="")


def test_a_fonds_does_not_follow_itself(services: Services) -> None:
    open_new(services)
    close(services, successor=NEW)
    for successor in (AGENCY, NEW):
        with pytest.raises(FondsSuccessorError):
            close(services, NEW, successor=successor)


@pytest.mark.parametrize("name", ["bach", "kiem", "quan"])
def test_only_archive_staff_keep_fonds(services: Services, name: str) -> None:
    actor = person(services, name)
    with pytest.raises(access.ActNotAllowedError):
        fonds_acts.close_fonds(services, AGENCY, FondsClose(reason=REASON), actor=actor)
    with pytest.raises(access.ActNotAllowedError):
        fonds_acts.add_series(services, AGENCY, SeriesIn(code="I", title="Nhóm"), actor=actor)


def test_an_agencys_own_people_know_its_fonds_alone(services: Services) -> None:
    clerk = replace(person(services, "bach"), role=Role.CLERK)
    listed = fonds_acts.list_fonds(services, actor=clerk)
    assert [entry.code for entry in listed] == [AGENCY]
    with pytest.raises(access.ActNotAllowedError):
        fonds_acts.list_fonds(services, actor=person(services, "bach"))


def test_series_are_a_tree_and_a_case_file_is_in_one(services: Services) -> None:
    branch(services, "I", "Tổng hợp")
    branch(services, "II", "Xây dựng")
    tree = branch(services, "II.1", "Trạm bơm", parent="II")
    assert [(entry["code"], entry["depth"]) for entry in tree] == [("I", 0), ("II", 0), ("II.1", 1)]
    assert put(services, "I", OPEN_CODE, RESTRICTED_CODE) == 2
    assert put(services, "II.1") == 1
    assert put(services, "II.1") == 0
    counts = {entry["code"]: entry["case_files"] for entry in fonds(services)["tree"]}
    assert counts == {"I": 1, "II": 0, "II.1": 1}
    assert series_of_open(services) == "II.1"
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        assert row.version_stored == 2
    put(services, "")
    assert series_of_open(services) == ""


def test_a_tree_has_no_circle_no_double_and_loses_nothing(services: Services) -> None:
    branch(services, "I")
    branch(services, "I.1", parent="I")
    lan = person(services, "lan")
    with pytest.raises(SeriesTreeError):
        fonds_acts.change_series(services, AGENCY, "I", SeriesChange(parent="I.1"), actor=lan)
    with pytest.raises(SeriesExistsError):
        branch(services, "I")
    with pytest.raises(SeriesWordsError):
        branch(services, "V", " - ")
    with pytest.raises(SeriesNotFoundError):
        branch(services, "V", parent="IX")
    with pytest.raises(SeriesNotEmptyError):
        fonds_acts.remove_series(services, AGENCY, "I", actor=lan)
    put(services, "I.1")
    with pytest.raises(SeriesNotEmptyError):
        fonds_acts.remove_series(services, AGENCY, "I.1", actor=lan)
    put(services, "")
    assert len(fonds_acts.remove_series(services, AGENCY, "I.1", actor=lan).series) == 1
    assert [entry["title"] for entry in branch(services, "I.1", "Lại dùng")] == ["Nhóm", "Lại dùng"]


def test_a_held_case_file_stays_and_all_others_with_it(services: Services) -> None:
    branch(services, "I")
    head = person(services, "hung")
    place_holds(services, [RESTRICTED_CODE], reason="x", authority="y", actor=head)
    with pytest.raises(CaseFileHeldError):
        put(services, "I", OPEN_CODE, RESTRICTED_CODE)
    assert series_of_open(services) == ""


def test_nothing_is_added_to_a_closed_fonds(services: Services) -> None:
    close(services)
    with pytest.raises(FondsClosedError):
        branch(services, "I")


def test_nothing_is_accepted_where_no_fonds_is_open(services: Services, tmp_path: Path) -> None:
    small_case(tmp_path / "new", code="H40.18.2025.09.QLCT")
    (made,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    close(services)
    with pytest.raises(NoFondsError):
        accept(services, made, actor=person(services, "lan"))
    with services.read_only() as session:
        assert session.get_one(Submission, made).state is SubmissionState.CHECKED


def test_one_copy_brings_all_of_it_back(services: Services) -> None:
    open_new(services, period="2026–")
    branch(services, "I", "Tổng hợp")
    branch(services, "I.1", "Hành chính", parent="I", note="Công văn đi")
    put(services, "I.1")
    close(services, successor=NEW)
    do_all(services)
    before = fonds(services), fonds(services, NEW)
    kinds = {act.kind for copy in services.copies for act in iter_acts(copy)}
    assert {"agency", "series"} <= kinds
    rebuild(services, actor=OPERATOR)
    assert (fonds(services), fonds(services, NEW)) == before
    assert series_of_open(services) == "I.1"


def test_a_fonds_tells_what_is_counted_in_it_beside_what_is_declared(services: Services) -> None:
    with services.writing() as session:
        early, late = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        early.start_date, early.end_date = "2019", "2020-06"
        late.start_date, late.end_date = "2024-03-01", "2025-02-28"
        documents = len(early.documents) + len(late.documents)
    told = fonds(services)
    assert (told["case_files"], told["documents"], told["total_documents"]) == (2, documents, None)
    assert (told["first"], told["last"]) == ("2019", "2025-02-28")
    with services.writing() as session:
        gone = session.scalars(select(CaseFile).where(CaseFile.code == late.code)).one()
        gone.state = CaseState.DESTROYED
        left = documents - len(gone.documents)
    told = fonds(services)
    assert (told["case_files"], told["documents"]) == (1, left), "the same ones in both"
    assert (told["first"], told["last"]) == ("2019", "2020-06")
    open_new(services)
    empty = fonds(services, NEW)
    assert (empty["documents"], empty["first"], empty["last"]) == (0, None, None)
