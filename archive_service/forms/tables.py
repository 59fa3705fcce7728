"""Lists as files for a spreadsheet program: CSV and XLSX, written row by row."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from archive_service.text import nfc, unturned

TableForm = Literal["csv", "xlsx"]
Row = Sequence[str | int | float | None]

MEDIA_TYPES: dict[TableForm, str] = {
    "csv": "text/csv",  # Werkzeug tells the character set of a text
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTH = 24  # characters of a column


def write_table(target: Path, headings: Sequence[str], rows: Iterable[Row]) -> Path:
    """Write the rows under their headings, in the form that the suffix of ``target`` names.

    Texts stay texts: none is taken for a formula by the program that opens the file.
    """
    if target.suffix == ".csv":
        _write_csv(target, headings, rows)
    else:
        _write_xlsx(target, headings, rows)
    return target


def _write_csv(target: Path, headings: Sequence[str], rows: Iterable[Row]) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([harmless(heading) for heading in headings])  # a field of one's own
        for row in rows:
            writer.writerow([_as_shown(harmless(value)) for value in row])


def _write_xlsx(target: Path, headings: Sequence[str], rows: Iterable[Row]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, _WIDTH)
    bold = book.add_format({"bold": True})
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, nfc(heading), bold)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, unturned(nfc(value)))
            else:
                sheet.write(number, column, value)
    book.close()


def _as_shown(value: str | float | None) -> str | float | None:
    return unturned(value) if isinstance(value, str) else value


def harmless(value: str | float | None) -> str | float | None:
    """OWASP: a cell that begins like a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(_STARTS_FORMULA):
        return f"'{value}"
    return value
