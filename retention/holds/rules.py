"""Legal holds (tạm dừng xử lý): what is held is neither edited, moved, handed on nor destroyed.

Digitization, fixity checks and repair go on. An order names case files, what a search found, or a
whole fonds; each case file it holds, or the fonds, is a hold that may be lifted alone.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import display_names
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import (
    LONGEST_AUTHORITY,
    LONGEST_REASON,
    HoldOrder,
    HoldScope,
)
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.text import telling_line


class HoldNotFoundError(NotFoundError):
    """No hold and no order bears this id, or it is not this account's to know."""


class HoldLiftedError(ConflictError):
    """It was lifted before."""


class HoldWordsError(InputError):
    """A hold names its reason and the paper of the authority that it rests on."""


class HoldLiftWordsError(HoldWordsError):
    """Whoever lifts a hold says why."""


class HoldDayError(InputError):
    """The day up to which it is meant to last lies in the past."""


class HoldNothingError(InputError):
    """What the order names holds no case file that could be held."""


class HoldScopeError(InputError):
    """Nothing is named to be held, or several at once: ``given``, of ``HoldScope``."""


class HoldPlacerError(NotAllowedError):
    """Only who placed it, or an account of the same role, lifts it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Why things are held, by which paper, and up to which local day it is meant to last."""

    reason: str
    authority: str
    until: dt.date | None = None

    def checked(self) -> "Wish":
        """The same with its words put right; ``HoldWordsError``, ``HoldDayError``."""
        if self.until is not None and self.until < clock.today():
            raise HoldDayError(day=self.until)
        reason = checked_words("reason", self.reason, LONGEST_REASON)
        authority = checked_words("authority", self.authority, LONGEST_AUTHORITY)
        return Wish(reason, authority, self.until)


def require_one_scope(*, codes: bool, search: bool, fonds: bool) -> None:
    """``HoldScopeError`` unless exactly one is named; an order holds what it says, and no more."""
    named = {HoldScope.CASE_FILES: codes, HoldScope.SEARCH: search, HoldScope.FONDS: fonds}
    given = [scope.value for scope, is_named in named.items() if is_named]
    if len(given) != 1:
        raise HoldScopeError(given=given)


def require_placer(session: Session, order: HoldOrder, actor: Actor) -> None:
    """``HoldPlacerError`` unless the account placed it, or has the role that it was placed under.

    An administrator, or whoever else may lift holds of their own, lifts none of another office.
    """
    if actor.account != order.placed_by and actor.role.value != order.placed_role:
        raise HoldPlacerError(by=name_of(session, order.placed_by), role=order.placed_role)


def name_of(session: Session, account: str) -> str:
    """The account as people know it."""
    return display_names(session, [account]).get(account, account)


def checked_words(
    name: str, text: str, longest: int, refused: type[HoldWordsError] = HoldWordsError
) -> str:
    """The words on one line; ``refused`` where nothing is said, or too much."""
    words = telling_line(text)
    if not words or len(words) > longest:
        raise refused(field=name, longest=longest, given=len(words))
    return words
