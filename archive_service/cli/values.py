"""Values of options: nobody means a file called ``--help``, or ``--json`` for a reason."""

import re
from collections.abc import Callable
from functools import partial

import click

_Parse = Callable[[click.Context, list[str]], list[str]]
_LIKE_AN_OPTION = re.compile(r"--[^\W\d_]")


class OptionAsValueError(click.BadOptionUsage):
    """What stands behind an option looks like another; ``meant`` is how to write it as a value."""

    def __init__(self, option: str, value: str, meant: str, ctx: click.Context) -> None:
        super().__init__(option, f"{option}: {value}", ctx)
        self.value, self.meant = value, meant


class MisfitUsageError(click.UsageError):
    """Options and arguments that do not go together; ``key`` is of the words under ``usage``."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def guard(command: click.Command) -> None:
    """Let no option of a command, or of one below it, take another option for its value.

    click gives an option that needs a value whatever stands behind it.
    """
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        guard(below)
    if not isinstance(command.parse_args, partial):
        strict = partial(_parse, command.parse_args)
        command.parse_args = strict  # type: ignore[method-assign]  # of any kind of command


def _parse(parse: _Parse, ctx: click.Context, args: list[str]) -> list[str]:
    options = [param for param in ctx.command.get_params(ctx) if isinstance(param, click.Option)]
    taking = {
        name: option
        for option in options
        if not option.is_flag and not option.count
        for name in option.opts
    }
    known = {name for option in options for name in option.opts}
    at = 0
    while at < len(args) and args[at] != "--":
        name, equals, value = args[at].partition("=")
        at += 1
        if name not in taking:
            if not ctx.allow_interspersed_args and not name.startswith("-"):
                break  # what follows belongs to the command below
            continue
        if not equals:
            value = args[at] if at < len(args) else ""
            at += 1
        if isinstance(taking[name].type, click.Path):
            if value.startswith("-") and value != "-":
                raise OptionAsValueError(name, value, f"{name}=./{value}", ctx)
        elif not equals and (value in known or _LIKE_AN_OPTION.match(value)):
            raise OptionAsValueError(name, value, f"{name}={value}", ctx)
    return parse(ctx, args)
