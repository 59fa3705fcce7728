"""archive transfer: what goes to the historical archive, from the register to its answer."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from archive_service.catalogue.agencies.commands.agency import DAY
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError, Exit
from archive_service.cli.output import WORDS, emit, table, told, with_json
from archive_service.cli.sizes import SIZE
from retention.transfer.calendar.commands import calendar
from retention.transfer.closing.commands import close, correct, notice, read_reply, remove, reply
from retention.transfer.disks.commands import media, send
from retention.transfer.network.commands import exchange, tell_trouble
from retention.transfer.papers.commands import minutes, paper, papers
from retention.transfer.receiving.commands import decide, receive
from retention.transfer.register.commands import answer_register, read_answer, send_register
from retention.transfer.reply.commands import note_receipt
from retention.transfer.terminal_view import COMPOSED, shown, state_word

STATES = (
    "draft", "approved", "registered", "answered", "built", "sent", "received", "decided",
    "replied", "closed", "withdrawn",
)  # fmt: skip
_GONE = {"refused", "declined", "stopped", "returned", "recalled"}  # items that are not of it
_LISTED = ("id", "number", "agency", "partner", "state", "composed_at", "items")
_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)
_NUMBER = click.option("--number", default="", help="Number of its paper.")
_ON = click.option("--on", type=DAY, required=True, help="The day that its paper bears.")


@click.group()
def transfer() -> None:
    """What goes to the historical archive (nộp lưu vào lưu trữ lịch sử)."""


for _command in (
    *(send_register, answer_register, read_answer),
    *(receive, decide, reply, notice, read_reply, correct, close, remove),
    *(papers, paper, minutes, send, exchange, media, note_receipt, calendar),
):
    transfer.add_command(_command)


@transfer.command()
@with_json
@pass_cli
def due(cli: Cli, *, as_json: bool) -> None:
    """Permanent case files that are to be registered by now."""
    from retention.transfer.register.acts import due as find

    rows = find(cli.services, actor=cli.actor)
    if as_json:
        emit({"due": rows})
        return
    heads = [cli.said(f"transfer.heads.{name}") for name in ("code", "title", "due_on")]
    table(heads, ((one["code"], one["title"], told(one["due_on"])) for one in rows), whole=1)


@transfer.command()
@with_json
@click.argument("codes", metavar="CODE...", nargs=-1)
@click.option("--due", "all_due", is_flag=True, help="All that is to be registered by now.")
@click.option("--to", "partner", type=WORDS, required=True, help="The historical archive.")
@click.option("--reason", default="", help="What the register rests on.")
@click.pass_context
def register(
    ctx: click.Context,
    codes: Sequence[str],
    partner: str,
    reason: str,
    *,
    all_due: bool,
    as_json: bool,
) -> None:
    """Put case files of one agency on a new register; exit 1 if some may not be on it."""
    from retention.transfer.register.acts import due as find
    from retention.transfer.register.acts import register as compose

    cli: Cli = ctx.obj
    if bool(codes) == all_due:
        raise CommandUsageError(reason=cli.said("transfer.codes-or-due"))
    wanted = [one["code"] for one in find(cli.services, actor=cli.writer)] if all_due else codes
    document = compose(
        cli.services, wanted, to=partner, reason=reason, actor=cli.writer, lang=cli.lang
    )
    shown(cli, document, as_json=as_json, most=COMPOSED)
    if any(one["state"] == "refused" for one in document["items"]):
        ctx.exit(Exit.PROBLEMS)


@transfer.command()
@with_json
@_ID
@click.option("--add", "added", metavar="CODE", multiple=True, help="Put it on the register.")
@click.option("--drop", "dropped", metavar="CODE", multiple=True, help="Take it off.")
@click.option("--to", "partner", default="", help="Another historical archive.")
@pass_cli
def amend(
    cli: Cli,
    transfer_id: UUID,
    added: Sequence[str],
    dropped: Sequence[str],
    partner: str,
    *,
    as_json: bool,
) -> None:
    """Change a register, or confirm a proposed one; it is a draft again, approved anew."""
    from retention.transfer.register.acts import amend as change

    document = change(
        cli.services,
        transfer_id,
        add=added,
        drop=dropped,
        to=partner,
        actor=cli.writer,
        lang=cli.lang,
    )
    shown(cli, document, as_json=as_json, most=COMPOSED)


@transfer.command()
@with_json
@_ID
@_NUMBER
@click.option("--list-sha256", help="Digest of the register as you read it.")
@pass_cli
def approve(
    cli: Cli, transfer_id: UUID, number: str, list_sha256: str | None, *, as_json: bool
) -> None:
    """Let a register go to the historical archive; the head of the agency alone."""
    from retention.transfer.register.acts import approve as decide

    document = decide(
        cli.services,
        transfer_id,
        number=number,
        actor=cli.writer,
        list_sha256=list_sha256,
        lang=cli.lang,
    )
    shown(cli, document, as_json=as_json)


@transfer.command()
@with_json
@_ID
@_ON
@_NUMBER
@pass_cli
def registered(cli: Cli, transfer_id: UUID, on: dt.datetime, number: str, *, as_json: bool) -> None:
    """Note that the register went to the other archive on paper."""
    from retention.transfer.register.answer import note_sent

    document = note_sent(
        cli.services, transfer_id, on=on.date(), number=number, actor=cli.writer, lang=cli.lang
    )
    shown(cli, document, as_json=as_json)


@transfer.command()
@with_json
@_ID
@_ON
@_NUMBER
@click.option("--decline", "declined", metavar="CODE=REASON", multiple=True, help="Not taken.")
@click.option("--reason", default="", help="What else the answer says.")
@pass_cli
def answer(
    cli: Cli,
    transfer_id: UUID,
    on: dt.datetime,
    number: str,
    declined: Sequence[str],
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Note the other archive's answer to the register."""
    from retention.transfer.register.answer import note_answer

    refused = {}
    for given in declined:
        code, _, why = given.partition("=")
        refused[code.strip()] = why
    document = note_answer(
        cli.services,
        transfer_id,
        on=on.date(),
        number=number,
        reason=reason,
        declined=refused,
        actor=cli.writer,
        lang=cli.lang,
    )
    shown(cli, document, as_json=as_json)


@transfer.command()
@with_json
@_ID
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A folder, empty or of this transfer.",
)
@click.option(
    "--medium-size",
    "medium_bytes",
    type=SIZE,
    metavar="SIZE",
    help="Split for media of this size, as 4.7G.",
)
@click.option("--bag", is_flag=True, help="Put each package into a bag (RFC 8493).")
@pass_cli
def build(
    cli: Cli, transfer_id: UUID, folder: Path, medium_bytes: int | None, *, bag: bool, as_json: bool
) -> None:
    """Put a package of each case file into a folder, with a signed manifest; goes on if killed."""
    from retention.transfer.packages.build import build as make

    document = make(
        cli.services,
        transfer_id,
        folder=folder,
        actor=cli.writer,
        medium_bytes=medium_bytes,
        bag=bag,
        lang=cli.lang,
    )
    shown(cli, document, as_json=as_json)


@transfer.command()
@with_json
@_ID
@click.option("--reason", type=WORDS, required=True, help="Why; it stands in every copy.")
@pass_cli
def withdraw(cli: Cli, transfer_id: UUID, reason: str, *, as_json: bool) -> None:
    """Let nothing of a register go; its case files may stand on another one."""
    from retention.transfer.register.answer import withdraw as take_back

    document = take_back(cli.services, transfer_id, reason=reason, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)


@transfer.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), default=None, help="Those in one state.")
@click.option("--late", is_flag=True, help="Not answered, or not decided on, in time.")
@pass_cli
def list_(cli: Cli, state: str | None, *, late: bool, as_json: bool) -> None:
    """Transfers, the newest first."""
    from retention.transfer.network.exchange import in_trouble
    from retention.transfer.register.acts import list_all

    documents = list_all(cli.services, actor=cli.actor, state=state or "", late=late, lang=cli.lang)
    if as_json:
        emit({"transfers": documents})
        return
    troubled = in_trouble(cli.services, documents)
    rows = (
        (
            one["id"],
            one["number"],
            one["agency_name"],
            one["partner"],
            state_word(cli, one["state"], is_troubled=one["id"] in troubled),
            told(one["composed_at"]),
            str(sum(count for state, count in one["counts"].items() if state not in _GONE)),
        )
        for one in documents
    )
    table([cli.said(f"transfer.heads.{name}") for name in _LISTED], rows, whole=2)


@transfer.command()
@with_json
@_ID
@pass_cli
def show(cli: Cli, transfer_id: UUID, *, as_json: bool) -> None:
    """One transfer with its case files and what comes next."""
    from retention.transfer.register.acts import showing

    with showing(cli.services, transfer_id, actor=cli.actor, lang=cli.lang) as document:
        shown(cli, document, as_json=as_json, most=None)
    if not as_json:
        tell_trouble(cli, transfer_id)
