"""The folder of a witness without an archive: its key, pinned logs and kept checkpoints."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archive_service.errors import IntegrityViolationError
from archive_service.evidence.checkpoint import (
    Checkpoint,
    CheckpointUnreadableError,
    parse_checkpoint,
)
from archive_service.evidence.witness.cosignature import (
    NAME,
    Cosigner,
    WitnessKey,
    WitnessKeyError,
    make_key,
    read_key,
)
from archive_service.evidence.witness.rules import (
    Asking,
    LogContradictsError,
    LogUnknownError,
    LogUnprovedError,
    require_next,
    require_signed,
)
from archive_service.log import logger
from archive_service.signing.trust.public_certificates import read_certificates
from archive_service.storage.durable import write_whole


class WitnessedDamagedError(IntegrityViolationError):
    """The kept checkpoint of a log does not read: nothing is cosigned before it is put right."""


class WitnessHome:
    """``witness/`` of a home; safe for several threads and processes, and to kill at any moment."""

    def __init__(self, home: Path) -> None:
        self._root = home / "witness"

    def make_key(self, name: str) -> WitnessKey:
        """A key for it; raises as ``cosignature.make_key``."""
        return make_key(self._key, name).key

    def cosigner(self) -> Cosigner:
        """Its key; raises as ``cosignature.read_key``."""
        return read_key(self._key)

    def pin(self, origin: str, data: bytes, *, name: str) -> Sequence[str]:
        """From now on the log is signed by the keys of these certificates; SHA-256 of each.

        Raises:
            WitnessKeyError: the origin is no name.
            CertificateFileError: ``data`` (PEM or DER) holds none.
        """
        if not NAME.fullmatch(origin):
            raise WitnessKeyError(text=origin[:200])
        found = read_certificates(data, name=name)
        self._make(self._logs / origin)
        for key_certificate in found:
            write_whole(self._logs / origin / f"{key_certificate.sha256}.der", key_certificate.der)
        return [key_certificate.sha256 for key_certificate in found]

    def origins(self) -> list[str]:
        """Of the logs whose keys are pinned, by name."""
        return sorted(it.name for it in self._logs.iterdir()) if self._logs.is_dir() else []

    def kept(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of the log, with our cosignature; ``None``: none came yet.

        Raises:
            LogUnknownError: nobody pinned a key of the log.
            WitnessedDamagedError: what is kept does not read.
        """
        if origin not in self.origins():
            raise LogUnknownError(origin=origin[:100])
        file = self._root / "kept" / origin
        try:
            return parse_checkpoint(file.read_text("utf-8", "replace"))
        except FileNotFoundError:
            return None
        except CheckpointUnreadableError as damaged:
            raise WitnessedDamagedError(origin=origin) from damaged

    def cosign(self, asking: Asking) -> str:
        """Keep the checkpoint and cosign it: it is on the disk before anybody hears of it.

        Raises:
            LogUnsignedError: no pinned key of the log signed it.
            and as ``cosigner``, ``kept`` and ``rules.require_next``.
        """
        asked, cosigner = asking.checkpoint, self.cosigner()
        with self._alone():
            kept = self.kept(asked.origin)
            pinned = (self._logs / asked.origin).iterdir()
            require_signed(asked, [path.read_bytes() for path in pinned if path.suffix == ".der"])
            try:
                require_next(asking, kept)
            except (LogContradictsError, LogUnprovedError) as refused:
                self._note_refused(asked, refused.code)
                raise
            line = cosigner.cosign(asked)
            self._write("kept", asked.origin, f"{asked.note}{line}")
        return line

    def refused(self) -> list[str]:
        """Names of the signed checkpoints that did not continue what was kept."""
        folder = self._root / "refused"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    @property
    def _key(self) -> Path:
        return self._root / "key"

    @property
    def _logs(self) -> Path:
        return self._root / "logs"

    def _note_refused(self, asked: Checkpoint, why: str) -> None:
        """It is signed: a proof of two logs, or of one that was cut off, for whoever looks."""
        logger().warning("witness-refused", origin=asked.origin, size=asked.size, code=why)
        name = f"{asked.origin}-{asked.size:012d}-{asked.root.hex()[:16]}.txt"
        self._write("refused", name, asked.note)

    def _write(self, folder: str, name: str, text: str) -> None:
        self._make(self._root / folder)
        write_whole(self._root / folder / name, text.encode())

    @staticmethod
    def _make(folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._make(self._root)
        held = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)
