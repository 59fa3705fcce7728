"""archive backup, restore, drill: onto another medium, back from it, and proof that it works."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, table, with_json
from archive_service.errors import InputError

if TYPE_CHECKING:
    from archive_service.recovery.backup.documents import PaperDocument

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


class BackupTargetError(InputError):
    """A backup needs a folder to go to."""


@click.group(invoke_without_command=True)
@with_json
@click.option(
    "--to", "target", type=_FOLDER, help="Folder of the medium; else those of backup.targets."
)
@click.option("--objects", is_flag=True, help="The packages too, encrypted, one key each.")
@click.option("--full", "kind", flag_value="full", default=True, help="Everything anew (default).")
@click.option("--incremental", "kind", flag_value="incremental", help="Only what changed.")
@click.option("--complete", "kind", flag_value="complete", help="The full set of the third year.")
@click.pass_context
def backup(
    ctx: click.Context, target: Path | None, kind: str, *, objects: bool, as_json: bool
) -> None:
    """Back up while the archive is in use: to --to or each of backup.targets, or a further word.

    The media and their sets are shown by the further word list.
    """
    if ctx.invoked_subcommand is not None:
        return
    from archive_service.recovery.backup.acts import run_backup
    from archive_service.recovery.backup.set import BackupKind

    cli: Cli = ctx.find_root().obj
    backup_settings = cli.services.settings.backup
    targets = (
        [target]
        if target is not None
        else [Path(name).absolute() for name in backup_settings.targets]
    )
    if not targets:
        raise BackupTargetError(option="--to")
    made = []
    for folder in targets:
        backup_made = run_backup(
            cli.services,
            folder,
            actor=cli.actor,
            kind=BackupKind(kind),
            with_objects=objects or (target is None and backup_settings.objects),
            progress=lambda what: say(cli.said(f"backup.{what}")),
        )
        words = [
            (warning, cli.said(f"backup.warnings.{warning}")) for warning in backup_made.warnings
        ]
        warnings = [{"code": code, "message": message} for code, message in words]
        made.append(backup_made.as_json() | {"warnings": warnings})
        if not as_json:
            say(cli.said("backup.done", **_facts(made[-1], "name")))
        for _, message in words:
            say(message)
    if as_json:
        emit(made[0] | ({"sets": made} if len(made) > 1 else {}))
    if backup_made.absent:
        say(cli.said("backup.absent", count=len(backup_made.absent)))
    if backup_made.keys:
        say(cli.said("backup.keys", folder=backup_made.keys))


@backup.command("list")
@with_json
@click.option(
    "--medium",
    "media",
    type=_FOLDER,
    multiple=True,
    help="These media; default those set, else those backups went to.",
)
@pass_cli
def list_(cli: Cli, media: tuple[Path, ...], *, as_json: bool) -> None:
    """List the sets of each medium, and which of them a person may remove by the calendar."""
    from archive_service.recovery.backup.sets_on_media import list_sets

    found = list_sets(cli.services, media, actor=cli.actor)
    if not found:
        say(cli.said("backup.none-listed"))
    if as_json:
        emit({"sets": found})
        return
    rows = [
        (
            shelved.name,
            shelved.size_bytes,
            shelved.trouble or cli.said("backup.may-go" if shelved.may_go else "backup.stays"),
            shelved.media,
        )
        for shelved in found
    ]
    table(cli.heads("backup-set", "bytes", "state", "medium"), rows)


@backup.command()
@with_json
@click.option("--to", "target", type=_FILE, required=True, help="The PDF to write.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--until", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@pass_cli
def log(cli: Cli, target: Path, first: Any, last: Any, *, as_json: bool) -> None:
    """Sổ theo dõi sao lưu of a time, by default of this year, as a signed PDF/A."""
    from archive_service.recovery.backup.papers import write_log

    span = (first.date() if first else None, last.date() if last else None)
    _tell(cli, write_log(cli.services, target, span=span, actor=cli.actor), as_json=as_json)


@backup.command()
@with_json
@click.option("--to", "target", type=_FILE, required=True, help="The PDF to write.")
@click.option("--run", "name", help="Name of the set; the newest by default.")
@pass_cli
def minutes(cli: Cli, target: Path, name: str | None, *, as_json: bool) -> None:
    """Biên bản sao lưu of one run, as a signed PDF/A."""
    from archive_service.recovery.backup.papers import write_minutes

    _tell(cli, write_minutes(cli.services, target, name=name, actor=cli.actor), as_json=as_json)


@backup.command()
@with_json
@click.option("--to", "target", type=_FILE, required=True, help="The PDF to write.")
@click.option(
    "--medium", "media", type=_FOLDER, multiple=True, help="These media; default those set."
)
@click.pass_context
def inspect(ctx: click.Context, target: Path, media: tuple[Path, ...], *, as_json: bool) -> None:
    """Read the newest set of each medium whole; biên bản kiểm tra as a signed PDF/A.

    Exit 5 if one of them is not as its manifest says.
    """
    from archive_service.recovery.backup.papers import write_inspection

    cli: Cli = ctx.find_root().obj
    document = write_inspection(cli.services, target, media=list(media), actor=cli.actor)
    _tell(cli, document, as_json=as_json)
    if not all(medium.ok for medium in document.media):
        ctx.exit(Exit.INTEGRITY)


@click.command()
@with_json
@click.option("--from", "source", type=_FOLDER, required=True, help="Folder of the medium.")
@click.option("--keys", type=_FOLDER, help="Folder of the keys that open it.")
@click.option("--set", "name", help="Name of the set; the newest by default.")
@click.pass_context
def restore(
    ctx: click.Context, source: Path, keys: Path | None, name: str | None, *, as_json: bool
) -> None:
    """Bring an archive back into a bare home; all is verified before anything is written.

    Exit 5 if of copies that lived on something was passed over; --json names it in passed_over
    [{key, code, message, remedy, kept_by_database}].
    """
    from archive_service.recovery.backup.keys import BackupKeys
    from archive_service.recovery.restore.acts import RestoreOrder
    from archive_service.recovery.restore.acts import restore as run

    cli: Cli = ctx.find_root().obj
    opened = BackupKeys(keys) if keys else None
    order = RestoreOrder(root=source, name=name, keys=opened, in_earnest=True)
    actor = cli.operator
    del cli.settings  # those of a bare home: its own come back with the set
    restored = run(
        order,
        home=cli.home.absolute(),
        settings=lambda: cli.settings,
        opener=cli.open_services,
        actor=actor,
        lang=cli.lang,
    )
    minutes_at = _minuted(cli)
    document = restored.as_json() | {"minutes": minutes_at}
    if as_json:
        emit(document)
    else:
        say(cli.said("backup.restored", **_facts(document, "set")))
    if not restored.trusted:
        text = "backup.untrusted" if restored.signed_by else "backup.unsigned"
        say(cli.said(text, signer=restored.signed_by))
    if minutes_at:
        say(cli.said("backup.written", file=minutes_at))
    else:
        say(cli.said("backup.minutes-wait"))
    for what in restored.bring:
        kind, _, name = what.removeprefix("backup ").partition(" ")
        say(cli.said("backup.bring", what=cli.said(f"backup.bring-{kind}", name=name)))
    for entry in restored.passed_over:
        say(entry.message)
    for remedy in dict.fromkeys(entry.remedy for entry in restored.passed_over):
        say(f"→ {remedy}")
    if restored.passed_over:
        ctx.exit(Exit.INTEGRITY)


@click.command()
@with_json
@click.option("--to", "target", type=_FOLDER, required=True, help="Folder for the new home.")
@click.option("--sample", type=click.IntRange(min=1), help="So many packages; default all.")
@click.option(
    "--from", "source", type=_FOLDER, help="Medium; default the newest run's, else a copy."
)
@click.pass_context
def drill(
    ctx: click.Context, target: Path, sample: int | None, source: Path | None, *, as_json: bool
) -> None:
    """Restore into a new home and compare every digest and catalogue field; a signed report.

    Exit 5 if anything differs.
    """
    from archive_service.recovery.drill.acts import run_drill

    cli: Cli = ctx.find_root().obj
    document = run_drill(cli.services, target, sample=sample, medium=source, actor=cli.actor)
    if as_json:
        emit(document)
    else:
        for difference in document["differences"]:
            click.echo(difference)
        say(cli.said("backup.drilled", **_facts(document, "compared", "equal", "report")))
    if document["differences"]:
        ctx.exit(Exit.INTEGRITY)


def _minuted(cli: Cli) -> str | None:
    """Make the minutes at once; ``None`` where they wait for the key, as workers then do."""
    from archive_service.recovery.restore.acts import MINUTES_JOB
    from archive_service.recovery.restore.minutes import newest_minutes

    cli.do_job(MINUTES_JOB)
    found = newest_minutes(cli.services)
    return None if found is None else str(found)


def _facts(document: dict[str, Any], *more: str) -> dict[str, Any]:
    return {
        name: document[name]
        for name in (*more, "files", "size_bytes", "seconds")
        if name in document
    }


def _tell(cli: Cli, document: "PaperDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        say(cli.said("backup.written", file=document.path))
