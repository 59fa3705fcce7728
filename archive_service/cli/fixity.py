"""archive fixity: every byte of every copy against its record."""

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, progress, say, with_json


@click.group()
def fixity() -> None:
    """Fixity (tính toàn vẹn) of every copy."""


@fixity.command()
@with_json
@click.option("--copy", help="Check this copy only.")
@click.option("--limit", type=click.IntRange(min=1), help="Check at most N files.")
@click.option("--max-duration", "limit_s", type=click.FloatRange(min=0), help="Stop after S s.")
@click.pass_context
def check(
    ctx: click.Context, copy: str | None, limit: int | None, limit_s: float | None, *, as_json: bool
) -> None:
    """Read every copy again and compare each file with its inventory.

    Exit 5 if anything is damaged, missing or unexpected; else 6 if a copy did not answer.
    """
    from archive_service import access, clock
    from archive_service.storage.verdict import Fixity
    from archive_service.workflow.fixity import FixityRun, conclude, expected_files, iter_check

    cli: Cli = ctx.find_root().obj
    access.require(cli.actor, "fixity:check")
    run = FixityRun(clock.now())
    results = iter_check(cli.services, run, copy=copy, limit=limit, limit_s=limit_s)
    title = cli.said("fixity.checking")
    # Only of a pass over everything is it known how many files it will read.
    whole = copy is None and limit is None and limit_s is None
    total = expected_files(cli.services) if whole else None
    for result in progress(results, title, total=total or None):
        if not as_json and result.status is not Fixity.INTACT:
            click.echo(f"{result.status} {result.copy} {result.key}")
    conclude(cli.services, run, actor=cli.actor, copy=copy)
    tally = run.tally
    if as_json:
        emit(tally.as_document())
    else:
        say(cli.said("fixity.checked", files=tally.checked, bytes=tally.bytes, intact=tally.intact))
    if tally.damaged or tally.missing or tally.unexpected:
        ctx.exit(Exit.INTEGRITY)
    if tally.unreachable:
        ctx.exit(Exit.BACKEND)


@fixity.command()
@with_json
@click.pass_context
def repair(ctx: click.Context, *, as_json: bool) -> None:
    """Heal what is damaged or missing from a copy that verifies.

    Exit 5 if some could not be; else 6 if a copy did not answer, or is not the one enrolled.
    """
    from archive_service.storage.verdict import Fixity
    from archive_service.workflow.fixity_repair import repair_all

    cli: Cli = ctx.find_root().obj
    report = repair_all(cli.services, actor=cli.actor)
    if as_json:
        emit(report.as_document())
    else:
        for one in report.repaired:
            click.echo(f"repaired {one.copy} {one.key}")
        for one in report.failed:
            click.echo(f"failed {one.copy} {one.key}")
    for copy in sorted({one.copy for one in report.failed if one.status is Fixity.UNREACHABLE}):
        say(cli.said("fixity.away", copy=copy))
    if any(one.status is not Fixity.UNREACHABLE for one in report.failed):
        ctx.exit(Exit.INTEGRITY)
    if report.failed:
        ctx.exit(Exit.BACKEND)
