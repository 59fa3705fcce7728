"""A parcel's bytes in staging: put there, put there again, and discarded where none needs them."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, cast

from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.storage.needed import needed_digests
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.parcel import Entry

SMALL_BYTES = 1 << 20
GROUP_BYTES = 16 << 20
GROUP_FILES = 400
_THREADS = 4  # while some wait for the medium, others hash


def stage_into(
    staged: dict[str, StagedObject],
    entries: Sequence[Entry],
    staging: Staging,
    *,
    side_by_side: bool = False,
) -> None:
    """Read each entry once, hashed while it streams; durable on return, by path in ``staged``.

    Where a limit breaks or staging is full, the caller sees in ``staged`` what came: nothing is
    under way any more, and of several troubles the first in the order of the entries is told.

    Args:
        side_by_side: see ``Parcel.side_by_side``.
    """

    def stage(entry: Entry) -> None:
        with entry.open() as source:
            staged[entry.path] = staging.receive(source)

    if not side_by_side:
        for entry in entries:
            stage(entry)
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(stage, entries):
            pass  # the first trouble flies, and what had not begun does not begin


def stage_small(
    staged: dict[str, StagedObject], entries: Sequence[Entry], staging: Staging
) -> None:
    """As ``stage_into``, for many small files: they are forced to the medium together."""
    group: dict[str, bytes] = {}
    held = 0
    for entry in entries:
        if entry.size_bytes > SMALL_BYTES:
            with entry.open() as source:
                staged[entry.path] = staging.receive(source)
            continue
        with entry.open() as source:
            data = source.read(SMALL_BYTES + 1)
            if len(data) > SMALL_BYTES:  # it has grown since it was listed
                whole = cast(IO[bytes], _Rest(data, source))
                staged[entry.path] = staging.receive(whole)
                continue
        group[entry.path], held = data, held + len(data)
        if held > GROUP_BYTES or len(group) >= GROUP_FILES:
            staged.update(zip(group, staging.receive_all(list(group.values())), strict=True))
            group, held = {}, 0
    if group:
        staged.update(zip(group, staging.receive_all(list(group.values())), strict=True))


class _Rest:
    """What was read already, and then the rest of the source."""

    def __init__(self, begun: bytes, source: IO[bytes]) -> None:
        self._begun, self._source = begun, source

    def read(self, size: int = -1) -> bytes:
        """As of a file; the first piece may be longer than asked for."""
        if self._begun:
            piece, self._begun = self._begun, b""
            return piece
        return self._source.read(size)


def restage_missing(
    staged: Mapping[str, StagedObject], entries: Mapping[str, Entry], staging: Staging
) -> None:
    """After the commit: bring back bytes that a failing parcel with equal ones just discarded."""
    for path, content in staged.items():
        if not staging.has(content.sha256):
            with entries[path].open() as source:
                staging.receive(source)


def discard_unneeded(
    digests: Iterable[str], *, database: Database, staging: Staging, recalled: bool = False
) -> None:
    """Discard those of ``digests`` that no row needs.

    ``recalled``: their issuer took them back, and no correction begins with them any more.

    Runs under the write lock, so that no other parcel can commit its need of the same bytes
    between the question and the answer; whoever commits right after it looks again.
    """
    waiting = sorted(set(digests))
    if not waiting:
        return
    with database.unit_of_work() as uow:
        take_write_lock(uow.session)
        needed = needed_digests(uow.session, to_correct=not recalled)
        for digest in waiting:
            if digest not in needed:
                staging.discard(digest)
