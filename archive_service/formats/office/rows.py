"""Rows of the tables of an Office document, as far as they tell what a word in them is."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CELL_ENDS = frozenset({"tc", "table-cell", "c"})
ROW_ENDS = frozenset({"tr", "table-row", "row"})
_ORDINAL = re.compile(r"\d{1,6}\s*[.)]?")
_LABEL_LETTERS = 40
_ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")  # halves of a letter are none
_MARGIN_CODES = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f+-]{5,6}|&\d+|&[A-Za-z]')


class Row(NamedTuple):
    """One line of a part; ``FAR`` alone is the end of a page."""

    text: str
    in_table: bool = False
    in_margin: bool = False  # a name of a sheet, a header of its print, a watermark
    in_list: bool = False  # of a table, in a row that begins with its number


class Table:
    """The row that is read: its cells so far. Cells of a table within it count as its own."""

    def __init__(self) -> None:
        self._cells: list[str] = []
        self._words: list[str] = []

    @property
    def in_list(self) -> bool:
        """Whether this row of a list is numbered: what follows is of a person, or of goods."""
        return bool(self._cells) and _ORDINAL.fullmatch(self._cells[0]) is not None

    def add(self, text: str) -> None:
        """One paragraph of the cell that is read."""
        if text.strip():
            self._words.append(text.strip())

    def end_cell(self) -> None:
        """What was added since the last one is the words of a cell; an empty one is none."""
        if self._words:
            self._cells.append(" ".join(self._words))
        self._words = []

    def end_row(self) -> Iterator[Row]:
        """A row of two cells may be a name and its value, as on a form."""
        self.end_cell()
        if len(self._cells) == 2 and all(len(cell) <= _LABEL_LETTERS for cell in self._cells):
            label, value = self._cells
            yield Row(f"{label.rstrip(' :')}: {value}", in_margin=True)
        self._cells = []


def of_margin(text: str) -> Iterator[str]:
    """The three parts of a header of a sheet, without the codes of their letters and fields."""
    for part in re.split(r"&[LCR]|\n", text):
        yield _MARGIN_CODES.sub("", part)


def unescaped(text: str) -> str:
    """The text of a cell: what XML cannot hold, such as a return, is written ``_x000D_``.

    Source: ISO/IEC 29500-1, 22.9.2.19 (ST_Xstring).
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
