"""Signing keys in PKCS#12 files, parsed once."""

import datetime as dt
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archive_service.signing.port import (
    SigningKeyError,
    SigningKeyNotFoundError,
    Subject,
    VisibleMark,
)
from archive_service.signing.timestamp import TimestampService


class Pkcs12Signer:
    """A key file opened with its passphrase. Parsing takes 50 ms: keep the object."""

    def __init__(
        self, file: Path, passphrase: bytes, *, timestamps: TimestampService | None = None
    ) -> None:
        """Open ``file``; ``SigningKeyError`` if it is no PKCS#12 or the passphrase is wrong."""
        self._key = _load(file, passphrase)
        self._timestamps = timestamps

    @property
    def subject(self) -> Subject:
        """See ``Signer.subject``."""
        from archive_service.signing.subject import subject_of

        return subject_of(self._key.signing_cert)

    def sign_pdf(
        self,
        source: Path,
        target: Path,
        *,
        field: str,
        reason: str = "",
        location: str = "",
        visible: VisibleMark | None = None,
        at: dt.datetime | None = None,
    ) -> None:
        """See ``Signer.sign_pdf``."""
        from archive_service.signing.sign import PdfSigning, sign_pdf

        wanted = PdfSigning(field=field, reason=reason, location=location, visible=visible, at=at)
        sign_pdf(source, target, wanted, key=self._key, timestamps=self._timestamps)


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


def key_agency(url: str) -> str | None:
    """The agency whose seal ``url`` names; ``None`` for the archive's own key."""
    return next(iter(parse_qs(urlsplit(url).query).get("agency", [])), None)


def _passphrase(file: Path, environment: Mapping[str, str]) -> bytes:
    variable = "ARCHIVE_PASSPHRASE_" + re.sub(r"[^A-Z0-9]", "_", file.stem.upper())
    if variable in environment:
        return environment[variable].encode()
    beside = file.with_suffix(".pass")
    try:
        if beside.stat().st_mode & 0o077:
            raise SigningKeyError(file=beside.as_posix(), reason="mode must be 0600")
        return beside.read_bytes().rstrip(b"\r\n")
    except FileNotFoundError:
        raise SigningKeyNotFoundError(file=beside.as_posix()) from None


def _load(file: Path, passphrase: bytes) -> Any:
    from pyhanko.sign.signers import SimpleSigner

    try:
        return SimpleSigner.load_pkcs12_data(file.read_bytes(), (), passphrase)
    except ValueError as wrong:
        raise SigningKeyError(file=file.as_posix(), reason="passphrase or format") from wrong
