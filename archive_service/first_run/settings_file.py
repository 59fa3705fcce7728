"""The settings file of an archive: what was answered, each key with its comment."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archive_service.first_run.answers import has_secret
from archive_service.settings import DEFAULTS
from archive_service.storage.durable import write_whole

SECRETS = "secrets.env"
_HEAD = """\
# Settings of this archive, written by `archive setup`, which may be run again: it keeps what stands here.
# All keys with their defaults: config/default.toml of the product. Secrets stand in {secrets} alone.
"""  # noqa: E501 - a line of the file
_KEY = re.compile(r"([a-z_0-9]+) = ")
_LINE = re.compile(r"(ARCHIVE_[A-Z_0-9]+)='(.*)'")


def read_file(file: Path) -> dict[str, Any]:  # Any: TOML
    """What stands in the file; nothing where it is not there."""
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def written(before: Mapping[str, Any], answers: Mapping[str, Mapping[str, object]]) -> str:
    """The file's text: the sections and comments of the defaults, with what differs from them.

    What stood there and is no question stays. A value that holds a secret is left out.
    """
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    comments = _comments()
    lines = [_HEAD.format(secrets=SECRETS)]
    for section in defaults:
        asked = answers.get(section, {})
        rows = {**before.get(section, {}), **asked}
        kept = {key: value for key, value in rows.items() if not has_secret(value)}
        if not kept:
            continue
        lines.append(f"[{section}]")
        for key, value in kept.items():
            comment = comments.get((section, key), "")
            lines.append(f"{key} = {_toml(value)}{f'  # {comment}' if comment else ''}")
        lines.append("")
    return "\n".join(lines)


def secrets_of(answers: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Variable -> value of each setting with a URL that holds a password."""
    return {
        f"ARCHIVE_{section}__{key}".upper(): value if isinstance(value, str) else json.dumps(value)
        for section, rows in answers.items()
        for key, value in rows.items()
        if has_secret(value)
    }


def read_secrets(file: Path) -> dict[str, str]:
    """The variables of a file of secrets beside the settings."""
    if not file.is_file():
        return {}
    found = (_LINE.fullmatch(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {line[1]: line[2] for line in found if line}


def write_files(file: Path, text: str, secrets: Mapping[str, str]) -> list[str]:
    """Whole or not at all: the settings, and beside them what only their owner may read.

    The names of what was written; a file whose text is the same is left alone, and what stood
    in the settings before lies beside them as ``.before``.
    """
    made: list[str] = []
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(SECRETS)
    if secrets and read_secrets(beside) != (all_of := {**read_secrets(beside), **secrets}):
        rows = "".join(f"{name}='{value}'\n" for name, value in all_of.items())
        write_whole(beside, rows.encode(), mode=0o600)
        made.append(str(beside))
    old = file.read_text(encoding="utf-8") if file.is_file() else None
    if old != text:
        if old is not None:
            write_whole(file.with_name(f"{file.name}.before"), old.encode())
        write_whole(file, text.encode())
        made.append(str(file))
    return made


def load_secrets(file: Path) -> None:
    """What the units read is in force for this process too; a variable that is set wins."""
    for name, value in read_secrets(file).items():
        os.environ.setdefault(name, value)


def _comments() -> dict[tuple[str, str], str]:
    """The comment of each key of the defaults."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line[1:].partition("]")[0]
        elif key := _KEY.match(line):
            found[section, key[1]] = line.rpartition("  # ")[2] if "  # " in line else ""
    return found


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(k)} = {_toml(inner)}" for k, inner in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
