"""archive fixity: every byte of every copy against its record."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, progress, say, table, told, with_json
from archive_service.cli.values import MisfitUsageError

if TYPE_CHECKING:
    from archive_service.keeping.fixity.catalogue import CatalogueTally
    from archive_service.storage.fixity.verdict import FixityResult


@click.group(cls=ActGroup)
def fixity() -> None:
    """Fixity (tính toàn vẹn) of every copy."""


_ID = click.Argument(["incident_id"], metavar="ID", type=click.UUID)
_ACKNOWLEDGE = "archive_service.keeping.fixity.acknowledging:acknowledge_difference"
fixity.offer("acknowledge", _ACKNOWLEDGE, _ID, show=worded("fixity.known"))


@fixity.command()
@with_json
@click.option("--copy", help="Check this copy only.")
@click.option("--limit", type=click.IntRange(min=1), help="Check at most N files.")
@click.option("--max-duration", "limit_s", type=click.FloatRange(min=0), help="Stop after S s.")
@click.option("--catalogue", is_flag=True, help="Compare rows with the copies, and read no files.")
@click.pass_context
def check(
    ctx: click.Context,
    copy: str | None,
    limit: int | None,
    limit_s: float | None,
    *,
    catalogue: bool,
    as_json: bool,
) -> None:
    """Read every copy again and compare each file with its inventory.

    With --catalogue what the database tells of case files and acts is compared with their newest
    version in the copies, and versions, acts and rights of accounts with the log of events:
    --json has {compared, acts_compared, complete, differing, acts, log}.
    Exit 5 if anything is damaged, missing, unexpected or differs; else 6 if a copy did not answer.
    """
    if catalogue:
        if copy is not None or limit is not None:
            raise MisfitUsageError("catalogue-alone")
        _check_catalogue(ctx, limit_s, as_json=as_json)
        return
    from archive_service import access, clock
    from archive_service.keeping.fixity.check import FixityRun, conclude, expected_files, iter_check
    from archive_service.storage.fixity.verdict import Fixity

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
            status = messages.label("fixity-status", result.status, cli.lang)
            click.echo(f"{status}: {result.copy} {result.key}")
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


def _check_catalogue(ctx: click.Context, limit_s: float | None, *, as_json: bool) -> None:
    from archive_service.keeping.fixity.catalogue import check_catalogue

    cli: Cli = ctx.find_root().obj
    tally = check_catalogue(cli.services, actor=cli.actor, limit_s=limit_s)
    if as_json:
        emit(_catalogue_document(tally))
    else:
        for row_difference in tally.differing:
            for field in row_difference.fields:
                where = {
                    "code": row_difference.code,
                    "copy": row_difference.copy,
                    "event": row_difference.event,
                }
                sides = {"row": told(field.row), "package": told(field.package)}
                click.echo(
                    cli.said(
                        "fixity.differs",
                        version=row_difference.version,
                        field=field.field,
                        **where,
                        **sides,
                    )
                )
        for key, name in tally.acts:
            click.echo(cli.said("fixity.act-differs", path=key, copy=name))
        for row in tally.log:
            click.echo(cli.said("fixity.log-differs", row=row.name))
        counts = {"case_files": tally.compared, "acts": tally.acts_compared}
        say(cli.said("fixity.compared", differing=tally.differences, **counts))
    if not tally.ok:
        ctx.exit(Exit.INTEGRITY)


def _catalogue_document(tally: "CatalogueTally") -> dict[str, object]:
    return {
        "compared": tally.compared,
        "acts_compared": tally.acts_compared,
        "complete": tally.complete,
        "differing": [
            {
                "code": row_difference.code,
                "copy": row_difference.copy,
                "version": row_difference.version,
                "event": row_difference.event,
                "fields": [
                    {"field": it.field, "row": it.row, "package": it.package}
                    for it in row_difference.fields
                ],
            }
            for row_difference in tally.differing
        ],
        "acts": [{"key": key, "copy": copy} for key, copy in tally.acts],
        "log": [misfit.name for misfit in tally.log],
    }


@fixity.command()
@with_json
@click.option("--copy", help="Check and heal this copy only.")
@click.option("--case", "code", help="Check and heal the package of this case file only.")
@click.pass_context
def repair(ctx: click.Context, copy: str | None, code: str | None, *, as_json: bool) -> None:
    """Heal what is damaged or missing from a copy that verifies.

    Exit 5 if some could not be; else 6 if a copy did not answer, or is not the one enrolled.
    """
    from archive_service.keeping.fixity.repair import repair_all, repair_case_file
    from archive_service.storage.fixity.verdict import Fixity
    from archive_service.storage.ocfl.root import root_of

    cli: Cli = ctx.find_root().obj
    if code is not None:
        report = repair_case_file(cli.services, code, actor=cli.actor)
    else:
        report = repair_all(cli.services, actor=cli.actor, copy=copy)
    if as_json:
        emit(report.as_document())
    else:
        for fixity_result in report.repaired:
            click.echo(cli.said("fixity.healed", copy=fixity_result.copy, path=fixity_result.key))
        _not_healed(cli, report.failed)
    for name in sorted(
        {
            fixity_result.copy
            for fixity_result in report.failed
            if fixity_result.status is Fixity.UNREACHABLE
        }
    ):
        say(cli.said("fixity.away", copy=name))
    unsound = [
        fixity_result
        for fixity_result in report.failed
        if fixity_result.status in (Fixity.DAMAGED, Fixity.MISSING)
    ]
    torn = {root_of(fixity_result.key) for fixity_result in unsound} - {None}
    foreign = (
        fixity_result
        for fixity_result in report.failed
        if fixity_result.status is Fixity.UNEXPECTED
    )
    if any(
        root_of(fixity_result.key) not in torn for fixity_result in foreign
    ):  # else its inventory is lost
        say(cli.said("fixity.unexpected"))
    for name in sorted({fixity_result.copy for fixity_result in report.broken_off}):
        say(cli.said("fixity.broken-off", copy=name))
    if len(unsound) > len(report.broken_off):
        say(cli.said("fixity.unsound"))
    if any(fixity_result.status is not Fixity.UNREACHABLE for fixity_result in report.failed):
        ctx.exit(Exit.INTEGRITY)
    if report.failed:
        ctx.exit(Exit.BACKEND)


def _not_healed(cli: Cli, failed: "Sequence[FixityResult]") -> None:
    """One line a package of a copy, with what is wrong with how many files of it."""
    from archive_service.storage.ocfl.root import root_of

    packages: dict[tuple[str, str], list[FixityResult]] = defaultdict(list)
    for fixity_result in failed:
        packages[fixity_result.copy, root_of(fixity_result.key) or fixity_result.key].append(
            fixity_result
        )
    for (copy, path), some in packages.items():
        if len(some) == 1:
            click.echo(cli.said("fixity.not_healed", copy=copy, path=some[0].key))
            continue
        kinds = ", ".join(
            f"{messages.text(f'labels.fixity-status.{status}', cli.lang)} {count}"
            for status, count in Counter(fixity_result.status for fixity_result in some).items()
        )
        click.echo(cli.said("fixity.package-not-healed", copy=copy, path=path, kinds=kinds))


@fixity.command()
@with_json
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """How lately every copy was read again; exit 1 if one is late or anything is wrong."""
    from archive_service import messages
    from archive_service.keeping.fixity.status import fixity_status

    cli: Cli = ctx.find_root().obj
    document = fixity_status(cli.services, actor=cli.actor, now=True)
    if as_json:
        emit(document)
    else:
        heads = ("copy", "covered", "total", "oldest", "due_by", "state")
        wrong = ("damaged", "missing", "unexpected")
        table(
            [cli.said(f"fixity.heads.{head}") for head in (*heads, *wrong)],
            (
                (
                    copy["copy"],
                    f"{copy['covered_bytes']}",
                    f"{copy['total_bytes']}",
                    copy["oldest_verified_at"] or "–",
                    copy["due_by"] or "–",
                    messages.text(f"labels.fixity-state.{_state(copy)}", cli.lang),
                    *(str(copy["trouble"][name]) for name in wrong),
                )
                for copy in document["copies"]
            ),
        )
    if any(copy["behind"] or any(copy["trouble"].values()) for copy in document["copies"]):
        ctx.exit(Exit.PROBLEMS)


@fixity.command()
@with_json
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--until", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Put the signed PDF/A here too.",
)
@click.pass_context
def report(
    ctx: click.Context,
    first: dt.datetime | None,
    last: dt.datetime | None,
    target: Path | None,
    *,
    as_json: bool,
) -> None:
    """Make the signed fixity report of some days, of this month without; every copy keeps it."""
    from archive_service import clock
    from archive_service.keeping.fixity.reports import make_report

    cli: Cli = ctx.find_root().obj
    today = clock.today()
    span = (
        first.date() if first else today.replace(day=1),
        last.date() if last else today,
    )
    made = make_report(cli.services, actor=cli.actor, span=span, target=target)
    if as_json:
        emit(made | {"path": None if target is None else str(target)})
    else:
        facts = {name: made[name] for name in ("number", "first", "last")}
        say(cli.said("fixity.reported", **facts))


def _state(copy: dict[str, Any]) -> str:
    return "paused" if copy["paused"] else "behind" if copy["behind"] else "in-time"
