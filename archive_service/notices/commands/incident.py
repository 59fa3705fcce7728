"""archive incident: what is in trouble, since when, and who sees to it."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json


@click.group()
def incident() -> None:
    """Incidents: one trouble, one incident, one owner."""


@incident.command("list")
@with_json
@click.option("--closed", is_flag=True, help="Those that are over, the newest hundred.")
@pass_cli
def list_(cli: Cli, *, closed: bool, as_json: bool) -> None:
    """List incidents, the newest first. Exit 0 whether there are any or not."""
    from archive_service import messages
    from archive_service.notices.incidents import (
        incident_document,
        incident_title,
        list_incidents,
    )
    from archive_service.notices.subjects import subjects_of

    with cli.services.read_only() as session:
        found = list_incidents(session, actor=cli.actor, closed=closed)
        rows = [incident_document(row) for row in found]
        subjects = subjects_of(session, found)
    if as_json:
        emit({"incidents": rows})
        return
    columns = ("id", "severity", "kind", "subject", "times", "opened_at", "owner")
    for row in rows:
        row["subject"] = subjects[UUID(row["id"])].words(cli.lang)
        row["severity"] = messages.label("incident-severity", row["severity"], cli.lang)
        row["kind"] = incident_title(row["kind"], row["facts"], cli.lang)
    heads = cli.heads(*(f"incident.{column}" for column in columns))
    table(heads, ([told(row[column]) for column in columns] for row in rows), whole=1)


@incident.command()
@with_json
@click.argument("incident_id", metavar="ID", type=click.UUID)
@pass_cli
def take(cli: Cli, incident_id: UUID, *, as_json: bool) -> None:
    """See to it from now on, in the name of the account of --as, or of the operator."""
    from archive_service.notices.incidents import incident_document, take_incident

    actor = cli.writer
    with cli.services.unit_of_work() as uow:
        row = take_incident(uow.session, incident_id, actor=actor)
        uow.commit()
        document = incident_document(row)
    if as_json:
        emit(document)
    else:
        say(cli.said("incident.taken", owner=document["owner"], subject=document["subject"]))
