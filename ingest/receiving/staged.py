"""A parcel's bytes in staging: put there, put there again, and discarded where none needs them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.storage.needed import needed_digests
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.parcel import Entry

TOGETHER_BYTES = 16 << 20
TOGETHER_FILES = 400
_THREADS = 4  # while some wait for the medium, others hash


def stage_into(
    staged: dict[str, StagedObject],
    entries: Sequence[Entry],
    staging: Staging,
    *,
    side_by_side: bool = False,
) -> None:
    """Read each entry once, hashed while it streams; durable on return, by path in ``staged``.

    Many are forced to the medium together. Where a limit breaks or staging is full, the caller
    sees in ``staged`` what came: nothing is under way any more, and of several troubles the first
    in the order of the entries is told.

    Args:
        side_by_side: see ``Parcel.side_by_side``.
    """

    def stage(some: Sequence[Entry]) -> None:
        came = staging.receive_each([entry.open for entry in some])
        staged.update(zip([entry.path for entry in some], came, strict=True))

    groups = _together(entries)
    if not side_by_side:
        for some in groups:
            stage(some)
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(stage, groups):
            pass  # the first trouble flies, and what had not begun does not begin


def _together(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """In their order: many small ones, or few large ones, by what they announce to be."""
    some, size_bytes = list[Entry](), 0
    for entry in entries:
        some.append(entry)
        size_bytes += entry.size_bytes
        if size_bytes >= TOGETHER_BYTES or len(some) >= TOGETHER_FILES:
            yield some
            some, size_bytes = [], 0
    if some:
        yield some


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
