"""archive setup: from nothing to an archive that is fit for work, question by question."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, for_owner, say, table, with_json
from archive_service.cli.passwords import require_folder, tell_passwords

if TYPE_CHECKING:
    from archive_service.first_run.answers import Answers
    from archive_service.settings import Settings
    from archive_service.setup.acts import Made

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@with_json
@click.option("--code", help="The archive's own identifier, such as 000.00.30.H26.")
@click.option("--name", help="The archive's name, as receipts bear it.")
@click.option("--superior", help="The body right above it, as papers name it; - for none.")
@click.option("--place", help="Where the archive is, as papers name it before the date.")
@click.option("--role", type=click.Choice(["current", "historical"]), help="Kind of archive.")
@click.option("--copy", "copies", multiple=True, help="Folder or URL of a copy; once for each.")
@click.option("--backup", "backups", multiple=True, help="Folder of a medium; once for each.")
@click.option("--key", help="The archive's signing key: a PKCS#12 file, or pkcs11:///….")
@click.option("--passphrase-file", "passphrase", type=_FILE, help="What opens the key file.")
@click.option("--timestamp", help="Time-stamp service (http://…), or none:.")
@click.option("--malware", help="Scanner (clamd://host:port), or none:.")
@click.option("--state-root", "state_roots", type=_FILE, multiple=True, help="Root of the state.")
@click.option("--root", "roots", type=_FILE, multiple=True, help="Any other trusted certificate.")
@click.option("--proxies", type=click.IntRange(0, 9), help="Proxies in front; 1 behind nginx.")
@click.option("--base-url", help="Where people find the pages, such as https://luutru.example.")
@click.option("--mail", help="Mail server (smtps://user:password@host), or none:.")
@click.option("--sender", help="Address that letters come from.")
@click.option("--person", "people", multiple=True, help="ROLE:ACCOUNT[:Full name]; once for each.")
@click.option("--waive", multiple=True, help="CHECK=REASON: what the archive does without, why.")
@click.option(
    "--passwords-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write new passwords to this file (NAME PASSWORD a line) instead of showing them.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: what no option gives stays as it is.")
@pass_cli
def setup(
    cli: Cli, /, passwords_to: Path | None, *, yes: bool, as_json: bool, **given: Any
) -> None:
    """Set up a real archive: ask, check each answer at once, write the settings, make the home.

    Nothing is written before the last answer. Safe to repeat: what stands there is offered.
    Ends with what `archive status --production` tells; exit 1 while anything is lacking.
    """
    from archive_service.first_run.settings_file import load_secrets

    require_folder(passwords_to)
    target = cli.config or cli.home.absolute() / "archive.toml"
    load_secrets(target.with_name("secrets.env"))
    settings = _settings(cli, target)
    answers = _answered(cli, settings, given, yes=yes)
    for_owner(passwords_to)
    files, made = _carry_out(cli, answers, target)
    tell_passwords(made.passwords, passwords_to)
    document = {
        "home": str(settings.home),
        "settings": str(target),
        "written": files,
        "created": made.created,
        "accounts": [
            {"name": account.name, "role": account.role.value} for account in made.accounts
        ],
    }
    _end(cli, document, as_json=as_json)


def _settings(cli: Cli, target: Path) -> "Settings":
    """As they stand today; a file that is to be written yet has none."""
    from archive_service.first_run.checks import SetupDemoError
    from archive_service.settings import load_settings

    settings = load_settings(cli.home, target if target.is_file() else None)
    if settings.is_demo:
        raise SetupDemoError(home=settings.home)
    return settings


def _answered(cli: Cli, settings: "Settings", given: dict[str, Any], *, yes: bool) -> "Answers":
    """What the options give is checked at once; the rest is asked, or stays."""
    from archive_service.first_run.answers import Answers
    from archive_service.first_run.commands.asking import Question, ask_all
    from archive_service.first_run.options import require_whole, take_options

    answers = Answers.of(settings)
    named = take_options(answers, given, settings)
    if not yes:
        ask_all(named, answers, Question(settings, cli.lang))
    require_whole(answers)
    _warn(cli, answers, settings)
    if not yes:
        click.confirm(cli.said("setup.begin"), default=True, abort=True, err=True)
    return answers


def _warn(cli: Cli, answers: "Answers", settings: "Settings") -> None:
    from archive_service.first_run.checks import shared_devices

    for one, other in shared_devices(answers, settings.home):
        say(cli.said("setup.same-device", one=one, other=other))


def _carry_out(cli: Cli, answers: "Answers", target: Path) -> "tuple[list[str], Made]":
    """Keys and roots, then the settings that name them, then the home, then its people."""
    from archive_service.first_run.acts import add_people, place_key, place_roots
    from archive_service.first_run.settings_file import (
        load_secrets,
        read_file,
        secrets_of,
        write_files,
        written,
    )
    from archive_service.setup.acts import init_archive, require_no_lost_database

    home = cli.home.absolute()
    files = [*place_key(answers, home), *place_roots(answers, home)]
    rows = answers.as_settings()
    files += write_files(target, written(read_file(target), rows), secrets_of(rows))
    load_secrets(target.with_name("secrets.env"))
    cli.config = target
    require_no_lost_database(cli.opened)
    made = init_archive(cli.opened, actor=cli.operator)
    add_people(cli.opened, answers.people, actor=cli.operator, made=made)
    return files, made


def _end(cli: Cli, document: dict[str, Any], *, as_json: bool) -> None:
    """What the archive lacks is the last word, and the exit code."""
    from archive_service.cli.errors import Exit
    from archive_service.setup.acts import made_words
    from archive_service.status.production import HEADS, production_document, production_rows

    found = production_document(cli.services, actor=cli.operator, lang=cli.lang)
    if as_json:
        emit({**document, "production": found})
    else:
        for line in (*document["written"], *made_words(document["created"], cli.lang)):
            say(line)
        say(cli.said("setup.done", settings=document["settings"]))
        table(cli.heads(*HEADS), production_rows(found, cli.lang))
    if not found.ready:
        click.get_current_context().exit(Exit.PROBLEMS)
