"""What was digitized goes out as AIP alone; a SIP is what came, a DIP what is read."""

from dataclasses import replace

import pytest

from archive_service.packaging.model import FileRole, Package, PackageKind
from archive_service.packaging.outgoing import (
    DigitizedNeedsAipError,
    as_dip,
    as_loose,
    as_sip,
    for_historical_archive,
)
from archive_service.packaging.tree import metadata_files, package_tree
from tests.worlds.ingest.packages import REQUEST, born_digital, linked, package
from tests.worlds.read_back.package import read_package

AGENCY = package().agency_name


def test_a_sip_of_what_was_digitized_is_refused() -> None:
    digitized = package(PackageKind.AIP)
    with pytest.raises(DigitizedNeedsAipError):
        as_sip(package(PackageKind.SIP, documents=digitized.documents, events=digitized.events))


def test_a_sip_holds_what_was_submitted_and_nothing_that_was_made_here() -> None:
    made = package(PackageKind.SIP)
    assert {file.role for file in made.iter_files()} == {FileRole.ORIGINAL, FileRole.ACCESS}
    assert {file.role for file in as_sip(made).iter_files()} == {FileRole.ORIGINAL}


def test_a_dip_is_described_by_the_request() -> None:
    assert as_dip(package(PackageKind.DIP, fields={}), REQUEST).fields == REQUEST


def issued_by(*names: str) -> Package:
    """A SIP with a document of each of these."""
    documents = [
        replace(document, fields={**document.fields, "organName": name})
        for document, name in zip(map(born_digital, (1, 2)), names, strict=True)
    ]
    return package(PackageKind.SIP, documents=documents)


def test_to_the_historical_archive_all_of_it_goes_under_the_permanent_term() -> None:
    made = for_historical_archive(package(PackageKind.SIP))
    assert made.fields["maintenance"] == "01"
    assert {document.fields["maintenance"] for document in made.documents} == {"01"}


def test_a_link_stays_beside_files_as_submitted_alone() -> None:
    document, there = linked(1), package().documents[0].files
    told = [replace(document.links[0], name=f"{n}.pdf", file=file) for n, file in enumerate(there)]
    made = as_sip(package(PackageKind.SIP, documents=[replace(document, links=told)]))
    assert [link.file and link.file.role for link in made.documents[0].links] == [FileRole.ORIGINAL]


def test_loose_documents_are_a_package_of_their_own() -> None:
    whole = as_sip(issued_by(AGENCY, AGENCY.upper()))
    one = as_loose(whole, [2], code="H40.18.2026.00.0000002", title="Bổ sung")
    assert [each.ordinal for each in one.documents] == [2]
    assert one.uuid != whole.uuid
    assert one.uuid == as_loose(whole, [2], code="", title="").uuid
    assert one.fields == {
        "fileCode": "H40.18.2026.00.0000002",
        "title": "Bổ sung",
        "totalDoc": "1",
        "source": "0",
    }
    metadata = metadata_files(one)
    assert b"source" in metadata["schemas/EAD.xsd"]
    read = read_package(package_tree(one, metadata), metadata.__getitem__)
    assert (read.loose, read.fields) == (True, one.fields)


def test_where_loose_documents_come_from_is_told_where_it_is_the_same_of_all() -> None:
    came, mixed = issued_by("Sở Nội vụ", "Bộ Nội vụ"), issued_by("Sở Nội vụ", AGENCY)
    assert as_loose(as_sip(came), (), code="", title="").fields["source"] == "1"
    assert "source" not in as_loose(as_sip(mixed), (), code="", title="").fields
