"""What an Office file holds that a reader of its pages does not see: macros, sheets, other places.

Sources: ISO/IEC 29500-1, 18.18.68 (ST_SheetState), 29500-2, 8.3 (relationships); [MS-XLS] 2.4.28
(BoundSheet8); [MS-OVBA] 2.2.1; ODF 1.3 part 2, 2.2.4.
"""

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from archive_service.formats.compound import MAGIC, CompoundFile, opened
from archive_service.formats.words.parts import elements, main_part, open_parts, read, xml_parser
from archive_service.formats.words.section import UnreadableWordsError
from archive_service.formats.zip_damage import ZIP_DAMAGE

_ZIP = b"PK\x03\x04"
_TYPES = "[Content_Types].xml"
_MACRO_KINDS = re.compile(rb"vbaProject|macrosheet", re.IGNORECASE)
_MACRO_PARTS = re.compile(
    r"(?:^|/)vbaProject\.bin$|^xl/macrosheets/|^Scripts/.*[^/]$"
    r"|^Basic/[^/]+/(?!script-lb\.xml$)[^/]+\.xml$",
    re.IGNORECASE,
)
_NO_LOADING = re.compile(r"^(?:hyperlink$|external|xl)")  # a link; a book that Excel asks for first
_TEMPLATE = "attachedTemplate"
_REMOTE = re.compile(r"^(?:file:)?[\\/]{2}(?![\\/])|^(?!file:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_SHEETS_BYTES = 1 << 20  # of the head of an old workbook, where its sheets are named
_SHEET, _END = 0x85, 0x0A


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
    try:
        if head.startswith(_ZIP):
            with open_parts(path) as parts:
                return _of_parts(parts)
        if head == MAGIC:
            with opened(path) as compound:
                return Unseen() if compound is None else _of_compound(compound)
    except (OSError, SyntaxError, UnreadableWordsError, *ZIP_DAMAGE):  # told as damage, or limits
        pass
    return Unseen()


def _of_parts(parts: zipfile.ZipFile) -> Unseen:
    names = parts.namelist()
    kinds = read(parts, _TYPES) if _TYPES in names else b""
    macros = bool(_MACRO_KINDS.search(kinds)) or any(map(_MACRO_PARTS.search, names))
    sheets: dict[str, list[str]] = {"hidden": [], "veryHidden": []}
    if (book := main_part(parts, "xl/workbook.xml")) in names:
        for sheet in elements(parts, book, "{*}sheet"):
            sheets.get(sheet.get("state", ""), []).append(sheet.get("name", ""))
    told = (one for name in names if name.endswith(".rels") for one in _loads(parts, name))
    loads = tuple(dict.fromkeys(told))
    return Unseen(macros, loads, tuple(sheets["hidden"]), tuple(sheets["veryHidden"]))


def _loads(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """A template on the writer's own disk loads nothing elsewhere, and Word names it in many."""
    for one in etree.fromstring(read(parts, name), xml_parser()):
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode") != "External" or _NO_LOADING.match(kind):
            continue
        if kind != _TEMPLATE or _REMOTE.match(target):
            yield target


def _of_compound(compound: CompoundFile) -> Unseen:
    streams = [*compound.streams()]
    macros = any("_VBA_PROJECT" in stream.path for stream in streams)
    sheets: dict[int, list[str]] = {1: [], 2: []}
    for stream in streams:
        if stream.path[-1] in ("Workbook", "Book") and len(stream.path) == 1:
            for state, name in _old_sheets(compound.read(stream, _SHEETS_BYTES)):
                sheets.get(state, []).append(name)
    return Unseen(macros, (), tuple(sheets[1]), tuple(sheets[2]))


def _old_sheets(data: bytes) -> Iterator[tuple[int, str]]:
    """State and name of each; names of books before Excel 97 have no mark of their letters."""
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4 : at + 4 + size]
        if kind == _END:
            return
        if kind == _SHEET and len(body) > 8:
            wide = bool(body[7] & 1)
            yield body[4] & 3, body[8:].decode("utf-16-le" if wide else "latin-1", "replace")
        at += 4 + size
