"""What every XML file of a package shares: identifiers, times, and the way it is written."""

import datetime as dt
import re
from uuid import UUID, uuid5

from lxml import etree

from archive_service.clock import local
from archive_service.packaging.model import Package

SOFTWARE_NAME = "archive-service"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_id(package: Package, *parts: str, prefix: str = "uuid-") -> str:
    """An identifier drawn from the package and from what it names: the same on every build."""
    return f"{prefix}{str(uuid5(UUID(package.uuid), '/'.join(parts))).upper()}"


def file_id(package: Package, path: str) -> str:
    """``file/@ID`` of METS, and the identifier of the same file in PREMIS.

    ``path`` is relative to the root of the package.
    """
    return xml_id(package, "file", path, prefix="ID-")


def moment(at: dt.datetime) -> str:
    """``YYYY-MM-DDThh:mm:ss.sTZD`` on a Vietnamese clock, to the millisecond."""
    return local(at).isoformat(timespec="milliseconds")


def xml_text(text: str) -> str:
    """``text`` with a replacement character for each that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def new_root(tag: str, namespace: str = "", **prefixes: str) -> etree._Element:
    """The root of a document whose own namespace needs no prefix."""
    names: dict[str | None, str] = {}
    names.update(prefixes)
    if namespace:
        names[None] = namespace
        tag = f"{{{namespace}}}{tag}"
    return etree.Element(tag, nsmap=names)  # type: ignore[arg-type]  # the stubs forget None


def child(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    """A new last child in the parent's own namespace."""
    namespace = parent.nsmap.get(None)
    name = f"{{{namespace}}}{tag}" if namespace else tag
    element = etree.SubElement(parent, name, {k: xml_text(v) for k, v in attributes.items()})
    if text:
        element.text = xml_text(text)
    return element


def xml_bytes(root: etree._Element) -> bytes:
    """The file: UTF-8, declared, one element a line."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def parse_xml(data: bytes) -> etree._Element:
    """The root of a document from outside: no DTD, no entity, no network.

    Raises:
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)
