"""archive partner: other archives that we hand over to, or take from."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, read_given
from archive_service.cli.output import emit, for_owner, say, table, told, with_json
from archive_service.cli.sizes import SIZE
from retention.transfer.statistics.commands import statistics

if TYPE_CHECKING:
    from retention.transfer.partners.acts import PartnerGiven
    from retention.transfer.partners.documents import GiverDocument, PartnerDocument

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_HEADS = ("code", "name", "gives", "receives", "agencies", "certificates", "url", "active")
_GIVERS = (
    "code",
    "name",
    "transfers",
    "open",
    "late",
    "decide_by",
    "waiting",
    "size_bytes",
    "last_at",
)
_CODE = click.argument("code")
_TOKEN_TO = click.option(
    "--token-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the token for its programs into this file, for its owner alone; else shown once.",
)
_WHAT = (
    click.option("--agency", "agencies", multiple=True, help="An agency that it hands over for."),
    click.option(
        "--certificate",
        "certificates",
        multiple=True,
        type=_FILE,
        help="A certificate that it signs with (PEM or DER); no other is taken for its own.",
    ),
    click.option("--url", help="Address of its server, https."),
    click.option("--tls-certificate", type=_FILE, help="The one certificate of that server."),
    click.option("--token-file", type=_FILE, help="Its token for us; kept among the keys."),
    click.option(
        "--quota-per-day",
        "quota_bytes",
        type=SIZE,
        help="Bytes it may send a day, as 50G; 0: no limit.",
    ),
    click.option("--gives/--gives-not", default=None, help="Whether it hands over to us."),
    click.option("--receives/--receives-not", default=None, help="Whether it takes from us."),
    click.option(
        "--witnesses/--witnesses-not",
        default=None,
        help="Whether it keeps and cosigns our checkpoints; needs --url and --witness-key.",
    ),
    click.option(
        "--witnessed/--witnessed-not",
        default=None,
        help="Whether we keep and cosign its checkpoints.",
    ),
    click.option("--witness-key", help="The key that it cosigns with, as it tells: NAME+HASH+KEY."),
    click.option(
        "--plain-http/--https",
        default=None,
        help="Whether http is let to its server, in a network that encrypts by itself.",
    ),
)


@click.group(cls=ActGroup)
def partner() -> None:
    """Other archives (lưu trữ đối tác): their keys, agencies, addresses and tokens."""


partner.add_command(statistics)


def _with_facts(command: Any) -> Any:  # Any: click's decorators
    for option in reversed(_WHAT):
        command = option(command)
    return command


@partner.command()
@with_json
@_CODE
@click.option("--name", required=True, help="Name of the archive.")
@_with_facts
@_TOKEN_TO
@pass_cli
def add(cli: Cli, /, code: str, token_to: Path | None, *, as_json: bool, **given: Any) -> None:
    """Add an archive; one that gives gets a token. The same again stays as it is.

    With --agency and --certificate it gives, unless told otherwise; else say --gives or --receives.
    What comes by network, and replies, are taken with a certificate of its own alone.
    """
    from retention.transfer.partners import acts as partners_acts

    facts = partners_acts.with_sides(code, _told_of(given), actor=cli.actor)
    for_owner(token_to)
    document, token = partners_acts.add(cli.services, code, facts, actor=cli.actor)
    _tell(cli, document, token, token_to, as_json=as_json)


@partner.command()
@with_json
@_CODE
@click.option("--name", help="Another name.")
@_with_facts
@click.option("--drop-agency", "drop_agencies", multiple=True, help="It hands over for it no more.")
@click.option(
    "--drop-certificate",
    "drop_certificates",
    metavar="SHA256",
    multiple=True,
    help="A certificate that it signs with no more.",
)
@pass_cli
def change(cli: Cli, /, code: str, *, as_json: bool, **given: Any) -> None:
    """Change what is known of an archive; what is not told stays."""
    from retention.transfer.partners import acts as partners_acts

    document = partners_acts.change(cli.services, code, _told_of(given), actor=cli.actor)
    _tell(cli, document, as_json=as_json)


@partner.command()
@with_json
@_CODE
@_TOKEN_TO
@pass_cli
def token(cli: Cli, code: str, token_to: Path | None, *, as_json: bool) -> None:
    """A new token for the programs of an archive that gives; the former ends at once."""
    from retention.transfer.partners import acts as partners_acts

    for_owner(token_to)
    made = partners_acts.make_token(cli.services, code, actor=cli.actor)
    document = partners_acts.show(cli.services, code, actor=cli.actor)
    _tell(cli, document, made, token_to, as_json=as_json)


def _listed(cli: Cli, documents: "list[PartnerDocument]", *, as_json: bool) -> None:
    if as_json:
        emit({"partners": [document.as_json() for document in documents]})
        return
    _table(cli, documents)


def _show_givers(cli: Cli, documents: "list[GiverDocument]", *, as_json: bool) -> None:
    if as_json:
        emit({"givers": [document.as_json() for document in documents]})
        return
    heads = [cli.said(f"partner.givers.{giver}") for giver in _GIVERS]
    table(heads, ([told(getattr(row, giver)) for giver in _GIVERS] for row in documents), whole=1)


def _told_of(given: dict[str, Any]) -> "PartnerGiven":
    from retention.transfer.partners.acts import PartnerGiven
    from retention.transfer.partners.given import PartnerWords

    def whole(file: Path) -> tuple[str, bytes]:
        return file.name, file.read_bytes()

    words = {name: given[name] for name in PartnerWords.model_fields if name in given}
    tls, token_file = given["tls_certificate"], given["token_file"]
    return PartnerGiven(
        read_given(PartnerWords, words).facts(),
        agencies=given["agencies"],
        drop_agencies=given.get("drop_agencies", ()),
        certificates=[whole(file) for file in given["certificates"]],
        tls_certificate=tls and whole(tls),
        token=token_file and token_file.read_bytes(),
    )


def _tell(
    cli: Cli,
    document: "PartnerDocument",
    token: str | None = None,
    to: Path | None = None,
    *,
    as_json: bool,
) -> None:
    if token is not None and to is not None:
        to.write_text(f"{token}\n", encoding="ascii")
        token = None
    if as_json:
        emit(document.as_json() | ({"token": token} if token else {}))
        return
    _table(cli, [document])
    for certificate in document.certificates:  # whole: compared with the other archive's paper
        say(
            cli.said(
                "partner.certificate",
                **certificate.as_json() | {"not_after": told(certificate.not_after)},
            )
        )
    if token:
        say(cli.said("partner.token", code=document.code, token=token))


def _table(cli: Cli, documents: Sequence["PartnerDocument"]) -> None:
    heads = [cli.said(f"partner.heads.{head}") for head in _HEADS]
    table(
        heads,
        ([_cell(getattr(row, head), cli.lang) for head in _HEADS] for row in documents),
        whole=1,
    )


def _cell(value: object, lang: str) -> str:
    if isinstance(value, bool):
        return messages.label("yes-no", "yes" if value else "no", lang)
    if isinstance(value, list):
        return ", ".join(str(getattr(item, "subject", item)) for item in value)
    return str(value)


_ARCHIVE = click.Argument(["code"])
_ACTS = "retention.transfer.partners.acts"
partner.offer("retire", f"{_ACTS}:retire", _ARCHIVE, show=_tell)
partner.offer("list", f"{_ACTS}:list_all", show=_listed, reads=True)
partner.offer("givers", f"{_ACTS}:list_givers", show=_show_givers, reads=True)
partner.offer("show", f"{_ACTS}:show", _ARCHIVE, show=_tell, reads=True)
