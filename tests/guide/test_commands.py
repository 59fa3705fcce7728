"""Every command and every option tells what it is for, and help comes at once."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import click

from tests.guide.sources import ROOT, assert_none

# Seconds of start-up each; they are imported in the functions that use them.
HEAVY = ("cv2", "numpy", "tesserocr", "pikepdf", "pypdfium2", "pyhanko", "typst", "ocrmypdf", "PIL")


def _commands() -> Iterator[tuple[str, click.Command]]:
    if importlib.util.find_spec("archive_service.main") is None:
        return
    main = importlib.import_module("archive_service.main")
    root = next(thing for thing in vars(main).values() if isinstance(thing, click.Group))
    waiting: list[tuple[str, click.Command]] = [("archive", root)]
    while waiting:
        name, command = waiting.pop()
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                assert found is not None, f"{name} {below} is listed and cannot be loaded"
                waiting.append((f"{name} {below}", found))


def test_every_command_has_help() -> None:
    assert_none(name for name, command in _commands() if not command.help)


def test_every_option_has_help() -> None:
    assert_none(
        f"{name} {option.opts[0]}"
        for name, command in _commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    )


def test_help_waits_for_no_heavy_library() -> None:
    if importlib.util.find_spec("archive_service.main") is None:
        return
    question = f"import sys, archive_service.main; print(*set({HEAVY!r}) & set(sys.modules))"
    asked = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not asked.stdout.strip()
