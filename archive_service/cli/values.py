"""Values of options: nobody means a file called ``--help``, or ``--json`` for a reason."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

_After = Callable[[click.Context, click.Parameter, Any], Any]


def guard(command: click.Command) -> None:
    """Let no option of a command, or of one below it, take another option for its value.

    click gives an option that needs a value whatever stands behind it.
    """
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        guard(below)
    for one in command.params:
        taking = isinstance(one, click.Option) and not one.is_flag and not one.count
        if taking and not (isinstance(one.callback, partial) and one.callback.func is _checked):
            one.callback = partial(_checked, one.callback)


def _checked(after: _After | None, ctx: click.Context, option: click.Option, value: Any) -> Any:
    for one in value if isinstance(value, tuple) else (value,):
        if _is_option(ctx, one):
            raise click.BadOptionUsage(option.opts[0], f"{option.opts[0]}: {one}", ctx)
    return after(ctx, option, value) if after else value


def _is_option(ctx: click.Context, value: Any) -> bool:
    """The name of one here or of all commands; of a path, whatever begins as an option does."""
    if isinstance(value, Path):
        return str(value).startswith("-") and str(value) != "-"
    within = (ctx, ctx.find_root())
    known = (name for at in within for one in at.command.get_params(at) for name in one.opts)
    return isinstance(value, str) and value.startswith("-") and value in {*known}
