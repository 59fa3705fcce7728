"""archive collection, keep-back: what is called in, what is kept longer, who is late."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from ingest.calling_in.documents import (
        CalledEntry,
        CollectionDocument,
        CollectionHead,
        KeepBackDocument,
        KeepBackList,
        PreviewDocument,
        UrgedDocument,
    )
    from ingest.calling_in.given import CollectionIn

STATES = ("asked", "consented", "refused")
FORMS = ("pdf", "docx", "xlsx")


@click.group(cls=ActGroup)
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

    given = _given(agency, year, leave_out, settled)
    if preview:
        seen = calling_in_acts.preview(cli.services, given, actor=cli.actor)
        _tell(cli, seen, as_json=as_json)
        return
    listed = calling_in_acts.publish(cli.services, given, actor=cli.writer)
    if not as_json:
        facts = {"number": listed.number, "count": listed.count, "due_on": listed.due_on}
        say(cli.said("collection.published", **facts))
    _tell(cli, listed, as_json=as_json)


def _tell(cli: Cli, document: "PreviewDocument | CollectionDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        _entries(cli, document.entries)


def _given(
    agency: str, year: int, leave_out: tuple[str, ...], settled: tuple[str, ...]
) -> "CollectionIn":
    from ingest.calling_in.given import CollectionIn

    facts = {"settled": _pairs(settled), "left_out": _pairs(leave_out)}
    try:
        return CollectionIn.model_validate({"agency": agency, "year": year} | facts)
    except ValueError:
        raise click.BadParameter("NOTATION=YYYY-MM-DD", param_hint="--settled") from None


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    return {text.partition("=")[0].strip(): text.partition("=")[2].strip() for text in given}


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


def _listed(cli: Cli, found: "list[CollectionHead]", *, as_json: bool) -> None:
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


@click.group("keep-back", cls=ActGroup)
def keep_back() -> None:
    """Requests to keep case files past their due day, two years at most."""


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


def _show_urged(cli: Cli, document: "UrgedDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        words = "collection.urged" if document.by_name else "collection.urged-unnamed"
        say(cli.said(words, code=document.code, whom=", ".join(document.told)))


def _show_asked(cli: Cli, document: "KeepBackList", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    for entry in document.requests:
        say(cli.said("keep-back.asked", id=entry.id, code=entry.code, until_on=entry.until_on))


_LIST = click.Argument(["list_id"], metavar="ID", type=click.UUID)
_REQUEST = click.Argument(["request_id"], metavar="ID", type=click.UUID)
_ACTS = "ingest.calling_in.acts"
collection.offer("urge", "ingest.calling_in.urging:urge", _LIST, show=_show_urged)
keep_back.offer("ask", f"{_ACTS}:ask", show=_show_asked)
keep_back.offer("decide", f"{_ACTS}:decide", _REQUEST, show=worded("keep-back.decided"))
collection.offer("list", f"{_ACTS}:list_published", show=_listed, reads=True)
