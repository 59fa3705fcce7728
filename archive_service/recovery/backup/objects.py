"""OCFL objects in a backup: their list, and each of them as tar files under its own key."""

import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from archive_service.errors import ArchiveError
from archive_service.recovery.backup.files import BackupDamagedError, Part, SetReader, SetWriter
from archive_service.recovery.backup.set import BackupSet
from archive_service.storage.content import HeldContent
from archive_service.storage.ocfl.inventory import INVENTORY, SIDECAR, Inventory
from archive_service.storage.ocfl.root import OBJECT_DECLARATION, declaration, object_root
from archive_service.storage.port import ObjectStore
from archive_service.storage.sealed import iter_chunks

_BLOCK = 512  # of a tar file
_IN_MEMORY = 8 << 20  # bytes of a file that is not laid down on the way


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the snapshot of the database says of an object."""

    ocfl_id: str
    version: int
    inventory_sha256: str


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """Where objects are read from, and the folder where large files wait until they are sound."""

    copies: Sequence[ObjectStore]
    folder: Path


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in the list of a set: its files, and where in the chain their bytes lie."""

    ocfl_id: str
    version: int
    inventory_sha256: str
    files: list[tuple[str, int, str]]  # key below the copy, bytes, sha256
    parts: list[tuple[int, Part]] = field(default_factory=list)  # the newest version each brings

    def as_line(self) -> bytes:
        """One line of the list."""
        facts = {
            "id": self.ocfl_id,
            "version": self.version,
            "inventory_sha256": self.inventory_sha256,
            "files": self.files,
            "parts": [[version, part.as_document()] for version, part in self.parts],
        }
        return json.dumps(facts, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "ListedObject":
        """The inverse; ``BackupDamagedError`` for what is none."""
        try:
            content = json.loads(line)
            return cls(
                ocfl_id=content["id"],
                version=content["version"],
                inventory_sha256=content["inventory_sha256"],
                files=[(key, size, digest) for key, size, digest in content["files"]],
                parts=[(version, Part.of(part)) for version, part in content["parts"]],
            )
        except (ValueError, KeyError, TypeError) as wrong:
            raise BackupDamagedError(file="objects.jsonl", reason=str(wrong)) from None


def iter_listed_objects(
    found: BackupSet, reader: SetReader, folder: Path
) -> Iterator[ListedObject]:
    """The objects of a set that is there, in the order of their ids."""
    for part in found.manifest.parts["objects"]:
        with reader.laid_down(part, folder) as file, file.open("rb") as lines:
            yield from map(ListedObject.parse, lines)


def iter_listed(
    wanted: Iterable[Wanted],
    before: Iterable[ListedObject],
    *,
    source: ObjectSource,
    writer: SetWriter | None,
) -> Iterator[ListedObject]:
    """The objects of a set, in the order of their ids; both arguments come in that order.

    What ``before`` lists in the same version is taken from there; with a ``writer`` the bytes of
    versions that the chain lacks are written, without one the objects are only listed.

    Raises:
        NoSoundCopyError: no copy gives the recorded bytes.
        BackendError: no copy answers.
    """
    older = iter(before)
    last = next(older, None)
    for want in wanted:
        while last is not None and last.ocfl_id < want.ocfl_id:
            last = next(older, None)  # no longer held
        known = last if last is not None and last.ocfl_id == want.ocfl_id else None
        yield _listed(want, known, source, writer)


def _listed(
    want: Wanted,
    known: ListedObject | None,
    source: ObjectSource,
    writer: SetWriter | None,
) -> ListedObject:
    parts = list(known.parts) if known is not None and writer is not None else []
    from_version = parts[-1][0] if parts else 0
    same = known is not None and known.inventory_sha256 == want.inventory_sha256
    if known is not None and same and (writer is None or from_version == want.version):
        listed = ListedObject(want.ocfl_id, want.version, want.inventory_sha256, known.files)
        listed.parts.extend(parts)
        return listed
    held = HeldContent(source.copies, want.ocfl_id)
    inventory = held.inventory(want.version, want.inventory_sha256)
    sizes = {digest: size for _, size, digest in known.files} if known is not None else {}
    files = list(_files(inventory, source.copies, sizes))
    if writer is not None:
        chunks = _tar(inventory, files, _Sound(held, source.folder), from_version)
        path = f"objects/{want.ocfl_id.rpartition(':')[2]}-v{want.version}.tar"
        parts.append((want.version, writer.write(path, chunks, key=want.ocfl_id)))
    return ListedObject(want.ocfl_id, want.version, want.inventory_sha256, files, parts)


def _files(
    inventory: Inventory, copies: Sequence[ObjectStore], sizes: Mapping[str, int]
) -> Iterator[tuple[str, int, str]]:
    root = object_root(inventory.id)
    for path, digest in sorted(inventory.content()):
        size = sizes.get(digest)
        yield f"{root}/{path}", _size(copies, f"{root}/{path}") if size is None else size, digest


def _size(copies: Sequence[ObjectStore], key: str) -> int:
    """From the first copy that tells; whether the bytes are right is seen when they are read."""
    *others, last = copies
    for copy in others:
        with suppress(ArchiveError):  # then the next is asked, and the last speaks for all
            return copy.stat(key).size_bytes
    return last.stat(key).size_bytes


def _tar(
    inventory: Inventory,
    files: Iterable[tuple[str, int, str]],
    sound: "_Sound",
    from_version: int,
) -> Iterator[bytes]:
    """An object's files of the versions after ``from_version``, and what stands at its root."""
    root = object_root(inventory.id)
    for number in range(from_version + 1, inventory.version + 1):
        own = inventory if number == inventory.version else inventory.at(number)
        yield from tar_bytes(f"{root}/v{number}/{INVENTORY}", own.data)
        yield from tar_bytes(f"{root}/v{number}/{SIDECAR}", own.sidecar)
    for key, size, digest in files:
        version = int(key.removeprefix(f"{root}/v").partition("/")[0])
        if version > from_version:
            yield _head(key, size)
            yield from sound.chunks(digest, size)
            yield bytes(-size % _BLOCK)
    yield from tar_bytes(f"{root}/{OBJECT_DECLARATION}", declaration())
    yield from tar_bytes(f"{root}/{INVENTORY}", inventory.data)
    yield from tar_bytes(f"{root}/{SIDECAR}", inventory.sidecar)
    yield TAR_END


class _Sound:
    """The files of one object, each whole and verified before its first byte is given on."""

    def __init__(self, held: HeldContent, folder: Path) -> None:
        self._held = held
        self._file = folder / "object-file"

    def chunks(self, digest: str, size: int) -> Iterator[bytes]:
        """All bytes of the file."""
        if size <= _IN_MEMORY:
            yield self._held.read(digest, size)
            return
        self._held.fetch(digest, size, self._file)
        with self._file.open("rb") as source:
            yield from iter_chunks(source)


TAR_END = bytes(2 * _BLOCK)


def tar_bytes(key: str, data: bytes) -> Iterator[bytes]:
    """A small file as it stands in a tar file."""
    yield _head(key, len(data))
    yield data
    yield bytes(-len(data) % _BLOCK)


def _head(key: str, size: int) -> bytes:
    info = tarfile.TarInfo(key)
    info.size = size
    info.mode = 0o600
    return info.tobuf(format=tarfile.PAX_FORMAT)


def iter_tar(source: IO[bytes], *, where: str) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The files of a tar file of ours: key, bytes, and the bytes themselves.

    Raises:
        BackupDamagedError: not a tar file, or with something in it that is no file.
    """
    try:
        with tarfile.open(fileobj=source, mode="r:") as archive:
            for member in archive:
                found = archive.extractfile(member)
                if found is None or not member.isreg():
                    raise BackupDamagedError(file=where, reason=member.name)
                yield member.name, member.size, found
    except tarfile.TarError as wrong:
        raise BackupDamagedError(file=where, reason=str(wrong)) from None
