"""The PIN of a token, and the memory that one of them was refused: it is never tried twice."""

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive_service.signing.key_stores.secret import read_secret, variable_name
from archive_service.signing.port import TokenPinError

_SALT_BYTES = 16


@dataclass(slots=True)
class Try:
    """One try with a PIN; silence means that it was taken, or that the token did not look at it."""

    was_refused: bool = False

    def refused(self) -> None:
        """The token said that the PIN is wrong."""
        self.was_refused = True


class PinGuard:
    """Where a token's PIN comes from, and which PIN was refused; all processes share the answer.

    The PIN is the variable ``ARCHIVE_PIN_<TOKEN>`` (the label in capitals, ``_`` for what is no
    letter or digit), else the file ``keys/<token>.pin`` of the home, readable by its owner alone.
    """

    def __init__(self, keys: Path, label: str) -> None:
        name = "".join(char if char.isalnum() or char in "-." else "_" for char in label)
        self.file = keys / f"{name}.pin"
        self._variable = f"ARCHIVE_PIN_{variable_name(label)}"
        self._memory = keys / f"{name}.pin-refused"
        self._label = label

    def pin(self) -> str:
        """The PIN; ``SigningKeyNotFoundError`` without one."""
        if (given := os.environ.get(self._variable)) is not None:
            return given
        return read_secret(self.file).decode()

    @contextmanager
    def trying(self, pin: str) -> Iterator[Try]:
        """Hold other processes back while ``pin`` is tried, and remember that it was refused.

        Raises ``TokenPinError`` before anything is tried if this very PIN was refused before.
        """
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._memory, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as memory:
            fcntl.flock(memory, fcntl.LOCK_EX)
            known = memory.read()
            if known and hmac.compare_digest(known, _mark(pin, known[:_SALT_BYTES])):
                raise TokenPinError(token=self._label, file=self.file.as_posix())
            tried = Try()
            try:
                yield tried
            finally:
                memory.seek(0)
                memory.truncate()
                if tried.was_refused:
                    memory.write(_mark(pin, secrets.token_bytes(_SALT_BYTES)))
                    memory.flush()
                    os.fsync(memory.fileno())


def _mark(pin: str, salt: bytes) -> bytes:
    """Enough to know the same PIN again, and slow to guess from."""
    return salt + hashlib.scrypt(pin.encode(), salt=salt, n=1 << 14, r=8, p=1)
