"""archive status: does everything answer, and how much is there."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.domain.people.account import Actor
    from archive_service.keeping.copies.documents import CopyLagDocument
    from archive_service.notices.documents import IncidentListed
    from archive_service.services import Services
    from archive_service.status.documents import (
        StatusDocument,
        UncountedStatusDocument,
    )


@click.command()
@with_json
@click.option(
    "--production",
    is_flag=True,
    help="What an archive in earnest needs, and what of it is lacking here; exit 1 if any is.",
)
@click.pass_context
def status(ctx: click.Context, *, production: bool, as_json: bool) -> None:
    """Health of each backend, work, copies and incidents; exit 6 if a backend does not answer.

    While the database is away, its rows are left out (null in JSON, with the reason).
    """
    from archive_service.status.health import state_of, status_document

    cli: Cli = ctx.find_root().obj
    services, actor = _opened(cli)
    if production:
        from archive_service.status.production import HEADS, production_document, production_rows

        found = production_document(services, actor=actor, lang=cli.lang)
        if as_json:
            emit(found)
        else:
            table(cli.heads(*HEADS), production_rows(found, cli.lang))
        if not found.ready:
            ctx.exit(Exit.PROBLEMS)
        return
    document = status_document(services, actor=actor)
    if as_json:
        emit(document)
    else:
        _show(cli, document)
    if any(state_of(row) in ("down", "failed") for row in document.backends):
        ctx.exit(Exit.BACKEND)


def _opened(cli: Cli) -> "tuple[Services, Actor]":
    """The backends and who asks; while no account can be looked up, the operator does."""
    from archive_service.db.troubles import DatabaseUnreachableError, DatabaseUnreadableError

    try:
        return cli.services, cli.actor
    except (DatabaseUnreachableError, DatabaseUnreadableError):
        return cli.opened, cli.operator


def _show(cli: Cli, document: "StatusDocument | UncountedStatusDocument") -> None:
    """Four tables, each no wider than it must be; one and the reason without the database."""
    from archive_service.status.documents import UncountedStatusDocument
    from archive_service.status.health import clock_words, detail_words, state_of

    table(
        cli.heads("status.backend", "status.state", "status.answer", "status.detail"),
        (
            (
                messages.text(f"pages.system.ports.{row.port}", cli.lang),
                messages.text(f"badges.backend.{state_of(row)}", cli.lang),
                cli.said("status.milliseconds", ms=row.answer_ms),
                "  ".join(part for part in (row.url, detail_words(row.detail, cli.lang)) if part),
            )
            for row in document.backends
        ),
    )
    clock = messages.text("pages.system.ports.clock", cli.lang)
    say(f"{clock}: {clock_words(document.clock, cli.lang)}")
    if isinstance(document, UncountedStatusDocument):
        say(cli.said("status.uncounted", reason=detail_words(document.reason, cli.lang)))
        if remedy := messages.error(document.reason, cli.lang).remedy:
            say(f"→ {remedy}")
        return
    _show_counts(cli, document)
    _show_copies(cli, document.copies)
    _show_incidents(cli, document.incidents)
    for running in document.reports:
        report = messages.label("incident-report", running.report, cli.lang)
        due_at = messages.shown(running.due_at)
        say(cli.said(f"incident.report-{running.state}", report=report, due_at=due_at, to=""))


def _show_counts(cli: Cli, document: "StatusDocument") -> None:
    counted = [
        (cli.said(f"status.{group}.{name}"), number)
        for group, figures in (("counts", document.counts), ("jobs", asdict(document.jobs)))
        for name, number in figures.items()
        if number is not None
    ]
    table(cli.heads("status.what", "status.count"), counted)


def _show_copies(cli: Cli, lags: "dict[str, CopyLagDocument]") -> None:
    columns = ("versions", "acts", "segments", "bytes", "since")
    heads = cli.heads("status.copy", *(f"status.{name}" for name in columns))
    rows = ([name, *(getattr(lag, column) for column in columns)] for name, lag in lags.items())
    table(heads, ([told(cell) for cell in row] for row in rows))


def _show_incidents(cli: Cli, incidents: "list[IncidentListed]") -> None:
    if not incidents:
        return
    from archive_service.notices.incidents import incident_title

    heads = cli.heads("status.incident", "status.subject", "status.since", "status.owner")
    rows = (
        (
            incident_title(incident.kind, incident.facts, cli.lang),
            incident.subject,
            told(incident.opened_at),
            incident.owner,
        )
        for incident in incidents
    )
    table(heads, rows)
