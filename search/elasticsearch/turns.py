"""Which entries count: one small document of the index, changed by compare-and-set.

Elasticsearch changes one document at a time, and a case file has many entries. So each replacement
writes its entries under a *generation* of its own, announced here as coming. Searchers leave out
what is hidden and what was announced after they had read this document. One change of it then shows
the new generation and hides the old ones, which are deleted afterwards. A process killed on the way
leaves a hidden generation, which the next replacement of that case file takes away.
"""

import random
import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import elasticsearch

from search.elasticsearch.client import Server
from search.elasticsearch.form import IN_HAND, Json
from search.port import SearchUnavailableError

_PATIENCE_S = 30.0
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Turn:
    """The document as it was at one moment."""

    number: int = 0
    hidden: frozenset[str] = frozenset()
    coming: frozenset[str] = frozenset()  # of those hidden
    index: str | None = None  # where it was read: another may take over while one searches

    def conditions(self) -> list[Json]:
        """Query clauses that exclude entries of turns that do not count."""
        late: Json = {"range": {"turn": {"gt": self.number}}}
        return [late, {"terms": {"generation": sorted(self.hidden)}}] if self.hidden else [late]


@dataclass(frozen=True, slots=True)
class Gone:
    """Generations whose entries are to be deleted.

    Somebody may still be writing those that were coming: they stay hidden beyond their deletion,
    until the case file is indexed once more.
    """

    generations: frozenset[str] = frozenset()
    at_rest: frozenset[str] = frozenset()


def new_generation(case_file_id: UUID) -> str:
    """A name for one replacement of one case file."""
    return f"{case_file_id}:{uuid4().hex[:16]}"


def read_turn(client: elasticsearch.Elasticsearch, alias: str) -> Turn:
    """Read the turn that is in force now."""
    return _read(client, alias)[0]


class Turns:
    """The document of one index, as a writer sees it; ``alias`` names just that index."""

    def __init__(self, server: Server, alias: str) -> None:
        self._server = server
        self._alias = alias
        self._last: tuple[Turn, Json] | None = None  # as this writer left it; others may be ahead

    def announce(self, generations: Iterable[str]) -> int:
        """Hide what will come until ``show``; the number that its entries are to carry."""
        new = frozenset(generations)
        return self._change(
            lambda turn: Turn(turn.number + 1, turn.hidden | new, turn.coming | new)
        ).number

    def show(
        self, case_files: AbstractSet[str], *, mine: AbstractSet[str], seen: AbstractSet[str]
    ) -> Gone:
        """Let ``mine`` take the place of all else of the case files; what is gone now.

        ``seen`` are the generations that have entries; those announced are known here.

        Raises:
            SearchUnavailableError: another process took the place of one of ``mine``.
        """
        gone = Gone()

        def shown(turn: Turn) -> Turn:
            nonlocal gone
            if not mine <= turn.coming:
                detail = "another process indexes the same case file"
                raise SearchUnavailableError(index=self._server.alias, detail=detail)
            others = {entry_id for entry_id in turn.hidden if _case_file(entry_id) in case_files}
            old = frozenset(seen | others) - mine
            gone = Gone(old, old - turn.coming)
            return Turn(turn.number + 1, (turn.hidden | old) - mine, turn.coming - mine - old)

        self._change(shown)
        return gone

    def forget(self, generations: AbstractSet[str]) -> None:
        """They have no entry any more, and nobody writes one."""
        if generations:
            self._change(
                lambda turn: Turn(
                    turn.number + 1, turn.hidden - generations, turn.coming - generations
                )
            )

    def _change(self, change: Callable[[Turn], Turn]) -> Turn:
        until = time.monotonic() + _PATIENCE_S
        with self._server.asked() as client:
            while True:
                turn, expected = self._last or _read(client, self._alias)
                known, self._last = self._last, None
                try:
                    changed = change(turn)
                except SearchUnavailableError:
                    if known is None:
                        raise
                    continue
                try:
                    answer = client.index(
                        index=self._alias,
                        id=IN_HAND,
                        document=_document(changed),
                        require_alias=True,
                        **expected,
                    )
                except elasticsearch.ConflictError:  # another was quicker
                    if time.monotonic() > until:
                        raise
                    if known is None:
                        time.sleep(random.uniform(0, _PAUSE_S))
                    continue
                self._last = changed, _expected(answer)
                return changed


def _document(turn: Turn) -> Json:
    return {"turns": turn.number, "hidden": sorted(turn.hidden), "coming": sorted(turn.coming)}


def _expected(answer: Any) -> Json:
    """Sequence number and term that the next write has to find unchanged."""
    return {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}


def _case_file(generation: str) -> str:
    return generation.partition(":")[0]


def _read(client: elasticsearch.Elasticsearch, alias: str) -> tuple[Turn, Json]:
    try:
        found = client.get(index=alias, id=IN_HAND)
    except elasticsearch.NotFoundError as error:
        if "found" not in error.body:  # it is the index that is not there
            raise
        return Turn(), {"op_type": "create"}
    source = found["_source"]
    hidden, coming = frozenset(source["hidden"]), frozenset(source["coming"])
    turn = Turn(source["turns"], hidden, coming, found["_index"])
    return turn, _expected(found)
