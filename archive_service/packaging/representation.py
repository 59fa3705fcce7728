"""METS of rep1: every file of ``data/``, what it is for, and the document it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from archive_service.packaging.form import CSIP_PROFILE, FORMS
from archive_service.packaging.markup import child, file_id
from archive_service.packaging.mets import Entry, MetsWriter
from archive_service.packaging.model import DATA, Package, PackageDocument, PackageFile

REP1 = "representations/rep1/"


@dataclass(frozen=True, slots=True)
class DescribedDocument:
    """A document with its descriptive file and the links to files kept elsewhere."""

    document: PackageDocument
    description: Entry
    holey: Sequence[Entry]  # the .fetch.txt files


def entry_of(file: PackageFile) -> Entry:
    """A file of ``data/`` as METS lists it."""
    return Entry(DATA + file.path, file.sha256, file.size_bytes, file.media_type, file.created_at)


def representation_mets(
    package: Package, *, documents: Sequence[DescribedDocument], premis: Entry | None
) -> bytes:
    """METS.xml of rep1."""
    mets = MetsWriter(package, objid="rep1", profile=CSIP_PROFILE, base=REP1)
    mets.header(by_software=False, by_organization=True)
    described = {each.document.name: mets.description(each.description) for each in documents}
    administered = mets.administration(premis)
    groups = _files(mets, documents)

    top = mets.structure(label="rep1", kind=FORMS[package.kind].representation_type)
    mets.div(top, "Metadata", DMDID=" ".join(described.values()), ADMID=administered)
    for label, group_id in groups.items():
        mets.pointer(mets.div(top, label), group_id)
    _links(mets, top, documents, described, administered)
    _attachments(mets, top, documents, described)
    return mets.written()


def _files(mets: MetsWriter, documents: Sequence[DescribedDocument]) -> dict[str, str]:
    """The file section; its groups by name."""
    files = list(mets.package.iter_files())
    holey = [entry for each in documents for entry in each.holey]
    if not files and not holey:
        return {}
    section = child(mets.root, "fileSec", ID=mets.new_id("fileSec"))
    groups = {}
    if files:
        group, groups["Data"] = mets.group(section, "Data")
        for file in files:
            mets.file(group, entry_of(file), use=file.role.value)
    if holey:
        group, groups["Holeyfile"] = mets.group(section, "Holeyfile")
        for entry in holey:
            mets.file(group, entry)
    return groups


def _links(
    mets: MetsWriter,
    top: etree._Element,
    documents: Sequence[DescribedDocument],
    described: Mapping[str, str],
    administered: str,
) -> None:
    """``MetadataLink``: each document, its data, and the file a reader opens first."""
    links = mets.div(top, "MetadataLink")
    for each in documents:
        document = each.document
        link = mets.div(
            links,
            "MetadataLink/File",
            document.name,
            DMDID=described[document.name],
            ADMID=administered,
        )
        main = document.main_file()
        if main is not None:
            mets.pointer(link, file_id(mets.package, DATA + main.path))
        for entry in each.holey:
            mets.pointer(link, file_id(mets.package, entry.path))


def _attachments(
    mets: MetsWriter,
    top: etree._Element,
    documents: Sequence[DescribedDocument],
    described: Mapping[str, str],
) -> None:
    """``AttachmentFile``: page images, twins and text by document, then the case file's own."""
    attached = mets.div(top, "AttachmentFile")
    for each in documents:
        main = each.document.main_file()
        others = [file for file in each.document.files if file is not main]
        if others:
            name = each.document.name
            div = mets.div(attached, "AttachmentFile/File", name, DMDID=described[name])
            for file in others:
                mets.pointer(div, file_id(mets.package, DATA + file.path))
    if mets.package.files:
        div = mets.div(attached, "AttachmentFile/Package")
        for file in mets.package.files:
            mets.pointer(div, file_id(mets.package, DATA + file.path))
    if not len(attached):
        top.remove(attached)
