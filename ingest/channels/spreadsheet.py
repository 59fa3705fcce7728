"""The two-sheet spreadsheet of a folder or ZIP: found, read, and turned into a declaration."""

import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place, sheet_name
from archive_service.errors import InputError
from archive_service.formats import workbook
from archive_service.formats.workbook import CellKind, Row, Sheet
from archive_service.settings import LimitSettings
from archive_service.storage.durable import our_errors
from ingest.channels.below_list import above_foot
from ingest.channels.day_order import DayOrder
from ingest.channels.declare import DeclaredRow, declare
from ingest.channels.headings import (
    CHECK,
    Columns,
    below_headings,
    not_read,
    oddities,
    plain,
    unheaded,
    unseen,
)
from ingest.channels.older_data import code_of
from ingest.channels.parcel import (
    Declaration,
    Entry,
    FileTooLargeError,
    PackagesSeveralError,
    Parcel,
)
from ingest.channels.values import MODE_MAT, as_kept, is_cut, is_secret

KINDS = ("case-file", "document", "picture", "media")
_NO_TEXT = (CellKind.FORMULA, CellKind.ERROR)
_OTHER_TABLES = (
    *(".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".et", ".numbers"),
    *(".ods", ".fods", ".ots", ".csv", ".tsv"),
)
CANDIDATES = 8  # so many .xlsx at the root are opened in search of the one with the sheets


class SheetNotFoundError(InputError):
    """No .xlsx lies at the root."""


class SheetOtherFormatError(InputError):
    """The spreadsheet at the root is one of another program or of old Excel."""


class SheetAmbiguousError(InputError):
    """More than one .xlsx at the root has the two sheets, or too many lie there to be tried."""


class SheetMissingError(InputError):
    """The .xlsx lacks the sheet of case files, or every sheet of what they hold."""


class SheetEmptyError(InputError):
    """Sheet Hồ sơ names no case file."""


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """The spreadsheet of a parcel: which entry it is, and its sheets by kind."""

    entry: Entry
    sheets: dict[str, Sheet]
    others: tuple[Sheet, ...] = ()  # of names that are not ours, or that say the same again


def read_declaration(parcel: Parcel, limits: LimitSettings) -> tuple[Declaration, Entry | None]:
    """What the sender declares, and the entry that is the spreadsheet; ``None`` for a form.

    Raises:
        InputError: there is no spreadsheet, it cannot be read, or it names no case file.
    """
    if parcel.declaration is not None:
        return parcel.declaration, None
    found = _find(parcel, limits)
    findings: list[Finding] = []
    for kind, sheet in found.sheets.items():
        findings.extend(oddities(kind, sheet))
    for other in found.others:
        findings.extend(not_read(other.name, other.rows, KINDS))
    rows = {
        kind: list(declared_rows(kind, sheet, sheet.rows, findings))
        for kind, sheet in found.sheets.items()
    }
    case_files = rows.pop("case-file")
    if not case_files:
        raise SheetEmptyError(name=found.entry.path, sheet=sheet_name("case-file"))
    documents = [row for kind in KINDS if kind in rows for row in rows[kind]]
    apart = parcel.beside | {found.entry.path}
    paths = [entry.path for entry in parcel.entries if entry.path not in apart]
    return declare(case_files, documents, paths, tuple(findings)), found.entry


def _find(parcel: Parcel, limits: LimitSettings) -> FoundSheet:
    at_root = [
        entry
        for entry in parcel.entries
        if "/" not in entry.path and entry.path.lower().endswith(".xlsx")
    ]
    names = [entry.path for entry in at_root]
    if not at_root:
        inside = [entry.path for entry in parcel.entries if _is_sheet_of_folder(entry.path)]
        folders = sorted({path.partition("/")[0] for path in inside})
        if len(folders) > 1:
            raise PackagesSeveralError(count=len(folders), names=folders[:CANDIDATES])
        if (other := in_another_format(parcel)) is not None:
            raise SheetOtherFormatError(name=other)
        raise SheetNotFoundError(source=parcel.source)
    if len(at_root) > CANDIDATES:
        raise SheetAmbiguousError(names=names[:CANDIDATES])
    if len(at_root) == 1:
        return _opened(at_root[0], limits)
    fitting: list[FoundSheet] = []
    for entry in at_root:
        try:
            fitting.append(_opened(entry, limits))
        except (SheetMissingError, workbook.SheetUnreadableError):
            continue
    if len(fitting) != 1:
        raise SheetAmbiguousError(names=names)
    return fitting[0]


def in_another_format(parcel: Parcel) -> str | None:
    """The one file at the root that is a table, though no .xlsx; of several the sheet by name."""
    names = [entry.path for entry in parcel.entries if "/" not in entry.path]
    tables = [name for name in names if name.lower().endswith(_OTHER_TABLES)]
    named = [name for name in tables if kind_of_sheet(name.rpartition(".")[0])]
    return (named or tables)[0] if named or len(tables) == 1 else None


def _is_sheet_of_folder(path: str) -> bool:
    return path.count("/") == 1 and path.lower().endswith(".xlsx")


def _opened(entry: Entry, limits: LimitSettings) -> FoundSheet:
    if entry.size_bytes > workbook.SHEET_BYTES:
        raise FileTooLargeError(name=entry.path, limit=workbook.SHEET_BYTES)
    with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
        copy = Path(folder, "sheet.xlsx")
        with our_errors("", Path(folder)), entry.open() as source, copy.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        sheets = workbook.read_workbook(copy, entry.path, limits)
    by_kind: dict[str, Sheet] = {}
    others: list[Sheet] = []
    for sheet in sheets:
        kind = kind_of_sheet(sheet.name)
        if kind is None or kind in by_kind:
            others.append(sheet)
        else:
            by_kind[kind] = sheet
    require_kinds(by_kind, entry.path, [sheet.name for sheet in sheets])
    return FoundSheet(entry, by_kind, tuple(others))


def require_kinds(kinds: Collection[str], name: str, found: list[str]) -> None:
    """``SheetMissingError`` without the sheet Hồ sơ, or without any sheet of what it holds."""
    has_some = any(kind in kinds for kind in KINDS[1:])
    for kind in KINDS[: 1 if has_some else 2]:
        if kind not in kinds:
            raise SheetMissingError(name=name, sheet=sheet_name(kind), found=found)


def declared_rows(
    kind: str, sheet: Sheet, rows: Iterable[Row], findings: list[Finding]
) -> Iterator[DeclaredRow]:
    """The rows of data below the headings of the sheet, one after another."""
    columns, data = below_headings(kind, rows, findings)
    columns.hidden.update(sheet.hidden_columns)
    orders: dict[int, DayOrder] = {}
    for row in above_foot(kind, data, columns, findings):
        findings.extend(unheaded(kind, row, columns))
        findings.extend(unseen(kind, row, columns))
        declared = _declared(kind, row, columns, orders)
        if declared.fields or declared.findings:  # a row that is numbered alone says nothing
            yield declared
    for column, order in orders.items():
        findings.extend(order.findings(kind, columns.rules[column]))


def kind_of_sheet(name: str) -> str | None:
    """What the rows of a sheet of this name are, or ``None`` for a sheet of no concern."""
    return next((kind for kind in KINDS if plain(sheet_name(kind)) == plain(name)), None)


def _declared(kind: str, row: Row, columns: Columns, orders: dict[int, DayOrder]) -> DeclaredRow:
    declared = DeclaredRow(kind, row.number)
    secret = False
    parts: dict[str, str] = {}
    for cell in row.cells:
        rule = columns.rules.get(cell.column)
        if cell.column in columns.parts:
            parts[columns.parts[cell.column]] = cell.text
        if cell.column in columns.secrecy and is_secret(cell.text):
            secret = True
        if rule is None:
            if (heading := columns.headings.get(cell.column)) and cell.kind not in _NO_TEXT:
                declared.fields[f"{OWN}{heading}"] = cell.text  # perhaps the agency's own field
            continue
        place = row_place(kind, row.number, rule.name)
        if cell.kind in _NO_TEXT:
            facts = {"cell": cell.reference, "sheet": sheet_name(kind), "field": rule.label_vi}
            code = "formula-cell" if cell.kind is CellKind.FORMULA else "error-cell"
            declared.findings.append(Finding(CHECK, code, Severity.ERROR, place, facts))
            continue
        if rule.type in ("Date", "DateTime"):
            orders.setdefault(cell.column, DayOrder()).add(row.number, cell.kind, cell.text)
        if cell.kind is CellKind.NUMBER and rule.type == "String" and is_cut(cell.text):
            facts = {"cell": cell.reference, "field": rule.label_vi, "value": cell.text[:200]}
            declared.findings.append(
                Finding(CHECK, "number-digits-lost", Severity.ERROR, place, facts)
            )
        declared.put(rule, as_kept(cell.text, rule), written=cell.text)
    if parts and "fileCode" not in declared.fields:
        declared.fields["fileCode"] = code_of(parts)
    if secret:  # whatever the column of the mode says
        declared.fields["mode"] = MODE_MAT
    return declared
