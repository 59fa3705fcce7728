"""Locks that a store itself keeps: until a moment, or as long as a hold stands."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from archive_service import clock
from archive_service.errors import NotAllowedError
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, is_key


class ObjectLockedError(NotAllowedError):
    """The store's own lock refuses it; that is the lock at work, not a fault."""


class ObjectHeldError(NotAllowedError):
    """A legal hold in the store refuses it."""


@dataclass(slots=True)
class Refusals:
    """What a store refused to lock: how many files, and the first of them."""

    count: int = 0
    first: ObjectLockedError | None = None

    def add(self, refusal: ObjectLockedError) -> None:
        """One more."""
        self.count += 1
        self.first = self.first or refusal

    def add_all(self, others: "Refusals") -> None:
        """Those of another run."""
        self.count += others.count
        self.first = self.first or others.first


@runtime_checkable
class Locks(Protocol):
    """A store that locks what it holds; one that cannot is no ``Locks``, and all works without."""

    def longest_lock(self) -> dt.datetime:
        """How far ahead the store locks now, by ``storage.lock_years``."""

    def lock_until(self, key: str, until: dt.datetime) -> None:
        """Lock the newest version till then, at most as long as ``longest_lock``; never shorter.

        A lock that lasts longer already stays. Raises ``ObjectNotFoundError``, and
        ``ObjectLockedError`` where the store refuses to change the lock.
        """

    def locked_until(self, key: str) -> dt.datetime | None:
        """The end of the newest version's lock, ``None`` without one; ``ObjectNotFoundError``."""

    def set_legal_hold(self, key: str, on: bool) -> None:  # noqa: FBT001 - read as a sentence
        """Hold the newest version, or let all versions go; fine if it is so already."""

    def has_legal_hold(self, key: str) -> bool:
        """Whether the newest version is held; ``ObjectNotFoundError``."""


def term_end(ends_on: dt.date | None) -> dt.datetime | None:
    """The moment after the last day of a term; ``None`` where it has no end."""
    if ends_on is None:
        return None
    midnight = dt.time(tzinfo=clock.LOCAL_ZONE)
    return dt.datetime.combine(ends_on, midnight) + dt.timedelta(days=1)


def locked_until(copies: Sequence[ObjectStore], ends_on: dt.date | None) -> dt.datetime | None:
    """Till when a package written now is locked in those copies that lock; ``None`` in none."""
    longest = min((copy.longest_lock() for copy in copies if isinstance(copy, Locks)), default=None)
    end = term_end(ends_on)
    return longest if longest is None or end is None else min(longest, end)


def lock_each(copy: ObjectStore, keys: Iterable[str], until: dt.datetime) -> Refusals:
    """Lock each till then, one after another; what the store refused holds up none that follows.

    A copy without locks has none to refuse. What is not there, or bears a name that no store takes,
    is left to the checks of fixity.
    """
    refusals = Refusals()
    if isinstance(copy, Locks):
        for key in filter(is_key, keys):
            try:
                copy.lock_until(key, until)
            except ObjectLockedError as refusal:
                refusals.add(refusal)
            except ObjectNotFoundError:
                continue
    return refusals


def hold_object(copy: ObjectStore, ocfl_id: str, on: bool) -> int:  # noqa: FBT001 - as above
    """Hold every file of an OCFL object in the store, or let it go; how many, as above."""
    if not isinstance(copy, Locks):
        return 0
    count = 0
    for key in filter(is_key, copy.iter_keys(f"{object_root(ocfl_id)}/")):
        copy.set_legal_hold(key, on)
        count += 1
    return count


def first_unheld(copy: ObjectStore, ocfl_id: str, *, held: bool = True) -> str | None:
    """Read back: the first file of an OCFL object without a hold, or with one where none is due."""
    if not isinstance(copy, Locks):
        return None
    keys = filter(is_key, copy.iter_keys(f"{object_root(ocfl_id)}/"))
    return next((key for key in keys if copy.has_legal_hold(key) is not held), None)
