"""Writes the refused case files of a delivery as a list that can be mended and sent again."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from archive_service import law, messages
from archive_service.domain.intake.delivery import DeliveryRefusal
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument


def write_mend_list(
    target: Path,
    refused: Iterable[DeliveryRefusal],
    words: Callable[[DeliveryRefusal], list[str]],
) -> None:
    """An .xlsx of the two sheets, and a third that says of each case file what is wrong.

    Cells are text, and rows are written one after another: memory stays flat. Of a state secret
    nothing but its row and code is told.
    """
    import xlsxwriter

    options = {"constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        sheets = {kind: _Sheet(book, kind) for kind in ("case-file", "document")}
        errors = book.add_worksheet(messages.text("pages.deliveries.errors_sheet"))
        line = 0
        for row in refused:
            for sentence in words(row):
                for column, text in enumerate((str(row.row), row.code, sentence)):
                    errors.write_string(line, column, text)
                line += 1
            if row.declared:
                _write(sheets, DeclaredCaseFile.model_validate(row.declared))


class _Sheet:
    """One sheet with the names of the fields above its rows."""

    def __init__(self, book: Any, kind: str) -> None:
        self._sheet = book.add_worksheet(sheet_name(kind))
        self._columns = [rule.name for rule in law.fields(kind)]
        self._line = 1
        for column, name in enumerate(self._columns):
            self._sheet.write_string(0, column, name)

    def add(self, fields: dict[str, str]) -> None:
        """One row."""
        for column, name in enumerate(self._columns):
            if value := fields.get(name):
                self._sheet.write_string(self._line, column, value)
        self._line += 1


def _write(sheets: dict[str, _Sheet], declared: DeclaredCaseFile) -> None:
    sheets["case-file"].add(declared.fields)
    for document in declared.documents:
        if document.kind == "document":
            sheets["document"].add(document.fields | _files(document))


def _files(document: DeclaredDocument) -> dict[str, str]:
    facts = {"files": ";".join(file.path for file in document.files)}
    digests = [file.sha256 for file in document.files]
    if digests and all(digests):
        facts["sha256"] = ";".join(str(digest) for digest in digests)
    return facts
