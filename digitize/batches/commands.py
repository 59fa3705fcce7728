"""archive scan: the table of its commands, each loaded when it runs."""

import importlib

import click

# Name → module, and the command in it.
COMMANDS = {
    "import": ("digitize.batches.intake.commands.intake", "import_"),
    "watch": ("digitize.batches.intake.commands.watch", "watch"),
    "separators": ("digitize.batches.intake.commands.intake", "separators"),
    "list": ("digitize.batches.desk.commands", "list_"),
    "show": ("digitize.batches.desk.commands", "show"),
    "edit": ("digitize.batches.desk.commands", "edit"),
    "undo": ("digitize.batches.desk.commands", "undo"),
    "redo": ("digitize.batches.desk.commands", "redo"),
    "release": ("digitize.batches.desk.commands", "release"),
    "reject": ("digitize.batches.desk.commands", "reject"),
    "tickets": ("digitize.batches.desk.commands", "tickets"),
    "proofread": ("digitize.proofreading.commands", "proofread"),
    "correct": ("digitize.proofreading.commands", "correct"),
    "words": ("digitize.proofreading.commands", "words"),
    "reocr": ("digitize.rereading.commands", "reocr"),
}


class ScanGroup(click.Group):
    """Loads a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        loaded = importlib.import_module(module)
        command: click.Command = getattr(loaded, attribute)
        return command


@click.group(cls=ScanGroup)
def scan() -> None:
    """Batches of scans: taken in, looked at, released."""
