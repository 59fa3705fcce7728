"""Passphrases and PINs: from a variable or a file of its own, never from a URL."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from archive_service.signing.port import SigningKeyError, SigningKeyNotFoundError


def key_agency(url: str) -> str | None:
    """The agency whose seal a URL of ``signing.keys`` names; ``None`` for the archive's own."""
    return next(iter(parse_qs(urlsplit(url).query).get("agency", [])), None)


def variable_name(name: str) -> str:
    """``name`` as part of a variable's: in capitals, ``_`` for what is no letter or digit."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def read_secret(file: Path) -> bytes:
    """The one line in ``file``, which others may not be able to read.

    Raises:
        SigningKeyNotFoundError: no such file.
        SigningKeyError: its mode lets others read it.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise SigningKeyError(file=file.as_posix(), reason="mode must be 0600")
        return file.read_bytes().rstrip(b"\r\n")
    except FileNotFoundError:
        raise SigningKeyNotFoundError(file=file.as_posix()) from None
