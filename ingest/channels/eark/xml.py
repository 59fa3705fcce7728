"""Reads the XML of a package in a child process: METS, and what it says of case file and documents.

Liberal in what the circular contradicts: names in any case, links in any encoding, several forms
of description. It raises nothing for what a sender did wrong but for XML that must not be read.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, unquote_plus
from xml.parsers import expat

from lxml import etree

from archive_service.errors import InputError
from archive_service.packaging.markup import parse_xml
from archive_service.packaging.premis import ARCHIVE_CODE
from archive_service.packaging.read.premis import KnownFile, read_codes, read_objects
from ingest.channels.eark.fields import fields_of, local_name
from ingest.channels.eark.record import ToldRecord, read_record

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_REPRESENTATION = re.compile(r"representations/([^/]+)/", re.IGNORECASE)


class PackageDoctypeError(InputError):
    """A metadata file brings a document type of its own: entities and addresses to be fetched."""


class PackageMetsUnreadableError(InputError):
    """The METS.xml at the root is not XML, or not METS."""


@dataclass(frozen=True, slots=True)
class Fixity:
    """What METS says of the bytes of a file; ``algorithm`` as hashlib knows it, or empty."""

    path: str
    algorithm: str
    digest: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of ``data/`` as a METS lists it; ``sections`` are the documents it belongs to."""

    path: str
    use: str
    representation: str
    section: str = ""
    is_attachment: bool = False
    created: str = ""  # as METS writes it


@dataclass(frozen=True, slots=True)
class Description:
    """One descriptive file: its form, its fields as written by the names it uses."""

    path: str
    form: str  # flat, dc, ead, mods, or empty where it is none of them
    name: str  # stem of the file
    section: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class ReadPackage:
    """All that the metadata of a package says; paths are those of its entries."""

    objid: str = ""
    label: str = ""
    type: str = ""
    kind: str = ""  # OAISPACKAGETYPE
    status: str = ""
    created: str = ""
    described: list[Description] = field(default_factory=list)  # of the case file
    documents: list[Description] = field(default_factory=list)
    files: list[PackedFile] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)  # path, section, what it says
    fixities: list[Fixity] = field(default_factory=list)
    absent: list[tuple[str, str]] = field(default_factory=list)  # link, METS that holds it
    outside: list[tuple[str, str]] = field(default_factory=list)  # likewise: it leaves the package
    unreadable: list[tuple[str, int]] = field(default_factory=list)  # path, line
    listed: set[str] = field(default_factory=set)
    representations: list[str] = field(default_factory=list)  # their METS files that are there
    bare: list[str] = field(default_factory=list)  # representations without METS
    known: dict[str, KnownFile] = field(default_factory=dict)  # by path what PREMIS says of it
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # paths it was made from
    archive: tuple[str, str] = ("", "")  # name and code of the one that made it, by PREMIS
    record: ToldRecord = field(default_factory=ToldRecord)
    not_read: list[str] = field(default_factory=list)  # files of the record that are not like ours


def read_package_here(
    folder: Path, kept: Mapping[str, bytes | str], paths: tuple[str, ...]
) -> ReadPackage:
    """The package, by its metadata files; ``kept``: the bytes of each, or its name in ``folder``.

    Raises:
        PackageDoctypeError: a file brings a DOCTYPE.
        PackageMetsUnreadableError: the METS at the root cannot be read.
    """
    return _Reader(folder, kept, paths).read()


def doctype_in(data: bytes) -> bool:
    """Whether there is a DOCTYPE; reading stops at the first element, nothing is fetched."""
    found = False

    class _Stop(Exception):  # noqa: N818 - a signal, not an error
        pass

    def doctype(*_: object) -> None:
        nonlocal found
        found = True
        raise _Stop

    def element(*_: object) -> None:
        raise _Stop

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(data, True)
    except _Stop:
        return found
    except expat.ExpatError:
        return b"<!DOCTYPE" in data[:65536]
    return found


class _Reader:
    def __init__(
        self, folder: Path, kept: Mapping[str, bytes | str], paths: tuple[str, ...]
    ) -> None:
        self._folder, self._kept = folder, kept
        self._paths = {path: path for path in paths}
        self._folded = {path.casefold(): path for path in paths}
        self._found = ReadPackage()
        self._by_id: dict[str, str] = {}  # files of METS, by their ID
        self._objects: dict[str, KnownFile] = {}

    def read(self) -> ReadPackage:
        found = self._found
        main = self._folded["mets.xml"]
        root = self._xml(main)
        if root is None or local_name(root) != "mets":
            line = found.unreadable[-1][1] if found.unreadable else 0
            raise PackageMetsUnreadableError(path=main, line=line)
        found.listed.add(main)
        header = next(root.iterchildren("{*}metsHdr"), None)
        found.objid, found.label = root.get("OBJID", ""), root.get("LABEL", "")
        found.type = root.get("TYPE", "")
        if header is not None:
            found.kind = _attribute(header, "OAISPACKAGETYPE")
            found.status = _attribute(header, "RECORDSTATUS")
            found.created = header.get("CREATEDATE", "")
        self._mets(root, main, representation="")
        for name in self._representations(root, main):
            self._representation(name)
        whole = {file.representation for file in found.files}
        found.bare = [folder for folder in found.bare if folder not in whole]
        self._read_statements()
        return found

    def _read_statements(self) -> None:
        """What PREMIS and the JSON files of this product say, by the paths of METS."""
        found = self._found
        for own_id, known in self._objects.items():
            if (path := self._by_id.get(own_id)) is not None:
                found.known[path] = known
                sources = (self._by_id.get(source_id) for source_id in known.source_ids)
                found.sources[path] = tuple(filter(None, sources))
        found.record, found.not_read = read_record(self._listed)

    def _listed(self, path: str) -> bytes | None:
        """The bytes of a file that METS lists: only of those the digest is compared."""
        return self._bytes(path) if path in self._found.listed else None

    def _representations(self, root: etree._Element, main: str) -> list[str]:
        """METS files of the representations: as linked, and those that lie there unlinked."""
        linked = [self._resolve(link, main) for link in root.iter("{*}mptr")]
        there = [
            path
            for path in self._paths
            if path.casefold().endswith("/mets.xml")
            and path.count("/") == 2
            and _REPRESENTATION.match(path)
        ]
        names = list(dict.fromkeys([*filter(None, linked), *there]))
        having = {path.rpartition("/")[0].casefold() for path in names}
        folders: dict[str, None] = {}
        for path in self._paths:
            if match := _REPRESENTATION.match(path):
                folders[match[0].rstrip("/")] = None
        self._found.bare = [folder for folder in folders if folder.casefold() not in having]
        return names

    def _representation(self, path: str) -> None:
        root = self._xml(path)
        if root is None:
            self._found.bare.append(path.rpartition("/")[0])
            return
        self._found.representations.append(path)
        self._found.listed.add(path)
        self._mets(root, path, representation=path.rpartition("/")[0])

    def _mets(self, root: etree._Element, path: str, *, representation: str) -> None:
        for section in root.iterchildren("{*}dmdSec"):
            for link in section.iterchildren("{*}mdRef"):
                described = self._metadata(link, path)
                if described is not None:
                    self._describe(described, section.get("ID", ""), representation)
        for section in root.iterchildren("{*}amdSec"):
            for link in section.iter("{*}mdRef"):
                self._preservation(self._metadata(link, path))
        owner = _owners(root)
        for group in root.iter("{*}fileGrp"):
            for element in group.iterchildren("{*}file"):
                self._file(element, group, path, owner, representation)

    def _metadata(self, link: etree._Element, mets: str) -> str | None:
        path = self._resolve(link, mets)
        if path is not None:
            self._found.listed.add(path)
            self._found.fixities.append(_fixity(link, path))
        return path

    def _preservation(self, path: str | None) -> None:
        """PREMIS; what another standard says of acts is kept beside and not looked into."""
        root = self._xml(path) if path is not None and path.lower().endswith(".xml") else None
        if root is not None and local_name(root) == "premis":
            self._objects |= read_objects(root)
            self._found.archive = read_codes(root).get(ARCHIVE_CODE, self._found.archive)

    def _describe(self, path: str, section: str, representation: str) -> None:
        stem = path.rpartition("/")[2].rpartition(".")[0]
        if not path.lower().endswith(".xml"):
            return
        root = self._xml(path)
        if root is None:
            return
        form, fields = fields_of(root)
        described = Description(path, form, stem, section, tuple(fields))
        if representation:
            self._found.documents.append(described)
        else:
            self._found.described.append(described)

    def _file(
        self,
        element: etree._Element,
        group: etree._Element,
        mets: str,
        owner: Mapping[str, tuple[str, bool]],
        representation: str,
    ) -> None:
        location = next(element.iterchildren("{*}FLocat"), None)
        path = self._resolve(location, mets) if location is not None else None
        if path is None:
            return
        self._found.listed.add(path)
        self._by_id[element.get("ID", "")] = path
        self._found.fixities.append(_fixity(element, path))
        if not representation and (match := _REPRESENTATION.match(path)):
            representation = match[0].rstrip("/")  # one METS for all, as CSIP allows
        if not representation:
            return
        section, attached = owner.get(element.get("ID", ""), ("", False))
        if path.lower().endswith(".fetch.txt"):
            text = self._bytes(path).decode("utf-8", "replace").strip()
            self._found.links.append((path, section, text[:1000]))
        elif f"{representation}/data/".casefold() in path.casefold():
            use = _attribute(element, "USE") or _attribute(element, "USER") or _use(group)
            created = element.get("CREATED", "")
            packed = PackedFile(path, use, representation, section, attached, created)
            self._found.files.append(packed)

    def _resolve(self, link: etree._Element, mets: str) -> str | None:
        """The entry a link means: as it stands, percent-decoded, form-decoded, in another case."""
        href = _attribute(link, "href").strip()
        base = mets.rpartition("/")[0]
        tried = []
        for decode in (str, unquote, unquote_plus):
            path = posixpath.normpath(posixpath.join(base, decode(href.removeprefix("file:"))))
            if path in self._paths:
                return path
            tried.append(path)
        for path in tried:
            if (found := self._folded.get(path.casefold())) is not None:
                return found
        leads = self._found.outside if _leaves(unquote(href), base) else self._found.absent
        leads.append((href[:900], mets))
        return None

    def _bytes(self, path: str) -> bytes:
        kept = self._kept.get(path, b"")
        return kept if isinstance(kept, bytes) else (self._folder / kept).read_bytes()

    def _xml(self, path: str) -> etree._Element | None:
        data = self._bytes(path)
        if doctype_in(data):
            raise PackageDoctypeError(path=path)
        try:
            root = parse_xml(data)
        except etree.XMLSyntaxError as error:
            self._found.unreadable.append((path, error.lineno or 0))
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            raise PackageDoctypeError(path=path)
        return root


def _leaves(href: str, base: str) -> bool:
    """Whether the link is an address, an absolute path, or climbs above the package."""
    href = href.removeprefix("file:").replace("\\", "/")
    if _ADDRESS.match(href) or href.startswith("/"):
        return True
    return posixpath.normpath(posixpath.join(base, href)).startswith("../")


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name, whatever its case and namespace."""
    for own, value in element.attrib.items():
        if etree.QName(own).localname.casefold() == name.casefold():
            return str(value)
    return ""


def _use(group: etree._Element) -> str:
    use = _attribute(group, "USE") or _attribute(group, "USER")
    return "" if use.casefold() in ("data", "holeyfile") else use


def _owners(root: etree._Element) -> dict[str, tuple[str, bool]]:
    """By ID of a file the ``dmdSec`` of its document, and whether it is attached to it."""
    owners: dict[str, tuple[str, bool]] = {}
    for div in root.iter("{*}div"):
        sections = div.get("DMDID", "").split()
        if len(sections) != 1:
            continue
        attached = "attachment" in div.get("LABEL", "").casefold()
        for pointer in div.iterchildren("{*}fptr"):
            owners.setdefault(pointer.get("FILEID", ""), (sections[0], attached))
    return owners


# CHECKSUMTYPE without its dashes, and as hashlib knows it.
_ALGORITHMS = {
    "md5": "md5",
    "sha": "sha1",
    "sha1": "sha1",
    **{f"sha{bits}": f"sha{bits}" for bits in (224, 256, 384, 512)},
    **{f"sha3{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    **{name: name for name in ("blake2b", "blake2s")},
}


def algorithm_of(name: str) -> str:
    """A digest's algorithm as hashlib knows it; empty where it does not."""
    return _ALGORITHMS.get(name.lower().replace("-", "").replace("_", ""), "")


def _fixity(element: etree._Element, path: str) -> Fixity:
    name = _attribute(element, "CHECKSUMTYPE")
    digest = _attribute(element, "CHECKSUM").strip().lower()
    algorithm = algorithm_of(name)
    if not name and len(digest) == 64:
        algorithm = "sha256"
    size = _attribute(element, "SIZE").strip()
    size_bytes = int(size) if size.isdecimal() else None
    return Fixity(path, algorithm if digest else "", digest, size_bytes)
