"""archive submission leave-out, take-up, order-by-time: the documents that are accepted."""

from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say

if TYPE_CHECKING:
    from ingest.submissions.documents import SubmissionDocument

_NUMBER = click.IntRange(min=1)


def offer_desk(group: ActGroup, about: click.Argument) -> None:
    """Commands of these acts."""
    acts = "ingest.submissions.acts"
    ordinal, number = (click.Argument([name], type=_NUMBER) for name in ("ordinal", "number"))
    group.offer("leave-out", f"{acts}:leave_out", about, ordinal, show=_shown)
    group.offer("take-up", f"{acts}:take_up", about, number, show=_shown)
    by_time = "ingest.submissions.desk.time_order:order_by_time"
    group.offer("order-by-time", by_time, about, show=_shown)


def _shown(cli: Cli, document: "SubmissionDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    say(cli.said("leaving.stands", code=document.code, count=document.documents))
    for left_out in document.left_out:
        say("  " + cli.said("leaving.left", **left_out.as_json()))
