"""Errors on the command line: the family tells the exit code, the messages tell the rest."""

import enum
import errno
import json
import os

import click

from archive_service import messages
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    IntegrityViolationError,
    NotAllowedError,
    NotFoundError,
)


class Exit(enum.IntEnum):
    """What the exit code means."""

    DONE = 0
    PROBLEMS = 1
    INPUT = 2
    NOT_FOUND = 3
    CONFLICT = 4
    INTEGRITY = 5
    BACKEND = 6


_FAMILIES: tuple[tuple[type[ArchiveError], Exit], ...] = (
    (InputError, Exit.INPUT),
    (NotFoundError, Exit.NOT_FOUND),
    (NotAllowedError, Exit.CONFLICT),
    (ConflictError, Exit.CONFLICT),
    (IntegrityViolationError, Exit.INTEGRITY),
    (BackendError, Exit.BACKEND),
)


class CommandUsageError(InputError):
    """The command line itself is wrong: a name, an option or a value that there is not."""

    code = "command-usage"


class FileSystemError(InputError):
    """A path that was given cannot be read or written as it stands."""

    code = "file-system"


class FileSystemFailingError(BackendError):
    """The disk is full or fails; the path itself is well."""

    code = "file-system-failing"


_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}


def from_system(trouble: OSError) -> ArchiveError:
    """The operating system's refusal as one of ours."""
    kind = FileSystemFailingError if trouble.errno in _DISK else FileSystemError
    reason = trouble.strerror or type(trouble).__name__
    return kind(path=str(trouble.filename or "?"), reason=reason)


def usage_reason(wrong: click.ClickException, lang: str) -> str:
    """What is wrong with a command line; click's own English where we have no words for it."""
    told = wrong.format_message().rstrip(".")
    if isinstance(wrong, click.exceptions.NoSuchCommand):
        kind, name = "command-unknown", wrong.command_name
    elif isinstance(wrong, click.NoSuchOption):
        kind, name = "option-unknown", wrong.option_name
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
        kind, name = "value-invalid", _parameter(wrong)
    elif told.startswith("Got unexpected extra argument"):
        kind, name = "too-many-arguments", told.partition("(")[2].rstrip(")")
    else:
        return told
    return messages.text(f"usage.{kind}", lang, name=name)


def _quoted(told: str) -> str:
    """The value that click names between quotation marks."""
    return told.partition("'")[2].rpartition("'")[0]


def _parameter(wrong: click.BadParameter) -> str:
    """The name of an option or argument as it is written."""
    if wrong.param is None:
        return str(wrong.param_hint or "?")
    if isinstance(wrong.param, click.Argument) and wrong.ctx is not None:
        return wrong.param.make_metavar(wrong.ctx)
    return wrong.param.opts[0]


def exit_code(error: ArchiveError) -> Exit:
    """The exit code of an error's family."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), Exit.PROBLEMS)


def report(error: ArchiveError, *, lang: str, as_json: bool) -> Exit:
    """Say what happened and what to do; with ``--json`` as one document on stdout."""
    said = messages.error(error.code, lang, error.facts)
    if as_json:
        document = {"code": error.code, "message": said.message, "remedy": said.remedy}
        click.echo(json.dumps({"error": document}, ensure_ascii=False, indent=1))
    click.secho(said.message, err=True, fg="red")
    if said.remedy:
        click.echo(f"→ {said.remedy}", err=True)
    return exit_code(error)
