"""Database, staging, copies and index that end their process, as ``kill -9`` does, at a moment."""

import dataclasses
import datetime as dt
import io
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO
from uuid import UUID

from archive_service import audit
from archive_service.db.unit_of_work import Database, SqlUnitOfWork
from archive_service.jobs.ledger import JobLedger
from archive_service.services import Services
from archive_service.storage.port import ObjectStore, TreeFile
from archive_service.storage.staging import FolderStaging, StagedObject
from search.port import Begun, Dimension, Entry, Page, Query, SearchIndex, Visibility
from tests.worlds.stored_objects import LyingStore


class Moment(StrEnum):
    """When a process may die.

    After a commit, a receipt into staging or an index step it may as well be before the commit
    that follows. Of the writes to copies each is a moment of its own: they go on side by side.
    """

    COMMIT = "commit"  # all is ready, nothing is committed
    STAGE = "stage"  # a part of the bytes, or of many small files, has come into staging
    WRITE = "write"  # half of the bytes of an act, a segment or a root inventory are written
    PUBLISH = "publish"  # half of the files of a version are written
    WRITTEN = "written"  # a copy has an act, a segment, an inventory or a version; nobody knows yet
    ERASE = "erase"  # half of an object is erased from a copy
    ERASED = "erased"  # all of it is, and nobody knows yet
    INDEX = "index"  # a part of a case file's words has come into the index


class Killer:
    """Counts the moments of one kind and ends the process at the k-th."""

    def __init__(self, moment: Moment, at: int) -> None:
        self._moment = moment
        self._left = at
        self._lock = threading.Lock()  # copies are written side by side

    def is_due(self, moment: Moment) -> bool:
        """Count this moment; whether the process is to die in it."""
        if moment is not self._moment:
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0


class Census(Killer):
    """Kills nobody, and counts the moments of each kind."""

    def __init__(self) -> None:
        super().__init__(Moment.COMMIT, 0)
        self.counts: Counter[str] = Counter()

    def is_due(self, moment: Moment) -> bool:
        """Never."""
        with self._lock:
            self.counts[moment] += 1
        return False


def die() -> None:
    """No handler, no ``finally``, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


class KillingDatabase(Database):
    """The database of ``other``, under a killer."""

    def __init__(self, other: Database, killer: Killer) -> None:
        super().__init__(other.engine, audit.chain_pending)
        self._killer = killer

    def unit_of_work(self) -> SqlUnitOfWork:
        """See ``Database.unit_of_work``."""
        return _KillingUnitOfWork(self, self._killer)


class _KillingUnitOfWork(SqlUnitOfWork):
    def __init__(self, database: Database, killer: Killer) -> None:
        super().__init__(database.engine, audit.chain_pending)
        self._killer = killer

    def commit(self) -> None:
        """See ``UnitOfWork.commit``."""
        if self._killer.is_due(Moment.COMMIT):
            die()
        super().commit()


class KillingStaging(FolderStaging):
    """The staging below ``root``, under a killer: it dies while the bytes are on their way."""

    def __init__(self, root: Path, killer: Killer) -> None:
        super().__init__(root)
        self._killer = killer

    def receive(self, source: IO[bytes], *, limit_bytes: int | None = None) -> StagedObject:
        """See ``Staging.receive``."""
        due = self._killer.is_due(Moment.STAGE)
        staged = super().receive(_Torn(source) if due else source, limit_bytes=limit_bytes)
        if due:  # there was nothing to read
            die()
        return staged

    def receive_each(self, openers: Sequence[Callable[[], IO[bytes]]]) -> list[StagedObject]:
        """See ``Staging.receive_each``."""
        if self._killer.is_due(Moment.STAGE):
            super().receive_each(openers[: len(openers) // 2])
            die()
        return super().receive_each(openers)


class KillingIndex:
    """The index ``other``, under a killer: it dies with the first words taken."""

    def __init__(self, other: SearchIndex, killer: Killer) -> None:
        self._other = other
        self._killer = killer

    def replace_many(self, case_file_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """See ``SearchIndex.replace_many``."""
        self._other.replace_many(case_file_ids, self._torn(entries))

    def remove(self, case_file_ids: Collection[UUID]) -> None:
        """See ``SearchIndex.remove``."""
        self._other.remove(case_file_ids)

    def entries(self, case_file_ids: Collection[UUID]) -> Iterator[Entry]:
        """See ``SearchIndex.entries``."""
        return self._other.entries(case_file_ids)

    def contents(self, case_file_ids: Collection[UUID] | None = None) -> Iterator[tuple[UUID, str]]:
        """Digests of the index itself."""
        return self._other.contents(case_file_ids)

    def holds(self, case_file_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """See ``SearchIndex.holds``."""
        return self._other.holds(case_file_ids)

    def at_once(self) -> AbstractContextManager[SearchIndex]:
        """See ``SearchIndex.at_once``."""
        return self._other.at_once()

    def search(self, query: Query) -> Page:
        """See ``SearchIndex.search``."""
        return self._other.search(query)

    def case_files(self, query: Query) -> Iterator[UUID]:
        """See ``SearchIndex.case_files``."""
        return self._other.case_files(query)

    def facets(self, query: Query) -> Mapping[Dimension, Mapping[str, int]]:
        """See ``SearchIndex.facets``."""
        return self._other.facets(query)

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """See ``SearchIndex.known``."""
        return self._other.known(words, visible)

    def begun(self, words: Sequence[str], visible: Visibility, *, limit: int) -> Sequence[Begun]:
        """See ``SearchIndex.begun``."""
        return self._other.begun(words, visible, limit=limit)

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """See ``SearchIndex.counts``."""
        return self._other.counts(queries)

    def tidy(self, seconds: float) -> None:
        """See ``SearchIndex.tidy``."""
        self._other.tidy(seconds)

    def clear(self) -> None:
        """See ``SearchIndex.clear``."""
        self._other.clear()

    def count(self) -> int:
        """See ``SearchIndex.count``."""
        return self._other.count()

    def identity(self) -> str:
        """See ``SearchIndex.identity``."""
        return self._other.identity()

    def is_outdated(self) -> bool:
        """See ``SearchIndex.is_outdated``."""
        return self._other.is_outdated()

    def beside(self) -> SearchIndex | None:
        """See ``SearchIndex.beside``."""
        return self._other.beside()

    def begin_beside(self) -> SearchIndex:
        """See ``SearchIndex.begin_beside``."""
        return self._other.begin_beside()

    def take_over(self) -> None:
        """See ``SearchIndex.take_over``."""
        self._other.take_over()

    def _torn(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        return _torn_entries(entries) if self._killer.is_due(Moment.INDEX) else entries


def _torn_entries(entries: Iterable[Entry]) -> Iterator[Entry]:
    yield next(iter(entries))
    die()


class KillingStore(LyingStore):
    """A copy under a killer: it dies while the bytes are on their way, or when they are there."""

    def __init__(self, store: ObjectStore, killer: Killer) -> None:
        super().__init__(store, lambda _key, data, _nth: data)
        self._killer = killer

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.put``."""
        with self._deadly(Moment.WRITE) as due:
            super().put(key, _Torn(source) if due else source, size=size, sha256=sha256)

    def replace(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.replace``."""
        with self._deadly(Moment.WRITE) as due:
            super().replace(key, _Torn(source) if due else source, size=size, sha256=sha256)

    def put_tree(
        self, folder: str, files: Sequence[TreeFile], *, locked_until: dt.datetime | None = None
    ) -> None:
        """See ``ObjectStore.put_tree``."""
        with self._deadly(Moment.PUBLISH) as due:
            whole = len(files) // 2 if due else len(files)
            super().put_tree(
                folder, [*files[:whole], *map(_torn_file, files[whole:])], locked_until=locked_until
            )

    @contextmanager
    def _deadly(self, moment: Moment) -> Iterator[bool]:
        """Whether the process is to die within; at the latest afterwards, if nothing was read."""
        due = self._killer.is_due(moment)
        yield due
        if due or self._killer.is_due(Moment.WRITTEN):
            die()


class _Torn(io.BytesIO):
    """Gives the first bytes, and dies when asked for the rest."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__(source.read())

    def read(self, size: int | None = -1, /) -> bytes:
        """A few bytes, once."""
        if self.tell():
            die()
        return super().read(7 if size is None or size < 0 else min(size, 7))


def _torn_file(file: TreeFile) -> TreeFile:
    return dataclasses.replace(file, open=lambda: _Torn(file.open()))


def under(services: Services, killer: Killer) -> Services:
    """The same services, each of whose commits and writes may be the last.

    Staging is that of a home with the default settings; all else may be on servers.
    """
    home = services.settings.home
    database = KillingDatabase(services.database, killer)
    return dataclasses.replace(
        services,
        database=database,
        jobs=JobLedger(database, services.jobs.policy),
        staging=KillingStaging(home / "staging", killer),
        index=KillingIndex(services.index, killer),
        stores=tuple(KillingStore(copy, killer) for copy in services.stores),
        reserve_stores=tuple(KillingStore(copy, killer) for copy in services.reserve_stores),
    )
