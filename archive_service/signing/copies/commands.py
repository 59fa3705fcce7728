"""archive sign copies, sign copy: the agency's seal on digitized copies, and on copies for use."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from archive_service.signing.copies.documents import SigningOrderDocument

FORMS = ("sao-y", "sao-luc", "trich-sao")


@click.command("copies")
@with_json
@click.option("--agency", help="Whose seal; that of the account's agency by default.")
@click.option("--limit", type=click.IntRange(min=1), help="Sign at most N copies.")
@click.option("--again", is_flag=True, help="Also copies that were refused before.")
@click.option("--resume", is_flag=True, help="Go on with what was ordered and came to a halt.")
@click.option("--list", "listed", is_flag=True, help="Only tell what waits.")
@click.option("--wait", is_flag=True, help="Wait for the signatures; do them where no worker does.")
@pass_cli
def copies(
    cli: Cli,
    agency: str | None,
    limit: int | None,
    *,
    again: bool,
    resume: bool,
    listed: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Put the agency's seal on all digitized copies that wait for it, with one unlock.

    For the clerk who has the key in hand. Exit 1 if a copy was refused, or signing halted.
    """
    from archive_service.signing.copies.given import OrderIn, SealIn
    from archive_service.signing.copies.orders import order_signatures, resume_orders

    if listed:
        _tell_waiting(cli, limit, as_json=as_json)
        return
    if resume:
        order = resume_orders(cli.services, SealIn(agency=agency), actor=cli.writer, lang=cli.lang)
    else:
        order = order_signatures(
            cli.services,
            OrderIn(agency=agency, limit=limit, again=again),
            actor=cli.writer,
            lang=cli.lang,
        )
    if wait:
        order = _signed(cli, order.id, order.total)
    if as_json:
        emit(order)
    else:
        _tell_order(cli, order)
    if order.refused or order.error or order.halted:
        click.get_current_context().exit(Exit.PROBLEMS)


@click.command("copy")
@with_json
@click.argument("code")
@click.argument("document", type=click.IntRange(min=1))
@click.option("--form", type=click.Choice(FORMS), required=True, help="Form of the copy.")
@click.option("--pages", default="", help="Pages of an extract, such as 1-2,5.")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write it here."
)
@pass_cli
def copy(
    cli: Cli, code: str, document: int, form: str, pages: str, to: Path, *, as_json: bool
) -> None:
    """Make a signed copy of a stored document for use: SAO Y, SAO LỤC or TRÍCH SAO.

    DOCUMENT is the ordinal of the document in the case file CODE.
    """
    from archive_service.signing.copies.issuing import issue_copy

    record, data = issue_copy(
        cli.services, code, document, form=form, pages=pages, actor=cli.writer
    )
    to.write_bytes(data)
    if as_json:
        emit(record | {"path": str(to)})
    else:
        say(f"{to}")


def _tell_order(cli: Cli, order: "SigningOrderDocument") -> None:
    words = "halted" if order.halted else "signed" if order.ended_at else "ordered"
    say(cli.said(f"sign-copies.{words}", **dict(order)))
    if order.error:
        say(f"{order.error.message} {order.error.remedy}")


def _tell_waiting(cli: Cli, limit: int | None, *, as_json: bool) -> None:
    from archive_service import messages
    from archive_service.signing.copies.waiting import list_copies

    rows, total = list_copies(cli.services, actor=cli.actor, limit=limit, lang=cli.lang)
    if as_json:
        emit({"copies": rows, "total": total})
        return
    table(
        cli.heads("code", "ordinal", "name", "identifier", "state"),
        [
            (
                row["code"],
                row["document"],
                row["title"],
                row["agency"],
                messages.text(f"badges.seal.{row['state']}", cli.lang),
            )
            for row in rows
        ],
    )


def _signed(cli: Cli, order_id: UUID, total: int) -> "SigningOrderDocument":
    """Do the order ourselves; where a worker has it in hand, wait until it ends or halts."""
    import time

    from archive_service.signing.copies.orders import get_order
    from archive_service.signing.copies.waiting import SIGN_JOB

    def order() -> "SigningOrderDocument":
        return get_order(cli.services, order_id, actor=cli.actor, lang=cli.lang)

    say(cli.said("sign-copies.signing", total=total))
    while not ((stands := order()).ended_at or stands.halted):
        if not cli.do_job(SIGN_JOB, order_id):
            time.sleep(0.2)
    return stands


sign = ActGroup("sign", commands=[copies, copy])
_CHECK_CODES = "archive_service.signing.copies.check_codes"
sign.offer("withdraw-copy", f"{_CHECK_CODES}:withdraw_copy", show=worded("sign-copies.withdrawn"))
