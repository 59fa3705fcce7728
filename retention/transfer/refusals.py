"""Why an act on a transfer is refused, and the questions that every act asks first."""

import datetime as dt

from archive_service import clock
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.text import telling_line


class TransferStateError(ConflictError):
    """The transfer is not where this act needs it; ``next`` of ``labels.transfer-next``."""

    code = "transfer-state"


class TransferWordsError(InputError):
    """A word that the act needs is missing or too long."""

    code = "transfer-words"


class TransferAgenciesError(InputError):
    """One register is of one agency, whose head approves it."""

    code = "transfer-agencies"


class TransferTooLongError(InputError):
    """More case files than one register may name."""

    code = "transfer-too-long"


class TransferOwnError(NotAllowedError):
    """Who composed the register does not approve it."""

    code = "transfer-own"


class TransferUnreadError(ConflictError):
    """The register was proposed by itself: an archivist reads it before the head decides."""

    code = "transfer-unread"


class TransferStaleError(ConflictError):
    """The register is not the one that was shown, or its case files are not as they were."""

    code = "transfer-stale"


class TransferDayError(InputError):
    """The day of a paper lies ahead, or before what it follows."""

    code = "transfer-day"


class TransferItemsError(InputError):
    """Case files are named that are not on it, or not in a state for the act: all ``codes``."""

    code = "transfer-items"


class TransferNothingDueError(ConflictError):
    """No case file is to be registered by now, and none was named."""

    code = "transfer-nothing-due"


class TransferFolderError(InputError):
    """The folder has something in it that is not of this transfer."""

    code = "transfer-folder"


class TransferBoundError(ConflictError):
    """``partner`` has the register already: it is withdrawn there, and not sent to another one."""

    code = "transfer-bound"


class TransferNotYetWantedError(ConflictError):
    """The receiving archive takes it from a day on that lies ahead: ``on``."""

    code = "transfer-not-yet-wanted"


class TransferDirectionError(ConflictError):
    """The act is the giving archive's, or the receiving one's, and this is the other."""

    code = "transfer-direction"


class TransferEmptyError(ConflictError):
    """Nothing stands on the register any more; it is withdrawn, or case files are added."""

    code = "transfer-empty"


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
        raise TransferWordsError(field=field, longest=longest)
    return plain
