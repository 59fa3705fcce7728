"""What was written can be read back, and other writers' habits are understood."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest

from archive_service.packaging.model import (
    CREATION,
    DATA,
    Package,
    PackageKind,
    PremisEvent,
    RecordStatus,
)
from archive_service.packaging.tree import metadata_files
from tests.worlds.ingest.packages import AT, FONDS, content, linked, package
from tests.worlds.read_back.entries import Entries, PackageFileMissingError, PackageXmlError
from tests.worlds.read_back.package import read_package


def paths_of(made: Package, metadata: Mapping[str, bytes]) -> set[str]:
    return {*metadata, *(DATA + file.path for file in made.iter_files())}


def read_back(made: Package) -> Package:
    metadata = metadata_files(made)
    return read_package(paths_of(made, metadata), metadata.__getitem__)


@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_read_back_is_written_again_byte_for_byte(kind: PackageKind) -> None:
    made = package(kind)
    assert metadata_files(read_back(made))["METS.xml"] == metadata_files(made)["METS.xml"]


def test_an_aip_read_back_says_who_did_what_to_which_file() -> None:
    made = package()
    back = read_back(made)
    assert back.ocfl_id == made.ocfl_id
    assert back.agency_code == made.agency_code
    assert back.archive_code == made.archive_code
    assert back.archive_name == made.archive_name
    assert back.fonds_code == made.fonds_code
    assert back.catalogue == made.catalogue
    assert back.fonds == made.fonds == FONDS
    assert [event for event in back.events if event.type != CREATION] == [
        PremisEvent(
            event.type,
            event.at,
            event.detail,
            event.outcome,
            event.outcome_note,
            event.agent,
            event.agent_type,
            tuple(event.sources),
            tuple(event.outcomes),
        )
        for event in made.events
    ]
    roles = {file.path: file.role for file in made.iter_files()}
    sources = {file.path: tuple(file.derived_from) for file in made.iter_files()}
    assert {file.path: file.role for file in back.iter_files()} == roles
    assert {file.path: file.derived_from for file in back.iter_files()} == sources
    turns = {file.path: file.turn_deg for file in made.iter_files()}
    assert set(turns.values()) == {0, 90}
    assert {file.path: file.turn_deg for file in back.iter_files()} == turns
    assert [document.kind for document in back.documents] == [d.kind for d in made.documents]
    assert back.files[0].path == "muc-luc.pdf"
    assert back.documents[0].files[0].signatures == made.documents[0].files[0].signatures


def test_dates_come_back_in_iso_form() -> None:
    back = read_back(package())
    assert back.fields["startDate"] == "2024-01-15"
    assert back.documents[0].fields["issuedDate"] == "2024-03-01"


def test_a_link_to_another_case_file_comes_back() -> None:
    made = package(documents=[linked(1)])
    assert read_back(made).documents[0].links == linked(1).links


def test_a_supplement_keeps_the_record_of_its_first_creation() -> None:
    events = (PremisEvent(CREATION, AT, sources=("SIP-0001",)),)
    made = package(events=events, record_status=RecordStatus.SUPPLEMENT)
    back = read_back(made)
    assert back.record_status is RecordStatus.SUPPLEMENT
    assert [event.sources for event in back.events] == [("SIP-0001",)]


def test_a_file_that_mets_names_and_nobody_holds_is_refused() -> None:
    made = package()
    metadata = metadata_files(made)
    missing = DATA + made.documents[0].files[0].path
    with pytest.raises(PackageFileMissingError) as refused:
        read_package(paths_of(made, metadata) - {missing}, metadata.__getitem__)
    assert quote(missing, safe="/") in str(refused.value)


def test_a_broken_mets_is_refused_by_its_path() -> None:
    metadata = {**metadata_files(package()), "METS.xml": b"<mets><"}
    with pytest.raises(PackageXmlError, match=r"METS\.xml"):
        read_package(metadata, metadata.__getitem__)


def test_an_entity_is_never_expanded() -> None:
    bomb = b'<!DOCTYPE m [<!ENTITY a "boom">]><mets OBJID="x">&a;</mets>'
    root = Entries({"METS.xml"}, {"METS.xml": bomb}.__getitem__).xml("METS.xml")
    assert "boom" not in (root.text or "")


@pytest.mark.parametrize(
    "href",
    ["data/a b/+1.pdf", "data/a%20b/%2B1.pdf", "data/a+b/%2B1.pdf", "./data/a%20b/+1.pdf"],
)
def test_a_link_is_found_however_it_is_written(href: str) -> None:
    entries = Entries({"rep/data/a b/+1.pdf"}, content)
    assert entries.find(href, base="rep/") == "rep/data/a b/+1.pdf"


@pytest.mark.parametrize("href", ["../../etc/passwd", "/etc/passwd", "data/none.pdf"])
def test_a_link_out_of_the_package_leads_nowhere(href: str) -> None:
    with pytest.raises(PackageFileMissingError):
        Entries({"METS.xml"}, content).find(href, base="")
