"""Rules of ISO 19005 for the XMP packet of a PDF."""

import re
from collections.abc import Iterator
from typing import Any

_HEADER = re.compile(rb"<\?xpacket\s+begin=[^?]*\?>")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ID = "{http://www.aiim.org/pdfa/ns/id/}"
_DECLARED = "{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
_KNOWN = re.compile(  # generous: which properties of theirs there are is not looked at
    r"http://(?:ns\.adobe\.com|purl\.org|www\.aiim\.org|www\.w3\.org|iptc\.org|cipa\.jp)/|adobe:|$"
)


def of_packet(pdf: Any, part: str) -> Iterator[str]:
    """Its header, its claim and its properties; one that is not well-formed makes no claim."""
    import pikepdf
    from lxml import etree

    stream = pdf.Root.get("/Metadata")
    if not isinstance(stream, pikepdf.Stream):
        return
    if stream.get("/Type") != "/Metadata" or stream.get("/Subtype") != "/XML":
        yield "packet"  # 19005-1, 6.7.2; 2, 6.6.2.1
    if part == "1" and "/Filter" in stream:
        yield "packet"  # 19005-1, 6.7.2
    data = stream.read_bytes()
    header = _HEADER.search(data)
    if header is not None and re.search(rb"\s(?:bytes|encoding)\s*=", header[0]):
        yield "packet"  # 19005-1, 6.7.5; 2, 6.6.2.1
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return
    if root is not None:
        yield from _of_properties(root, part)


def _of_properties(root: Any, part: str) -> Iterator[str]:
    told = {name: value for name, value, _ in _properties(root)}
    level = told.get(f"{_ID}conformance", "")
    if level and not level.isupper():
        yield "packet"  # 19005-1, 6.7.11; 2, 6.6.4
    if part == "4":
        return
    declared = {(one.text or "").strip() for one in root.iter(_DECLARED)}
    for name, value, has_items in _properties(root):
        space = name[1:].partition("}")[0]
        if not _KNOWN.match(space) and space not in declared:
            yield "property-undeclared"  # 19005-1, 6.7.9; 2, 6.6.2.3.1
        elif name == f"{_DC}title" and value and not has_items:
            yield "packet"  # a text where alternatives by language are asked for


def _properties(root: Any) -> Iterator[tuple[str, str, bool]]:
    """Name, plain value and whether it has items, of each property of the document itself."""
    for about in root.iter(f"{_RDF}Description"):
        if about.getparent() is None or about.getparent().tag != f"{_RDF}RDF":
            continue
        for name, value in about.attrib.items():
            yield name, value.strip(), False
        for one in about.iterchildren("{*}*"):
            yield one.tag, (one.text or "").strip(), len(one) > 0
