"""The official list of identifiers: known from then on, and the authority for record codes."""

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive_service import access
from archive_service.audit import record_event
from archive_service.catalogue.agencies.custody_acts import record_agency_act
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.agency_identifier import parse_agency_identifier
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.text import nfc

_CODE_HEADINGS = ("code", "code_h", "ma dinh danh", "mã định danh", "mã")
_NAME_HEADINGS = ("name", "name_before_2025_merger", "ten", "tên cơ quan", "tên")


class AgencyListError(InputError):
    """The official list has no column of codes or of names."""


@dataclass(frozen=True, slots=True)
class _Row:
    code: str
    name: str
    source: str
    valid_from: dt.date | None  # first and last day of the identifier
    valid_to: dt.date | None


def import_official_list(path: Path, *, actor: Actor, uow: UnitOfWork) -> tuple[int, int]:
    """Read the official list (CSV or XLSX): identifiers become known, their agencies not served.

    Returns how many rows were added and how many were known. Rows whose code names a range or a
    group, such as A01-A99, are passed over.

    Raises:
        AgencyListError: no column of codes or names, or file or day cannot be read.
    """
    access.require(actor, "agency:add")
    session = uow.session
    known = set(session.scalars(select(AgencyIdentifier.code)))
    added: list[Agency] = []
    passed = 0
    for row in _rows_of(path):
        try:
            parsed = parse_agency_identifier(row.code)
        except InputError:
            continue
        if parsed.text in known:
            passed += 1
            continue
        known.add(parsed.text)
        agency = Agency(code=parsed.text, name=nfc(row.name), served=False, source=row.source[:500])
        agency.identifiers.append(
            AgencyIdentifier(
                code=parsed.text,
                form=parsed.form,
                level=parsed.level,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
        )
        session.add(agency)
        added.append(agency)
    session.flush()
    for agency in added:
        record_agency_act(session, agency)
    record_event(
        session,
        "agency:imported",
        subject_id=None,
        actor=actor,
        data={"file": path.name, "added": len(added), "known": passed},
    )
    return len(added), passed


def _rows_of(path: Path) -> list[_Row]:
    """The rows that have a code, whatever the order of the columns."""
    table = _table(path)
    heads = [str(cell or "").strip().lower() for cell in table[0]] if table else []
    code = next((heads.index(name) for name in _CODE_HEADINGS if name in heads), None)
    label = next((heads.index(name) for name in _NAME_HEADINGS if name in heads), None)
    if code is None or label is None:
        raise AgencyListError(file=path.name, columns=heads)
    rows: list[_Row] = []
    for cells in table[1:]:
        if len(cells) <= max(code, label) or not cells[code]:
            continue
        more = dict(zip(heads, cells, strict=False))
        try:
            since, until = _day(more.get("valid_from")), _day(more.get("valid_to"))
        except ValueError as wrong:
            raise AgencyListError(file=path.name, columns=[str(wrong)]) from None
        source = str(more.get("source", path.name))
        rows.append(_Row(str(cells[code]), str(cells[label]), source, since, until))
    return rows


def _day(cell: object) -> dt.date | None:
    """ISO, or a workbook's own date; nothing where the cell is empty."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    return dt.date.fromisoformat(str(cell).strip()) if cell else None


def _table(path: Path) -> list[list[object]]:
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as lines:
                return [list(row) for row in csv.reader(lines)]
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except (OSError, ValueError, KeyError) as wrong:
        raise AgencyListError(file=path.name, columns=[str(wrong)]) from None
