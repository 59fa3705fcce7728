"""archive incident: what is in trouble, since when, and who sees to it."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.oversight.reporting.documents import IncidentDocument

_ACTS = "archive_service.oversight.reporting.acts"
_SIGNING = "archive_service.oversight.reporting.signing"


@click.group(cls=ActGroup)
def incident() -> None:
    """Incidents: one trouble, one incident, one owner; and what has to be reported of them."""


@incident.command("list")
@with_json
@click.option("--closed", is_flag=True, help="Those that are over, the newest hundred.")
@pass_cli
def list_(cli: Cli, *, closed: bool, as_json: bool) -> None:
    """List incidents, the newest first. Exit 0 whether there are any or not."""
    from archive_service import messages
    from archive_service.notices.documents import IncidentListed
    from archive_service.notices.incidents import incident_title, list_incidents
    from archive_service.notices.subjects import subjects_of

    with cli.services.read_only() as session:
        found = list_incidents(session, actor=cli.actor, closed=closed)
        rows = [IncidentListed.of(row) for row in found]
        subjects = subjects_of(session, found)
    if as_json:
        emit({"incidents": rows})
        return
    columns = ("id", "severity", "kind", "subject", "times", "opened_at", "owner")
    heads = cli.heads(*(f"incident.{column}" for column in columns))
    lines = (
        (
            row.id,
            messages.label("incident-severity", row.severity, cli.lang),
            incident_title(row.kind, row.facts, cli.lang),
            subjects[row.id].words(cli.lang),
            told(row.times),
            told(row.opened_at),
            told(row.owner),
        )
        for row in rows
    )
    table(heads, lines, whole=1)


@incident.command()
@with_json
@click.argument("incident_id", metavar="ID", type=click.UUID)
@pass_cli
def take(cli: Cli, incident_id: UUID, *, as_json: bool) -> None:
    """See to it from now on, in the name of the account of --as, or of the operator."""
    from archive_service.notices.documents import IncidentListed
    from archive_service.notices.incidents import take_incident

    actor = cli.writer
    with cli.services.unit_of_work() as uow:
        row = take_incident(uow.session, incident_id, actor=actor)
        uow.commit()
        taken = IncidentListed.of(row)
    if as_json:
        emit(taken)
    else:
        say(cli.said("incident.taken", owner=taken.owner, subject=taken.subject))


@incident.command()
@click.argument("incident_id", metavar="ID", type=click.UUID)
@click.argument("kind", metavar="KIND")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF to write."
)
@pass_cli
def paper(cli: Cli, incident_id: UUID, kind: str, to: Path) -> None:
    """Write the report of this KIND as PDF/A: signed, or as it is filled in now."""
    from archive_service.oversight.reporting.signing import report_paper
    from archive_service.storage.durable import write_whole

    _, data = report_paper(cli.services, incident_id, kind, actor=cli.actor)
    write_whole(to.absolute(), data)
    say(cli.said("incident.paper", file=to.name))


def _shown(cli: Cli, incident: "IncidentDocument", *, as_json: bool) -> None:
    from archive_service import messages
    from archive_service.notices.incidents import incident_title
    from archive_service.oversight.reporting.seen import seen_words, what_to_do

    if as_json:
        emit(incident.as_json())
        return
    click.echo(f"{incident_title(incident.kind, incident.facts, cli.lang)}: {incident.subject}")
    for words in (seen_words, what_to_do):
        if text := words(incident.kind, incident.facts, cli.lang):
            click.echo(text)
    for note in incident.notes:
        click.echo(f"{messages.shown(note.at)} {note.account}: {note.text}")
    for report in incident.reports:
        facts = {"due_at": messages.shown(report.due_at), "to": report.sent_to}
        name = messages.label("incident-report", report.kind, cli.lang)
        click.echo(cli.said(f"incident.report-{report.state}", report=name, **facts))


_ID = click.Argument(["incident_id"], metavar="ID", type=click.UUID)
_KIND = click.Argument(["kind"], metavar="KIND")
incident.offer("tell", f"{_ACTS}:tell_of_incident", show=_shown)
incident.offer("note", f"{_ACTS}:note_incident", _ID, show=_shown)
incident.offer("end", f"{_ACTS}:end_incident", _ID, show=_shown)
incident.offer("mark", f"{_ACTS}:mark_incident", _ID, show=_shown)
incident.offer("fill", f"{_ACTS}:fill_report", _ID, _KIND, show=_shown)
incident.offer("sign", f"{_SIGNING}:ask_report_signature", _ID, _KIND, show=_shown)
incident.offer("sent", f"{_ACTS}:send_report", _ID, _KIND, show=_shown)
incident.offer("drop", f"{_ACTS}:drop_report", _ID, _KIND, show=_shown)
incident.offer("show", f"{_ACTS}:show_incident", _ID, show=_shown, reads=True)
