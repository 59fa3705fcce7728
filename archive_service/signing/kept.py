"""A signing key that is kept open and opened anew in time: renewed keys need no restart."""

import time
from pathlib import Path
from urllib.parse import urlsplit

from archive_service.signing.port import Signer

_TOKEN_S = 60.0  # a token does not tell that it got a new certificate


class KeptKey:
    """What was opened from a URL of ``signing.keys``, and how the files stood before that."""

    def __init__(self, signer: Signer, url: str, *, home: Path, files: object) -> None:
        self.signer = signer
        self._url, self._home, self._files = url, home, files
        self._opened_s = time.monotonic()

    def is_fresh(self) -> bool:
        """Whether it is still the key that the URL names: unchanged files, or a token just read."""
        if urlsplit(self._url).scheme == "pkcs11":
            return time.monotonic() - self._opened_s < _TOKEN_S
        return self._files == files_of(self._url, home=self._home)


def files_of(url: str, *, home: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """What tells a key file and its passphrase from others of the same names."""
    file = home / urlsplit(url).path
    return _state(file), _state(file.with_suffix(".pass"))


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
