"""The cells of NĐ 30/2020 Phụ lục I as data: where each stands, and the words that tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from archive_service.law import CONFIG, RuleSetMeta, load_rule_set
from archive_service.text import fold

LAYOUT_FILE = CONFIG / "standards" / "nd30_layout.toml"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``words`` are as they are printed, ``folded`` the same without case and marks."""

    key: str
    number: str
    name: str
    page: str
    box: tuple[float, float, float, float]  # left, top, right, bottom in shares of the page
    words: tuple[str, ...]
    folded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """All cells by their key, and where they come from."""

    meta: RuleSetMeta
    cells: Mapping[str, Cell]

    def __getitem__(self, key: str) -> Cell:
        return self.cells[key]


@lru_cache(maxsize=1)
def layout() -> Layout:
    """The layout in ``config/standards``.

    Raises:
        RuleSetError: the file lacks its citation or cannot be read.
    """
    rules = load_rule_set(LAYOUT_FILE)
    cells = {}
    for row in rules.rows:
        words = cast("list[str]", row.get("words", []))
        left, top, right, bottom = cast("list[float]", row.get("box", [0.0, 0.0, 1.0, 1.0]))
        key = str(row["key"])
        cells[key] = Cell(
            key=key,
            number=str(row.get("cell", "")),
            name=str(row.get("name", "")),
            page=str(row.get("page", "")),
            box=(left, top, right, bottom),
            words=tuple(words),
            folded=tuple(fold(word) for word in words),
        )
    return Layout(rules.meta, cells)
