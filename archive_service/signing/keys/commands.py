"""archive key: signing keys with their dates, and who has which seal in hand."""

from pathlib import Path
from typing import Any

import click

from archive_service import clock
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import WORDS, emit, say, table, told, with_json


@click.group(cls=ActGroup)
def key() -> None:
    """Signing keys: their dates, and the custody of agencies' seals."""


def _listed(cli: Cli, found: list[dict[str, Any]], *, as_json: bool) -> None:
    from archive_service import messages

    if as_json:
        emit({"keys": found})
        return
    rows = [
        (
            messages.text(f"labels.key-use.{entry['use']}", cli.lang),
            entry["name"],
            entry["subject"] or "",
            told(entry["valid_to"]),
            messages.text(f"badges.key.{entry['state']}", cli.lang),
            ", ".join(held["account"] for held in entry["holders"]),
        )
        for entry in found
    ]
    heads = cli.heads("key-use", "identifier", "subject", "valid-to", "state", "held-by")
    table(heads, rows)
    for entry in found:
        if entry["trouble_words"]:
            use = messages.text(f"labels.key-use.{entry['use']}", cli.lang)
            name = " ".join(filter(None, (use, entry["name"])))
            say(cli.said("key.trouble", name=name, why=entry["trouble_words"]))


@key.command()
@with_json
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file that the certificate is written into, as PEM.",
)
@pass_cli
def certificate(cli: Cli, to: Path, *, as_json: bool) -> None:
    """Write the archive's own certificate, without its key, for a partner to know it by."""
    import ssl

    from archive_service.signing.keys.listing import own_certificate

    own = own_certificate(cli.services, actor=cli.actor)
    to.write_text(ssl.DER_cert_to_PEM_cert(own.der), encoding="ascii")
    document = {
        "path": str(to),
        "subject": own.subject.name,
        "issuer": own.issuer,
        "sha256": own.sha256,
        "valid_from": clock.iso(own.valid_from),
        "valid_to": clock.iso(own.valid_to),
    }
    if as_json:
        emit(document)
    else:
        say(cli.said("key.certificate", **document))


key.offer("list", "archive_service.signing.keys.listing:list_keys", show=_listed, reads=True)
_SEALS = "archive_service.signing.seals.acts"
_AGENCY = click.Option(["--agency", "code"], required=True, help="Identifier of the agency.")
key.offer(
    "hand-over",
    f"{_SEALS}:hand_over",
    _AGENCY,
    more=(
        click.Option(["--to"], required=True, help="The clerk's account."),
        click.Option(
            ["--by"], type=WORDS, required=True, help="Who hands it over, by name and position."
        ),
    ),
    show=worded("key.handed-over"),
)
key.offer(
    "take-back",
    f"{_SEALS}:take_back",
    _AGENCY,
    more=(
        click.Option(["--from", "account"], required=True, help="The account that gives it back."),
        click.Option(
            ["--to"], type=WORDS, required=True, help="Who takes it, by name and position."
        ),
    ),
    show=worded("key.taken-back"),
)
