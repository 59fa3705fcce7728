"""archive job: the ledger of work."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, table

if TYPE_CHECKING:
    from archive_service.background_jobs.documents import JobDocument


@click.group(cls=ActGroup)
def job() -> None:
    """Jobs: what waits, runs, failed or is dead."""


def _listed(cli: Cli, documents: "list[JobDocument]", *, as_json: bool) -> None:
    if as_json:
        emit({"jobs": documents})
    else:
        _table(cli, ("id", "name", "state", "attempts", "progress", "error"), documents)


def _show_retry(cli: Cli, document: "JobDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        _table(cli, ("id", "name", "state"), [document])


def _table(cli: Cli, columns: Sequence[str], documents: "Iterable[JobDocument]") -> None:
    heads = cli.heads(*(f"job.{column}" for column in columns))
    table(
        heads, ([_cell(row, column, cli.lang) for column in columns] for row in documents), whole=1
    )


def _cell(job: "JobDocument", column: str, lang: str) -> object:
    """A job, its state and its failure in words, anything else as it is."""
    if column == "error":
        return job.error and job.error.message
    group = {"name": "jobs", "state": "job-states"}.get(column)
    value = getattr(job, column)
    return messages.label(group, value, lang) if group else value


_VIEW = "archive_service.background_jobs.view"
_JOB = click.Argument(["job_id"], metavar="ID", type=click.UUID)
_WHICH = (
    click.Option(
        ["--state"],
        type=click.Choice(["waiting", "running", "done", "failed", "dead"]),
        help="Only those in this state.",
    ),
    click.Option(["--limit"], type=click.IntRange(min=1), help="At most so many."),
)
job.offer("list", f"{_VIEW}:list_jobs", more=_WHICH, show=_listed, reads=True)
job.offer("retry", f"{_VIEW}:retry_job", _JOB, show=_show_retry)
