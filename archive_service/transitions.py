"""Acts on a noun and its states: which act is open where, to whom, and where it leads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from archive_service import access
from archive_service.document import NextActDocument
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError

_State = TypeVar("_State")
_Row = TypeVar("_Row")
_Kind = TypeVar("_Kind", bound="Transition[Any]")


@dataclass(frozen=True, slots=True)
class Transition(Generic[_State]):
    """One act: who may do it, from which states, and the states that it may lead to.

    ``needs`` are what must be there first beyond the state: keys of the noun's ``labels.…-need``.
    """

    right: str
    states: tuple[_State, ...]
    after: tuple[_State, ...] = ()  # none: it stays where it was
    needs: tuple[str, ...] = field(default=(), kw_only=True)

    def is_open(self, row: Any) -> bool:  # Any: a row of the noun
        """Whether the act is open where the row stands."""
        return row.state in self.states

    def leads_to(self, to: _State | None = None) -> _State:
        """The state after it: the first of them, or ``to``."""
        after = self.after[0] if to is None else to
        if after not in self.after:
            raise ValueError(f"this act does not lead to {after}")
        return after


@dataclass(frozen=True, slots=True, eq=False)
class Transitions(Mapping[str, _Kind], Generic[_Row, _Kind]):
    """The acts of one noun by their names; ``refusal`` is that of an act that is not open."""

    acts: Mapping[str, _Kind]
    refusal: Callable[[_Row, str], ArchiveError]

    def __getitem__(self, act: str) -> _Kind:
        return self.acts[act]

    def __iter__(self) -> Iterator[str]:
        return iter(self.acts)

    def __len__(self) -> int:
        return len(self.acts)

    def is_open(self, row: _Row, act: str) -> bool:
        """Whether the act is open where the row stands."""
        return self.acts[act].is_open(row)

    def require_open(self, row: _Row, act: str) -> None:
        """The refusal of an act that is not."""
        if not self.is_open(row, act):
            raise self.refusal(row, act)

    def next_act(self, act: str, role: str, lacks: Iterable[str] | None = None) -> NextActDocument:
        """The act as ``next`` tells it; ``lacks`` are those of its needs not met, else all."""
        needs = self.acts[act].needs if lacks is None else lacks
        return NextActDocument(act=act, role=role, needs=list(needs))

    def move(self, row: Any, act: str, to: Any = None) -> None:  # Any: of the noun, and its states
        """Put the locked row where the act leads, ``to`` one of several; else refuse."""
        self.require_open(row, act)
        row.state = self.acts[act].leads_to(to)

    def may(self, row: Any, act: str, actor: Actor) -> bool:  # Any: of the noun, and an agency's
        """Whether it is open where the row stands, and the account's to do."""
        return self.is_open(row, act) and access.may(actor, self.acts[act].right, row)

    def require(self, row: Any, act: str, actor: Actor) -> None:  # Any: as above
        """Refuse an act that is not the account's to do, or not open.

        Raises:
            ActNotAllowedError: not the account's.
        """
        access.require(actor, self.acts[act].right, row)
        self.require_open(row, act)
