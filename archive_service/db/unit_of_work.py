"""The unit of work: what commits together, and the order in which it is sealed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from archive_service.db.engine import WRITING
from archive_service.errors import ArchiveError, BackendError, ConflictError, InputError

# Taken last, just before the audit chain is extended; any number that nobody else uses.
AUDIT_LOCK = 0x5EA1


class StaleWriteError(ConflictError):
    """Another person or worker changed the same row first; nothing of this act was written."""

    code = "stale-write"


class DatabaseUnreachableError(BackendError):
    """The database did not answer, or its disk is full."""

    code = "database-unreachable"


class ValueNotStorableError(InputError):
    """A value that the database cannot hold: too long, too large, or of another kind."""

    code = "value-not-storable"


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
            if self._engine.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                self.session.execute(lock, {"key": AUDIT_LOCK})
            self._before_commit(self.session)
            self.session.commit()
        except SQLAlchemyError as error:
            if (told := _in_our_words(error)) is not None:
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
        if (told := _in_our_words(error)) is not None:
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
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
        except SQLAlchemyError as error:
            if (told := _in_our_words(error)) is not None:
                raise told from error
            raise

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _in_our_words(error: BaseException | None) -> ArchiveError | None:
    """The database's errors as ours; ``None`` for any other."""
    if isinstance(error, StaleDataError):  # at the commit, or flushed before by hand or a query
        return StaleWriteError(reason=str(error))
    if isinstance(error, IntegrityError):  # the same code, number or open job, a moment earlier
        return StaleWriteError(reason=_reason(error))
    if isinstance(error, OperationalError):
        return DatabaseUnreachableError(reason=_reason(error))
    if isinstance(error, DataError):
        return ValueNotStorableError(reason=_reason(error))
    return None


def _reason(error: IntegrityError | OperationalError | DataError) -> str:
    """The first line alone: those that follow may quote the row."""
    return str(error.orig).partition("\n")[0]
