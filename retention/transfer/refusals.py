"""Why an act on a transfer is refused, and the questions that every act asks first."""

import datetime as dt

from archive_service import clock
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.text import telling_line


class TransferStateError(ConflictError):
    """The transfer is not where this act needs it; ``next`` of ``labels.transfer-next``."""


class TransferWordsError(InputError):
    """A word that the act needs is missing or too long."""


class TransferAgenciesError(InputError):
    """One register is of one agency, whose head approves it."""


class TransferTooLongError(InputError):
    """More case files than one register may name."""


class TransferOwnError(NotAllowedError):
    """Who composed the register does not approve it."""


class TransferUnreadError(ConflictError):
    """The register was proposed by itself: an archivist reads it before the head decides."""


class TransferStaleError(ConflictError):
    """The register is not the one that was shown, or its case files are not as they were."""


class TransferDayError(InputError):
    """The day of a paper lies ahead, or before what it follows."""


class TransferItemsError(InputError):
    """Case files are named that are not on it, or not in a state for the act: all ``codes``."""


class TransferNothingDueError(ConflictError):
    """No case file is to be registered by now, and none was named."""


class TransferFolderError(InputError):
    """The folder has something in it that is not of this transfer."""


class TransferBoundError(ConflictError):
    """``partner`` has the register already: it is withdrawn there, and not sent to another one."""


class TransferNotYetWantedError(ConflictError):
    """The receiving archive takes it from a day on that lies ahead: ``on``."""


class TransferDirectionError(ConflictError):
    """The act is the giving archive's, or the receiving one's, and this is the other."""


class TransferEmptyError(ConflictError):
    """Nothing stands on the register any more; it is withdrawn, or case files are added."""


def not_there(row: Transfer, act: str) -> TransferStateError:
    """The refusal of an act that the state of the transfer does not allow."""
    state, way = row.state.value, row.direction.value
    return TransferStateError(number=row.name, state=state, act=act, next=f"{way}-{state}")


def require_direction(row: Transfer, act: str, direction: TransferDirection) -> None:
    """``TransferDirectionError`` unless we hand over, or take in, as the act needs."""
    if row.direction is not direction:
        raise TransferDirectionError(number=row.name, act=act)


def require_day(day: dt.date, after: dt.date | None) -> None:
    """``TransferDayError`` of a paper of a day to come, or before what it follows."""
    today = clock.today()
    if day > today or (after is not None and day < after):
        raise TransferDayError(day=day, first=after or day, today=today)


def words(field: str, text: str, longest: int) -> str:
    """The words without needless blanks; ``TransferWordsError`` where there are none."""
    plain = telling_line(text)
    if not plain or len(plain) > longest:
        raise TransferWordsError(field=field, longest=longest, given=len(plain))
    return plain
