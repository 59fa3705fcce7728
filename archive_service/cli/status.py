"""archive status: does everything answer, and how much is there."""

from typing import Any

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, table, with_json


@click.command()
@with_json
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Health of each backend, work, copies and incidents; exit 6 if a backend does not answer."""
    from archive_service.status import status_document

    cli: Cli = ctx.find_root().obj
    document = status_document(cli.services, actor=cli.actor)
    if as_json:
        emit(document)
    else:
        _show(cli, document)
    if not all(row["ok"] for row in document["backends"]):
        ctx.exit(Exit.BACKEND)


def _show(cli: Cli, document: dict[str, Any]) -> None:
    """Four tables, each no wider than it must be."""
    from archive_service import messages

    states = {
        answers: messages.text(f"badges.backend.{word}", cli.lang)
        for answers, word in ((True, "ok"), (False, "down"))
    }
    table(
        cli.heads("status.backend", "status.state", "status.answer", "status.detail"),
        (
            (
                messages.text(f"pages.system.ports.{row['port']}", cli.lang),
                states[row["ok"]],
                f"{row['answer_ms']} ms",
                "  ".join(part for part in (row["url"], row["detail"]) if part),
            )
            for row in document["backends"]
        ),
    )
    counted = {**document["counts"], **document["jobs"]}
    table(cli.heads("status.what", "status.count"), counted.items())
    lags = document["copies"]
    columns = ("versions", "acts", "segments", "bytes", "since")
    heads = cli.heads("status.copy", *(f"status.{name}" for name in columns))
    table(heads, ([name, *(lag[one] for one in columns)] for name, lag in lags.items()))
    incidents = document["incidents"]
    if incidents:
        heads = cli.heads("status.incident", "status.subject", "status.since", "status.owner")
        table(
            heads,
            (
                (
                    messages.text(f"labels.incident.{row['kind']}", cli.lang),
                    row["subject"],
                    row["opened_at"][:16],
                    row["owner"],
                )
                for row in incidents
            ),
        )
