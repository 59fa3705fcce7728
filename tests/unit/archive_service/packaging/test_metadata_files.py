"""What the metadata of a package says, file by file."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service import law
from archive_service.packaging.descriptive import (
    circular_date,
    field_rules,
    iso_date,
    missing_fields,
)
from archive_service.packaging.fonds_record import read_fonds
from archive_service.packaging.markup import parse_xml
from archive_service.packaging.mets import CSIP, METS, XLINK
from archive_service.packaging.model import DATA, FileRole, PackageKind, RecordStatus
from archive_service.packaging.reading_order.content import circular_words
from archive_service.packaging.tree import metadata_files, package_tree
from tests.worlds.ingest.packages import RECORD, linked, package, scanned

M, P = f"{{{METS}}}", "{http://www.loc.gov/premis/v3}"
REP1 = "representations/rep1/"
FORMS = {
    (PackageKind.SIP, "EAD"): "sip-case-file",
    (PackageKind.SIP, "EAD_doc"): "sip-document",
    (PackageKind.AIP, "EAD"): "aip-case-file",
    (PackageKind.AIP, "EAD_doc"): "aip-document",
    (PackageKind.DIP, "EAD"): "dip-request",
    (PackageKind.DIP, "EAD_doc"): "dip-document",
}


def test_the_same_package_always_gives_the_same_bytes() -> None:
    assert metadata_files(package()) == metadata_files(package())


def test_the_kinds_differ_as_the_circular_asks() -> None:
    sip, aip, dip = (
        metadata_files(package(PackageKind.SIP)),
        metadata_files(package()),
        metadata_files(package(PackageKind.DIP)),
    )
    assert "metadata/preservation/PREMIS.xml" in aip
    assert f"{REP1}metadata/preservation/PREMIS_rep1.xml" in aip
    assert not [path for path in (*sip, *dip) if "PREMIS" in path]
    types = {
        path: parse_xml(each["METS.xml"]).get("TYPE")
        for path, each in {"sip": sip, "aip": aip, "dip": dip}.items()
    }
    assert types == {"sip": "Mixed", "aip": "Mixed", "dip": "MIXED"}


def test_roles_of_files_are_told_by_use() -> None:
    mets = parse_xml(metadata_files(package())[f"{REP1}METS.xml"])
    uses = {each[0].get(f"{{{XLINK}}}href"): each.get("USE") for each in mets.iter(f"{M}file")}
    assert uses["data/0002/page-1.jpg"] == FileRole.PAGE
    assert uses["data/0002/0002.pdf"] == FileRole.PRESERVATION
    assert uses["data/0002/0002.txt"] == FileRole.TEXT
    assert uses["data/0001/quyet%20dinh%2B1.pdf"] == FileRole.ORIGINAL


def test_a_scan_names_every_page_it_was_made_of() -> None:
    premis = parse_xml(metadata_files(package())[f"{REP1}metadata/preservation/PREMIS_rep1.xml"])
    names = {
        each.findtext(f"{P}storage/{P}contentLocation/{P}contentLocationValue"): each
        for each in premis.iter(f"{P}object")
    }
    sources = names["data/0002/0002.pdf"].findall(f".//{P}relatedObjectIdentifier")
    assert len(sources) == 2


def test_findings_are_events_with_their_outcome_and_agent() -> None:
    premis = parse_xml(metadata_files(package())[f"{REP1}metadata/preservation/PREMIS_rep1.xml"])
    event = premis.find(f"{P}event")
    assert event is not None
    assert event.findtext(f"{P}eventType") == "virus check"
    assert event.findtext(f".//{P}eventOutcomeDetailNote") == "Không phát hiện mã độc"
    assert event.findtext(f".//{P}linkingAgentIdentifierValue") == "ClamAV"


def test_dates_are_written_in_the_form_of_the_circular() -> None:
    made = parse_xml(metadata_files(package())["metadata/descriptive/EAD.xml"])
    assert made.findtext("startDate") == "15/01/2024"
    assert made.find("fileCode") is None  # a field of the SIP


def test_what_only_looks_like_a_date_is_left_alone() -> None:
    made = parse_xml(
        metadata_files(package(fields={**RECORD, "title": "2024-01"}))[
            "metadata/descriptive/EAD.xml"
        ]
    )
    assert made.findtext("title") == "2024-01"


@given(st.dates().map(str))
def test_a_date_survives_the_way_there_and_back(day: str) -> None:
    assert iso_date(circular_date(day)) == day


@given(st.text())
def test_any_text_can_be_a_title(title: str) -> None:
    made = package(fields={**RECORD, "title": title}, documents=[scanned(1)])
    parse_xml(metadata_files(made)["metadata/descriptive/EAD.xml"])


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    made = package(label="tiêu đề\x00\x1b", fields={**RECORD, "title": "a\x0bb"})
    files = metadata_files(made)
    assert parse_xml(files["METS.xml"]).get("LABEL") == "tiêu đề\ufffd\ufffd"
    assert parse_xml(files["metadata/descriptive/EAD.xml"]).findtext("title") == "a\ufffdb"


def test_a_missing_mandatory_field_is_named_with_its_place() -> None:
    document = scanned(1)
    fields = {name: value for name, value in document.fields.items() if name != "subject"}
    made = package(fields={**RECORD, "title": ""}, documents=[replace(document, fields=fields)])
    assert missing_fields(made) == [("", "title"), ("0001", "subject")]


def test_the_catalogue_record_travels_whole() -> None:
    files = metadata_files(package())
    assert json.loads(files["metadata/descriptive/catalogue.json"])["code"] == "H40.18.2024.01.TH"
    mets = parse_xml(files["METS.xml"])
    assert len(mets.findall(f"{M}dmdSec")) == 3


def test_a_link_says_more_in_an_aip_than_in_a_sip() -> None:
    path = f"{DATA}0004.pdf.fetch.txt"
    aip = metadata_files(package(documents=[linked(1)]))[path].decode()
    sip = metadata_files(package(PackageKind.SIP, documents=[linked(1)]))[path].decode()
    assert aip.split() == [
        "urn:uuid:0D8F7B4E-54A1-4F9B-A8C1-6E2A4D1C9B77",
        "614",
        f"{DATA}0001/0001.pdf",
        "H40.18.2024.02.TH.1",
    ]
    assert sip == "H40.18.2024.02.TH.1\n"


def test_premis_tells_where_a_linked_file_lies_and_its_digest() -> None:
    there = package().documents[0].files[0]
    document = linked(1)
    told = replace(
        document.links[0], file=there, file_code="H40.18.2024.02.TH", document_code="D.1"
    )
    made = package(documents=[replace(document, links=(told,))])
    root = parse_xml(metadata_files(made)[f"{REP1}metadata/preservation/PREMIS_rep1.xml"])
    place = f"{told.urn}/{told.path}"
    lies = next(
        each
        for each in root.iter(f"{P}object")
        if each.findtext(f".//{P}objectIdentifierValue") == place
    )
    said = {each.text for each in lies.iter()}
    assert {there.sha256, told.urn, "docId", told.document_id, "H40.18.2024.02.TH", "D.1"} <= said
    assert there.path not in [file.path for file in made.iter_files()]


def test_the_state_holds_metadata_and_data() -> None:
    made = package()
    metadata = metadata_files(made)
    state = package_tree(made, metadata)
    assert set(state) == {*metadata, *(DATA + file.path for file in made.iter_files())}
    first = made.documents[0].files[0]
    assert state[DATA + first.path].sha256 == first.sha256


def test_a_supplement_says_so() -> None:
    files = metadata_files(package(record_status=RecordStatus.SUPPLEMENT))
    header = parse_xml(files["METS.xml"]).find(f"{M}metsHdr")
    assert header is not None
    assert header.get("RECORDSTATUS") == "SUPPLEMENT"
    assert header.get(f"{{{CSIP}}}OAISPACKAGETYPE") == "AIP"


@pytest.mark.parametrize(("form", "table"), FORMS.items())
def test_schemas_and_rule_set_know_the_same_fields(
    form: tuple[PackageKind, str], table: str
) -> None:
    assert set(field_rules(*form)) == {field.name for field in law.fields(table)}


def test_codes_are_printed_as_words() -> None:
    assert circular_words("maintenance", "01") == "Vĩnh viễn"
    assert circular_words("language", "01;02") == "Tiếng Việt; Tiếng Anh"
    assert circular_words("eventType", "virus check") == "Kiểm tra mã độc"
    assert circular_words("eventType", "decompression") == "decompression"
    assert circular_words("subject", "01") == "01"


@pytest.mark.parametrize(
    "data", [b"", b"[" * 200_000, b"[]", b'{"format": "fonds/2"}', b"%PDF-1.7"]
)
def test_what_is_no_record_of_a_fonds_tells_of_none(data: bytes) -> None:
    assert read_fonds(data) == {}
