"""A form that is a table, as a workbook: the layout of the printed one, every cell a text."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from archive_service.forms.table_form import FormRow, TableForm, said
from archive_service.text import nfc, unturned

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHARACTERS = 110  # across the whole sheet, shared out among the columns
_OF_WORDS = 8  # columns of a sheet of words alone
_SHEET_NAME = 31  # the most that a program shows
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_CREATED = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - a workbook knows no zone; equal bytes
_FORMATS: dict[str, dict[str, Any]] = {
    "centre": {"align": "center", "text_wrap": True, "valign": "vcenter"},
    "bold": {"align": "center", "bold": True, "text_wrap": True, "valign": "vcenter"},
    "head": {"align": "center", "bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"},
    "numbers": {"align": "center", "border": 1, "italic": True},
    "heading": {"bold": True, "border": 1, "text_wrap": True, "valign": "top"},
    "subheading": {"bold": True, "border": 1, "italic": True, "text_wrap": True, "valign": "top"},
    "left": {"border": 1, "text_wrap": True, "valign": "top"},
    "center": {"align": "center", "border": 1, "text_wrap": True, "valign": "top"},
    "right": {"align": "right", "border": 1, "text_wrap": True, "valign": "top"},
    "plain": {"text_wrap": False},
}


def write_xlsx(form: TableForm, target: Path) -> None:
    """Write ``form`` to ``target``; a text is never taken for a formula. Equal input, equal bytes.

    Rows go out as they come, so that 30,000 of them need no more memory than 30.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target), {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"created": _CREATED, "title": _as_shown(form.name)})
    looks = _looks_of(book)
    for at, (name, forms) in enumerate(groupby([form, *form.behind], key=_sheet_name)):
        _Writer(book.add_worksheet(name or None), looks).write(list(forms), headed=at == 0)
    book.close()


def _looks_of(book: Any) -> dict[str, Any]:
    base = {"font_name": "Times New Roman", "font_size": 12}
    return {name: book.add_format(base | entry) for name, entry in _FORMATS.items()}


def _sheet_name(form: TableForm) -> str:
    """Forms that follow each other under one name stand on one sheet, one below the other."""
    whole = " ".join([form.name, *form.about[-1:]])
    return sheet_name(form.sheet or (whole if len(whole) <= _SHEET_NAME else form.name))


def sheet_name(words: str) -> str:
    """What a sheet may be called: so many characters, none that is forbidden, cut between words."""
    name = _as_shown(words).translate(_NOT_IN_NAMES).strip("' ")
    if len(name) <= _SHEET_NAME:
        return name
    whole, _, _ = name[:_SHEET_NAME].rpartition(" ")
    return f"{whole or name[: _SHEET_NAME - 1]}…"


def _as_shown(words: str) -> str:
    return unturned(nfc(words))


class _Writer:
    """One sheet."""

    def __init__(self, sheet: Any, formats: dict[str, Any]) -> None:
        self._sheet, self._formats = sheet, formats
        self._line = 0

    def write(self, forms: Sequence[TableForm], *, headed: bool) -> None:
        """Each from top to bottom, each row once; lists that lie behind have no head."""
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._set_widths(forms[0])
        for at, form in enumerate(forms):
            self._form = form
            if at:
                self._line += 2
            if headed:
                self._head()
            self._names()
            self._table(only=len(forms) == 1)
            self._foot()

    def _set_widths(self, form: TableForm) -> None:
        if form.lies_across:
            self._sheet.set_landscape()
        shares = sum(column.width for column in form.columns)
        for at, column in enumerate(form.columns):
            self._sheet.set_column(at, at, max(8, round(_CHARACTERS * column.width / shares)))
        if not form.columns:
            self._sheet.set_column(0, _OF_WORDS - 1, _CHARACTERS // _OF_WORDS)

    def _table(self, *, only: bool) -> None:
        """Heads and rows; the heads of the ``only`` table stay in sight and on each page."""
        form = self._form
        if not form.columns:
            return
        heads_at = self._line
        self._row([column.head for column in form.columns], ["head"] * len(form.columns))
        if form.numbered:
            numbers = [f"({at})" for at in range(1, len(form.columns) + 1)]
            self._row(numbers, ["numbers"] * len(numbers))
        if only:
            self._sheet.freeze_panes(self._line, 0)
            self._sheet.repeat_rows(heads_at, self._line - 1)
        for row in form.rows:
            self._row(row.cells, self._looks(row))

    def _head(self) -> None:
        form = self._form
        lines = [
            (form.issuer_above or form.issuer.upper(), said("state")),
            (form.issuer.upper() if form.issuer_above else "", said("motto")),
            (said("number", number=form.number) if form.number else "", form.place_and_date),
        ]
        for left, right in lines:
            self._across([(left, "bold"), (right, "bold")])
        self._line += 1

    def _names(self) -> None:
        form = self._form
        self._across([(form.name.upper(), "bold")])
        for words in form.about:
            self._across([(words, "centre")])
        for words in form.opening:
            self._text(words)
        self._line += 1

    def _foot(self) -> None:
        form = self._form
        self._line += 1
        for words in form.totals:
            self._text(words)
        if form.signers:
            self._line += 1
            self._beside([signer.on for signer in form.signers], "centre")
            self._beside([signer.position.upper() for signer in form.signers], "bold")
            self._beside([signer.note for signer in form.signers], "centre")
            self._line += 4
            self._beside([signer.name for signer in form.signers], "bold")
        if form.recipients:
            self._text(said("recipients"))
        for words in form.sent_to:
            self._text(f"- {words}")

    def _beside(self, lines: list[str], look: str) -> None:
        """Where each signs, one beside the other; no line where nothing is told."""
        if any(lines):
            self._across([(words, look) for words in lines], last=True)

    def _looks(self, row: FormRow) -> list[str]:
        if row.kind == "row":
            return [column.align for column in self._form.columns]
        return [row.kind] * len(self._form.columns)

    def _row(self, cells: Any, looks: list[str]) -> None:
        for at, (words, look) in enumerate(zip(cells, looks, strict=True)):
            if words:
                self._sheet.write_string(self._line, at, _as_shown(words), self._formats[look])
            else:
                self._sheet.write_blank(self._line, at, None, self._formats[look])
        self._line += 1

    def _text(self, words: str) -> None:
        self._sheet.write_string(self._line, 0, _as_shown(words), self._formats["plain"])
        self._line += 1

    def _across(self, parts: list[tuple[str, str]], *, last: bool = False) -> None:
        """Texts over cells that are one; a lone place of signing stands in the right half."""
        count = len(self._form.columns) or _OF_WORDS
        if last and len(parts) == 1:
            parts = [("", "plain"), *parts]
        for at, (words, look) in enumerate(parts):
            first, end = count * at // len(parts), count * (at + 1) // len(parts) - 1
            if not words:
                continue
            if end > first:
                self._sheet.merge_range(
                    self._line, first, self._line, end, _as_shown(words), self._formats[look]
                )
            else:
                self._sheet.write_string(self._line, first, _as_shown(words), self._formats[look])
        self._line += 1
