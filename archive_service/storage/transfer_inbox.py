"""Packages of other archives on their way in by network, piece by piece.

Below the home, a folder a transfer, laid out as a disk that was carried here; what is not yet whole
lies beside it. Where several machines answer, that folder is shared, as that of uploads is. Nothing
in it is anybody's record: until the door has a package, its giver keeps it and sends it again.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path, PurePosixPath
from typing import IO
from uuid import UUID, uuid4

from archive_service.errors import ConflictError, InputError
from archive_service.storage.durable import our_errors, sync_file, sync_folder
from archive_service.storage.reader import CHUNK_BYTES

KEPT_S = 30 * 24 * 3600  # seconds after the last change
_MANIFEST, _PACKAGES = "manifest.xml", "packages"
_PARTS, _NEW = ".parts", ".new-"
_DEEPEST, _LONGEST = 8, 255  # folders one in another; bytes of a name


class DeliveryOffsetError(ConflictError):
    """A piece that does not begin where the last one ended, or two pieces at once."""


class DeliveryTooLongError(InputError):
    """More bytes than the manifest says that the package has."""


class DeliveryDigestError(InputError):
    """All of a package came, and is not what the manifest names: it is to be sent anew."""


class InboxPathError(InputError):
    """A file of a folder that was handed in has a path that no folder of ours can give it."""

    code = "transfer-path"


@dataclass(frozen=True, slots=True)
class Package:
    """What the manifest says of a package; ``file`` is a plain name."""

    file: str
    size_bytes: int
    sha256: str


class TransferInbox:
    """Where transfers arrive; ``root`` is made when the first one does."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, transfer_id: UUID) -> Path:
        """Of one transfer, shaped as the disk that would have been carried."""
        return self._root / transfer_id.hex

    def lay_out(self, document: IO[bytes]) -> Path:
        """A new folder with this manifest alone, for it to be judged; ``drop`` ends it.

        It is written as it comes, never held; where its reader raises, nothing stays.
        """
        with our_errors("", self._root):
            place = self._root / f"{_NEW}{uuid4().hex}"
            place.mkdir(parents=True)
            out = (place / _MANIFEST).open("wb")
        try:
            with out:
                while piece := document.read(CHUNK_BYTES):  # its own troubles are none of the disk
                    with our_errors("", self._root):
                        out.write(piece)
                with our_errors("", self._root):
                    out.flush()
        except BaseException:
            self.drop(place)
            raise
        return place

    def lay_out_files(self, files: Iterable[tuple[str, Path]]) -> Path:
        """A new folder with these files, at their paths below it, as links where that is possible.

        Args:
            files: relative path and where it lies now.

        Raises:
            InboxPathError: a path leaves the folder, or no file can bear it; nothing stays.
            StoreFullError: no room; nothing stays.
        """
        with our_errors("", self._root):
            place = self._root / f"{_NEW}{uuid4().hex}"
            place.mkdir(parents=True)
            try:
                for name, source in files:
                    target = place / _relative(name)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    if target.exists():
                        raise InboxPathError(name=name[:200])
                    try:
                        os.link(source, target)
                    except OSError:  # another file system, or one without links
                        shutil.copyfile(source, target)
            except BaseException:
                self.drop(place)
                raise
        return place

    def keep_manifest(self, transfer_id: UUID, laid_out: Path) -> None:
        """It was judged: packages of the transfer come after it, and none from before it stay."""
        folder = self.folder(transfer_id)
        with our_errors("", self._root):
            with suppress(FileNotFoundError):
                if not cmp(folder / _MANIFEST, laid_out / _MANIFEST, shallow=False):
                    self.drop(folder)
            (folder / _PACKAGES).mkdir(parents=True, exist_ok=True)
            self._parts(transfer_id).mkdir(exist_ok=True)
            sync_file(laid_out / _MANIFEST)
            (laid_out / _MANIFEST).replace(folder / _MANIFEST)
            sync_folder(folder)

    def received(self, transfer_id: UUID, package: Package) -> int:
        """Bytes of a package that are here."""
        for place in self._places(transfer_id, package):
            with suppress(FileNotFoundError):
                return place.stat().st_size
        return 0

    def names_whole(self, transfer_id: UUID) -> set[str]:
        """Packages of which all is here."""
        with suppress(FileNotFoundError), os.scandir(self.folder(transfer_id) / _PACKAGES) as found:
            return {path.name for path in found}
        return set()

    def append(
        self, transfer_id: UUID, package: Package, source: IO[bytes], *, offset: int, length: int
    ) -> int:
        """Take a piece of ``length`` bytes; how many are here then. What came stays, if it ends.

        The last piece makes the package whole, if it is what the manifest says.

        Raises:
            DeliveryOffsetError: ``received`` bytes are here, or another piece is being taken.
            DeliveryTooLongError, DeliveryDigestError
            StoreFullError: no room; what came stays.
        """
        whole, part = self._places(transfer_id, package)
        if offset + length > package.size_bytes:
            raise DeliveryTooLongError(file=package.file, size=package.size_bytes)
        with our_errors(package.file, self._root), part.open("ab") as out:
            try:
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._elsewhere(transfer_id, package, offset) from None
            if whole.exists():
                part.unlink(missing_ok=True)
                raise self._elsewhere(transfer_id, package, offset)
            if os.fstat(out.fileno()).st_size != offset or not _is_named(out, part):
                raise self._elsewhere(transfer_id, package, offset)
            digest = hashlib.sha256() if not offset else None
            here = offset + _copy(source, out, length, digest)
            if here == package.size_bytes:
                out.flush()
                digest_text = digest.hexdigest() if digest is not None else _sha256(part)
                if digest_text != package.sha256:
                    part.unlink()
                    raise DeliveryDigestError(file=package.file, sha256=package.sha256)
                part.replace(whole)
            return here

    def drop(self, folder: Path) -> None:
        """A folder that was laid out here, and is not needed any more."""
        if folder.parent == self._root:
            shutil.rmtree(folder, ignore_errors=True)

    def discard(self, transfer_id: UUID) -> None:
        """All of a transfer that is still here; fine if there is nothing."""
        self.drop(self._parts(transfer_id))
        self.drop(self.folder(transfer_id))

    def sweep(self) -> list[UUID]:
        """Forget what nothing came for since ``KEPT_S``; the transfers that remain."""
        remain = []
        before = time.time() - KEPT_S
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            with suppress(FileNotFoundError):
                places = (folder, folder / _PACKAGES, folder.with_name(f"{folder.name}{_PARTS}"))
                newest = max(place.stat().st_mtime for place in places if place.is_dir())
                if newest < before:
                    self.drop(folder)
                elif not folder.name.startswith(".") and not folder.name.endswith(_PARTS):
                    remain.append(UUID(hex=folder.name))
        return remain

    def free_bytes(self) -> int:
        """Room on its disk."""
        place = next(parent for parent in (self._root, *self._root.parents) if parent.is_dir())
        return shutil.disk_usage(place).free

    def _elsewhere(self, transfer_id: UUID, package: Package, offset: int) -> DeliveryOffsetError:
        here = self.received(transfer_id, package)
        return DeliveryOffsetError(file=package.file, received=here, offset=offset)

    def _parts(self, transfer_id: UUID) -> Path:
        return self._root / f"{transfer_id.hex}{_PARTS}"

    def _places(self, transfer_id: UUID, package: Package) -> tuple[Path, Path]:
        """Where it lies when it is whole, and until then; of these very bytes."""
        name = f"{package.sha256}-{package.size_bytes}"
        whole = self.folder(transfer_id) / _PACKAGES / package.file
        return whole, self._parts(transfer_id) / name


def _relative(name: str) -> PurePosixPath:
    """The path of a file below a folder of ours."""
    path = PurePosixPath(name)
    is_plain = not path.is_absolute() and ".." not in path.parts and 0 < len(path.parts) <= _DEEPEST
    if not is_plain or "\0" in name or any(len(part.encode()) > _LONGEST for part in path.parts):
        raise InboxPathError(name=name[:200])
    return path


def _is_named(out: IO[bytes], part: Path) -> bool:
    """Whether the file still bears its name: another request may have made it whole meanwhile."""
    with suppress(FileNotFoundError):
        return part.stat().st_ino == os.fstat(out.fileno()).st_ino
    return False


def _copy(source: IO[bytes], out: IO[bytes], length: int, digest: "hashlib._Hash | None") -> int:
    """Bytes that came, at most ``length``: a sender may break off."""
    left = length
    while left and (piece := source.read(min(CHUNK_BYTES, left))):
        out.write(piece)
        if digest is not None:
            digest.update(piece)
        left -= len(piece)
    return length - left


def _sha256(path: Path) -> str:
    with path.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()
