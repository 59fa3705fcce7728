"""The file of an FTS5 index: opened for each use, of one form, and one filled beside it."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from search.fts5 import sql
from search.fts5.about import about_told
from search.port import SearchIndexDamagedError, SearchIndexOldError, SearchUnavailableError
from search.relevance import OFTEN_TIMES
from search.words import folding_told
from search.written.signs import signs_told

_BUSY_TIMEOUT_S = 30.0
_BESIDE = "-beside-"  # in the name of the file that is filled to take the place of this one


class IndexFile:
    """SQLite in WAL mode; every use opens it anew, so nothing is held over a fork."""

    def __init__(self, path: Path, *, is_made: bool = True) -> None:
        self.path = path
        self._mode = "rwc" if is_made else "rw"

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, of a file of today's form.

        Raises:
            SearchUnavailableError: it is of another form, and only answers.
        """
        with self.open() as db:
            db.execute("BEGIN IMMEDIATE")
            if is_outdated(db):
                raise SearchUnavailableError(index=self.path.name, detail="of an earlier form")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What stands in it at one moment.

        Raises:
            SearchIndexOldError: it is of another form, without a column that is asked for.
        """
        with self.open() as db:
            db.execute("BEGIN")
            try:
                yield db
            except sqlite3.OperationalError as error:
                if str(error).startswith("no such ") and is_outdated(db):
                    raise SearchIndexOldError(index=self.path.name) from error
                raise

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """The file with its tables."""
        with self._connected() as db:
            _prepare(db)
            yield db

    def clear(self) -> None:
        """Begin empty, and nothing is filled beside; a damaged file is emptied first."""
        try:
            with self._connected() as db:
                _make(db)
        except SearchIndexDamagedError:
            for suffix in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.write_bytes(b"")
            with self._connected() as db:
                _make(db)
        self._let_go()

    def beside(self) -> "IndexFile | None":
        """The file that is being filled, if there is one of today's form."""
        for path in self._others():
            other = IndexFile(path, is_made=False)
            with other.open() as db:
                if not is_outdated(db) and identity_of(db) != self.identity():
                    return other
        return None

    def begin_beside(self) -> "IndexFile":
        """A new, empty one, in place of any that was begun before."""
        self._let_go()
        path = self.path.with_name(f"{self.path.name}{_BESIDE}{uuid4().hex[:8]}")
        with IndexFile(path).open():
            return IndexFile(path, is_made=False)

    def take_over(self) -> None:
        """All of the file beside takes the place of all of this one, in one transaction.

        Nobody writes into the one beside meanwhile: who writes does so there first, then here.
        """
        other = self.beside()
        if other is None:
            raise SearchUnavailableError(index=self.path.name, detail="none is filled beside it")
        with other.writing(), other.open() as source, self._connected() as db:
            source.backup(db)
        self._let_go()

    def identity(self) -> str:
        """See ``SearchIndex.identity``."""
        with self.reading() as db:
            return identity_of(db)

    def _others(self) -> list[Path]:
        found = self.path.parent.glob(f"{self.path.name}{_BESIDE}*")
        return sorted(path for path in found if not path.name.endswith(("-wal", "-shm")))

    def _let_go(self) -> None:
        """Each had a name of its own: who has one open still disturbs no other."""
        for path in self._others():
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            address = f"{self.path.absolute().as_uri()}?mode={self._mode}"
            db = sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            try:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA secure_delete = ON")
                yield db
            finally:
                db.close()  # what was not committed is rolled back
        except (sqlite3.OperationalError, OSError) as error:
            raise SearchUnavailableError(index=self.path.name, detail=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise SearchIndexDamagedError(index=self.path.name, detail=str(error)) from error


def is_outdated(db: sqlite3.Connection) -> bool:
    """Whether its words were folded or laid down otherwise than today."""
    return bool(db.execute("PRAGMA user_version").fetchone()[0] != _FORM)


def identity_of(db: sqlite3.Connection) -> str:
    """See ``SearchIndex.identity``."""
    return str(db.execute(sql.SELECT_IDENTITY).fetchone()[0])


def _prepare(db: sqlite3.Connection) -> None:
    """Tables of today's form where there are none; those of another form go on answering."""
    if not is_outdated(db) or db.execute(sql.COUNT_TABLES).fetchone()[0]:
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    if is_outdated(db):  # else another process was first
        _create(db)
    db.execute("COMMIT")


def _make(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    _create(db)
    db.execute("COMMIT")


def _create(db: sqlite3.Connection) -> None:
    for statement in sql.CREATE:
        db.execute(statement)
    db.execute(sql.INSERT_IDENTITY, (str(uuid4()),))
    db.execute(f"PRAGMA user_version = {_FORM}")


def _form() -> int:
    """A number for tables, folding and Unicode version together.

    Words are taken out of the index by folding the text again, which must give the same words.
    """
    forms = (folding_told(), str(OFTEN_TIMES), about_told(), signs_told())
    statements = "\n".join([*sql.CREATE, *forms])
    return int(hashlib.sha256(statements.encode()).hexdigest()[:7], 16)


_FORM = _form()
