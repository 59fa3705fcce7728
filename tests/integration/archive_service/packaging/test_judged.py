"""Outside judges on our packages: commons-ip, and the schemas that travel inside."""

import hashlib
import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from archive_service.packaging.export import write_zip
from archive_service.packaging.markup import parse_xml
from archive_service.packaging.mets import METS
from archive_service.packaging.model import DATA, Package, PackageKind
from archive_service.packaging.schema_files import xml_schema
from archive_service.packaging.tree import metadata_files
from tests.integration.archive_service.packaging.judges import (
    FORCED,
    errors,
    linked_with_bytes,
    loose_documents,
)
from tests.services.tools import commons_ip
from tests.worlds.ingest.packages import (
    content,
    linked,
    package,
    scanned,
    write_tree,
)


def schema_name(path: str, *, loose: bool = False) -> str | None:
    name = Path(path).name
    if loose and name == "EAD.xml":
        return "EAD_package.xsd"
    if name in {"PREMIS.xml", "PREMIS_rep1.xml"}:
        return "premis.xsd"
    if not name.endswith(".xml"):
        return None
    return "_".join(name.removesuffix(".xml").split("_")[:2]) + ".xsd"


def schema_errors(made: Package) -> list[str]:
    found = []
    for path, data in metadata_files(made).items():
        if name := schema_name(path, loose=made.loose):
            schema = xml_schema(name, made.kind)
            if not schema.validate(parse_xml(data)):
                found.append(f"{path}: {schema.error_log}")
    return found


@pytest.mark.parametrize("kind", PackageKind)
def test_commons_ip_reports_only_what_the_circular_forces(
    kind: PackageKind, tmp_path: Path
) -> None:
    made = package(kind)
    folder = write_tree(tmp_path, made, metadata_files(made))
    assert errors(commons_ip(folder)) == FORCED[kind]


def test_loose_documents_are_judged_like_a_case_file(tmp_path: Path) -> None:
    made = loose_documents()
    assert schema_errors(made) == []
    folder = write_tree(tmp_path, made, metadata_files(made))
    assert errors(commons_ip(folder)) == FORCED[PackageKind.SIP]


@pytest.mark.parametrize("kind", [PackageKind.SIP, PackageKind.AIP])
def test_links_beside_the_bytes_add_no_error(kind: PackageKind, tmp_path: Path) -> None:
    made = linked_with_bytes(kind)
    assert schema_errors(made) == []
    folder = write_tree(tmp_path, made, metadata_files(made))
    assert (folder / DATA / "linked-0004/0001.pdf.fetch.txt").is_file()
    assert errors(commons_ip(folder)) == FORCED[kind]


def test_an_aip_whose_objid_is_its_folder_keeps_but_one_error(tmp_path: Path) -> None:
    """The twin: ``_`` for ``:`` in OBJID, which the circular asks only of the folder."""
    made = package(documents=[*package().documents, linked(4)])
    metadata = metadata_files(made)
    metadata["METS.xml"] = metadata["METS.xml"].replace(
        made.objid.encode(), made.folder_name.encode()
    )
    folder = write_tree(tmp_path, made, metadata)
    assert errors(commons_ip(folder)) == {"CSIP107"}


@pytest.mark.parametrize("kind", [PackageKind.SIP, PackageKind.DIP])
def test_an_exported_zip_is_judged_like_its_folder(kind: PackageKind, tmp_path: Path) -> None:
    """Not so an AIP, whose paths commons-ip builds from OBJID instead of the folder."""
    made = package(kind)
    files = metadata_files(made) | {DATA + f.path: content(f.path) for f in made.iter_files()}
    entries = [(path, partial(io.BytesIO, data)) for path, data in files.items()]
    done = write_zip(tmp_path / "package.zip", made.folder_name, entries)
    assert errors(commons_ip(done.path)) == FORCED[kind]


def test_links_outside_the_csip_map_would_be_valid(tmp_path: Path) -> None:
    """CSIP107 comes of ``MetadataLink`` alone: without that ``div`` nothing is left."""
    made = package(documents=[scanned(1)])
    metadata = metadata_files(made)
    metadata["METS.xml"] = metadata["METS.xml"].replace(
        made.objid.encode(), made.folder_name.encode()
    )
    inner = parse_xml(metadata["representations/rep1/METS.xml"])
    for label in ("MetadataLink", "AttachmentFile"):
        for div in inner.findall(f".//{{{METS}}}div[@LABEL='{label}']"):
            parent = div.getparent()
            assert parent is not None
            parent.remove(div)
    data = etree.tostring(inner)
    root = reseal(metadata["METS.xml"], data)
    folder = write_tree(
        tmp_path, made, {**metadata, "representations/rep1/METS.xml": data, "METS.xml": root}
    )
    report = commons_ip(folder)
    assert errors(report) == set()
    assert report["summary"]["result"] == "VALID"


def reseal(root: bytes, inner: bytes) -> bytes:
    """The root METS with the digest and size of a changed METS of rep1."""
    mets = parse_xml(root)
    group = mets.find(f".//{{{METS}}}fileGrp[@USE='Representations/rep1']")
    assert group is not None
    group[0].set("CHECKSUM", hashlib.sha256(inner).hexdigest())
    group[0].set("SIZE", str(len(inner)))
    return etree.tostring(mets)


@pytest.mark.parametrize("kind", PackageKind)
def test_every_metadata_file_obeys_its_schema(kind: PackageKind) -> None:
    made = package(kind)
    assert schema_errors(made) == []


def test_links_to_other_case_files_obey_the_schema() -> None:
    document = linked(1)
    told = replace(
        document.links[0], file=package().documents[0].files[0], file_code="H40.18.2024.02"
    )
    assert schema_errors(package(documents=[document])) == []
    assert schema_errors(package(documents=[replace(document, links=(told,))])) == []


@pytest.mark.parametrize("kind", PackageKind)
def test_every_reference_inside_mets_leads_somewhere(kind: PackageKind) -> None:
    """Lxml does not check IDREF."""
    for path, data in metadata_files(package(kind)).items():
        if not path.endswith("METS.xml"):
            continue
        root = parse_xml(data)
        ids = [each.get("ID") for each in root.iter() if each.get("ID")]
        assert len(ids) == len(set(ids))
        wanted = [
            reference
            for each in root.iter()
            for name in ("FILEID", "DMDID", "ADMID")
            for reference in (each.get(name) or "").split()
        ]
        assert wanted
        assert set(wanted) <= set(ids)
