"""Acts of custody read back, each from the first copy that gives it whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from archive_service import clock
from archive_service.domain.keeping import act as rows
from archive_service.errors import ArchiveError
from archive_service.evidence.noting import act_state
from archive_service.log import logger
from archive_service.recovery.rebuild.left_out import (
    DATABASE,
    LeftOut,
    Passed,
)
from archive_service.recovery.rebuild.listing import iter_keys_of, require_answering
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.proved_acts import ActUnprovedError, ProvedActs
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.recovery.rebuild.trail import iter_segments
from archive_service.storage.acts import ACTS, Act, ActDamagedError, act_key, read_act
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    is_key,
)
from archive_service.storage.staging import Staging


@dataclass(frozen=True, slots=True)
class HeldAct:
    """An act, the copy it was read from, and whether all the others hold it too."""

    act: Act
    holder: ObjectStore
    everywhere: bool


def iter_held(
    copy: ObjectStore,
    others: Sequence[ObjectStore],
    *,
    left_out: LeftOut | None = None,
    old: OldDatabase | None = None,
) -> Iterator[HeldAct]:
    """Every act that ``copy`` or one of ``others`` holds, once, from the first that gives it whole.

    It has to be one that the trail in these copies tells of, or that the ``old`` database knows.
    What none of them gives so is an alarm, and named in ``left_out``.
    """
    copies = [copy, *others]
    left_out = left_out or LeftOut()
    trail = iter_segments(copy, others, left_out=LeftOut(), old=old)  # named when it is restored
    proved = ProvedActs.read(trail)

    def require_made(act: Act, *, everywhere: bool) -> None:
        row = row_of_act(act)
        try:
            proved.require(row, everywhere=everywhere)
        except ActUnprovedError:
            known = old.act(act.key) if old is not None else None
            if known is None or act_state(row_of_act(known)) != act_state(row):
                raise

    def held(holders: tuple[str, list[str]]) -> HeldAct | None:
        key, names = holders
        not_given: list[tuple[str, ArchiveError]] = []
        for object_store in copies:
            try:
                act = _whole(read_act(object_store, key))
                everywhere = len(names) == len(copies) and not left_out.silent
                require_made(act, everywhere=everywhere)
            except ArchiveError as trouble:
                not_given.append((object_store.name, trouble))
                continue
            left_out.taken(key, object_store.name, [pair for pair in not_given if pair[0] in names])
            return HeldAct(act, object_store, everywhere=len(names) == len(copies))
        known = old.act(key) if old is not None else None
        if known is not None:
            left_out.taken(key, DATABASE, not_given)
            return HeldAct(known, copy, everywhere=True)
        require_answering(copies, (trouble for _, trouble in not_given))
        logger().error("integrity-alarm", copy=copy.name, code=not_given[0][1].code, key=key)
        unproved = any(isinstance(trouble, ActUnprovedError) for _, trouble in not_given)
        why = Passed.ACT_UNPROVED if unproved else Passed.ACT_UNSOUND
        left_out.pass_over(why, key, reason=not_given[0][1])
        return None

    listed = iter_keys_of(copies, f"{ACTS}/", left_out)
    acts = (
        (key, [name for _, name in found])
        for key, found in groupby(listed, key=lambda pair: pair[0])
        if key.endswith(".json") and _is_ours(key, left_out)
    )
    return (held_act for held_act in side_by_side(held, acts) if held_act is not None)


def stage_companions(staging: Staging, held: HeldAct, others: Sequence[ObjectStore] = ()) -> bool:
    """A file beside an act waits in staging, as it did before it went out the first time.

    False where no copy has it.
    """
    for key, digest in held.act.companions().items():
        if staging.has(digest):
            continue
        for copy in (held.holder, *others):
            try:
                with copy.open(key) as source:
                    staging.receive(source)
            except (ObjectNotFoundError, ObjectUnreadableError):
                continue
            break
        if not staging.has(digest):
            return False
    return True


def row_of_act(act: Act, *, written: bool = False) -> rows.Act:
    """Its row; ``written``: nothing of it is to go out any more."""
    said = act.document
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


def _whole(act: Act) -> Act:
    """``ActDamagedError`` unless it has all that a row is made of, and lies where it would."""
    said = act.document
    try:
        UUID(said["id"])
        clock.parse_iso(said["at"])
        complete = isinstance(said["body"], dict) and bool(said["kind"] and said["subject_id"])
        complete = complete and act_key(row_of_act(act)) == act.key
    except (KeyError, ValueError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise ActDamagedError(key=act.key)
    return act


def _is_ours(key: str, left_out: LeftOut) -> bool:
    """No act of ours has a name that another kind of store would not take."""
    if not is_key(key):
        left_out.pass_over(Passed.FOREIGN, key, copies="")
    return is_key(key)
