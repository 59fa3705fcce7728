"""archive transfer: what goes to the historical archive, from the register to its answer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError, Exit
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import WORDS, emit, table, told, with_json
from archive_service.cli.sizes import SIZE
from retention.transfer.calendar.commands import calendar
from retention.transfer.closing.commands import notice, reply
from retention.transfer.disks.commands import media, send
from retention.transfer.given import (
    Registration,
)
from retention.transfer.network.commands import tell_trouble
from retention.transfer.papers.commands import minutes, paper, papers
from retention.transfer.receiving.commands import receive
from retention.transfer.register.commands import ANSWER_FOLDER, answered, send_register
from retention.transfer.reply.commands import note_receipt
from retention.transfer.terminal_view import composed, none_registered, shown, state_word

STATES = (
    "draft", "approved", "registered", "answered", "built", "sent", "received", "decided",
    "replied", "closed", "withdrawn",
)  # fmt: skip
_LISTED = ("id", "number", "agency", "partner", "state", "composed_at", "items")
_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)


@click.group(cls=ActGroup)
def transfer() -> None:
    """What goes to the historical archive (nộp lưu vào lưu trữ lịch sử)."""


for _command in (
    *(send_register, receive, reply, notice),
    *(papers, paper, minutes, send, media, note_receipt, calendar),
):
    transfer.add_command(_command)

_REGISTER = "retention.transfer.register"
_TRANSFER = click.Argument(["transfer_id"], metavar="ID", type=click.UUID)
for _name, _act, _show in (
    ("amend", f"{_REGISTER}.acts:amend", composed),
    ("approve", f"{_REGISTER}.acts:approve", shown),
    ("registered", f"{_REGISTER}.answer:note_sent", shown),
    ("answer", f"{_REGISTER}.answer:note_answer", shown),
    ("withdraw", f"{_REGISTER}.answer:withdraw", shown),
    ("decide", "retention.transfer.receiving.decide:decide", shown),
    ("correct", "retention.transfer.closing.correct:correct", shown),
    ("close", "retention.transfer.closing.close:close", shown),
    ("remove", "retention.transfer.closing.remove:remove", shown),
    ("exchange", "retention.transfer.network.exchange:exchange", shown),
):
    transfer.offer(_name, _act, _TRANSFER, show=_show)
_PATH = click.Argument(["path"], type=click.Path(exists=True, path_type=Path))
transfer.offer("read-answer", f"{_REGISTER}.read_answer:read_answers", _PATH, show=shown)
transfer.offer("read-reply", "retention.transfer.reply.read_reply:read_replies", _PATH, show=shown)
transfer.offer(
    "answer-register",
    f"{_REGISTER}.send_answer:answer_register",
    _TRANSFER,
    show=answered,
    more=(ANSWER_FOLDER,),
)


def _show_due(cli: Cli, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"due": rows})
        return
    heads = [cli.said(f"transfer.heads.{name}") for name in ("code", "title", "due_on")]
    table(heads, ((row["code"], row["title"], told(row["due_on"])) for row in rows), whole=1)


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
    from retention.transfer.register.acts import NothingRegisteredError
    from retention.transfer.register.acts import due as find
    from retention.transfer.register.acts import register as compose

    cli: Cli = ctx.obj
    if bool(codes) == all_due:
        raise CommandUsageError(reason=cli.said("transfer.codes-or-due"))
    wanted = [entry["code"] for entry in find(cli.services, actor=cli.writer)] if all_due else codes
    try:
        document = compose(
            cli.services,
            Registration(codes=wanted, to=partner, reason=reason),
            actor=cli.writer,
            lang=cli.lang,
        )
    except NothingRegisteredError as refused:
        none_registered(cli, refused, as_json=as_json)
        ctx.exit(Exit.PROBLEMS)
    composed(cli, document, as_json=as_json)
    if document.counts.get("refused"):
        ctx.exit(Exit.PROBLEMS)


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
            document.id,
            document.number,
            document.agency_name,
            document.partner,
            state_word(cli, document.state, is_troubled=document.id in troubled),
            told(document.composed_at),
            str(document.going),
        )
        for document in documents
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


transfer.offer("due", "retention.transfer.register.acts:due", show=_show_due, reads=True)
