"""What goes with the rows: settings without secrets, rules, roots, and keys by reference."""

import io
import json
import os
import re
import tarfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.errors import ArchiveError
from archive_service.log import HIDDEN, hide_secrets
from archive_service.settings import CONFIG_DIR, HOME_FILE, Settings
from archive_service.signing.port import KeyCertificate
from archive_service.storage.durable import write_whole

SETTINGS, RULES, KEYS, CONFIG = "settings.json", "rules.json", "keys.json", "config.tar"
OWN, OWN_FOLDERS = "home.tar", ("rule_sets", "trust")  # what a home says in place of the product
_TELLING = re.compile(r"credential|secret|password(?!_(days|words)$)|passphrase|pin$|token")
_OPEN_TO_READ = 0o644  # as the set holds each file


def papers_of(
    settings: Settings, keys: Iterable[tuple[str, KeyCertificate | ArchiveError]]
) -> dict[str, bytes]:
    """Name -> bytes of all of them; ``keys`` are the signing keys by their URL."""
    found = {
        SETTINGS: _json(_settings(settings)),
        RULES: _json(_rules()),
        KEYS: _json([_key(url, key) for url, key in keys]),
        CONFIG: _tar(CONFIG_DIR, Path("config"), _files_below(CONFIG_DIR)),
        OWN: _tar(settings.home, Path(), _own_files(settings.home)),
    }
    own = settings.home / HOME_FILE
    if own.is_file():
        found[HOME_FILE] = hide_secrets_of_file(own.read_text("utf-8")).encode()
    return found


def hide_secrets_of_file(text: str) -> str:
    """A settings file with ``***`` for passwords in URLs and for all below a key of secrets.

    One that writes a secret in a way that cannot be found again comes out empty.
    """
    for value in _secrets(tomllib.loads(text)):
        for mark in ('"', "'"):
            text = text.replace(f"{mark}{value}{mark}", f"{mark}{HIDDEN}{mark}")
    text = hide_secrets(text)
    return "" if set(_secrets(tomllib.loads(text))) - {HIDDEN} else text


def _secrets(value: Any, *, secret: bool = False) -> Iterator[str]:  # Any: TOML
    """Every text that stands below a key that tells of secrets."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, secret=secret or bool(_TELLING.search(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, secret=secret)
    elif secret and isinstance(value, str) and value:
        yield value


def _settings(settings: Settings) -> dict[str, Any]:
    """As they are in force; secrets by the variable or file that gives them."""
    names = sorted(name for name in os.environ if name.startswith("ARCHIVE_"))
    files = sorted(
        str(file.relative_to(settings.home))
        for file in (settings.home / "keys").rglob("*")
        if file.is_file()
    )
    shown = _hidden(json.loads(hide_secrets(settings.model_dump_json())))
    hidden = sorted(key for key, value in _flat(shown) if HIDDEN in str(value))
    return {"settings": shown, "hidden": hidden, "variables": names, "key_files": files}


def _hidden(value: Any, *, secret: bool = False) -> Any:  # Any: JSON
    """Nothing of what stands below a key that tells of secrets; a number or a switch is none."""
    if isinstance(value, dict):
        return {
            name: _hidden(inner, secret=secret or bool(_TELLING.search(name)))
            for name, inner in value.items()
        }
    return HIDDEN if secret and value and not isinstance(value, int) else value


def _flat(table: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _rules() -> dict[str, str]:
    return {
        str(file.relative_to(CONFIG_DIR)): sha256(file.read_bytes()).hexdigest()
        for file in sorted(CONFIG_DIR.rglob("*"))
        if file.is_file()
    }


def _key(url: str, key: KeyCertificate | ArchiveError) -> dict[str, Any]:
    """Whose it is and where it lies; the key itself stays where it is."""
    shown = hide_secrets(url)
    if isinstance(key, ArchiveError):
        return {"url": shown, "unreadable": key.code}
    return {
        "url": shown,
        "subject": key.subject.name,
        "issuer": key.issuer,
        "sha256": key.sha256,
        "valid_from": clock.iso(key.valid_from),
        "valid_to": clock.iso(key.valid_to),
    }


def _files_below(config: Path) -> Iterator[Path]:
    return (file for file in sorted(config.rglob("*")) if "messages" not in file.parts)


def _own_files(home: Path) -> Iterator[Path]:
    for folder in OWN_FOLDERS:
        yield from sorted((home / folder).rglob("*"))


def _tar(root: Path, name: Path, files: Iterable[Path]) -> bytes:
    """The files themselves below ``name``; equal files give equal bytes."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in filter(Path.is_file, files):
            info = tarfile.TarInfo((name / file.relative_to(root)).as_posix())
            info.size = file.stat().st_size
            with file.open("rb") as source:
                archive.addfile(info, source)
    return held.getvalue()


def lay_own_files(papers: Mapping[str, bytes], home: Path) -> None:
    """Rules and roots that the home said for itself, each where no file of its name lies now.

    Links and names that lead out of their folders are left. ``tarfile`` would judge them too, but
    in Python 3.11 only from 3.11.4 on, and Debian 12 brings 3.11.2.
    """
    if OWN not in papers:  # a set of an earlier release
        return
    with tarfile.open(fileobj=io.BytesIO(papers[OWN])) as archive:
        for member in archive:
            place = Path(member.name)
            is_own = place.parts[:1] and place.parts[0] in OWN_FOLDERS and ".." not in place.parts
            if is_own and member.isreg() and not (home / place).exists():
                held = archive.extractfile(member)
                (home / place).parent.mkdir(parents=True, exist_ok=True)
                write_whole(home / place, held.read() if held else b"", mode=_OPEN_TO_READ)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
