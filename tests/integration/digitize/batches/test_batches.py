"""A batch from the station's folder into the package: read, looked at, released, stored."""

from collections.abc import Iterator
from pathlib import Path

import img2pdf
import pytest
from sqlalchemy import select, update

from archive_service.catalogue.case_files.case_documents import DocumentDocument
from archive_service.catalogue.case_files.queries import case_file
from archive_service.domain.case_files.document import FileRole
from archive_service.domain.digitization.scan_batch import BatchStateError, ScanPage
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.messages import error
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.needed import needed_digests
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk.given import Rejection, SeenEdit
from digitize.batches.desk.images import PageImageGoneError
from digitize.batches.desk.strip import page_original, page_picture, page_thumbnail, show_page
from digitize.batches.queue.views import list_batches, list_tickets, show_batch
from digitize.batches.release.release import BatchNotReadyError
from ingest.submissions.acts import accept
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.command import Command
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    folder_of_pages,
    import_batch,
    paper_case,
    scanned_page,
    separator_page,
    station_of,
    text_of_page,
    tiff_of_pages,
    waiting_home,
)
from tests.worlds.holding import case_of
from tests.worlds.shelf import DATA, object_of


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting_home(tmp_path_factory.mktemp("waiting"), STATION, "tram-2")


@pytest.fixture
def services(waiting: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(waiting, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def station(services: Services) -> Actor:
    return station_of(services)


def digitization(services: Services) -> str:
    """What CASE says of it."""
    return case_file(services, CODE, actor=person(services, "lan")).digitization


def test_a_batch_is_read_released_and_stored(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    archivist = person(services, "lan")
    box = folder_of_pages(tmp_path / "box", 3)
    assert digitization(services) == "waiting"
    number = import_batch(services, box, station, code=CODE, pages_expected=3)

    batch = show_batch(services, number, actor=station)
    assert (batch["state"], batch["progress"]["share"]) == ("review", 1.0)
    assert [page["name"] for page in batch["pages"]] == ["001.jpg", "002.jpg", "003.jpg"]
    assert [page["verdict"] for page in batch["pages"]] == ["accept"] * 3
    assert [(one["code"], one["document"]) for one in batch["documents"]] == [(CODE, 1)]
    first = show_page(services, batch["pages"][0]["id"], actor=station)
    assert "Trang thứ 1" in " ".join(word["text"] for word in first["text"])
    assert all(0 <= side <= 1 for word in first["text"] for side in word["box"])
    assert {"dpi", "skew_abs_deg"} <= {measure["name"] for measure in first["measures"]}
    assert (first["before"], first["after"]) == (None, batch["pages"][1]["id"])
    for picture in (page_thumbnail, page_picture):
        assert picture(services, first["id"], actor=station).startswith(b"\xff\xd8")

    assert digitization(services) == "review"
    done = desk_acts.release(services, number, actor=archivist)
    assert done.as_json() == {
        "batch": number, "state": "released", "pages": 3, "documents": 1, "codes": [CODE],
    }  # fmt: skip
    work(services, until_empty=True)
    held = case_of(services, CODE)
    (document,) = held.documents
    assert digitization(services) == "done"
    assert (held.digitization, held.version_stored, held.number_of_page) == ("done", 3, 3)
    images = document.page_images()
    assert [image.name for image in images] == ["001.jpg", "002.jpg", "003.jpg"]
    assert {image.puid for image in images} == {"fmt/43"}
    assert {FileRole.PRESERVATION, FileRole.TEXT} <= document.roles()
    package = object_of(services.settings.home / "kho1", CODE)
    paths = [image.path for image in images]
    assert [package.file(DATA + path).read_bytes() for path in paths] == [
        page.read_bytes() for page in sorted(box.iterdir())
    ]
    with pytest.raises(BatchStateError):
        desk_acts.release(services, number, actor=archivist)
    for digest in list(services.staging.iter_digests()):
        services.staging.discard(digest)  # as the sweep does after a while
    for reader in (station, archivist):
        for picture in (page_thumbnail, page_picture):
            assert picture(services, first["id"], actor=reader).startswith(b"\xff\xd8")
        original = page_original(services, first["id"], actor=reader)
        assert original.read(services) == (box / "001.jpg").read_bytes()


def test_what_was_read_is_not_read_again_to_make_the_pdf(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 2), station, code=CODE)
    services.ocr.close()  # nobody is left who could read
    desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    assert case_of(services, CODE).digitization == "done"


def test_pages_of_a_submission_that_is_not_accepted_belong_to_version_1(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    code = "H40.18.2025.06.QLCT"
    paper_case(services, tmp_path / "case", code=code, stored=False)
    number = import_batch(services, folder_of_pages(tmp_path / "box", 2), station, code=code)
    desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    with services.read_only() as session:
        submission = session.scalars(select(Submission).where(Submission.code == code)).one()
        assert submission.state is SubmissionState.CHECKED
        assert not [row.code for row in submission.findings if row.severity == "error"]
        submission_id = submission.id
    accept(services, submission_id, actor=person(services, "lan"))
    work(services, until_empty=True)
    (document,) = case_of(services, code).documents
    assert [
        (page_image.name, page_image.version_added) for page_image in document.page_images()
    ] == [
        (f"so-hoa-{number}/001.jpg", 1),
        (f"so-hoa-{number}/002.jpg", 1),
    ]
    assert (case_of(services, code).digitization, document.number_of_page) == ("done", 2)


def test_a_page_of_a_pdf_keeps_the_size_that_it_has_there(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    code = "H40.18.2025.07.QLCT"
    paper_case(services, tmp_path / "case", code=code, stored=False)
    page = scanned_page(tmp_path / "1.jpg", *text_of_page(1), dpi=72)  # as its header has it
    (tmp_path / "box").mkdir()
    at_200 = img2pdf.get_fixed_dpi_layout_fun((200, 200))
    (tmp_path / "box" / "1.pdf").write_bytes(img2pdf.convert(str(page), layout_fun=at_200))
    number = import_batch(services, tmp_path / "box", station, code=code)
    desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    with services.read_only() as session:
        submission = session.scalars(select(Submission).where(Submission.code == code)).one()
        assert not [row.code for row in submission.findings if row.severity == "error"]
        submission_id = submission.id
    accept(services, submission_id, actor=person(services, "lan"))
    work(services, until_empty=True)
    (image,) = case_of(services, code).documents[0].page_images()
    assert image.dpi == pytest.approx(200, abs=0.1)


def test_a_file_of_many_pages_is_kept_beside_them(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    (tmp_path / "box").mkdir()
    tiff_of_pages(tmp_path / "box" / "tập.tif", 2)
    number = import_batch(services, tmp_path / "box", station, code=CODE)
    pages = show_batch(services, number, actor=station)["pages"]
    assert [page["name"] for page in pages] == ["tập.tif#1", "tập.tif#2"]
    desk_acts.edit(services, number, "rotate", {"page": pages[1]["id"], "turn": 180}, actor=station)
    desk_acts.undo(services, number, SeenEdit(), actor=station)
    work(services, until_empty=True)
    desk_acts.release(services, number, actor=station)
    work(services, until_empty=True)
    (document,) = case_of(services, CODE).documents
    source, *images = [file for file in document.files if file.role is FileRole.ORIGINAL]
    assert (source.name, source.page_image, source.pages) == ("tập.tif", False, 2)
    assert [image.derived_from for image in images] == [[source.path]] * 2
    assert [image.name for image in images] == ["tập-0001.png", "tập-0002.png"]
    assert [image.path[-4:] for image in images] == [".png"] * 2
    assert document.number_of_page == 2


def test_separator_sheets_say_where_pages_belong(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    other = "H40.18.2025.07.QLCT"
    paper_case(services, tmp_path / "two", code=other)
    (tmp_path / "box").mkdir()
    separator_page(tmp_path / "box" / "1.png", CODE, 1)
    scanned_page(tmp_path / "box" / "2.jpg", *text_of_page(2))
    separator_page(tmp_path / "box" / "3.png", other, 1)
    scanned_page(tmp_path / "box" / "4.jpg", *text_of_page(4))
    number = import_batch(services, tmp_path / "box", station, split="separators")
    batch = show_batch(services, number, actor=station)
    assert [
        (document["code"], document["document"], document["pages"])
        for document in batch["documents"]
    ] == [
        (CODE, 1, 1),
        (other, 1, 1),
    ]
    assert [page["number"] for page in batch["pages"]] == [None, 1, None, 2]
    assert desk_acts.release(services, number, actor=station).codes == [other, CODE]
    work(services, until_empty=True)
    for code in (CODE, other):
        assert case_of(services, code).digitization == "done"
        assert len(case_of(services, code).documents[0].page_images()) == 1


def test_a_flagged_page_holds_the_release_until_a_person_decides(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    box = folder_of_pages(tmp_path / "box", 2)
    scanned_page(box / "003.jpg", *text_of_page(3), dpi=72)
    (box / "004.jpg").write_bytes((box / "001.jpg").read_bytes()[:5_000])
    number = import_batch(services, box, station, code=CODE)
    batch = show_batch(services, number, actor=station, flagged=True)
    coarse, broken = batch["pages"]
    assert (coarse["verdict"], broken["verdict"], broken["state"]) == (
        "rescan",
        "rescan",
        "refused",
    )
    tickets, total = list_tickets(services, actor=station, limit=10)
    assert (total, {ticket["page"] for ticket in tickets}) == (2, {coarse["id"], broken["id"]})
    assert all(ticket["reasons"][0]["message"] for ticket in tickets)
    with pytest.raises(BatchNotReadyError) as refused:
        desk_acts.release(services, number, actor=station)
    assert (refused.value.facts["undecided"], refused.value.facts["tickets"]) == (2, 2)
    told = error("batch-not-ready", "vi", refused.value.facts).message
    assert "(1) 003.jpg: " in told
    assert all(entry["reasons"][0]["message"] in told for entry in tickets)

    facts = {"page": coarse["id"], "reason": "bản in ra từ máy fax, không còn bản khác"}
    desk_acts.edit(services, number, "keep", facts, actor=station)
    scanned_page(tmp_path / "004.jpg", *text_of_page(4))
    with (tmp_path / "004.jpg").open("rb") as source:
        desk_acts.edit_with_file(
            services, number, "replace", {"page": broken["id"]},
            name="004.jpg", source=source, actor=station,
        )  # fmt: skip
    work(services, until_empty=True)
    (answered,) = [
        ticket
        for ticket in list_tickets(services, actor=station, finished=True, limit=10)[0]
        if ticket["page"] == broken["id"]
    ]
    batch = show_batch(services, number, actor=station)
    assert answered["answered_by_page"] == batch["pages"][-1]["id"]
    assert batch["pages"][-1]["name"] == "004 (2).jpg"
    assert desk_acts.release(services, number, actor=station).pages == 4


def test_pages_that_are_missing_are_counted_and_asked_for(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(
        services, folder_of_pages(tmp_path / "box", 2), station, code=CODE, pages_expected=3
    )
    (finding,) = show_batch(services, number, actor=station)["findings"]
    assert (finding["code"], finding["facts"]) == (
        "batch-pages-differ",
        {"counted": 2, "expected": 3},
    )
    with pytest.raises(BatchNotReadyError):
        desk_acts.release(services, number, actor=station)
    facts = {"finding": finding["key"], "reason": "tờ bìa đếm nhầm"}
    desk_acts.edit(services, number, "decide", facts, actor=station)
    desk_acts.undo(services, number, SeenEdit(), actor=station)
    with pytest.raises(BatchNotReadyError):
        desk_acts.release(services, number, actor=station)
    desk_acts.redo(services, number, SeenEdit(), actor=station)
    assert desk_acts.release(services, number, actor=station).state == "released"


def test_what_cannot_be_scanned_is_a_document_with_its_place_and_the_reason(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    (document,) = show_batch(services, number, actor=station)["documents"]
    where, why = "Kho 2, giá 3", "bản đồ khổ A0"
    facts = {"code": CODE, "ordinal": 1, "where": where, "reason": why}
    for kind, given in (
        ("remove", {"page": document["first_page"], "reason": "quét nhầm bao bì"}),
        ("without-image", {**facts, "before": document["id"]}),
    ):
        desk_acts.edit(services, number, kind, given, actor=station)
    _, empty = show_batch(services, number, actor=station)["documents"]
    assert "document-empty" in [finding["code"] for finding in empty["findings"]]
    desk_acts.edit(services, number, "join", {"document": empty["id"]}, actor=station)
    work(services, until_empty=True)
    assert desk_acts.release(services, number, actor=station).pages == 0
    work(services, until_empty=True)
    for _ in ("as it was stored", "as it comes back from the package"):
        (held,) = case_of(services, CODE).documents
        told = DocumentDocument.of(held, reduced=False)
        assert (told.files, told.no_image) == ([], {"place": where, "reason": why})
        assert digitization(services) == "none"  # nothing more is to come
        rebuild(services, actor=OPERATOR)


def test_a_blank_back_is_told_and_goes_with_its_sheet(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    box = folder_of_pages(tmp_path / "box", 1)
    scanned_page(box / "002.jpg")
    scanned_page(box / "003.jpg")
    scanned_page(box / "004.jpg", *text_of_page(4))
    number = import_batch(services, box, station, code=CODE, duplex=True)
    front, back, blank_front, _ = show_batch(services, number, actor=station)["pages"]
    assert (front["side"], back["side"], blank_front["side"]) == ("front", "back", "front")
    assert (back["blank"], back["flagged"], back["codes"]) == (True, False, ["page-blank"])
    assert (blank_front["blank"], blank_front["verdict"]) == (True, "look")
    assert "page-front-blank" in blank_front["codes"]
    facts = {"page": blank_front["id"], "reason": "tờ lót, mặt trước trống thật"}
    desk_acts.edit(services, number, "keep", facts, actor=station)
    assert desk_acts.release(services, number, actor=station).pages == 4


def test_the_desk_by_commands(services: Services, waiting: Path, tmp_path: Path) -> None:
    home = services.settings.home
    box = folder_of_pages(tmp_path / "box", 2)
    archive = Command(home)
    taken = archive.ask("scan", "import", box, "--station", STATION, "--code", CODE, "--wait")
    number = taken["batch"]
    assert [row["batch"] for row in archive.ask("scan", "list")["batches"]] == [number]
    edited = archive.ask("scan", "edit", number, "move", "--page", "2", "--document", "1")
    assert (edited["edit"], edited["kind"]) == (1, "move")
    archive.ask("work", "--until-empty")
    pages = archive.ask("scan", "show", number)["pages"]
    assert [page["name"] for page in pages] == ["002.jpg", "001.jpg"]
    assert archive.ask("scan", "undo", number)["kind"] == "move"
    assert archive.ask("scan", "redo", number)["kind"] == "move"
    assert archive.ask("scan", "tickets") == {"tickets": [], "total": 0}
    archive.ask("work", "--until-empty")
    assert archive.ask("scan", "release", number)["state"] == "released"
    refused = archive.run("scan", "reject", number, "--reason", "muộn rồi", "--json")
    assert refused.code == 4
    shown = archive.run("scan", "show", number, "--flagged")
    assert shown.code == 0
    assert "Đã duyệt, 2 trang" in shown.stdout
    assert archive.run("scan", "list").code == 0


def test_findings_of_pages_are_words_to_people_and_keys_to_programs(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    found = {"check": "page", "code": "page-skewed", "severity": "warning", "facts": {}}
    with services.writing() as session:
        session.execute(update(ScanPage).values(findings=[found]))
    archive = Command(services.settings.home)
    assert archive.ask("scan", "show", number)["pages"][0]["codes"] == ["page-skewed"]
    shown = archive.run("scan", "show", number).stdout
    assert "lệch" in shown
    assert "page-skewed" not in shown


def test_a_rejected_batch_needs_no_bytes_any_more(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    with services.read_only() as session:
        before = needed_digests(session)
    desk_acts.reject(services, number, Rejection(reason="quét nhầm hộp"), actor=station)
    with services.read_only() as session:
        unneeded = before - needed_digests(session)
    assert len(unneeded) >= 3  # the page, its picture, its reading
    for digest in unneeded:
        services.staging.discard(digest)
    (page,) = show_batch(services, number, actor=station)["pages"]
    with pytest.raises(PageImageGoneError):
        page_picture(services, page["id"], actor=station)
    (row,), total = list_batches(services, actor=station, limit=10)
    assert (row["state"], row["reason"], row["acts"], total) == ("rejected", "quét nhầm hộp", [], 1)


def test_a_station_sees_its_own_batches_alone(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    one, other = station, station_of(services, "tram-2")
    import_batch(services, folder_of_pages(tmp_path / "box", 1), one, code=CODE, read=False)
    assert list_batches(services, actor=one, limit=10)[1] == 1
    assert list_batches(services, actor=other, limit=10)[1] == 0
    assert list_batches(services, actor=person(services, "lan"), limit=10)[1] == 1
