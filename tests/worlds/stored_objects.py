"""Copies, versions of an object, and stores that lie, for the tests of the storage room."""

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from archive_service.storage.acts import write_acts, written_act
from archive_service.storage.copies.identity import enrol
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.ocfl.inventory import Content, Inventory, next_inventory
from archive_service.storage.ocfl.root import object_root, root_of
from archive_service.storage.port import ObjectStat, ObjectStore, TreeFile
from archive_service.storage.publish import CopyResult, spread_version
from archive_service.storage.staging import FolderStaging, Staging

OCFL_ID = "urn:uuid:0C1B9F6E-5B9A-4B0E-9D0B-6B7C3F1E2A90"
ROOT = object_root(OCFL_ID)
_CREATED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)

THREE_VERSIONS: Sequence[Mapping[str, bytes]] = (
    {
        "METS.xml": b"<mets>1</mets>",
        "representations/rep1/data/Tờ trình số 01.pdf": b"%PDF-1.7 " + b"t" * 3000,
        "representations/rep1/data/copy-of-it.pdf": b"%PDF-1.7 " + b"t" * 3000,
    },
    {
        "METS.xml": b"<mets>2</mets>",
        "representations/rep1/data/Tờ trình số 01.pdf": b"%PDF-1.7 " + b"t" * 3000,
        "representations/rep1/data/twin.pdf": b"%PDF-1.7 twin",
        "representations/rep1/data/empty.txt": b"",
    },
    {
        "METS.xml": b"<mets>3</mets>",
        "representations/rep1/data/Tờ trình số 01.pdf": b"%PDF-1.7 " + b"t" * 3000,
    },
)


def new_copy(root: Path) -> FilesystemStore:
    """An enrolled copy named as its folder."""
    store = FilesystemStore(root)
    enrol(store)
    return store


def stage_version(
    staging: Staging,
    previous: Inventory | None,
    files: Mapping[str, bytes],
    ocfl_id: str = OCFL_ID,
) -> Inventory:
    """The next version with all its bytes in staging, the inventory's among them."""
    state = {}
    for path, data in files.items():
        staged = staging.receive(io.BytesIO(data))
        state[path] = Content(staged.sha256, staged.size_bytes)
    inventory = next_inventory(
        previous,
        ocfl_id=ocfl_id,
        state=state,
        created=_CREATED,
        message="Thêm phiên bản",
        user="Lưu trữ viên",
        address="mailto:archive@example.invalid",
    )
    staging.receive(io.BytesIO(inventory.data))
    return inventory


def stage_versions(
    staging: Staging, versions: Sequence[Mapping[str, bytes]] = THREE_VERSIONS
) -> list[Inventory]:
    """One inventory after another, staged."""
    inventories: list[Inventory] = []
    for files in versions:
        inventories.append(stage_version(staging, inventories[-1] if inventories else None, files))
    return inventories


def publish_version(
    inventory_sha256: str,
    *,
    staging: Staging,
    copies: Sequence[ObjectStore],
    locked_until: dt.datetime | None = None,
) -> list[CopyResult]:
    """Into every copy, or the first trouble is raised."""
    results, troubles = spread_version(
        inventory_sha256, staging=staging, copies=copies, locked_until=locked_until
    )
    for trouble in troubles.values():
        raise trouble
    return results


def store_three_versions(folder: Path, *names: str) -> list[FilesystemStore]:
    """Copies below ``folder`` that hold the three versions."""
    staging = FolderStaging(folder / "staging")
    copies = [new_copy(folder / name) for name in names]
    for inventory in stage_versions(staging):
        publish_version(inventory.sha256, staging=staging, copies=copies)
    return copies


def tree_of(root: Path) -> dict[str, bytes]:
    """Every file below ``root`` but its scratch folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "tmp" not in path.relative_to(root).parts[:1]
    }


class LyingStore:
    """Passes everything on, but what it gives to read goes through ``lie(key, data, nth_read)``."""

    def __init__(self, store: ObjectStore, lie: Callable[[str, bytes, int], bytes]) -> None:
        self._store = store
        self._lie = lie
        self._reads: dict[str, int] = {}

    @property
    def name(self) -> str:
        """See ``ObjectStore.name``."""
        return self._store.name

    def prepare(self) -> None:
        """See ``ObjectStore.prepare``."""
        self._store.prepare()

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.put``."""
        self._store.put(key, source, size=size, sha256=sha256)

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """See ``ObjectStore.put_all``; one after another, so that each is a moment of its own."""
        for key, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            self.put(key, io.BytesIO(data), size=len(data), sha256=digest)

    def put_tree(
        self, folder: str, files: Sequence[TreeFile], *, locked_until: dt.datetime | None = None
    ) -> None:
        """See ``ObjectStore.put_tree``."""
        self._store.put_tree(folder, files, locked_until=locked_until)

    def replace(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.replace``."""
        self._store.replace(key, source, size=size, sha256=sha256)

    def heal(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.heal``."""
        self._store.heal(key, source, size=size, sha256=sha256)

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        """See ``ObjectStore.open``."""
        with self._store.open(key, offset=offset, length=length, past_cache=past_cache) as source:
            data = source.read()
        self._reads[key] = self._reads.get(key, 0) + 1
        return io.BytesIO(self._lie(key, data, self._reads[key]))

    def stat(self, key: str) -> ObjectStat:
        """See ``ObjectStore.stat``."""
        return self._store.stat(key)

    def iter_keys(self, prefix: str = "", *, after: str = "") -> Iterator[str]:
        """See ``ObjectStore.iter_keys``."""
        return self._store.iter_keys(prefix, after=after)

    def sweep(self) -> int:
        """See ``ObjectStore.sweep``."""
        return self._store.sweep()


def flipped(data: bytes, at: int = 0) -> bytes:
    """The same bytes with one bit turned; never the same bytes."""
    changed = bytearray(data or b"\0")
    changed[at] ^= 1
    assert bytes(changed) != data
    return bytes(changed)


def write_act(
    kind: str,
    name: str,
    document: Mapping[str, Any],
    *,
    copies: Sequence[ObjectStore],
    companions: Mapping[str, bytes] | None = None,
) -> str:
    """Put one act into every copy; its key."""
    act = written_act(kind, name, document, companions or {})
    for copy in copies:
        write_acts([act], copy=copy)
    return act.key


def object_roots(copy: ObjectStore) -> set[str]:
    """Keys of all object roots of a copy."""
    return {root for key in copy.iter_keys("ocfl/") if (root := root_of(key))}
