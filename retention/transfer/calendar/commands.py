"""archive transfer calendar: who is to deliver on which days."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import clock, messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import DAY, emit, say, table, told, with_json
from archive_service.cli.sizes import SIZE

if TYPE_CHECKING:
    from retention.transfer.calendar.appointments import AppointmentFacts
    from retention.transfer.calendar.documents import AppointmentDocument

_HEADS = ("id", "from_on", "to_on", "agency", "state", "case_files", "size_bytes", "transfer")
_YEAR = dt.timedelta(days=365)
_ID = click.argument("appointment_id", metavar="ID", type=click.UUID)
_WHAT = (
    click.option("--to", "to_on", type=DAY, help="Its last day; without it one day."),
    click.option("--transfer", "transfer_id", type=click.UUID, help="The transfer it is for."),
    click.option("--fonds", help="Code of the fonds that is wanted."),
    click.option("--case-files", type=int, help="How many are announced."),
    click.option("--size", "size_bytes", type=SIZE, help="How much is announced, as 50G."),
    click.option("--note", help="What else is to be known."),
)


def _with_facts(command: Any) -> Any:  # Any: click's decorators
    for option in reversed(_WHAT):
        command = option(command)
    return command


@click.group(cls=ActGroup)
def calendar() -> None:
    """Who is to deliver on which days (lịch giao nộp)."""


@calendar.command("list")
@with_json
@click.option("--from", "from_on", type=DAY, help="The first day; without it today.")
@click.option("--to", "to_on", type=DAY, help="The last day; without it a year later.")
@click.option("--agency", default="", help="Of this agency, and of those it took over from.")
@pass_cli
def list_(
    cli: Cli, from_on: dt.datetime | None, to_on: dt.datetime | None, agency: str, *, as_json: bool
) -> None:
    """Appointments on these days, with what came of each and what speaks against its days."""
    from retention.transfer.calendar.acts import list_between

    first = from_on.date() if from_on else clock.today()
    last = to_on.date() if to_on else clock.shifted(first, _YEAR)
    documents = list_between(cli.services, first, last, agency=agency, actor=cli.actor)
    if as_json:
        emit({"from_on": first.isoformat(), "to_on": last.isoformat(), "appointments": documents})
        return
    _table(cli, documents)
    words = {"first": told(first), "last": told(last), "count": len(documents)}
    say(cli.said("calendar.range" if documents else "calendar.none", **words))


@calendar.command()
@with_json
@click.option("--from", "from_on", type=DAY, required=True, help="Its first day.")
@click.option("--agency", default="", help="The agency that gives; needless with a transfer.")
@click.option("--partner", default="", help="Code of the archive that delivers for it.")
@_with_facts
@pass_cli
def add(cli: Cli, /, agency: str, partner: str, *, as_json: bool, **given: Any) -> None:
    """Note on which days an agency delivers, or on which ours may: of its transfer."""
    from retention.transfer.calendar.acts import add as make

    facts = _facts(given)
    document = make(cli.services, facts, agency=agency, partner=partner, actor=cli.writer)
    _shown(cli, document, as_json=as_json)


@calendar.command()
@with_json
@_ID
@click.option("--from", "from_on", type=DAY, help="Its first day.")
@_with_facts
@pass_cli
def move(cli: Cli, /, appointment_id: UUID, *, as_json: bool, **given: Any) -> None:
    """Put an appointment on other days, or change what is told of it; the rest stays."""
    from retention.transfer.calendar.acts import move as change

    document = change(cli.services, appointment_id, _facts(given), actor=cli.writer)
    _shown(cli, document, as_json=as_json)


def _facts(given: dict[str, Any]) -> "AppointmentFacts":
    from retention.transfer.calendar.appointments import AppointmentFacts

    days = {name: given[name] and given[name].date() for name in ("from_on", "to_on")}
    return AppointmentFacts(**given | days)


def _shown(cli: Cli, document: "AppointmentDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    _table(cli, [document])


def _table(cli: Cli, documents: Sequence["AppointmentDocument"]) -> None:
    """The appointments; what speaks against their days, and who took over, below."""
    rows = (
        (
            document.id,
            told(dt.date.fromisoformat(document.from_on)),
            told(dt.date.fromisoformat(document.to_on)),
            document.agency_name,
            messages.text(f"labels.appointment-state.{document.state}", cli.lang),
            told(document.case_files),
            told(document.size_bytes),
            ", ".join(came.number for came in document.transfers) or told(document.transfer),
        )
        for document in documents
    )
    table([cli.said(f"calendar.heads.{name}") for name in _HEADS], rows, whole=1)
    per_day = cli.services.settings.transfer.deliveries_per_day
    for document in documents:
        for warning in document.warnings:
            key = f"labels.appointment-warning.{warning}"
            say(f"{document.agency_name}: {messages.text(key, cli.lang, count=per_day)}")
        for heir in document.heirs:
            say(cli.said("calendar.heir", agency=document.agency_name, heir=heir.name))


_ACTS = "retention.transfer.calendar.acts"
_APPOINTMENT = click.Argument(["appointment_id"], metavar="ID", type=click.UUID)
calendar.offer("cancel", f"{_ACTS}:cancel", _APPOINTMENT, show=_shown)
calendar.offer("confirm", f"{_ACTS}:confirm", _APPOINTMENT, show=_shown)
