"""Lines of text in the parts of Office Open XML and OpenDocument, as they are seen on paper."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from archive_service.formats.office.fields import (
    ABOUT,
    OWN_DATA,
    about,
    chosen,
    local,
    named_value,
    of_chart,
    of_number_format,
    of_picture,
    own_data,
    prompts_of,
    told,
)
from archive_service.formats.office.formulas import text_of
from archive_service.formats.office.rows import (
    CELL_ENDS,
    ROW_ENDS,
    Row,
    Table,
    of_margin,
    unescaped,
)
from archive_service.formats.zip_damage import ZIP_DAMAGE

MOST_BYTES = 64 << 20  # of a part once it is unpacked
FIRST_LINES = 150  # of a part: further below, a table may name the levels
FAR = "\f"  # opens a line that stands alone further below
LISTED = "\v"  # opens a line of a numbered row of a list
_FAR_LETTERS = 40
_MOST_CELLS = 20_000  # of a workbook that formulas may join
_SHARED_LETTERS = 200  # of a string that cells share; a longer one is no line
# Parts by any name, but those that no reader sees.
_UNSEEN = re.compile(r"(^|/)(_rels|customXml|docProps|META-INF|theme|glossary)/")
_OTHER_PARTS = re.compile(r'PartName="/?([^"]+)"\s+ContentType="[^"]+(?:\+xml|vmlDrawing)"')
# Local names of what is one line: paragraphs, shared strings, cells with a text of their own.
_LINES = frozenset({"p", "h", "si", "is", "text", "div", "footer-decl", "header-decl"})
_CELLS = frozenset({"si", "is"})
_PICTURES = frozenset({"docPr", "cNvPr"})
_TABLES = frozenset({"tbl", "table"})
_PAGES = frozenset({"lastRenderedPageBreak", "soft-page-break", "pageBreakBefore"})
_BLANKS = frozenset({"tab", "s", "br", "cr", "line-break"})
_MARGINS = frozenset(
    f"{page}{part}" for page in ("odd", "even", "first") for part in ("Header", "Footer")
)
_OFF = ("0", "false", "off", "none")


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
        strings = _Strings(_shared(package, parts))
        for info in sorted(parts, key=_holds_strings):
            yield from looked(_rows(package, info, capitals, strings))
            yield ""
        yield from _said_of_it(package)


def _other_parts(package: zipfile.ZipFile) -> frozenset[str]:
    """Parts in XML by what the package says of them, whatever they are called."""
    with package.open("[Content_Types].xml") as part:
        content = part.read(MOST_BYTES).decode("utf-8", "replace")
    return frozenset(_OTHER_PARTS.findall(content))


def looked(rows: Iterable[Row]) -> Iterator[str]:
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
            yield LISTED + row.text if row.in_list else row.text
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
    except (etree.XMLSyntaxError, OSError, *ZIP_DAMAGE):
        return


def _said_of_it(package: zipfile.ZipFile) -> Iterator[str]:
    for info in package.infolist():
        if info.file_size > MOST_BYTES:
            continue
        reads = [(ABOUT, about), (OWN_DATA, own_data)]
        for read in (read for kind, read in reads if kind.search(info.filename)):
            for name, element in _elements(package, info):
                yield from read(name, element)


class _Strings:
    """Strings that the cells of a workbook share, and which of them stand in lists alone."""

    def __init__(self, held: list[str]) -> None:
        self._held = held
        self.cells: dict[str, str] = {}  # of the sheet that is read: short ones
        self._listed: set[int] = set()
        self._elsewhere: set[int] = set()

    def keep(self, cell: Any, value: str) -> None:
        """What a cell says, for formulas further down."""
        place = told(cell, "r")
        if place and 0 < len(value) <= _FAR_LETTERS and len(self.cells) < _MOST_CELLS:
            self.cells[place] = value

    def text(self, number: str, *, in_list: bool) -> str:
        """The string of a cell; empty where there is none of this number."""
        if not number.isdecimal() or int(number) >= len(self._held):
            return ""
        (self._listed if in_list else self._elsewhere).add(int(number))
        return self._held[int(number)]

    def is_listed(self, number: int) -> bool:
        """Whether all cells that have it are of numbered rows, which were told as that."""
        return number in self._listed and number not in self._elsewhere


def _holds_strings(info: zipfile.ZipInfo) -> bool:
    return PurePosixPath(info.filename).name.lower() == "sharedstrings.xml"


def _rows(
    package: zipfile.ZipFile, info: zipfile.ZipInfo, capitals: set[str], strings: _Strings
) -> Iterator[Row]:
    own = set(capitals)
    strings.cells = {}
    table, number = Table(), 0
    for name, element in _elements(package, info):
        if name in _LINES:
            listed = table.in_list
            if name == "si":
                listed, number = strings.is_listed(number), number + 1
            for row in _paragraph(element, own, in_list=listed):
                if name == "is":
                    strings.keep(element.getparent(), row.text)
                table.add(row.text if row.in_table else "")
                yield row
            if not len(element.xpath("ancestor::*[local-name()='p']")):
                element.clear(keep_tail=True)
        elif name == "style":
            if _prints_capitals(element) or told(element, "parent-style-name") in own:
                own.add(told(element, "name"))
        elif name in CELL_ENDS:
            yield from _at_end_of(element, strings, table)
            table.end_cell()
        elif name in ROW_ENDS:
            yield from table.end_row()
        elif name == "soft-page-break":
            yield Row(FAR)
        else:
            yield from (Row(text, in_margin=True) for text in _beside(name, element))


def _beside(name: str, element: Any) -> Iterator[str]:
    """What stands on paper, or for something there, and is no paragraph."""
    if name in ("sheet", "table"):
        yield told(element, "name")
    elif name == "numFmt":
        yield from of_number_format(told(element, "formatCode"))
    elif name == "dataValidation":
        yield from prompts_of(element.attrib)
    elif name == "textpath":
        yield told(element, "string")
    elif name in _MARGINS:
        yield from of_margin(element.text or "")
    elif name in _PICTURES:
        yield from of_picture(element)
    elif name == "v":
        yield of_chart(name, element)
    elif name == "tag":
        yield from named_value(element)


def _paragraph(element: Any, capitals: set[str], *, in_list: bool) -> Iterator[Row]:
    in_table = local(element) in _CELLS or any(
        local(iterancestor) in _TABLES for iterancestor in element.iterancestors()
    )
    upper = _is_capital(element, capitals)
    letters = "".join(_letters(element, capitals, upper=upper))
    before, *after = (unescaped(letters) if local(element) in _CELLS else letters).split(FAR)
    yield from (Row(text, in_margin=True) for text in chosen(element, before))
    yield Row(before, in_table, in_list=in_table and in_list)
    for text in after:
        yield Row(FAR)
        yield Row(text, in_table)
    if len(element.xpath("./*[local-name()='pPr']/*[local-name()='sectPr']")):
        yield Row(FAR)


def _letters(paragraph: Any, capitals: set[str], *, upper: bool) -> Iterator[str]:
    """Its own text; a box within it has paragraphs of its own."""
    if paragraph.text:
        yield paragraph.text.upper() if upper else paragraph.text
    for element in paragraph:
        name = local(element)
        if name in _PAGES or (name == "br" and told(element, "type") == "page"):
            yield "" if told(element, "val") in _OFF else FAR
        elif name in _BLANKS:
            yield " "
        elif name and name not in _LINES:
            yield from _letters(element, capitals, upper=upper or _is_capital(element, capitals))
        if element.tail:
            yield element.tail.upper() if upper else element.tail


def _at_end_of(cell: Any, strings: _Strings, table: Table) -> Iterator[Row]:
    """What a cell says that is no paragraph in it: of a workbook, else by its formula."""
    if local(cell) == "c":
        yield from _cell(cell, strings, table)
        cell.clear(keep_tail=True)
    elif given := text_of(told(cell, "formula")):
        yield Row(given, in_table=True, in_list=table.in_list)


def _cell(cell: Any, strings: _Strings, table: Table) -> Iterator[Row]:
    """A string that it shares, the text its formula gave, and the formula, which may be a text.

    A formula that joins texts is read as what it gives: that may not be kept, or no longer be so.
    """
    facts = {local(child): child.text or "" for child in cell}
    kind, value = told(cell, "t"), unescaped(facts.get("v", ""))
    listed = table.in_list
    if kind == "s":
        value = strings.text(value, in_list=listed)
    if kind != "inlineStr":
        table.add(value)
    if kind in ("s", "str") and value:
        yield Row(value, in_table=True, in_list=listed)
    if "f" in facts and kind != "s":
        yield Row(facts["f"], in_table=True)
        if given := text_of(facts["f"], strings.cells):
            value = given
            yield Row(given, in_table=True, in_list=listed)
    strings.keep(cell, value)


def _shared(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> list[str]:
    """Strings of a workbook by their numbers."""
    found: list[str] = []
    for info in parts:
        if PurePosixPath(info.filename).name.lower() == "sharedstrings.xml":
            for name, element in _elements(package, info):
                if name == "si":
                    text = unescaped("".join(_letters(element, set(), upper=False)))
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
                key = told(element, "styleId") or told(element, "name")
                based = [told(child, "val") for child in element if local(child) == "basedOn"]
                rests[key] = (*based, told(element, "parent-style-name"))[0]
                if _prints_capitals(element):
                    found.add(key)
    for _ in range(10):  # deeper than that no style rests on others
        found |= {key for key, base in rests.items() if base in found}
    return found - {""}


def _prints_capitals(style: Any) -> bool:
    return any(
        _are_capitals(trait)
        or told(trait, "text-transform") == "uppercase"
        or told(trait, "font-variant") == "small-caps"
        for trait in style
    )


def _is_capital(element: Any, capitals: set[str]) -> bool:
    """Whether a paragraph, a run or a span prints small letters as capitals."""
    if told(element, "style-name") in capitals:
        return True
    for child in element:
        if local(child) in ("rPr", "pPr"):
            styles = {told(it, "val") for it in child if local(it) in ("rStyle", "pStyle")}
            if styles & capitals or (local(child) == "rPr" and _are_capitals(child)):
                return True
    return False


def _are_capitals(properties: Any) -> bool:
    if told(properties, "cap") in ("all", "small"):
        return True
    return any(
        local(property_) in ("caps", "smallCaps") and told(property_, "val") not in _OFF
        for property_ in properties
    )
