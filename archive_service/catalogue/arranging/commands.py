"""archive case move, merge, reorder, undo-move: documents in their place."""

from typing import Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json

_REASON = click.option("--reason", required=True, help="Why: it stands in the audit trail.")
_ORDINALS = click.argument("ordinals", metavar="N...", nargs=-1, required=True, type=int)


@click.command()
@with_json
@click.argument("code")
@_ORDINALS
@click.option("--to", "target", required=True, help="Code of the receiving case file.")
@_REASON
@pass_cli
def move(
    cli: Cli, code: str, ordinals: tuple[int, ...], target: str, reason: str, *, as_json: bool
) -> None:
    """Move documents, named by their ordinals, to another case file of the fonds."""
    from archive_service.catalogue.arranging.acts import move as move_documents

    told = move_documents(cli.services, code, ordinals, target, reason=reason, actor=cli.writer)
    _say_moved(cli, told, as_json=as_json)


@click.command()
@with_json
@click.argument("code")
@_ORDINALS
@click.option("--new", "new_code", required=True, help="Code of the new case file.")
@click.option("--title", required=True, help="Title of the new case file.")
@_REASON
@pass_cli
def split(
    cli: Cli,
    code: str,
    ordinals: tuple[int, ...],
    new_code: str,
    title: str,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Take documents out of a case file into a new one, described and kept as the old one."""
    from archive_service.catalogue.arranging.acts import split as split_off

    more: dict[str, Any] = {"title": title, "reason": reason, "actor": cli.writer}
    told = split_off(cli.services, code, ordinals, new_code, **more, lang=cli.lang)
    _say_moved(cli, told, as_json=as_json)
    for found in [] if as_json else told["findings"]:
        say(f"{found['place']}: {found['message']} {found['remedy']}")


@click.command()
@with_json
@click.argument("code")
@click.option("--into", "target", required=True, help="Code of the receiving case file.")
@_REASON
@pass_cli
def merge(cli: Cli, code: str, target: str, reason: str, *, as_json: bool) -> None:
    """Move all documents of a case file into another one; its code stays readable."""
    from archive_service.catalogue.arranging.acts import merge as merge_into

    told = merge_into(cli.services, code, target, reason=reason, actor=cli.writer)
    _say_moved(cli, told, as_json=as_json)


@click.command()
@with_json
@click.argument("code")
@_ORDINALS
@_REASON
@pass_cli
def reorder(cli: Cli, code: str, ordinals: tuple[int, ...], reason: str, *, as_json: bool) -> None:
    """Put the documents in the order of these ordinals; each is named once."""
    from archive_service.catalogue.arranging.acts import reorder as put_in_order

    told = put_in_order(cli.services, code, ordinals, reason=reason, actor=cli.writer)
    emit(told) if as_json else say(cli.said("arrange.ordered", code=told["code"]))


@click.command("undo-move")
@with_json
@click.argument("code")
@click.argument("ordinal", metavar="N", type=int)
@_REASON
@pass_cli
def undo_move(cli: Cli, code: str, ordinal: int, reason: str, *, as_json: bool) -> None:
    """Take a moved document back to where it came from, if nothing changed since."""
    from archive_service.catalogue.arranging.acts import undo

    told = undo(cli.services, code, ordinal, reason=reason, actor=cli.writer)
    emit(told) if as_json else say(cli.said("arrange.undone", **told))


@click.command("undo-split")
@with_json
@click.argument("code")
@_REASON
@pass_cli
def undo_split(cli: Cli, code: str, reason: str, *, as_json: bool) -> None:
    """Take all documents of a split back, if nothing changed since."""
    from archive_service.catalogue.arranging.split_undo import undo_split as take_back

    told = take_back(cli.services, code, reason=reason, actor=cli.writer)
    _say_moved(cli, told, as_json=as_json)


def _say_moved(cli: Cli, told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(told)
        return
    count = len(told["moved"])
    say(cli.said("arrange.moved", count=count, code=told["code"], target=told["target"]))
