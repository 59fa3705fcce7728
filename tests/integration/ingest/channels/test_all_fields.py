"""Every field of the four kinds, filled: from the sheet to the page, REST and the package."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import etree
from PIL import Image

from archive_service import law
from archive_service.app import create_app
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.domain.intake.submission import Submission
from archive_service.law import FieldRule
from archive_service.packaging.schema_files import FOLDER
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import program_of
from tests.worlds.door import codes, write_pdf, write_sheet
from tests.worlds.papers.recordings import make_wav
from tests.worlds.read_back.catalogue import catalogue_in

CODE = "H40.18.2025.08.QLCT"
KINDS = ("case-file", "document", "picture", "media")
DAY = "12/04/2025"
# What has to fit something else; the rest is filled by the rule's own type, length and list.
FITTING: dict[str, dict[str, Any]] = {
    "case-file": {
        "maintenance": "Khác", "term": 25, "ruleCode": "TT10.3.03", "startDate": "02/01/2025",
        "endDate": "20/12/2025", "totalDoc": 3, "confidenceLevel": "Hỗn hợp",
        "paperFileCode": "H40.99.Kho1-Gia2-Hop3.8", "recordStatus": "Hồ sơ mới",
        "numberOfPage": 2, "numberOfPaper": 1,
        "inventoryReference": "Phông 5, mục lục số 2, hồ sơ số 31",
    },
    "document": {
        "docId": "H40.18.2025.77", "docCode": f"{CODE}.0000001", "files": "bien ban.pdf",
        "processFiles": "phieu.pdf", "numberOfPage": 1, "codeNumber": "210", "arrivalNumber": "31",
        "codeNotation": "BC-SCT", "sentAt": "12/04/2025 08:30", "receivedAt": "12/04/2025 09:15",
        "relatesTo": "15/KH-SCT", "confidenceLevel": "Hỗn hợp",
    },
    "picture": {"docCode": f"{CODE}.0000002", "files": "tram.jpg", "typePic": "Phim âm bản"},
    "media": {
        "docCode": f"{CODE}.0000003", "files": "loi.wav", "typeMedia": "Âm thanh",
        "playTime": "00:00:03",
    },
}  # fmt: skip
CONDITIONAL = "Sử dụng có điều kiện"  # no mark of secrecy: that would stop it at the door
LEFT_OUT = {"sha256"}  # compared with the bytes at the door, and then the package's own


def given(kind: str, rule: FieldRule) -> Any:
    """A value of this field as a person types it."""
    if rule.name in FITTING[kind]:
        return FITTING[kind][rule.name]
    if rule.name == "fileCode":
        return CODE
    if rule.name == "mode":
        return CONDITIONAL
    if rule.name == "maintenance":
        return "10 năm"  # none of a document is longer than the case file's
    if rule.code_list is not None:
        labels = list(law.code_list(rule.code_list).codes.values())
        return "; ".join(labels[:2]) if rule.many else labels[0]
    if rule.type == "Date":
        return DAY
    if rule.type == "Number":
        return 1
    return f"{rule.label_vi} {kind}"[: rule.length]


def row_of(kind: str) -> dict[str, Any]:
    return {
        field.name: given(kind, field) for field in law.fields(kind) if field.name not in LEFT_OUT
    }


def folder_of(folder: Path) -> Path:
    folder.mkdir()
    write_pdf(folder / "bien ban.pdf", words="bàn giao")
    write_pdf(folder / "phieu.pdf", words="phiếu trình")
    Image.new("RGB", (60, 40), "navy").save(folder / "tram.jpg", dpi=(300, 300))
    make_wav(folder / "loi.wav", seconds=3)
    more = {sheet_name(kind): [row_of(kind)] for kind in ("picture", "media")}
    write_sheet(folder / "Hồ sơ.xlsx", [row_of("case-file")], [row_of("document")], more)
    return folder


@dataclass(frozen=True)
class Kept:
    """The case file in custody, and the package's files by their names."""

    services: Services
    app: Flask
    package: dict[str, Path]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = tmp_path_factory.mktemp("all")
    with open_home(new_home(place / "home")) as services:
        (identifier,) = submit(
            folder_of(place / "src"), actor=person(services, "bach"), services=services
        )
        while run_one(services, subject_id=identifier, names=("check-submission",)):
            pass
        with services.read_only() as session:
            assert codes(session.get_one(Submission, identifier), Severity.ERROR) == []
        accept(services, identifier, actor=person(services, "lan"))
        work(services, until_empty=True)
        names = ("EAD.xml", "EAD_doc_0001.xml", "EAD_pic_0002.xml", "EAD_media_0003.xml")
        package = {name: next((place / "home" / "kho1").rglob(name)) for name in names}
        package["catalogue.json"] = next((place / "home" / "kho1").rglob("catalogue.json"))
        yield Kept(services, create_app(services), package)


def expected(rule: FieldRule, value: Any) -> str:
    """The same as it is kept: codes, days and moments in their one form."""
    if rule.name == "riskRecoveryStatus":
        return "02"  # the archive's own finding: nothing lies in a reserve copy yet
    if rule.code_list is not None:
        codes = law.code_list(rule.code_list)
        return ";".join(codes.parse(one.strip()) for one in value.split(";"))
    if rule.type == "Date":
        return "-".join(reversed(value.split("/")))
    if rule.type == "DateTime":
        day, hour = value.split()
        return f"{'-'.join(reversed(day.split('/')))}T{hour}:00+07:00"
    return str(value)


def wanted(kind: str) -> dict[str, str]:
    row = row_of(kind)
    return {
        field.name: expected(field, row[field.name])
        for field in law.fields(kind)
        if field.name in row
    }


def said(value: str) -> str:
    """As XML and pages write it: days turned round."""
    parts = value.split("-")
    return "/".join(reversed(parts)) if all(part.isdecimal() for part in parts) else value


ELSEWHERE = {"fileCode", "files", "processFiles", "relatesTo", "relation"}


@pytest.mark.parametrize(("kind", "ordinal"), [(kind, at) for at, kind in enumerate(KINDS) if at])
def test_rest_tells_each_field_of_a_document(kept: Kept, kind: str, ordinal: int) -> None:
    told = (
        program_of(kept.app, kept.services, "lan")
        .get(f"/case-files/{CODE}/documents/{ordinal}")
        .get_json()
    )
    fields = {name: value for name, value in wanted(kind).items() if name not in ELSEWHERE}
    assert (told["kind"], told["code"], told["fields"]) == (kind, CODE, fields)
    names = [file["name"] for file in told["files"]]
    more = ("files", "processFiles") if kind == "document" else ("files",)
    assert names == [FITTING[kind][one] for one in more]
    relations = [(relation["relation"], relation["target"]) for relation in told["relations"]]
    assert relations == ([("replaces", "15/KH-SCT")] if kind == "document" else [])


def of_case_file(case: dict[str, Any]) -> dict[str, Any]:
    """The circular's names of what REST tells under others."""
    return {
        "fileCode": case["code"], "title": case["title"], "maintenance": case["maintenance"],
        "mode": case["access"], "language": case["language"], "startDate": case["start_date"],
        "endDate": case["end_date"], "keyword": case["keyword"],
        "totalDoc": case["document_count"], "numberOfPaper": case["paper"]["sheets_declared"],
        "numberOfPage": case["page_count"], "format": case["format"],
        "inforSign": case["infor_sign"], "confidenceLevel": case["confidence_level"],
        "paperFileCode": case["paper_file_code"],
        "riskRecovery": int(case["reserve"]["required"]),
        "riskRecoveryStatus": case["reserve"]["status"], "description": case["description"],
        "term": case["term"], "ruleCode": case["retention"]["rule"], "creator": case["creator"],
        "procedureCode": case["procedure_code"], "dossierNumber": case["dossier_number"],
        "dossierResult": case["dossier_result"],
        "dossierReceivedDate": case["dossier_received_date"],
        "dossierDueDate": case["dossier_due_date"],
        "dossierReturnedDate": case["dossier_returned_date"],
        "inventoryReference": case["inventory_reference"],
    }  # fmt: skip


def test_rest_tells_each_field_of_the_case_file(kept: Kept) -> None:
    case = program_of(kept.app, kept.services, "lan").get(f"/case-files/{CODE}").get_json()
    told = {name: str(value) for name, value in of_case_file(case).items()}
    fields = wanted("case-file")
    assert (
        fields.pop("recordStatus") == "NEW"
    )  # told by what was done: a case file, not an addition
    assert told == fields


@pytest.mark.parametrize(("kind", "ordinal"), [(kind, at) for at, kind in enumerate(KINDS)])
def test_the_page_shows_each_field_by_its_name(kept: Kept, kind: str, ordinal: int) -> None:
    client = browser_of(kept.app, kept.services, "lan")
    address = f"/case-files/{CODE}" + (f"/documents/{ordinal}" if ordinal else "")
    page = etree.HTML(client.get(address).text)
    text = " ".join(" ".join(str(one) for one in page.itertext()).split())
    for rule in law.fields(kind):
        if rule.name in LEFT_OUT | ELSEWHERE | {"recordStatus"}:
            continue
        value = wanted(kind)[rule.name]
        if rule.code_list is not None:
            value = ", ".join(law.code_list(rule.code_list).label(one) for one in value.split(";"))
        elif rule.type == "DateTime":
            value = row_of(kind)[rule.name]
        if (kind, rule.name) == ("case-file", "maintenance"):
            value = "25 năm"  # in one row: not "Khác" and a number beside it
        assert said(value) in text, rule.name
        if ordinal:
            assert rule.label_vi in text, rule.name


@pytest.mark.parametrize(
    ("kind", "name"),
    list(zip(KINDS, ("EAD.xml", "EAD_doc_0001.xml", "EAD_pic_0002.xml", "EAD_media_0003.xml"),
             strict=True)),
)  # fmt: skip
def test_the_package_holds_each_field(kept: Kept, kind: str, name: str) -> None:
    """In the circular's own description, or beside it in the catalogue record."""
    tree = etree.parse(kept.package[name])
    found = {one.tag: one.text or "" for one in tree.getroot()}
    record = kept.package["catalogue.json"].read_text(encoding="utf-8")
    for field, value in wanted(kind).items():
        if field in found:
            assert found[field] == said(value), field
        elif field != "recordStatus":
            assert value in record or json.dumps(value)[1:-1] in record, field
    aip = {field_rule.name for field_rule in law.fields(f"aip-{kind}")} & set(wanted(kind))
    assert aip - {"docId"} <= set(found)


@pytest.fixture(scope="module")
def xml(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The case file as one XML document."""
    folder, lan = tmp_path_factory.mktemp("xml"), person(kept.services, "lan")
    told = export_case_file(kept.services, CODE, form="xml", folder=folder, actor=lan)
    return told.path.read_bytes()


@pytest.mark.parametrize(("kind", "ordinal"), [(kind, at) for at, kind in enumerate(KINDS)])
def test_the_xml_holds_each_field(xml: bytes, kind: str, ordinal: int) -> None:
    root = etree.fromstring(xml)
    schema = etree.XMLSchema(etree.parse(FOLDER / "case_file.xsd"))
    assert schema.validate(root), schema.error_log
    place = f"{{*}}documents/{{*}}document[@ordinal='{ordinal}']" if ordinal else "."
    (there,) = root.findall(place)
    found = {element.get("name"): element.text for element in there.findall("{*}fields/{*}field")}
    fields = wanted(kind)
    assert ordinal or fields.pop("recordStatus") == "NEW"  # told by its history
    elsewhere = ELSEWHERE - {"fileCode"} if kind == "case-file" else ELSEWHERE
    for name in fields.keys() - elsewhere:
        assert found[name] == fields[name], name
    if kind == "document":
        relations = [
            (element.get("kind"), element.text) for element in there.findall("{*}relation")
        ]
        assert relations == [("replaces", "15/KH-SCT")]
        assert [element.text for element in there.findall("{*}file")] == [
            "bien ban.pdf",
            "phieu.pdf",
        ]


def test_the_xml_gives_back_the_catalogue_record(kept: Kept, xml: bytes) -> None:
    assert catalogue_in(xml) == json.loads(kept.package["catalogue.json"].read_bytes())


def test_every_field_comes_back_from_the_copies(kept: Kept) -> None:
    lan = person(kept.services, "lan")

    def told() -> list[Any]:
        records = [document_record(kept.services, CODE, number, actor=lan) for number in (1, 2, 3)]
        case = program_of(kept.app, kept.services, "lan").get(f"/case-files/{CODE}").get_json()
        return [of_case_file(case), *(record["fields"] for record in records)]

    before = told()
    rebuild(kept.services, actor=OPERATOR)
    assert told() == before
