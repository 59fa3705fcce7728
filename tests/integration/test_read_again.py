"""A holding read again by another model: shown first, adopted as a version, the former stays."""

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.bootstrap import Services
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import READ_AGAIN, Document
from archive_service.domain.page_reading import PageReadingRow
from archive_service.domain.rereading import (
    RereadingItem,
    RereadingItemState,
    RereadingStateError,
)
from archive_service.errors import NotAllowedError
from archive_service.packaging.read import read_package
from archive_service.storage.needed import needed_digests
from archive_service.workflow import rereadings
from archive_service.workflow.finding import find
from archive_service.workflow.intake import accept, submit
from archive_service.workflow.recovery import rebuild
from archive_service.workflow.texts import case_texts
from digitize.reading_file import dump_reading
from digitize.scan import PageRequest
from digitize.twin_readings import keep
from digitize.words import PageReading, Word
from tests.factories import incoming_pdfs as pdfs
from tests.factories.archive import (
    OPERATOR,
    PAPER_FOLDER,
    copy_home,
    mixed_case,
    new_home,
    open_home,
    person,
)
from tests.factories.backends import read_settings, write_settings
from tests.factories.browsers import browser_of, post
from tests.factories.clients import do_all, program_of
from tests.factories.command import Command
from tests.factories.door import case_row, document_row, sha256_of, write_sheet
from tests.factories.shelf import DATA, object_of

DOC = "application/pdf"
PAPER, PDF = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"


def misread(reading: PageReading) -> PageReading:
    """The same with every "bàn" taken for "bản", and doubts about it."""

    def wrong(word: Word) -> Word:
        if word.text.casefold() != "bàn":
            return word
        return replace(word, text="bqn", confidence=40.0)

    lines = tuple(replace(line, words=tuple(map(wrong, line.words))) for line in reading.lines)
    return replace(reading, lines=lines)


def bring(services: Services, *folders: Path) -> None:
    """Submitted, accepted, stored and read."""
    for folder in folders:
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(submission, actor=person(services, "lan"), services=services)
        do_all(services)


def read_wrong(services: Services, *images: Path) -> list[PageReading]:
    """What the engine at work reads of them, misread."""
    answers = services.ocr.read([PageRequest(image) for image in images])
    return [misread(one) for one in answers if isinstance(one, PageReading)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case file of paper and one of a PDF of images, read by the fast model, which misread."""
    place = tmp_path_factory.mktemp("again")
    home = new_home(place / "home")
    settings = read_settings(home)
    write_settings(home, settings | {"digitize": {**settings["digitize"], "model": "fast"}})
    paper, pdf = mixed_case(place / "paper", code=PAPER), place / "pdf"
    pdf.mkdir()
    image = pdfs.sheet(place / "sheet.jpg")
    made = pdfs.of_images(pdf / "quet.pdf", image, image)
    write_sheet(pdf / "Hồ sơ.xlsx", [case_row(PDF)], [document_row("quet.pdf", PDF)])
    with open_home(home) as services:
        scan = paper / PAPER_FOLDER / "001.jpg"
        on_paper, on_pdf = read_wrong(services, scan, image)
        with services.unit_of_work() as uow:
            staged = services.staging.receive(io.BytesIO(dump_reading(on_paper)))
            row = PageReadingRow(
                image_sha256=sha256_of(scan),
                software=on_paper.software,
                reading_sha256=staged.sha256,
                size_bytes=staged.size_bytes,
                read_at=clock.now(),
            )
            uow.session.add(row)
            uow.commit()
        folder = services.work_folder / f"readings-{sha256_of(made)[:32]}-fast"
        folder.mkdir()
        for number in (1, 2):
            keep(folder, number, on_pdf)
        bring(services, paper, pdf)
    write_settings(home, settings)
    return home


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Path:
    return copy_home(kept, tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as opened:
        yield opened


def proposed(services: Services, *codes: str) -> UUID:
    made = rereadings.propose(services, codes=codes, actor=person(services, "lan"))
    do_all(services)
    return made


def case_of(services: Services, code: str) -> CaseFile:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        for document in row.documents:
            assert document.files
        assert row.versions
        return row


def read_document(services: Services, code: str) -> Document:
    """The one document of the case file that was read from images."""
    (found,) = [one for one in case_of(services, code).documents if one.text_files()[0]]
    return found


def text_of(services: Services, code: str) -> str:
    told = case_texts(services, code, actor=person(services, "lan"))
    return " ".join(page["text"] for one in told["documents"] for page in one["pages"])


def words_of(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(one["before"]), str(one["after"])) for one in told["samples"]]


def test_what_would_change_is_shown_before_anything_does(services: Services) -> None:
    assert "bqn" in text_of(services, PAPER)
    assert "bqn" in text_of(services, PDF)
    told = rereadings.show_rereading(services, proposed(services), actor=person(services, "lan"))
    assert (told["state"], told["model"], told["case_files"]) == ("ready", "best_int", 2)
    assert told["documents"] == {"read": 2}
    assert told["words_changed"] >= 3
    assert told["impossible_after"] < told["impossible_before"]
    assert told["confidence_after"] > told["confidence_before"]
    for item in told["items"]:
        assert any(
            "bqn" in before and "bàn" in after.casefold() for before, after in words_of(item)
        )
    assert "bqn" in text_of(services, PAPER)
    assert case_of(services, PAPER).version_stored == 2


def test_adopting_makes_a_version_and_the_former_text_stays_in_it(
    services: Services, home: Path, tools: ModuleType, tmp_path: Path
) -> None:
    former = {code: read_document(services, code).text_files()[0] for code in (PAPER, PDF)}
    made = proposed(services)
    rereadings.adopt(services, made, actor=person(services, "lan"))
    do_all(services)
    listed = rereadings.list_rereadings(services, actor=person(services, "lan"))
    assert [(one["state"], one["documents"]) for one in listed] == [("adopted", {"adopted": 2})]
    pdfs_made = []
    for code in (PAPER, PDF):
        row, document = case_of(services, code), read_document(services, code)
        assert row.version_stored == 3
        text, _ = document.text_files()
        was = former[code]
        assert text is not None
        assert was is not None
        assert text.path == was.path.replace(".txt", "-2.txt")
        assert "bqn" not in text_of(services, code)
        one = object_of(home / "kho1", code)
        assert "bqn" in one.read(DATA + was.path).decode()
        assert document.text_files(2)[0].path == was.path  # type: ignore[union-attr]  # it is there
        pdf = next(
            file for file in document.files if "outcomes" in file.making and file.version_added == 3
        )
        assert pdf.making["kind"] == READ_AGAIN
        target = tmp_path / f"{code}.pdf"
        target.write_bytes(one.read(DATA + pdf.path))
        pdfs_made.append(target)
    assert all(verdict.passed for verdict in tools.verapdf(pdfs_made))


def test_the_package_tells_what_took_the_place_of_what(services: Services, home: Path) -> None:
    made = proposed(services, PAPER)
    rereadings.adopt(services, made, actor=person(services, "lan"))
    do_all(services)
    one = object_of(home / "kho1", PAPER)
    package = read_package(one.state(), one.read)
    files = {file.path: file for file in package.iter_files()}
    new = files["0002/preservation/0002-2.pdf"]
    assert tuple(new.derived_from) == ("0002/pages/0001-001.jpg",)
    (event,) = [each for each in package.events if new.path in each.outcomes]
    assert (event.type, event.sources) == ("creation", ("0002/pages/0001-001.jpg",))
    assert "best_int" in event.agent
    assert "lan" in event.outcome_note
    premis = one.read("representations/rep1/metadata/preservation/PREMIS_rep1.xml").decode()
    assert "supersedes" in premis


def test_search_finds_the_new_words_and_no_longer_the_old(services: Services) -> None:
    lan = person(services, "lan")
    assert find(services, "bqn", actor=lan)["hits"]
    rereadings.adopt(services, proposed(services), actor=lan)
    do_all(services)
    assert not find(services, "bqn", actor=lan)["hits"]


def test_dropping_leaves_everything_as_it_is(services: Services) -> None:
    lan = person(services, "lan")
    made = proposed(services)
    readings = waiting_readings(services)
    with services.read_only() as session:
        assert readings <= needed_digests(session)
    rereadings.drop(services, made, codes=[PDF], actor=lan)
    assert rereadings.show_rereading(services, made, actor=lan)["documents"] == {
        "dropped": 1,
        "read": 1,
    }
    rereadings.drop(services, made, actor=lan)
    with services.read_only() as session:
        assert not readings & needed_digests(session)
    with pytest.raises(RereadingStateError):
        rereadings.adopt(services, made, actor=lan)
    do_all(services)
    assert case_of(services, PAPER).version_stored == 2


def test_what_the_same_engine_read_is_not_read_again(services: Services) -> None:
    lan = person(services, "lan")
    rereadings.adopt(services, proposed(services), actor=lan)
    do_all(services)
    again = rereadings.show_rereading(services, proposed(services), actor=lan)
    assert (again["documents"], again["pages"]) == ({"same": 2}, 0)


def test_a_text_that_was_replaced_meanwhile_is_overtaken(services: Services) -> None:
    lan = person(services, "lan")
    first, second = proposed(services, PAPER), proposed(services, PAPER)
    for one in (first, second):
        rereadings.adopt(services, one, actor=lan)
        do_all(services)
    told = rereadings.show_rereading(services, second, actor=lan)
    assert (told["state"], told["documents"]) == ("adopted", {"overtaken": 1})
    assert case_of(services, PAPER).version_stored == 3


def test_who_only_reads_proposes_and_adopts_nothing(services: Services) -> None:
    with pytest.raises(NotAllowedError):
        rereadings.propose(services, actor=person(services, "binh"))
    made = proposed(services, PAPER)
    with pytest.raises(NotAllowedError):
        rereadings.adopt(services, made, actor=OPERATOR)


def test_a_rebuild_brings_back_which_text_counts(services: Services) -> None:
    rereadings.adopt(services, proposed(services), actor=person(services, "lan"))
    do_all(services)
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
    ready, unread = proposed(services, PAPER), rereadings.propose(services, codes=[PDF], actor=lan)
    before = rereadings.show_rereading(services, ready, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert rereadings.show_rereading(services, ready, actor=lan) == before
    do_all(services)
    assert rereadings.show_rereading(services, unread, actor=lan)["documents"] == {"read": 1}
    for one in (ready, unread):
        rereadings.adopt(services, one, actor=lan)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert all("bqn" not in text_of(services, code) for code in (PAPER, PDF))


def test_a_killed_worker_goes_on_with_the_next_document(services: Services, home: Path) -> None:
    made = rereadings.propose(services, actor=person(services, "lan"))
    with Command(home).beside("work") as worker:
        for _ in range(600):
            if waiting_readings(services):
                break
            time.sleep(0.05)
        worker.kill()
        worker.wait()
    known = waiting_readings(services)
    do_all(services)
    told = rereadings.show_rereading(services, made, actor=person(services, "lan"))
    assert (told["state"], told["documents"]) == ("ready", {"read": 2})
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
    assert [one["state"] for one in listed["rereadings"]] == ["adopted"]


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
    assert program.post(f"{path}/adopt").get_json()["state"] == "adopting"
    assert program.post(f"{path}/drop", json={}).status_code == 409
    do_all(services)
    (listed,) = program.get("/rereadings").get_json()["rereadings"]
    assert listed["state"] == "adopted"
