"""Reads the tables of a .docx in a child process, under limits, into plain cells."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive_service import messages
from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.workbook import CELL_CHARACTERS, ROWS, Cell, CellKind, Row, Sheet
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.settings import LimitSettings

DOCUMENT = "word/document.xml"
WORKBOOK = "xl/workbook.xml"
_WORD_ENDINGS = (".docx", ".doc")
_RELATIONS = "word/_rels/document.xml.rels"
_PART_BYTES = 256 << 20  # of the document, unpacked
_FILE_BYTES = 64 << 20
_COLUMNS = 200
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HYPERLINK = "/hyperlink"


class WordUnreadableError(InputError):
    """The .docx is damaged, no document, or needs too much time or memory to open."""


class WordTooLargeError(InputError):
    """The .docx holds more than a file plan can need."""


class WordForeignError(InputError):
    """The .docx declares entities, or draws parts from elsewhere: neither is followed."""


def is_word(path: Path) -> bool:
    """Whether the file is a .docx by the part that makes it one; a damaged one by its name."""
    named = path.suffix.lower() in _WORD_ENDINGS
    try:
        with zipfile.ZipFile(path) as parts:
            names = parts.namelist()
    except (OSError, *ZIP_DAMAGE):
        return named
    return DOCUMENT in names or (named and WORKBOOK not in names)


def read_tables(path: Path, name: str, limits: LimitSettings) -> tuple[Sheet, ...]:
    """Each table as a sheet, in their order; a table within a cell is text of the cell.

    Raises:
        WordUnreadableError, WordTooLargeError, WordForeignError
    """
    outcome = run_limited(
        read_tables_here, path, name, limit_s=limits.parser_s, memory_mib=limits.parser_mib
    )
    if isinstance(outcome, ParserFailure):
        raise WordUnreadableError(name=name, reason=outcome.reason.value)
    return outcome


def read_tables_here(path: Path, name: str) -> tuple[Sheet, ...]:
    """``read_tables`` in this very process."""
    from lxml import etree

    try:
        with zipfile.ZipFile(path) as parts:
            unpacked_bytes = sum(part.file_size for part in parts.infolist())
            if unpacked_bytes > _PART_BYTES or path.stat().st_size > _FILE_BYTES:
                raise WordTooLargeError(name=name, limit=_PART_BYTES)
            body = _parsed(parts.read(DOCUMENT), name)
            if _RELATIONS in parts.namelist():
                _require_own(_parsed(parts.read(_RELATIONS), name), name)
    except (etree.XMLSyntaxError, OSError, *ZIP_DAMAGE) as error:
        raise WordUnreadableError(name=name, reason=type(error).__name__) from None
    tables = [table for table in body.iter(f"{_WORD}tbl") if not _is_inside(table)]
    return tuple(
        Sheet(messages.text("labels.file-plan.table", "vi", number=at), tuple(_rows(table, name)))
        for at, table in enumerate(tables, start=1)
    )


def _parsed(data: bytes, name: str) -> Any:
    """The root; a document type, and with it every entity, is refused before it can mean much."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise WordForeignError(name=name, what="DOCTYPE")
    return root


def _require_own(relations: Any, name: str) -> None:
    for relation in relations:
        kind = str(relation.get("Type", ""))
        if relation.get("TargetMode") == "External" and not kind.endswith(_HYPERLINK):
            raise WordForeignError(name=name, what=str(relation.get("Target", ""))[:200])


def _is_inside(table: Any) -> bool:
    return any(True for _ in table.iterancestors(f"{_WORD}tbl"))


def _rows(table: Any, name: str) -> Iterator[Row]:
    for number, line in enumerate(_below(table, "tr"), start=1):
        if number > ROWS:
            raise WordTooLargeError(name=name, limit=ROWS)
        cells = tuple(_cells(line, number))
        if cells:
            yield Row(number, cells)


def _cells(line: Any, number: int) -> Iterator[Cell]:
    """By the place in the grid; what a merged cell goes on with is empty, as in a workbook."""
    column = _figure(line, "trPr", "gridBefore", 0)
    for cell in _below(line, "tc"):
        width = max(1, _figure(cell, "tcPr", "gridSpan", 1))
        merged = cell.find(f"{_WORD}tcPr/{_WORD}vMerge")
        goes_on = merged is not None and merged.get(f"{_WORD}val", "continue") == "continue"
        text = "" if goes_on else _text(cell)
        if text.strip() and column < _COLUMNS:
            reference = messages.text("labels.file-plan.cell", "vi", row=number, column=column + 1)
            yield Cell(column, reference, CellKind.TEXT, text[:CELL_CHARACTERS])
        column += width


def _below(parent: Any, tag: str) -> Iterator[Any]:
    """Children of this name, also those within content controls and tracked changes."""
    for child in parent:
        if child.tag == f"{_WORD}{tag}":
            yield child
        elif child.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins"):
            yield from _below(child, tag)


def _figure(parent: Any, properties: str, tag: str, default: int) -> int:
    found = parent.find(f"{_WORD}{properties}/{_WORD}{tag}")
    value = "" if found is None else str(found.get(f"{_WORD}val", ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else default


def _text(cell: Any) -> str:
    """Paragraphs by line breaks; what was struck out in a tracked change is not said."""
    lines = []
    for paragraph in cell.iter(f"{_WORD}p"):
        words = []
        for node in paragraph.iter(
            f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br", f"{_WORD}noBreakHyphen"
        ):
            if node.tag == f"{_WORD}t":
                words.append(node.text or "")
            elif node.tag == f"{_WORD}noBreakHyphen":
                words.append("-")
            else:
                words.append("\n" if node.tag == f"{_WORD}br" else " ")
        lines.append("".join(words))
    return "\n".join(lines).strip()
