"""A copy that lacks something is filled from copies that verify: packages, acts, segments."""

import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import IO, TypeVar

from archive_service import clock
from archive_service.errors import BackendError, IntegrityViolationError
from archive_service.storage.acts import SIDECAR_SUFFIX, ActDamagedError, ActDocument, read_act
from archive_service.storage.copies.identity import identify, put_bytes
from archive_service.storage.fixity.comparing import Bandwidth, paced
from archive_service.storage.ocfl.inventory import (
    INVENTORY,
    SIDECAR,
    Inventory,
    InventoryDamagedError,
)
from archive_service.storage.ocfl.root import (
    OBJECT_DECLARATION,
    declaration,
    inventory_in,
    newest,
    object_root,
    read,
    resolve,
)
from archive_service.storage.port import (
    ObjectExistsError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.publish import (
    VersionForkedError,
    require_believed,
    settle_root,
    small_file,
)

Given = TypeVar("Given")


class NoSourceError(IntegrityViolationError):
    """No copy that answers gives the recorded bytes; the one to be filled goes without them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """One package as the filled copy holds it now, every byte read back equal."""

    version: int
    files: int
    size_bytes: int
    verified_at: dt.datetime


def copy_object(
    ocfl_id: str,
    digests: Sequence[str],
    *,
    sources: Sequence[ObjectStore],
    target: ObjectStore,
    locked_until: dt.datetime | None = None,
    bandwidth: Bandwidth | None = None,
) -> Filled:
    """Put all versions of a package into ``target`` and read them back; safe to repeat.

    An object that is not there yet comes whole; to one that is there versions are added in
    their order, so that it is a valid OCFL object at any moment. What is damaged of it is put
    right; a version of another history is not touched.

    Args:
        digests: of the inventories, from version 1 on.
        locked_until: see ``ObjectStore.put_tree``.
        bandwidth: that the sources are read with.

    Raises:
        NoSourceError: every source answered, and none has it as recorded.
        BackendError: no source answered, or ``target`` did not.
        VersionForkedError: ``target`` holds another version of the same number.
    """
    root = object_root(ocfl_id)
    absent = _is_absent(target, root)
    if not absent:
        for version, digest in enumerate(digests, start=1):
            _require_no_other_version(target, root, version, digest)

    def take(source: ObjectStore) -> tuple[Filled, Inventory]:
        recorded = [_recorded(source, ocfl_id, n, it) for n, it in enumerate(digests, start=1)]
        by_version = {
            inventory.version: list(_files_of(source, root, inventory, bandwidth))
            for inventory in recorded
        }
        _put_versions(target, root, by_version, absent=absent, locked_until=locked_until)
        files = [file for some in by_version.values() for file in some]
        size_bytes = sum(file.size_bytes for file in files)
        return Filled(len(recorded), len(files), size_bytes, clock.now()), recorded[-1]

    filled, last = _from_any(sources, target, ocfl_id, take)
    require_believed(target, root, last)
    return filled


def copy_act(
    key: str, document: ActDocument, *, sources: Sequence[ObjectStore], target: ObjectStore
) -> int:
    """Put an act with what lies beside it into ``target`` and read it back; its size in bytes.

    Args:
        document: as the row tells it; what a source holds must say the same. Errors as above.

    Raises:
        ObjectExistsError: ``target`` holds a sound act of this name that says something else.
    """
    _require_no_other_act(target, key, document)
    files = _from_any(sources, target, key, lambda source: _act_from(source, key, document))
    return sum(_put(target, name, data) for name, data in files.items())


def copy_file(key: str, digest: str, *, sources: Sequence[ObjectStore], target: ObjectStore) -> int:
    """Put one small file of known digest into ``target``, as above; its size in bytes.

    What lies there otherwise is taken for damage: the caller has looked whether it is.
    """

    def take(source: ObjectStore) -> bytes:
        data = read(source, key)
        if sha256(data).hexdigest() != digest:
            raise TransferDamagedError(key=key, expected=digest)
        return data

    return _put(target, key, _from_any(sources, target, key, take))


def _from_any(
    sources: Sequence[ObjectStore],
    target: ObjectStore,
    what: str,
    take: Callable[[ObjectStore], Given],
) -> Given:
    silent: BackendError | None = None
    for source in sources:
        try:
            return take(source)
        except (TransferDamagedError, ObjectNotFoundError, IntegrityViolationError):
            continue
        except BackendError as trouble:
            identify(target)  # if it is the one that is silent, no other source helps
            silent = trouble
    if silent is not None:
        raise silent
    raise NoSourceError(key=what, copy=target.name)


def _put_versions(
    target: ObjectStore,
    root: str,
    by_version: dict[int, list[TreeFile]],
    *,
    absent: bool,
    locked_until: dt.datetime | None,
) -> None:
    if absent:
        whole = [
            replace(file, path=f"v{version}/{file.path}")
            for version, files in by_version.items()
            for file in files
        ]
        whole.append(small_file(OBJECT_DECLARATION, declaration()))
        root_files = by_version[len(by_version)][-2:]
        _put_tree(target, root, [*whole, *root_files], locked_until)
        return
    for version, files in by_version.items():  # what is there already is read and compared
        _put_tree(target, f"{root}/v{version}", files, locked_until)
        settle_root(target, root)


def _recorded(source: ObjectStore, ocfl_id: str, version: int, digest: str) -> Inventory:
    inventory = resolve(source, ocfl_id, version)
    if inventory.sha256 != digest:
        raise InventoryDamagedError(key=object_root(ocfl_id), reason=f"v{version}: {digest}")
    return inventory


def _files_of(
    source: ObjectStore, root: str, inventory: Inventory, bandwidth: Bandwidth | None
) -> Iterator[TreeFile]:
    """What came with this version, by its path below the version's folder; inventory last."""
    for path, digest in sorted(inventory.content(inventory.version)):
        key, below = f"{root}/{path}", path.partition("/")[2]
        opened = partial(_open, source, key, bandwidth)
        yield TreeFile(below, source.stat(key).size_bytes, digest, opened)
    yield from (small_file(INVENTORY, inventory.data), small_file(SIDECAR, inventory.sidecar))


def _open(source: ObjectStore, key: str, bandwidth: Bandwidth | None) -> IO[bytes]:
    return paced(source.open(key), bandwidth)


def _is_absent(target: ObjectStore, root: str) -> bool:
    try:
        newest(target, root)
    except ObjectNotFoundError:
        return True
    except InventoryDamagedError:
        return False
    return False


def _require_no_other_version(target: ObjectStore, root: str, version: int, digest: str) -> None:
    try:
        found = inventory_in(target, f"{root}/v{version}")
    except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
        return
    if found.sha256 != digest:
        raise VersionForkedError(copy=target.name, key=root, version=version)


def _require_no_other_act(target: ObjectStore, key: str, document: ActDocument) -> None:
    try:
        found = read_act(target, key)
    except (ObjectNotFoundError, ObjectUnreadableError, ActDamagedError):
        return
    if found.said() != document:
        raise ObjectExistsError(key=key, copy=target.name)


def _put_tree(
    target: ObjectStore, folder: str, files: Sequence[TreeFile], locked_until: dt.datetime | None
) -> None:
    """As ``put_tree``; over what is damaged there the recorded bytes are put, and read again."""
    try:
        target.put_tree(folder, files, locked_until=locked_until)
    except (ObjectExistsError, ObjectUnreadableError):
        for file in files:
            with file.open() as source:
                key = f"{folder}/{file.path}"
                target.heal(key, source, size=file.size_bytes, sha256=file.sha256)
        target.put_tree(folder, files, locked_until=locked_until)


def _act_from(source: ObjectStore, key: str, document: ActDocument) -> dict[str, bytes]:
    """The bytes of an act and what lies beside it, in the order they are written: the act last."""
    act = read_act(source, key)
    if act.said() != document:
        raise ActDamagedError(copy=source.name, key=key)
    beside = {}
    for companion, digest in act.companions().items():
        beside[companion] = read(source, companion)
        if sha256(beside[companion]).hexdigest() != digest:
            raise ActDamagedError(copy=source.name, key=companion)
    line = read(source, key + SIDECAR_SUFFIX)
    return {**beside, key + SIDECAR_SUFFIX: line, key: read(source, key)}


def _put(target: ObjectStore, key: str, data: bytes) -> int:
    try:
        put_bytes(target, key, data)
    except (ObjectExistsError, ObjectUnreadableError):  # damaged there: the caller has looked
        target.heal(key, io.BytesIO(data), size=len(data), sha256=sha256(data).hexdigest())
    if read(target, key, past_cache=True) != data:
        raise TransferDamagedError(key=key, expected=sha256(data).hexdigest())
    return len(data)
