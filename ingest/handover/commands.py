"""archive handover: minutes of acceptance."""

from pathlib import Path
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json
from archive_service.cli.values import MisfitUsageError


@click.group()
def handover() -> None:
    """Minutes of acceptance (biên bản giao nhận): numbered, signed by the archive and the giver."""


@handover.command()
@with_json
@click.argument("submissions", metavar="ID...", nargs=-1, type=click.UUID)
@click.option("--agency", default="", help="All that this agency has waiting, by its identifier.")
@click.option("--sender", default="", help="Only what this account sent.")
@click.option("--giver-position", default="", help="Position of the giver, as the paper says it.")
@click.option("--receiver-position", default="", help="Position of the receiver, likewise.")
@click.option("--block", default="", help="What the whole is called.")
@pass_cli
def make(
    cli: Cli,
    submissions: tuple[UUID, ...],
    agency: str,
    sender: str,
    giver_position: str,
    receiver_position: str,
    block: str,
    *,
    as_json: bool,
) -> None:
    """Make minutes of stored submissions; a worker prints and signs them."""
    from ingest.handover import acts as handover_acts
    from ingest.handover import paper_files

    facts = {
        "giver_position": giver_position,
        "receiver_position": receiver_position,
        "block": block,
    }
    if not submissions and not agency:
        raise MisfitUsageError("ids-or-agency")
    document = handover_acts.make(
        cli.services,
        actor=cli.writer,
        agency_id=paper_files.agency_named(cli.services, agency) if agency else None,
        submission_ids=submissions,
        sender=sender,
        said={name: text for name, text in facts.items() if text},
    )
    if as_json:
        emit(document)
    else:
        count = len(document.items)
        say(cli.said("handover.made", number=document.number, id=document.id, count=count))
        for minutes in document.also:
            say(cli.said("handover.made", number=minutes.number, id=minutes.id, count=1))


@handover.command("list")
@with_json
@click.option("--limit", type=click.IntRange(min=1), default=100, help="At most so many.")
@pass_cli
def list_(cli: Cli, limit: int, *, as_json: bool) -> None:
    """List minutes, the newest first."""
    from ingest.handover.listing import list_handovers

    found = list_handovers(cli.services, actor=cli.actor, limit=limit)
    if as_json:
        emit(found)
        return
    heads = cli.heads(
        "handover.id",
        "handover.number",
        "handover.agency",
        "handover.count",
        "state",
        "handover.made",
    )
    rows = (
        (
            minutes.id,
            minutes.number,
            minutes.agency,
            minutes.count,
            messages.text(f"labels.handover-states.{minutes.state}", cli.lang),
            told(minutes.made_at),
        )
        for minutes in found.handovers
    )
    table(heads, rows, whole=2)


@handover.command()
@click.argument("handover_id", metavar="ID", type=click.UUID)
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write."
)
@pass_cli
def paper(cli: Cli, handover_id: UUID, to: Path) -> None:
    """Write the minutes: the signed PDF/A; or, by the suffix of --to, .docx or .xlsx."""
    from ingest.handover import paper_files

    form = to.suffix.lstrip(".").lower()
    if form in ("docx", "xlsx"):
        _, data = paper_files.write_form(cli.services, handover_id, form, actor=cli.actor)
    else:
        _, data = paper_files.read_paper(cli.services, handover_id, actor=cli.actor)
    to.write_bytes(data)
    say(str(to))
