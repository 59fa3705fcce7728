"""Reads a Danh mục hồ sơ from an .xlsx in the layout of NĐ 30/2020 Phụ lục V."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive_service.domain.file_plan import FilePlanEntry
from archive_service.domain.finding import Finding, Severity
from archive_service.domain.record_code import MalformedRecordCodeError, parse_notation
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.text import fold, nfc
from ingest.channels.workbook import Cell, CellKind, Row, Sheet, read_workbook

CHECK = "file-plan"
# What the heading of each column holds, folded; the columns of the decree in their order.
_HEADINGS = {
    "notation": ("so va ky hieu", "so, ky hieu", "ky hieu ho so"),
    "title": ("tieu de", "ten nhom", "ten de muc"),
    "term": ("thoi han",),
    "creator": ("nguoi lap", "don vi, nguoi lap", "don vi lap"),
    "rule_code": ("ma quy tac",),
    "note": ("ghi chu",),
}
_NEEDED = ("notation", "title")
_YEARS = re.compile(r"(\d{1,3})\s*nam")
_GROUP_NUMBER = re.compile(r"([A-Z]{1,6}|\d{1,2})?[.)]?")
_ORDINAL = re.compile(r"\(?\d{1,2}\)?")


class FilePlanUnreadableError(InputError):
    """No row of the workbook names the columns of a file plan."""

    code = "file-plan-unreadable"


@dataclass(slots=True)
class ReadPlan:
    """Entries in their order, and what was seen while reading."""

    entries: list[FilePlanEntry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_file_plan(path: Path, limits: LimitSettings) -> ReadPlan:
    """The entries under their headings; rows above the headings of the columns are passed over.

    Raises:
        SheetUnreadableError: not an .xlsx.
        FilePlanUnreadableError: no sheet has the columns.
    """
    for sheet in read_workbook(path, path.name, limits):
        for at, row in enumerate(sheet.rows):
            columns = _columns(row)
            if all(name in columns for name in _NEEDED):
                return _read(sheet, sheet.rows[at + 1 :], columns)
    raise FilePlanUnreadableError(name=path.name)


def term_years(term: str) -> tuple[int | None, bool]:
    """Years and permanence of a term as written: ``20 năm``, ``Vĩnh viễn``; else neither."""
    folded = fold(nfc(term)).strip()
    if "vinh vien" in folded:
        return None, True
    found = _YEARS.search(folded) or re.fullmatch(r"(\d{1,3})", folded)
    return (int(found[1]), False) if found else (None, False)


def _columns(row: Row) -> dict[str, int]:
    columns: dict[str, int] = {}
    for cell in row.cells:
        heading = " ".join(fold(nfc(cell.text)).split())
        for name, words in _HEADINGS.items():
            if name not in columns and any(word in heading for word in words):
                columns[name] = cell.column
                break
    return columns


def _read(sheet: Sheet, rows: Sequence[Row], columns: dict[str, int]) -> ReadPlan:
    plan = ReadPlan()
    heading = ""
    seen: dict[str, int] = {}
    for row in rows:
        cells = {cell.column: cell for cell in row.cells}
        place = f"{sheet.name}, {row.number}"
        values = {name: _value(cells.get(column), plan, place) for name, column in columns.items()}
        if all(_ORDINAL.fullmatch(value) for value in values.values() if value):
            continue  # the row (1) (2) (3) below the headings
        if _is_heading(values):
            heading = _heading(values)
        elif values["notation"] and (values["title"] or " " not in values["notation"]):
            _add(plan, values, heading, seen, row.number, place)
    return plan


def _value(cell: Cell | None, plan: ReadPlan, place: str) -> str:
    if cell is None:
        return ""
    if cell.kind is CellKind.FORMULA:
        facts = {"cell": cell.reference}
        plan.findings.append(Finding(CHECK, "plan-formula-cell", Severity.ERROR, place, facts))
    return " ".join(nfc(cell.text).split())


def _is_heading(values: dict[str, str]) -> bool:
    """A numeral and a name, or the name alone: a group of case files, not one of them."""
    alone = bool(values["title"]) and not values.get("term") and not values.get("creator")
    return alone and _GROUP_NUMBER.fullmatch(values["notation"]) is not None


def _heading(values: dict[str, str]) -> str:
    return f"{values['notation'].rstrip('.')}. {values['title']}".removeprefix(". ")[:500]


def _add(
    plan: ReadPlan, values: dict[str, str], heading: str, seen: dict[str, int], row: int, place: str
) -> None:
    notation, term = values["notation"], values.get("term", "")
    facts: dict[str, object] = {"notation": notation[:100]}

    def tell(code: str, severity: Severity, **more: object) -> None:
        plan.findings.append(Finding(CHECK, code, severity, place, facts | more))

    try:
        parse_notation(notation)
    except MalformedRecordCodeError:
        tell("plan-notation-malformed", Severity.ERROR)
        return
    if notation in seen:
        tell("plan-notation-twice", Severity.ERROR, row=seen[notation])
        return
    if not values["title"]:
        tell("plan-title-missing", Severity.ERROR)
        return
    years, permanent = term_years(term)
    if not term:
        tell("plan-term-missing", Severity.WARNING)
    elif years is None and not permanent:
        tell("plan-term-unread", Severity.WARNING, term=term[:100])
    seen[notation] = row
    plan.entries.append(
        FilePlanEntry(
            ordinal=len(plan.entries) + 1,
            heading=heading,
            notation=notation[:40],
            title=values["title"][:1000],
            term=term[:100],
            years=years,
            permanent=permanent,
            rule_code=values.get("rule_code", "")[:60] or None,
            creator=values.get("creator", "")[:200],
            note=values.get("note", "")[:500],
        )
    )
