"""archive demo: the main job on sample material, told on the terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, with_json


@click.command()
@with_json
@click.option(
    "--servers-end", is_flag=True, help="The servers it uses end with it: tell how to keep them."
)
@pass_cli
def demo(cli: Cli, *, servers_end: bool, as_json: bool) -> None:
    """Do the main job end to end on sample material, in a home made anew, and tell it.

    Everything in the home goes, so only a new, empty or earlier demo's home is taken. Ends with
    the address and the accounts; --json gives what each step did. Exit 5 if a step did not prove
    itself.
    """
    from archive_service.demo.story import tell_story

    document = tell_story(
        cli.home.absolute(),
        config=cli.config,
        operator=cli.operator,
        teller=TerminalTeller(words=sys.stderr if as_json else sys.stdout, lang=cli.lang),
        lang=cli.lang,
    )
    if servers_end:  # all that the accounts could see goes with them
        document |= {"serve": None, "keep_servers": _how_to_keep(document, cli.lang)}
    if as_json:
        emit(document)
    elif servers_end:
        click.echo()
        for line in document["keep_servers"]:
            click.echo(line)
    else:
        where_to_look(document, cli.lang)


class TerminalTeller:
    """A heading, its facts and a tick each; bars on stderr that go when they are full."""

    def __init__(self, words: Any, lang: str) -> None:
        from rich.console import Console

        self._words = Console(file=words, highlight=False, soft_wrap=False)
        self._bars = Console(stderr=True)
        self._lang = lang

    def chapter(self, number: int, title: str) -> None:
        """See ``Teller.chapter``."""
        self._words.print(f"\n[bold]{number}. {title}[/bold]")

    def fact(self, text: str, *, proved: bool = True) -> None:
        """See ``Teller.fact``."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        if not proved:
            body, indent = Text(text.strip(), style="dim"), len(text) - len(text.lstrip())
            self._words.print(Padding(body, (0, 0, 0, 4 + indent), expand=False))
            return
        line = Table.grid(padding=(0, 1))
        line.add_row(Text(" ✓", style="green"), Text(text))
        self._words.print(line)

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[float], None]]:
        """See ``Teller.bar``."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        if not self._bars.is_terminal:  # a log: one line when it is over
            begun = time.monotonic()
            yield lambda _share: None
            taken = messages.shown(round(time.monotonic() - begun, 1), self._lang)
            self._bars.print(f"   {title}: {taken} s", highlight=False)
            return
        columns = (TextColumn("   {task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._bars, transient=True) as bars:
            task = bars.add_task(title, total=None)
            yield lambda share: bars.update(task, total=1.0, completed=share)


def _how_to_keep(document: dict[str, Any], lang: str) -> list[str]:
    """What to type for servers that stay, a line each, after what became of these."""
    from archive_service.demo.story import ADDRESS

    facts = {"seconds": document["seconds"], "home": document["home"], "url": ADDRESS}
    facts |= {f"second_{name}": word for name, word in document["second_archive"]["serve"].items()}
    steps = ("", "-1", "-2", "-3", "-4")
    return [messages.text(f"demo.keep{step}", lang, **facts) for step in steps]


def where_to_look(document: dict[str, Any], lang: str) -> None:
    """The closing lines: how the pages of both archives are opened, and who signs in for what."""
    from rich.console import Console

    def text(key: str, **facts: object) -> str:
        return messages.text(f"demo.{key}", lang, **facts)

    words, second = Console(highlight=False), document["second_archive"]
    words.print(f"\n[bold]{text('look', seconds=document['seconds'])}[/bold]")
    _opened_by(words, document, "waits", lang)
    words.print(f"  {text('accounts-file', file=document['accounts_file'])}", style="dim")
    words.print(f"\n[bold]{text('look-second')}[/bold]")
    _opened_by(words, second, "waits-second", lang)


def _opened_by(words: Any, archive: dict[str, Any], waits: str, lang: str) -> None:
    """How its pages are opened, and who signs in there for what."""
    from rich.table import Table

    from archive_service.demo.people import read_accounts

    words.print(f"  {archive['serve']['command']}  →  {archive['serve']['url']}", soft_wrap=True)
    accounts = Table.grid("", "", "", padding=(0, 3))
    for column in accounts.columns[:2]:
        column.no_wrap = True  # a password that is cut short opens nothing
    for name, password, role in read_accounts(Path(archive["home"])):
        own = f"demo.{waits}.{name}"  # of the second of a role
        work = messages.text(own if messages.has(own, lang) else f"demo.{waits}.{role}", lang)
        label = messages.label("roles", role, lang)
        accounts.add_row(f"  {name}", password, f"{label}: {work}")
    words.print(accounts)
