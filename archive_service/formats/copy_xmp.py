"""What a copy of ours tells in XMP beyond Dublin Core: fields of TT 05/2025 under their own names.

PDF/A takes a namespace that it does not know only with its description in the same file, an
extension schema (ISO 19005-2, 6.6.2.3.3).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

NAMESPACE = "urn:archive:copy:1#"
PREFIX = "copy"
TEXT, DATE, INTEGER = "Text", "Date", "Integer"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
_DESCRIPTION = f"{{{_RDF}}}Description"
_ABOUT = f"{{{_RDF}}}about"
_SCHEMAS = f"{{{_EXTENSION}}}schemas"
# Whole days, or months and years where no more is known; a moment with its zone.
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?)?)?")


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    kind: str
    description: str


_PROPERTIES = (
    _Property("fileCode", TEXT, "Code of the case file"),
    _Property("docOrdinal", INTEGER, "Ordinal of the document in its case file"),
    _Property("docCode", TEXT, "Archival code of the document"),
    _Property("typeName", TEXT, "Kind of document, by the code list of TT 05/2025/TT-BNV"),
    _Property("codeNumber", TEXT, "Number of the document"),
    _Property("codeNotation", TEXT, "Notation of the document"),
    _Property("issuedDate", DATE, "Day on which the document was issued"),
    _Property("organName", TEXT, "Agency that issued the document"),
    _Property("agencyCode", TEXT, "Identifier of the agency whose case file it is"),
    _Property("agencyName", TEXT, "Agency whose case file it is"),
    _Property("archiveName", TEXT, "Archive that keeps it and made the copy"),
    _Property("digitizedAt", DATE, "When the copy was made"),
    _Property("sourceDigest", TEXT, "SHA-256 of the one file that it is a copy of"),
)
_KNOWN = {declared.name: declared for declared in _PROPERTIES}


def add_copy_fields(packet: bytes, fields: Mapping[str, str]) -> bytes:
    """The XMP packet with the fields that have a value, and the description of all of them.

    A date that XMP has no form for is left out. Fields of an earlier call are replaced.

    Raises:
        KeyError: a field that is not among ours: a bug.
    """
    tree = _parsed(packet)
    rdf = _rdf(tree)
    _drop(rdf)
    element = etree.SubElement(rdf, _DESCRIPTION, {_ABOUT: ""}, nsmap={PREFIX: NAMESPACE})
    for name, value in fields.items():
        if value and (_KNOWN[name].kind != DATE or _DATE.fullmatch(value)):
            etree.SubElement(element, f"{{{NAMESPACE}}}{name}").text = value
    _describe(rdf)
    return _written(tree)


def without_copy_fields(packet: bytes) -> bytes:
    """The packet as it was before ``add_copy_fields``, for a judge that knows no extension."""
    tree = _parsed(packet)
    _drop(_rdf(tree))
    return _written(tree)


def wrong_copy_fields(packet: bytes) -> list[str]:
    """What of our fields is not as their description in the same packet says; most often nothing.

    Raises:
        ValueError: no XMP packet.
    """
    rdf = _rdf(_parsed(packet))
    described = dict(_described(rdf))
    wrong = []
    for name, value in _iter_fields(rdf):
        kind = described.get(name)
        if kind is None or value is None or not _is_a(kind, value):
            wrong.append(name)
    return wrong


def _iter_fields(rdf: Any) -> Iterator[tuple[str, str | None]]:
    """Our fields with their text; ``None`` where one is no plain text.

    RDF knows two forms of the same: an element, as we write it, and an attribute, as those write
    it who sign the copy and tell the moment of it.
    """
    for block in rdf.iterchildren(_DESCRIPTION):
        for attribute, value in block.attrib.items():
            name = etree.QName(attribute)
            if name.namespace == NAMESPACE:
                yield name.localname, value
        for element in block.iterchildren():
            name = etree.QName(element)
            if name.namespace == NAMESPACE:
                yield name.localname, None if len(element) else element.text or ""


def _parsed(packet: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False)
    try:
        return etree.fromstring(packet, parser).getroottree()
    except etree.XMLSyntaxError as error:
        raise ValueError("no XMP packet") from error


def _rdf(tree: Any) -> Any:
    found = next(tree.getroot().iter(f"{{{_RDF}}}RDF"), None)
    if found is None:
        raise ValueError("no XMP packet")
    return found


def _drop(rdf: Any) -> None:
    for block in list(rdf.iterchildren(_DESCRIPTION)):
        ours = [
            element
            for element in block.iterchildren()
            if element.tag == _SCHEMAS or etree.QName(element).namespace == NAMESPACE
        ]
        if ours and len(ours) == len(block):
            rdf.remove(block)


def _describe(rdf: Any) -> None:
    """One extension schema, in the form and with the prefixes that the standard fixes."""
    names = {"pdfaExtension": _EXTENSION, "pdfaSchema": _SCHEMA, "pdfaProperty": _PROPERTY}
    block = etree.SubElement(rdf, _DESCRIPTION, {_ABOUT: ""}, nsmap=names)
    schemas = etree.SubElement(etree.SubElement(block, _SCHEMAS), f"{{{_RDF}}}Bag")
    schema = _resource(schemas)
    for name, value in (
        ("schema", "Copies of archived documents (TT 05/2025/TT-BNV)"),
        ("namespaceURI", NAMESPACE),
        ("prefix", PREFIX),
    ):
        etree.SubElement(schema, f"{{{_SCHEMA}}}{name}").text = value
    listed = etree.SubElement(schema, f"{{{_SCHEMA}}}property")
    sequence = etree.SubElement(listed, f"{{{_RDF}}}Seq")
    for declared in _PROPERTIES:
        item = _resource(sequence)
        for name, value in (
            ("name", declared.name),
            ("valueType", declared.kind),
            ("category", "external"),
            ("description", declared.description),
        ):
            etree.SubElement(item, f"{{{_PROPERTY}}}{name}").text = value


def _resource(parent: Any) -> Any:
    return etree.SubElement(parent, f"{{{_RDF}}}li", {f"{{{_RDF}}}parseType": "Resource"})


def _described(rdf: Any) -> Iterator[tuple[str, str]]:
    for schema in rdf.iter(f"{{{_RDF}}}li"):
        if schema.findtext(f"{{{_SCHEMA}}}namespaceURI") != NAMESPACE:
            continue
        for item in schema.iter(f"{{{_RDF}}}li"):
            name = item.findtext(f"{{{_PROPERTY}}}name")
            if name:
                yield name, item.findtext(f"{{{_PROPERTY}}}valueType") or ""


def _is_a(kind: str, value: str) -> bool:
    if kind == DATE:
        return _DATE.fullmatch(value) is not None
    if kind == INTEGER:
        return re.fullmatch(r"[+-]?\d+", value) is not None
    return kind == TEXT


def _written(tree: Any) -> bytes:
    written: bytes = etree.tostring(tree, encoding="utf-8", xml_declaration=False)
    return written
