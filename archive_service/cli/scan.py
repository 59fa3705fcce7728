"""archive scan: the table of its commands, each loaded when it runs."""

import importlib

import click

# Name → module below archive_service.cli, and the command in it.
COMMANDS = {
    "import": ("scan_intake", "import_"),
    "watch": ("scan_watch", "watch"),
    "separators": ("scan_intake", "separators"),
    "list": ("scan_desk", "list_"),
    "show": ("scan_desk", "show"),
    "edit": ("scan_desk", "edit"),
    "undo": ("scan_desk", "undo"),
    "redo": ("scan_desk", "redo"),
    "release": ("scan_desk", "release"),
    "reject": ("scan_desk", "reject"),
    "tickets": ("scan_desk", "tickets"),
    "proofread": ("scan_words", "proofread"),
    "correct": ("scan_words", "correct"),
    "words": ("scan_words", "words"),
    "reocr": ("scan_reocr", "reocr"),
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
        loaded = importlib.import_module(f"archive_service.cli.{module}")
        command: click.Command = getattr(loaded, attribute)
        return command


@click.group(cls=ScanGroup)
def scan() -> None:
    """Batches of scans: taken in, looked at, released."""
