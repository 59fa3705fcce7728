"""The ``archive`` command: global options and the table of commands."""

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import CommandUsageError, Exit, from_system, report, usage_reason
from archive_service.errors import ArchiveError

# Name → module below archive_service.cli whose attribute of the same name is the command.
COMMANDS = {
    "init": "setup",
    "demo": "demo",
    "serve": "serve",
    "work": "work",
    "agency": "agency",
    "account": "account",
    "token": "account",
    "code": "code",
    "file-plan": "file_plan",
    "submit": "submission",
    "submission": "submission",
    "delivery": "delivery",
    "job": "job",
    "case": "case",
    "document": "document",
    "answer": "answer",
    "fonds": "fonds",
    "series": "fonds",
    "term": "term",
    "own-field": "own_field",
    "station": "station",
    "scan": "scan",
    "handover": "handover",
    "report": "report",
    "register": "report",
    "paper": "paper",
    "search": "search",
    "retention": "retention",
    "hold": "hold",
    "disposition": "disposition",
    "transfer": "transfer",
    "partner": "partner",
    "copy": "copy",
    "key": "key",
    "sign": "sign",
    "fixity": "fixity",
    "format": "format",
    "audit": "audit",
    "rebuild": "recovery",
    "backup": "backup",
    "restore": "backup",
    "drill": "backup",
    "upgrade": "upgrade",
    "announce": "announcement",
    "announcement": "announcement",
    "incident": "incident",
    "notice": "notice",
    "collection": "collection",
    "keep-back": "collection",
    "late-entry": "late_entry",
    "status": "status",
    "bench": "bench",
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
        module = importlib.import_module(f"archive_service.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
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
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="ARCHIVE_CONFIG",
    help="A TOML file of settings, over the defaults.",
)
@click.option("--as", "account", envvar="ARCHIVE_AS", help="The account this command acts for.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of messages.")
@click.version_option(package_name="archive-service", prog_name="archive")
@click.pass_context
def archive(
    ctx: click.Context, home: Path, config: Path | None, account: str | None, lang: str
) -> None:
    """Electronic archive and records service for Vietnamese public agencies.

    Results on stdout, progress on stderr. Exit codes: 0 done, 1 finished and found problems,
    2 input, 3 not found, 4 conflict or not allowed, 5 integrity, 6 backend.
    """
    ctx.obj = Cli(home, config, account, lang)
    ctx.call_on_close(ctx.obj.close)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; an error of ours becomes words and its exit code."""
    from archive_service.log import configure_log

    configure_log(quiet=True, words=partial(_in_words, _language(arguments)))
    as_json = "--json" in arguments
    try:
        code = archive.main(list(arguments), prog_name="archive", standalone_mode=False)
    except ArchiveError as error:
        return report(error, lang=_language(arguments), as_json=as_json)
    except click.ClickException as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and not as_json:
            error.show()
            return Exit.INPUT
        lang = _language(arguments)
        wrong = CommandUsageError(reason=usage_reason(error, lang))
        return report(wrong, lang=lang, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # whoever read our results has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PROBLEMS
    except OSError as trouble:
        return report(from_system(trouble), lang=_language(arguments), as_json=as_json)
    return code if isinstance(code, int) else Exit.DONE


def _in_words(lang: str, line: Mapping[str, Any]) -> str | None:
    """A sentence for the one line of the log that people at a command meet; no other has one."""
    from archive_service import messages

    if line.get("event") != "evidence-delayed":
        return None
    return messages.text("cli.log.evidence-delayed", lang, copy=line.get("copy", "?"))


def _language(arguments: Sequence[str]) -> str:
    for number, argument in enumerate(arguments):
        if argument == "--lang" and number + 1 < len(arguments):
            return arguments[number + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return "vi"


if __name__ == "__main__":
    main()
