"""archive fault: what people reported, and what is said of it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service import access
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, with_json

_HEADS = ("id", "state", "reported_at", "reported_by", "page", "did")


@click.group()
def fault() -> None:
    """Faults that people reported from the page where they happened."""


@fault.command("list")
@with_json
@click.option("--state", type=click.Choice(["new", "looking", "done"]), help="Of one state.")
@pass_cli
def list_(cli: Cli, state: str | None, *, as_json: bool) -> None:
    """List them: open ones first, the newest first; of who does not answer them, their own."""
    from archive_service.domain.people.fault_report import FaultState
    from archive_service.notices.fault_reports.acts import list_faults, own_faults

    wanted = None if state is None else FaultState(state)
    if access.may(cli.actor, "fault:list"):
        rows = list_faults(cli.services, actor=cli.actor, state=wanted)
    else:
        rows = own_faults(cli.services, actor=cli.actor, state=wanted)
    if as_json:
        emit({"faults": rows})
        return
    table([cli.said(f"fault.heads.{name}") for name in _HEADS], (_cells(cli, row) for row in rows))


@fault.command()
@with_json
@click.argument("fault_id", metavar="ID", type=click.UUID)
@click.option(
    "--screenshot-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write its picture, a JPEG, to this file.",
)
@pass_cli
def show(cli: Cli, fault_id: UUID, screenshot_to: Path | None, *, as_json: bool) -> None:
    """Show one report, with its answer."""
    from archive_service.notices.fault_reports.acts import screenshot_of, show_fault

    document = show_fault(cli.services, fault_id, actor=cli.actor)
    if screenshot_to is not None:
        screenshot_to.write_bytes(screenshot_of(cli.services, fault_id, actor=cli.actor))
    if as_json:
        emit(document)
        return
    table([cli.said(f"fault.heads.{name}") for name in _HEADS], [_cells(cli, document)])
    if document["answer"]:
        say(document["answer"])


@fault.command()
@with_json
@click.argument("did", metavar="TEXT")
@click.option("--page", default="", metavar="ADDRESS", help="Where it happened, from the root.")
@click.option(
    "--screenshot",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A PNG or JPEG of at most 2 MiB.",
)
@pass_cli
def report(cli: Cli, did: str, page: str, screenshot: Path | None, *, as_json: bool) -> None:
    """Report a fault: TEXT says what was done, and what came of it."""
    from archive_service.notices.fault_reports.acts import report_fault

    picture = b"" if screenshot is None else screenshot.read_bytes()
    document = report_fault(cli.services, did, page=page, screenshot=picture, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("fault.reported", id=document["id"]))


@fault.command()
@with_json
@click.argument("fault_id", metavar="ID", type=click.UUID)
@click.option(
    "--state", type=click.Choice(["looking", "done"]), required=True, help="How far it is."
)
@click.option("--answer", "text", default="", metavar="TEXT", help="What is said; done needs it.")
@pass_cli
def answer(cli: Cli, fault_id: UUID, state: str, text: str, *, as_json: bool) -> None:
    """Answer a report; whoever made it is told."""
    from archive_service.domain.people.fault_report import FaultState
    from archive_service.notices.fault_reports.acts import answer_fault

    wanted = FaultState(state)
    document = answer_fault(cli.services, fault_id, state=wanted, answer=text, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("fault.answered", id=document["id"]))


def _cells(cli: Cli, row: dict[str, Any]) -> list[object]:
    from archive_service import messages

    return [
        row["id"],
        messages.text(f"badges.fault.{row['state']}", cli.lang),
        messages.shown(row["reported_at"]),
        row["reported_by"],
        row["page"],
        row["did"],
    ]
