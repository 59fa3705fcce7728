"""Errors on the command line: the family tells the exit code, the messages tell the rest."""

import enum
import errno
import json
import os
from contextlib import suppress

import click

from archive_service import messages
from archive_service.cli.values import MisfitUsageError, OptionAsValueError
from archive_service.errors import ArchiveError, BackendError, InputError


class Exit(enum.IntEnum):
    """What the exit code means; each family of errors names its own."""

    DONE = 0
    PROBLEMS = 1
    INPUT = 2
    NOT_FOUND = 3
    CONFLICT = 4
    INTEGRITY = 5
    BACKEND = 6


class CommandUsageError(InputError):
    """The command line itself is wrong: a name, an option or a value that there is not."""


class NobodyAnswersError(InputError):
    """The command asks for something, and there is nobody to type it."""


class FileSystemError(InputError):
    """A path that was given cannot be read or written as it stands."""


class FileSystemFailingError(BackendError):
    """The disk is full or fails; the path itself is well."""


_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}


def from_system(trouble: OSError) -> ArchiveError:
    """The operating system's refusal as one of ours."""
    kind = FileSystemFailingError if trouble.errno in _DISK else FileSystemError
    reason = trouble.strerror or type(trouble).__name__
    return kind(path=str(trouble.filename or "?"), reason=reason)


def usage_reason(wrong: click.ClickException, lang: str) -> str:
    """What is wrong with a command line; click's own English where we have no words for it."""
    text = wrong.format_message().rstrip(".")
    if isinstance(wrong, click.exceptions.NoSuchCommand):
        kind, name = "command-unknown", wrong.command_name
    elif isinstance(wrong, click.NoSuchOption):
        if before := _before_command(wrong):
            return messages.text("usage.option-before", lang, **before)
        kind, name = "option-unknown", wrong.option_name
    elif isinstance(wrong, OptionAsValueError):
        words = {"name": wrong.option_name, "value": wrong.value, "meant": wrong.meant}
        return messages.text("usage.option-as-value", lang, **words)
    elif isinstance(wrong, click.BadOptionUsage):
        kind, name = "option-without-value", wrong.option_name
    elif isinstance(wrong, click.MissingParameter):
        kind, name = "missing", _parameter(wrong)
    elif isinstance(wrong, click.BadParameter):
        choice = wrong.param.type if wrong.param is not None else None
        if isinstance(choice, click.Choice):
            known = ", ".join(str(one) for one in choice.choices)
            return messages.text("usage.not-a-choice", lang, name=_parameter(wrong), known=known)
        if isinstance(choice, click.Path) and (path := _quoted(wrong.message)):
            kind = "path-unfit" if os.path.lexists(path) else "path-absent"
            return messages.text(f"usage.{kind}", lang, name=_parameter(wrong), path=path)
        if isinstance(choice, click.types.UUIDParameterType):
            return _no_id(wrong, lang)
        kind, name = "value-invalid", _parameter(wrong)
    elif text.startswith("Got unexpected extra argument"):
        kind, name = "too-many-arguments", text.partition("(")[2].rstrip(")")
    else:
        return _misfit(wrong, lang) or text
    return messages.text(f"usage.{kind}", lang, name=name)


def _misfit(wrong: click.ClickException, lang: str) -> str:
    return messages.text(f"usage.{wrong.key}", lang) if isinstance(wrong, MisfitUsageError) else ""


def _before_command(wrong: click.NoSuchOption) -> dict[str, str]:
    """Where an option of ``archive`` itself stands that was given after a command; else nothing."""
    if wrong.ctx is None or wrong.ctx.parent is None:
        return {}
    _, _, command = wrong.ctx.command_path.partition(" ")
    for option in wrong.ctx.find_root().command.params:
        if wrong.option_name in option.opts and option.name:
            value = option.name.upper()
            return {"name": wrong.option_name, "value": value, "command": command}
    return {}


def _no_id(wrong: click.BadParameter, lang: str) -> str:
    """What an ID looks like, and which command lists those of this kind."""
    value = _quoted(wrong.message)
    if wrong.ctx is None or wrong.param is None:
        return messages.text("usage.id-elsewhere", lang, value=value, command="archive")
    root = wrong.ctx.find_root()
    kind = (wrong.param.name or "").removesuffix("_id").removesuffix("s").replace("_", "-")
    group = root.command.get_command(root, kind) if isinstance(root.command, click.Group) else None
    if isinstance(group, click.Group) and "list" in group.list_commands(wrong.ctx):
        command = f"{root.command_path} {kind} list"
        return messages.text("usage.id-in-list", lang, value=value, command=command)
    of = (wrong.ctx.parent or wrong.ctx).command_path
    return messages.text("usage.id-elsewhere", lang, value=value, command=of)


def _quoted(text: str) -> str:
    """The value that click names between quotation marks."""
    return text.partition("'")[2].rpartition("'")[0]


def _parameter(wrong: click.BadParameter) -> str:
    if wrong.param is None:
        return str(wrong.param_hint or "?")
    return written_name(wrong.param, wrong.ctx)


def written_name(parameter: click.Parameter, context: click.Context | None) -> str:
    """The name of an option or argument as it is written."""
    if isinstance(parameter, click.Argument) and context is not None:
        return parameter.make_metavar(context)
    return parameter.opts[0]


def report(error: ArchiveError, *, lang: str, as_json: bool) -> Exit:
    """Say what happened and what to do; with ``--json`` as one document on stdout."""
    message = messages.error(error.code, lang, error.facts)
    if as_json:
        document = {"code": error.code, "message": message.message, "remedy": message.remedy}
        with suppress(OSError):  # it may be stdout itself that fails; the words go to stderr
            click.echo(json.dumps({"error": document}, ensure_ascii=False, indent=1))
    click.secho(message.message, err=True, fg="red")
    if message.remedy:
        click.echo(f"→ {message.remedy}", err=True)
    return Exit(error.exit)
