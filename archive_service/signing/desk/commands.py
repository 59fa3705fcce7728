"""archive sign: papers that are signed elsewhere, or with an agency's seal."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from archive_service.signing.desk.documents import (
        SigningAnswerDocument,
        SigningRequestDocument,
    )

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
STATES = ("waiting", "signed", "withdrawn")


@click.group(cls=ActGroup)
def sign() -> None:
    """Papers that wait for a signature made with a key of the signer's own."""


@sign.command()
@with_json
@click.argument("file", type=FILE)
@click.option("--for", "account", required=True, help="The account of whoever is to sign.")
@click.option("--identifier", default="", help="Identity number the certificate ought to bear.")
@click.option("--seal", is_flag=True, help="The clerk is to put the agency's seal on it.")
@pass_cli
def request(
    cli: Cli, file: Path, account: str, identifier: str, *, seal: bool, as_json: bool
) -> None:
    """Ask for a signature on a PDF."""
    from archive_service.signing.desk.acts import request_signature

    document = request_signature(
        cli.services,
        file,
        account=account,
        actor=cli.writer,
        identifier=identifier,
        with_seal=seal,
    )
    if as_json:
        emit(document)
    else:
        _say_findings(document)
        click.echo(document.id)


@sign.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only papers in this state.")
@pass_cli
def list_(cli: Cli, state: str | None, *, as_json: bool) -> None:
    """List the papers that the account asked for or is to sign."""
    from archive_service import messages
    from archive_service.domain.signing.signing_request import SigningState
    from archive_service.signing.desk.acts import list_requests

    wanted = SigningState(state) if state else None
    found = list_requests(cli.services, actor=cli.actor, state=wanted, lang=cli.lang)
    if as_json:
        emit({"signing_requests": found})
        return
    rows = [
        (
            request.id,
            request.name,
            request.signer,
            messages.text(f"badges.signing.{request.state}", cli.lang),
            request.signed_by,
        )
        for request in found
    ]
    table(cli.heads("identifier", "document", "signer", "state", "signed-by"), rows, whole=1)


@sign.command()
@click.argument("request_id", metavar="ID", type=click.UUID)
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write it here."
)
@click.option("--signed", is_flag=True, help="The paper as it came back signed.")
@pass_cli
def out(cli: Cli, request_id: UUID, to: Path, *, signed: bool) -> None:
    """Write the paper to a file: to sign it, or signed."""
    from archive_service.signing.desk.acts import read_signed, send_out

    read = read_signed if signed else send_out
    _, data = read(cli.services, request_id, actor=cli.actor)
    to.write_bytes(data)


@sign.command("return")
@with_json
@click.argument("request_id", metavar="ID", type=click.UUID)
@click.argument("file", type=FILE)
@click.pass_context
def return_(ctx: click.Context, request_id: UUID, file: Path, *, as_json: bool) -> None:
    """Bring the signed file back; exit 1 if it is refused, with all reasons."""
    from archive_service.signing.desk.acts import take_return

    cli: Cli = ctx.find_root().obj
    document = take_return(cli.services, request_id, file, actor=cli.writer, lang=cli.lang)
    if as_json:
        emit(document)
    else:
        _say_findings(document)
        _say_answer(cli, document)
    if not document.accepted:
        ctx.exit(Exit.PROBLEMS)


def _say_findings(document: "SigningRequestDocument") -> None:
    for finding in document.findings:
        say(f"{finding.message} {finding.remedy}")


def _say_answer(cli: Cli, document: "SigningAnswerDocument") -> None:
    say(cli.said("sign.taken" if document.accepted else "sign.refused", **document.as_json()))


def _show_sealed(cli: Cli, document: "SigningAnswerDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        _say_answer(cli, document)


def _show_withdrawn(_cli: Cli, document: "SigningRequestDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)


_ID = click.Argument(["request_id"], metavar="ID", type=click.UUID)
sign.offer("seal", "archive_service.signing.desk.acts:seal_request", _ID, show=_show_sealed)
sign.offer("withdraw", "archive_service.signing.desk.acts:withdraw", _ID, show=_show_withdrawn)
