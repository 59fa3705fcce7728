"""Which field stands in which column of a sheet, however its headings are laid out."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.formats.workbook import Row, Sheet
from archive_service.law import FieldRule
from archive_service.text import fold, nfc
from ingest.channels.older_data import converted, field_of_label, is_older, older_field

CHECK = "spreadsheet"
TITLE_ROWS = 10  # so many rows may stand above the headings
BELOW_ROWS = 2  # so many below them may repeat, number or go on with them
_NAMES_ENOUGH = 2  # fields that a row of headings names at least, where it is not the first row
_NAMES_OF_LIST = 4  # fields that a sheet of another name has to name before it is told
_TOLD = 20
_COUNTING = ("stt", "tt", "so tt", "so thu tu")  # the first column of every list; it says nothing
_SECRECY = re.compile(r"\b(do|muc) mat\b")


def plain(name: str) -> str:
    """Letters alone, so that names written in several ways are equal."""
    return " ".join(fold(nfc(name)).replace(",", " ").split())


@dataclass(slots=True)
class Columns:
    """Which field stands in which column."""

    rules: dict[int, FieldRule] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    headings: dict[int, str] = field(default_factory=dict)  # of those unknown ones that are told
    secrecy: set[int] = field(default_factory=set)  # a column Độ mật, which the circular lacks
    parts: dict[int, str] = field(default_factory=dict)  # of the code, as TT 02/2019 takes it apart
    unheaded: set[int] = field(default_factory=set)  # that hold something, and have no heading
    hidden: set[int] = field(default_factory=set)  # of which nothing was told so far


def below_headings(
    kind: str, rows: Iterable[Row], findings: list[Finding]
) -> tuple[Columns, Iterator[Row]]:
    """The columns, and the rows of data, to be read one after another.

    The headings are the first row that names two fields or more, within the first rows of the
    sheet; else the first row. Below it may stand a second line of headings, the other names of the
    same columns, or their numbers.
    """
    waiting = iter(rows)
    first = list(itertools.islice(waiting, TITLE_ROWS))
    if not first:
        return Columns(), iter(())
    at = next((n for n, row in enumerate(first) if _named(kind, row) >= _NAMES_ENOUGH), 0)
    if at:
        facts: dict[str, object] = {"sheet": sheet_name(kind), "row": first[at].number}
        place = f"{sheet_name(kind)}!{first[0].cells[0].reference}"
        findings.append(Finding(CHECK, "rows-above-headings", Severity.INFO, place, facts))
    rest = itertools.chain(first[at + 1 :], waiting)
    below = list(itertools.islice(rest, BELOW_ROWS))
    columns = _columns(kind, _in_two_lines(kind, first[at], below), findings)
    data = [row for row in below if not _goes_on_with(kind, row, columns)]
    more = (row for row in rest if not _repeats(kind, row, columns))
    return columns, itertools.chain(data, more)


def oddities(kind: str, sheet: Sheet) -> Iterator[Finding]:
    """That the sheet or rows of it are hidden, and that cells are merged: only one has a value."""
    name = sheet_name(kind)
    if sheet.is_hidden:
        yield Finding(CHECK, "sheet-hidden", Severity.WARNING, name, {"sheet": name})
    if sheet.hidden_rows:
        facts: dict[str, object] = {"sheet": name, "rows": list(sheet.hidden_rows[:_TOLD])}
        yield Finding(CHECK, "rows-hidden", Severity.WARNING, name, facts)
    merged = [reference for reference in sheet.merged if _spans_rows(reference)]
    if merged:
        facts = {"sheet": name, "cells": merged[:_TOLD]}
        yield Finding(CHECK, "cells-merged", Severity.WARNING, f"{name}!{merged[0]}", facts)


def not_read(name: str, rows: Iterable[Row], kinds: Sequence[str]) -> Iterator[Finding]:
    """That a sheet whose name says nothing has rows below the headings of one of ours."""
    waiting = iter(rows)
    for row in itertools.islice(waiting, TITLE_ROWS):
        if any(_named(kind, row) >= _NAMES_OF_LIST for kind in kinds):
            if left := sum(1 for _ in waiting):
                facts: dict[str, object] = {"sheet": name, "rows": left}
                yield Finding(CHECK, "sheet-not-read", Severity.WARNING, name, facts)
            return


def unheaded(kind: str, row: Row, columns: Columns) -> Iterator[Finding]:
    """That a cell stands in a column without a heading; once for each column."""
    known = columns.rules.keys() | columns.unknown | columns.unheaded
    for cell in row.cells:
        if cell.column not in known:
            columns.unheaded.add(cell.column)
            place = f"{sheet_name(kind)}!{cell.reference}"
            facts: dict[str, object] = {"cell": cell.reference}
            yield Finding(CHECK, "column-unheaded", Severity.WARNING, place, facts)


def unseen(kind: str, row: Row, columns: Columns) -> Iterator[Finding]:
    """That a cell is taken whose column one does not see; once for each column."""
    taken = columns.rules.keys() | columns.headings.keys() | columns.parts.keys() | columns.secrecy
    for cell in row.cells:
        if cell.column in columns.hidden and cell.column in taken:
            columns.hidden.discard(cell.column)
            place = f"{sheet_name(kind)}!{cell.reference}"
            facts: dict[str, object] = {"sheet": sheet_name(kind), "cell": cell.reference}
            yield Finding(CHECK, "column-hidden", Severity.WARNING, place, facts)


def _spans_rows(reference: str) -> bool:
    """Whether it goes over several rows; one of a title or of headings does no harm."""
    rows = [int(digits) for digits in re.findall(r"\d+", reference)]
    return len(rows) == 2 and rows[0] != rows[1] and rows[1] > BELOW_ROWS


def _named(kind: str, row: Row) -> int:
    return sum(_field(kind, cell.text) is not None for cell in row.cells)


def _field(kind: str, heading: str) -> FieldRule | None:
    """The field that a heading means, under its name of today or its Vietnamese one of before."""
    found = law.find_field(kind, heading)
    if found is None and (today := field_of_label(kind, heading)):
        found = law.find_field(kind, today)
    return found


def _in_two_lines(kind: str, heading: Row, below: Sequence[Row]) -> Row:
    """Where the upper line names no field, the cell below it may, as long as all of it does."""
    upper = {cell.column: cell for cell in heading.cells}
    if below and _named(kind, below[0]) == len(below[0].cells):
        for cell in below[0].cells:
            above = upper.get(cell.column)
            if above is None or _field(kind, above.text) is None:
                upper[cell.column] = cell
    return Row(heading.number, tuple(upper[column] for column in sorted(upper)))


def _is_numbering(row: Row) -> bool:
    """The row (1) (2) (3) … that printed forms have below their headings."""
    numbers = [cell.text.strip("() ") for cell in row.cells]
    return len(numbers) > 2 and numbers == [str(n) for n in range(1, len(numbers) + 1)]


def _columns(kind: str, heading: Row, findings: list[Finding]) -> Columns:
    columns = Columns()
    seen: set[str] = set()
    older = is_older(kind, (cell.text for cell in heading.cells))
    dropped: list[str] = []
    for cell in heading.cells:
        rule = _field(kind, cell.text)
        place = f"{sheet_name(kind)}!{cell.reference}"
        if older and (known := older_field(kind, cell.text)) is not None:
            rule = law.find_field(kind, known.to) if known.to else None
            if rule is None:
                columns.unknown.add(cell.column)
                if known.part:
                    columns.parts[cell.column] = known.part
                else:
                    dropped.append(known.name)
                continue
        facts = {"heading": cell.text[:200]}
        if rule is None and plain(cell.text) in _COUNTING:
            columns.unknown.add(cell.column)
        elif rule is None:
            columns.unknown.add(cell.column)
            columns.headings[cell.column] = facts["heading"]
            if _SECRECY.search(plain(cell.text)):
                columns.secrecy.add(cell.column)
            findings.append(Finding(CHECK, "column-unknown", Severity.WARNING, place, facts))
        elif rule.name in seen:
            findings.append(Finding(CHECK, "column-twice", Severity.ERROR, place, facts))
        else:
            seen.add(rule.name)
            columns.rules[cell.column] = rule
    if older:
        findings.append(converted(sheet_name(kind), dropped))
    return columns


def _goes_on_with(kind: str, row: Row, columns: Columns) -> bool:
    """Whether a row right below the headings repeats, numbers or explains them."""
    named = [(columns.rules[c.column], c) for c in row.cells if c.column in columns.rules]
    explains = len(named) > 1 and all(
        any(plain(name) in plain(cell.text) for name in (rule.name, rule.label_vi))
        for rule, cell in named
    )
    return (
        explains or _is_headed(row, columns) or _is_numbering(row) or _repeats(kind, row, columns)
    )


def _is_headed(row: Row, columns: Columns) -> bool:
    """Whether it has headings of its own, be the others short or in words that nobody lists."""
    headed = {
        rule.name
        for cell in row.cells
        if (rule := columns.rules.get(cell.column)) is not None and rule.is_headed(cell.text)
    }
    return "fileCode" in headed or len(headed) >= _NAMES_ENOUGH


def _repeats(kind: str, row: Row, columns: Columns) -> bool:
    """Whether the row holds the other names of the same columns, as our template does."""
    return all(
        cell.column in columns.unknown or law.find_field(kind, cell.text) is not None
        for cell in row.cells
    ) and any(
        (rule := columns.rules.get(cell.column)) is not None and rule.is_headed(cell.text)
        for cell in row.cells
    )
