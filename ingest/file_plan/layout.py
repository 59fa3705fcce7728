"""The layout of NĐ 30/2020 Phụ lục V.II: which column is which, and what a row is."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from archive_service import messages
from archive_service.domain.agencies.file_plan import FilePlanHeading
from archive_service.domain.agencies.record_code import MalformedRecordCodeError, parse_notation
from archive_service.formats.workbook import Row
from archive_service.text import fold, nfc, same_words

# What the heading of each column holds, folded; the columns of the decree in their order.
_HEADINGS = {
    "notation": ("so va ky hieu", "so, ky hieu", "ky hieu ho so", "so ky hieu"),
    "title": ("tieu de", "ten nhom", "ten de muc"),
    "term": ("thoi han",),
    "creator": ("nguoi lap", "ca nhan lap"),
    "unit": ("don vi",),
    "rule_code": ("ma quy tac",),
    "rule_set": ("loai ho so",),
    "note": ("ghi chu",),
}
NEEDED = ("notation", "title")
_LONGEST_HEAD = 80  # a longer text is no name of a column
_ROMAN = r"[IVXLC]{1,7}"
_NUMBER = re.compile(rf"({_ROMAN}|[A-Z]|\d{{1,2}})")
_NUMBERED = re.compile(rf"({_ROMAN}|[A-Z]|\d{{1,2}})\s*[.)]\s+(\S.*)", re.DOTALL)
_ORDINAL = re.compile(r"\(?\d{1,2}\)?")
_BRACED = re.compile(r"\(\d{1,2}\)")
_SYMBOL = re.compile(r"(.*\S)\s*\(([^()\s]{1,30})\)", re.DOTALL)
_ENDS = re.compile(r"(ban )?danh muc( ho so)?( nay)? (nay|co)\b")
_SUM = re.compile(r"(tong (so|cong)\b|cong( so)?\s*[:(\d]|trong do\s*:|bao gom\s*:)")
_APART = re.compile(r"\s*(?:\n| / )\s*")


def columns_of(row: Row) -> dict[str, int]:
    """The columns that this row names."""
    columns: dict[str, int] = {}
    for cell in row.cells:
        words = " ".join(fold(nfc(cell.text)).split())
        if len(words) > _LONGEST_HEAD:
            continue
        for name, known in _HEADINGS.items():
            if name not in columns and any(word in words for word in known):
                columns[name] = cell.column
                break
    return columns


def heads_of(row: Row, above: Row | None) -> dict[str, int] | None:
    """The columns, where this row names them, alone or with the one directly above it."""
    columns = columns_of(row)
    if above is not None and above.number == row.number - 1 and columns:
        columns = columns_of(above) | columns
    return columns if all(name in columns for name in NEEDED) else None


def goes_on_naming(row: Row, columns: Mapping[str, int]) -> bool:
    """Whether a row goes on with the headings: it parts or numbers their columns, as by (3)."""
    named = set(columns_of(row).values()) - {columns[name] for name in NEEDED}
    texts = {cell.column: cell.text.strip() for cell in row.cells}
    return bool(named) and all(
        column in named or _ORDINAL.fullmatch(text) for column, text in texts.items()
    )


def numbers_columns(values: Mapping[str, str]) -> bool:
    """The row (1) (2) (3) below the heads."""
    given = [value for value in values.values() if value]
    if values["title"]:
        return all(_ORDINAL.fullmatch(value) for value in given)
    return all(_BRACED.fullmatch(value) for value in given)


def ends_table(words: str) -> bool:
    """The sentence that counts the whole plan: what follows is no part of the table."""
    return _ENDS.match(fold(words)) is not None


def names_recipients(words: str) -> bool:
    """Below the table, beside who signs: to whom the paper goes."""
    return fold(words).startswith("noi nhan")


def sums_up(words: str) -> bool:
    """A row of totals in between."""
    return _SUM.match(fold(words)) is not None


def read_heading(values: Mapping[str, str]) -> FilePlanHeading | None:
    """A numeral and a name, or the name alone: a group of case files, not one of them."""
    if any(values.get(name) for name in ("term", "creator", "unit")):
        return None
    number, title = values["notation"].rstrip(".) "), values["title"]
    if title and not number:
        numbered = _NUMBERED.fullmatch(title)
        number, title = (numbered[1], numbered[2]) if numbered else ("", title)
    elif title and not _NUMBER.fullmatch(number):
        return None
    elif not title:  # one cell over the whole row
        numbered = _NUMBERED.fullmatch(values["notation"])
        if numbered is None:
            return None
        number, title = numbered[1], numbered[2]
    title, symbol = _symbol_apart(title)
    return FilePlanHeading(number=number, title=title[:500], symbol=symbol)


def set_levels(headings: Sequence[FilePlanHeading]) -> None:
    """The style of numbers that comes first is of the major headings, another of the minor."""
    letters = any(_style(heading.number) == "letter" for heading in headings)
    major = None
    for ordinal, heading in enumerate(headings, start=1):
        style = _style(heading.number, letters=letters)
        if style and (major is None or _RANKS[style] < _RANKS[major]):
            major = style
        heading.ordinal = ordinal
    above = False
    for heading in headings:
        style = _style(heading.number, letters=letters)
        heading.level = 2 if above and style and style != major else 1
        above = above or heading.level == 1


def unit_and_person(text: str) -> tuple[str, str]:
    """Unit and person from a shared column: two lines are both, one line is either."""
    first, *rest = _APART.split(text.strip(), maxsplit=1)
    if rest:
        return first.strip(), " ".join(rest[0].split())
    begins = f"{same_words(first)} "
    is_unit = any(begins.startswith(f"{word} ") for word in _unit_words())
    return (first, "") if is_unit else ("", first)


@lru_cache(maxsize=1)
def _unit_words() -> tuple[str, ...]:
    """How names of units begin, marks and all: some surnames differ in no more than a mark."""
    return tuple(messages.text("labels.file-plan.unit-words", "vi").split(", "))


_RANKS = {"letter": 0, "roman": 1, "arabic": 2}


def _style(number: str, *, letters: bool = False) -> str:
    if not number:
        return ""
    if number.isdigit():
        return "arabic"
    if len(number) == 1 and (letters and number not in "IVX"):
        return "letter"
    return "roman" if re.fullmatch(_ROMAN, number) else "letter"


def _symbol_apart(title: str) -> tuple[str, str]:
    found = _SYMBOL.fullmatch(title)
    if found is None:
        return title, ""
    try:
        parse_notation(f"01.{found[2]}")
    except MalformedRecordCodeError:
        return title, ""
    return found[1], found[2]
