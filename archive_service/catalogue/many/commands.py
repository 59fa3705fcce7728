"""archive case describe-many, archive case batch: one order for many case files."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.files import text_of
from archive_service.cli.output import emit, say, table, with_json

_ACTS = ("set", "add", "remove", "replace")
_GIVEN = "archive.orders"
_OPTIONS = (
    ("replace", "FIELD=OLD=>NEW", "Replace words."),
    ("remove", "FIELD=VALUE", "Take out of a list of words."),
    ("add", "FIELD=VALUE", "Add to a list of words."),
    ("set", "FIELD=VALUE", "Write a value."),
)


def _kept(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta.setdefault(_GIVEN, {})[str(parameter.name)] = value


def with_orders(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is to be written, act by act; ``_orders`` reads it."""
    for name, metavar, words in _OPTIONS:
        command = click.option(
            f"--{name}", multiple=True, metavar=metavar, help=words, expose_value=False,
            callback=_kept,
        )(command)  # fmt: skip
    return command


@click.command("describe-many")
@with_json
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@with_orders
@click.option("--reason", required=True, help="Why: it stands in the audit trail.")
@click.option("--apply", "do_it", is_flag=True, help="Do it; else only show what would change.")
@pass_cli
def describe_many(cli: Cli, file: Path, reason: str, *, do_it: bool, as_json: bool) -> None:
    """One order for the case files whose codes FILE names, a line each; "-" reads standard input.

    FIELD is of the case file; documents.FIELD is of each of its documents. series and fonds say
    where case files stand. A worker does the work; this command waits for none.
    """
    from archive_service.catalogue.many import acts as many_acts
    from archive_service.catalogue.many import views as many_views
    from archive_service.catalogue.many.jobs import go_on

    words = sys.stdin.read() if str(file) == "-" else text_of(file)
    codes = [line.strip() for line in words.splitlines() if line.strip()]
    batch = many_acts.begin(
        cli.services, list(_orders()), reason=reason, actor=cli.writer, codes=codes
    )
    while go_on(cli.services, batch, actor=cli.writer):
        pass
    if do_it:
        many_acts.apply(cli.services, batch, actor=cli.writer)
    _show(cli, batch, as_json=as_json)
    if not as_json:
        found = many_views.batch_document(cli.services, batch, actor=cli.actor)
        say(cli.said(f"many.{found.state}", id=batch, **found.counts))


@click.command("batch")
@with_json
@click.argument("batch_id", metavar="ID", type=click.UUID)
@click.option("--apply", "act", flag_value="apply", help="Do what was shown.")
@click.option("--drop", "act", flag_value="drop", help="Do nothing of it.")
@click.option("--undo", "act", flag_value="undo", help="Take it back, but for what changed since.")
@click.option("--reason", default="", help="Why; needed with --undo.")
@pass_cli
def batch(cli: Cli, batch_id: UUID, act: str | None, reason: str, *, as_json: bool) -> None:
    """One order for many case files: what it changes, how far it is; apply it or take it back."""
    from archive_service.catalogue.many import acts as many_acts
    from archive_service.catalogue.many import views as many_views
    from archive_service.catalogue.many.jobs import go_on

    shown = batch_id
    if act == "apply":
        many_acts.apply(cli.services, batch_id, actor=cli.writer)
    elif act == "drop":
        many_acts.drop(cli.services, batch_id, actor=cli.writer)
    elif act == "undo":
        shown = many_acts.undo(cli.services, batch_id, reason=reason, actor=cli.writer)
        while go_on(cli.services, shown, actor=cli.writer):
            pass
        many_acts.apply(cli.services, shown, actor=cli.writer)
    _show(cli, shown, as_json=as_json)
    if not as_json:
        found = many_views.batch_document(cli.services, shown, actor=cli.actor)
        say(cli.said(f"many.{found.state}", id=shown, **found.counts))


def _orders() -> Iterator[dict[str, str]]:
    given: dict[str, tuple[str, ...]] = click.get_current_context().meta[_GIVEN]
    for act in _ACTS:
        for text in given[act]:
            name, found, value = text.partition("=")
            find = ""
            if act == "replace":
                find, arrow, value = value.partition("=>")
                found = arrow if found else ""
            if not found:
                raise click.BadParameter(text, param_hint=f"--{act}")
            scope, dot, field = name.partition(".")
            if dot and scope != "documents":
                raise click.BadParameter(text, param_hint=f"--{act}")
            yield {
                "scope": "documents" if dot else "case-file",
                "field": field if dot else name,
                "act": act,
                "value": value,
                "find": find,
            }


def _show(cli: Cli, batch_id: UUID, *, as_json: bool) -> None:
    from archive_service.catalogue.many import views as many_views

    found = many_views.batch_document(cli.services, batch_id, actor=cli.actor)
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        part = many_views.items_part(
            cli.services, batch_id, actor=cli.actor, state=None, limit=200, cursor=cursor,
            lang=cli.lang,
        )  # fmt: skip
        items += part["case_files"]
        cursor = part["cursor"]
        if cursor is None:
            break
    if as_json:
        emit(found.as_json() | {"case_files": items})
        return
    rows: list[tuple[object, ...]] = []
    for entry in items:
        rows += [
            (entry["code"], change["ordinal"] or "", change["field"], change["was"],
             change["becomes"])
            for change in entry["changes"]
        ]  # fmt: skip
        rows += [(entry["code"], "", "", "", found["message"]) for found in entry["refusals"]]
    table(cli.heads("case.code", "ordinal", "field", "was", "becomes"), rows)


case = click.Group("case", commands=[describe_many, batch])
