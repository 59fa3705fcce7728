"""What commands print: one JSON document on stdout, words and bars on stderr."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import click

from archive_service.text import telling

_PIECES = 10_000  # of JSON, words and signs, written at once
_BETWEEN = 3  # letters between two columns
_LONGEST_WORD = 20  # a longer one may be folded, where its column need not be whole

Item = TypeVar("Item")
Command = TypeVar("Command", bound=Callable[..., Any])


class _Words(click.ParamType[str]):
    """Words that are to be read later: more than white space and points."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Without the white space around them."""
        if not (words := telling(str(value))):
            self.fail("blank", param, ctx)
        return words


WORDS = _Words()
DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])


def emit(document: object) -> None:
    """One JSON document on stdout, nothing else there."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=1, default=_plain).iterencode(document)
    while some := "".join(islice(pieces, _PIECES)):
        click.echo(some, nl=False)
    click.echo()


def _plain(value: object) -> object:
    """What JSON does not know: a document's own JSON, anything else in words."""
    as_json = getattr(value, "as_json", None)
    return as_json() if as_json else str(value)


def say(text: str) -> None:
    """Words for a person, on stderr, so that stdout stays clean."""
    click.echo(text, err=True)


def heading(text: str) -> None:
    """What stands above a table, on stdout as the table does: a pipe keeps them together."""
    click.secho(text, bold=True)


def for_owner(target: Path | None) -> None:
    """The file that a secret is going to be written into: there, and its owner's alone.

    Asked before the secret is made: one that could not be written down would be lost. What is
    there already, readable for others, is no longer; a device stays as it is.
    """
    if target is not None:
        target.touch(mode=0o600)
        if target.is_file():
            target.chmod(0o600)


def told(fact: object) -> str:
    """A cell as people read it: days and moments by the local clock, nothing for ``None``."""
    from archive_service import messages

    return "" if fact is None else messages.shown(fact)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, whole: int = 0) -> None:
    """A plain table on stdout, as wide as the terminal; so many first columns are never folded.

    Where the terminal is too narrow for that, or for a word, each row is told line by line.
    """
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Column, Table

    lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
    # What is in brackets is a title's own, and no markup.
    console = Console(soft_wrap=False, markup=False, emoji=False, highlight=False)
    least = [
        _least_width(cells, whole=at < whole)
        for at, cells in enumerate(zip(heads, *lines, strict=True))
    ]
    room = console.width - sum(least) - _BETWEEN * len(least) - 1
    if room < 0:
        _tell_rows(heads, lines, whole=max(whole, 1))
        return
    # A code that is cut short can neither be read nor copied into the next command.
    columns = (
        Column(head, overflow="fold", no_wrap=at < whole, width=width)
        for at, (head, width) in enumerate(
            zip(heads, _widths(heads, lines, least, room), strict=True)
        )
    )
    shown = Table(*columns, box=SIMPLE)
    shown.header_style = "bold"
    for line in lines:
        shown.add_row(*line)
    console.print(shown)


def _widths(
    heads: Sequence[str], lines: Sequence[Sequence[str]], least: Sequence[int], room: int
) -> list[int]:
    """What is left of the line goes letter by letter to the columns that are still folded."""
    from rich.cells import cell_len

    wanted = [max(map(cell_len, cells)) for cells in zip(heads, *lines, strict=True)]
    widths = list(least)
    while room and widths != wanted:
        for at, most in enumerate(wanted):
            if room and widths[at] < most:
                widths[at] += 1
                room -= 1
    return widths


def _least_width(cells: Iterable[str], *, whole: bool) -> int:
    """Of a column, heading included: its longest cell, or its longest word up to a limit."""
    from rich.cells import cell_len

    if whole:
        return max(map(cell_len, cells))
    words = (word for cell in cells for word in cell.split())
    return min(max(map(cell_len, words), default=0), _LONGEST_WORD)


def _tell_rows(heads: Sequence[str], lines: Iterable[Sequence[str]], *, whole: int) -> None:
    for line in lines:
        click.secho("  ".join(line[:whole]), bold=True)
        for head, cell in zip(heads[whole:], line[whole:], strict=True):
            if cell:
                click.echo(f"  {head}: {cell}" if head else f"  {cell}")


def progress(
    items: Iterable[Item],
    title: str,
    *,
    total: int | None = None,
    size: Callable[[Item], int] | None = None,
) -> Iterator[Item]:
    """The same items, with a bar on stderr that counts them, or their bytes.

    Where there are more of them than ``total``, which may be an estimate, the total grows.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    counted = DownloadColumn() if size else MofNCompleteColumn()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        counted,
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bars:
        task = bars.add_task(title, total=total)
        for item in items:
            yield item
            bars.advance(task, size(item) if size else 1)
            if total is not None and bars.tasks[0].completed > total:
                bars.update(task, total=bars.tasks[0].completed)


def with_json(command: Command) -> Command:
    """The options every command has: ``--json`` and ``--lang``."""
    command = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(
        command
    )
    return click.option(
        "--lang",
        type=click.Choice(["vi", "en"]),
        default=None,
        expose_value=False,
        callback=_choose_language,
        help="Language of messages (default vi).",
    )(command)


def _choose_language(ctx: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.find_root().obj.lang = value
