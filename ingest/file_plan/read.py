"""Reads a Danh mục hồ sơ from an .xlsx or .docx in the layout of NĐ 30/2020 Phụ lục V.II."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive_service import messages
from archive_service.domain.agencies.file_plan import FilePlanEntry, FilePlanHeading
from archive_service.domain.agencies.record_code import MalformedRecordCodeError, parse_notation
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.formats.workbook import Cell, CellKind, Row, Sheet, read_workbook
from archive_service.settings import LimitSettings
from archive_service.text import detect_legacy, fold, is_nfd, nfc
from ingest.file_plan import layout
from ingest.file_plan.word_tables import is_word, read_tables

CHECK = "file-plan"
LENGTHS = {
    "title": 1000,
    "term": 100,
    "rule_code": 60,
    "rule_set": 60,
    "creator": 200,
    "unit": 200,
    "note": 500,
}
LONGEST_NOTATION = 40
_YEARS = re.compile(r"(\d{1,3})\s*nam")
_OF_YEAR = re.compile(r"\bnam (2\d{3}|19\d{2})\b")
_SAMPLE_ROWS = 200  # of a sheet without heads, to tell in which letters it is written


class FilePlanUnreadableError(InputError):
    """No row of any sheet or table names the columns of a file plan."""


class FilePlanLegacyError(InputError):
    """Nothing can be told apart: the letters are those of an old font's encoding."""


@dataclass(slots=True)
class ReadPlan:
    """Headings and entries in their order, and what was seen while reading.

    An entry's heading is the one in ``headings`` that ``of`` names for its notation.
    """

    entries: list[FilePlanEntry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    headings: list[FilePlanHeading] = field(default_factory=list)
    of: dict[str, FilePlanHeading] = field(default_factory=dict)
    years: set[int] = field(default_factory=set)  # that the words above the table name


def read_file_plan(path: Path, limits: LimitSettings) -> ReadPlan:
    """All entries under their headings; what stands above and below the tables is passed over.

    Raises:
        SheetUnreadableError, WordUnreadableError: neither an .xlsx nor a .docx.
        WordForeignError: a .docx with entities, or with parts from elsewhere.
        FilePlanUnreadableError: no sheet and no table has the columns.
        FilePlanLegacyError: as before, and it is written in TCVN3 or VNI.
    """
    word = is_word(path)
    read = read_tables if word else read_workbook
    sheets = read(path, path.name, limits)
    reader = _Reader()
    for sheet in sheets:
        reader.read(sheet)
        if reader.found and not word:
            break  # of a workbook the first sheet that is a plan; of a document every table
    if not reader.found:
        if encoding := detect_legacy(_sample(sheets)):
            raise FilePlanLegacyError(name=path.name, encoding=encoding)
        raise FilePlanUnreadableError(name=path.name)
    return reader.finished()


def term_years(term: str) -> tuple[int | None, bool]:
    """Years and permanence of a term as written: ``20 năm``, ``Vĩnh viễn``; else neither."""
    folded = fold(nfc(term)).strip()
    if "vinh vien" in folded:
        return None, True
    found = _YEARS.search(folded) or re.fullmatch(r"(\d{1,3})", folded)
    return (int(found[1]), False) if found else (None, False)


def in_words(term: str) -> str:
    """A bare number of years as the other terms are told: ``20`` is ``20 năm``."""
    years, _ = term_years(term)
    if years is None or not term.isdecimal():
        return term
    return messages.text("labels.file-plan.years", years=years)


def is_unclear(term: str, rule_code: str | None) -> bool:
    """Whether a term is written that says neither years nor permanent, and no rule says it."""
    years, permanent = term_years(term)
    return bool(term) and years is None and not permanent and not rule_code


def text_findings(entries: Iterable[FilePlanEntry]) -> list[Finding]:
    """Findings on the words of entries, wherever they came from."""
    findings = []
    for entry in entries:
        encoding = detect_legacy(f"{entry.title} {entry.creator} {entry.unit}")
        if encoding:
            facts: dict[str, object] = {"notation": entry.notation, "encoding": encoding}
            findings.append(
                Finding(CHECK, "plan-legacy-text", Severity.ERROR, entry.notation, facts)
            )
    return findings


class _Reader:
    """Goes through sheets and tables row by row, and keeps what the rows above said."""

    def __init__(self) -> None:
        self.plan = ReadPlan()
        self.found = False
        self._columns: dict[str, int] = {}
        self._open = False
        self._under_heads = False
        self._heading: FilePlanHeading | None = None
        self._seen: dict[str, int] = {}
        self._nfd = 0

    def read(self, sheet: Sheet) -> None:
        """Every row of one sheet, or of one table that may go on where the last one ended."""
        above = None
        for row in sheet.rows:
            heads = layout.heads_of(row, None if self._open else above)
            if heads is not None:
                self.found = self._open = self._under_heads = True
                self._columns = heads
            elif self._under_heads and layout.goes_on_naming(row, self._columns):
                self._columns = self._columns | layout.columns_of(row)
            elif self._open:
                self._row(row, _place(sheet.name, row.number))
            elif not self.found:
                words = fold(nfc(" ".join(cell.text for cell in row.cells)))
                self.plan.years.update(int(year) for year in _OF_YEAR.findall(words))
            above = row

    def finished(self) -> ReadPlan:
        """The plan; a name below the table, such as a signer's, is no heading."""
        plan = self.plan
        used = {id(column) for column in plan.of.values()}
        while plan.headings and not plan.headings[-1].number and id(plan.headings[-1]) not in used:
            plan.headings.pop()
        layout.set_levels(plan.headings)
        for entry in plan.entries:
            heading = plan.of.get(entry.notation)
            entry.heading = heading.label if heading else ""
        if self._nfd:
            facts: dict[str, object] = {"count": self._nfd}
            plan.findings.append(Finding(CHECK, "plan-nfd", Severity.INFO, "", facts))
        return plan

    def _row(self, row: Row, place: str) -> None:
        cells = {cell.column: cell for cell in row.cells}
        given = {name: cells.get(column) for name, column in self._columns.items()}
        only_cell = " ".join(row.cells[0].text.split()) if len(row.cells) == 1 else ""
        first = nfc(" ".join(next((cell.text for cell in row.cells), "").split()))
        if layout.names_recipients(first) or (only_cell and layout.ends_table(nfc(only_cell))):
            self._open = False
            return
        if layout.sums_up(first):
            return
        values = {name: self._value(name, cell, place) for name, cell in given.items()}
        if not any(values.values()) or layout.numbers_columns(values):
            return
        self._under_heads = False
        heading = layout.read_heading(values)
        if heading is not None:
            self._heading = heading
            self.plan.headings.append(heading)
        elif values["notation"]:
            self._entry(values, row.number, place)
        elif values["title"]:
            facts: dict[str, object] = {"title": values["title"][:100]}
            self._tell("plan-notation-missing", Severity.ERROR, place, facts)

    def _value(self, name: str, cell: Cell | None, place: str) -> str:
        if cell is None:
            return ""
        facts: dict[str, object] = {"cell": cell.reference, "text": cell.text[:100]}
        if cell.kind is CellKind.FORMULA:
            self._tell("plan-formula-cell", Severity.ERROR, place, facts)
            return ""
        if cell.kind is CellKind.ERROR:
            self._tell("plan-error-cell", Severity.ERROR, place, facts)
            return ""
        if cell.kind is CellKind.DATE and name != "note":
            self._tell("plan-date-cell", Severity.ERROR, place, facts)
            return ""
        self._nfd += is_nfd(cell.text)
        if name == "creator" and "unit" not in self._columns:
            return nfc(cell.text).strip()  # its lines tell unit and person apart
        return " ".join(nfc(cell.text).split())

    def _entry(self, values: dict[str, str], row: int, place: str) -> None:
        notation, term = values["notation"], values.get("term", "")
        facts: dict[str, object] = {"notation": notation[:100]}
        if code := self._refused(values, notation):
            more = {"row": self._seen[notation]} if code == "plan-notation-twice" else {}
            self._tell(code, Severity.ERROR, place, facts | more)
            return
        term = values["term"] = in_words(term)
        years, permanent = term_years(term)
        if not term and not values.get("rule_code"):
            self._tell("plan-term-missing", Severity.WARNING, place, facts)
        elif term and years is None and not permanent:
            self._tell("plan-term-unread", Severity.WARNING, place, facts | {"term": term[:100]})
        if "unit" not in values:
            unit, person = layout.unit_and_person(values.get("creator", ""))
            values |= {"unit": unit, "creator": person}
        for name, most in LENGTHS.items():
            if len(values.get(name, "")) > most:
                details = facts | {"field": name, "limit": most}
                self._tell("plan-text-too-long", Severity.WARNING, place, details)
        self._seen[notation] = row
        texts = {name: values.get(name, "")[:most] for name, most in LENGTHS.items()}
        entry = FilePlanEntry(
            ordinal=len(self.plan.entries) + 1,
            heading="",
            notation=notation,
            years=years,
            permanent=permanent,
            **texts | {"rule_code": texts["rule_code"] or None},
        )
        self.plan.entries.append(entry)
        if self._heading is not None:
            self.plan.of[notation] = self._heading
        for found in text_findings([entry]):
            self._tell(found.code, found.severity, place, found.facts)

    def _refused(self, values: dict[str, str], notation: str) -> str:
        """Why the row cannot be an entry; empty where it can."""
        try:
            parse_notation(notation)
        except MalformedRecordCodeError:
            return "plan-notation-malformed"
        if len(notation) > LONGEST_NOTATION:
            return "plan-notation-malformed"
        if notation in self._seen:
            return "plan-notation-twice"
        return "" if values["title"] else "plan-title-missing"

    def _tell(self, code: str, severity: Severity, place: str, facts: dict[str, object]) -> None:
        self.plan.findings.append(Finding(CHECK, code, severity, place, facts))


def _place(sheet: str, row: int) -> str:
    return messages.text("labels.places.row", sheet=sheet, row=messages.shown(row))


def _sample(sheets: Sequence[Sheet]) -> str:
    rows = [row for sheet in sheets for row in sheet.rows[:_SAMPLE_ROWS]]
    return " ".join(cell.text for row in rows[:_SAMPLE_ROWS] for cell in row.cells)
