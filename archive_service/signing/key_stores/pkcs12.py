"""Signing keys in PKCS#12 files, parsed once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive_service.signing.key_stores.pdf_key import PdfKey
from archive_service.signing.key_stores.secret import read_secret, variable_name
from archive_service.signing.port import SigningKeyError, SigningKeyNotFoundError
from archive_service.signing.timestamp import TimestampService


class Pkcs12Signer(PdfKey):
    """A key file opened with its passphrase. Parsing takes 50 ms: keep the object."""

    def __init__(
        self, file: Path, passphrase: bytes, *, timestamps: TimestampService | None = None
    ) -> None:
        """Open ``file``; ``SigningKeyError`` if it is no PKCS#12 or the passphrase is wrong."""
        super().__init__(_load(file, passphrase), timestamps)


def open_pkcs12(
    url: str, *, home: Path, timestamps: TimestampService | None = None
) -> Pkcs12Signer:
    """The key that a URL of ``signing.keys`` names, e.g. ``pkcs12:keys/archive.p12``.

    The passphrase is the variable ``ARCHIVE_PASSPHRASE_<NAME>`` (the file's name without its
    suffix, in capitals, ``_`` for what is no letter or digit), else the file beside the key
    that ends in ``.pass``; others may not be able to read that.

    Raises:
        SigningKeyNotFoundError: no such key file, or no passphrase.
        SigningKeyError: another scheme, a wrong passphrase, or a passphrase open to others.
    """
    file = key_file(url, home=home)
    if not file.is_file():
        raise SigningKeyNotFoundError(file=file.as_posix())
    return Pkcs12Signer(file, _passphrase(file, os.environ), timestamps=timestamps)


def key_file(url: str, *, home: Path) -> Path:
    """Where the key of ``url`` lies; relative paths are under the home.

    Raises ``SigningKeyError`` for another scheme.
    """
    parts = urlsplit(url)
    if parts.scheme != "pkcs12" or not parts.path:
        raise SigningKeyError(url=url, reason="pkcs12:path/key.p12")
    return home / parts.path


def _passphrase(file: Path, environment: Mapping[str, str]) -> bytes:
    variable = "ARCHIVE_PASSPHRASE_" + variable_name(file.stem)
    if variable in environment:
        return environment[variable].encode()
    return read_secret(file.with_suffix(".pass"))


def _load(file: Path, passphrase: bytes) -> Any:
    from pyhanko.sign.signers import SimpleSigner

    from archive_service.signing.pdf.pyhanko_adapters import LoadedKeySigner

    try:
        key = SimpleSigner.load_pkcs12_data(file.read_bytes(), (), passphrase)
    except ValueError as wrong:
        raise SigningKeyError(file=file.as_posix(), reason="passphrase or format") from wrong
    return LoadedKeySigner.of(key)
