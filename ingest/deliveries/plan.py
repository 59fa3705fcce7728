"""What a bulk spreadsheet declares, spooled to disk so that memory stays flat at any length."""

import itertools
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.formats.workbook import (
    Row,
    Sheet,
    SheetUnreadableError,
    spool_workbook_here,
    spooled,
)
from archive_service.settings import LimitSettings
from ingest.channels.declare import (
    DeclaredRow,
    Draft,
    code_missing,
    code_twice,
    code_unknown,
)
from ingest.channels.file_references import FileNames
from ingest.channels.headings import not_read, oddities
from ingest.channels.parcel import Entry
from ingest.channels.spreadsheet import (
    KINDS,
    SheetEmptyError,
    declared_rows,
    kind_of_sheet,
    require_kinds,
)
from ingest.channels.values import is_secret

TOLD = 200  # stray files and documents without a case file that are told one by one
_COMPARED = 2_000  # codes of case files that one of no case file is held against
_TABLES = """
CREATE TABLE case_file (ordinal INTEGER PRIMARY KEY, code TEXT, first INTEGER, told TEXT);
CREATE TABLE document (code TEXT, told TEXT);
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """One case file as declared, with what was seen while its rows were read."""

    ordinal: int  # from 1
    declared: DeclaredCaseFile
    findings: list[Finding]


@dataclass(slots=True)
class DeliveryPlan:
    """All case files of a delivery, in the order of their rows; read piece by piece."""

    _spool: sqlite3.Connection
    entries: Mapping[str, Entry]
    _names: FileNames
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)  # of no single case file
    withheld: set[str] = field(default_factory=set)  # paths that a state secret names
    _strays: dict[str, list[str]] = field(default_factory=dict)

    def from_row(self, start: int, count: int) -> list[Planned]:
        """``count`` case files after the first ``start``."""
        found = self._spool.execute(
            "SELECT ordinal, code, first, told FROM case_file"
            " WHERE ordinal > ? ORDER BY ordinal LIMIT ?",
            (start, count),
        ).fetchall()
        return [self._planned(*row) for row in found]

    def _planned(self, ordinal: int, code: str, first: int | None, text: str) -> Planned:
        draft = Draft(row := _row(text))
        draft.note(row.findings)
        if not code:
            draft.findings.extend(code_missing(row))
        if first is not None:
            draft.findings.append(code_twice(row, code, first))
        else:
            for document in self._documents(code):
                draft.take(document, self._names)
        declared = draft.declared()
        folders = {_folder(file.path) for each in declared.documents for file in each.files}
        for path in itertools.chain.from_iterable(self._strays.get(f, ()) for f in sorted(folders)):
            draft.findings.append(Finding("files", "file-not-named", Severity.WARNING, path))
        return Planned(ordinal, declared, draft.findings)

    def _documents(self, code: str) -> Iterator[DeclaredRow]:
        if not code and self.rows > 1:
            return iter(())
        wanted = (code, "") if self.rows == 1 else (code, code)
        rows = self._spool.execute(
            "SELECT told FROM document WHERE code IN (?, ?) ORDER BY rowid", wanted
        )
        return (_row(row_text) for (row_text,) in rows)

    def _settle(self) -> None:
        """After all rows are there: which codes come twice, what no row names, what is secret."""
        run = self._spool.execute
        run("CREATE INDEX by_code ON document (code)")
        run("CREATE INDEX case_by_code ON case_file (code)")
        run(
            "UPDATE case_file SET first = (SELECT json_extract(one.told, '$.number')"
            " FROM case_file one WHERE one.code = case_file.code AND one.code <> ''"
            " AND one.ordinal < case_file.ordinal"
            " ORDER BY one.ordinal LIMIT 1)"
        )
        self.rows = run("SELECT count(*) FROM case_file").fetchone()[0]
        self._tell_orphans()
        secret = {
            code
            for code, facts_text in run("SELECT code, told FROM case_file")
            if _is_secret(_row(facts_text))
        }
        named: set[str] = set()
        for code, facts_text in run("SELECT code, told FROM document"):
            row = _row(facts_text)
            wanted = self._names.split(row.fields.get("files", ""))
            paths = {file.path for file in self._names.named(wanted, "", "").files}
            named |= paths
            if code in secret or _is_secret(row):
                self.withheld |= paths
        self._tell_strays(named)

    def _tell_orphans(self) -> None:
        alone = self.rows == 1
        orphans = self._spool.execute(
            "SELECT told FROM document WHERE NOT (code = '' AND ?)"
            " AND code NOT IN (SELECT code FROM case_file WHERE code <> '')",
            (alone,),
        )
        codes = self._spool.execute("SELECT code FROM case_file LIMIT ?", (_COMPARED,))
        known = [code for (code,) in codes]
        for (row_text,) in itertools.islice(orphans, TOLD):
            row = _row(row_text)
            self.findings.append(code_unknown(row, row.fields.get("fileCode", ""), known))

    def _tell_strays(self, named: set[str]) -> None:
        strays = [path for path in self.entries if path not in named]
        used = {_folder(path) for path in named}
        loose = [path for path in strays if _folder(path) not in used]
        for path in strays:
            if _folder(path) in used:
                self._strays.setdefault(_folder(path), []).append(path)
        for path in loose[:TOLD]:
            self.findings.append(Finding("files", "file-not-named", Severity.WARNING, path))
        if len(loose) > TOLD:
            facts: dict[str, object] = {"count": len(loose) - TOLD}
            self.findings.append(Finding("files", "files-not-named", Severity.WARNING, "", facts))


@contextmanager
def open_plan(
    sheet: Path, name: str, entries: Mapping[str, Entry], limits: LimitSettings
) -> Iterator[DeliveryPlan]:
    """The plan of the spreadsheet at ``sheet``, known as ``name``; gone after the block.

    Raises:
        SheetUnreadableError, SheetTooLargeError, SheetMissingError, SheetEmptyError
    """
    with tempfile.TemporaryDirectory(prefix="delivery-") as place:
        lines = Path(place, "rows.jsonl")
        outcome = run_limited(
            spool_workbook_here,
            sheet,
            name,
            Output(lines),
            limit_s=limits.parser_s * 5,
            memory_mib=limits.parser_mib,
        )
        if isinstance(outcome, ParserFailure):
            raise SheetUnreadableError(name=name, reason=outcome.reason.value)
        with closing(sqlite3.connect(Path(place, "plan.db"))) as spool:
            spool.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
            plan = DeliveryPlan(spool, entries, FileNames(entries))
            with lines.open(encoding="utf-8") as source:
                _fill(plan, spool, spooled(source), name)
            plan._settle()  # noqa: SLF001 - the other half of its making
            yield plan


def sheets_of(lines: Iterable[Sheet | Row]) -> Iterator[tuple[Sheet, Iterator[Row]]]:
    """Each sheet with its rows, which are to be read before the next sheet is asked for."""
    number = 0

    def turn(item: Sheet | Row) -> int:
        nonlocal number
        number += isinstance(item, Sheet)
        return number

    for _, items in itertools.groupby(lines, turn):
        head = next(items)
        if isinstance(head, Sheet):
            yield head, (item for item in items if isinstance(item, Row))


def _fill(
    plan: DeliveryPlan, spool: sqlite3.Connection, lines: Iterable[Sheet | Row], name: str
) -> None:
    seen: list[str] = []
    titles: list[str] = []
    for sheet, rows in sheets_of(lines):
        titles.append(sheet.name)
        kind = kind_of_sheet(sheet.name)
        if kind is None or kind in seen:
            plan.findings.extend(not_read(sheet.name, rows, KINDS))
            continue
        seen.append(kind)
        plan.findings.extend(oddities(kind, sheet))
        declared = declared_rows(kind, sheet, rows, plan.findings)
        told = ((row.fields.get("fileCode", ""), _row_text(row)) for row in declared)
        table = "case_file" if kind == "case-file" else "document"
        spool.executemany(f"INSERT INTO {table} (code, told) VALUES (?, ?)", told)  # noqa: S608 - one of two names of ours
    require_kinds(seen, name, titles)
    if spool.execute("SELECT 1 FROM case_file LIMIT 1").fetchone() is None:
        raise SheetEmptyError(name=name, sheet=sheet_name("case-file"))


def _row_text(row: DeclaredRow) -> str:
    findings = [(f.check, f.code, f.severity.value, f.place, f.facts) for f in row.findings]
    facts = {"kind": row.kind, "number": row.number, "fields": row.fields, "findings": findings}
    return json.dumps(facts, ensure_ascii=False)


def _row(text: str) -> DeclaredRow:
    document: dict[str, Any] = json.loads(text)
    findings = [
        Finding(check, code, Severity(severity), place, facts)
        for check, code, severity, place, facts in document["findings"]
    ]
    return DeclaredRow(document["kind"], document["number"], document["fields"], findings)


def _is_secret(row: DeclaredRow) -> bool:
    return is_secret(row.fields.get("mode", ""))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
