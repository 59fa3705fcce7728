"""The metadata files of a package, inside out: each METS holds the digests of what it names."""

import hashlib
from collections.abc import Mapping

from archive_service.packaging.descriptive import (
    description,
    document_description,
    document_file_name,
)
from archive_service.packaging.fonds_record import fonds_bytes
from archive_service.packaging.form import FORMS
from archive_service.packaging.mets import Entry, root_mets
from archive_service.packaging.model import DATA, DOCUMENTATION, Package, PackageKind, PackageLink
from archive_service.packaging.premis import representation_premis, root_premis
from archive_service.packaging.representation import REP1, DescribedDocument, representation_mets
from archive_service.packaging.schema_files import schema_files
from archive_service.storage.ocfl.root import Content

CATALOGUE = "metadata/descriptive/catalogue.json"
FONDS = "metadata/descriptive/fonds.json"
OWN = "metadata/descriptive/own-fields.json"
FURTHER = "metadata/descriptive/further-fields.json"
VERDICT = "metadata/preservation/verdict.json"


def metadata_files(package: Package) -> dict[str, bytes]:
    """Every file of the package but those of ``Package.iter_files``, by path in the package."""
    files: dict[str, bytes] = {}

    def write(path: str, data: bytes) -> Entry:
        files[path] = data
        return Entry.of(path, data, package.created_at)

    has_premis = FORMS[package.kind].has_premis
    schemas = [
        write(path, data) for path, data in schema_files(package.kind, loose=package.loose).items()
    ]
    described = [(write("metadata/descriptive/EAD.xml", description(package)), "EAD")]
    if package.catalogue is not None:
        described.append((write(CATALOGUE, package.catalogue), "CATALOGUE"))
    if package.fonds:
        described.append((write(FONDS, fonds_bytes(package.fonds)), "FONDS"))
    if package.own is not None:
        described.append((write(OWN, package.own), "OWNFIELDS"))
    if package.further is not None:
        described.append((write(FURTHER, package.further), "FURTHERFIELDS"))
    verdict = None if package.verdict is None else write(VERDICT, package.verdict)
    documents = []
    for document in package.documents:
        path = f"{REP1}metadata/descriptive/{document_file_name(document)}"
        entry = write(path, document_description(package, document))
        holey = [
            write(f"{DATA}{link.name}.fetch.txt", fetch_line(package.kind, link))
            for link in document.links
        ]
        documents.append(DescribedDocument(document, entry, holey))
    premis = premis_rep1 = None
    if has_premis:
        path = f"{REP1}metadata/preservation/PREMIS_rep1.xml"
        premis_rep1 = write(path, representation_premis(package))
        premis = write("metadata/preservation/PREMIS.xml", root_premis(package))
    inner = representation_mets(package, documents=documents, premis=premis_rep1)
    representation = write(f"{REP1}METS.xml", inner)
    files["METS.xml"] = root_mets(
        package,
        descriptions=described,
        premis=premis,
        verdict=verdict,
        schemas=schemas,
        representation=representation,
    )
    return files


def package_tree(package: Package, metadata: Mapping[str, bytes]) -> dict[str, Content]:
    """The whole tree, metadata and data, by path in the package."""
    tree = {
        path: Content(sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in metadata.items()
    }
    for file in package.iter_files():
        tree[DATA + file.path] = Content(sha256=file.sha256, size_bytes=file.size_bytes)
    for file in package.documentation:
        tree[DOCUMENTATION + file.path] = Content(sha256=file.sha256, size_bytes=file.size_bytes)
    return tree


def fetch_line(kind: PackageKind, link: PackageLink) -> bytes:
    """Content of a ``.fetch.txt``: a SIP names the document, an AIP says where it lies."""
    if kind is PackageKind.SIP:
        return f"{link.document_id}\n".encode()
    return f"{link.urn} {link.size_bytes} {link.path} {link.document_id}\n".encode()
