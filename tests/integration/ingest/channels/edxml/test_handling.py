"""Receivers, stations and opinions of a packet are data, from the door to the export."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.handling import handling_kept
from archive_service.packaging.catalogue import catalogue_bytes, rows_of
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.edxml import RECEIVER, SENDER, Enclosed, PacketOf

CODE = "H40.18.2025.31.QLCT"
OPINION = "Giao Phòng Hạ tầng tham mưu trước ngày 15/8"
TOLD = {
    "sender": {"code": SENDER, "name": "Sở Nội vụ tỉnh Nam Định"},
    "scope": "Tỉnh",
    "paper": "0",
    "receivers": [{"code": RECEIVER, "name": "Sở Giao thông vận tải"}],
    "stations": [{"organ": SENDER, "at": "2025/08/01 09:30:00"}],
    "opinions": [{"text": OPINION, "department": "Văn thư", "staff": "Lê Văn Bình"}],
    "errand": "0",
    "steering": "0",
}


@pytest.fixture
def kept(services: Services, tmp_path: Path) -> UUID:
    """A case file in custody, whose one document came in a packet that a row names."""
    folder = tmp_path / "ho-so"
    folder.mkdir()
    pdf = write_pdf(folder / "mau.pdf")
    enclosed = Enclosed("cong-van.pdf", pdf.read_bytes())
    pdf.unlink()
    packet = PacketOf(attachments=[enclosed], reason=OPINION, issued="2025/05/01")
    (folder / "vb.edxml").write_bytes(packet.xml())
    day = {"issuedDate": "01/05/2025", "codeNumber": "15", "codeNotation": "CV-SNV"}
    row = document_row("vb.edxml", CODE, typeName="Công văn", mode="02", **day)
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], [row])
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
    return submission


def record(services: Services, app: Flask, name: str) -> dict[str, Any]:
    told: dict[str, Any] = (
        program_of(app, services, name).get(f"/case-files/{CODE}/documents/1").get_json()
    )
    return told


def test_they_stand_in_record_page_and_command(
    app: Flask, services: Services, kept: UUID, home: Path
) -> None:
    assert record(services, app, "lan")["handling"] == TOLD
    page = browser_of(app, services, "lan").get(f"/case-files/{CODE}/documents/1").text
    for said in ("Ý kiến phân phối, chỉ đạo", OPINION, "Lê Văn Bình", "Gửi mới"):
        assert said in page
    shown = Command(home).run("document", "show", CODE, 1, account="lan").stdout
    assert "Ý kiến phân phối, chỉ đạo" in shown
    assert "Giao Phòng Hạ tầng" in shown


def test_the_catalogue_record_and_the_export_hold_them(
    services: Services, kept: UUID, tmp_path: Path
) -> None:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        bytes_kept = catalogue_bytes(row, [])
        again, _ = rows_of(bytes_kept)
        assert [document.handling for document in again.documents] == [TOLD]
        assert catalogue_bytes(again, []) == bytes_kept
    lan = person(services, "lan")
    folder = tmp_path / "xml"
    folder.mkdir()
    told = export_case_file(services, CODE, form="xml", folder=folder, actor=lan)
    exported = told.path.read_text("utf-8")
    for said in (OPINION, "Lê Văn Bình", "Sở Giao thông vận tải"):
        assert said in exported


def test_readers_of_conditional_material_learn_receivers_and_no_opinion(
    app: Flask, services: Services, kept: UUID
) -> None:
    assert record(services, app, "binh")["handling"] == {"receivers": TOLD["receivers"]}
    page = browser_of(app, services, "binh").get(f"/case-files/{CODE}/documents/1").text
    assert "Giao Phòng Hạ tầng" not in page

    def found(name: str, words: str) -> bool:
        return CODE in browser_of(app, services, name).get(f"/search?q={words}").text

    assert found("lan", "Phòng Hạ tầng tham mưu")
    assert not found("binh", "Phòng Hạ tầng tham mưu")
    assert found("binh", "Sở Giao thông vận tải")


def test_what_is_of_another_form_is_not_kept() -> None:
    odd: list[Any] = [
        [], {"receivers": "x"}, {"unknown": 1}, {"stations": [{"organ": "a" * 600}]},
    ]  # fmt: skip
    assert [handling_kept(one) for one in odd] == [{}] * 4
    assert handling_kept(TOLD) == TOLD
