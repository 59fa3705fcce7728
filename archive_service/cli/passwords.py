"""Passwords asked for, unseen; new ones shown once: in a file of the owner alone, or on stderr."""

import sys
from pathlib import Path

import click

from archive_service.cli.output import for_owner, say
from archive_service.errors import InputError


class FolderMissingError(InputError):
    """The folder that a file shall be written into is not there; none is made by the way."""


def asked_password(words: str, *, twice: bool = False, default: str | None = None) -> str:
    """What is typed after these words on stderr; without a terminal there is no echo to hide."""
    typed = click.prompt(
        words,
        hide_input=sys.stdin.isatty(),
        err=True,
        default=default,
        show_default=False,
        confirmation_prompt=twice,
    )
    return str(typed)


def require_folder(target: Path | None) -> None:
    """``FolderMissingError`` where the file could not be written: before anything is made."""
    if target is not None and not target.parent.is_dir():
        raise FolderMissingError(folder=target.parent)


def tell_passwords(passwords: dict[str, str], target: Path | None) -> None:
    """Each new password once: into a file of the owner alone, or on stderr."""
    if target is not None:
        for_owner(target)
        with target.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{name} {password}\n" for name, password in passwords.items())
        return
    for name, password in passwords.items():
        say(f"{name} {password}")
