"""The files of one case file, from whichever copy gives them whole."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from archive_service.errors import BackendError, IntegrityViolationError, NotFoundError
from archive_service.storage.inventory import Inventory
from archive_service.storage.ocfl import object_root, resolve
from archive_service.storage.port import ObjectStore
from archive_service.storage.reader import VerifiedReader, copy_verified


class NoSoundCopyError(IntegrityViolationError):
    """No copy that answers gives the recorded bytes of this file."""

    code = "no-sound-copy"


class HeldContent:
    """Reads the files of one OCFL object; each copy's inventory is read once."""

    def __init__(self, copies: Sequence[ObjectStore], ocfl_id: str) -> None:
        self._copies = copies
        self._ocfl_id = ocfl_id
        self._manifests: dict[str, dict[str, list[str]]] = {}

    def open(self, sha256: str, *, offset: int = 0, length: int | None = None) -> IO[bytes]:
        """A part of the file as a copy holds it, unverified, for range reads; the caller closes.

        Raises:
            NoSoundCopyError: every copy answered and none has it.
            BackendError: no copy answered.
        """
        return next(
            self._streams(sha256, lambda copy, key: copy.open(key, offset=offset, length=length))
        )

    def fetch(self, sha256: str, size_bytes: int, target: Path) -> None:
        """The whole file, verified while it is read, at ``target``; errors as ``open``."""
        for source in self._streams(sha256, lambda copy, key: copy.open(key)):
            try:
                with source, target.open("wb") as out:
                    copy_verified(source, out, size=size_bytes, sha256=sha256)
            except BackendError:
                continue
            return

    def read(self, sha256: str, size_bytes: int) -> bytes:
        """A small file, verified; errors as ``open``."""
        for source in self._streams(sha256, lambda copy, key: copy.open(key)):
            try:
                with source:
                    return VerifiedReader(source, size=size_bytes, sha256=sha256).read()
            except BackendError:
                continue
        raise NoSoundCopyError(object=self._ocfl_id, sha256=sha256)  # pragma: no cover

    def read_small(self, sha256: str) -> bytes:
        """All bytes of a file of unknown length, from a copy where they have this digest."""
        for source in self._streams(sha256, lambda copy, key: copy.open(key)):
            with source:
                data = source.read()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        raise NoSoundCopyError(object=self._ocfl_id, sha256=sha256)

    def inventory(self, version: int, sha256: str) -> Inventory:
        """The inventory of a version, from a copy whose bytes have the recorded digest."""
        silent: BackendError | None = None
        for copy in self._copies:
            try:
                found = resolve(copy, self._ocfl_id, version)
            except BackendError as trouble:
                silent = trouble
            except (NotFoundError, IntegrityViolationError):
                continue
            else:
                if found.sha256 == sha256:
                    return found
        if silent is not None:
            raise silent
        raise NoSoundCopyError(object=self._ocfl_id, sha256=sha256)

    def _streams(
        self, sha256: str, opener: Callable[[ObjectStore, str], IO[bytes]]
    ) -> Iterator[IO[bytes]]:
        """What each copy gives, one after the other; raises when none is left."""
        silent: BackendError | None = None
        for copy in self._copies:
            try:
                yield opener(copy, self._key(copy, sha256))
            except BackendError as trouble:
                silent = trouble
            except (NotFoundError, IntegrityViolationError):
                continue
        if silent is not None:
            raise silent
        raise NoSoundCopyError(object=self._ocfl_id, sha256=sha256)

    def _key(self, copy: ObjectStore, sha256: str) -> str:
        if copy.name not in self._manifests:
            self._manifests[copy.name] = resolve(copy, self._ocfl_id).manifest
        paths = self._manifests[copy.name].get(sha256)
        if not paths:
            raise NoSoundCopyError(object=self._ocfl_id, sha256=sha256, copy=copy.name)
        return f"{object_root(self._ocfl_id)}/{paths[0]}"
