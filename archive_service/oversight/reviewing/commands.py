"""archive review: the trail each week, accounts and rights each quarter, looked through."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table

if TYPE_CHECKING:
    from archive_service.oversight.reviewing.documents import ReviewDocument, ReviewList

_ROOM = "archive_service.oversight.reviewing"
_ID = click.Argument(["review_id"], metavar="ID", type=click.UUID)


@click.group(cls=ActGroup)
def review() -> None:
    """Reviews of the trail, and of accounts and rights: looked through, and signed."""


def _listed(cli: Cli, found: "ReviewList", *, as_json: bool) -> None:
    from archive_service import messages

    if as_json:
        emit(found.as_json())
        return
    rows = [
        (
            str(review_listed.id),
            messages.label("reviews", review_listed.kind, cli.lang),
            review_listed.agency,
            f"{review_listed.first:%d/%m/%Y}–{review_listed.last:%d/%m/%Y}",
            f"{review_listed.due_on:%d/%m/%Y}",
            messages.text(f"badges.review.{review_listed.state}", cli.lang),
        )
        for review_listed in found.reviews
    ]
    heads = ("id", "kind", "agency", "period", "due", "state")
    table(cli.heads(*(f"review.{name}" for name in heads)), rows, whole=1)


@review.command()
@click.argument("review_id", metavar="ID", type=click.UUID)
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF to write."
)
@pass_cli
def paper(cli: Cli, review_id: UUID, to: Path) -> None:
    """Write the review as PDF/A: signed, or as it stands."""
    from archive_service.oversight.reviewing.signing import review_paper
    from archive_service.storage.durable import write_whole

    _, data = review_paper(cli.services, review_id, actor=cli.actor)
    write_whole(to.absolute(), data)
    say(cli.said("review.paper", file=to.name))


def _shown(cli: Cli, review: "ReviewDocument", *, as_json: bool) -> None:
    from archive_service import messages
    from archive_service.domain.people.review import ReviewKind

    if as_json:
        emit(review.as_json())
        return
    state = messages.text(f"badges.review.{review.state}", cli.lang)
    click.echo(f"{messages.label('reviews', review.kind, cli.lang)}: {state}")
    rows = [
        (
            line.title if review.kind == ReviewKind.RIGHTS else line.subject,
            "; ".join(line.details),
            messages.text(f"badges.verdict.{line.verdict or 'none'}", cli.lang),
            line.remark,
        )
        for line in review.lines
    ]
    table(cli.heads(*(f"review.{name}" for name in ("line", "details", "verdict", "remark"))), rows)
    if review.seen:
        click.echo(cli.said("review.seen", seen=review.seen))


review.offer("confirm", f"{_ROOM}.acts:confirm_lines", _ID, show=_shown)
review.offer("sign", f"{_ROOM}.signing:sign_review", _ID, show=_shown)
review.offer("list", f"{_ROOM}.acts:find_reviews", show=_listed, reads=True)
review.offer("show", f"{_ROOM}.acts:show_review", _ID, show=_shown, reads=True)
