"""Hồ sơ in the browser: the list, one case file, its exports and its check."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, update

from archive_service.catalogue.case_files.queries import case_file
from archive_service.catalogue.holdings.listing import (
    SORTS,
    Narrowing,
    find_case_files,
    iter_case_files,
)
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, counted, damaged, more_case_files, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all

OPEN, RESTRICTED = f"/case-files/{OPEN_CODE}", f"/case-files/{RESTRICTED_CODE}"


def test_the_page_tells_documents_copies_versions_term_and_history(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "lan").get(OPEN).text
    for said in ("kho1", "kho2", "31/12/2045", "Vì sao có thời hạn này", "Phiên bản 1", "GTN-LT"):
        assert said in page
    assert "Tiếp nhận" in page.partition('id="history"')[2]
    assert 'data-viewer="pdf"' in page


def test_the_term_is_one_row_and_what_was_declared_stands_beside_it_only_where_it_differs(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "lan").get(OPEN).text
    assert page.count("<dt>Thời hạn lưu trữ</dt>") == 1
    assert "20 năm, hết 31/12/2045" in page
    assert "Thời hạn khai khi nộp" not in page
    with services.writing() as session:
        of_it = update(CaseFile).where(CaseFile.code == OPEN_CODE)
        session.execute(of_it.values(maintenance="01"))
    page = browser_of(app, services, "lan").get(OPEN).text
    assert page.count("<dt>Thời hạn lưu trữ</dt>") == 1
    assert "Vĩnh viễn" in page.partition("<dt>Thời hạn khai khi nộp</dt>")[2].partition("</dd>")[0]


def test_a_hit_opens_at_its_page_with_its_words(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get(f"{OPEN}?document=1&page=1&q=ban+giao").text
    assert 'data-page="1"' in page
    assert all(f"[&#34;{word}&#34;]" in page for word in ("ban", "giao"))


def test_the_viewer_reads_the_file_in_ranges(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    source = client.get(OPEN).text.partition('data-source="')[2].partition('"')[0]
    answer = client.get(source, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.data) == (206, b"%PDF")


def test_a_reader_sees_the_data_of_what_is_restricted_and_no_page(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "binh").get(RESTRICTED).text
    assert "Bạn chưa được đọc tài liệu này" in page
    assert "data-source" not in page
    assert "/files/" not in page
    assert 'id="history"' not in page
    assert "/export" not in page
    assert 'data-viewer="pdf"' in browser_of(app, services, "lan").get(RESTRICTED).text


@pytest.mark.parametrize("name", ["stranger", "quan"])
def test_who_may_not_know_of_it_is_told_there_is_none(
    app: Flask, services: Services, name: str
) -> None:
    answer = browser_of(app, services, name).get(OPEN)
    assert answer.status_code == 404
    assert "case-file-not-found" in answer.text


def test_reading_something_restricted_shows_in_the_trail_of_those_who_may_see_it(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    source = client.get(RESTRICTED).text.partition('data-source="')[2].partition('"')[0]
    assert client.get(source).status_code == 200
    assert "Đọc tài liệu" in browser_of(app, services, "hung").get(RESTRICTED).text
    assert "Đọc tài liệu" not in client.get(RESTRICTED).text


def test_a_case_file_is_exported_as_package_pdf_and_xml(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    with client.get(f"{OPEN}/export?form=aip") as package:
        assert "METS.xml" in " ".join(zipfile.ZipFile(io.BytesIO(package.data)).namelist())
        assert "attachment" in package.headers["Content-Disposition"]
    for form, begins in (("pdf", b"%PDF"), ("xml", b"<?xml")):
        with client.get(f"{OPEN}/export?form={form}") as answer:
            assert answer.data.startswith(begins)
    assert not list(services.work_folder.glob("export-*/*"))


def test_an_unknown_form_and_an_account_that_may_not_export_are_refused(
    app: Flask, services: Services
) -> None:
    assert browser_of(app, services, "lan").get(f"{OPEN}/export?form=doc").status_code == 422
    assert browser_of(app, services, "binh").get(f"{OPEN}/export?form=pdf").status_code == 403


def test_check_now_reads_every_copy_again(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    answer = post(client, f"{OPEN}/check")
    assert answer.status_code == 303
    assert "Đang đọc lại" in client.get(OPEN).text
    do_all(services)
    page = client.get(OPEN).text
    assert "2/2 kho nguyên vẹn" in page
    with services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "case-file:verified")
        ).one()
    assert event.data["proved"] == ["kho1", "kho2"]


def test_a_damaged_copy_is_found_and_a_restored_one_is_whole_again(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    victim = a_stored_pdf(services)
    sound = spoil(victim)
    post(client, f"{OPEN}/check")
    do_all(services)
    assert "1/2 kho nguyên vẹn" in client.get(OPEN).text
    victim.write_bytes(sound)
    post(client, f"{OPEN}/check")
    do_all(services)
    assert "2/2 kho nguyên vẹn" in client.get(OPEN).text


def test_what_a_check_found_comes_back_with_a_rebuild(app: Flask, services: Services) -> None:
    archivist = person(services, "lan")
    sound = spoil(victim := a_stored_pdf(services))
    post(browser_of(app, services, "lan"), f"{OPEN}/check")
    do_all(services)
    victim.write_bytes(sound)
    before = case_file(services, OPEN_CODE, actor=archivist).package.copies
    assert {copy.name: copy.state for copy in before} == {
        "kho1": "damaged",
        "kho2": "verified",
    }
    rebuild(services, actor=OPERATOR, copy="kho2")
    assert case_file(services, OPEN_CODE, actor=archivist).package.copies == before


def test_what_no_copy_holds_yet_is_neither_checked_nor_exported(
    app: Flask, services: Services
) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        row.state, row.version_stored = CaseState.ACCEPTED, 0
    client = browser_of(app, services, "lan")
    page = client.get(OPEN).text
    assert "/check" not in page
    assert "/export" not in page
    for answer in (post(client, f"{OPEN}/check"), client.get(f"{OPEN}/export?form=aip")):
        assert answer.status_code == 409
        assert "not-stored-yet" in answer.text


def a_stored_pdf(services: Services) -> Path:
    """The document of the open case file, as it lies in kho1."""
    with services.read_only() as session:
        ocfl_id = session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code == OPEN_CODE)).one()
    return next((services.settings.home / "kho1" / object_root(ocfl_id)).rglob("*.pdf"))


def spoil(victim: Path) -> bytes:
    """Change its first byte; returns what it was."""
    sound = victim.read_bytes()
    victim.chmod(0o644)
    victim.write_bytes(b"X" + sound[1:])
    return sound


def test_a_form_without_its_token_and_an_account_that_may_not_check_are_refused(
    app: Flask, services: Services
) -> None:
    assert browser_of(app, services, "lan").post(f"{OPEN}/check").status_code == 403
    assert post(browser_of(app, services, "binh"), f"{OPEN}/check").status_code == 403


def test_the_list_is_filtered_and_sorted_by_its_address(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    page = client.get("/case-files?sort=-code").text
    assert page.index(OPEN_CODE) < page.index(RESTRICTED_CODE)
    page = client.get("/case-files?sort=code").text
    assert page.index(RESTRICTED_CODE) < page.index(OPEN_CODE)
    only = client.get("/case-files?q=2025.08").text
    assert OPEN_CODE in only
    assert RESTRICTED_CODE not in only
    for words in ("khe lanh bom", "trạm giao bàn", "TRAM BOM"):
        assert OPEN_CODE in client.get("/case-files", query_string={"q": words}).text
    typed = {"q": "trâm bơm", "as_typed": 1}
    assert OPEN_CODE not in client.get("/case-files", query_string=typed).text
    assert OPEN_CODE not in client.get("/case-files?state=destroyed").text
    assert OPEN_CODE in client.get("/case-files?state=nothing&sort=nothing&cursor=x").text


def test_the_list_goes_out_as_csv_and_xlsx(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    told = client.get("/case-files?export=csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(told)))
    assert [row[0] for row in rows] == ["Mã hồ sơ", RESTRICTED_CODE, OPEN_CODE]
    book = load_workbook(io.BytesIO(client.get("/case-files?export=xlsx").data))
    sheet = book.worksheets[0]
    assert [row[0].value for row in sheet.iter_rows()] == [row[0] for row in rows]
    stranger = browser_of(app, services, "stranger").get("/case-files?export=csv")
    assert OPEN_CODE not in stranger.text


def test_a_long_list_costs_no_more_statements_and_comes_in_pages(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    client.get("/case-files")
    with counted(services) as few:
        client.get("/case-files")
    more_case_files(services, 60)
    with counted(services) as many:
        page = client.get("/case-files").text
    assert len(many) == len(few)
    assert "1–50 trong 62" in page
    second = client.get("/case-files?cursor=2").text
    assert "51–62 trong 62" in second
    actor = person(services, "lan")
    with services.read_only() as session:
        for sort in (*SORTS, *(f"-{name}" for name in SORTS)):
            narrowing = Narrowing(sort=sort)
            whole = [listed.code for listed in iter_case_files(session, narrowing, actor=actor)]
            parts: list[str] = []
            for at in range(0, 70, 7):  # from the beginning, then from the end
                rows, _ = find_case_files(session, narrowing, actor=actor, limit=7, offset=at)
                parts += [row.code for row in rows]
            assert parts == whole


def test_a_damaged_copy_is_shown_in_red_words(app: Flask, services: Services) -> None:
    damaged(services, OPEN_CODE, "kho2")
    assert "Hỏng" in browser_of(app, services, "lan").get(OPEN).text
