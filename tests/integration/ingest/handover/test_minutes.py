"""Minutes of acceptance: numbered once, signed by the archive and by the giver, kept, rebuilt."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import docx
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.holdings.uses import ContentRestrictedError
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.domain.intake.submission import Submission
from archive_service.formats.pdf.facts import read_pdf
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import Signer, SignerKind, Subject
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.listing import list_handovers
from ingest.handover.minutes import (
    MOST,
    HandedOverError,
    HandoverMixedError,
    HandoverNotFoundError,
    HandoverTooLongError,
    NothingToHandOverError,
)
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all
from tests.worlds.papers.bad_input import small_case
from tests.worlds.papers.coded import told_of

NEW_CODE = "H40.18.2025.41.QLCT"


@pytest.fixture
def own_key(services: Services, tmp_path: Path) -> Signer:
    """The officer's own key: the archive never sees it."""
    subject = Subject("bach", SAMPLE_AGENCY.name, SignerKind.PERSON, "CCCD:000000000118")
    services.authority.issue_key(subject, tmp_path / "bach.p12")
    return open_pkcs12("pkcs12:bach.p12", home=tmp_path)


def made(services: Services, **more: Any) -> UUID:
    told = handover_acts.make(services, actor=person(services, "lan"), **more)
    assert told.state == "numbered"
    do_all(services)
    return told.id


def state(services: Services, handover: UUID) -> str:
    found = handover_acts.open_handover(services, handover, actor=person(services, "lan"))
    return found.state


def signed_by_giver(services: Services, handover: UUID, key: Signer, folder: Path) -> Path:
    found = handover_acts.open_handover(services, handover, actor=person(services, "bach"))
    request = found.request_id
    assert request is not None
    bach = person(services, "bach")
    _, data = desk_acts.send_out(services, request, actor=bach)
    paper = folder / "out.pdf"
    paper.write_bytes(data)
    key.sign_pdf(paper, paper, field="BenGiao", reason="Giao hồ sơ")
    told = desk_acts.take_return(services, request, paper, actor=bach)
    assert (told.accepted, told.findings) == (True, [])
    return paper


def test_minutes_are_signed_by_the_archive_and_then_by_the_giver(
    services: Services, own_key: Signer, tmp_path: Path, tools: ModuleType
) -> None:
    handover = made(services)
    assert state(services, handover) == "signed"
    name, data = paper_files.read_paper(services, handover, actor=person(services, "bach"))
    assert name.startswith("bien-ban-giao-nhan-01-")
    checked = told_of(services, data)
    assert (checked.state, checked.kind) == ("valid", "handover-minutes")
    signed = signed_by_giver(services, handover, own_key, tmp_path)
    assert state(services, handover) == "complete"
    _, both = paper_files.read_paper(services, handover, actor=person(services, "bach"))
    assert both == signed.read_bytes()
    assert both.startswith(data)
    assert told_of(services, both).state == "valid", "with the signature of the giver, too"
    signatures = inspect_signatures(signed, services.trust)
    assert [signature.signer for signature in signatures][1:] == ["bach"]
    assert all(signature.trusted and not signature.altered_later for signature in signatures)
    assert tools.verapdf([signed])[0].passed


def test_the_paper_lists_every_case_file_and_document(services: Services, tmp_path: Path) -> None:
    handover = made(services)
    _, data = paper_files.read_paper(services, handover, actor=person(services, "lan"))
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(data)
    limits = services.settings.limits
    facts = read_pdf(paper, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    assert facts.pages >= 4  # minutes, the list of case files, a list of documents each
    words = " ".join(_text(paper).split())
    for said in (
        "BIÊN BẢN",
        "Về việc giao nhận hồ sơ, tài liệu",
        "MỤC LỤC HỒ SƠ, TÀI LIỆU NỘP LƯU",
        "MỤC LỤC VĂN BẢN, TÀI LIỆU TRONG HỒ SƠ",
        OPEN_CODE,
        RESTRICTED_CODE,
        "viết bằng chữ: hai hồ sơ",
        "ĐẠI DIỆN BÊN GIAO",
        "(Chữ ký số của cơ quan)",
    ):
        assert said in words


def _text(paper: Path | BytesIO) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(paper) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_the_same_words_and_lists_come_as_word_and_excel(services: Services) -> None:
    handover = made(services)
    lan = person(services, "lan")
    name, data = paper_files.write_form(services, handover, "docx", actor=lan)
    assert name.endswith(".docx")
    document = docx.Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert OPEN_CODE in cells
    assert any("Thống nhất lập biên bản" in paragraph.text for paragraph in document.paragraphs)
    name, data = paper_files.write_form(services, handover, "xlsx", actor=lan)
    book = openpyxl.load_workbook(BytesIO(data))
    assert book.sheetnames == ["Biên bản", "Mục lục hồ sơ", "Mục lục văn bản"]
    assert OPEN_CODE in [cell.value for row in book["Mục lục hồ sơ"].iter_rows() for cell in row]


def test_word_and_excel_hold_what_the_paper_holds_in_its_order(services: Services) -> None:
    handover, lan = made(services), person(services, "lan")
    _, paper = paper_files.read_paper(services, handover, actor=lan)
    _, word = paper_files.write_form(services, handover, "docx", actor=lan)
    _, excel = paper_files.write_form(services, handover, "xlsx", actor=lan)
    texts = [
        " ".join(_text(BytesIO(paper)).split()),
        " ".join(element.text for element in docx.Document(BytesIO(word)).element.xpath("//w:t")),
        " ".join(
            str(cell.value or "")
            for sheet in openpyxl.load_workbook(BytesIO(excel)).worksheets
            for row in sheet.iter_rows()
            for cell in row
        ),
    ]
    marks = (
        "Biên bản này được lập dưới dạng điện tử",
        "ĐẠI DIỆN BÊN NHẬN",
        "MỤC LỤC HỒ SƠ, TÀI LIỆU NỘP LƯU",
        f"Mã hồ sơ: {RESTRICTED_CODE}",
        f"Mã hồ sơ: {OPEN_CODE}",
    )
    for text in texts:
        places = [text.find(mark) for mark in marks]
        assert places == sorted(places), text
        assert places[0] > 0
        assert text.count("MỤC LỤC VĂN BẢN, TÀI LIỆU TRONG HỒ SƠ") == 2


def cells_of(services: Services, handover: UUID, form: str) -> set[str]:
    """What stands in the tables of the minutes as Word or Excel."""
    _, data = paper_files.write_form(services, handover, form, actor=person(services, "lan"))
    if form == "docx":
        tables = docx.Document(BytesIO(data)).tables
        return {cell.text for table in tables for row in table.rows for cell in row.cells}
    sheets = openpyxl.load_workbook(BytesIO(data)).worksheets
    return {str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row}


def test_word_and_excel_say_what_was_signed_whatever_is_described_anew_later(
    services: Services,
) -> None:
    lan, later = person(services, "lan"), "Nhan đề được sửa sau khi ký"
    told = handover_acts.make(services, actor=lan)
    handover = told.id
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.title = "Nhan đề trước khi ký"
    assert "Nhan đề trước khi ký" in cells_of(
        services, handover, "docx"
    )  # not signed yet: as it is
    do_all(services)
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.title = later
    assert handover_acts.open_handover(services, handover, actor=lan).state == "signed"
    for form in ("docx", "xlsx"):
        cells = cells_of(services, handover, form)
        assert "Nhan đề trước khi ký" in cells
        assert later not in cells
    rebuild(services, actor=OPERATOR)
    assert "Nhan đề trước khi ký" in cells_of(services, handover, "xlsx")


def test_minutes_rest_on_the_plans_of_the_years_of_their_case_files_alone(
    services: Services,
) -> None:
    with services.writing() as session:
        agency = session.scalars(select(Submission.agency_id)).first()
        known = set(session.scalars(select(FilePlan.year)))
        for year in {2025, 2026} - known:
            plan = FilePlan(agency_id=agency, year=year, state=FilePlanState.APPROVED, entries=[])
            session.add(plan)
    told = handover_acts.make(services, actor=person(services, "lan"))
    assert "năm 2025 của" in told.basis
    assert "2026" not in told.basis


def test_nothing_stands_on_two_minutes(services: Services) -> None:
    made(services)
    with pytest.raises(NothingToHandOverError):
        handover_acts.make(services, actor=person(services, "lan"))
    with services.read_only() as session:
        known = list(session.scalars(select(Submission.id)))
    with pytest.raises(HandedOverError):
        handover_acts.make(services, actor=person(services, "lan"), submission_ids=known)


def test_one_paper_is_of_one_agency_and_of_no_more_than_a_person_signs(
    services: Services,
) -> None:
    with services.writing() as session:
        rows = list(session.scalars(select(Submission).order_by(Submission.code)))
        other = session.scalars(select(Agency).where(Agency.code != "H40.18")).first()
        if other is None:
            other = Agency(code="H40.77", name="Sở Khác", served=True)
            session.add(other)
            session.flush()
        rows[0].agency_id = other.id
    lan = person(services, "lan")
    with pytest.raises(HandoverMixedError):
        handover_acts.make(services, actor=lan, submission_ids=[row.id for row in rows])
    with pytest.raises(HandoverTooLongError) as refused:
        handover_acts.make(services, actor=lan, submission_ids=[uuid4() for _ in range(MOST + 1)])
    assert refused.value.facts == {"count": MOST + 1, "limit": MOST}
    with services.read_only() as session:
        assert session.scalars(select(HandoverRecord)).all() == []


def test_a_submission_that_is_not_stored_is_on_no_minutes(
    services: Services, tmp_path: Path
) -> None:
    small_case(tmp_path / "new", code=NEW_CODE)
    (submission,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    with pytest.raises(HandedOverError):
        handover_acts.make(services, actor=person(services, "lan"), submission_ids=[submission])


def test_numbers_have_no_gap_where_making_failed(services: Services, tmp_path: Path) -> None:
    first = made(services)
    with pytest.raises(NothingToHandOverError):
        handover_acts.make(services, actor=person(services, "lan"))
    small_case(tmp_path / "new", code=NEW_CODE)
    (submission,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
    second = made(services)
    with services.read_only() as session:
        rows = session.scalars(select(HandoverRecord).order_by(HandoverRecord.number)).all()
    assert [(row.id, row.number) for row in rows] == [
        (first, "01/BBGN-LT"),
        (second, "02/BBGN-LT"),
    ]


def test_only_the_archive_makes_minutes_and_strangers_see_none(services: Services) -> None:
    with pytest.raises(ActNotAllowedError):
        handover_acts.make(services, actor=person(services, "bach"))
    handover = made(services)
    with pytest.raises(HandoverNotFoundError):
        handover_acts.open_handover(services, handover, actor=person(services, "stranger"))


def test_minutes_come_back_with_a_rebuild_and_numbers_go_on(
    services: Services, own_key: Signer, tmp_path: Path
) -> None:
    handover = made(services)
    signed = signed_by_giver(services, handover, own_key, tmp_path)
    lan = person(services, "lan")
    before = handover_acts.open_handover(services, handover, actor=lan)
    rebuild(services, actor=OPERATOR)
    assert handover_acts.open_handover(services, handover, actor=lan) == before
    assert paper_files.read_paper(services, handover, actor=lan)[1] == signed.read_bytes()
    small_case(tmp_path / "new", code=NEW_CODE)
    (submission,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=lan)
    do_all(services)
    assert handover_acts.make(services, actor=lan).number == "02/BBGN-LT"


def test_each_day_what_waits_gets_its_minutes_by_itself(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, handover_acts.DUE_JOB)
    do_all(services)
    found = list_handovers(services, actor=person(services, "lan"))
    assert found.waiting == []
    (one,) = found.handovers
    assert (one.state, one.giver_account, one.count) == ("signed", "bach", 2)


def test_the_pages_make_and_show_minutes(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    assert "Lập biên bản" in client.get("/handovers").text
    with services.read_only() as session:
        agency = session.scalars(select(Submission.agency_id)).first()
    chosen = client.get(f"/handovers?agency={agency}&sender=bach")
    assert "Tên khối tài liệu giao nộp" in chosen.text
    answer = post(client, "/handovers", agency_id=str(agency), sender="bach")
    shown = client.get(answer.location).text
    assert "01/BBGN-LT" in shown
    assert OPEN_CODE in shown
    do_all(services)
    waiting = 'href="/signing?item='
    assert waiting in client.get(answer.location).text
    auditor = browser_of(app, services, "kiem").get(answer.location).text
    assert "Chờ bên giao ký" in auditor
    assert waiting not in auditor, "a page that is closed to auditors"


def test_programs_make_and_fetch_minutes(archivist: Program, services: Services) -> None:
    answer = archivist.post("/handovers", json={"giver_position": "Chuyên viên"})
    assert answer.status_code == 201
    made_now = answer.get_json()
    unsigned = archivist.get(f"/handovers/{made_now['id']}/paper")
    assert (unsigned.status_code, unsigned.get_json()["code"]) == (409, "handover-unsigned")
    do_all(services)
    assert archivist.get(f"/handovers/{made_now['id']}").get_json()["state"] == "signed"
    paper = archivist.get(f"/handovers/{made_now['id']}/paper")
    assert paper.data.startswith(b"%PDF-")
    listed = archivist.get("/handovers").get_json()
    assert [handover["giver_position"] for handover in listed["handovers"]] == ["Chuyên viên"]


def test_the_document_list_of_a_case_file_comes_in_three_forms(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    lan = person(services, "lan")
    name, data = paper_files.write_document_list(services, OPEN_CODE, "pdf", actor=lan)
    paper = tmp_path / "list.pdf"
    paper.write_bytes(data)
    assert name == f"muc-luc-van-ban-{OPEN_CODE}.pdf"
    assert "MỤC LỤC VĂN BẢN, TÀI LIỆU TRONG HỒ SƠ" in " ".join(_text(paper).split())
    assert tools.verapdf([paper])[0].passed
    for form in ("docx", "xlsx"):
        _, data = paper_files.write_document_list(services, OPEN_CODE, form, actor=lan)
        assert data.startswith(b"PK")
    archive = services.settings.archive.model_copy(update={"superior": "Sở Nội vụ tỉnh Sơn Lam"})
    under = replace(services, settings=services.settings.model_copy(update={"archive": archive}))
    _, data = paper_files.write_document_list(under, OPEN_CODE, "pdf", actor=lan)
    paper.write_bytes(data)
    assert "SỞ NỘI VỤ TỈNH SƠN LAM" in " ".join(_text(paper).split())
    with pytest.raises(ContentRestrictedError):
        paper_files.write_document_list(
            services, RESTRICTED_CODE, "pdf", actor=person(services, "binh")
        )
