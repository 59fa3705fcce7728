"""What is damaged or missing in a copy is put back from bytes that verify, never from others."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import IO, Any

from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.acts import SIDECAR_SUFFIX, sidecar_line
from archive_service.storage.copies.identity import identify
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.inventory import (
    INVENTORY,
    SIDECAR,
    Inventory,
    InventoryDamagedError,
)
from archive_service.storage.ocfl.root import (
    OBJECT_DECLARATION,
    declaration,
    id_of,
    read,
    root_files,
    root_of,
)
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.publish import settle_root
from archive_service.storage.reader import sha256_of

_VERSION_FOLDER = re.compile(r"/v([1-9][0-9]*)\Z")


@dataclass
class RepairReport:
    """What was put back and read back equal, and what was not."""

    repaired: list[FixityResult] = field(default_factory=list)
    failed: list[FixityResult] = field(default_factory=list)
    broken_off: list[FixityResult] = field(default_factory=list)  # of those: a copy did not answer

    def as_document(self) -> dict[str, Any]:
        """The JSON document of ``fixity repair``."""
        return {
            "repaired": [
                {"copy": fixity_result.copy, "key": fixity_result.key}
                for fixity_result in self.repaired
            ],
            "failed": [
                {"copy": fixity_result.copy, "key": fixity_result.key}
                for fixity_result in self.failed
            ],
        }


def repair(
    copies: Sequence[ObjectStore],
    troubles: Iterable[FixityResult],
    *,
    turn: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> RepairReport:
    """Heal what a check found damaged or missing; safe to repeat and to kill.

    Bytes come from the same key in another copy, or where a file follows from others (inventories
    stand in two places, sidecars follow from them) from those; all are compared with the recorded
    digest on the way. A file without a record, an unexpected one and an unreachable copy are left
    alone, and listed as failed. An object a copy lacks altogether comes back whole.

    Args:
        turn: entered with the OCFL id while a package is written; where it refuses, nothing is.
    """
    report = RepairReport()
    by_name = {copy.name: copy for copy in copies}
    ordered = sorted(troubles, key=_order)
    for (name, unit), found in groupby(ordered, key=lambda it: (it.copy, _unit(it.key))):
        group = list(found)
        copy = by_name.get(name)
        if copy is None or not _answers(copy):
            report.failed.extend(group)
            continue
        others = [other for other in copies if other is not copy and _answers(other)]
        try:
            with turn(id_of(unit)) if unit else nullcontext():
                _repair_unit(copy, unit, group, others, report)
        except CaseFileBeingDestroyedError:
            report.failed.extend(group)
    _forget_moved(report)
    return report


def _repair_unit(
    copy: ObjectStore,
    unit: str,
    group: list[FixityResult],
    others: Sequence[ObjectStore],
    report: RepairReport,
) -> None:
    if unit and _is_absent(copy, unit):
        group = list(_put_whole(copy, unit, group, others, report))
    for trouble in group:
        _heal(copy, trouble, others, report)
    if unit and group:
        _settle(copy, unit)


def _order(trouble: FixityResult) -> tuple[str, str, int, str]:
    """Content first, then the versions' inventories, then the root's: as in publishing."""
    unit = _unit(trouble.key)
    rank = 0
    if trouble.key.rpartition("/")[2] in (INVENTORY, SIDECAR):
        rank = 2 if trouble.key.count("/") == unit.count("/") + 1 else 1
    return trouble.copy, unit, rank, trouble.key


def _unit(key: str) -> str:
    return root_of(key) or ""


def _answers(copy: ObjectStore) -> bool:
    try:
        identify(copy)
    except BackendError:
        return False
    return True


def _settle(copy: ObjectStore, root: str) -> None:
    """A version that came back may be newer than the root: where none verifies, none is."""
    try:
        settle_root(copy, root)
    except ArchiveError:
        return


def _is_absent(copy: ObjectStore, root: str) -> bool:
    return next(copy.iter_keys(f"{root}/"), None) is None


def _put_whole(
    copy: ObjectStore,
    root: str,
    missing: Sequence[FixityResult],
    others: Sequence[ObjectStore],
    report: RepairReport,
) -> Iterator[FixityResult]:
    """The whole object in one step, if every file can be had; yields what is left to be healed."""
    files = []
    for trouble in missing:
        opener = _sound_source(trouble, others)
        if opener is None or trouble.sha256_expected is None:
            yield from missing
            return
        size, opened = opener
        path = trouble.key[len(root) + 1 :]
        files.append(TreeFile(path, size, trouble.sha256_expected, opened))
    try:
        copy.put_tree(root, files)
    except ArchiveError:
        yield from missing
    else:
        report.repaired.extend(missing)


def _heal(
    copy: ObjectStore, trouble: FixityResult, others: Sequence[ObjectStore], report: RepairReport
) -> None:
    digest = trouble.sha256_expected
    broke_off = False
    if digest is not None and trouble.status in (Fixity.DAMAGED, Fixity.MISSING):
        for size, opened in _sources(copy, trouble.key, digest, others):
            try:
                with opened() as source:
                    copy.heal(trouble.key, source, size=size, sha256=digest)
                with copy.open(trouble.key, past_cache=True) as written:
                    if sha256_of(written) == digest:
                        report.repaired.append(trouble)
                        return
            except (TransferDamagedError, ObjectNotFoundError, ObjectUnreadableError):
                continue
            except BackendError:  # of this source or of the copy: the next source tells
                broke_off = True
    report.failed.append(trouble)
    if broke_off:
        report.broken_off.append(trouble)


def _forget_moved(report: RepairReport) -> None:
    """What was unexpected below or above a healed file was in its way: it is there no more."""
    healed = {(fixity_result.copy, fixity_result.key) for fixity_result in report.repaired}
    folders = {(copy, above) for copy, key in healed for above in _above(key)}
    moved = [
        fixity_result
        for fixity_result in report.failed
        if fixity_result.status is Fixity.UNEXPECTED
        and (
            (fixity_result.copy, fixity_result.key) in folders
            or any((fixity_result.copy, above) in healed for above in _above(fixity_result.key))
        )
    ]
    report.failed = [fixity_result for fixity_result in report.failed if fixity_result not in moved]


def _above(key: str) -> Iterator[str]:
    while key := key.rpartition("/")[0]:
        yield key


def _sources(
    copy: ObjectStore, key: str, digest: str, others: Sequence[ObjectStore]
) -> Iterator[tuple[int, Callable[[], IO[bytes]]]]:
    """Where the bytes may be had, likeliest first; whoever takes them verifies them."""
    for other in others:
        size = _size(other, key)
        if size is not None:
            yield size, partial(other.open, key)
    for place in (copy, *others):
        for data in _derived(place, key):
            if sha256(data).hexdigest() == digest:
                yield len(data), partial(io.BytesIO, data)


def _sound_source(
    trouble: FixityResult, others: Sequence[ObjectStore]
) -> tuple[int, Callable[[], IO[bytes]]] | None:
    for other in others:
        if (size := _size(other, trouble.key)) is not None:
            return size, partial(other.open, trouble.key)
    return None


def _derived(place: ObjectStore, key: str) -> Iterator[bytes]:
    """Bytes that follow from other files, fixed ones and those of inventories."""
    folder, _, name = key.rpartition("/")
    root = root_of(key)
    if key in root_files():
        yield root_files()[key]
    elif root and name == OBJECT_DECLARATION:
        yield declaration()
    elif root and name in (INVENTORY, SIDECAR):
        own = _VERSION_FOLDER.search(folder)  # else the root's, of any version: it may lag
        for inventory in _inventories(place, root):
            for version in [int(own[1])] if own else range(inventory.version, 0, -1):
                if version <= inventory.version:
                    earlier = inventory if version == inventory.version else inventory.at(version)
                    yield earlier.data if name == INVENTORY else earlier.sidecar
    elif key.endswith(".json" + SIDECAR_SUFFIX):
        act_key = f"{folder}/{name.removesuffix(SIDECAR_SUFFIX)}"
        if (data := _bytes(place, act_key)) is not None:
            yield sidecar_line(act_key, sha256(data).hexdigest())


def _inventories(place: ObjectStore, root: str) -> Iterator[Inventory]:
    """All that read as one, sidecar or not, the root's first, then the newest."""
    keys = [key for key in place.iter_keys(f"{root}/") if key.endswith(f"/{INVENTORY}")]
    for key in sorted(keys, key=lambda it: (it.count("/"), -len(it), it)):
        data = _bytes(place, key)
        try:
            if data is not None:
                yield Inventory.parse(data)
        except InventoryDamagedError:
            continue


def _size(place: ObjectStore, key: str) -> int | None:
    try:
        return place.stat(key).size_bytes
    except (ObjectNotFoundError, BackendError):
        return None


def _bytes(place: ObjectStore, key: str) -> bytes | None:
    try:
        return read(place, key)
    except (ObjectNotFoundError, BackendError):
        return None
