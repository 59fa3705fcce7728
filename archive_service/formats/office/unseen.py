"""What an Office file holds that a reader of its pages does not see: macros, sheets, other places.

Sources: ISO/IEC 29500-1, 18.18.68 (ST_SheetState), 29500-2, 8.3 (relationships); [MS-XLS] 2.4.28
(BoundSheet8), 2.4.21 (BOF); [MS-OVBA] 2.2.1; ODF 1.3 part 2, 2.2.4.
"""

import codecs
import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree

from archive_service.formats.compound import MAGIC, CompoundFile, opened
from archive_service.formats.words.parts import (
    elements,
    main_part,
    open_parts,
    read,
    related_parts,
    xml_parser,
)
from archive_service.formats.words.section import UnreadableWordsError
from archive_service.formats.zip_damage import ZIP_DAMAGE

_ZIP = b"PK\x03\x04"
_TYPES = "[Content_Types].xml"
_MACRO_KINDS = re.compile(r"vbaProject|macrosheet", re.IGNORECASE)
_MACRO_PARTS = re.compile(
    r"(?:^|/)vbaProject\.bin$|^xl/macrosheets/|^Scripts/.*[^/]$"
    r"|^Basic/[^/]+/(?!script-lb\.xml$)[^/]+\.xml$",
    re.IGNORECASE,
)
_NO_LOADING = re.compile(r"^(?:hyperlink$|external|xl)")  # a link; a book that Excel asks for first
_TEMPLATE = "attachedTemplate"
_REMOTE = re.compile(  # of a share: \\host, file://host, file:////host and file:///\\host
    r"(?:file:)?(?:[\\/]{2}|[\\/]{4,})(?![\\/]|[a-z]:|localhost[\\/]|[?.][\\/][a-z]:)"
    r"|(?!file:)[a-z][a-z0-9+.-]+:",
    re.IGNORECASE,
)
_OPEN_PARTS = re.compile(r"(?:^|/)(?:content|styles)\.xml$")
_OPEN_LOADS = tuple(
    "{*}" + name
    for name in (
        "image", "fill-image", "background-image", "object", "object-ole", "plugin", "applet",
        "floating-frame", "section-source",
    )
)  # fmt: skip
_HREF = "{http://www.w3.org/1999/xlink}href"
_OUTSIDE = re.compile(r"\.\./|[\\/]|(?!data:|vnd\.sun\.star\.)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BROKEN = (OSError, SyntaxError, UnreadableWordsError, *ZIP_DAMAGE)  # told as damage, or limits
_SHEETS_BYTES = 1 << 20  # of the head of an old workbook, where its sheets are named
_SHEET, _END, _BEGIN, _CODE_PAGE = 0x85, 0x0A, 0x809, 0x42
_EXCEL_97 = 0x600  # version in the first record; Excel 5 and 95 write 0x500
_MACRO_SHEETS = (1, 6)  # of Excel 4, and modules of Excel 5


@dataclass(frozen=True, slots=True)
class Unseen:
    """``loads`` are addresses that the file is completed from when it is opened."""

    macros: bool = False
    loads: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()  # sheets that a menu shows again
    very_hidden: tuple[str, ...] = ()  # sheets that no menu names


def unseen_here(path: Path) -> Unseen:
    """Of an Office file or an OpenDocument; nothing of any other, or of one that is damaged."""
    with path.open("rb") as file:
        head = file.read(8)
    with suppress(*_BROKEN):
        if head.startswith(_ZIP):
            with open_parts(path) as parts:
                return _of_parts(parts)
        if head == MAGIC:
            with opened(path) as compound:
                return Unseen() if compound is None else _of_compound(compound)
    return Unseen()


def _of_parts(parts: zipfile.ZipFile) -> Unseen:
    """Each part by itself: one that is broken hides nothing of the others."""
    names = parts.namelist()
    macros = any(map(_MACRO_PARTS.search, names))
    with suppress(*_BROKEN):
        macros = macros or _is_macro_typed(parts, names)
    book = "xl/workbook.xml"
    with suppress(*_BROKEN):
        book = main_part(parts, book)
    sheets: dict[str, list[str]] = {"hidden": [], "veryHidden": []}
    with suppress(*_BROKEN):
        for sheet in elements(parts, book, "{*}sheet") if book in names else ():
            sheets.get(sheet.get("state", ""), []).append(sheet.get("name", ""))
    loads: dict[str, None] = {}
    for name in names:
        with suppress(*_BROKEN):
            if name.endswith(".rels"):
                loads |= dict.fromkeys(_loads(parts, name))
                macros = macros or _leads_to_macros(parts, name, names)
            elif "content.xml" in names and _OPEN_PARTS.search(name):
                loads |= dict.fromkeys(_open_loads(parts, name))
    return Unseen(macros, tuple(loads), tuple(sheets["hidden"]), tuple(sheets["veryHidden"]))


def _is_macro_typed(parts: zipfile.ZipFile, names: list[str]) -> bool:
    """By the type of a part that is there: programs name types of parts that they left out."""
    kinds: dict[str, str] = {}
    types = etree.fromstring(read(parts, _TYPES), xml_parser())
    for one in types.iter("{*}Default", "{*}Override"):
        of = one.get("PartName") or f".{one.get('Extension', '')}"
        kinds[of.lower()] = one.get("ContentType", "")
    lower = [f"/{name.lower()}" for name in names]
    told = (kinds.get(name) or kinds.get(PurePosixPath(name).suffix, "") for name in lower)
    return any(map(_MACRO_KINDS.search, told))


def _leads_to_macros(parts: zipfile.ZipFile, name: str, names: list[str]) -> bool:
    """By a relationship to a part that is there, whatever the part's name and type say."""
    folder, _, of = name.rpartition("_rels/")
    led = related_parts(parts, f"{folder}{of.removesuffix('.rels')}").values()
    held = {one.lower() for one in names}
    return any(_MACRO_KINDS.search(kind) and unquote(to).lower() in held for kind, to in led)


def _loads(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """A template on the writer's own disk loads nothing elsewhere, and Word names it in many."""
    for one in etree.fromstring(read(parts, name), xml_parser()).iter("{*}Relationship"):
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode") != "External" or _NO_LOADING.match(kind):
            continue
        if kind != _TEMPLATE or _REMOTE.match(unquote(target).strip()):
            yield target


def _open_loads(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Of an OpenDocument; its links, which a reader follows himself, are other elements."""
    for element in elements(parts, name, _OPEN_LOADS):
        if _OUTSIDE.match(target := element.get(_HREF, "").strip()):
            yield target


def _of_compound(compound: CompoundFile) -> Unseen:
    streams = [*compound.streams()]
    macros = any("_VBA_PROJECT" in stream.path for stream in streams)
    sheets: dict[int, list[str]] = {1: [], 2: []}
    for stream in streams:
        if stream.path[-1] in ("Workbook", "Book") and len(stream.path) == 1:
            for state, kind, name in _old_sheets(compound.read(stream, _SHEETS_BYTES)):
                macros = macros or kind in _MACRO_SHEETS
                sheets.get(state, []).append(name)
    return Unseen(macros, (), tuple(sheets[1]), tuple(sheets[2]))


def _old_sheets(data: bytes) -> Iterator[tuple[int, int, str]]:
    """State, kind and name; names of books before Excel 97 have no mark of their letters."""
    at, version, page = 0, _EXCEL_97, "cp1252"
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4 : at + 4 + size]
        if kind == _END:
            return
        if kind == _BEGIN and len(body) > 1:
            version = int.from_bytes(body[:2], "little")
        elif kind == _CODE_PAGE and len(body) > 1:
            page = _code_page(int.from_bytes(body[:2], "little"))
        elif kind == _SHEET and len(body) > 7:
            wide = "utf-16-le" if body[7] & 1 else "latin-1"
            written, letters = (body[8:], wide) if version >= _EXCEL_97 else (body[7:], page)
            yield body[4] & 3, body[5], written.decode(letters, "replace")
        at += 4 + size


def _code_page(number: int) -> str:
    """Of the letters of an old book; what is not known here is read as Western."""
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
