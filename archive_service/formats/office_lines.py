"""Lines of text in the parts of Office Open XML and OpenDocument, as they are seen on paper."""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

MOST_BYTES = 64 << 20  # of a part once it is unpacked
FIRST_LINES = 150  # of a part: further below, a table may name the levels
FAR = "\f"  # opens a line that stands alone further below
_FAR_LETTERS = 40
_SHARED_LETTERS = 200  # of a string that cells share; a longer one is no line
# Parts by any name, but those that no reader sees.
_UNSEEN = re.compile(r"(^|/)(_rels|customXml|docProps|META-INF|theme|glossary)/")
_ABOUT = re.compile(r"^(?:docProps/[^/]+\.xml|meta\.xml)$")  # what the file says of itself
_ABOUT_LINES = frozenset({
    "title", "subject", "keywords", "keyword", "category", "description", "contentStatus",
    "property", "user-defined",
})  # fmt: skip
_PARTS = re.compile(r"[;,\r\n]")
_LABEL = re.compile(r"^MSIP_Label_.*_Name$")  # of the protection that Office itself offers
_OTHER_PARTS = re.compile(r'PartName="/?([^"]+)"\s+ContentType="[^"]+(?:\+xml|vmlDrawing)"')
# Local names of what is one line: paragraphs, shared strings, cells with a text of their own.
_LINES = frozenset({"p", "h", "si", "is", "text", "div"})
_CELLS = frozenset({"si", "is"})
_TABLES = frozenset({"tbl", "table"})
_PAGES = frozenset({"lastRenderedPageBreak", "soft-page-break", "pageBreakBefore"})
_BLANKS = frozenset({"tab", "s", "br", "cr", "line-break"})
_MARGINS = frozenset(
    f"{page}{part}" for page in ("odd", "even", "first") for part in ("Header", "Footer")
)
_MARGIN_CODES = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f+-]{5,6}|&\d+|&[A-Za-z]')
_OFF = ("0", "false", "off", "none")


class Row(NamedTuple):
    """One line of a part; ``FAR`` alone is the end of a page."""

    text: str
    in_table: bool = False
    in_margin: bool = False  # a name of a sheet, a header of its print, a watermark


def office_lines(path: Path) -> Iterator[str]:
    """The first lines of each part, and those further below that stand alone, after ``FAR``.

    A part that is damaged gives what can be read of it.

    Raises:
        zipfile.BadZipFile, OSError: it is no package.
    """
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        if not names & {"[Content_Types].xml", "mimetype"}:
            return
        others = _other_parts(package) if "[Content_Types].xml" in names else frozenset()
        parts = [
            info
            for info in package.infolist()
            if (info.filename.lower().endswith((".xml", ".vml")) or info.filename in others)
            and _UNSEEN.search(info.filename) is None
            and info.file_size <= MOST_BYTES
        ]
        capitals = _capitals(package, parts)
        shared = _shared(package, parts)
        for info in parts:
            yield from _looked(_rows(package, info, capitals, shared))
            yield ""
        for info in package.infolist():
            if _ABOUT.search(info.filename) and info.file_size <= MOST_BYTES:
                yield from _about(package, info)


def _other_parts(package: zipfile.ZipFile) -> frozenset[str]:
    """Parts in XML by what the package says of them, whatever they are called."""
    with package.open("[Content_Types].xml") as part:
        told = part.read(MOST_BYTES).decode("utf-8", "replace")
    return frozenset(_OTHER_PARTS.findall(told))


def _looked(rows: Iterable[Row]) -> Iterator[str]:
    """A line stands alone after a blank one and before one, or at the head of a page."""
    shown, blank, opens, waiting = 0, True, True, ""
    for row in rows:
        text = row.text.strip()
        if row.in_margin:
            yield text
            continue
        if waiting and not text:
            yield FAR + waiting
        waiting = ""
        if not text:
            blank, opens = True, opens or row.text == FAR
            continue
        shown += 1
        if shown <= FIRST_LINES:
            yield row.text
        elif not row.in_table and len(text) <= _FAR_LETTERS:
            if opens:
                yield FAR + text
            elif blank:
                waiting = text
        blank = opens = False
    if waiting:
        yield FAR + waiting


def _elements(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[str, Any]]:
    """Local name and element at the end of each, as far as the part can be read."""
    from lxml import etree

    try:
        with package.open(info) as part:
            for _, element in etree.iterparse(
                part,
                events=("end",),
                resolve_entities=False,
                no_network=True,
                huge_tree=False,
                recover=True,
            ):
                if isinstance(element.tag, str):
                    yield etree.QName(element).localname, element
    except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return


def _rows(
    package: zipfile.ZipFile, info: zipfile.ZipInfo, capitals: set[str], shared: list[str]
) -> Iterator[Row]:
    own = set(capitals)
    for name, element in _elements(package, info):
        if name in _LINES:
            yield from _paragraph(element, own)
            if not len(element.xpath("ancestor::*[local-name()='p']")):
                element.clear(keep_tail=True)
        elif name == "style" and _prints_capitals(element):
            own.add(_told(element, "name"))
        elif name == "c":
            yield from _cell(element, shared)
            element.clear(keep_tail=True)
        elif name == "soft-page-break":
            yield Row(FAR)
        elif name in ("sheet", "table"):
            yield Row(_told(element, "name"), in_margin=True)
        elif name == "textpath":
            yield Row(_told(element, "string"), in_margin=True)
        elif name in _MARGINS:
            for text in re.split(r"&[LCR]|\n", element.text or ""):
                yield Row(_MARGIN_CODES.sub("", text), in_margin=True)


def _about(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[str]:
    """Title, keywords and the like; what has a name is told behind it."""
    for name, element in _elements(package, info):
        if name in _ABOUT_LINES:
            text = "".join(element.itertext()).strip()
            if label := _told(element, "name"):
                yield f"{'Classification' if _LABEL.match(label) else label}: {text}"
            yield from (*_PARTS.split(text), "")


def _paragraph(element: Any, capitals: set[str]) -> Iterator[Row]:
    in_table = _name(element) in _CELLS or any(
        _name(one) in _TABLES for one in element.iterancestors()
    )
    upper = _is_capital(element, capitals)
    before, *after = "".join(_letters(element, capitals, upper=upper)).split(FAR)
    yield Row(before, in_table)
    for text in after:
        yield Row(FAR)
        yield Row(text, in_table)
    if len(element.xpath("./*[local-name()='pPr']/*[local-name()='sectPr']")):
        yield Row(FAR)


def _letters(paragraph: Any, capitals: set[str], *, upper: bool) -> Iterator[str]:
    """Its own text; a box within it has paragraphs of its own."""
    if paragraph.text:
        yield paragraph.text.upper() if upper else paragraph.text
    for one in paragraph:
        name = _name(one)
        if name in _PAGES or (name == "br" and _told(one, "type") == "page"):
            yield "" if _told(one, "val") in _OFF else FAR
        elif name in _BLANKS:
            yield " "
        elif name and name not in _LINES:
            yield from _letters(one, capitals, upper=upper or _is_capital(one, capitals))
        if one.tail:
            yield one.tail.upper() if upper else one.tail


def _cell(cell: Any, shared: list[str]) -> Iterator[Row]:
    """A string that it shares, the text its formula gave, and the formula, which may be a text."""
    said = {_name(one): one.text or "" for one in cell}
    kind, value = _told(cell, "t"), said.get("v", "")
    if kind == "s" and value.isdecimal() and int(value) < len(shared):
        yield Row(shared[int(value)], in_table=True)
    elif kind == "str":
        yield Row(value, in_table=True)
    if "f" in said and kind != "s":
        yield Row(said["f"], in_table=True)


def _shared(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> list[str]:
    """Strings of a workbook by their numbers."""
    found: list[str] = []
    for info in parts:
        if PurePosixPath(info.filename).name.lower() == "sharedstrings.xml":
            for name, element in _elements(package, info):
                if name == "si":
                    text = "".join(_letters(element, set(), upper=False))
                    found.append(text if len(text) <= _SHARED_LETTERS else "")
                    element.clear(keep_tail=True)
    return found


def _capitals(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> set[str]:
    """Styles that print small letters as capitals, those that rest on such ones among them."""
    found: set[str] = set()
    rests: dict[str, str] = {}
    for info in parts:
        if PurePosixPath(info.filename).name.lower() == "styles.xml":
            for name, element in _elements(package, info):
                if name != "style":
                    continue
                key = _told(element, "styleId") or _told(element, "name")
                based = [_told(one, "val") for one in element if _name(one) == "basedOn"]
                rests[key] = (*based, _told(element, "parent-style-name"))[0]
                if _prints_capitals(element):
                    found.add(key)
    for _ in range(10):  # deeper than that no style rests on others
        found |= {key for key, base in rests.items() if base in found}
    return found - {""}


def _prints_capitals(style: Any) -> bool:
    return any(
        _are_capitals(one)
        or _told(one, "text-transform") == "uppercase"
        or _told(one, "font-variant") == "small-caps"
        for one in style
    )


def _is_capital(element: Any, capitals: set[str]) -> bool:
    """Whether a paragraph, a run or a span prints small letters as capitals."""
    if _told(element, "style-name") in capitals:
        return True
    for one in element:
        if _name(one) in ("rPr", "pPr"):
            styles = {_told(it, "val") for it in one if _name(it) in ("rStyle", "pStyle")}
            if styles & capitals or (_name(one) == "rPr" and _are_capitals(one)):
                return True
    return False


def _are_capitals(properties: Any) -> bool:
    if _told(properties, "cap") in ("all", "small"):
        return True
    return any(
        _name(one) in ("caps", "smallCaps") and _told(one, "val") not in _OFF for one in properties
    )


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _told(element: Any, name: str) -> str:
    """An attribute by its local name."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))
