"""SAO Y, SAO LỤC and TRÍCH SAO of stored documents: PDF/A with the form in the mark, by a clerk."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import NotAllowedError
from archive_service.formats.pdf.pdfa import CopyFacts
from archive_service.formats.pdf.use_copy import CopyNotMadeError, make_use_copy, parse_pages
from archive_service.services import Services
from archive_service.signing.copies.given import OrderIn
from archive_service.signing.copies.issuing import CopyPagesError, CopyWithoutPagesError, issue_copy
from archive_service.signing.copies.orders import order_signatures
from archive_service.signing.pdf.validate import inspect_signatures
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.digitize.scanned import CLERK, OTHER_CLERK, add_clerks, scanned_case
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.copy_fields import read_copy_fields

SCAN, BORN = "H40.18.2025.31.QLCT", "H40.18.2025.32.QLCT"
AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A scan of one page, and a PDF of three pages that was born digital."""
    place = tmp_path_factory.mktemp("issued")
    with open_home(new_home(place / "home")) as opened:
        add_clerks(opened)
        scan = scanned_case(place / "scan", code=SCAN, documents=1)
        born = place / "born"
        born.mkdir()
        write_pdf(born / "a.pdf", words="Quyết định", pages=3)
        write_sheet(born / "Hồ sơ.xlsx", [case_row(BORN)], [document_row("a.pdf", BORN)])
        for folder in (scan, born):
            (submission,) = submit(folder, actor=person(opened, "bach"), services=opened)
            do_all(opened)
            accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


def issued(
    services: Services, folder: Path, code: str, form: str, pages: str = ""
) -> tuple[dict[str, object], Path]:
    told, data = issue_copy(
        services, code, 1, form=form, pages=pages, actor=person(services, CLERK)
    )
    target = folder / str(told["name"])
    target.write_bytes(data)
    return told, target


def mark_of(file: Path) -> str:
    """The words that are drawn for the signature."""
    with pikepdf.open(file) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        left, bottom, right, top = (float(edge) for edge in field.Rect)
        pdf.flatten_annotations("all")
        flat = io.BytesIO()
        pdf.save(flat)
    with pypdfium2.PdfDocument(flat) as shown:
        text = shown[0].get_textpage()
        words = text.get_text_bounded(left - 2, bottom - 2, right + 2, top + 2)
    return " ".join(str(words).split())


def test_a_copy_of_each_form_is_valid_by_both_judges_and_says_its_form(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    made = [
        issued(services, tmp_path, SCAN, "sao-y"),
        issued(services, tmp_path, BORN, "sao-luc"),
        issued(services, tmp_path, BORN, "trich-sao", "1,3"),
    ]
    files = [file for _, file in made]
    assert [(v.passed, v.details) for v in tools.verapdf(files)] == [(True, "")] * 3
    for form, (told, file) in zip(("SAO Y", "SAO LỤC", "TRÍCH SAO"), made, strict=True):
        (report,) = inspect_signatures(file, services.trust)
        assert report.trusted
        assert report.covers_whole_document
        assert report.field == "ChuKySoCoQuan"
        mark = mark_of(file)
        assert form in mark  # beside words of the page that lie there
        assert mark.endswith("+07:00")
        assert file.name == f"{told['code']}.1.{told['form']}.pdf"
        with pikepdf.open(file) as pdf:
            fields = read_copy_fields(pdf.Root.Metadata.read_bytes())
        assert fields["fileCode"] == told["code"]


def test_an_extract_has_its_pages_and_no_others(services: Services, tmp_path: Path) -> None:
    told, file = issued(services, tmp_path, BORN, "trich-sao", "2-3")
    assert told["pages"] == [2, 3]
    with pikepdf.open(file) as pdf:
        assert len(pdf.pages) == 2


@pytest.mark.parametrize(
    ("form", "pages"),
    [("trich-sao", ""), ("trich-sao", "4"), ("trich-sao", "a"), ("sao-y", "1"), ("trich-sao", "0")],
)
def test_pages_that_do_not_fit_are_refused(services: Services, form: str, pages: str) -> None:
    with pytest.raises(CopyPagesError):
        issue_copy(services, BORN, 1, form=form, pages=pages, actor=person(services, CLERK))


def test_who_may_not_issue_does_not(services: Services) -> None:
    for name in (OTHER_CLERK, "lan", "bach", "binh", "hung"):
        with pytest.raises(NotAllowedError):
            issue_copy(services, SCAN, 1, form="sao-y", actor=person(services, name))
    with pytest.raises(CopyWithoutPagesError):
        issue_copy(services, SCAN, 7, form="sao-y", actor=person(services, CLERK))


def test_what_was_issued_is_noted_with_its_digest(services: Services, tmp_path: Path) -> None:
    told, _ = issued(services, tmp_path, SCAN, "sao-luc")
    with services.read_only() as session:
        newest = select(AuditEvent).where(AuditEvent.tag == "copy:issued")
        event = session.scalars(newest.order_by(AuditEvent.number.desc())).first()
        assert event is not None
        assert event.account == CLERK
        assert event.data["sha256"] == told["sha256"]


def test_a_copy_of_a_sealed_copy_bears_one_signature(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    order_signatures(services, OrderIn(), actor=person(services, CLERK))
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == SCAN)).one()
        pdf = row.documents[0].readable_pdf()
        assert pdf is not None
        assert pdf.path.endswith(".signed.pdf")
    _, file = issued(services, tmp_path, SCAN, "sao-y")
    assert len(inspect_signatures(file, services.trust)) == 1
    (verdict,) = tools.verapdf([file])
    assert verdict.passed, verdict.details


def test_a_signed_original_is_not_touched_and_its_copy_has_our_signature_alone(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    _, original = issued(services, tmp_path, BORN, "sao-y")
    before = original.read_bytes()
    target = tmp_path / "copy.pdf"
    make_use_copy(original, target, pages=[], title="Sao", about=CopyFacts(), made_at=AT)
    assert original.read_bytes() == before
    assert inspect_signatures(target, services.trust) == []
    (verdict,) = tools.verapdf([target])
    assert verdict.passed, verdict.details


def test_what_does_not_open_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(CopyNotMadeError):
        make_use_copy(
            tmp_path / "a.pdf",
            tmp_path / "b.pdf",
            pages=[],
            title="a",
            about=CopyFacts(),
            made_at=AT,
        )
    assert not (tmp_path / "b.pdf").exists()


@pytest.mark.parametrize(
    ("text", "numbers"), [("", []), ("1", [1]), ("1-3, 2,7", [1, 2, 3, 7]), ("5-5", [5])]
)
def test_pages_are_read_as_people_write_them(text: str, numbers: list[int]) -> None:
    assert parse_pages(text, 7) == numbers


@pytest.mark.parametrize("text", ["0", "8", "6-8", "3-1", "a", "1;2", "1-999999"])
def test_pages_that_are_not_there_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        parse_pages(text, 7)
