"""Refusals that a person meets by a slip of the hand: each with its code, and in words."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from archive_service import messages
from archive_service.formats import workbook
from archive_service.reports import acts as reports_acts
from archive_service.services import Services
from archive_service.settings import load_settings
from ingest.channels.uploads import SeveralZipsError, open_uploads
from ingest.channels.web_form import UploadedFile
from ingest.handover import paper_files
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, Program


def said(code: str, **facts: object) -> str:
    """The sentence that the page shows."""
    return messages.error(code, "vi", facts).message


def test_a_report_of_an_agency_that_nobody_knows_is_not_made(
    services: Services, archivist: Program
) -> None:
    answer = archivist.post("/reports", json={"period": "2025", "agency": "H99.99"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "report-agency-unknown")
    assert "H99.99" in answer.get_json()["message"]
    assert archivist.get("/reports").get_json()["total"] == 0
    with pytest.raises(paper_files.HandoverAgencyError) as refused:
        paper_files.agency_named(services, "H99.99")
    assert "H99.99" in said("handover-agency-unknown", **refused.value.facts)


def test_more_words_than_a_report_keeps_are_refused_and_none_are_kept(
    services: Services, archivist: Program
) -> None:
    made = archivist.post("/reports", json={"period": "2025"}).get_json()
    lan = person(services, "lan")
    with pytest.raises(reports_acts.ReportWordsError) as refused:
        reports_acts.put_words(
            services, made["id"], difficulties="x" * 100_000, proposals="", actor=lan
        )
    assert said("report-words-long", **refused.value.facts)
    assert archivist.get(f"/reports/{made['id']}").get_json()["difficulties"] == ""


def test_a_register_that_there_is_not_is_not_found(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get("/registers/so-ma/2025")
    assert page.status_code == 404
    assert said("register-unknown", name="so-ma") in page.text


@pytest.mark.parametrize("until", ["31/02/2026", "31022026", "2026-02-30", "mai"])
def test_a_day_that_is_none_keeps_nothing_back(app: Flask, services: Services, until: str) -> None:
    form = {"codes": OPEN_CODE, "until": until, "reason": "x"}
    page = post(browser_of(app, services, "bach"), "/collection/keep-back", **form)
    assert page.status_code == 422
    assert said("day-invalid", text=until) in page.text


def test_a_day_that_is_left_out_is_asked_for(app: Flask, services: Services) -> None:
    form = {"codes": OPEN_CODE, "until": " ", "reason": "x"}
    page = post(browser_of(app, services, "bach"), "/collection/keep-back", **form)
    assert page.status_code == 422
    assert said("form-field", field=messages.text("pages.collection.until", "vi")) in page.text


def test_a_year_that_is_none_publishes_no_list(app: Flask, services: Services) -> None:
    form = {"agency": "H40.18", "year": "26"}
    page = post(browser_of(app, services, "lan"), "/collection/publish", **form)
    assert page.status_code == 422
    assert said("collection-no-year", text="26") in page.text


def test_several_zips_at_once_are_refused_before_any_is_opened(tmp_path: Path) -> None:
    zips = [UploadedFile(name, 3, lambda: BytesIO(b"PK?")) for name in ("một.zip", "hai.ZIP")]
    with pytest.raises(SeveralZipsError) as refused:
        open_uploads(zips, load_settings(tmp_path).limits, channel="web")
    assert refused.value.facts == {"count": 2}
    assert "2" in said("several-zips", count=2)


def test_a_list_that_unpacks_to_more_than_a_list_needs_is_not_read(tmp_path: Path) -> None:
    limit = 1 << 20
    book = tmp_path / "danh-sach.xlsx"
    with (
        zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out,
    ):
        for _ in range((workbook.UNPACKED_BYTES >> 20) + 1):
            out.write(bytes(limit))
    assert book.stat().st_size < 10 * limit
    with pytest.raises(workbook.SheetTooLargeError) as refused:
        workbook.read_workbook(book, book.name, load_settings(tmp_path).limits)
    assert refused.value.code == "sheet-too-large"
    assert book.name in said("sheet-too-large", **refused.value.facts)
