"""Packages of a transfer: whole alone, under the permanent term, in a bag when asked."""

import hashlib
import zipfile
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
from lxml import etree

from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.holdings.opening import readable_file
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.packaging.model import PackageKind
from archive_service.packaging.schema_files import xml_schema
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from retention.transfer.packages import build as packages_build
from tests.integration.archive_service.packaging.judges import FORCED, errors
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.digitize.scanned import scanned_case
from tests.worlds.ingest.three_documents import THREE, three_documents
from tests.worlds.read_back.package import read_package
from tests.worlds.shelf import tree_of
from tests.worlds.transfer.transfers import answered

REP1 = "representations/rep1/"
PAPER_CODE = "H40.18.2025.21.QLCT"


def take(services: Services, folder: Path) -> None:
    """Into custody."""
    (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)


def packed(services: Services, folder: Path, code: str, *, bag: bool = False) -> Path:
    """The folder at the root of the package of this case file, as a transfer has it."""
    row = answered(services, code)
    told = packages_build.build(
        services, row, folder=folder / "out", actor=person(services, "lan"), bag=bag
    )
    (item,) = told.items
    assert item.file.startswith("0000001-")
    with zipfile.ZipFile(folder / "out" / "packages" / item.file) as zipped:
        zipped.extractall(folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return root


def terms(root: Path) -> set[str]:
    found = [root / "metadata/descriptive/EAD.xml"]
    found += sorted((root / REP1 / "metadata/descriptive").iterdir())
    return {each.text or "" for file in found for each in etree.parse(file).iter("maintenance")}


def test_a_linked_document_is_in_the_package_and_its_link_is_named(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    lan = person(services, "lan")
    take(services, three_documents(tmp_path / "three"))
    link(services, THREE, 2, LinkIn(into=OPEN_CODE, reason="Cùng một việc"), actor=lan)
    do_all(services)
    root = packed(services, tmp_path, OPEN_CODE)
    whole = tree_of(root)
    (fetch,) = [name for name in whole if name.endswith(".fetch.txt")]
    assert fetch.startswith(f"{REP1}data/linked-0002/")
    with services.read_only() as session:
        there = get_case_file(session, THREE, actor=lan).documents[1]
        doc_id, file_id = there.doc_id, there.files[0].id
    assert whole[fetch].decode() == f"{doc_id}\n"
    data = readable_file(services, THREE, UUID(str(file_id)), actor=lan).read(services)
    assert whole[fetch.removesuffix(".fetch.txt")] == data
    assert errors(tools.commons_ip(root)) == FORCED[PackageKind.SIP]
    package = read_package(whole, whole.__getitem__)
    assert [document.links[0].document_id for document in package.documents if document.links] == [
        doc_id
    ]


def test_what_was_digitized_goes_as_aip_under_the_permanent_term(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    take(services, scanned_case(tmp_path / "paper", code=PAPER_CODE, documents=1))
    root = packed(services, tmp_path, PAPER_CODE)
    assert root.name.startswith("urn_uuid_")
    assert terms(root) == {"01"}
    whole = tree_of(root)
    assert "metadata/preservation/PREMIS.xml" in whole
    for name in ("PREMIS.xml", "PREMIS_rep1.xml"):
        (path,) = [path for path in whole if path.endswith(f"/{name}")]
        schema = xml_schema("premis.xsd", PackageKind.AIP)
        assert schema.validate(etree.fromstring(whole[path]).getroottree()), schema.error_log
    assert errors(tools.commons_ip(root)) == FORCED[PackageKind.AIP]
    shown = {
        hashlib.sha256(data).hexdigest()
        for path, data in whole.items()
        if path.startswith(f"{REP1}data/")
    }
    aip = export_case_file(
        services, PAPER_CODE, form="aip", folder=tmp_path, actor=person(services, "lan")
    )
    with zipfile.ZipFile(aip.path) as stored:
        assert shown == {
            hashlib.sha256(stored.read(name)).hexdigest()
            for name in stored.namelist()
            if f"/{REP1}data/" in name
        }


def test_the_term_of_a_sip_is_the_permanent_one_whatever_was_declared(
    services: Services, tmp_path: Path
) -> None:
    root = packed(services, tmp_path, OPEN_CODE)
    assert terms(root) == {"01"}
    assert not [path for path in tree_of(root) if "PREMIS" in path]


def test_a_bag_around_a_package_is_valid_and_so_is_the_package(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    bag = packed(services, tmp_path, OPEN_CODE, bag=True)
    valid, words = tools.bag_validate(bag)
    assert valid, words
    (root,) = (bag / "data").iterdir()
    assert root.name == bag.name
    assert errors(tools.commons_ip(root)) == FORCED[PackageKind.SIP]
    info = (bag / "bag-info.txt").read_text("utf-8")
    assert f"External-Identifier: {root.name}\n" in info
    (bag / "data" / root.name / "METS.xml").write_bytes(b"")
    assert not tools.bag_validate(bag)[0]


def test_a_folder_that_was_built_without_bags_is_built_anew_with_them(
    services: Services, tmp_path: Path
) -> None:
    row, lan = answered(services, OPEN_CODE), person(services, "lan")
    packages_build.build(services, row, folder=tmp_path / "out", actor=lan)
    told = packages_build.build(services, row, folder=tmp_path / "out", actor=lan, bag=True)
    names = [path.name for path in (tmp_path / "out" / "packages").iterdir()]
    assert names == [told.items[0].file]
    assert names[0].endswith(".sip.bag.zip")


@pytest.mark.parametrize("ordinals", [(), (2,)])
def test_documents_go_out_without_their_case_file(
    services: Services, tmp_path: Path, tools: ModuleType, ordinals: tuple[int, ...]
) -> None:
    take(services, three_documents(tmp_path / "three"))
    told = export_case_file(
        services,
        THREE,
        form="sip-documents",
        folder=tmp_path,
        actor=person(services, "lan"),
        ordinals=ordinals,
    )
    with zipfile.ZipFile(told.path) as zipped:
        zipped.extractall(tmp_path / "unpacked")
    (root,) = (tmp_path / "unpacked").iterdir()
    whole = tree_of(root)
    package = read_package(whole, whole.__getitem__)
    assert package.loose
    names = [f"{ordinal:04}" for ordinal in ordinals or (1, 2, 3)]
    assert [document.name for document in package.documents] == names
    assert package.fields["totalDoc"] == str(len(package.documents))
    assert {document.fields["docCode"].rpartition(".")[0] for document in package.documents} == {
        THREE
    }
    assert errors(tools.commons_ip(root)) == FORCED[PackageKind.SIP]


def test_a_document_that_is_not_in_the_case_file_is_told(
    services: Services, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    with pytest.raises(DocumentNotInCaseFileError):
        export_case_file(
            services, OPEN_CODE, form="sip-documents", folder=tmp_path, actor=lan, ordinals=[1, 9]
        )
    assert list(tmp_path.glob("*.zip")) == []
