"""Every copy is read again and compared with its record; damage and trouble are kept apart."""

import heapq
import os
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from itertools import chain, groupby, islice

from archive_service.errors import BackendError
from archive_service.storage.copies.identity import IDENTITY_KEY, identify
from archive_service.storage.fixity.comparing import compare
from archive_service.storage.fixity.loose_record import examine_loose
from archive_service.storage.fixity.object_record import examine_object, expected_paths
from archive_service.storage.fixity.verdict import Fixity, FixityResult, FixityTally, ToRead
from archive_service.storage.ocfl.inventory import INVENTORY, InventoryDamagedError
from archive_service.storage.ocfl.root import (
    newest,
    object_root,
    read,
    resolve,
    root_files,
    root_of,
)
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
    is_key,
)

__all__ = ["Fixity", "FixityResult", "FixityTally", "iter_fixity", "iter_object_fixity"]

_WAITING_PER_THREAD = 4
_UNITS_PER_THREAD = 2  # packages whose inventories are read ahead
_MOST_UNREAD = 3  # files a copy that answers may fail to give; then it is in trouble all the same
_ASKED = 500  # loose files of which is asked together whether they are known
_REMEMBERED = 1 << 20  # objects, about 100 bytes each; those beyond are read once more at the end
_INVENTORY_KEY = re.compile(rf".*/v([1-9][0-9]*)/{re.escape(INVENTORY)}\Z")


def iter_fixity(
    copies: Sequence[ObjectStore],
    *,
    limit: int | None = None,
    limit_s: float | None = None,
    expected: Mapping[str, str] | None = None,
    expected_keys: Iterable[str] = (),
    expected_objects: Iterable[tuple[str, int]] | None = None,
    foreign: Callable[[Sequence[str]], Collection[str]] = lambda _keys: (),
    threads: int | None = None,
) -> Iterator[FixityResult]:
    """Compare every file of every copy with its record, in one read and bounded memory.

    What is not as recorded is read a second time, past the cache, before it is called damaged; an
    object that is not as listed is looked at again at the end, since it may have been in the
    making. Of a copy that stops answering one file is named, and it is left alone from then on.

    Args:
        limit: at most so many results.
        limit_s: begin no more files after so many seconds.
        expected: key -> SHA-256 of files outside packages (segments of the audit trail).
        expected_keys: of files outside packages that have their digest beside them (acts).
        expected_objects: OCFL id and stored version of each package that every copy must hold.
            Without it, each copy must hold what any of them holds.
        foreign: which of some keys outside packages belong to nothing that the caller knows.
        threads: that read and hash; by default as many as processors.
    """
    ends_at = None if limit_s is None else time.monotonic() + limit_s
    count = threads or os.cpu_count() or 1
    check = _Check(copies, expected or {}, expected_objects, expected_keys, foreign)
    pending: deque[Future[FixityResult]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for item in islice(check.items(pool, ahead=count * _UNITS_PER_THREAD), limit):
                if isinstance(item, FixityResult):
                    yield item
                else:
                    pending.append(pool.submit(compare, item))
                if len(pending) >= count * _WAITING_PER_THREAD:
                    yield from check.reachable(pending.popleft().result())
                if ends_at is not None and time.monotonic() >= ends_at:
                    break
            while pending:
                yield from check.reachable(pending.popleft().result())
        finally:
            pool.shutdown(cancel_futures=True)


def iter_object_fixity(
    copies: Sequence[ObjectStore], ocfl_id: str, version: int
) -> Iterator[FixityResult]:
    """Compare every file of one package with its record, in every copy, as ``iter_fixity`` does."""
    check = _Check(copies, {}, [(ocfl_id, version)])
    for item in check.items_of(object_root(ocfl_id)):
        if isinstance(item, FixityResult):
            yield item
        else:
            yield from check.reachable(compare(item))


class _Check:
    """One run over all copies; knows which of them still answer."""

    def __init__(
        self,
        copies: Sequence[ObjectStore],
        expected: Mapping[str, str],
        expected_objects: Iterable[tuple[str, int]] | None,
        expected_keys: Iterable[str] = (),
        foreign: Callable[[Sequence[str]], Collection[str]] = lambda _keys: (),
    ) -> None:
        self._copies = list(copies)
        self._expected = expected
        self._expected_objects = expected_objects
        self._expected_keys = expected_keys
        self._find_foreign = foreign
        self._foreign: set[str] = set()
        self._leaving = threading.Lock()
        self._told: set[tuple[str, str]] = set()
        self._fallen: list[FixityResult] = []
        self._unread: Counter[str] = Counter()
        self._walked: dict[int, int] = {}  # mark of a sound object -> version that all copies name

    def items(self, pool: ThreadPoolExecutor, *, ahead: int) -> Iterator[FixityResult | ToRead]:
        """All that is to be said or read, in the order of keys, troubles last."""
        yield from self._without_silent(IDENTITY_KEY)
        for key, data in root_files().items():
            for copy in self._copies:
                yield ToRead(copy, key, sha256(data).hexdigest())
        second_looks = []
        for unit, found in self._ahead(pool, ahead):
            if all(
                isinstance(result, ToRead) or result.status is Fixity.INTACT for result in found
            ):
                self._remember(unit, found)
                yield from found
            else:
                second_looks.append(unit)
        yield from self._fallen
        for unit in second_looks:
            for result in self._examined(unit, None, past_cache=True):
                if isinstance(result, FixityResult) and result.status is Fixity.MISSING:
                    self._told.add((result.copy, result.key))
                yield result
        yield from self._never_listed()

    def items_of(self, root: str) -> Iterator[FixityResult | ToRead]:
        """All that is to be said or read of one object."""
        yield from self._without_silent(IDENTITY_KEY)
        found = self._examined(root, None)
        if any(
            isinstance(result, FixityResult) and result.status is not Fixity.INTACT
            for result in found
        ):
            found = self._examined(root, None, past_cache=True)
        yield from found
        yield from self._never_listed()

    def _ahead(
        self, pool: ThreadPoolExecutor, count: int
    ) -> Iterator[tuple[str, list[FixityResult | ToRead]]]:
        """Units in order with what is to be said of each; some are looked at ahead."""
        waiting: deque[tuple[str, Future[list[FixityResult | ToRead]]]] = deque()
        for unit, held in self._known_or_foreign():
            waiting.append((unit, pool.submit(self._examined, unit, held)))
            if len(waiting) > count:
                first, future = waiting.popleft()
                yield first, future.result()
        for last, future in waiting:
            yield last, future.result()

    def _never_listed(self) -> Iterator[FixityResult]:
        for ocfl_id, version in self._expected_objects or ():
            if self._walked.get(_mark(object_root(ocfl_id)), 0) >= version:
                continue
            try:
                yield from self._absent(ocfl_id, version)
            except BackendError:
                yield from self._without_silent(object_root(ocfl_id))
        unlisted = ((key, None) for key in self._expected_keys if _mark(key) not in self._walked)
        for key, digest in chain(self._expected.items(), unlisted):
            if not any(_has(copy, key) for copy in self._copies):
                for copy in self._copies:
                    yield FixityResult(copy.name, key, Fixity.MISSING, sha256_expected=digest)

    def _remember(self, unit: str, found: Iterable[FixityResult | ToRead]) -> None:
        """Which version of a sound object every copy names, so that none is asked for it again."""
        if self._expected_objects is None or len(self._walked) >= _REMEMBERED:
            return
        if not _is_root(unit):
            self._walked[_mark(unit)] = 0
            return
        versions = dict.fromkeys((copy.name for copy in self._copies), 0)
        for result in found:
            if isinstance(result, FixityResult) and (named := _INVENTORY_KEY.match(result.key)):
                versions[result.copy] = max(versions.get(result.copy, 0), int(named[1]))
        if lowest := min(versions.values(), default=0):
            self._walked[_mark(unit)] = lowest

    def reachable(self, result: FixityResult) -> Iterator[FixityResult]:
        """The result; of a copy that fell silent only the first, of one that limps a few."""
        known = any(copy.name == result.copy for copy in self._copies)
        if result.status is not Fixity.UNREACHABLE:
            yield result
        elif known:
            silent = list(self._without_silent(result.key))
            yield from silent or [result]
            self._unread[result.copy] += 1
            if self._unread[result.copy] >= _MOST_UNREAD:
                self._leave_alone(result.copy)

    def _without_silent(self, key: str) -> Iterator[FixityResult]:
        """Leave out the copies that do not answer as themselves, and say so once for each."""
        for copy in self._copies:
            try:
                identify(copy)
            except BackendError:
                if self._leave_alone(copy.name):
                    yield FixityResult(copy.name, key, Fixity.UNREACHABLE)

    def _leave_alone(self, name: str) -> bool:
        """Whether it is this call that leaves it; the list is made anew, others may walk it."""
        with self._leaving:
            left = [copy for copy in self._copies if copy.name != name]
            was_there = len(left) < len(self._copies)
            self._copies = left
        return was_there

    def _known_or_foreign(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """All units; of loose ones, some at a time, it is asked first which are foreign."""
        for are_roots, units in groupby(self._units(), key=lambda unit: _is_root(unit[0])):
            if are_roots:
                yield from units
            while some := list(islice(units, _ASKED)):
                self._foreign.update(self._find_foreign([key for key, _ in some]))
                yield from some

    def _units(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Object roots and loose keys, ascending, each with what is listed of it in each copy."""
        own = {IDENTITY_KEY, *root_files()}
        merged = heapq.merge(*(self._listed(copy) for copy in self._copies))
        for unit, found in groupby(merged, key=lambda pair: root_of(pair[0]) or pair[0]):
            held: dict[str, list[str]] = {}
            for key, name in found:
                held.setdefault(name, []).append(key)
            if unit not in own:
                yield unit, held

    def _listed(self, copy: ObjectStore) -> Iterator[tuple[str, str]]:
        """A listing that breaks off is trouble with the copy: what follows is not missing."""
        try:
            for key in copy.iter_keys():
                yield key, copy.name
        except BackendError:
            if self._leave_alone(copy.name):
                self._fallen.append(FixityResult(copy.name, IDENTITY_KEY, Fixity.UNREACHABLE))

    def _examined(
        self,
        unit: str,
        held: Mapping[str, Sequence[str]] | None,
        *,
        past_cache: bool = False,
    ) -> list[FixityResult | ToRead]:
        """What is to be said of one unit; its keys are listed anew where they are not given."""
        for _ in range(2):
            try:
                fresh = held or {copy.name: _keys_of(copy, unit) for copy in self._copies}
                return list(self._judged(unit, fresh, past_cache=past_cache))
            except BackendError:
                if silent := list(self._without_silent(unit)):
                    return [*silent, *self._examined(unit, held, past_cache=past_cache)]
        return list(self._limping(unit))

    def _limping(self, unit: str) -> Iterator[FixityResult]:
        """Copies that answer and do not give this; after a few times they are left alone."""
        for copy in self._copies:
            try:
                for key in _keys_of(copy, unit):
                    if key.endswith(f"/{INVENTORY}"):
                        read(copy, key)
            except (ObjectNotFoundError, ObjectUnreadableError, TransferDamagedError):
                continue
            except BackendError:
                fixity_result = FixityResult(copy.name, unit, Fixity.UNREACHABLE)
                yield fixity_result
                self._unread[copy.name] += 1
                if self._unread[copy.name] >= _MOST_UNREAD and self._leave_alone(copy.name):
                    self._fallen.append(fixity_result)

    def _judged(
        self, unit: str, held: Mapping[str, Sequence[str]], *, past_cache: bool
    ) -> Iterator[FixityResult | ToRead]:
        copies = self._copies
        if not _is_root(unit):
            holders = [name for name, keys in held.items() if keys]
            is_foreign = unit in self._foreign
            return examine_loose(unit, copies, holders, self._expected, is_foreign=is_foreign)
        paths = {
            copy.name: {key[len(unit) + 1 :] for key in held.get(copy.name, ())} for copy in copies
        }
        alike = self._expected_objects is None
        return examine_object(unit, copies, paths, alike=alike, past_cache=past_cache)

    def _absent(self, ocfl_id: str, version: int) -> Iterator[FixityResult]:
        """What a copy lacks of a version that it ought to hold and does not even name."""
        root = object_root(ocfl_id)
        for copy in self._copies:
            if _version_named(copy, root) < version:
                for key, digest in self._recorded(ocfl_id, version).items():
                    if (copy.name, key) not in self._told and not _has(copy, key):
                        yield FixityResult(copy.name, key, Fixity.MISSING, sha256_expected=digest)

    def _recorded(self, ocfl_id: str, version: int) -> dict[str, str | None]:
        """All of that version; where no copy names it any more, an inventory that each lacks."""
        root = object_root(ocfl_id)
        for copy in self._copies:
            try:
                inventory = resolve(copy, ocfl_id, version)
            except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
                continue
            return {f"{root}/{path}": it for path, it in expected_paths(inventory).items()}
        newest_of_all = f"{root}/{INVENTORY}"  # there still where older versions are
        is_there = any(_has(copy, newest_of_all) for copy in self._copies)
        return {f"{root}/v{version}/{INVENTORY}" if is_there else newest_of_all: None}


def _keys_of(copy: ObjectStore, unit: str) -> list[str]:
    if _is_root(unit) and (below := list(copy.iter_keys(f"{unit}/"))):
        return below
    return [unit] if _has(copy, unit) else []


def _mark(root: str) -> int:
    return int.from_bytes(sha256(root.encode()).digest()[:8])


def _is_root(unit: str) -> bool:
    return root_of(f"{unit}/") == unit


def _has(copy: ObjectStore, key: str) -> bool:
    if not is_key(key):
        return key in copy.iter_keys(key)
    try:
        copy.stat(key)
    except ObjectNotFoundError:
        return False
    return True


def _version_named(copy: ObjectStore, root: str) -> int:
    try:
        return newest(copy, root).version
    except (ObjectNotFoundError, InventoryDamagedError):
        return 0
