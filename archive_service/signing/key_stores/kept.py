"""What is kept open and read anew in time: new keys, roots and revocation lists need no restart."""

import time
from pathlib import Path
from urllib.parse import urlsplit

from archive_service.log import logger
from archive_service.settings import CONFIG_DIR, DEMO_MARK
from archive_service.signing.port import Signer
from archive_service.signing.trust.roots import Trust, TrustFileError

AUTHORITY = Path("keys", "authority")  # below a home that `archive demo` made
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


class KeptTrust:
    """The roots and revocation lists of some folders, as their files stand now.

    No certificate that lies in the folder ``but`` counts, wherever else it lies.
    """

    def __init__(self, *folders: Path, but: Path | None = None) -> None:
        self._folders, self._but = folders, but
        self._files = self._state()
        self._trust = self._read()

    def now(self) -> Trust:
        """Read anew where a file came, went or changed.

        One that cannot be read, such as a list that is still being copied, leaves what was read
        before in force, and is told in the log.
        """
        files = self._state()
        if files != self._files:
            try:
                self._trust = self._read()
            except TrustFileError as trouble:
                logger().warning("trust-kept-as-it-was", reason=str(trouble))
            self._files = files
        return self._trust

    def _read(self) -> Trust:
        trust = Trust.read(*self._folders)
        return trust if self._but is None else trust.without(Trust.read(self._but))

    def _state(self) -> dict[Path, tuple[int, int, int] | None]:
        return {
            file: _state(file)
            for folder in filter(None, (*self._folders, self._but))
            if folder.is_dir()
            for file in folder.iterdir()
        }


def trust_of(home: Path) -> KeptTrust:
    """Whom a home trusts: ``config/trust`` and its own ``trust``.

    The demo's authority is trusted in a home that `archive demo` made, and in another never.
    """
    folders, toy = (CONFIG_DIR / "trust", home / "trust"), home / AUTHORITY
    if (home / DEMO_MARK).is_file():
        return KeptTrust(*folders, toy)
    return KeptTrust(*folders, but=toy)


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
