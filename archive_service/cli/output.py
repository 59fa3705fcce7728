"""What commands print: one JSON document on stdout, words and bars on stderr."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

Item = TypeVar("Item")
Command = TypeVar("Command", bound=Callable[..., Any])


class _Words(click.ParamType[str]):
    """Words that are to be read later: more than white space."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Without the white space around them."""
        if not (words := str(value).strip()):
            self.fail("blank", param, ctx)
        return words


WORDS = _Words()


def emit(document: object) -> None:
    """One JSON document on stdout, nothing else there."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def say(text: str) -> None:
    """Words for a person, on stderr, so that stdout stays clean."""
    click.echo(text, err=True)


def told(fact: object) -> str:
    """A cell as people read it: days and moments by the local clock, nothing for ``None``."""
    from archive_service import messages

    return "" if fact is None else messages.shown(fact)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, whole: int = 0) -> None:
    """A plain table on stdout, as wide as the terminal; so many first columns are never folded."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Column, Table

    # A code that is cut short can neither be read nor copied into the next command.
    columns = (Column(head, overflow="fold", no_wrap=at < whole) for at, head in enumerate(heads))
    shown = Table(*columns, box=SIMPLE)
    shown.header_style = "bold"
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(soft_wrap=False).print(shown)


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
