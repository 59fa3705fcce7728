"""The files of one case file, from whichever copy gives them whole."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

from archive_service.errors import BackendError, IntegrityViolationError, NotFoundError
from archive_service.storage.ocfl.inventory import Inventory
from archive_service.storage.ocfl.root import object_root, read, resolve
from archive_service.storage.port import ObjectStore, TransferDamagedError
from archive_service.storage.reader import VerifiedReader, copy_verified
from archive_service.storage.work_folder import work_errors

Given = TypeVar("Given")
_PIECE = 1 << 20  # bytes read at a time


class NoSoundCopyError(IntegrityViolationError):
    """No copy that answers gives the recorded bytes of this file."""


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
        return self._given(sha256, lambda copy, key: copy.open(key, offset=offset, length=length))

    def fetch(self, sha256: str, size_bytes: int, target: Path) -> None:
        """The whole file, verified while it is read, at ``target``.

        Raises as ``open`` does, and as ``work_errors`` where ``target`` takes no more.
        """

        def take(copy: ObjectStore, key: str) -> None:
            with copy.open(key) as source, target.open("wb") as out:
                copy_verified(source, out, size=size_bytes, sha256=sha256)

        with work_errors(target.parent):
            self._given(sha256, take)

    def read(self, sha256: str, size_bytes: int) -> bytes:
        """A small file, verified; errors as ``open``."""

        def take(copy: ObjectStore, key: str) -> bytes:
            with copy.open(key) as source:
                return VerifiedReader(source, size=size_bytes, sha256=sha256).read()

        return self._given(sha256, take)

    def prove(self, sha256: str, size_bytes: int) -> None:
        """Read the whole file from the medium of a copy and let it go; errors as ``open``."""

        def take(copy: ObjectStore, key: str) -> None:
            with copy.open(key, past_cache=True) as source:
                whole = VerifiedReader(source, size=size_bytes, sha256=sha256)
                while whole.read(_PIECE):
                    pass

        self._given(sha256, take)

    def read_small(self, sha256: str) -> bytes:
        """All bytes of a file of unknown length, from a copy where they have this digest."""

        def take(copy: ObjectStore, key: str) -> bytes:
            data = read(copy, key)
            found = hashlib.sha256(data).hexdigest()
            if found != sha256:
                raise TransferDamagedError(key=key, expected=sha256, found=found)
            return data

        return self._given(sha256, take)

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

    def _given(self, sha256: str, take: Callable[[ObjectStore, str], Given]) -> Given:
        """What the first copy gives that gives it whole; one that breaks off did not answer."""
        silent: BackendError | None = None
        for copy in self._copies:
            try:
                return take(copy, self._key(copy, sha256))
            except (TransferDamagedError, NotFoundError, IntegrityViolationError):
                continue
            except BackendError as trouble:
                silent = trouble
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
