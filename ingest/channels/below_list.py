"""The foot of a list: totals, place and day, who made it and who signs; no row of data."""

import re
from collections.abc import Iterable, Iterator

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.formats.workbook import Cell, Row
from archive_service.law import FieldRule
from archive_service.text import fold, nfc
from ingest.channels.headings import CHECK, Columns
from ingest.channels.values import as_kept, is_date, is_moment

_TOLD = 20
_FEW = 2  # cells below headings that a row of the foot has at most; a row of data has more
_BEGINS = re.compile(  # of folded letters
    r"\(?tong (?:cong(?! ty\b)|so)\b.*|\(?(?:tong|cong)\W*(?:\d.*)?"
    r"|(?:bang|danh sach|danh muc|muc luc|bieu) (?:ke )?(?:nay )?(?:gom|co)\b.*"
    r"|(?:nguoi|can bo|cong chuc) (?:lap|giao|nhan|ky|nop|kiem tra|phu trach)\b.{,40}"
    r"|(?:thu truong|lanh dao|truong phong|chanh van phong|giam doc|luu tru vien)\b.{,40}"
    r"|(?:[^\d]{2,40}, )?ngay\W+(?:\d+\W+)?thang\W+.{,40}|xac nhan cua\b.{,60}|\(ky\b.*"
)
_CODE = re.compile(r"\S*\d\S*")
_NAME = re.compile(r"[./\\]|[0-9a-f]{64}", re.IGNORECASE)  # of a file; a digest


def above_foot(
    kind: str, rows: Iterable[Row], columns: Columns, findings: list[Finding]
) -> Iterator[Row]:
    """The rows of data; what else stands at the foot of the list is told by its numbers."""
    left: list[int] = []
    for row in rows:
        if _is_of_foot(row, columns, begun=bool(left)):
            left.append(row.number)
        else:
            yield row
    if left:
        name = sheet_name(kind)
        facts: dict[str, object] = {"sheet": name, "rows": left[:_TOLD]}
        findings.append(Finding(CHECK, "rows-below-list", Severity.INFO, name, facts))


def _is_of_foot(row: Row, columns: Columns, *, begun: bool) -> bool:
    """Whether it begins the foot by its words, or goes on with it; a file, code or day is data."""
    named = [(columns.rules[c.column], c) for c in row.cells if c.column in columns.rules]
    if len(named) > _FEW or any(_is_datum(rule, cell) for rule, cell in named):
        return False
    return begun or any(_BEGINS.fullmatch(_folded(cell.text)) for cell in row.cells)


def _is_datum(rule: FieldRule, cell: Cell) -> bool:
    """Whether the cell says something that only a row of data says."""
    value = as_kept(cell.text, rule)
    if rule.name == "fileCode":
        return _CODE.fullmatch(value) is not None
    if rule.code_list is not None:
        return value in law.code_list(rule.code_list).codes
    if rule.name in ("files", "sha256"):
        return _NAME.search(value) is not None
    return "," not in cell.text and (is_date(value) or is_moment(value))  # no place before the day


def _folded(text: str) -> str:
    return " ".join(fold(nfc(text)).split())
