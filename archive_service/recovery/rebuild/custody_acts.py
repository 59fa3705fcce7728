"""Acts of custody read back: those of one copy, and those that only another got before a kill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from archive_service import clock
from archive_service.domain.keeping import act as rows
from archive_service.errors import ArchiveError
from archive_service.log import logger
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.storage.acts import ACTS, Act, read_act
from archive_service.storage.port import ObjectNotFoundError, ObjectStore
from archive_service.storage.staging import Staging


@dataclass(frozen=True, slots=True)
class HeldAct:
    """An act, the copy it was read from, and whether all the others hold it too."""

    act: Act
    holder: ObjectStore
    everywhere: bool


def iter_held(copy: ObjectStore, others: Sequence[ObjectStore]) -> Iterator[HeldAct]:
    """Every act that ``copy`` or one of ``others`` holds, once.

    Raises:
        ActDamagedError: an act of ``copy``; one that only another holds, damaged, is an alarm.
    """

    def held(key: str) -> HeldAct:
        return HeldAct(read_act(copy, key), copy, held_by_all(others, key))

    known = set()
    keys = (key for key in copy.iter_keys(f"{ACTS}/") if key.endswith(".json"))
    for one in side_by_side(held, keys):
        known.add(one.act.key)
        yield one
    for other in others:
        for key in other.iter_keys(f"{ACTS}/"):
            if key in known or not key.endswith(".json"):
                continue
            try:
                act = read_act(other, key)
            except ArchiveError as trouble:
                logger().error("integrity-alarm", copy=other.name, code=trouble.code, key=key)
                continue
            known.add(key)
            yield HeldAct(act, other, everywhere=False)


def stage_companions(staging: Staging, held: HeldAct) -> None:
    """A file beside an act waits in staging, as it did before it went out the first time."""
    for key, digest in held.act.companions().items():
        if not staging.has(digest):
            with held.holder.open(key) as source:
                staging.receive(source)


def row_of_act(held: HeldAct, *, written: bool) -> rows.Act:
    """Its row; ``written``: nothing of it is to go out any more."""
    said = held.act.document
    companion = next(iter(said.get("companions", [])), None)
    return rows.Act(
        id=UUID(said["id"]),
        kind=said["kind"],
        subject_id=said["subject_id"],
        at=clock.parse_iso(said["at"]),
        document=said["body"],
        companion_sha256=companion and companion["sha256"],
        companion_suffix=companion["name"].rpartition(".")[2] if companion else "",
        written=written,
    )


def held_by_all(copies: Sequence[ObjectStore], key: str) -> bool:
    """Whether something lies under this key in each of them."""
    try:
        for copy in copies:
            copy.stat(key)
    except ObjectNotFoundError:
        return False
    return True
