"""The ``archive`` command: global options and the table of commands."""

import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from archive_service.cli.context import Cli, login_user
from archive_service.cli.errors import (
    CommandUsageError,
    Exit,
    NobodyAnswersError,
    from_system,
    report,
    usage_reason,
)
from archive_service.cli.values import guard
from archive_service.door import begin_anew, came_by
from archive_service.errors import ArchiveError

if TYPE_CHECKING:
    from archive_service.cli.offered import ActGroup
    from archive_service.services import Opener, Services
    from archive_service.settings import Settings

# Name → module whose attribute of the same name is the command.
COMMANDS = {
    "setup": "archive_service.first_run.commands.setup",
    "init": "archive_service.setup.commands",
    "demo": "archive_service.demo.commands",
    "serve": "archive_service.process_commands",
    "work": "archive_service.process_commands",
    "agency": "archive_service.catalogue.agencies.commands.agency",
    "account": "archive_service.accounts.commands",
    "delegation": "archive_service.accounts.delegations.commands",
    "token": "archive_service.accounts.entering.commands",
    "rights": "archive_service.accounts.gains.commands",
    "login": "archive_service.accounts.entering.commands",
    "logout": "archive_service.accounts.entering.commands",
    "code": "archive_service.catalogue.agencies.commands.code",
    "file-plan": "ingest.file_plan.commands",
    "submit": "ingest.submissions.commands",
    "submission": "ingest.submissions.commands",
    "delivery": "ingest.deliveries.commands",
    "job": "archive_service.background_jobs.commands",
    "case": "archive_service.catalogue.case_files.commands.case",
    "document": "archive_service.catalogue.case_files.commands.document",
    "answer": "ingest.answers.commands",
    "grant": "archive_service.catalogue.grants.commands",
    "group": "archive_service.catalogue.grants.commands",
    "access-request": "archive_service.catalogue.use_requests.commands",
    "fonds": "archive_service.catalogue.fonds.commands",
    "series": "archive_service.catalogue.fonds.commands",
    "term": "archive_service.catalogue.vocabularies.commands",
    "own-field": "archive_service.catalogue.own_fields.commands",
    "station": "digitize.stations.commands",
    "scan": "digitize.batches.commands",
    "handover": "ingest.handover.commands",
    "report": "archive_service.reports.commands",
    "register": "archive_service.reports.commands",
    "paper": "digitize.paper.commands",
    "search": "search.commands",
    "saved-search": "search.kept.commands",
    "basket": "search.basket.commands",
    "retention": "retention.terms.commands",
    "hold": "retention.holds.commands",
    "disposition": "retention.disposition.commands",
    "transfer": "retention.transfer.commands",
    "partner": "retention.transfer.partners.commands",
    "witness": "retention.transfer.witnessing.commands",
    "copy": "archive_service.keeping.copies.commands",
    "key": "archive_service.signing.keys.commands",
    "sign": "archive_service.signing.desk.commands",
    "fixity": "archive_service.keeping.fixity.commands",
    "format": "archive_service.keeping.formats.commands",
    "audit": "archive_service.evidence.commands",
    "evidence": "archive_service.evidence.commands",
    "index": "archive_service.recovery.reindex.commands",
    "rebuild": "archive_service.recovery.rebuild.commands",
    "backup": "archive_service.recovery.drill.commands",
    "restore": "archive_service.recovery.drill.commands",
    "drill": "archive_service.recovery.drill.commands",
    "upgrade": "archive_service.recovery.upgrade.commands",
    "announce": "archive_service.notices.announcements.commands",
    "announcement": "archive_service.notices.announcements.commands",
    "incident": "archive_service.notices.commands.incident",
    "review": "archive_service.oversight.reviewing.commands",
    "fault": "archive_service.notices.fault_reports.commands",
    "notice": "archive_service.notices.commands.notice",
    "collection": "ingest.calling_in.commands",
    "keep-back": "ingest.calling_in.commands",
    "late-entry": "ingest.late_entries.commands",
    "status": "archive_service.status.commands",
    "bench": "archive_service.bench.commands",
}

# What other rooms add to one of them: the commands of their group of the same name.
JOINED = {
    "case": (
        "archive_service.catalogue.arranging.commands",
        "archive_service.catalogue.describing.commands",
        "archive_service.catalogue.linking.commands",
        "archive_service.catalogue.many.commands",
        "archive_service.catalogue.openings.commands",
        "archive_service.recovery.export.commands",
    ),
    "retention": ("retention.schedules.commands",),
    "sign": ("archive_service.signing.copies.commands",),
    "submission": ("ingest.receiving.commands",),
}


class LazyGroup(click.Group):
    """Loads a command's module only when that command runs, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), name)
        for module in JOINED.get(cmd_name, ()):
            cast("ActGroup", command).join(getattr(importlib.import_module(module), name))
        guard(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """One line a command, from the messages: no module is loaded for it."""
        from archive_service import messages

        rows = [(name, messages.text(f"commands.{name}", "en")) for name in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="ARCHIVE_HOME",
    default=Path("var"),
    help="Where everything embedded lives (default ./var).",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="ARCHIVE_CONFIG",
    help="A TOML file of settings, over the defaults.",
)
@click.option("--as", "account", envvar="ARCHIVE_AS", help="The account this command acts for.")
@click.option("--for", "stead", help="The account that handed you the duty: act in its stead.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of messages.")
@click.version_option(package_name="archive-service", prog_name="archive")
@click.pass_context
def archive(
    ctx: click.Context,
    home: Path,
    config: Path | None,
    account: str | None,
    stead: str | None,
    lang: str,
) -> None:
    """Electronic archive and records service for Vietnamese public agencies.

    Results on stdout, progress on stderr. Exit codes: 0 done, 1 finished and found problems,
    2 input, 3 not found, 4 conflict or not allowed, 5 integrity, 6 backend.
    """
    opener = ctx.obj or _open_services
    home, config = home.expanduser(), config and config.expanduser()  # no shell does it in a unit
    ctx.obj = Cli(home, config, account, lang, open_services=opener, run_one=_run_one, stead=stead)
    ctx.call_on_close(ctx.obj.close)
    begin_anew()
    came_by(login=login_user())
    ctx.call_on_close(begin_anew)


def _open_services(settings: "Settings") -> "Services":
    """See ``bootstrap``, which is imported by a command that needs it alone."""
    from archive_service.bootstrap import open_services

    return open_services(settings)


def _open_with_keys_hidden(settings: "Settings") -> "Services":
    """For a process of one home: parsers that it starts read no key of it."""
    from archive_service.formats.sandbox.confinement import hide

    hide(settings.key_places)
    return _open_services(settings)


def _run_one(services: "Services", **which: Any) -> str | None:
    """See ``worker``, which is imported by a command that needs it alone."""
    from archive_service.worker import run_one

    return run_one(services, **which)


def main() -> None:
    """The console script; what it writes is for this account alone, whoever started it."""
    os.umask(0o077)
    # Looking for plugins, of which there are none, opens the metadata of every library.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # a fifth of a short command: what is imported stays; see ``open_services``
    sys.exit(run(sys.argv[1:], opener=_open_with_keys_hidden))


def run(arguments: Sequence[str], *, opener: "Opener | None" = None) -> int:
    """Run one command line; an error of ours becomes words and its exit code."""
    from archive_service.log import configure_log

    configure_log(quiet=True, words=partial(_in_words, _language(arguments)))
    as_json = "--json" in arguments
    try:
        code = archive.main(list(arguments), prog_name="archive", standalone_mode=False, obj=opener)
    except ArchiveError as error:
        return report(error, lang=_language(arguments), as_json=as_json)
    except click.ClickException as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and not as_json:
            error.show()
            return Exit.INPUT
        lang = _language(arguments)
        wrong = CommandUsageError(reason=usage_reason(error, lang))
        return report(wrong, lang=lang, as_json=as_json)
    except (click.Abort, KeyboardInterrupt) as ended:
        if isinstance(ended.__context__, EOFError) and not sys.stdin.isatty():
            return report(NobodyAnswersError(), lang=_language(arguments), as_json=as_json)
        return 130
    except BrokenPipeError:  # whoever read our results has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PROBLEMS
    except OSError as trouble:
        return report(from_system(trouble), lang=_language(arguments), as_json=as_json)
    return code if isinstance(code, int) else Exit.DONE


def _in_words(lang: str, line: Mapping[str, Any]) -> str | None:
    """A sentence for the lines of the log that people at a command meet; no other has one."""
    from archive_service import messages

    if line.get("event") == "evidence-delayed":
        return messages.text("cli.log.evidence-delayed", lang, copy=line.get("copy", "?"))
    if line.get("event") == "search-index-begun-anew":
        count = line.get("case_files", "?")
        return messages.text("cli.log.search-index-begun-anew", lang, case_files=count)
    if line.get("event") == "key-trouble":
        why = messages.error(str(line.get("code", "")), lang, line.get("told"))
        return messages.text("cli.log.key-trouble", lang, why=why.message, remedy=why.remedy)
    return None


def _language(arguments: Sequence[str]) -> str:
    for number, argument in enumerate(arguments):
        if argument == "--lang" and number + 1 < len(arguments):
            return arguments[number + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return "vi"


if __name__ == "__main__":
    main()
