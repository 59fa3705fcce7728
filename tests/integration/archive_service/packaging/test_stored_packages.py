"""The judges on what the product itself stored: ocfl-py, commons-ip, schemas, veraPDF, pyHanko."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pikepdf
import pytest
from lxml import etree

from archive_service.packaging.markup import parse_xml
from archive_service.packaging.mets import METS
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.main_job import A_CODE, B_CODE, COPIES, Held
from tests.worlds.shelf import DATA, StoredObject, object_of, objects_of, tree_of

CODES = (A_CODE, B_CODE)
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(params=CODES)
def stored(held: Held, request: pytest.FixtureRequest) -> StoredObject:
    return object_of(held.home / "kho1", request.param)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def catalogue(stored: StoredObject) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored.read("metadata/descriptive/catalogue.json"))
    return found


def files_of(stored: StoredObject, role: str) -> Iterator[tuple[str, str]]:
    """Name as sent and path in the package of every file of a role."""
    for document in catalogue(stored)["documents"]:
        for file in document["files"]:
            if file["role"] == role:
                yield file["name"], DATA + file["path"]


@pytest.mark.parametrize("copy", COPIES)
def test_ocfl_py_finds_every_object_of_each_copy_valid(
    held: Held, tools: ModuleType, copy: str
) -> None:
    found = list(objects_of(held.home / copy))
    assert sorted(stored_object.code for stored_object in found) == sorted(CODES)
    for stored_object in found:
        valid, told = tools.ocfl_validate(stored_object.root)
        assert valid, told


def test_the_copies_are_equal_byte_for_byte(held: Held) -> None:
    first, second = (tree_of(held.home / copy / "ocfl") for copy in COPIES)
    assert first == second


def failed(report: dict[str, Any]) -> set[str]:
    return {
        rule["id"]
        for rule in report["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }


def test_commons_ip_reports_exactly_what_the_circular_forces(
    stored: StoredObject, tools: ModuleType, tmp_path: Path
) -> None:
    """Each id has its reason in docs/packages.md."""
    package = stored.extract(tmp_path)
    assert failed(tools.commons_ip(package)) == {"CSIP1", "CSIP107"}


def test_the_twin_named_by_its_folder_keeps_but_one_error(
    stored: StoredObject, tools: ModuleType, tmp_path: Path
) -> None:
    package = stored.extract(tmp_path)
    mets = package / "METS.xml"
    objid = stored.inventory["id"].encode()
    mets.write_bytes(mets.read_bytes().replace(objid, stored.folder_name.encode()))
    assert failed(tools.commons_ip(package)) == {"CSIP107"}


def test_every_metadata_file_obeys_the_schema_that_lies_beside_it(
    stored: StoredObject, tmp_path: Path
) -> None:
    """METS by the schemas in the package itself, where its imports are found."""
    package = stored.extract(tmp_path)
    judged = 0
    for path in sorted(package.rglob("*.xml")):
        if "data" in path.parts:
            continue
        stem = "_".join(path.stem.split("_")[:2])
        name = "premis" if stem.startswith("PREMIS") else stem
        own = package / "schemas" / f"{name}.xsd"
        schema = etree.XMLSchema(etree.parse(own))
        assert schema.validate(parse_xml(path.read_bytes())), f"{path}: {schema.error_log}"
        judged += 1
    assert judged == 5 + len(catalogue(stored)["documents"])


def test_mets_names_every_file_with_its_digest_and_size(
    stored: StoredObject, tmp_path: Path
) -> None:
    package = stored.extract(tmp_path)
    named = {package / "METS.xml"}
    for mets in (package / "METS.xml", package / "representations/rep1/METS.xml"):
        root = parse_xml(mets.read_bytes())
        located = [*root.iter(f"{{{METS}}}FLocat"), *root.iter(f"{{{METS}}}mdRef")]
        for each in located:
            place = mets.parent / each.get(XLINK_HREF, "")
            owner = each if each.get("CHECKSUM") else each.getparent()
            assert owner is not None
            data = place.read_bytes()
            assert (owner.get("CHECKSUM"), owner.get("SIZE")) == (sha256(data), str(len(data)))
            named.add(place)
    there = {path for path in package.rglob("*") if path.is_file()}
    assert {path.resolve() for path in named} == {path.resolve() for path in there}


def test_originals_are_byte_for_byte_what_was_submitted(held: Held, stored: StoredObject) -> None:
    sent = held.sample / ("A" if stored.code == A_CODE else "B")
    kept = dict(files_of(stored, "original"))
    assert kept
    for name, path in kept.items():
        assert stored.read(path) == (sent / name).read_bytes()
    others = {path.name for path in sent.rglob("*") if path.is_file()} - {
        name.rpartition("/")[2] for name in kept
    }
    assert {Path(name).suffix for name in others} <= {".xlsx"}


def test_verapdf_passes_every_pdf_made_here(held: Held, tools: ModuleType, tmp_path: Path) -> None:
    """Digitized documents, and the signed receipts in ``acts/``."""
    stored = object_of(held.home / "kho1", B_CODE)
    made = [stored.file(path) for _, path in files_of(stored, "preservation")]
    receipts = sorted((held.home / "kho1" / "acts" / "receipt").glob("*.pdf"))
    assert (len(made), len(receipts)) == (5, 2)
    for verdict in tools.verapdf([*made, *receipts]):
        assert verdict.passed, f"{verdict.path}: {verdict.details}"
        assert verdict.flavour in ("2a", "2b")


def test_the_scanners_images_stand_bit_for_bit_in_the_pdf_a(held: Held) -> None:
    stored = object_of(held.home / "kho1", B_CODE)
    looked_at = 0
    for document in catalogue(stored)["documents"]:
        pages = [file["path"] for file in document["files"] if file["page_image"]]
        (made,) = (f["path"] for f in document["files"] if f["role"] == "preservation")
        with pikepdf.open(stored.file(DATA + made)) as pdf:
            inside = [
                sha256(image.read_raw_bytes())
                for page in pdf.pages
                for image in page.get_images().values()
            ]
        assert inside == [sha256(stored.read(DATA + path)) for path in pages]
        looked_at += len(pages)
    assert looked_at == 13


@pytest.mark.parametrize("copy", COPIES)
def test_the_receipts_signature_leads_to_the_demo_root(held: Held, copy: str) -> None:
    trust = Trust.read(held.home / "keys" / "authority")
    receipts = sorted((held.home / copy / "acts" / "receipt").glob("*.pdf"))
    assert len(receipts) == 2
    for receipt in receipts:
        (report,) = inspect_signatures(receipt, trust)
        assert report.intact
        assert report.valid
        assert report.trusted
        assert report.covers_whole_document
        assert not report.altered_later
        assert report.organization == "Lưu trữ tỉnh Sơn Lam"


def test_nobody_but_the_demo_authority_vouches_for_the_receipt(held: Held) -> None:
    receipt = next((held.home / "kho1" / "acts" / "receipt").glob("*.pdf"))
    (report,) = inspect_signatures(receipt, Trust.none())
    assert report.intact
    assert not report.trusted


def test_version_1_is_what_was_received_and_stays_so_under_version_2(
    held: Held, tmp_path: Path
) -> None:
    """Its inventory and every byte are those whose digest was committed before version 2 was."""
    stored = object_of(held.home / "kho1", B_CODE)
    assert stored.versions == 2
    case = held.archive.ask("case", "show", B_CODE, account="luutru")
    recorded = {
        version["number"]: version["inventory_sha256"] for version in case["package"]["versions"]
    }
    for number in (1, 2):
        inventory = (stored.root / f"v{number}" / "inventory.json").read_bytes()
        assert sha256(inventory) == recorded[number]
    first = json.loads((stored.root / "v1" / "inventory.json").read_bytes())
    told = {p: d for d, paths in first["versions"]["v1"]["state"].items() for p in paths}
    package = stored.extract(tmp_path, version=1)
    assert {path: sha256(data) for path, data in tree_of(package).items()} == told
    assert not any(path.endswith("pdf") for path in told)


def test_version_1_alone_is_a_package_that_the_judge_accepts(
    held: Held, tools: ModuleType, tmp_path: Path
) -> None:
    stored = object_of(held.home / "kho1", B_CODE)
    package = stored.extract(tmp_path, version=1)
    assert failed(tools.commons_ip(package)) == {"CSIP1", "CSIP107"}


def test_version_2_holds_all_of_version_1_and_stores_no_byte_of_it_twice(held: Held) -> None:
    stored = object_of(held.home / "kho1", B_CODE)
    before, after = stored.state(1), stored.state(2)
    kept = {path: digest for path, digest in before.items() if path.startswith(DATA)}
    assert kept.items() <= after.items()
    second = {sha256(data) for data in tree_of(stored.root / "v2" / "content").values()}
    assert not second & set(before.values())


def test_the_message_of_a_version_says_who_and_why(held: Held) -> None:
    stored = object_of(held.home / "kho1", B_CODE)
    first, second = (stored.inventory["versions"][name] for name in ("v1", "v2"))
    assert first["user"]["name"] == "luutru"
    assert first["message"]
    assert second["message"] != first["message"]
