"""One document in several case files: stored once, named, read and judged where it is linked."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from archive_service import access
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import (
    MergeGiven,
    MoveGiven,
    OrderIn,
    SplitIn,
    UndoIn,
)
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.describing.mode_changes import CatalogueReasonError
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsIn
from archive_service.catalogue.holdings.opening import readable_file
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.catalogue.holdings.uses import ContentRestrictedError
from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.catalogue.linking.links import (
    AlreadyLinkedError,
    DocumentNotLinkableError,
    LinkNotFoundError,
    LinkOtherFondsError,
    LinkToItselfError,
)
from archive_service.catalogue.recalls.acts import Wish, ask
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, CaseFileStateError, CaseState
from archive_service.domain.case_files.recall import RecallKind
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.removal import CaseFileDestroyedError
from archive_service.errors import NotAllowedError
from archive_service.keeping.malware.quarantine import quarantine
from archive_service.packaging.export import Exported
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from ingest.handover.paper_files import write_document_list
from retention.holds.acts import place_holds
from search.acts import find
from search.documents import PlaceDocument
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.browsers import counted
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.ingest.three_documents import THREE, three_documents
from tests.worlds.shelf import object_of

REASON = "Hai hồ sơ cùng một việc"
AWAY = MoveGiven(documents=[2], to=RESTRICTED_CODE, reason="x")
INTO_OPEN = MoveGiven(documents=[2], to=OPEN_CODE, reason="x")


@pytest.fixture(scope="module")
def linked_home(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with one more case file, whose second document belongs to another one too."""
    from ingest.submissions.acts import accept, submit

    place = tmp_path_factory.mktemp("linked")
    home = copy_home(held_home, place / "home")
    with open_home(home) as opened:
        (submission,) = submit(
            three_documents(place / "three"), actor=person(opened, "bach"), services=opened
        )
        do_all(opened)
        accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
        link_two(opened)
        do_all(opened)
    return home


@pytest.fixture
def home(linked_home: Path, tmp_path: Path) -> Path:
    """A copy of it of the test's own."""
    return copy_home(linked_home, tmp_path / "home")


def link_two(services: Services, **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"code": THREE, "ordinal": 2, "target": OPEN_CODE, "name": "lan"} | more
    actor, given = person(services, asked["name"]), LinkIn(into=asked["target"], reason=REASON)
    return link(services, asked["code"], asked["ordinal"], given, actor=actor).as_json()


def case(services: Services, code: str, name: str = "lan") -> dict[str, Any]:
    return queries.case_file(services, code, actor=person(services, name)).as_json()


def stored(home: Path, code: str) -> dict[str, bytes]:
    """Files of the newest version of a package by path, read without our code."""
    found = object_of(home / "kho1", code)
    return {path: found.read(path) for path in found.state()}


def test_a_linked_document_stands_in_both_and_lies_in_one(home: Path, services: Services) -> None:
    there, here = case(services, OPEN_CODE), case(services, THREE)
    (linked,) = there["links"]
    own = here["documents"][1]
    assert (linked["ordinal"], linked["kept_in"]) == (2, {"code": THREE, "ordinal": 2})
    assert (linked["title"], linked["files"]) == (own["title"], own["files"])
    assert own["also_in"] == [{"code": OPEN_CODE, "ordinal": 2}]
    assert there["document_count"] == 1
    assert (there["package"]["version"], here["package"]["version"]) == (2, 1)
    digest = own["files"][0]["sha256"]
    package = stored(home, OPEN_CODE)
    kept = stored(home, THREE)
    path = f"representations/rep1/data/{own['files'][0]['path']}"
    assert path in kept
    assert kept[path] not in package.values()
    fetch = next(data for path, data in package.items() if path.endswith(".fetch.txt")).decode()
    ocfl_id = here["package"]["ocfl_id"]
    assert fetch.split() == [ocfl_id, str(len(kept[path])), path, f"{THREE}.2"]
    premis = package["representations/rep1/metadata/preservation/PREMIS_rep1.xml"].decode()
    for said in (digest, f"{ocfl_id}/{path}", THREE, f"{THREE}.2", REASON):
        assert said in premis
    assert ".fetch.txt" in package["representations/rep1/METS.xml"].decode()


def test_what_changes_where_it_lies_shows_at_the_link(services: Services) -> None:
    lan = person(services, "lan")
    describe_case_file(services, THREE, {2: {"subject": "Tên đã sửa"}}, reason="x", actor=lan)
    do_all(services)
    assert case(services, OPEN_CODE)["links"][0]["title"] == "Tên đã sửa"
    assert case(services, OPEN_CODE)["package"]["version"] == 2
    place_holds(services, [THREE], reason="x", authority="y", actor=person(services, "hung"))
    assert case(services, OPEN_CODE)["links"][0]["held"]


def test_a_recall_closes_it_at_the_link_too(services: Services) -> None:
    lan = person(services, "lan")
    file_id = UUID(case(services, OPEN_CODE)["links"][0]["files"][0]["id"])
    ask(services, THREE, "2", Wish(kind=RecallKind.RECALL, reason="Sai số"), actor=lan)
    do_all(services)
    linked = case(services, OPEN_CODE)["links"][0]
    assert (linked["recalled_at"] is not None, linked["quarantined"]) == (True, True)
    with pytest.raises(NotAllowedError):
        readable_file(services, OPEN_CODE, file_id, actor=lan)


def test_of_two_modes_the_stricter_one_holds_through_a_link(services: Services) -> None:
    reader = person(services, "binh")
    linked = case(services, OPEN_CODE)["links"][0]
    file_id = UUID(linked["files"][0]["id"])
    opened = readable_file(services, OPEN_CODE, file_id, actor=reader)
    assert opened.read(services).startswith(b"%PDF")
    with services.writing() as session:
        stricter = update(CaseFile).where(CaseFile.code == RESTRICTED_CODE).values(mode="02")
        session.execute(stricter)
    link_two(services, target=RESTRICTED_CODE)
    do_all(services)
    readable_file(services, THREE, file_id, actor=reader)
    with pytest.raises(ContentRestrictedError):
        readable_file(services, RESTRICTED_CODE, file_id, actor=reader)
    told = case(services, RESTRICTED_CODE, "binh")["links"][0]
    assert (told["mode"], told["files"]) == ("02", [])
    lan = person(services, "lan")
    readable_file(services, RESTRICTED_CODE, file_id, actor=lan)
    with services.read_only() as session:
        used = session.scalars(select(AuditEvent).where(AuditEvent.tag == "document:read")).all()
    assert [audit_event.data["through"] for audit_event in used] == [RESTRICTED_CODE]


def test_one_copy_brings_links_back_and_those_that_ended(services: Services) -> None:
    lan = person(services, "lan")
    link_two(services, ordinal=1)
    do_all(services)
    end_link(services, OPEN_CODE, 3, UnlinkIn(reason="Gắn nhầm"), actor=lan)
    do_all(services)
    before = case(services, THREE)["documents"], case(services, OPEN_CODE)["links"]
    rebuild(services, actor=OPERATOR)
    assert (case(services, THREE)["documents"], case(services, OPEN_CODE)["links"]) == before
    assert link_two(services, ordinal=1)["ordinal"] == 4


def test_an_unlinked_document_stays_where_it_lies(services: Services) -> None:
    lan = person(services, "lan")
    gone = end_link(services, OPEN_CODE, 2, UnlinkIn(reason="Nhầm"), actor=lan)
    assert (gone.code, gone.ordinal) == (OPEN_CODE, 2)
    do_all(services)
    assert case(services, OPEN_CODE)["links"] == []
    assert case(services, THREE)["documents"][1]["also_in"] == []
    assert case(services, THREE)["documents"][1]["files"]
    for ordinal in (1, 2, 9):
        with pytest.raises(LinkNotFoundError):
            end_link(services, OPEN_CODE, ordinal, UnlinkIn(reason="x"), actor=lan)
    with services.read_only() as session:
        told = [
            (event.tag, event.data["code"], event.data["ordinal"])
            for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number))
            if "linked" in event.tag
        ]
    assert told == [
        ("document:linked", OPEN_CODE, 2), ("document:linked-elsewhere", THREE, 2),
        ("document:unlinked", OPEN_CODE, 2), ("document:unlinked-elsewhere", THREE, 2),
    ]  # fmt: skip


def test_what_may_not_be_linked_is_refused(services: Services) -> None:
    lan = person(services, "lan")
    for more, error in (
        ({}, AlreadyLinkedError),
        ({"target": THREE}, LinkToItselfError),
        ({"code": OPEN_CODE, "target": THREE}, LinkToItselfError),
        ({"ordinal": 9}, DocumentNotInCaseFileError),
        ({"code": RESTRICTED_CODE, "ordinal": 9}, DocumentNotInCaseFileError),
    ):
        with pytest.raises(error):
            link_two(services, **more)
    quarantine(services, THREE, "3", "Nghi ngờ", actor=lan)
    with pytest.raises(DocumentNotLinkableError):
        link_two(services, ordinal=3)
    with pytest.raises(CatalogueReasonError):
        link(services, THREE, 1, LinkIn(into=OPEN_CODE, reason=" "), actor=lan)


def test_a_held_case_file_takes_no_link_and_loses_none(services: Services) -> None:
    hung, lan = person(services, "hung"), person(services, "lan")
    place_holds(services, [OPEN_CODE], reason="x", authority="y", actor=hung)
    with pytest.raises(CaseFileHeldError):
        link_two(services, ordinal=1)
    with pytest.raises(CaseFileHeldError):
        end_link(services, OPEN_CODE, 2, UnlinkIn(reason="x"), actor=lan)
    with pytest.raises(CaseFileHeldError):  # its link would have to follow
        arranging_acts.move(services, THREE, AWAY, actor=lan)


@pytest.mark.parametrize("state", [CaseState.DESTROYED, CaseState.TRANSFERRED])
@pytest.mark.parametrize("code", [THREE, OPEN_CODE])
def test_what_is_not_held_any_more_is_linked_to_nothing(
    services: Services, code: str, state: CaseState
) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == code).values(state=state))
    with pytest.raises((CaseFileStateError, CaseFileDestroyedError)):
        link_two(services, ordinal=1)


def test_documents_are_linked_within_their_fonds_alone(services: Services) -> None:
    lan = person(services, "lan")
    fonds_acts.open_fonds(services, FondsIn(code="P2", agency="H40.18", name="Phông 2"), actor=lan)
    with services.writing() as session:
        other = session.scalars(select(Fonds.id).where(Fonds.code == "P2")).one()
        session.execute(
            update(CaseFile).where(CaseFile.code == RESTRICTED_CODE).values(fonds_id=other)
        )
    with pytest.raises(LinkOtherFondsError):
        link_two(services, target=RESTRICTED_CODE)


@pytest.mark.parametrize("name", ["bach", "binh", "kiem", "quan"])
def test_only_archive_staff_link(services: Services, name: str) -> None:
    with pytest.raises(access.ActNotAllowedError):
        link_two(services, ordinal=1, name=name)
    with pytest.raises(access.ActNotAllowedError):
        end_link(services, OPEN_CODE, 2, UnlinkIn(reason="x"), actor=person(services, name))


def test_an_archivist_of_another_agency_knows_neither_case_file(services: Services) -> None:
    stranger = replace(person(services, "lan"), agency_id=uuid4())
    with pytest.raises(CaseFileNotFoundError):
        link(services, THREE, 1, LinkIn(into=OPEN_CODE, reason="x"), actor=stranger)
    with pytest.raises(CaseFileNotFoundError):
        end_link(services, OPEN_CODE, 2, UnlinkIn(reason="x"), actor=stranger)


def test_a_moved_document_takes_its_links_along_and_back(services: Services) -> None:
    lan = person(services, "lan")
    told = arranging_acts.move(services, THREE, AWAY, actor=lan).as_json()
    do_all(services)
    there = told["moved"][0]["to"]
    linked = case(services, OPEN_CODE)
    assert linked["links"][0]["kept_in"] == {"code": RESTRICTED_CODE, "ordinal": there}
    assert linked["package"]["version"] == 3
    arranging_acts.undo(services, RESTRICTED_CODE, there, UndoIn(reason="x"), actor=lan)
    do_all(services)
    assert case(services, OPEN_CODE)["links"][0]["kept_in"] == {"code": THREE, "ordinal": 2}


def test_a_link_ends_where_its_document_comes_to_lie(services: Services) -> None:
    lan = person(services, "lan")
    told = arranging_acts.move(services, THREE, INTO_OPEN, actor=lan).as_json()
    do_all(services)
    assert case(services, OPEN_CODE)["links"] == []
    assert [document["ordinal"] for document in case(services, OPEN_CODE)["documents"]] == [1, 3]
    arranging_acts.undo(services, OPEN_CODE, told["moved"][0]["to"], UndoIn(reason="x"), actor=lan)
    do_all(services)
    assert case(services, OPEN_CODE)["links"][0]["kept_in"] == {"code": THREE, "ordinal": 2}


def test_merging_and_splitting_pass_links_on(services: Services) -> None:
    lan = person(services, "lan")
    told = arranging_acts.split(
        services,
        OPEN_CODE,
        SplitIn(documents=[2], code="H40.18.2025.31.QLCT", title="Phần", reason="x"),
        actor=lan,
    ).as_json()
    assert told["moved"] == [{"from": 2, "to": 1}]
    do_all(services)
    part = case(services, "H40.18.2025.31.QLCT")
    assert part["links"][0]["kept_in"] == {"code": THREE, "ordinal": 2}
    assert (part["state"], part["document_count"]) == ("stored", 0)
    assert case(services, OPEN_CODE)["links"] == []
    merged = arranging_acts.merge(
        services, "H40.18.2025.31.QLCT", MergeGiven(to=THREE, reason="x"), actor=lan
    ).as_json()
    assert merged["moved"] == [{"from": 1, "to": 2}]  # where it lies already
    do_all(services)
    assert case(services, "H40.18.2025.31.QLCT")["links"] == []


def test_linked_documents_have_their_place_in_the_order(services: Services) -> None:
    lan = person(services, "lan")
    titles = arranging_acts.reorder(
        services, OPEN_CODE, OrderIn(order=[2, 1], reason="x"), actor=lan
    ).as_json()["documents"]
    do_all(services)
    there = case(services, OPEN_CODE)
    assert (there["links"][0]["ordinal"], there["documents"][0]["ordinal"]) == (1, 2)
    assert titles == [there["links"][0]["title"], there["documents"][0]["title"]]


def test_three_links_cost_as_many_statements_as_one(services: Services) -> None:
    with counted(services) as of_one:
        case(services, OPEN_CODE)
    link_two(services, ordinal=1)
    link_two(services, ordinal=3)
    with counted(services) as of_three:
        assert len(case(services, OPEN_CODE)["links"]) == 3
    assert len(of_three) == len(of_one)


def members(exported: Exported) -> dict[str, bytes]:
    with zipfile.ZipFile(exported.path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["aip", "bag", "dip", "sip"])
def test_what_goes_out_has_the_bytes_of_linked_documents(
    services: Services, tmp_path: Path, form: str
) -> None:
    lan = person(services, "lan")
    own = case(services, THREE)["documents"][1]["files"][0]
    data = readable_file(services, THREE, UUID(own["id"]), actor=lan).read(services)
    told = members(export_case_file(services, OPEN_CODE, form=form, folder=tmp_path, actor=lan))
    where = [path for path, content in told.items() if content == data]
    if form == "aip":
        assert where == []
        assert any(path.endswith(".fetch.txt") for path in told)
        return
    if form == "bag":
        folder = case(services, THREE)["package"]["ocfl_id"].replace(":", "_")
        assert where == [f"data/linked/{folder}/representations/rep1/data/{own['path']}"]
        assert f"{own['sha256']}  {where[0]}" in told["manifest-sha256.txt"].decode()
        assert "data/linked/" in told["bag-info.txt"].decode()
        return
    assert where == [f"representations/rep1/data/linked-0002/{own['path'].partition('/')[2]}"]
    described = told["representations/rep1/metadata/descriptive/EAD_doc_0002.xml"].decode()
    assert f"Văn bản của hồ sơ {THREE}, số 2" in described
    assert own["sha256"] in told["representations/rep1/METS.xml"].decode().lower()


@pytest.mark.parametrize("form", ["pdf", "xml"])
def test_it_is_read_in_order_of_time_with_the_others(
    services: Services, tmp_path: Path, form: str
) -> None:
    lan = person(services, "lan")
    exported = export_case_file(services, OPEN_CODE, form=form, folder=tmp_path, actor=lan)
    assert exported.size_bytes == exported.path.stat().st_size
    if form == "xml":
        assert f"Văn bản của hồ sơ {THREE}, số 2" in exported.path.read_text("utf-8")


def test_the_document_list_names_it_with_a_note(services: Services) -> None:
    _, data = write_document_list(services, OPEN_CODE, "docx", actor=person(services, "lan"))
    target = services.work_folder / "list.docx"
    target.write_bytes(data)
    with zipfile.ZipFile(target) as archive:
        assert f"Văn bản của hồ sơ {THREE}, số 2" in archive.read("word/document.xml").decode()


def test_search_finds_it_once_and_names_both(services: Services) -> None:
    found = find(services, '"Văn bản 2 về trạm bơm"', actor=person(services, "lan"))
    assert {hit.code for hit in found.hits} == {THREE}
    assert found.hits[0].also_in == [PlaceDocument(code=OPEN_CODE, ordinal=2)]
