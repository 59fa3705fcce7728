"""One copy read against what the database records of it, a few packages or files at a time.

Another copy is asked only where something is not as recorded. Trouble with the copy itself flies as
``BackendError``: whoever reads stops there and goes on another time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256

from archive_service.errors import BackendError, IntegrityViolationError
from archive_service.storage.acts import SIDECAR_SUFFIX, Act, ActDocument, parse_act, sidecar_line
from archive_service.storage.copies.identity import identify
from archive_service.storage.fixity.comparing import Bandwidth, compare
from archive_service.storage.fixity.loose_record import examine_loose
from archive_service.storage.fixity.object_record import examine_object
from archive_service.storage.fixity.verdict import Fixity, FixityResult, ToRead
from archive_service.storage.ocfl.root import object_root, read
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    StoreUnreachableError,
)

_Found = FixityResult | ToRead


@dataclass(frozen=True, slots=True)
class HeldObject:
    """A package as a copy ought to hold it; digests of its inventories from version 1 on."""

    ocfl_id: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldAct:
    """An act as every copy ought to hold it; ``companion`` is the digest of the file beside it."""

    key: str
    document: ActDocument
    companion: str | None = None


class CopyReader:
    """Reads one copy with some threads and a bound; a context manager that ends the threads.

    Args:
        others: the copies that may be asked what ought to lie here.

    ``second`` may be set to an algorithm by which files are hashed in the same read.
    """

    second = ""

    def __init__(
        self,
        copy: ObjectStore,
        others: Sequence[ObjectStore],
        *,
        threads: int,
        bandwidth: Bandwidth | None = None,
    ) -> None:
        self._copy = copy
        self._others = others
        self._bandwidth = bandwidth
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"fixity-{copy.name}")

    def __enter__(self) -> "CopyReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def read_objects(self, some: Sequence[HeldObject]) -> list[list[FixityResult]]:
        """Every file of each package; ``StoreUnreachableError`` where the copy does not give it."""
        examined = list(self._threads.map(self._examined, some))
        read = self._threads.map(self._compared, _unread(examined))
        return [list(_in_place(found, read)) for found in examined]

    def read_acts(self, some: Sequence[HeldAct]) -> list[list[FixityResult]]:
        """Each act with its sidecar and the files it names."""
        return list(self._threads.map(self._act, some))

    def read_files(self, digests: Mapping[str, str]) -> list[FixityResult]:
        """Files of which the digest is known, by key."""
        tasks = [ToRead(self._copy, key, digest) for key, digest in digests.items()]
        return list(self._threads.map(self._compared, tasks))

    def read_unknown(self, key: str, *, is_foreign: bool = False) -> list[FixityResult]:
        """A file outside packages of which no digest is known: the other copies are asked.

        None is asked of one that is known to be foreign.
        """
        others = () if is_foreign else self._others
        copies = [self._copy, *(other for other in others if _answers(other, key))]
        found = examine_loose(key, copies, [self._copy.name], {}, is_foreign=is_foreign)
        return [
            result
            for result in found
            if isinstance(result, FixityResult) and result.copy == self._copy.name
        ]

    def _examined(self, held: HeldObject) -> list[_Found]:
        """What is to be said or read of a package; looked at twice before anything is wrong."""
        known = dict(enumerate(held.digests, start=1))
        root = object_root(held.ocfl_id)
        found = list(_judged(root, [self._copy], known, past_cache=False))
        if _is_sound(found):
            return found
        answering = [other for other in self._others if _answers(other, root)]
        again = list(_judged(root, [self._copy, *answering], known, past_cache=True))
        mine = [result for result in again if _name(result) == self._copy.name]
        return _marked_unsteady(found, mine)

    def _compared(self, task: ToRead) -> FixityResult:
        result = compare(task, self._bandwidth, second=self.second)
        if result.status is Fixity.UNREACHABLE:
            self._copy.stat(task.key)  # it says why; where it answers, the reading was the trouble
            raise StoreUnreachableError(key=task.key, reason="reading breaks off")
        return result

    def _act(self, held: HeldAct) -> list[FixityResult]:
        first = list(self._act_read(held, past_cache=False))
        if all(fixity_result.status is Fixity.INTACT for fixity_result in first):
            return first
        second = list(self._act_read(held, past_cache=True))
        return [
            result for result in _marked_unsteady(first, second) if isinstance(result, FixityResult)
        ]

    def _act_read(self, held: HeldAct, *, past_cache: bool) -> Iterator[FixityResult]:
        """The document decides, the sidecar follows from it; where it is spoilt, others give it."""
        data = _bytes(self._copy, held.key, past_cache=past_cache)
        act = _said_act(held, data)
        record = data if act is not None else self._record_elsewhere(held)
        digest = sha256(record).hexdigest() if record is not None else None
        yield _result(self._copy, held.key, digest, data)
        line = sidecar_line(held.key, digest) if digest else None
        sidecar = _bytes(self._copy, held.key + SIDECAR_SUFFIX, past_cache=past_cache)
        line_digest = sha256(line).hexdigest() if line else None
        yield _result(self._copy, held.key + SIDECAR_SUFFIX, line_digest, sidecar)
        act = act or (_said_act(held, record) if record is not None else None)
        for key, expected in (act.companions() if act else {}).items():
            yield self._compared(ToRead(self._copy, key, expected))

    def _record_elsewhere(self, held: HeldAct) -> bytes | None:
        for other in self._others:
            try:
                data = _bytes(other, held.key, past_cache=False)
            except BackendError:
                continue
            if _said_act(held, data) is not None:
                return data
        return None


def _judged(
    root: str, copies: Sequence[ObjectStore], known: Mapping[int, str], *, past_cache: bool
) -> Iterator[_Found]:
    paths = {
        copy.name: {key[len(root) + 1 :] for key in copy.iter_keys(f"{root}/")} for copy in copies
    }
    return examine_object(root, copies, paths, alike=False, known=known, past_cache=past_cache)


def _is_sound(found: Sequence[_Found]) -> bool:
    return all(isinstance(result, ToRead) or result.status is Fixity.INTACT for result in found)


def _marked_unsteady(first: Sequence[_Found], second: Sequence[_Found]) -> list[_Found]:
    """The second look; what was wrong at the first and is not any more was an unsteady read."""
    wrong = {
        result.key
        for result in first
        if isinstance(result, FixityResult) and result.status in (Fixity.DAMAGED, Fixity.MISSING)
    }
    return [
        replace(result, unsteady=True)
        if isinstance(result, FixityResult)
        and result.status is Fixity.INTACT
        and result.key in wrong
        else result
        for result in second
    ]


def _unread(examined: Iterable[Sequence[_Found]]) -> Iterator[ToRead]:
    for found in examined:
        for result in found:
            if isinstance(result, ToRead):
                yield result


def _in_place(
    found: Sequence[_Found], read_results: Iterator[FixityResult]
) -> Iterator[FixityResult]:
    for result in found:
        yield next(read_results) if isinstance(result, ToRead) else result


def _answers(other: ObjectStore, key: str) -> bool:
    """Whether it can be asked about this; a copy that is away takes no part."""
    try:
        identify(other)
        next(iter(other.iter_keys(key)), None)
    except BackendError:
        return False
    return True


def _name(result: _Found) -> str:
    return result.copy.name if isinstance(result, ToRead) else result.copy


def _bytes(copy: ObjectStore, key: str, *, past_cache: bool) -> bytes | None:
    """``None`` where it is missing; nothing at all where the medium does not give it up."""
    try:
        return read(copy, key, past_cache=past_cache)
    except ObjectNotFoundError:
        return None
    except ObjectUnreadableError:
        return b""


def _said_act(held: HeldAct, data: bytes | None) -> Act | None:
    """The act in these bytes, if it says what the database records."""
    if data is None:
        return None
    try:
        act = parse_act(held.key, data)
    except IntegrityViolationError:
        return None
    beside = [held.companion] if held.companion else []
    is_same = act.said() == held.document and list(act.companions().values()) == beside
    return act if is_same else None


def _result(copy: ObjectStore, key: str, expected: str | None, data: bytes | None) -> FixityResult:
    if data is None:
        return FixityResult(copy.name, key, Fixity.MISSING, sha256_expected=expected)
    found = sha256(data).hexdigest()
    status = Fixity.INTACT if found == expected else Fixity.DAMAGED
    return FixityResult(copy.name, key, status, len(data), expected, found)
