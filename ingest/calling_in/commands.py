"""archive collection, keep-back: what is called in, what is kept longer, who is late."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from ingest.calling_in.documents import (
        CalledEntry,
        CollectionDocument,
        KeepBackDocument,
        PreviewDocument,
    )
    from ingest.calling_in.lists import Wanted

STATES = ("asked", "consented", "refused")
FORMS = ("pdf", "docx", "xlsx")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def collection() -> None:
    """Lists of case files to be submitted (Danh mục hồ sơ nộp lưu)."""


@collection.command()
@with_json
@click.option("--agency", required=True, help="Identifier of the agency.")
@click.option("--year", type=int, required=True, help="Year in which the work ended.")
@click.option("--leave-out", multiple=True, metavar="NOTATION=REASON", help="Work goes on.")
@click.option("--settled", multiple=True, metavar="NOTATION=DAY", help="Works settled that day.")
@click.option("--preview", is_flag=True, help="Only show what would be published.")
@pass_cli
def publish(
    cli: Cli,
    agency: str,
    year: int,
    leave_out: tuple[str, ...],
    settled: tuple[str, ...],
    *,
    preview: bool,
    as_json: bool,
) -> None:
    """Publish an agency's list of a year, once."""
    from ingest.calling_in import acts as calling_in_acts

    wanted = _wanted(leave_out, settled)
    if preview:
        seen = calling_in_acts.preview(cli.services, agency, year, wanted, actor=cli.actor)
        _tell(cli, seen, as_json=as_json)
        return
    listed = calling_in_acts.publish(cli.services, agency, year, wanted, actor=cli.writer)
    if not as_json:
        told = {"number": listed.number, "count": listed.count, "due_on": listed.due_on}
        say(cli.said("collection.published", **told))
    _tell(cli, listed, as_json=as_json)


def _tell(cli: Cli, document: "PreviewDocument | CollectionDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        _entries(cli, document.entries)


def _wanted(leave_out: tuple[str, ...], settled: tuple[str, ...]) -> "Wanted":
    from ingest.calling_in.lists import Wanted

    try:
        days = {name: dt.date.fromisoformat(day) for name, day in _pairs(settled).items()}
    except ValueError:
        raise click.BadParameter("NOTATION=YYYY-MM-DD", param_hint="--settled") from None
    return Wanted(settled=days, left_out=_pairs(leave_out))


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    return {one.partition("=")[0].strip(): one.partition("=")[2].strip() for one in given}


def _entries(cli: Cli, entries: "Sequence[CalledEntry]") -> None:
    heads = cli.heads(
        "collection.code",
        "collection.title",
        "collection.unit",
        "collection.person",
        "collection.due_on",
    )
    names = ("code", "title", "unit", "person", "due_on")
    table(heads, ([getattr(entry, name) for name in names] for entry in entries), whole=1)


@collection.command("list")
@with_json
@pass_cli
def list_(cli: Cli, *, as_json: bool) -> None:
    """List what was published, the newest year first."""
    from ingest.calling_in.acts import list_published

    found = list_published(cli.services, actor=cli.actor)
    if as_json:
        emit({"collections": found})
        return
    names = ("id", "number", "agency", "year", "count", "due_on")
    heads = cli.heads(
        "collection.id",
        "collection.number",
        "collection.agency",
        "collection.year",
        "collection.count",
        "collection.due_on",
    )
    table(heads, ([getattr(listed, name) for name in names] for listed in found), whole=1)


@collection.command()
@with_json
@click.argument("list_id", metavar="ID", type=click.UUID)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Print it into this file.")
@click.option("--form", type=click.Choice(FORMS), default="pdf", help="As what it is printed.")
@pass_cli
def show(cli: Cli, list_id: UUID, target: Path | None, form: str, *, as_json: bool) -> None:
    """Show one list and how each case file stands."""
    from ingest.calling_in.acts import open_list, print_list

    document = open_list(cli.services, list_id, actor=cli.actor)
    if target is not None:
        print_list(cli.services, list_id, target, form, actor=cli.actor)
    if as_json:
        emit(document)
    elif target is None:
        _entries(cli, document.entries)


@collection.command()
@with_json
@click.argument("list_id", metavar="ID", type=click.UUID)
@click.argument("code", metavar="CODE")
@pass_cli
def urge(cli: Cli, list_id: UUID, code: str, *, as_json: bool) -> None:
    """Tell those who are to submit a case file of a list; the trail keeps it."""
    from ingest.calling_in.urging import urge as run

    document = run(cli.services, list_id, code, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        words = "collection.urged" if document.by_name else "collection.urged-unnamed"
        say(cli.said(words, code=document.code, whom=", ".join(document.told)))


@collection.command()
@with_json
@click.option("--year", type=int, help="Only case files of this year.")
@pass_cli
def progress(cli: Cli, year: int | None, *, as_json: bool) -> None:
    """Show per unit and person what was called in, submitted, kept, and is late."""
    from ingest.calling_in.acts import progress as run

    document = run(cli.services, actor=cli.actor, year=year)
    if as_json:
        emit(document)
        return
    heads = cli.heads(
        "collection.agency",
        "collection.unit",
        "collection.person",
        "collection.called",
        "collection.submitted",
        "collection.faulty",
        "collection.kept",
        "collection.late",
        "collection.due",
    )
    names = ("agency", "unit", "person", "called", "submitted", "faulty", "kept", "late", "due")
    table(heads, ([getattr(tally, name) for name in names] for tally in document.people), whole=1)


@click.group("keep-back")
def keep_back() -> None:
    """Requests to keep case files past their due day, two years at most."""


@keep_back.command()
@with_json
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option("--until", type=_DAY, required=True, metavar="DAY", help="Last day of keeping.")
@click.option("--reason", required=True, help="Why the unit needs them.")
@pass_cli
def ask(
    cli: Cli, codes: tuple[str, ...], until: dt.datetime, reason: str, *, as_json: bool
) -> None:
    """Ask to keep case files: all of them or none."""
    from ingest.calling_in.acts import ask as run

    found = run(cli.services, codes, until_on=until.date(), reason=reason, actor=cli.writer)
    if as_json:
        emit({"requests": found})
        return
    for entry in found:
        say(cli.said("keep-back.asked", id=entry.id, code=entry.code, until_on=entry.until_on))


@keep_back.command()
@with_json
@click.argument("request_id", metavar="ID", type=click.UUID)
@click.option("--consent/--refuse", required=True, help="What was decided.")
@click.option("--paper", required=True, help="Number, date and issuer of the decision.")
@click.option("--reason", default="", help="Why, if it is refused.")
@pass_cli
def decide(
    cli: Cli, request_id: UUID, paper: str, reason: str, *, consent: bool, as_json: bool
) -> None:
    """Consent to a request or refuse it, naming the paper."""
    from ingest.calling_in.acts import decide as run

    document = run(
        cli.services, request_id, consent=consent, paper=paper, reason=reason, actor=cli.writer
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("keep-back.decided", code=document.code, state=document.state))


@keep_back.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only requests in this state.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Print what is kept here.")
@click.option("--form", type=click.Choice(FORMS), default="pdf", help="As what it is printed.")
@pass_cli
def list_kept(
    cli: Cli, state: str | None, target: Path | None, form: str, *, as_json: bool
) -> None:
    """List requests, the newest first; or print the list of what is kept."""
    from ingest.calling_in.acts import list_requests, print_kept

    found = list_requests(cli.services, actor=cli.actor, state=state)
    if target is not None:
        print_kept(cli.services, target, form, actor=cli.actor)
    if as_json:
        emit({"requests": found})
        return
    if target is None:
        heads = cli.heads(
            "collection.id",
            "collection.code",
            "collection.unit",
            "collection.due_on",
            "collection.until_on",
            "collection.state",
        )
        table(heads, (_cells(entry, cli.lang) for entry in found), whole=2)


def _cells(request: "KeepBackDocument", lang: str) -> list[object]:
    state = messages.label("keep-back-states", request.state, lang)
    return [request.id, request.code, request.unit, request.due_on, request.until_on, state]
