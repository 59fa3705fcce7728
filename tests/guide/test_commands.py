"""Every command and every option tells what it is for, and help comes at once."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click

from archive_service import messages
from archive_service.cli.offered import ActGroup
from archive_service.main import COMMANDS
from tests.guide.sources import ROOT, assert_none, calls, place

# Seconds of start-up each; they are imported in the functions that use them.
HEAVY = ("cv2", "numpy", "tesserocr", "pikepdf", "pypdfium2", "pyhanko", "typst", "ocrmypdf", "PIL")
INLINE = re.compile(r"`(archive [^`]+)`")


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


def test_every_command_has_a_line_in_the_first_help() -> None:
    assert_none(name for name in COMMANDS if not messages.has(f"commands.{name}", "en"))


def test_every_option_has_help() -> None:
    assert_none(
        f"{name} {option.opts[0]}"
        for name, command in _commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    )


def test_help_is_no_markup() -> None:
    assert_none(name for name, command in _commands() if "``" in (command.help or ""))


def test_commands_that_list_or_show_run_during_maintenance() -> None:
    assert_none(
        f"{name} {below}"
        for name, group in _commands()
        if isinstance(group, ActGroup)
        for below, offer in group.offers.items()
        if re.match("(list|show)_", offer.act.partition(":")[2]) and not offer.reads
    )


def test_help_waits_for_no_heavy_library() -> None:
    if importlib.util.find_spec("archive_service.main") is None:
        return
    question = f"import sys, archive_service.main; print(*set({HEAVY!r}) & set(sys.modules))"
    asked = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not asked.stdout.strip()


def _said_in_guides() -> Iterator[tuple[str, list[str], bool]]:
    """Where a command of the README and the guides stands, its words, and whether it is whole.

    Those in a block of shell lines are: they can be run as they are. Those in a sentence are named.
    """
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        inside = False
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if line.startswith("```"):
                inside = line == "```sh"
                continue
            for part in line.split("&&") if inside else INLINE.findall(line):
                words = shlex.split(part, comments=True)
                if words[:1] == ["archive"]:
                    yield place(file, number), words[1:], inside


def test_every_command_in_the_guides_is_one_that_runs() -> None:
    """Its name and its options are there, and it is given what it needs."""
    root = dict(_commands())["archive"]
    said = list(_said_in_guides())
    assert len({where.partition(":")[0] for where, _, _ in said}) >= 4
    assert_none(
        f"{where} archive {' '.join(words)}: {wrong}"
        for where, words, whole in said
        if (wrong := _wrong_with(root, words, whole=whole))
    )


def _wrong_with(command: click.Command, words: list[str], *, whole: bool) -> str:
    context = click.Context(command)
    try:
        given, rest, _ = command.make_parser(context).parse_args(list(words))
        if isinstance(command, click.Group) and (rest or not command.invoke_without_command):
            _, below, rest = command.resolve_command(context, rest or ["--help"])
            return _wrong_with(below, rest, whole=whole) if below else "no command"
    except click.UsageError as error:
        return error.format_message()
    for param in command.params:
        value = given.get(param.name or "")
        if whole and param.required and value in (None, ()):
            return f"{param.name} is missing"
        known = param.type.choices if isinstance(param.type, click.Choice) else (value,)
        if value and value not in known and not str(value).isupper():  # NAME stands for a name
            return f"{param.name} is not {value}"
    return ""


def test_what_does_not_go_together_is_told_in_words_of_the_messages() -> None:
    """Click's own error says what a program wrote: English, and half a sentence."""
    bare = (place(file, call) for file, call, name in calls() if name == "UsageError")
    assert_none(bare)
    keys = [
        str(call.args[0].value)
        for _, call, name in calls()
        if name == "MisfitUsageError" and isinstance(call.args[0], ast.Constant)
    ]
    assert keys
    assert_none(
        f"{lang} usage.{key}"
        for key in keys
        for lang in messages.LANGUAGES
        if not messages.has(f"usage.{key}", lang)
    )
