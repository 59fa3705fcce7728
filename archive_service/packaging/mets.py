"""METS: the two tables of contents of a package, one at its root and one in rep1."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree

from archive_service.packaging.form import COLLECTION, FORMS
from archive_service.packaging.markup import (
    SOFTWARE_NAME,
    XSI,
    child,
    moment,
    new_root,
    xml_bytes,
    xml_id,
    xml_text,
)
from archive_service.packaging.model import DOCUMENTATION, Package

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"  # capitals count


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as METS lists it; ``path`` is relative to the root of the package."""

    path: str
    sha256: str
    size_bytes: int
    media_type: str
    created_at: dt.datetime

    @classmethod
    def of(cls, path: str, data: bytes, created_at: dt.datetime) -> "Entry":
        """A metadata file just made."""
        media_type = "application/json" if path.endswith(".json") else "application/xml"
        if path.endswith(".txt"):
            media_type = "text/plain"
        return cls(path, hashlib.sha256(data).hexdigest(), len(data), media_type, created_at)


class MetsWriter:
    """One METS file in the making; ``base`` is the folder its links start from."""

    def __init__(self, package: Package, *, objid: str, profile: str, base: str = "") -> None:
        self.package = package
        self.form = FORMS[package.kind]
        self._base = base
        self._about = objid
        schemas = "../../schemas" if base else "schemas"
        self.root = new_root("mets", METS, xlink=XLINK, xsi=XSI, csip=CSIP)
        self.root.set("OBJID", objid)
        self.root.set("LABEL", xml_text(package.label))
        self.root.set("TYPE", COLLECTION if package.loose else self.form.type)
        self.root.set(f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "MIXED")
        self.root.set("PROFILE", profile)
        self.root.set(f"{{{XSI}}}schemaLocation", f"{METS} {schemas}/METS.xsd")

    def new_id(self, *parts: str) -> str:
        """An identifier for a part of this METS file."""
        return xml_id(self.package, "mets", self._about, *parts)

    def header(self, *, by_software: bool, by_organization: bool) -> None:
        """``metsHdr`` with its agents; each carries the one note CSIP allows."""
        at = moment(self.package.created_at)
        header = child(
            self.root,
            "metsHdr",
            CREATEDATE=at,
            LASTMODDATE=at,
            RECORDSTATUS=self.package.record_status.value,
        )
        header.set(f"{{{CSIP}}}OAISPACKAGETYPE", self.form.oais_type)
        if by_software:
            agent = child(header, "agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
            child(agent, "name", SOFTWARE_NAME)
            self._note(agent, "SOFTWARE VERSION", self.package.software_version)
        if by_organization:
            agent = child(header, "agent", ROLE="CREATOR", TYPE="ORGANIZATION")
            child(agent, "name", self.package.agency_name)
            self._note(agent, "IDENTIFICATIONCODE", self.package.fonds_code)
        if self.package.submission_agreement:
            agreement = self.package.submission_agreement
            child(header, "altRecordID", agreement, TYPE="SUBMISSIONAGREEMENT")

    @staticmethod
    def _note(agent: etree._Element, kind: str, text: str) -> None:
        child(agent, "note", text).set(f"{{{CSIP}}}NOTETYPE", kind)

    def description(self, entry: Entry, *, other: str = "") -> str:
        """A ``dmdSec`` for a descriptive file; its ID."""
        section_id = self.new_id("dmdSec", entry.path)
        at = moment(entry.created_at)
        section = child(self.root, "dmdSec", ID=section_id, CREATED=at, STATUS="CURRENT")
        self._metadata_link(section, entry, "OTHER", "1.0", other=other)
        return section_id

    def administration(self, premis: Entry | None, verdict: Entry | None = None) -> str:
        """``amdSec``, empty where the circular has no PREMIS; the IDs of its ``digiprovMD``."""
        section = child(self.root, "amdSec", ID=self.new_id("amdSec"))
        sections: list[str] = []
        for entry, kind, form, other in (
            (premis, "PREMIS", "3.0", ""),
            (verdict, "OTHER", "1.0", "VERDICT"),
        ):
            if entry is None:
                continue
            sections.append(self.new_id("digiprovMD", entry.path))
            at = moment(entry.created_at)
            origin = child(section, "digiprovMD", ID=sections[-1], CREATED=at, STATUS="CURRENT")
            self._metadata_link(origin, entry, kind, form, other=other)
        return " ".join(sections)

    def _metadata_link(
        self, section: etree._Element, entry: Entry, kind: str, version: str, *, other: str = ""
    ) -> None:
        link = child(section, "mdRef", ID=self.new_id("mdRef", entry.path))
        self.locate(link, entry.path)
        self._facts(link, entry)
        link.set("MDTYPE", kind)
        if other:
            link.set("OTHERMDTYPE", other)
        link.set("MDTYPEVERSION", version)

    def group(self, parent: etree._Element, use: str) -> tuple[etree._Element, str]:
        """A ``fileGrp`` and its ID."""
        group_id = self.new_id("fileGrp", use)
        return child(parent, "fileGrp", ID=group_id, USE=use), group_id

    def file(self, group: etree._Element, entry: Entry, *, use: str = "") -> str:
        """A ``file`` of a group; its ID."""
        own_id = xml_id(self.package, "file", entry.path, prefix="ID-")
        element = child(group, "file", ID=own_id)
        self._facts(element, entry)
        if use:
            element.set("USE", use)
        self.locate(child(element, "FLocat"), entry.path)
        return own_id

    def locate(self, element: etree._Element, path: str) -> None:
        """Where ``path`` lies, as a percent-encoded link relative to this METS file."""
        element.set("LOCTYPE", "URL")
        element.set(f"{{{XLINK}}}type", "simple")
        element.set(f"{{{XLINK}}}href", quote(path.removeprefix(self._base), safe="/-._~"))

    @staticmethod
    def _facts(element: etree._Element, entry: Entry) -> None:
        element.set("SIZE", str(entry.size_bytes))
        element.set("CREATED", moment(entry.created_at))
        element.set("CHECKSUM", entry.sha256)
        element.set("CHECKSUMTYPE", "SHA-256")
        element.set("MIMETYPE", entry.media_type)

    def structure(self, *, label: str, kind: str = "") -> etree._Element:
        """The CSIP map; its root ``div``."""
        own = child(self.root, "structMap", ID=self.new_id("structMap"), TYPE="PHYSICAL")
        own.set("LABEL", "CSIP")
        top = child(own, "div", ID=self.new_id("div", "root"), LABEL=label)
        if kind:
            top.set("TYPE", kind)
        return top

    def div(self, parent: etree._Element, label: str, *parts: str, **more: str) -> etree._Element:
        """A ``div``; empty attributes are left out."""
        div_id = self.new_id("div", label, *parts)
        return child(parent, "div", ID=div_id, LABEL=label, **{k: v for k, v in more.items() if v})

    def pointer(self, div: etree._Element, file_or_group_id: str) -> None:
        """An ``fptr``."""
        child(div, "fptr", FILEID=file_or_group_id)

    def written(self) -> bytes:
        """The file."""
        return xml_bytes(self.root)


def root_mets(
    package: Package,
    *,
    descriptions: Sequence[tuple[Entry, str]],
    premis: Entry | None,
    schemas: Iterable[Entry],
    representation: Entry,
    verdict: Entry | None = None,
) -> bytes:
    """METS.xml at the root. ``descriptions`` are pairs of file and ``OTHERMDTYPE``."""
    form = FORMS[package.kind]
    mets = MetsWriter(package, objid=package.objid, profile=form.profile)
    mets.header(by_software=True, by_organization=form.names_submitter)
    described = [mets.description(entry, other=other) for entry, other in descriptions]
    administered = mets.administration(premis, verdict)
    section = child(mets.root, "fileSec", ID=mets.new_id("fileSec"))
    documentation_id = _documentation(mets, section)
    group, schemas_id = mets.group(section, "Schemas")
    for entry in schemas:
        mets.file(group, entry)
    group, representation_id = mets.group(section, "Representations/rep1")
    mets.file(group, representation)

    top = mets.structure(label=package.objid)
    mets.div(top, "Metadata", DMDID=" ".join(described), ADMID=administered)
    if documentation_id:
        mets.pointer(mets.div(top, "Documentation"), documentation_id)
    mets.pointer(mets.div(top, "Schemas"), schemas_id)
    link = child(mets.div(top, "Representations/rep1"), "mptr")
    mets.locate(link, representation.path)
    link.set(f"{{{XLINK}}}title", representation_id)
    return mets.written()


def _documentation(mets: MetsWriter, section: etree._Element) -> str:
    """The group of what came beside the documents; its ID, empty where nothing did."""
    if not mets.package.documentation:
        return ""
    group, group_id = mets.group(section, "Documentation")
    for file in mets.package.documentation:
        path = DOCUMENTATION + file.path
        entry = Entry(path, file.sha256, file.size_bytes, file.media_type, file.created_at)
        mets.file(group, entry)
    return group_id
