"""One built version of a case file, into every copy: whole, read back, and only then believed."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from archive_service import clock
from archive_service.errors import ArchiveError, ConflictError, IntegrityViolationError
from archive_service.storage.copies.identity import identify, put_read_back
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
)
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.reader import VerifiedReader
from archive_service.storage.staging import Staging

_SETTLING_TRIES = 3


class EarlierVersionMissingError(ConflictError):
    """A copy lacks the version before the one to be published: it has to catch up first."""


class VersionForkedError(IntegrityViolationError):
    """The version to be published does not continue what the copy holds."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """One copy holds the version, every byte read back equal."""

    copy: str
    version: int
    files: int
    size_bytes: int
    verified_at: dt.datetime


def spread_version(
    inventory_sha256: str,
    *,
    staging: Staging,
    copies: Sequence[ObjectStore],
    locked_until: dt.datetime | None = None,
) -> tuple[list[CopyResult], dict[str, ArchiveError]]:
    """Write a staged version into every copy and read it back; safe to repeat and to kill.

    Copies are written side by side; where one fails the others are finished.

    Args:
        locked_until: see ``ObjectStore.put_tree``.

    Returns:
        What each copy took, and by its name the trouble of each that did not: ``BackendError`` (no
        answer, full, or other bytes given back: try again), ``EarlierVersionMissingError``,
        ``VersionForkedError``, or ``ObjectExistsError`` where other bytes lie.
    """
    inventory = _staged_inventory(inventory_sha256, staging)
    tell = partial(_published, inventory=inventory, staging=staging, locked_until=locked_until)
    if len(copies) == 1:
        outcomes = [tell(copies[0])]
    else:
        with ThreadPoolExecutor(max(len(copies), 1)) as threads:
            outcomes = list(threads.map(tell, copies))
    results = [outcome for outcome in outcomes if isinstance(outcome, CopyResult)]
    troubles = {
        copy.name: outcome
        for copy, outcome in zip(copies, outcomes, strict=True)
        if isinstance(outcome, ArchiveError)
    }
    return results, troubles


def _published(
    copy: ObjectStore,
    inventory: Inventory,
    staging: Staging,
    locked_until: dt.datetime | None,
) -> CopyResult | ArchiveError:
    try:
        return _publish_to(copy, inventory, staging, locked_until)
    except ArchiveError as trouble:
        return trouble


def settle_root(copy: ObjectStore, root: str) -> bool:
    """Rewrite an object's root from its newest complete version; whether there was need to.

    After a kill the next try at the version does it, and every repair.
    """
    lagged = False
    for _ in range(_SETTLING_TRIES):  # while we wrote, another worker may have published
        truth = newest(copy, root)
        wanted = {f"{root}/{INVENTORY}": truth.data, f"{root}/{SIDECAR}": truth.sidecar}
        lagging = {key: data for key, data in wanted.items() if _found(copy, key) != data}
        if not lagging:
            break
        named = declaration()
        key = f"{root}/{OBJECT_DECLARATION}"
        put_read_back(copy, key, named, digest=sha256(named).hexdigest())
        for key, data in lagging.items():
            copy.replace(key, io.BytesIO(data), size=len(data), sha256=sha256(data).hexdigest())
        lagged = True
    return lagged


def _publish_to(
    copy: ObjectStore, inventory: Inventory, staging: Staging, locked_until: dt.datetime | None
) -> CopyResult:
    identify(copy)
    root, version = object_root(inventory.id), f"v{inventory.version}"
    files = [
        *_staged_files(inventory, staging),
        small_file(INVENTORY, inventory.data),
        small_file(SIDECAR, inventory.sidecar),
    ]
    if _require_continued(copy, root, inventory):
        copy.put_tree(f"{root}/{version}", files, locked_until=locked_until)
    else:  # nothing there yet: the object comes whole, or where it cannot, its root comes last
        whole = [replace(file, path=f"{version}/{file.path}") for file in files]
        whole.append(small_file(OBJECT_DECLARATION, declaration()))
        copy.put_tree(root, [*whole, *files[-2:]], locked_until=locked_until)
    if not _is_believed(copy, root, inventory):
        require_believed(copy, root, inventory)
    size_bytes = sum(file.size_bytes for file in files)
    return CopyResult(copy.name, inventory.version, len(files), size_bytes, clock.now())


def require_believed(copy: ObjectStore, root: str, inventory: Inventory) -> None:
    """The root names this version, or a later one, and reads back so."""
    for _ in range(_SETTLING_TRIES):
        settle_root(copy, root)
        if _is_believed(copy, root, inventory):
            return
    raise TransferDamagedError(key=f"{root}/{INVENTORY}", expected=inventory.sha256)


def _is_believed(copy: ObjectStore, root: str, inventory: Inventory) -> bool:
    try:
        # Durable too where a killed worker had replaced it: put_tree forced all names above.
        return inventory_in(copy, root, past_cache=True).extends(inventory)
    except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
        return False  # not there yet, rotten, or read between another worker's two replacements


def small_file(path: str, data: bytes) -> TreeFile:
    """A file of a tree whose bytes are at hand."""
    digest = sha256(data).hexdigest()
    return TreeFile(path, len(data), digest, partial(io.BytesIO, data))


def _staged_files(inventory: Inventory, staging: Staging) -> Iterator[TreeFile]:
    """What came with the inventory's newest version, by its path below the version's folder."""
    for path, digest in sorted(inventory.content(inventory.version)):
        below = path.partition("/")[2]
        yield TreeFile(below, staging.size_bytes(digest), digest, partial(staging.open, digest))


def _staged_inventory(inventory_sha256: str, staging: Staging) -> Inventory:
    size = staging.size_bytes(inventory_sha256)
    with staging.open(inventory_sha256) as source:
        data = VerifiedReader(source, size=size, sha256=inventory_sha256).read()
    return Inventory.parse(data)


def _require_continued(copy: ObjectStore, root: str, inventory: Inventory) -> bool:
    """Whether the copy holds something of the object; it must be of the same history."""
    try:
        held = newest(copy, root)
    except (ObjectNotFoundError, InventoryDamagedError):  # nothing, or a try that came damaged
        held = None
    if (0 if held is None else held.version) < inventory.version - 1:
        raise EarlierVersionMissingError(copy=copy.name, key=root, version=inventory.version)
    if held is not None and not (inventory.extends(held) or held.extends(inventory)):
        raise VersionForkedError(copy=copy.name, key=root, version=inventory.version)
    return held is not None


def _found(copy: ObjectStore, key: str) -> bytes | None:
    try:
        return read(copy, key)
    except (ObjectNotFoundError, ObjectUnreadableError):
        return None
