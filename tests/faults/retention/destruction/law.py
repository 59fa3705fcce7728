"""What people decided around a few case files, kept in our own books: the product is not asked."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from archive_service import clock

JOB_ENDED = 2015  # the year, of every case file
SHORT, LONG, EVENT = "M.1", "M.2", "M.3"  # entries of the archive's own schedule
_YEARS = {LONG: 90, EVENT: 2}  # of the first one it is another in each edition


class Stage(enum.StrEnum):
    """Where a list stands."""

    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    EXECUTING = "executing"
    OVER = "executed"


@dataclass(frozen=True)
class Rule:
    """The entry that a case file was put under, with the years that it said then."""

    entry: str
    years: int


@dataclass
class Item:
    """A case file on a list, as it was when it was reviewed; ``goes``: it is to be destroyed."""

    edition: int
    ends: dt.date | None
    goes: bool | None = None
    stands: bool = True


@dataclass
class Listed:
    """A list; the digests of those that the head saw, and of the one that the council heard."""

    id: UUID
    items: dict[int, Item]
    stage: Stage = Stage.PROPOSED
    sha256: str = ""
    heard: str = ""
    shown: list[str] = field(default_factory=list)

    def standing(self) -> dict[int, Item]:
        """Those on which something may still be decided or done."""
        return {number: item for number, item in self.items.items() if item.stands}


@dataclass
class Law:
    """Terms, events, holds, links and lists, and what follows from them."""

    rules: dict[int, Rule]
    editions: dict[int, int]
    files: dict[int, dict[str, int]]  # of each case file how many in each copy
    short: int = 5  # years of the first entry, in the edition that holds
    events: dict[int, set[dt.date]] = field(default_factory=dict)
    holds: dict[UUID, frozenset[int]] = field(default_factory=dict)  # orders, and what they reach
    # The first is named by the other, by its document of this number there.
    links: dict[tuple[int, int], int] = field(default_factory=dict)
    retired: bool = False  # the second copy
    stated: bool = False  # a person said that its medium was destroyed
    lists: list[Listed] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)

    def rule(self, entry: str) -> Rule:
        """The entry as it holds now."""
        return Rule(entry, _YEARS.get(entry, self.short))

    def ends(self, one: int) -> dt.date | None:
        """The last day of its term; ``None``: it waits for an event."""
        rule, begins = self.rules[one], [JOB_ENDED]
        if rule.entry == EVENT:
            days = self.events.get(one)
            if not days:
                return None
            begins.append(max(days).year)
        return dt.date(max(begins) + rule.years, 12, 31)

    def is_over(self, one: int) -> bool:
        """Whether its term is."""
        ends = self.ends(one)
        return ends is not None and ends < clock.today()

    def is_held(self, one: int) -> bool:
        """Whether an order in force reaches it."""
        return any(one in reached for reached in self.holds.values())

    def is_listed(self, one: int, but: Listed | None = None) -> bool:
        """Whether it stands on another list that is not over."""
        others = [each for each in self.lists if each is not but and each.stage is not Stage.OVER]
        return any(one in each.standing() for each in others)

    def may_be_listed(self, one: int, but: Listed | None = None) -> bool:
        """Whether it may be on a list of destruction, or stay there."""
        if one in self.claimed or not self.is_over(one) or self.is_held(one):
            return False
        naming = {by for which, by in self.links if which == one}
        needed = any(
            self.is_held(by) or (by not in self.claimed and not self.is_over(by)) for by in naming
        )
        return not needed and not self.is_listed(one, but)

    def changed(self, listed: Listed) -> set[int]:
        """What is another than the one that was reviewed."""
        return {
            number for number, item in listed.standing().items() if not self._is_same(number, item)
        }

    def may_go(self, listed: Listed, going: set[int]) -> set[int]:
        """What the gate takes of a list, once all that is ``going`` is."""
        if listed.stage is not Stage.EXECUTING:
            return set()
        return {
            number
            for number, item in listed.standing().items()
            if number not in going | self.claimed
            and item.goes
            and self._is_same(number, item)
            and self.is_over(number)
            and not self.is_held(number)
            and {by for which, by in self.links if which == number} <= going | self.claimed
        }

    def expected(self, lists: list[Listed]) -> set[int]:
        """What the gate takes if it is asked for these lists, over and over."""
        going: set[int] = set()
        while more := {number for listed in lists for number in self.may_go(listed, going)}:
            going |= more
        return going

    def open_lists(self) -> Iterator[Listed]:
        """Those that are not over."""
        return (listed for listed in self.lists if listed.stage is not Stage.OVER)

    def _is_same(self, one: int, item: Item) -> bool:
        return (item.edition, item.ends) == (self.editions[one], self.ends(one))
