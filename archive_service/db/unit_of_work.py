"""The unit of work: what commits together, and the order in which it is sealed."""

import datetime as dt
import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import BigInteger, Engine, Integer, String, event, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.types import TypeEngine

from archive_service import clock
from archive_service.db.engine import WRITING
from archive_service.db.openings import Openings
from archive_service.db.troubles import (
    DatabaseUnreachableError,
    StaleWriteError,
    ValueNotStorableError,
    in_our_words,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.declared_term import require_one_term

__all__ = [
    "Database",
    "DatabaseUnreachableError",
    "SqlUnitOfWork",
    "StaleWriteError",
    "UnitOfWork",
    "ValueNotStorableError",
]

# Taken last, just before the audit chain is extended; any number that nobody else uses.
WRITE_LOCK = 0x5EA1
_AFTERWARDS = "archive_afterwards"
_MOMENT = "archive_moment"  # in a session's info: what the server said, and when by our count


class UnitOfWork(Protocol):
    """One transaction; nothing of it stands unless ``commit`` returned."""

    @property
    def session(self) -> Session:
        """The session whose changes commit together."""

    def commit(self) -> None:
        """Seal the audit events of this unit, then commit; ``StaleWriteError`` if overtaken."""


class SqlUnitOfWork:
    """A unit of work on a database; leaving the block without ``commit`` rolls back."""

    def __init__(
        self,
        engine: Engine,
        before_commit: Callable[[Session], None],
        after_commit: Callable[[Session], None] | None = None,
    ) -> None:
        self._engine = engine
        self._before_commit = before_commit
        self._after_commit = after_commit
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """See ``UnitOfWork.session``."""
        if self._session is None:
            raise RuntimeError("a unit of work is used inside its with block")
        return self._session

    def __enter__(self) -> Self:
        writing = self._engine.execution_options(**{WRITING: True})
        self._session = Session(writing, expire_on_commit=False)
        return self

    def commit(self) -> None:
        """See ``UnitOfWork.commit``."""
        try:
            self.session.flush()
            take_write_lock(self.session)
            self._before_commit(self.session)
            self.session.commit()
        except SQLAlchemyError as error:
            if (archive_error := in_our_words(error)) is not None:
                raise archive_error from error
            raise
        if self._after_commit is not None:
            self._after_commit(self.session)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        notes: list[Callable[[Session], None]] = []
        if self._session is not None:
            notes = self._session.info.pop(_AFTERWARDS, notes)
            self._session.close()  # rolls back what was not committed
            self._session = None
        if notes:
            with SqlUnitOfWork(self._engine, self._before_commit, self._after_commit) as own:
                for note in notes:
                    note(own.session)
                own.commit()
        if (archive_error := in_our_words(error)) is not None:
            raise archive_error from error


class Database:
    """Where units of work and read-only sessions come from.

    ``after_commit`` is called when a unit stands, with its session; it neither waits nor fails.
    ``beside`` is what ``before_commit`` reads by, closed with the rest.
    """

    def __init__(
        self,
        engine: Engine,
        before_commit: Callable[[Session], None],
        after_commit: Callable[[Session], None] | None = None,
        *,
        beside: Engine | None = None,
    ) -> None:
        self.engine = engine
        self._beside = beside
        self.openings = Openings(engine)
        self._before_commit = before_commit
        self._after_commit = after_commit

    def unit_of_work(self) -> SqlUnitOfWork:
        """A new unit of work; on SQLite it takes the write lock at its first statement."""
        return SqlUnitOfWork(self.engine, self._before_commit, self._after_commit)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The session of a unit of work that is committed once the block ends without an error."""
        with self.unit_of_work() as uow:
            yield uow.session
            uow.commit()

    @contextmanager
    def read_only(self) -> Iterator[Session]:
        """One consistent view; what is changed in it is thrown away, what was read stays read."""
        try:
            engine = self.engine
            if engine.dialect.name == "postgresql":
                engine = engine.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with Session(engine, expire_on_commit=False, autoflush=False) as session:
                yield session
        except SQLAlchemyError as error:
            if (archive_error := in_our_words(error)) is not None:
                raise archive_error from error
            raise

    def close(self) -> None:
        """Write the openings that wait, and close every pooled connection."""
        self.openings.close()
        for engine in (self.engine, self._beside):
            if engine is not None:
                engine.dispose()


def afterwards(session: Session, note: Callable[[Session], None]) -> None:
    """Do this in a unit of its own once the present one is over, stood it or was rolled back."""
    session.info.setdefault(_AFTERWARDS, []).append(note)


def take_write_lock(session: Session) -> None:
    """From here to its end, no other unit of work commits: as SQLite has it from the beginning."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})
    else:
        session.connection()


def moment_of(session: Session) -> dt.datetime:
    """What time it is for all machines: the server's clock, or this machine's on SQLite.

    The server is asked once a unit of work; from there on this machine counts.
    """
    if session.get_bind().dialect.name != "postgresql":
        return clock.now()
    asked: tuple[dt.datetime, float] | None = session.info.get(_MOMENT)
    if asked is None:
        moment = clock.of_database(session.scalars(select(func.clock_timestamp())).one())
        session.info[_MOMENT] = (moment, time.monotonic())
        return moment
    moment, since = asked
    return moment + dt.timedelta(seconds=time.monotonic() - since)


@event.listens_for(Session, "before_flush")
def _refuse_too_much(session: Session, *_: object) -> None:
    """SQLite holds a text of any length in a column of ten letters; PostgreSQL does not."""
    for row in (*session.new, *session.dirty):
        mapper = inspect(row).mapper
        for name, most in _bounds_of(mapper):
            value = row.__dict__.get(name)
            found = len(value) if isinstance(value, str) else value
            if isinstance(found, int) and abs(found) > most:
                column = f"{mapper.local_table.name}.{name}"
                raise ValueNotStorableError(reason=f"{column}: {found} > {most}")


@event.listens_for(Session, "before_flush")
def _refuse_contradictions(session: Session, *_: object) -> None:
    """Whatever door a change came by, no case file is left with two terms."""
    for row in session.dirty:
        if isinstance(row, CaseFile):
            require_one_term(row)


@functools.cache
def _bounds_of(mapper: Mapper[Any]) -> tuple[tuple[str, int], ...]:
    """The attributes that are bounded: the letters of a text, or the greatest number."""
    columns = ((each.key, each.columns[0].type) for each in mapper.column_attrs)
    bounds = ((name, _bound(kind)) for name, kind in columns)
    return tuple((name, most) for name, most in bounds if most is not None)


def _bound(kind: TypeEngine[Any]) -> int | None:
    if isinstance(kind, String):
        return kind.length
    if isinstance(kind, Integer):
        return (1 << 63 if isinstance(kind, BigInteger) else 1 << 31) - 1
    return None
