"""Filling an index beside the one in use, and putting it in its place."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.rebuild.refill import write_again
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_HELD
from search.index_watch import adopt_index, note_filled
from search.port import SearchIndex

_ROUNDS = 20  # an archive at work changes while it is read; each round has less to do
_AT_ONCE = 500  # ids in one question


@dataclass(frozen=True, slots=True)
class Filled:
    """How many case files were written, and which are to be written once more."""

    written: int
    left: Sequence[UUID]


def fill_beside(
    services: Services, *, anew: bool, progress: Callable[[str], None] = lambda _code: None
) -> Filled:
    """Write every case file into an index beside the one in use, and put it in its place.

    What the one beside has already is kept unless it is to begin ``anew``: so a fill that was
    killed goes on. Searches are answered by the one in use to the end. What a copy does not give
    now is taken over as the one in use has it.

    Raises:
        SearchUnavailableError: the index does not take it, or somebody began another.
    """
    index = services.index
    beside = (None if anew else index.beside()) or index.begin_beside()
    done: set[UUID] = set()
    empty: set[UUID] = set()
    unread: set[UUID] = set()
    for _ in range(_ROUNDS):
        missing = list(_missing(services, beside, but=empty | unread))
        if not missing:
            break
        written = write_again(services, missing, progress, beside=beside)
        done |= written.done
        empty |= written.empty
        unread |= written.unread
    if not index.is_outdated():
        for some in parts(list(_missing(services, beside, but=empty))):
            beside.replace_many(some, index.entries(some))
    note_filled(services, beside.identity())
    index.take_over()
    adopt_index(services)
    return Filled(len(done), sorted({*unread, *_missing(services, index, but=empty)}))


def parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """As many ids as one question takes, then the next ones."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _missing(services: Services, index: SearchIndex, *, but: Collection[UUID]) -> Iterator[UUID]:
    held = CaseFile.version_stored > 0, IS_HELD
    with services.read_only() as session:
        ids = session.scalars(select(CaseFile.id).where(*held).order_by(CaseFile.code)).all()
    for some in parts([identifier for identifier in ids if identifier not in but]):
        has = index.holds(some)
        yield from (identifier for identifier in some if identifier not in has)
