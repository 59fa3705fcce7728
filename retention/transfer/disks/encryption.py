"""For whom a disk is encrypted, in the form of the public ``age`` tool (age-encryption.org/v1)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.errors import BackendError, InputError
from archive_service.storage.sealed import (
    SealedBrokenError,
    SealedForOthersError,
    SealedTooSlowError,
    opened_by,
)

KEY = "key.age"  # on the disk: the key of what lies there, opened by a passphrase
_LEAST_RSA_BITS = 2048
_LEAST_PASSPHRASE = 12  # characters
_LONGEST_KEY = 64 << 10  # bytes


class TransferLockError(InputError):
    """What a disk is to be encrypted with is unusable: ``why`` of ``labels.transfer-lock``."""


class TransferPassphraseSlowError(BackendError):
    """Trying a passphrase on ``file`` takes more work than this machine does now in some seconds.

    Nothing is known of the passphrase or of the file, but that they are not to be thrown away.
    """


@dataclass(frozen=True, slots=True)
class Lock:
    """Who can open: the private keys of ``names``, or whoever knows the passphrase.

    With a passphrase the disk has a key of its own, which lies on it as ``key.age``: one question
    opens all of it.
    """

    recipients: Sequence[Any]
    names: Sequence[str]
    key: bytes = b""  # the content of ``key.age``; empty: there is no passphrase

    @property
    def fingerprint(self) -> str:
        """Tells one lock from another, and nothing of a secret."""
        return hashlib.sha256("\n".join(sorted(self.names)).encode()).hexdigest()


def lock_for(file: Path) -> Lock:
    """The lock of an RSA certificate (PEM), or of public keys of age and SSH, one a line.

    Raises:
        TransferLockError: it holds none of them.
    """
    return lock_of(_read(file), file)


def lock_of(data: bytes, file: Path) -> Lock:
    """The same of what a file holds; ``file`` is what errors call it."""
    if b"-----BEGIN CERTIFICATE-----" in data:
        return _of_keys([_key_of_certificate(data, file)], file)
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return _of_keys([line for line in lines if line and not line.startswith("#")], file)


def lock_by(file: Path, disk: Path) -> Lock:
    """The lock of the passphrase in the first line of a file, for this disk.

    The key of a disk that bears one already is kept, so that what is there stays openable.

    Raises:
        TransferLockError: too short, or another than the one of this disk.
        TransferPassphraseSlowError: of this disk.
    """
    import pyrage
    from pyrage.x25519 import Identity

    text = _read(file).decode("utf-8", "replace")
    phrase = text.splitlines()[0].strip() if text.strip() else ""
    if len(phrase) < _LEAST_PASSPHRASE:
        raise TransferLockError(file=str(file), why="short")
    there = disk / KEY
    if there.is_file():
        sealed = there.read_bytes()
        try:
            identity = Identity.from_str(opened_by(sealed, phrase).decode())
        except SealedTooSlowError:
            raise TransferPassphraseSlowError(file=str(there)) from None
        except (SealedForOthersError, SealedBrokenError, pyrage.IdentityError, UnicodeDecodeError):
            raise TransferLockError(file=str(file), why="other-passphrase") from None
    else:
        identity = Identity.generate()
        sealed = pyrage.passphrase.encrypt(f"{identity}".encode(), phrase)
    public = identity.to_public()
    return Lock([public], [str(public)], sealed)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(_LONGEST_KEY)
    except OSError:
        raise TransferLockError(file=str(file), why="unreadable") from None


def _key_of_certificate(data: bytes, file: Path) -> str:
    """The RSA key of a certificate as SSH writes it: age has no words for certificates."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = x509.load_pem_x509_certificate(data).public_key()
    except ValueError:
        raise TransferLockError(file=str(file), why="no-key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_RSA_BITS:
        raise TransferLockError(file=str(file), why="not-rsa")
    numbers = key.public_numbers()
    parts = (b"ssh-rsa", _signed(numbers.e), _signed(numbers.n))
    wire = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-rsa {base64.b64encode(wire).decode()}"


def _signed(number: int) -> bytes:
    """RFC 4251, mpint: with a zero bit before the number."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _of_keys(lines: Sequence[str], file: Path) -> Lock:
    import pyrage

    recipients = []
    for line in lines:
        kind = pyrage.x25519 if line.startswith("age1") else pyrage.ssh
        try:
            recipients.append(kind.Recipient.from_str(line))
        except pyrage.RecipientError:
            raise TransferLockError(file=str(file), why="no-key") from None
    if not recipients:
        raise TransferLockError(file=str(file), why="no-key")
    return Lock(recipients, list(lines))
