"""archive code: record codes taken apart."""

from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, table, with_json

if TYPE_CHECKING:
    from archive_service.domain.agencies.code_scheme import FondsScheme


@click.group()
def code() -> None:
    """Record codes (mã hồ sơ)."""


@code.command()
@with_json
@click.argument("text")
@pass_cli
def parse(cli: Cli, text: str, *, as_json: bool) -> None:
    """Take a record code apart, with the known agencies as the authority.

    A reference to an old inventory (Phông …, mục lục số …, hồ sơ số …) is taken apart too,
    and a code without a year by the scheme that a fonds declares.
    """
    from archive_service.domain.agencies.code_scheme import read_by_scheme
    from archive_service.domain.agencies.record_code import (
        MalformedRecordCodeError,
        parse_code_or_reference,
    )

    known, schemes = _known(cli)
    try:
        document = parse_code_or_reference(text, known).as_document()
    except MalformedRecordCodeError:
        if (code := read_by_scheme(text, schemes)) is None:
            raise
        document = code.as_document() | {"year": None, "fonds": code.fonds}
    if as_json:
        emit(document)
    else:
        table(["", ""], [(name, value) for name, value in document.items()])


def _known(cli: Cli) -> "tuple[set[str], list[FondsScheme]]":
    """Identifiers and schemes on record; none where the home is not set up yet."""
    from archive_service.catalogue.agencies.acts import known_identifiers, known_schemes
    from archive_service.cli.context import HomeMissingError

    try:
        with cli.services.read_only() as session:
            return known_identifiers(session), known_schemes(session)
    except HomeMissingError:
        return set(), []
