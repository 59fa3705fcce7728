"""What a packet says of its carriage comes back from SIP, AIP and XML, field by field."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.packaging.further import sheet_fields
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from ingest.channels.eark.package import as_package
from ingest.channels.opening import open_parcel
from ingest.channels.spreadsheet import read_declaration
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.edxml import NAMESPACE, RECEIVER, SENDER, Enclosed, PacketOf
from tests.worlds.read_back.catalogue import catalogue_in

CODE = "H40.18.2025.31.QLCT"
OPINION = "Giao Phòng Hạ tầng tham mưu trước ngày 15/8"
HANDLING = {
    "sender": {"code": SENDER, "name": "Sở Nội vụ tỉnh Nam Định", "email": "snv@example.org"},
    "receivers": [
        {
            "code": RECEIVER,
            "name": "Sở Giao thông vận tải",
            "email": "sgtvt@example.org",
            "kind": "1",
        }
    ],
    "stations": [{"organ": SENDER, "at": "2025/08/01 09:30:00"}],
    "opinions": [
        {
            "text": OPINION,
            "department": "Văn thư",
            "staff": "Lê Văn Bình",
            "email": "binh@example.org",
            "mobile": "0900000000",
        }
    ],
    "errand": "0",
    "steering": "0",
    "content": "Nội dung khác trích yếu",
    "scope": "Tỉnh",
    "paper": "0",
}
FIELDS = {
    "docId": "000.00.12.H40,2025/08/01,15/CV-SNV", "codeNumber": "15", "codeNotation": "CV-SNV",
    "issuedDate": "2025-05-01", "subject": "Về việc giao nộp hồ sơ năm 2025",
    "organName": "Sở Nội vụ tỉnh Nam Định", "sender": "Sở Nội vụ tỉnh Nam Định",
    "signer": "Trần Thị Minh Hà", "signerPosition": "KT. PHÓ GIÁM ĐỐC", "receivers": "Như trên",
    "urgency": "1", "issuedAmount": "5", "dueDate": "2025-08-15", "numberOfPage": "1",
    "sentAt": "2025-08-01T09:30:00+07:00",
}  # fmt: skip


def full_packet(pdf: bytes) -> bytes:
    """A packet with every element of carriage that QCVN 102 has."""
    enclosed = Enclosed("cong-van.pdf", pdf)
    root = PacketOf(attachments=[enclosed], reason=OPINION, issued="2025/05/01").root()

    def add(path: str, name: str, text: str = "") -> etree._Element:
        (parent,) = root.iterfind(f".//{{{NAMESPACE}}}" + path.replace("/", f"/{{{NAMESPACE}}}"))
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        element.text = text
        return element

    add("MessageHeader/From", "Email", "snv@example.org")
    add("MessageHeader/To", "Email", "sgtvt@example.org")
    add("StaffInfo", "Email", "binh@example.org")
    add("StaffInfo", "Mobile", "0900000000")
    root.find(f".//{{{NAMESPACE}}}Content").text = HANDLING["content"]  # type: ignore[union-attr]  # it is there
    place = add("Bussiness", "BussinessDocumentInfo")
    place = etree.SubElement(place, f"{{{NAMESPACE}}}ReceiverList")
    place = etree.SubElement(place, f"{{{NAMESPACE}}}Receiver")
    for name, text in (("OrganId", RECEIVER), ("ReceiverType", "1")):
        etree.SubElement(place, f"{{{NAMESPACE}}}{name}").text = text
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


@dataclass(frozen=True)
class Kept:
    """The archive that took it in, and its case file in each form, by form."""

    services: Services
    forms: dict[str, Path]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = tmp_path_factory.mktemp("carriage")
    folder = place / "ho-so"
    folder.mkdir()
    pdf = write_pdf(folder / "mau.pdf")
    (folder / "vb.edxml").write_bytes(full_packet(pdf.read_bytes()))
    pdf.unlink()
    row = document_row("vb.edxml", CODE)
    row = {name: value for name, value in row.items() if name not in FIELDS and name != "typeName"}
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], [row])
    with open_home(new_home(place / "home")) as services:
        lan = person(services, "lan")
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=lan)
        do_all(services)
        forms = {}
        for form in ("sip", "aip", "xml"):
            (place / form).mkdir()
            told = export_case_file(services, CODE, form=form, folder=place / form, actor=lan)
            forms[form] = told.path
        yield Kept(services, forms)


def wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in FIELDS}


def test_the_rows_hold_every_field(kept: Kept) -> None:
    with kept.services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        (document,) = row.documents
        assert document.handling == HANDLING
        assert wanted(sheet_fields("document", document)) == FIELDS


@pytest.mark.parametrize("form", ["sip", "aip"])
def test_a_package_gives_every_field_back(kept: Kept, form: str) -> None:
    limits = kept.services.settings.limits
    with open_parcel(kept.forms[form], limits) as parcel:
        declaration, _ = read_declaration(as_package(parcel, limits, historical=True), limits)
        (case_file,) = declaration.case_files
        (document,) = case_file.documents
    assert document.handling == HANDLING
    assert wanted(document.fields) == FIELDS


def test_the_xml_gives_every_field_back(kept: Kept) -> None:
    data = kept.forms["xml"].read_bytes()
    (row,) = catalogue_in(data)["documents"]
    assert row["handling"] == HANDLING
    root = etree.fromstring(data)
    found = {
        str(element.get("name")): element.text
        for element in root.iterfind("{*}documents/{*}document/{*}fields/{*}field")
    }
    assert wanted(found) == FIELDS
    assert json.loads(json.dumps(row))["handling"]["opinions"][0]["text"] == OPINION
