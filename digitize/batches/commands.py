"""archive scan: the table of its commands, each loaded when it runs."""

import importlib

import click

from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup, Show
from archive_service.document import Document

# Name → module, and the command in it.
COMMANDS = {
    "import": ("digitize.batches.intake.commands.intake", "import_"),
    "watch": ("digitize.batches.intake.commands.watch", "watch"),
    "separators": ("digitize.batches.intake.commands.intake", "separators"),
    "list": ("digitize.batches.desk.commands", "list_"),
    "show": ("digitize.batches.desk.commands", "show"),
    "edit": ("digitize.batches.desk.commands", "edit"),
    "tickets": ("digitize.batches.desk.commands", "tickets"),
    "proofread": ("digitize.proofreading.commands", "proofread"),
    "correct": ("digitize.proofreading.commands", "correct"),
    "words": ("digitize.proofreading.commands", "words"),
    "reocr": ("digitize.rereading.commands", "reocr"),
}


# Name of an act → how its outcome is told.
ACTS = {
    "undo": "scan.undone",
    "redo": "scan.redone",
    "release": "scan.released",
    "reject": "scan.rejected",
}


class ScanGroup(ActGroup):
    """Loads a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, in the order of the work."""
        names = list(COMMANDS)
        after = names.index("edit") + 1
        return [*names[:after], *ACTS, *names[after:]]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, attribute = COMMANDS[cmd_name]
        loaded = importlib.import_module(module)
        command: click.Command = getattr(loaded, attribute)
        return command


@click.group(cls=ScanGroup)
def scan() -> None:
    """Batches of scans: taken in, looked at, released."""


def _told_as(key: str) -> Show:
    def show(cli: Cli, done: Document, *, as_json: bool) -> None:
        from digitize.batches.desk.commands import tell

        tell(cli, key, done, as_json=as_json)

    return show


for _act, _key in ACTS.items():
    _batch = click.Argument(["batch"])
    scan.offer(_act, f"digitize.batches.desk.acts:{_act}", _batch, show=_told_as(_key))
