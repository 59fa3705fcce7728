"""archive key: signing keys with their dates, and who has which seal in hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import clock
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import WORDS, emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.signing.seals.documents import SealCustodyDocument


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


@key.command("hand-over")
@with_json
@click.option("--agency", required=True, help="Identifier of the agency.")
@click.option("--to", required=True, help="The clerk's account.")
@click.option("--by", type=WORDS, required=True, help="Who hands it over, by name and position.")
@pass_cli
def hand_over(cli: Cli, agency: str, to: str, by: str, *, as_json: bool) -> None:
    """Hand an agency's seal key to a clerk, with numbered minutes; safe to repeat."""
    from archive_service.signing.seals import acts as seals_acts

    document = seals_acts.hand_over(cli.services, agency, to=to, by=by, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("key.handed-over", **_named(document, "number")))


@key.command("take-back")
@with_json
@click.option("--agency", required=True, help="Identifier of the agency.")
@click.option("--from", "account", required=True, help="The account that gives it back.")
@click.option("--to", type=WORDS, required=True, help="Who takes it, by name and position.")
@pass_cli
def take_back(cli: Cli, agency: str, account: str, to: str, *, as_json: bool) -> None:
    """Take an agency's seal key back from a clerk, with minutes of its own."""
    from archive_service.signing.seals import acts as seals_acts

    document = seals_acts.take_back(cli.services, agency, account=account, to=to, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("key.taken-back", **_named(document, "returned_number")))


def _named(document: "SealCustodyDocument", number: str) -> dict[str, str]:
    return {name: getattr(document, name) for name in (number, "agency", "holder")}


key.offer("list", "archive_service.signing.keys.listing:list_keys", show=_listed, reads=True)
