"""Signatures of a package of parts: Office Open XML, OpenDocument and containers of signed files.

Sources: ISO/IEC 29500-2, 13.2 (signatures, relationships transform); [MS-OFFCRYPTO] 2.5.2; ODF 1.3
part 2, 3.16 and 4.
"""

import hashlib
import hmac
import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from lxml import etree

from archive_service.formats.words.parts import open_parts, xml_parser
from archive_service.formats.words.section import UnreadableWordsError
from archive_service.signing.xml.canonical import Canonical
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.references import (
    Reference,
    UncheckableError,
    base64_of,
    digest_of,
)
from archive_service.signing.xml.tree import MOST_CHARACTERS, Node

OPEN_SIGNATURES = "META-INF/documentsignatures.xml"
IN_OFFICE = ("_xmlsignatures/", "package/services/digital-signature/")  # Office; .NET
_OFFICE_SIGNATURES = re.compile(
    r"_xmlsignatures/(?!_rels/)[^/]+\.xml$|package/services/digital-signature/.*\.psdsxs$",
    re.IGNORECASE,
)
_TYPES = "[Content_Types].xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TRANSFORM = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
_OF_RELATIONSHIP = ("Id", "Target", "TargetMode", "Type")
_INTERNAL = "Internal"  # only a target mode may be left out
_PIECE_BYTES = 1 << 20
_OFFICE_UNSIGNED = re.compile(  # programs write it anew, and no signature covers it
    rf"\[Content_Types\]\.xml$|{'|'.join(IN_OFFICE)}|docProps/|{OPEN_SIGNATURES}$|.*/$",
    re.IGNORECASE,
)
_CONTAINED = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml$", re.IGNORECASE)  # XAdES of ASiC
_OF_MACROS = "META-INF/macrosignatures.xml"  # of OpenDocument
_LEADS_OUTSIDE_TEXT = re.compile(r"properties$|thumbnail$|/digital-signature/")


def opened_package(source: Path) -> zipfile.ZipFile:
    """The ZIP, of which no more is read than it says of itself.

    Raises:
        UncheckableError: it says more than anybody could mean, or it is none.
    """
    try:
        package = open_parts(source)
    except (zipfile.BadZipFile, OSError, UnreadableWordsError) as wrong:
        raise UncheckableError(type(wrong).__name__) from None
    names = package.namelist()
    if len({*names}) < len(names):
        package.close()
        raise UncheckableError("ZIP")
    return package


class Kind(StrEnum):
    """How a package holds its signatures."""

    OFFICE = "office"
    OPEN = "open"  # OpenDocument
    CONTAINER = "container"  # ASiC (ETSI EN 319 162-1), and what came before it


_UNSIGNED = {
    Kind.OFFICE: _OFFICE_UNSIGNED,
    Kind.OPEN: re.compile(r"META-INF/[^/]+$|mimetype$|Thumbnails/|.*/$"),
    Kind.CONTAINER: re.compile(  # of a document that lies there a reader sees what is in it
        r"META-INF/[^/]*(signature|manifest|timestamp|evidencerecord)[^/]*\.(xml|p7[sm]|tst|ers)$"
        r"|META-INF/(container|metadata)\.xml$|mimetype$|.*/$",
        re.IGNORECASE,
    ),
}


def signature_parts(package: zipfile.ZipFile) -> Iterator[tuple[Kind, str]]:
    """The parts that hold XML signatures; junk of one kind hides none of another."""
    for name in package.namelist():
        if _OFFICE_SIGNATURES.match(name):
            yield Kind.OFFICE, name
        elif name == OPEN_SIGNATURES:
            yield Kind.OPEN, name
        elif _CONTAINED.match(name) and name != _OF_MACROS:
            yield Kind.CONTAINER, name


def has_unsigned(package: zipfile.ZipFile, kind: Kind, covered: Collection[str]) -> bool:
    """Whether a reader sees a part that was not signed."""
    return bool(unsigned_parts(package, kind, covered))


def unsigned_parts(package: zipfile.ZipFile, kind: Kind, covered: Collection[str]) -> list[str]:
    """The parts that a reader sees and that were not signed."""
    beside = _UNSIGNED[kind]
    return [name for name in package.namelist() if name not in covered and not beside.match(name)]


class FilesBeside:
    """The files of a document, by name, where a signature lies beside them."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def namelist(self) -> list[str]:
        """As of a ZIP."""
        return list(self._files)

    def open(self, name: str) -> IO[bytes]:
        """As of a ZIP."""
        return self._files[name].open("rb")


def part_of(reference: Reference, names: Collection[str]) -> str:
    """The name of the part of an OpenDocument or a container that a reference names."""
    return part_name(reference.outside, names)


def part_name(uri: str, names: Collection[str]) -> str:
    """The name at an address: from the root of a package, or beside a file.

    Programs write ``%20`` for a blank, and some give the part that very name.
    """
    written = re.sub(r"^\.?/", "", uri)
    name = re.sub(r"^\.?/", "", unquote(uri))
    return written if written in names and name not in names else name


def open_part_matches(package: zipfile.ZipFile | FilesBeside, reference: Reference) -> bool:
    """Whether a part, or a file beside, is what was signed."""
    names = package.namelist()
    name = part_of(reference, names)
    if name not in names:
        return False
    digest = hashlib.new(reference.digest)
    with package.open(name) as part:
        if reference.is_canonical:
            read_events(part, Canonical(digest.update, reference.method))
        else:
            while piece := part.read(_PIECE_BYTES):
                digest.update(piece)
    return hmac.compare_digest(digest.digest(), reference.value)


def office_parts(package: zipfile.ZipFile, signed: list[Node]) -> tuple[bool, set[str]]:
    """Whether the parts that a signature's manifest lists are what was signed, and their names.

    Office signs no relationships of some kinds, so that one which nobody signed is no change: its
    part is not named, as if it had been added.

    Args:
        signed: ``Object`` elements of the signature that its value covers.

    Raises:
        UncheckableError: a way of digesting that is not known here.
    """
    intact, covered = True, set[str]()
    names = {unquote(name): name for name in package.namelist()}
    kind_of = _content_types(package)
    for reference in (node for each in signed for node in each.each("Manifest/Reference")):
        uri, _, asked = unquote(reference.attributes.get("URI", "")).partition("?")
        name = names.get(uri.lstrip("/"), "")
        kind = asked.removeprefix("ContentType=").casefold()
        if not name or kind not in ("", kind_of(name)):
            intact = False
            continue
        matches, is_whole = _matches(package, name, reference)
        intact = intact and matches
        covered.update({name} if is_whole else ())
    return intact, covered


def _matches(package: zipfile.ZipFile, name: str, reference: Node) -> tuple[bool, bool]:
    """Whether a part is what was signed; whether all of it was."""
    is_whole = True
    digest = hashlib.new(digest_of(reference))
    transforms = list(reference.each("Transforms/Transform"))
    if transforms and transforms[0].attributes.get("Algorithm") == _TRANSFORM:
        written, is_whole = _relationships(package, name, transforms[0])
        digest.update(written)
    elif transforms:
        Reference.of(reference)  # says what is not known
        with package.open(name) as part:
            read_events(part, Canonical(digest.update, Reference.of(reference).method))
    else:
        with package.open(name) as part:
            while piece := part.read(_PIECE_BYTES):
                digest.update(piece)
    matches = hmac.compare_digest(digest.digest(), base64_of(reference.told("DigestValue")))
    return matches, is_whole


def _relationships(package: zipfile.ZipFile, name: str, transform: Node) -> tuple[bytes, bool]:
    """The relationships that were signed, in canonical form; whether they are all that count."""
    if not name.casefold().endswith(".rels"):  # of another part nothing would be digested
        raise UncheckableError(f"Transform {name}")
    ids = {node.attributes.get("SourceId") for node in transform.each("RelationshipReference")}
    groups = transform.each("RelationshipsGroupReference")
    kinds = {group.attributes.get("SourceType") for group in groups}
    chosen: list[list[tuple[str, str]]] = []
    is_whole = True
    for each in _read(package, name).iter(f"{{{_RELATIONSHIPS}}}Relationship"):
        if each.get("Id") in ids or each.get("Type") in kinds:
            chosen.append([(name, each.get(name, _INTERNAL)) for name in _OF_RELATIONSHIP])
        elif not _LEADS_OUTSIDE_TEXT.search(each.get("Type", "")):
            is_whole = False
    written = io.BytesIO()
    target = Canonical(written.write)
    target.start("Relationships", [("xmlns", _RELATIONSHIPS)])
    for attributes in sorted(chosen):  # by their ids
        target.start("Relationship", attributes)
        target.end("Relationship")
    target.end("Relationships")
    return written.getvalue(), is_whole


def _content_types(package: zipfile.ZipFile) -> Callable[[str], str]:
    """The media type of each part as the package says: another one has it read as something else.

    Nobody signs that list; the reference to a part names what it was signed as.
    """
    root = _read(package, _TYPES)
    extensions, parts = (
        {each.get(key, "").casefold(): each.get("ContentType", "") for each in root.iter(element)}
        for element, key in (("{*}Default", "Extension"), ("{*}Override", "PartName"))
    )

    def kind_of(name: str) -> str:
        plain = name.casefold()
        kind = parts.get(f"/{plain}") or extensions.get(plain.rpartition(".")[2], "")
        return kind.casefold()

    return kind_of


def _read(package: zipfile.ZipFile, name: str) -> etree._Element:
    if package.getinfo(name).file_size > MOST_CHARACTERS:
        raise UncheckableError(name, "signature-unreadable")
    try:
        root: etree._Element = etree.fromstring(package.read(name), xml_parser())
    except etree.XMLSyntaxError:
        raise UncheckableError(name, "signature-unreadable") from None
    return root
