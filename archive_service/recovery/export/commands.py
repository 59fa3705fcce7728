"""archive case export: a case file as one file, or everything that is held; check-pack."""

from pathlib import Path
from typing import Any

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import CommandUsageError, Exit
from archive_service.cli.output import emit, progress, say, with_json
from archive_service.clock import local

FORMS = ("aip", "sip", "sip-documents", "dip", "bag", "pdf", "xml", "court")


@click.command()
@with_json
@click.argument("code", required=False)
@click.option(
    "--form",
    type=click.Choice(FORMS),
    required=True,
    help="Packages as a ZIP, sip-documents without the case file; pdf, xml: in order of time; "
    "court: a folder with all versions, what proves them, and a program that verifies it.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write into; made if it is not there.",
)
@click.option(
    "--version",
    type=click.IntRange(min=1),
    help="Of aip and bag: an earlier version of the package.",
)
@click.option(
    "--document",
    type=click.IntRange(min=1),
    multiple=True,
    help="Of sip-documents: its ordinal; else all of them.",
)
@click.option(
    "--request", "request_id", type=click.UUID, help="Of dip: the request to use that it answers."
)
@click.option("--all", "everything", is_flag=True, help="All that is held, as aip or bag.")
@click.option("--agency", help="With --all: of this agency alone.")
@click.option("--year", type=int, help="With --all: of this year alone.")
@click.pass_context
def export(
    ctx: click.Context,
    /,
    code: str | None,
    form: str,
    target: Path,
    *,
    everything: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """Write a case file out as one file, or with --all everything that is held.

    Everything is a package a case file, with a catalogue, pages for a browser and digests beside
    them, acts of custody, messages of transfers and the audit trail; after a kill or a full disk
    the same command goes on. Exit 1 if a case file was left out, or what proves custody is damaged.
    """
    cli: Cli = ctx.obj
    for name in ("version", "document", "request_id") if everything else ("agency", "year"):
        if more[name]:
            key = "one" if everything else "alone"
            raise CommandUsageError(reason=cli.said(f"whole-export.{key}", option=f"--{name}"))
    if everything == (code is not None):
        raise CommandUsageError(reason=cli.said("whole-export.code-or-all"))
    if code is not None:
        _export_one(cli, code, form, target, more, as_json=as_json)
    else:
        outcome = _export_all(cli, form, target, more, as_json=as_json)
        if outcome["left_out"] or outcome["custody"]["damaged"]:
            ctx.exit(Exit.PROBLEMS)


def _export_one(
    cli: Cli, code: str, form: str, target: Path, more: dict[str, Any], *, as_json: bool
) -> None:
    from archive_service.recovery.export.case_file import export_case_file

    if form == "court":
        _export_for_court(cli, code, target, as_json=as_json)
        return
    document = export_case_file(
        cli.services,
        code,
        form=form,
        folder=target,
        actor=cli.actor,
        version=more["version"],
        ordinals=more["document"],
        request_id=more["request_id"],
    )
    if as_json:
        emit(document)
    else:
        say(str(document.path))


def _export_for_court(cli: Cli, code: str, target: Path, *, as_json: bool) -> None:
    from archive_service.recovery.export.court.pack import write_court_pack

    document = write_court_pack(cli.services, code, folder=target, actor=cli.actor)
    if as_json:
        emit(document)
    else:
        say(document["path"])


@click.command("check-pack")
@with_json
@click.argument("pack", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_context
def check_pack(ctx: click.Context, /, pack: Path, *, as_json: bool) -> None:
    """Compare a court pack with what was given; exit 5 if a part was changed or left out.

    By the program of this release, by our own checkpoint and keys, and by the event of its giving.
    """
    from archive_service.recovery.export.court.checking import check_court_pack

    cli: Cli = ctx.obj
    report = check_court_pack(cli.services, pack, actor=cli.actor)
    if as_json:
        emit(report.model_dump(mode="json"))
    else:
        for line in report.said:
            click.echo(line)
        key = "before-parts" if report.before_parts else "given" if report.given_at else "not-given"
        at = local(report.given_at).isoformat(" ", "minutes") if report.given_at else ""
        say(cli.said(f"court-pack.{key}", at=at))
    if not report.ok:
        ctx.exit(Exit.INTEGRITY)


def _export_all(
    cli: Cli, form: str, target: Path, more: dict[str, Any], *, as_json: bool
) -> dict[str, Any]:
    from archive_service.recovery.export.holdings import FORMS as WHOLE
    from archive_service.recovery.export.holdings import Wanted, WholeExport

    if form not in WHOLE:
        raise CommandUsageError(reason=cli.said("whole-export.form"))
    wanted = Wanted(form, more["agency"], more["year"])
    run = WholeExport(cli.services, wanted, folder=target, actor=cli.actor, lang=cli.lang)
    for _ in progress(run, cli.said("whole-export.progress"), total=run.total):
        pass
    document = run.document()
    if as_json:
        emit(document)
        return document
    say(cli.said("whole-export.done", **document))
    if document["left_out"]:
        say(cli.said("whole-export.left-out", count=len(document["left_out"])))
    for entry in document["left_out"]:
        click.echo(f"{entry['code']}: {entry['message']}")
    _say_custody(cli, document["custody"])
    return document


def _say_custody(cli: Cli, custody: dict[str, Any]) -> None:
    """What proves custody: how much of it went along, what did not, and what is sound nowhere."""
    say(cli.said("whole-export.custody", **custody))
    if custody["left_out"]:
        names = [cli.said(f"whole-export.part.{name}") for name in custody["left_out"]]
        say(cli.said("whole-export.custody-without", parts="; ".join(names)))
    if custody["damaged"]:
        say(cli.said("whole-export.damaged", count=len(custody["damaged"])))
    for key in custody["damaged"]:
        click.echo(key)


case = click.Group("case", commands=[export, check_pack])
