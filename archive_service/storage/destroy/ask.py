"""Each place of a removal asked anew, long after, whether anything of the case file is there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from archive_service.errors import ArchiveError
from archive_service.storage.copies.identity import identify
from archive_service.storage.destroy.places import CopyNotConnectedError, Place
from archive_service.storage.destroy.run import COPY, RESERVE, Round, Run
from archive_service.storage.port import ObjectStore


@dataclass(frozen=True, slots=True)
class Asked:
    """A copy, and who sees every version in it below a folder, marks of deletion too."""

    store: ObjectStore
    iter_left: Callable[[str], Iterator[str]]


def ask(
    turn: Round, copies: Mapping[str, Asked], places: Mapping[str, Place]
) -> dict[str, int | str]:
    """Place → how much is there, or the code of what keeps it from telling; changes nothing."""
    (run,) = turn.runs
    facts: dict[str, int | str] = {}
    since = [f"{COPY}:{name}" for name in copies if f"{RESERVE}:{name}" not in run.places()]
    for place in dict.fromkeys([*run.places(), *since, *places]):
        try:
            facts[place] = _left(turn, run, place, copies, places)
        except ArchiveError as trouble:
            count = trouble.facts.get("count")
            facts[place] = count if isinstance(count, int) else trouble.code
    return facts


def _left(
    turn: Round,
    run: Run,
    place: str,
    copies: Mapping[str, Asked],
    places: Mapping[str, Place],
) -> int | str:
    kind, _, name = place.partition(":")
    if kind in (COPY, RESERVE):
        found = copies.get(name)
        if found is None:
            raise CopyNotConnectedError(copy=name)
        identify(found.store, turn.identities.get(name))
        return sum(1 for _ in found.iter_left(run.root))
    if place not in places:
        return "place-unknown"
    for trouble in places[place].left([run.remains(place)]).values():
        raise trouble
    return 0
