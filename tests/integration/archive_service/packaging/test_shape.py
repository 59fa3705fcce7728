"""The tree of each package as TT 05/2025/TT-BNV draws it, Phụ lục I to V, row by row."""

import re

import pytest

from archive_service.packaging.markup import parse_xml
from archive_service.packaging.mets import CSIP, METS
from archive_service.packaging.model import PackageKind
from archive_service.packaging.tree import metadata_files, package_tree
from tests.integration.archive_service.packaging.judges import (
    linked_with_bytes,
    loose_documents,
)
from tests.worlds.ingest.packages import package

REP1 = r"representations/rep1/"
LINK = rf"{REP1}data/.+\.fetch\.txt"
# Phụ lục III, IV, I, V: how often a file is in the package; None: as it may be.
ONE, NONE, SOME, FREE = "one", "none", "some", "free"
ROWS = (
    (r"METS\.xml", ONE, ONE, ONE, ONE),
    (r"metadata/descriptive/EAD\.xml", ONE, ONE, ONE, ONE),
    (r"metadata/preservation/PREMIS\.xml", NONE, NONE, ONE, FREE),
    (rf"{REP1}METS\.xml", ONE, ONE, ONE, ONE),
    (rf"{REP1}metadata/descriptive/EAD_(doc|pic|media)_[^/]+\.xml", SOME, SOME, SOME, SOME),
    (rf"{REP1}metadata/preservation/PREMIS_rep1\.xml", NONE, NONE, ONE, FREE),
    (rf"{REP1}data/(?!.+\.fetch\.txt$).+", SOME, SOME, SOME, SOME),
    (LINK, FREE, NONE, FREE, NONE),
    (r"schemas/METS\.xsd", ONE, ONE, ONE, ONE),
    (r"schemas/EAD(_doc|_pic|_media)?\.xsd", SOME, SOME, SOME, SOME),
    (r"documentation/.+", FREE, FREE, FREE, FREE),
)
# What METS names beside them: the circular has no place for it, and forbids none.
BEYOND = re.compile(
    r"schemas/(xlink|DILCISExtension(SIP)?METS|premis)\.xsd|metadata/descriptive/[a-z-]+\.json"
)
PACKAGES = {
    "SIP_hoso": package(PackageKind.SIP),
    "SIP_tailieu": loose_documents(),
    "AIP_hoso": package(),
    "DIP": package(PackageKind.DIP),
}


def test_every_row_holds_and_no_file_is_beyond_them() -> None:
    for column, (name, made) in enumerate(PACKAGES.items(), start=1):
        paths = set(package_tree(made, metadata_files(made)))
        for row in ROWS:
            found = {path for path in paths if re.fullmatch(row[0], path)}
            wanted = row[column]
            assert wanted != NONE or not found, (name, row[0])
            assert wanted != SOME or found, (name, row[0])
            assert wanted != ONE or len(found) == 1, (name, row[0])
            paths -= found
        assert not [path for path in paths if not BEYOND.fullmatch(path)]


def test_each_document_is_described_once() -> None:
    for made in PACKAGES.values():
        described = [path for path in metadata_files(made) if re.fullmatch(ROWS[4][0], path)]
        assert len(described) == len(made.documents)


def test_a_link_is_in_packages_of_case_files() -> None:
    for kind in (PackageKind.SIP, PackageKind.AIP):
        links = [path for path in metadata_files(linked_with_bytes(kind)) if re.search(LINK, path)]
        assert links == ["representations/rep1/data/linked-0004/0001.pdf.fetch.txt"]


@pytest.mark.parametrize(
    ("name", "profile", "kind", "oais"),
    [
        ("SIP_hoso", "E-ARK-CSIP.xml", "Mixed", "SIP"),
        ("SIP_tailieu", "E-ARK-CSIP.xml", "Collection", "SIP"),
        ("AIP_hoso", "http://www.ra.ee/METS/v01/IP.xml", "Mixed", "AIP"),
        ("DIP", "E-ARK-DIP.xml", "MIXED", "DIP"),
    ],
)
def test_mets_names_each_as_the_circular_does(
    name: str, profile: str, kind: str, oais: str
) -> None:
    made = PACKAGES[name]
    files = metadata_files(made)
    root, inner = parse_xml(files["METS.xml"]), parse_xml(files["representations/rep1/METS.xml"])
    told = root.get("PROFILE", ""), root.get("TYPE"), inner.get("TYPE"), inner.get("OBJID")
    assert told[0].endswith(profile)
    assert told[1:] == (kind, kind, "rep1")
    assert inner.get("PROFILE", "").endswith("E-ARK-CSIP.xml")
    header = root.find(f"{{{METS}}}metsHdr")
    assert header is not None
    assert header.get(f"{{{CSIP}}}OAISPACKAGETYPE") == oais
    urn = "urn:uuid:" if oais == "AIP" else "uuid-"
    assert re.fullmatch(rf"{urn}[0-9A-F-]{{36}}", root.get("OBJID", ""))
    assert made.folder_name == root.get("OBJID", "").replace(":", "_")
    section = root.find(f"{{{METS}}}amdSec")
    assert section is not None
    assert bool(len(section)) == (oais == "AIP")
    digests = [each for each in root.iter() if each.get("CHECKSUM")]
    assert digests
    assert {each.get("CHECKSUMTYPE") for each in digests} == {"SHA-256"}


def test_only_an_aip_tells_digests_in_premis() -> None:
    told = {
        name: [p for p in metadata_files(made) if "PREMIS" in p] for name, made in PACKAGES.items()
    }
    assert [name for name, found in told.items() if found] == ["AIP_hoso"]
