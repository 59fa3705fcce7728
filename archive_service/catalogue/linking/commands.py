"""archive case link, unlink: one document in several case files."""

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json

_REASON = click.option("--reason", required=True, help="Why: it stands in the audit trail.")
_ORDINAL = click.argument("ordinal", metavar="N", type=int)


@click.command()
@with_json
@click.argument("code")
@_ORDINAL
@click.option("--into", "target", required=True, help="Code of the other case file.")
@_REASON
@pass_cli
def link(cli: Cli, code: str, ordinal: int, target: str, reason: str, *, as_json: bool) -> None:
    """Make a document part of another case file of the fonds too, without a copy."""
    from archive_service.catalogue.linking.acts import link as link_document

    told = link_document(cli.services, code, ordinal, target, reason=reason, actor=cli.writer)
    emit(told) if as_json else say(cli.said("links.linked", **told))


@click.command("unlink")
@with_json
@click.argument("code")
@_ORDINAL
@_REASON
@pass_cli
def end_link(cli: Cli, code: str, ordinal: int, reason: str, *, as_json: bool) -> None:
    """Take a linked document out of a case file; where it lies it stays as it is."""
    from archive_service.catalogue.linking.acts import end_link as take_out

    told = take_out(cli.services, code, ordinal, reason=reason, actor=cli.writer)
    emit(told) if as_json else say(cli.said("links.unlinked", **told))


case = click.Group("case", commands=[link, end_link])
