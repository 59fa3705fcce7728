"""The two-sheet spreadsheet of a folder or ZIP: found, read, and turned into a declaration."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive_service import law
from archive_service.domain.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.law import FieldRule
from archive_service.settings import LimitSettings
from archive_service.storage.durable import our_errors
from archive_service.text import fold, nfc
from ingest.channels import workbook
from ingest.channels.declare import DeclaredRow, declare
from ingest.channels.parcel import Declaration, Entry, FileTooLargeError, Parcel
from ingest.channels.values import MODE_MAT, as_kept, is_secret
from ingest.channels.workbook import CellKind, Row, Sheet
from ingest.places import row_place, sheet_name

CHECK = "spreadsheet"
KINDS = ("case-file", "document", "picture", "media")
NEEDED = ("case-file", "document")
_SECRECY = re.compile(r"\b(do|muc) mat\b")
CANDIDATES = 8  # so many .xlsx at the root are opened in search of the one with the sheets


class SheetNotFoundError(InputError):
    """No .xlsx lies at the root."""

    code = "sheet-not-found"


class SheetAmbiguousError(InputError):
    """More than one .xlsx at the root has the two sheets, or too many lie there to be tried."""

    code = "sheet-ambiguous"


class SheetMissingError(InputError):
    """The .xlsx lacks one of the two sheets."""

    code = "sheet-missing"


class SheetEmptyError(InputError):
    """Sheet Hồ sơ names no case file."""

    code = "sheet-empty"


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """The spreadsheet of a parcel: which entry it is, and its sheets by kind."""

    entry: Entry
    sheets: dict[str, Sheet]


def read_declaration(parcel: Parcel, limits: LimitSettings) -> tuple[Declaration, Entry | None]:
    """What the sender declares, and the entry that is the spreadsheet; ``None`` for a form.

    Raises:
        InputError: there is no spreadsheet, it cannot be read, or it names no case file.
    """
    if parcel.declaration is not None:
        return parcel.declaration, None
    found = _find(parcel, limits)
    findings: list[Finding] = []
    rows = {kind: list(_rows(kind, sheet, findings)) for kind, sheet in found.sheets.items()}
    case_files = rows.pop("case-file")
    if not case_files:
        raise SheetEmptyError(name=found.entry.path, sheet=sheet_name("case-file"))
    documents = [row for kind in KINDS if kind in rows for row in rows[kind]]
    paths = [entry.path for entry in parcel.entries if entry is not found.entry]
    return declare(case_files, documents, paths, tuple(findings)), found.entry


def _find(parcel: Parcel, limits: LimitSettings) -> FoundSheet:
    at_root = [
        entry
        for entry in parcel.entries
        if "/" not in entry.path and entry.path.lower().endswith(".xlsx")
    ]
    names = [entry.path for entry in at_root]
    if not at_root:
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


def _opened(entry: Entry, limits: LimitSettings) -> FoundSheet:
    if entry.size_bytes > workbook.SHEET_BYTES:
        raise FileTooLargeError(name=entry.path, limit=workbook.SHEET_BYTES)
    with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
        copy = Path(folder, "sheet.xlsx")
        with our_errors("", Path(folder)), entry.open() as source, copy.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        sheets = workbook.read_workbook(copy, entry.path, limits)
    by_kind: dict[str, Sheet] = {}
    for sheet in sheets:
        kind = next(
            (kind for kind in KINDS if _plain(sheet_name(kind)) == _plain(sheet.name)), None
        )
        if kind is not None:
            by_kind.setdefault(kind, sheet)
    for kind in NEEDED:
        if kind not in by_kind:
            found = [sheet.name for sheet in sheets]
            raise SheetMissingError(name=entry.path, sheet=sheet_name(kind), found=found)
    return FoundSheet(entry, by_kind)


def _plain(name: str) -> str:
    return " ".join(fold(nfc(name)).replace(",", " ").split())


@dataclass(slots=True)
class _Columns:
    """Which field stands in which column."""

    rules: dict[int, FieldRule] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    secrecy: set[int] = field(default_factory=set)  # a column Độ mật, which the circular lacks


def _rows(kind: str, sheet: Sheet, findings: list[Finding]) -> Iterator[DeclaredRow]:
    if not sheet.rows:
        return
    columns = _columns(kind, sheet.rows[0], findings)
    for row in sheet.rows[1:]:
        if not _repeats_headings(kind, row, columns):
            yield _declared(kind, row, columns)


def _columns(kind: str, heading: Row, findings: list[Finding]) -> _Columns:
    columns = _Columns()
    seen: set[str] = set()
    for cell in heading.cells:
        rule = law.find_field(kind, cell.text)
        place = f"{sheet_name(kind)}!{cell.reference}"
        facts = {"heading": cell.text[:200]}
        if rule is None:
            columns.unknown.add(cell.column)
            if _SECRECY.search(_plain(cell.text)):
                columns.secrecy.add(cell.column)
            findings.append(Finding(CHECK, "column-unknown", Severity.WARNING, place, facts))
        elif rule.name in seen:
            findings.append(Finding(CHECK, "column-twice", Severity.ERROR, place, facts))
        else:
            seen.add(rule.name)
            columns.rules[cell.column] = rule
    return columns


def _repeats_headings(kind: str, row: Row, columns: _Columns) -> bool:
    """Whether the row holds the other names of the same columns, as our template does."""
    return all(
        cell.column in columns.unknown or law.find_field(kind, cell.text) is not None
        for cell in row.cells
    ) and any(
        (rule := columns.rules.get(cell.column)) is not None and rule.is_headed(cell.text)
        for cell in row.cells
    )


def _declared(kind: str, row: Row, columns: _Columns) -> DeclaredRow:
    declared = DeclaredRow(kind, row.number)
    secret = False
    for cell in row.cells:
        rule = columns.rules.get(cell.column)
        if cell.column in columns.secrecy and is_secret(cell.text):
            secret = True
        if rule is None:
            continue
        place = row_place(kind, row.number, rule.name)
        if cell.kind in (CellKind.FORMULA, CellKind.ERROR):
            facts = {"cell": cell.reference, "sheet": sheet_name(kind), "field": rule.label_vi}
            code = "formula-cell" if cell.kind is CellKind.FORMULA else "error-cell"
            declared.findings.append(Finding(CHECK, code, Severity.ERROR, place, facts))
            continue
        declared.put(rule, as_kept(cell.text, rule), written=cell.text)
    if secret:  # whatever the column of the mode says
        declared.fields["mode"] = MODE_MAT
    return declared
