"""What a database says went wrong, as the errors that callers know what to do with."""

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from archive_service.db.trail_guards import REFUSED
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    IntegrityViolationError,
)

# SQLSTATEs: two transactions could not both stand; the one that is told so tries again.
_OVERTAKEN = ("40001", "40P01")  # serialization_failure, deadlock_detected
_IDLE_TOO_LONG = "25P03"  # the server ended a transaction in which nothing happened
_PATTERN_TOO_LONG = "pattern too complex"  # SQLite of a LIKE over 50,000 bytes
_DAMAGED = ("XX001", "XX002")  # data_corrupted, index_corrupted


class StaleWriteError(ConflictError):
    """Another person or worker changed the same row first; nothing of this act was written."""


class DatabaseUnreachableError(BackendError):
    """The database did not answer, has no connection free, or its disk is full."""


class DatabaseUnreadableError(BackendError):
    """What answers is no database, or a damaged one: its rows cannot be trusted."""


class ValueNotStorableError(InputError):
    """A value that the database cannot hold: too long, too large, or of another kind."""


class TrailKeptError(IntegrityViolationError):
    """Something would change or remove an event or segment: the database refused it."""


def in_our_words(error: BaseException | None) -> ArchiveError | None:
    """The database's errors as ours; ``None`` for any other, and for those that are bugs."""
    if isinstance(error, StaleDataError):  # at the commit, or flushed before by hand or a query
        return StaleWriteError(reason=str(error))
    if isinstance(error, PoolTimeoutError):
        return DatabaseUnreachableError(reason=str(error).partition(" (")[0])
    if not isinstance(error, DBAPIError):
        return None
    if REFUSED in str(error.orig):
        return TrailKeptError()
    state = getattr(error.orig, "sqlstate", None)
    if state in _OVERTAKEN:
        return StaleWriteError(reason=_reason(error))
    if state in _DAMAGED:
        return DatabaseUnreadableError(reason=_reason(error))
    if isinstance(error, IntegrityError):  # the same code, number or open job, a moment earlier
        return StaleWriteError(reason=_reason(error))
    if isinstance(error, DataError) or _PATTERN_TOO_LONG in str(error.orig):
        return ValueNotStorableError(reason=_reason(error))
    if _is_silence(error, state):
        return DatabaseUnreachableError(reason=_reason(error))
    return None


def _is_silence(error: DBAPIError, state: str | None) -> bool:
    """Gone, full, too busy or too slow: another try may do."""
    if isinstance(error, InternalError | InterfaceError):
        return state == _IDLE_TOO_LONG or error.connection_invalidated
    return isinstance(error, OperationalError)


def _reason(error: DBAPIError) -> str:
    """The first line alone: those that follow may quote the row."""
    return str(error.orig).partition("\n")[0]
