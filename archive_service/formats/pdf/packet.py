"""The XMP packet of a PDF: what it claims, and the rules of ISO 19005 for it."""

import re
from collections.abc import Iterator
from typing import Any

_HEADER = re.compile(rb"<\?xpacket\s+begin=[^?]*\?>")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ID = "{http://www.aiim.org/pdfa/ns/id/}"
_DECLARED = "{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
_CLAIM = re.compile(r"\{https?://www\.aiim\.org/pdfa/ns/id\b[^}]*\}(\w+)|pdfaid:(\w+)")
_CLAIMED = re.compile(rb"pdfaid:(?:part|conformance)")
_LEVELS = {"1": ("A", "B"), "2": ("A", "B", "U"), "3": ("A", "B", "U"), "4": ("", "E", "F")}
_OF_CLAIMS = ("part", "conformance", "amd", "corr")
_BEGIN = re.compile(rb"<(?=[?!\w])")
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_BLANKS = b"\0\t\n\r "
UNREADABLE = "?"  # a claim that says of no standard that it is meant
_KNOWN = re.compile(  # generous: which properties of theirs there are is not looked at
    r"http://(?:ns\.adobe\.com|purl\.org|www\.aiim\.org|www\.w3\.org|iptc\.org|cipa\.jp)/|adobe:|$"
)


def claim_of(pdf: Any) -> str:
    """Such as ``2b``, under whatever prefix; ``UNREADABLE``, or empty where nothing is claimed."""
    data = _packet(pdf)
    facts: dict[str, str] = {}
    for name, value in _claims(_root(data)):
        facts.setdefault(name, value.strip())
    part, level = (facts.get(name, "") for name in _OF_CLAIMS[:2])
    if part[:1].isdigit():
        return part[:1] + level[:1].lower()
    return UNREADABLE if part or level or _CLAIMED.search(data.replace(b"\0", b"")) else ""


def _claims(root: Any) -> Iterator[tuple[str, str]]:
    """What elements and attributes say; an undeclared prefix stays part of a name."""
    from lxml import etree

    for element in [] if root is None else root.iter(etree.Element):
        if match := _CLAIM.fullmatch(element.tag):
            yield match[1] or match[2], str(element.xpath("string()"))
        for key, value in element.attrib.items():
            if match := _CLAIM.fullmatch(key):
                yield match[1] or match[2], value


def _packet(pdf: Any) -> bytes:
    import pikepdf

    stream = pdf.Root.get("/Metadata")
    data: bytes = stream.read_bytes() if isinstance(stream, pikepdf.Stream) else b""
    return data


def _root(data: bytes) -> Any:
    """What can be read of it; ``None`` where nothing can."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    begin = _BEGIN.search(data)
    try:
        return etree.fromstring(data[begin.start() :] if begin else data, parser)
    except etree.XMLSyntaxError:
        return None


def of_packet(pdf: Any, part: str) -> Iterator[str]:
    """Its header, its claim and its properties."""
    import pikepdf

    stream = pdf.Root.get("/Metadata")
    if not isinstance(stream, pikepdf.Stream):
        return
    if stream.get("/Type") != "/Metadata" or stream.get("/Subtype") != "/XML":
        yield "packet"  # 19005-1, 6.7.2; 2, 6.6.2.1
    if part == "1" and "/Filter" in stream:
        yield "packet"  # 19005-1, 6.7.2
    data = _packet(pdf)
    header = _HEADER.search(data)
    if header is not None and re.search(rb"\s(?:bytes|encoding)\s*=", header[0]):
        yield "packet"  # 19005-1, 6.7.5; 2, 6.6.2.1
    if not _is_whole(data) or (part != "1" and b"\0" in data.rstrip(_BLANKS)):
        yield "packet"  # XMP, part 1, 7: XML; in UTF-8 alone by 19005-2, 6.6.2.1
    root = _root(data)
    if root is None:
        yield "packet"
    else:
        yield from _of_claim(root, part)
        yield from _of_properties(root, part)


def _is_whole(data: bytes) -> bool:
    """Whether it is well-formed but for signs of control, as readers take it.

    Letters of more than one byte are not judged.
    """
    from lxml import etree

    inner = data.rstrip(_BLANKS).lstrip(b"\n\r\t ")
    if b"\0" in inner[1:]:
        return True
    try:
        inner.decode()
    except UnicodeDecodeError:
        return True
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        etree.fromstring(_CONTROLS.sub(b" ", inner), parser)
    except etree.XMLSyntaxError:
        return False
    return True


def _of_claim(root: Any, part: str) -> Iterator[str]:
    """Each of its properties once, under its own name, with a value of the standard."""
    facts = {name: value for name, value, _ in _properties(root)}
    if facts.get(f"{_ID}conformance", "") not in _LEVELS.get(facts.get(f"{_ID}part", ""), ()):
        yield "packet"  # 19005-1, 6.7.11; 2, 6.6.4; 4, 6.7.3
    if part == "4" and not re.fullmatch(r"\d{4}", facts.get(f"{_ID}rev", "")):
        yield "packet"  # 19005-4, 6.7.3
    known = {f"{_ID}{name}" for name in _OF_CLAIMS}
    if part != "4" and any(name.startswith(_ID) and name not in known for name in facts):
        yield "property-undeclared"  # 19005-2, 6.6.2.3.1
    prefixes = {
        prefix
        for element in root.iter()
        for prefix, space in element.nsmap.items()
        if prefix and space == _ID[1:-1]
    }
    if prefixes and "pdfaid" not in prefixes:
        yield "packet"  # 19005-1, 6.7.11; 2, 6.6.4
    named = [
        (about.get(f"{_RDF}about", ""), name)
        for about in _descriptions(root)
        for name, _, _ in _of_description(about)
    ]
    if len(set(named)) < len(named):
        yield "packet"  # XMP, part 1, 6.1: a property is unique


def _of_properties(root: Any, part: str) -> Iterator[str]:
    if part == "4":
        return
    declared = {(element.text or "").strip() for element in root.iter(_DECLARED)}
    for name, value, has_items in _properties(root):
        space = name[1:].partition("}")[0]
        if not _KNOWN.match(space) and space not in declared:
            yield "property-undeclared"  # 19005-1, 6.7.9; 2, 6.6.2.3.1
        elif name == f"{_DC}title" and value.strip() and not has_items:
            yield "packet"  # a text where alternatives by language are asked for


def _properties(root: Any) -> Iterator[tuple[str, str, bool]]:
    """Name, value and whether it has items, of each property of the document itself."""
    for about in _descriptions(root):
        yield from _of_description(about)


def _descriptions(root: Any) -> Iterator[Any]:
    for about in root.iter(f"{_RDF}Description"):
        if about.getparent() is not None and about.getparent().tag == f"{_RDF}RDF":
            yield about


def _of_description(about: Any) -> Iterator[tuple[str, str, bool]]:
    for name, value in about.attrib.items():
        if name.startswith("{") and not name.startswith((_RDF, _XML)):
            yield name, value, False
    for element in about.iterchildren("{*}*"):
        has_items = next(element.iterchildren("{*}*"), None) is not None
        yield element.tag, str(element.xpath("string()")), has_items
