"""archive transfer note-receipt: what an archive that answers on paper says it keeps."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import DAY, WORDS, with_json
from retention.transfer.terminal_view import shown


@click.command("note-receipt")
@with_json
@click.argument("transfer_id", metavar="ID", type=click.UUID)
@click.option("--number", type=WORDS, required=True, help="Number of the other archive's paper.")
@click.option("--on", type=DAY, required=True, help="The day that the paper bears.")
@click.option(
    "--scan",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The paper as a PDF; it is kept in every copy.",
)
@click.option("--archive", default="", help="The other archive's code, where it has one.")
@click.option("--kept", metavar="CODE[=THEIRS]", multiple=True, help="It keeps this, as THEIRS.")
@click.option("--all", "all_kept", is_flag=True, help="It keeps all that it does not return.")
@click.option("--return", "returned", metavar="CODE=REASON", multiple=True, help="It comes back.")
@pass_cli
def note_receipt(
    cli: Cli,
    /,
    transfer_id: UUID,
    on: dt.datetime,
    scan: Path,
    *,
    kept: Sequence[str],
    returned: Sequence[str],
    as_json: bool,
    **given: Any,  # Any: number, archive, all_kept
) -> None:
    """Note a receipt on paper, with its scan, of an archive that does not sign replies."""
    from retention.transfer.reply.hand_receipts import HandReceipt
    from retention.transfer.reply.hand_receipts import note_receipt as note

    receipt = HandReceipt(on=on.date(), kept=_pairs(kept), returned=_pairs(returned), **given)
    document = note(cli.services, transfer_id, receipt, scan=scan, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    """``CODE=WORDS`` of each; the words may be missing."""
    parts = (text.partition("=") for text in given)
    return {code.strip(): words for code, _, words in parts}
