"""The official list of identifiers: known from then on, and the authority for record codes."""

import csv
from pathlib import Path

from sqlalchemy import select

from archive_service import access
from archive_service.audit import record_event
from archive_service.catalogue.agency_acts import record_agency_act
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency, AgencyIdentifier
from archive_service.domain.agency_identifier import parse_agency_identifier
from archive_service.errors import InputError
from archive_service.text import nfc

_CODE_HEADINGS = ("code", "code_h", "ma dinh danh", "mã định danh", "mã")
_NAME_HEADINGS = ("name", "name_before_2025_merger", "ten", "tên cơ quan", "tên")


class AgencyListError(InputError):
    """The official list has no column of codes or of names."""

    code = "agency-list"


def import_official_list(path: Path, *, actor: Actor, uow: UnitOfWork) -> tuple[int, int]:
    """Read the official list (CSV or XLSX): identifiers become known, their agencies not served.

    Returns how many rows were added and how many were known. Rows whose code names a range or a
    group, such as A01-A99, are passed over.

    Raises:
        AgencyListError: no column of codes or names, or the file cannot be read.
    """
    access.require(actor, "agency:add")
    session = uow.session
    known = set(session.scalars(select(AgencyIdentifier.code)))
    added: list[Agency] = []
    passed = 0
    for code, name, source in _rows_of(path):
        try:
            parsed = parse_agency_identifier(code)
        except InputError:
            continue
        if parsed.text in known:
            passed += 1
            continue
        known.add(parsed.text)
        agency = Agency(code=parsed.text, name=nfc(name), served=False, source=source[:500])
        agency.identifiers.append(
            AgencyIdentifier(code=parsed.text, form=parsed.form, level=parsed.level)
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


def _rows_of(path: Path) -> list[tuple[str, str, str]]:
    """Code, name and source of each row, whatever the order of the columns."""
    table = _table(path)
    heads = [str(cell or "").strip().lower() for cell in table[0]] if table else []
    code = next((heads.index(name) for name in _CODE_HEADINGS if name in heads), None)
    label = next((heads.index(name) for name in _NAME_HEADINGS if name in heads), None)
    if code is None or label is None:
        raise AgencyListError(file=path.name, columns=heads)
    source = heads.index("source") if "source" in heads else None
    return [
        (str(row[code]), str(row[label]), str(row[source]) if source is not None else path.name)
        for row in table[1:]
        if len(row) > max(code, label) and row[code]
    ]


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
