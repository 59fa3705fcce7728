"""Files of rules below a home: what is told of one that cannot be read, with its line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from archive_service.law import CONFIG, RuleSetError

_Rules = TypeVar("_Rules")

_HEAD = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_AT_LINE = re.compile(r"\(at line (\d+)")


class HomeRulesError(RuleSetError):
    """A file of rules of the home cannot be read: no check goes on until it is mended."""

    code = "home-rules-invalid"


def table_of(home: Path | None, name: str, load: Callable[[Path, int], _Rules]) -> _Rules:
    """What ``load`` makes of the product's table of this name, or of the home's own in its place.

    Args:
        load: of a file, and when it changed in nanoseconds, so that it may be cached.

    Raises:
        HomeRulesError: the home's cannot be read.
    """
    own = None if home is None else home / "rule_sets" / name
    if own is None or not own.is_file():
        return load(CONFIG / "rule_sets" / name, 0)
    try:
        return load(own, own.stat().st_mtime_ns)
    except (RuleSetError, OSError, KeyError, ValueError, TypeError) as wrong:
        raise unreadable(own, home, wrong) from wrong


def unreadable(
    file: Path, home: Path | None, wrong: Exception, *, line: int | None = None
) -> HomeRulesError:
    """What is told of a home's file: its ``place`` below the home, with the line if it is known."""
    detail = str(wrong.facts["detail"]) if isinstance(wrong, RuleSetError) else str(wrong)
    if at := _AT_LINE.search(detail):
        line = int(at[1])
    name = file.relative_to(home).as_posix() if home is not None else file.name
    place = f"{name}:{line}" if line else name
    return HomeRulesError(file=file.name, line=line, place=place, detail=detail)


def row_line(file: Path, number: int) -> int | None:
    """The line at which the table ``[[rule]]`` of this number begins, if it is to be found."""
    return line_of(file.read_text("utf-8"), number, "") if number else None


def line_of(text: str, number: int, name: str) -> int | None:
    """Counted from 1: of ``name`` in the table ``[[rule]]`` of this number, else of its head."""
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines, start=1) if _HEAD.match(line)]
    if not 0 < number <= len(heads):
        return None
    begin, end = heads[number - 1], (heads[number:] or [len(lines) + 1])[0]
    pattern = re.compile(rf"\s*{re.escape(name)}\s*=") if name else _HEAD
    within = range(begin, end)
    return next((at for at in within if pattern.match(lines[at - 1])), begin)
