"""Days of one column that a program may have turned, day for month: told, never turned back.

A spreadsheet of a machine with American settings makes the fifth of March of ``3/5/2025``, and
leaves ``25/3/2025`` as the text that it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.formats.workbook import CellKind
from archive_service.law import FieldRule
from ingest.channels.headings import CHECK

_TOLD = 20
_WRITTEN = re.compile(r"\s*(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}\b.*")
_OF_CELL = re.compile(r"\d{4}-(\d{2})-(\d{2})\b.*")


@dataclass(slots=True)
class DayOrder:
    """What the cells of one column say of the order in which days were typed."""

    month_first: list[int] = field(default_factory=list)  # texts that only so are a day
    day_first: list[int] = field(default_factory=list)
    either: list[int] = field(default_factory=list)  # texts that are a day both ways
    turnable: list[int] = field(default_factory=list)  # cells of days up to the twelfth
    has_certain: bool = False  # a cell of a later day

    def add(self, number: int, kind: CellKind, text: str) -> None:
        """One cell of the column, of row ``number``."""
        if kind is CellKind.DATE and (found := _OF_CELL.fullmatch(text)):
            month, day = int(found[1]), int(found[2])
            self.has_certain |= day > 12
            if day <= 12 and day != month:
                self.turnable.append(number)
        elif kind is CellKind.TEXT and (found := _WRITTEN.fullmatch(text)):
            first, second = int(found[1]), int(found[2])
            if first <= 12 < second:
                self.month_first.append(number)
            elif second <= 12 < first:
                self.day_first.append(number)
            elif first != second:
                self.either.append(number)

    def findings(self, kind: str, rule: FieldRule) -> Iterator[Finding]:
        """That days may be turned, with the rows to look at."""
        code, rows, proof = "", self.either, self.month_first
        if self.month_first and self.either:
            code = "days-month-first"
        elif self.day_first and self.turnable and not self.has_certain and not self.either:
            code, rows, proof = "days-perhaps-turned", self.turnable, self.day_first
        if code:
            facts: dict[str, object] = {
                "field": rule.label_vi,
                "rows": rows[:_TOLD],
                "proof": proof[0],
            }
            place = row_place(kind, rows[0], rule.name)
            yield Finding(CHECK, code, Severity.WARNING, place, facts)
