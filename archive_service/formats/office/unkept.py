"""Cells whose formula gives words that the file does not hold: nobody counted them before it came.

Programs that only write workbooks leave the value out, or write a nought and ask for counting.

Sources: ISO/IEC 29500-1, 18.3.1.4 (c), 18.3.1.40 (f), 18.2.2 (calcPr); ODF 1.3 part 3, 9.1.4.
"""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from archive_service.formats.office.fields import local, told
from archive_service.formats.office.formulas import literals, may_give_text
from archive_service.formats.office.lines import MOST_BYTES
from archive_service.formats.secrecy import levels, mark_of
from archive_service.formats.words.parts import elements, related
from archive_service.formats.zip_damage import ZIP_DAMAGE

_MOST_NAMED = 6
_MOST_READ = 10_000
_CONTENT = "content.xml"
_OPEN = ("{*}table", "{*}table-row", "{*}table-cell", "{*}covered-table-cell")
_BROKEN = (OSError, SyntaxError, etree.LxmlError, *ZIP_DAMAGE)


class Unkept(NamedTuple):
    """``cell`` with its sheet, ``texts`` that its formula may give."""

    cell: str
    texts: tuple[str, ...]


def told_of(found: Iterable[Unkept]) -> tuple[tuple[str, ...], str]:
    """Some of the cells, those with a mark of secrecy first, and the highest mark."""
    marked: dict[str, list[str]] = {}
    cells: list[str] = []
    for cell, texts in islice(found, _MOST_READ):
        for level in filter(None, map(mark_of, texts)):
            marked.setdefault(level, []).append(cell)
        cells.append(cell)
    mark = next((level for level in levels() if level in marked), "")
    named = dict.fromkeys([*marked.get(mark, ()), *cells])
    return tuple(islice(named, _MOST_NAMED)), mark


def unkept_formulas(parts: zipfile.ZipFile, book: str) -> Iterator[Unkept]:
    """Of each sheet, as far as it can be read."""
    names = parts.namelist()
    if _CONTENT in names:
        with suppress(*_BROKEN):
            yield from _of_open_document(parts)
    if book not in names:
        return
    held, counts = related(parts, book), False
    named: dict[str, str] = {}
    for element in elements(parts, book, ("{*}sheet", "{*}calcPr")):
        if local(element) == "calcPr":
            counts = told(element, "fullCalcOnLoad") in ("1", "true")
        else:
            named[held.get(told(element, "id"), "")] = element.get("name", "")
    for part, sheet in named.items():
        if part in names and parts.getinfo(part).file_size <= MOST_BYTES:
            with suppress(*_BROKEN):
                yield from _of_sheet(parts, part, sheet, counted_anew=counts)


def _of_sheet(
    parts: zipfile.ZipFile, part: str, sheet: str, *, counted_anew: bool
) -> Iterator[Unkept]:
    shared: dict[str, str] = {}
    for cell in elements(parts, part, "{*}c"):
        facts = {local(child): child for child in cell}
        if (element := facts.get("f")) is not None:
            formula = element.text or ""
            if (number := told(element, "si")) and not formula:
                formula = shared.get(number, "")
            shared |= {number: formula} if number else {}
            if not _is_kept(cell, facts, counted_anew=counted_anew) and may_give_text(formula):
                yield Unkept(f"{sheet}!{told(cell, 'r')}", tuple(literals(formula)))
        cell.clear(keep_tail=True)


def _is_kept(cell: Any, facts: dict[str, Any], *, counted_anew: bool) -> bool:
    """An empty text is one; an empty number is none."""
    value = facts["v"].text or "" if "v" in facts else ""
    if told(cell, "t") == "str":
        return "v" in facts
    return "is" in facts or (bool(value) and not (value == "0" and counted_anew))


def _of_open_document(parts: zipfile.ZipFile) -> Iterator[Unkept]:
    """Cells have no names there: rows and columns are counted."""
    sheet, row, column, more_rows = "", 0, 0, 1
    with parts.open(_CONTENT) as source:
        for event, element in etree.iterparse(
            source, ("start", "end"), tag=_OPEN, resolve_entities=False, no_network=True
        ):
            name = local(element)
            if event == "start" and name == "table":
                sheet, row, more_rows = told(element, "name"), 0, 1
            elif event == "start" and name == "table-row":
                row, column = row + more_rows, 0
                more_rows = _count(told(element, "number-rows-repeated"))
            elif event == "end" and name.endswith("cell"):
                formula = told(element, "formula")
                if formula and not _has_value(element) and may_give_text(formula):
                    place = f"{sheet}!{_letters(column)}{row}"
                    yield Unkept(place, tuple(literals(formula)))
                column += _count(told(element, "number-columns-repeated"))
                element.clear(keep_tail=True)


def _has_value(cell: Any) -> bool:
    return bool(told(cell, "value-type")) or any(local(child) == "p" for child in cell)


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def _letters(column: int) -> str:
    """A to Z, then AA."""
    above, here = divmod(column, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + here)
