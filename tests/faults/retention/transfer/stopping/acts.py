"""What may come between sending and the end of a transfer, by a process that may be killed."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from tests.faults.retention.transfer.world import Passage, reopened
from tests.worlds.damage.killing import Census, Killer, Moment


def _on_its_way(world: Passage) -> None:
    world.send()
    world.receive(0)


def _stopped(world: Passage) -> None:
    world.hold(0)
    world.toil(world.giver)


def _answered(world: Passage) -> None:
    world.toil(world.receiver)
    world.decide(frozenset([1]))
    world.toil(world.receiver)
    world.answer()
    world.read(0)
    world.lift()


# What is killed, and what others do before it, each in a process of its own.
Step = tuple[Callable[[Passage], None] | None, Callable[[Passage], None]]
HELD: tuple[Step, ...] = (
    (None, lambda world: world.send()),
    (None, lambda world: world.receive(0)),
    (_stopped, lambda world: world.tell()),
    (None, lambda world: world.receive(1)),
    (_answered, lambda world: world.correct()),
    (None, lambda world: world.send()),
    (None, lambda world: world.receive(1)),
)
WITHDRAWN: tuple[Step, ...] = (
    (_on_its_way, lambda world: world.withdraw()),
    (None, lambda world: world.tell()),
    (None, lambda world: world.receive(1)),
)
WAYS = {"held": HELD, "withdrawn": WITHDRAWN}


def ready(place: Path, row: UUID, way: str, number: int) -> None:
    """What comes before a step."""
    before, _ = WAYS[way][number]
    with reopened(place, row) as world:
        if before is not None:
            before(world)


def counted(place: Path, row: UUID, way: str, number: int, counts: Path) -> None:
    """A step, unkilled; its moments of each kind into ``counts``."""
    census = Census()
    with reopened(place, row) as world:
        world.killer = census
        WAYS[way][number][1](world)
        world.check()
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def killed(place: Path, row: UUID, way: str, number: int, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    with reopened(place, row) as world:
        world.killer = Killer(moment, at)
        WAYS[way][number][1](world)


def restart(place: Path, row: UUID, way: str, number: int) -> None:
    """It is done again; then both archives tell each other all, and agree."""
    with reopened(place, row) as world:
        world.check()
        WAYS[way][number][1](world)
        world.check()
        world.finish()
