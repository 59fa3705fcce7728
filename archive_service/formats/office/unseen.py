"""What an Office file holds that a reader of its pages does not see: macros, sheets, other places.

Sources: ISO/IEC 29500-1, 18.18.68 (ST_SheetState), 29500-2, 8.3 (relationships); [MS-XLS] 2.4.28
(BoundSheet8), 2.4.21 (BOF); [MS-OVBA] 2.2.1; ODF 1.3 part 2, 2.2.4.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree

from archive_service.formats.compound import MAGIC, CompoundFile, opened
from archive_service.formats.office.lines import MOST_BYTES
from archive_service.formats.office.old_book import STREAMS, parts_of_book, sheets
from archive_service.formats.office.unkept import Unkept, told_of, unkept_formulas
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
_TEMPLATE, _CHUNK = "attachedTemplate", "aFChunk"
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
_MACRO_SHEETS = (1, 6)  # of Excel 4, and modules of Excel 5


@dataclass(frozen=True, slots=True)
class Unseen:
    """``loads`` are addresses that the file is completed from when it is opened."""

    macros: bool = False
    loads: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()  # sheets that a menu shows again
    very_hidden: tuple[str, ...] = ()  # sheets that no menu names
    unkept: tuple[str, ...] = ()  # cells whose words are not in the file, some of them
    unkept_mark: str = ""  # of secrecy, that one of them may give
    chunks: tuple[str, ...] = ()  # files of other formats that Word alone shows as its text


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
    found: dict[str, list[str]] = {"hidden": [], "veryHidden": []}
    with suppress(*_BROKEN):
        for sheet in elements(parts, book, "{*}sheet") if book in names else ():
            found.get(sheet.get("state", ""), []).append(sheet.get("name", ""))
    loads, chunks = dict[str, None](), dict[str, None]()
    for name in names:
        with suppress(*_BROKEN):
            if name.endswith(".rels"):
                loads |= dict.fromkeys(_loads(parts, name))
                macros = macros or _leads_to_macros(parts, name, names)
                chunks |= dict.fromkeys(_chunks(parts, name))
            elif "content.xml" in names and _OPEN_PARTS.search(name):
                loads |= dict.fromkeys(_open_loads(parts, name))
    unkept: tuple[tuple[str, ...], str] = (), ""
    with suppress(*_BROKEN):
        unkept = told_of(unkept_formulas(parts, book))
    sheets_found = tuple(found["hidden"]), tuple(found["veryHidden"])
    return Unseen(macros, tuple(loads), *sheets_found, *unkept, tuple(chunks))


def _is_macro_typed(parts: zipfile.ZipFile, names: list[str]) -> bool:
    """By the type of a part that is there: programs name types of parts that they left out."""
    kinds: dict[str, str] = {}
    types = etree.fromstring(read(parts, _TYPES), xml_parser())
    for type_ in types.iter("{*}Default", "{*}Override"):
        of = type_.get("PartName") or f".{type_.get('Extension', '')}"
        kinds[of.lower()] = type_.get("ContentType", "")
    lower = [f"/{name.lower()}" for name in names]
    media_types = (kinds.get(name) or kinds.get(PurePosixPath(name).suffix, "") for name in lower)
    return any(map(_MACRO_KINDS.search, media_types))


def _leads_to_macros(parts: zipfile.ZipFile, name: str, names: list[str]) -> bool:
    """By a relationship to a part that is there, whatever the part's name and type say."""
    held = {one.lower() for one in names}
    led = _led_from(parts, name)
    return any(_MACRO_KINDS.search(kind) and unquote(to).lower() in held for kind, to in led)


def _chunks(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Other programs show a document without them (ISO/IEC 29500-1, 17.17.2.1)."""
    return (to for kind, to in _led_from(parts, name) if kind == _CHUNK)


def _led_from(parts: zipfile.ZipFile, name: str) -> Iterable[tuple[str, str]]:
    folder, _, of = name.rpartition("_rels/")
    return related_parts(parts, f"{folder}{of.removesuffix('.rels')}").values()


def _loads(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """A template on the writer's own disk loads nothing elsewhere, and Word names it in many."""
    for relation in etree.fromstring(read(parts, name), xml_parser()).iter("{*}Relationship"):
        kind, target = relation.get("Type", "").rpartition("/")[2], relation.get("Target", "")
        if relation.get("TargetMode") != "External" or _NO_LOADING.match(kind):
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
    found: dict[int, list[str]] = {1: [], 2: []}
    unkept: list[Unkept] = []
    for stream in streams:
        if stream.path[-1] in STREAMS and len(stream.path) == 1:
            data = compound.read(stream, MOST_BYTES)
            for sheet in sheets(data):
                macros = macros or sheet.kind in _MACRO_SHEETS
                found.get(sheet.state, []).append(sheet.name)
            unkept += (
                Unkept(f"{part.name}!{cell}", tuple(texts))
                for part in parts_of_book(data)
                for cell, texts in part.unkept
            )
    return Unseen(macros, (), tuple(found[1]), tuple(found[2]), *told_of(unkept))
