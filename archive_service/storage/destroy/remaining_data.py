"""What stays of a destroyed case file: as much as the destruction list tells, and no more."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState

# Of the list (danh mục tài liệu đề nghị hủy): which it was, how old, how much, how long it was due.
KEPT = frozenset(
    {
        "id", "agency_id", "fonds_id", "code", "agency_code", "year", "number", "symbol",
        "arc_file_code", "inventory_reference", "ocfl_id", "title", "maintenance", "mode",
        "language", "start_date", "end_date", "total_doc", "number_of_paper", "number_of_page",
        "paper_file_code", "term_years", "rule_code", "rule", "starts_on", "ends_on", "permanent",
        "series_id", "edition", "version_wanted", "version_built", "version_stored",
        "receipt_number", "receipt_year", "receipt_sha256", "receipt_issued_at", "delivery_id",
        "split_from", "accepted_by", "accepted_at", "removing_since",
    }
)  # fmt: skip
# The row's own life, which is no data of the case file.
_WORK = frozenset({"state", "revision", "digitization"})


def stub_of(row: CaseFile, *, whole: bool = False) -> dict[str, Any]:
    """As it stands in the tombstone.

    Args:
        whole: all that describes it, of one that another archive keeps: its catalogue stays here.
    """
    names = {column.key for column in inspect(CaseFile).columns} - _WORK if whole else KEPT
    return {name: plain(getattr(row, name)) for name in sorted(names)}


def row_of_stub(facts: dict[str, Any]) -> CaseFile:
    """The inverse, not yet in any session; its state is the caller's to say."""
    columns = inspect(CaseFile).columns
    return CaseFile(
        **{
            name: typed(columns[name].type.python_type, facts[name])
            for name in columns.keys() & facts.keys()
        }
    )


def leave_what_stays(row: CaseFile) -> None:
    """The stub; of one that another archive keeps, all that describes it."""
    if row.state is not CaseState.TRANSFERRED:
        clear_to_stub(row)
        return
    row.version_indexed = row.version_reserved = row.size_bytes = 0
    row.locked_until = row.receipt_due_in = None


def clear_to_stub(row: CaseFile) -> None:
    """Everything else is as in a row that was just made."""
    for column in inspect(CaseFile).columns:
        if column.key in KEPT | _WORK:
            continue
        default = getattr(column.default, "arg", None)
        value = default({}) if callable(default) else default
        if column.name == "own_fields":
            value = {}
        setattr(row, column.key, value)


def plain(value: object) -> object:
    """A value of a column as JSON has it."""
    match value:
        case enum.Enum():
            return value.value
        case dt.datetime():
            return clock.iso(value)
        case dt.date() | UUID():
            return str(value)
        case _:
            return value


def typed(kind: type, value: Any) -> Any:  # Any: JSON
    """The inverse, for a column of this kind."""
    if value is None:
        return None
    if kind is dt.datetime:
        return clock.parse_iso(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return kind(value) if kind is UUID or issubclass(kind, enum.Enum) else value
