"""Writes the empty spreadsheet of a submission: names of the fields, and the code lists."""

from pathlib import Path
from typing import Any

from archive_service import law, messages
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.law import FieldRule
from ingest.channels.spreadsheet import KINDS

ROWS = 2000  # so many rows get the formats
LONGEST_LIST = 255  # characters of a drop-down in the cell format's own limit
WIDTH = 22


def write_template(target: Path) -> None:
    """An .xlsx with both rows of names on a sheet a kind, and the code lists as the last.

    Photographs and film or sound have sheets of their own, which may stay empty. Columns that a row
    needs are marked; every cell is text, so that a leading zero and a
    date stay as they were typed.
    """
    import xlsxwriter

    with target.open("wb") as written:
        _write_book(xlsxwriter.Workbook(written, {"strings_to_formulas": False}))


def _write_book(book: Any) -> None:
    formats = {
        "needed": book.add_format({"bold": True, "bg_color": "#F4E3D7", "text_wrap": True}),
        "name": book.add_format({"bold": True, "bg_color": "#E8ECF0", "text_wrap": True}),
        "plain": book.add_format({"text_wrap": True, "italic": True}),
        "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
    }
    for kind in KINDS:
        _write_fields(book.add_worksheet(sheet_name(kind)), law.fields(kind), formats)
    _write_lists(book.add_worksheet(sheet_name("code-lists")), formats)
    book.close()


def _write_fields(sheet: Any, fields: tuple[FieldRule, ...], formats: dict[str, Any]) -> None:
    for column, rule in enumerate(fields):
        needed = rule.mandatory and not rule.fallback and rule.required_when is None
        sheet.write_string(0, column, rule.name, formats["needed" if needed else "name"])
        sheet.write_string(1, column, rule.label_vi, formats["plain"])
        if rule.rule:
            sheet.write_comment(1, column, rule.rule)
        choices = _choices(rule)
        if choices:
            offered = {"validate": "list", "source": choices, "error_type": "warning"}
            sheet.data_validation(2, column, ROWS, column, offered)
    sheet.set_column(0, len(fields) - 1, WIDTH, formats["text"])
    sheet.freeze_panes(2, 1)


def _choices(rule: FieldRule) -> list[str]:
    if rule.code_list is None or rule.many:
        return []
    labels = list(law.code_list(rule.code_list).codes.values())
    return labels if len(",".join(labels)) <= LONGEST_LIST else []


def _write_lists(sheet: Any, formats: dict[str, Any]) -> None:
    headings = messages.labels("template")
    for column, key in enumerate(("list", "code", "label")):
        sheet.write_string(0, column, headings[key], formats["name"])
    row = 1
    for label, codes in _lists().items():
        for code, meaning in codes.items():
            for column, text in enumerate((label, code, meaning)):
                sheet.write_string(row, column, text)
            row += 1
    sheet.set_column(0, 2, WIDTH)
    sheet.freeze_panes(1, 0)


def _lists() -> dict[str, Any]:
    """The lists that the sheets use, by the Vietnamese name of the field."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        for rule in law.fields(kind):
            if rule.code_list is not None:
                found.setdefault(rule.label_vi, law.code_list(rule.code_list).codes)
    return found
