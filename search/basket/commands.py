"""archive basket: documents and case files put aside by the account of --as."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from search.basket.acts import BasketDocument


_HEADS = ("code", "document", "title")


@click.group(cls=ActGroup)
def basket() -> None:
    """Documents and case files put aside by the account of --as, shown by the rights of now."""


def _listed(cli: Cli, found: "BasketDocument", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (basket_item.code, str(basket_item.document or ""), basket_item.title)
        for basket_item in found.items
    )
    table([cli.said(f"basket.heads.{name}") for name in _HEADS], rows, whole=2)
    if found.unseen:
        say(cli.said("basket.unseen", count=found.unseen))


@basket.command()
@with_json
@click.argument("code")
@click.option("--document", type=click.UUID, help="ID of one document of it.")
@pass_cli
def put(cli: Cli, /, code: str, document: UUID | None, *, as_json: bool) -> None:
    """Put a case file, or one document of it, into the basket."""
    from search.basket.acts import Chosen, put_in

    held = put_in(cli.services, Chosen(code=code, document=document), actor=cli.writer)
    if as_json:
        emit(held.as_json())
        return
    say(cli.said("basket.put", count=len(held.items)))


@basket.command("take-out")
@with_json
@click.argument("code")
@click.option("--document", type=click.UUID, help="ID of one document of it.")
@pass_cli
def take_out_(cli: Cli, /, code: str, document: UUID | None, *, as_json: bool) -> None:
    """Take a case file, or one document of it, out of the basket."""
    from search.basket.acts import Chosen, take_out

    held = take_out(cli.services, Chosen(code=code, document=document), actor=cli.writer)
    if as_json:
        emit(held.as_json())
        return
    say(cli.said("basket.taken", count=len(held.items)))


@basket.command()
@with_json
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--column", multiple=True, help="This column alone; all where none is named.")
@pass_cli
def export(cli: Cli, target: Path, column: tuple[str, ...], *, as_json: bool) -> None:
    """Write what lies in the basket into this file, .xlsx, .csv, .docx or .pdf."""
    from search.basket.acts import BASKET_COLUMNS, TakenAlong, export_basket
    from search.commands import table_of

    form, columns = table_of(cli, target, column, BASKET_COLUMNS)
    given = TakenAlong(form=form, columns=columns)
    done = export_basket(cli.services, given, actor=cli.writer, lang=cli.lang, target=target)
    if as_json:
        emit(done)
        return
    say(cli.said("basket.exported", file=done.file, hits=done.hits))


_ACTS = "search.basket.acts"
basket.offer("list", f"{_ACTS}:show_basket", show=_listed, reads=True)
basket.offer("empty", f"{_ACTS}:empty_basket", show=worded("basket.emptied"))
