"""archive code: record codes taken apart."""

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, table, with_json


@click.group()
def code() -> None:
    """Record codes (mã hồ sơ)."""


@code.command()
@with_json
@click.argument("text")
@pass_cli
def parse(cli: Cli, text: str, *, as_json: bool) -> None:
    """Take a record code apart, with the known agencies as the authority.

    A reference to an old inventory (Phông …, mục lục số …, hồ sơ số …) is taken apart too.
    """
    from archive_service.domain.agencies.record_code import parse_code_or_reference

    document = parse_code_or_reference(text, _known(cli)).as_document()
    if as_json:
        emit(document)
    else:
        table(["", ""], [(name, value) for name, value in document.items()])


def _known(cli: Cli) -> set[str]:
    """Identifiers on record; none where the home is not set up yet."""
    from archive_service.catalogue.agencies.acts import known_identifiers
    from archive_service.cli.context import HomeMissingError

    try:
        with cli.services.read_only() as session:
            return known_identifiers(session)
    except HomeMissingError:
        return set()
