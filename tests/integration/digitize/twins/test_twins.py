"""PDFs that come in: born digital, images, words good and bad, signed; and their twins."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from sqlalchemy import select

from archive_service.background_jobs.view import retry_job
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.incident import Incident
from archive_service.jobs.due import TWINS_JOB
from archive_service.keeping.malware.quarantine import release
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.pdf.validate import inspect_signatures
from ingest.submissions.acts import accept, submit
from search.acts import find
from tests.worlds.archive import (
    OPERATOR,
    copy_home,
    new_home,
    open_home,
    open_without_model,
    person,
)
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.crew import wait_until
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.papers import incoming_pdfs as pdfs
from tests.worlds.papers.page_images import page_image
from tests.worlds.read_back.package import read_package
from tests.worlds.shelf import DATA, object_of

CODE = "H40.18.2025.08.QLCT"
NAMES = ("born", "images", "garbage", "good", "signed", "active")
MADE = ("images", "garbage", "signed")  # those that get a twin


def bring(services: Services, folder: Path) -> None:
    """One case file of all kinds, submitted and accepted; nothing is done yet."""
    folder.mkdir()
    sheets = folder.parent / "sheets"
    sheets.mkdir()
    image = pdfs.sheet(sheets / "sheet.jpg")
    other = pdfs.sheet(sheets / "other.jpg", lines=("Phụ lục danh sách người dự họp",))
    bare = pdfs.of_images(sheets / "bare.pdf", image)
    pdfs.born_digital(folder / "born.pdf")
    pdfs.of_images(folder / "images.pdf", image, other)
    pdfs.with_words(folder / "garbage.pdf", bare, pdfs.GARBAGE)
    pdfs.with_good_words(sheets / "good.pdf", image).rename(folder / "good.pdf")
    pdfs.signed(sheets / "signed.pdf", image, services.signer("H40.18")).rename(
        folder / "signed.pdf"
    )
    pdfs.active(folder / "active.pdf", bare)
    documents = [document_row(f"{name}.pdf", CODE, subject=name) for name in NAMES]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], documents)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    with services.writing() as session:  # as one that was taken in before the door told of it
        told = session.scalars(select(FindingRow).where(FindingRow.code == "pdf-active")).one()
        assert told.severity is Severity.ERROR
        told.severity = Severity.WARNING
    accept(services, submission, actor=person(services, "lan"))


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("incoming")
    home = new_home(place / "home")
    with open_home(home) as services:
        bring(services, place / "in")
    return home


@pytest.fixture(scope="module")
def held(accepted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same when all is done; only looked at."""
    home = copy_home(accepted, tmp_path_factory.mktemp("held") / "home")
    with open_home(home) as services:
        do_all(services)
    return home


@pytest.fixture
def services(held: Path) -> Iterator[Services]:
    with open_home(held) as opened:
        yield opened


def document_of(services: Services, name: str) -> Document:
    return next(
        document for document in case_of(services, CODE).documents if document.subject == name
    )


def twin_of(services: Services, name: str) -> DigitalObject:
    (twin,) = [file for file in document_of(services, name).files if file.is_twin]
    return twin


def stored(services: Services, home: Path, file: DigitalObject, target: Path) -> Path:
    target.write_bytes(object_of(home / "kho1", CODE).read(DATA + file.path))
    return target


def digests(row: CaseFile) -> dict[str, str]:
    return {file.path: file.sha256 for document in row.documents for file in document.files}


def images_in(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [
            hashlib.sha256(image.read_raw_bytes()).hexdigest()
            for page in pdf.pages
            for image in page.get_images().values()
        ]


def test_only_pdfs_of_images_without_good_words_get_a_twin(services: Services) -> None:
    row = case_of(services, CODE)
    twins = {document.subject: document.files[0].twin_state for document in row.documents}
    assert twins == {
        "born": "none",
        "images": "made",
        "garbage": "made",
        "good": "none",
        "signed": "made",
        "active": "refused",
    }
    assert row.version_stored == 2
    for name in ("born", "good", "active"):
        assert len(document_of(services, name).files) == 1


def test_the_originals_are_what_was_received(services: Services, held: Path) -> None:
    for name in NAMES:
        original = document_of(services, name).files[0]
        kept = object_of(held / "kho1", CODE).read(DATA + original.path)
        assert hashlib.sha256(kept).hexdigest() == original.sha256
        assert (original.role, original.version_added) == (FileRole.ORIGINAL, 1)


def test_verapdf_passes_every_twin_and_its_images_are_the_originals(
    services: Services, held: Path, tools: ModuleType, tmp_path: Path
) -> None:
    made = []
    for name in MADE:
        twin = stored(services, held, twin_of(services, name), tmp_path / f"{name}.pdf")
        original = document_of(services, name).files[0]
        source = stored(services, held, original, tmp_path / f"{name}.original.pdf")
        assert images_in(twin) == images_in(source)
        made.append(twin)
    verdicts = tools.verapdf(made)
    assert [(verdict.passed, verdict.flavour, verdict.details) for verdict in verdicts] == [
        (True, "2b", verdict.details) for verdict in verdicts
    ]


def test_a_twin_says_that_it_is_a_copy_and_of_what(
    services: Services, held: Path, tmp_path: Path
) -> None:
    original = document_of(services, "signed").files[0]
    twin = stored(services, held, twin_of(services, "signed"), tmp_path / "twin.pdf")
    source = stored(services, held, original, tmp_path / "original.pdf")
    (report,) = inspect_signatures(source, services.trust)
    assert report.intact
    assert not inspect_signatures(twin, services.trust)
    with pikepdf.open(twin) as pdf, pdf.open_metadata() as xmp:
        assert original.sha256 in str(xmp["dc:description"])
        assert original.sha256 in str(xmp["dc:source"])
        assert "/AcroForm" not in pdf.Root


def test_a_reader_opens_the_twin_unless_the_original_is_signed(services: Services) -> None:
    images, signed = (document_of(services, name) for name in ("images", "signed"))
    opened = [images.readable_pdf(), images.readable_pdf(1), signed.readable_pdf()]
    assert [file and file.path for file in opened] == [
        twin_of(services, "images").path,
        images.files[0].path,
        signed.files[0].path,
    ]


def test_the_words_of_twins_are_read_and_found(services: Services) -> None:
    told = case_texts(services, CODE, actor=person(services, "lan"))
    texts = {document.ordinal: document.pages for document in told.documents}
    for name in (*MADE, "good"):
        assert "Trạm bơm Khe Lạnh" in texts[NAMES.index(name) + 1][0].text
    assert "Phụ lục danh sách" in texts[2][1].text
    assert "4n gi4o" not in texts[3][0].text
    found = find(services, "phụ lục danh sách", actor=person(services, "lan"))
    assert [hit.page for hit in found.hits] == [2]


def test_the_package_tells_who_made_the_twin_of_what(services: Services, held: Path) -> None:
    stored_object = object_of(held / "kho1", CODE)
    package = read_package(stored_object.state(), stored_object.read)
    twin = twin_of(services, "images")
    (event,) = [each for each in package.events if twin.path in each.outcomes]
    original = document_of(services, "images").files[0]
    assert (event.type, event.sources) == ("creation", (original.path,))
    assert "OCRmyPDF" in event.agent
    assert "Tesseract" in event.agent
    (file,) = [each for each in package.iter_files() if each.path == twin.path]
    assert (file.role.value, tuple(file.derived_from)) == ("access", (original.path,))


def test_what_is_refused_waits_for_a_person_with_words(services: Services) -> None:
    assert case_of(services, CODE).digitization is Digitization.REVIEW
    with services.read_only() as session:
        job = session.scalars(select(Job).where(Job.name == TWINS_JOB)).one()
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "case-file:pdfs-read")
        ).one()
    assert (job.state, job.error["code"]) == (JobState.FAILED, "pdf-active")
    assert event.data["twins"] == 3
    assert event.data["refused"] == [{"document": 6, "code": "pdf-active", "facts": {}}]


def test_who_tries_again_has_it_looked_at_once_more(held: Path, tmp_path: Path) -> None:
    with open_home(copy_home(held, tmp_path / "home")) as services:
        with services.read_only() as session:
            job = session.scalars(select(Job).where(Job.name == TWINS_JOB)).one()
        retry_job(services, job.id, actor=OPERATOR)
        assert case_of(services, CODE).digitization is Digitization.DONE
        do_all(services)
        assert case_of(services, CODE).digitization is Digitization.REVIEW
        assert case_of(services, CODE).version_stored == 2


def test_a_rebuild_brings_twins_back_and_makes_none_anew(held: Path, tmp_path: Path) -> None:
    home = copy_home(held, tmp_path / "home")
    with open_home(home) as services:
        before = {
            file.path: file.sha256
            for document in case_of(services, CODE).documents
            for file in document.files
        }
        rebuild(services, actor=OPERATOR)
        do_all(services)
        row = case_of(services, CODE)
        after = {file.path: file.sha256 for document in row.documents for file in document.files}
        assert (after, row.version_stored) == (before, 2)


def test_a_killed_worker_makes_no_twin_twice(accepted: Path, tmp_path: Path) -> None:
    home = copy_home(accepted, tmp_path / "home")
    with open_home(home) as services:

        def some_are_made() -> bool:
            with services.read_only() as session:
                job = session.scalar(select(Job).where(Job.name == TWINS_JOB))
                return job is not None and bool(job.checkpoint)

        with Command(home).beside("work") as worker:
            wait_until(some_are_made)
            worker.kill()
            worker.wait()
        with services.read_only() as session:
            known = session.scalars(select(Job).where(Job.name == TWINS_JOB)).one().checkpoint
        do_all(services)
        row = case_of(services, CODE)
        assert row.version_stored == 2
        kept = {one["sha256"] for files in known.values() for one in files}
        assert kept <= {file.sha256 for document in row.documents for file in document.files}
        assert sum(file.is_twin for document in row.documents for file in document.files) == len(
            MADE
        )
        with services.read_only() as session:
            tags = select(AuditEvent).where(AuditEvent.tag == "case-file:pdfs-read")
            assert len(session.scalars(tags).all()) == 1


def test_a_pdf_whose_page_bears_a_secrecy_mark_closes_its_document(tmp_path: Path) -> None:
    lines = ("ỦY BAN NHÂN DÂN", "Số: 125/BC-UBND", "TỐI MẬT", "", "BÁO CÁO", *pdfs.LINES)
    folder = tmp_path / "in"
    folder.mkdir()
    pdfs.of_images(folder / "mat.pdf", page_image(tmp_path / "mat.jpg", lines=lines))
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], [document_row("mat.pdf", CODE)])
    home = new_home(tmp_path / "home")
    with open_without_model(home) as services:
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
    with open_home(home) as services:
        do_all(services)
        row = case_of(services, CODE)
        assert (row.documents[0].quarantined, len(row.documents[0].files)) == (True, 1)
        with services.read_only() as session:
            assert session.scalars(select(Incident.kind)).all() == ["secrecy-mark-found"]
        release(services, CODE, "1", "nhầm", actor=person(services, "hung"))
        do_all(services)
        assert [file.is_twin for file in case_of(services, CODE).documents[0].files].count(
            True
        ) == 1
