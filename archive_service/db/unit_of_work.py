"""The unit of work: what commits together, and the order in which it is sealed."""

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import Engine, String, event, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, Session

from archive_service import clock
from archive_service.db.engine import WRITING
from archive_service.db.troubles import (
    DatabaseUnreachableError,
    StaleWriteError,
    ValueNotStorableError,
    in_our_words,
)

__all__ = [
    "Database",
    "DatabaseUnreachableError",
    "SqlUnitOfWork",
    "StaleWriteError",
    "UnitOfWork",
    "ValueNotStorableError",
]

# Taken last, just before the audit chain is extended; any number that nobody else uses.
_WRITE_LOCK = 0x5EA1


class UnitOfWork(Protocol):
    """One transaction; nothing of it stands unless ``commit`` returned."""

    @property
    def session(self) -> Session:
        """The session whose changes commit together."""

    def commit(self) -> None:
        """Seal the audit events of this unit, then commit; ``StaleWriteError`` if overtaken."""


class SqlUnitOfWork:
    """A unit of work on a database; leaving the block without ``commit`` rolls back."""

    def __init__(self, engine: Engine, before_commit: Callable[[Session], None]) -> None:
        self._engine = engine
        self._before_commit = before_commit
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
            if (told := in_our_words(error)) is not None:
                raise told from error
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            self._session.close()  # rolls back what was not committed
            self._session = None
        if (told := in_our_words(error)) is not None:
            raise told from error


class Database:
    """Where units of work and read-only sessions come from."""

    def __init__(self, engine: Engine, before_commit: Callable[[Session], None]) -> None:
        self.engine = engine
        self._before_commit = before_commit

    def unit_of_work(self) -> SqlUnitOfWork:
        """A new unit of work; on SQLite it takes the write lock at its first statement."""
        return SqlUnitOfWork(self.engine, self._before_commit)

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
            if (told := in_our_words(error)) is not None:
                raise told from error
            raise

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def take_write_lock(session: Session) -> None:
    """From here to its end, no other unit of work commits: as SQLite has it from the beginning."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
    else:
        session.connection()


def moment_of(session: Session) -> dt.datetime:
    """What time it is for all machines: the server's clock, or this machine's on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        return clock.of_database(session.scalars(select(func.clock_timestamp())).one())
    return clock.now()


@event.listens_for(Session, "before_flush")
def _refuse_long(session: Session, *_: object) -> None:
    """SQLite holds a text of any length in a column of ten letters; PostgreSQL does not."""
    for row in (*session.new, *session.dirty):
        mapper = inspect(row).mapper
        for name, most in _bounded(mapper):
            value = row.__dict__.get(name)
            if isinstance(value, str) and len(value) > most:
                column = f"{mapper.local_table.name}.{name}"
                raise ValueNotStorableError(reason=f"{column}: {len(value)} > {most}")


@functools.cache
def _bounded(mapper: Mapper[Any]) -> tuple[tuple[str, int], ...]:
    """The attributes that hold a text, and the characters that fit into each."""
    columns = ((each.key, each.columns[0].type) for each in mapper.column_attrs)
    return tuple(
        (name, kind.length)
        for name, kind in columns
        if isinstance(kind, String) and kind.length is not None
    )
