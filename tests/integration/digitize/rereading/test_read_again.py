"""A holding read again by another model: shown first, adopted as a version, the former stays."""

import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid4

import pikepdf
import pytest
from sqlalchemy import select

from archive_service.accounts.acts import display_names
from archive_service.app import create_app
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.case_files.document import READ_AGAIN, DigitalObject, Document
from archive_service.domain.digitization.rereading import (
    RereadingItem,
    RereadingItemState,
    RereadingStateError,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import NotAllowedError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.needed import needed_digests
from digitize.rereading import acts as rereading_acts
from digitize.rereading.already_read import ReadAlreadyError
from digitize.rereading.documents import RereadingItemDocument
from digitize.rereading.given import AdoptIn, DropIn
from retention.holds.acts import place_holds
from search.acts import find
from tests.worlds.archive import OPERATOR, person
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.misread import PAPER, PDF
from tests.worlds.holding import case_of
from tests.worlds.read_back.package import read_package
from tests.worlds.shelf import DATA, object_of


def proposed(services: Services, *codes: str) -> UUID:
    made = rereading_acts.propose(services, codes=codes, actor=person(services, "lan"))
    do_all(services)
    return made


def read_document(services: Services, code: str) -> Document:
    """The one document of the case file that was read from images."""
    (found,) = [
        document for document in case_of(services, code).documents if document.text_files()[0]
    ]
    return found


def text_of(services: Services, code: str) -> str:
    told = case_texts(services, code, actor=person(services, "lan"))
    return " ".join(page.text for document in told.documents for page in document.pages)


def adopter(services: Services, code: str) -> str:
    """Who put a text read again into the case file, as the trail tells."""
    put = AuditEvent.tag == "case-file:read-again"
    of_it = AuditEvent.subject_id == str(case_of(services, code).id)
    with services.read_only() as session:
        return session.scalars(select(AuditEvent.account).where(put, of_it)).one()


def words_of(item: RereadingItemDocument) -> list[tuple[str, str]]:
    return [(sample.before, sample.after) for sample in item.samples]


def test_what_would_change_is_shown_before_anything_does(
    services: Services, asked: tuple[Services, UUID]
) -> None:
    assert "bqn" in text_of(services, PAPER)
    assert "bqn" in text_of(services, PDF)
    services, made = asked
    told = rereading_acts.show_rereading(services, made, actor=person(services, "lan"))
    assert (told.state, told.model, told.case_files) == ("ready", "best_int", 2)
    assert told.documents == {"read": 2}
    assert told.words_changed >= 3
    assert told.impossible_after < told.impossible_before
    assert (told.confidence_after or 0) > (told.confidence_before or 100)
    for item in told.items:
        assert any(
            "bqn" in before and "bàn" in after.casefold() for before, after in words_of(item)
        )
    assert "bqn" in text_of(services, PAPER)
    assert case_of(services, PAPER).version_stored == 2


def test_of_two_presses_at_once_one_adopts(services: Services) -> None:
    made, lan = proposed(services, PAPER), person(services, "lan")
    answers = at_once(lambda _: rereading_acts.adopt(services, made, AdoptIn(), actor=lan), 2)
    assert answers.count("rereading-state") == 1
    with services.read_only() as session:
        adopted = select(AuditEvent).where(AuditEvent.tag == "rereading:adopted")
        assert len(session.scalars(adopted).all()) == 1


def test_adopting_makes_a_version_and_the_former_text_stays_in_it(
    asked: tuple[Services, UUID], tools: ModuleType, tmp_path: Path
) -> None:
    services, made = asked
    with services.read_only() as session:
        archivist = display_names(session, ["lan"])["lan"]
    former = {code: read_document(services, code).text_files()[0] for code in (PAPER, PDF)}
    rereading_acts.adopt(services, made, AdoptIn(), actor=person(services, "lan"))
    do_all(services)
    listed = rereading_acts.list_rereadings(services, actor=person(services, "lan"))
    assert [(entry.state, entry.documents) for entry in listed] == [("adopted", {"adopted": 2})]
    pdfs_made = []
    for code in (PAPER, PDF):
        row, document = case_of(services, code), read_document(services, code)
        assert row.version_stored == 3
        assert row.versions[-1].message.endswith(f"người chấp nhận: {archivist}")
        assert adopter(services, code) == "lan"
        text, _ = document.text_files()
        was = former[code]
        assert text is not None
        assert was is not None
        assert text.path == was.path.replace(".txt", "-2.txt")
        assert "bqn" not in text_of(services, code)
        stored_object = object_of(services.settings.home / "kho1", code)
        assert "bqn" in stored_object.read(DATA + was.path).decode()
        former_text, _ = document.text_files(2)
        assert former_text is not None
        assert former_text.path == was.path
        pdf = next(
            file for file in document.files if "outcomes" in file.making and file.version_added == 3
        )
        assert pdf.making["kind"] == READ_AGAIN
        target = tmp_path / f"{code}.pdf"
        target.write_bytes(stored_object.read(DATA + pdf.path))
        pdfs_made.append(target)
    assert all(verdict.passed for verdict in tools.verapdf(pdfs_made))


def test_a_resolution_that_a_person_told_holds_for_the_new_copy_too(
    services: Services, home: Path, tmp_path: Path
) -> None:
    with services.writing() as session:
        for file in session.scalars(select(DigitalObject).where(DigitalObject.page_image)):
            file.dpi = 100
    rereading_acts.adopt(
        services, proposed(services, PAPER), AdoptIn(), actor=person(services, "lan")
    )
    do_all(services)
    target = tmp_path / "copy.pdf"
    target.write_bytes(object_of(home / "kho1", PAPER).read(DATA + "0002/preservation/0002-2.pdf"))
    with pikepdf.open(target) as pdf:
        assert float(pdf.pages[0].mediabox[2]) == pytest.approx(900 * 72 / 100, abs=1)


def test_the_package_tells_what_took_the_place_of_what(services: Services, home: Path) -> None:
    made = proposed(services, PAPER)
    rereading_acts.adopt(services, made, AdoptIn(), actor=person(services, "lan"))
    do_all(services)
    stored_object = object_of(home / "kho1", PAPER)
    package = read_package(stored_object.state(), stored_object.read)
    files = {file.path: file for file in package.iter_files()}
    new = files["0002/preservation/0002-2.pdf"]
    assert tuple(new.derived_from) == ("0002/pages/0001-001.jpg",)
    (event,) = [each for each in package.events if new.path in each.outcomes]
    assert (event.type, event.sources) == ("creation", ("0002/pages/0001-001.jpg",))
    assert "best_int" in event.agent
    assert "lan" in event.outcome_note
    premis = stored_object.read(
        "representations/rep1/metadata/preservation/PREMIS_rep1.xml"
    ).decode()
    assert "supersedes" in premis


def test_search_finds_the_new_words_and_no_longer_the_old(
    services: Services, adopted: Services
) -> None:
    assert find(services, "bqn", actor=person(services, "lan")).hits
    assert not find(adopted, "bqn", actor=person(adopted, "lan")).hits


def test_dropping_leaves_everything_as_it_is(asked: tuple[Services, UUID]) -> None:
    services, made = asked
    lan = person(services, "lan")
    readings = waiting_readings(services)
    with services.read_only() as session:
        assert readings <= needed_digests(session)
    rereading_acts.drop(services, made, DropIn(codes=[PDF]), actor=lan)
    assert rereading_acts.show_rereading(services, made, actor=lan).documents == {
        "dropped": 1,
        "read": 1,
    }
    rereading_acts.drop(services, made, DropIn(), actor=lan)
    with services.read_only() as session:
        assert not readings & needed_digests(session)
    with pytest.raises(RereadingStateError):
        rereading_acts.adopt(services, made, AdoptIn(), actor=lan)
    do_all(services)
    assert case_of(services, PAPER).version_stored == 2


def test_what_the_same_engine_read_is_not_read_again(adopted: Services) -> None:
    services, lan = adopted, person(adopted, "lan")
    (only,) = rereading_acts.list_rereadings(services, actor=lan)
    with pytest.raises(ReadAlreadyError):
        proposed(services)
    browser = browser_of(create_app(services), services, "lan")
    refused = post(browser, "/rereading", codes=PAPER, model="best_int")
    assert refused.status_code == 409
    assert "đọc lại không cho kết quả khác" in refused.text
    assert '<option value="best_int" selected>' in refused.text
    assert rereading_acts.list_rereadings(services, actor=lan) == [only]


def test_beside_others_a_text_of_the_same_engine_is_passed_over(services: Services) -> None:
    lan = person(services, "lan")
    rereading_acts.adopt(services, proposed(services, PAPER), AdoptIn(), actor=lan)
    do_all(services)
    made = proposed(services)
    again = rereading_acts.show_rereading(services, made, actor=lan)
    assert again.documents == {"same": 1, "read": 1}
    shown = browser_of(create_app(services), services, "lan").get(f"/rereading/{made}").text
    assert shown.count("không đọc lại: cùng bộ nhận dạng") == 1
    assert "không đổi" not in shown


def test_a_text_that_was_replaced_meanwhile_is_overtaken(services: Services) -> None:
    lan = person(services, "lan")
    first, second = proposed(services, PAPER), proposed(services, PAPER)
    for identifier in (first, second):
        rereading_acts.adopt(services, identifier, AdoptIn(), actor=lan)
        do_all(services)
    told = rereading_acts.show_rereading(services, second, actor=lan)
    assert (told.state, told.documents) == ("adopted", {"overtaken": 1})
    assert case_of(services, PAPER).version_stored == 3


def test_a_held_case_file_keeps_its_text_and_the_attempt_is_told(services: Services) -> None:
    made, hung = proposed(services, PAPER), person(services, "hung")
    place_holds(services, [PAPER], reason="Thanh tra", authority="12/QĐ-TTT", actor=hung)
    before = text_of(services, PAPER)
    rereading_acts.adopt(services, made, AdoptIn(), actor=person(services, "lan"))
    do_all(services)
    assert text_of(services, PAPER) == before
    with services.read_only() as session:
        (item,) = session.scalars(select(RereadingItem).where(RereadingItem.rereading_id == made))
        assert (item.state, (item.refusal or {})["code"]) == ("refused", "case-file-held")
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "hold:stopped")).one()
    assert (told.account, told.data["act"]) == ("lan", "rereading:adopt")


def test_who_only_reads_proposes_and_adopts_nothing(services: Services) -> None:
    with pytest.raises(NotAllowedError):
        rereading_acts.propose(services, actor=person(services, "binh"))
    made = proposed(services, PAPER)
    with pytest.raises(NotAllowedError):
        rereading_acts.adopt(services, made, AdoptIn(), actor=OPERATOR)


def test_an_account_of_one_agency_reaches_its_own_texts_alone(services: Services) -> None:
    lan = person(services, "lan")
    made = rereading_acts.propose(services, actor=lan)
    own = case_of(services, PAPER).agency_id
    insider, stranger = (replace(lan, agency_id=identifier) for identifier in (own, uuid4()))
    with pytest.raises(rereading_acts.NothingToReadAgainError):
        rereading_acts.propose(services, actor=stranger)
    assert rereading_acts.list_rereadings(services, actor=stranger) == []
    for act, given in (
        (rereading_acts.adopt, [AdoptIn()]),
        (rereading_acts.drop, [DropIn()]),
        (rereading_acts.show_rereading, []),
    ):
        with pytest.raises(rereading_acts.RereadingNotFoundError):
            act(services, made, *given, actor=stranger)
    second = rereading_acts.propose(services, actor=insider)
    told = rereading_acts.list_rereadings(services, actor=insider)
    assert [(entry.id, entry.codes) for entry in told] == [
        (str(second), [PAPER, PDF]),
        (str(made), []),
    ]


def test_a_rebuild_brings_back_which_text_counts(adopted: Services) -> None:
    services = adopted
    before = read_document(services, PAPER).text_files()[0]
    rebuild(services, actor=OPERATOR)
    do_all(services)
    after = read_document(services, PAPER).text_files()[0]
    assert before is not None
    assert after is not None
    assert (after.path, after.sha256) == (before.path, before.sha256)
    assert "bqn" not in text_of(services, PAPER)


def test_a_proposal_comes_through_a_rebuild_and_is_read_on_and_adopted(services: Services) -> None:
    lan = person(services, "lan")
    ready, unread = (
        proposed(services, PAPER),
        rereading_acts.propose(services, codes=[PDF], actor=lan),
    )
    before = rereading_acts.show_rereading(services, ready, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert rereading_acts.show_rereading(services, ready, actor=lan) == before
    do_all(services)
    assert rereading_acts.show_rereading(services, unread, actor=lan).documents == {"read": 1}
    for identifier in (ready, unread):
        rereading_acts.adopt(services, identifier, AdoptIn(), actor=lan)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert all("bqn" not in text_of(services, code) for code in (PAPER, PDF))


def test_a_killed_worker_goes_on_with_the_next_document(services: Services, home: Path) -> None:
    made = rereading_acts.propose(services, actor=person(services, "lan"))
    with Command(home).beside("work") as worker:
        for _ in range(600):
            if waiting_readings(services):
                break
            time.sleep(0.05)
        worker.kill()
        worker.wait()
    known = waiting_readings(services)
    do_all(services)
    told = rereading_acts.show_rereading(services, made, actor=person(services, "lan"))
    assert (told.state, told.documents) == ("ready", {"read": 2})
    assert known <= waiting_readings(services)


def test_the_commands_propose_show_and_adopt(home: Path) -> None:
    archive = Command(home)
    told = archive.ask("scan", "reocr", "--all", account="lan")
    assert (told["state"], told["case_files"]) == ("reading", 2)
    archive.ask("work", "--until-empty")
    shown = archive.ask("scan", "reocr", "show", told["id"], account="lan")
    assert shown["documents"] == {"read": 2}
    archive.ask("scan", "reocr", "adopt", told["id"], account="lan")
    archive.ask("work", "--until-empty")
    listed = archive.ask("scan", "reocr", "list", account="lan")
    assert [rereading["state"] for rereading in listed["rereadings"]] == ["adopted"]


def waiting_readings(services: Services) -> set[str]:
    """Digests of new readings that somebody has to decide on."""
    waiting = select(RereadingItem).where(RereadingItem.state == RereadingItemState.READ)
    with services.read_only() as session:
        return {digest for item in session.scalars(waiting) for digest in item.readings}


def test_an_archivist_proposes_looks_and_adopts_in_the_browser(services: Services) -> None:
    lan = browser_of(create_app(services), services, "lan")
    assert "Chưa có đề xuất nào" in lan.get("/rereading").text
    answer = post(lan, "/rereading", codes=PAPER, model="")
    do_all(services)
    page = lan.get(answer.location).text
    assert "chờ quyết định" in page
    assert "bqn" in page
    assert post(lan, f"{answer.location}/adopt").status_code == 303
    do_all(services)
    assert "đã chấp nhận" in lan.get("/rereading").text
    case = lan.get(f"/case-files/{PAPER}?document=2").text
    assert "đã có bản mới từ phiên bản 3" in case


def test_a_reader_has_no_such_page(services: Services) -> None:
    assert browser_of(create_app(services), services, "binh").get("/rereading").status_code == 403


def test_a_program_proposes_looks_and_adopts(services: Services) -> None:
    program = program_of(create_app(services), services, "lan")
    made = program.post("/rereadings", json={"codes": [PDF]})
    assert (made.status_code, made.get_json()["state"]) == (201, "reading")
    do_all(services)
    path = f"/rereadings/{made.get_json()['id']}"
    shown = program.get(path).get_json()
    assert [item["code"] for item in shown["items"]] == [PDF]
    assert program.post(f"{path}/adopt", json={}).get_json()["state"] == "adopting"
    assert program.post(f"{path}/drop", json={}).status_code == 409
    do_all(services)
    (listed,) = program.get("/rereadings").get_json()["rereadings"]
    assert listed["state"] == "adopted"
