"""Files of rules below a home: what is told of one that cannot be read, with its line."""

import re
from pathlib import Path

from archive_service.law import RuleSetError

_HEAD = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_AT_LINE = re.compile(r"\(at line (\d+)")


class HomeRulesError(RuleSetError):
    """A file of rules of the home cannot be read: no check goes on until it is mended."""

    code = "home-rules-invalid"


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
    said = re.compile(rf"\s*{re.escape(name)}\s*=") if name else _HEAD
    within = range(begin, end)
    return next((at for at in within if said.match(lines[at - 1])), begin)
