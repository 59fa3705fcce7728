"""Some events, as those of one case file: proved by their paths, and no other event is read."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from archive_service.audit import event_line, last_number
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.evidence.merkle import (
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
)
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.judging import JudgedStamp
from archive_service.evidence.rollback import configured_witnesses
from archive_service.evidence.sealing import newest_checkpoint
from archive_service.evidence.tiles import TileDamagedError, TileNodes
from archive_service.evidence.vouching import (
    FITS,
    FORKED,
    LOST,
    ROLLED_BACK,
    Claim,
    Step,
    TrailProof,
    claim_of,
    stamped_step,
    step_of,
    with_losses,
    with_signatures,
)
from archive_service.services import Services
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

_STEPS = ("events", "log", "stamped", "witnessed")
_TOGETHER = 500
_UNTOLD = "untold"


def prove_events(
    services: Services, numbers: Sequence[int], *, stamps: Sequence[JudgedStamp]
) -> TrailProof:
    """How far these events are proved, and by whose word: by copies, stamps and witnesses.

    Each has to be the leaf that the tiles of one copy lead from to the newest checkpoint, and all
    other checkpoints have to be beginnings of that one.
    """
    newest = newest_checkpoint(services.database)
    with services.read_only() as session:
        events = last_number(session)
        segments = session.scalar(select(func.count()).select_from(AuditSegment)) or 0
    claims = [*map(claim_of, stamps), *configured_witnesses(services)]
    if newest is None:
        return TrailProof(events, segments, tuple(Step(name, 0, ()) for name in _STEPS), None)
    claims.append(Claim("database", newest))
    leaves = dict(_leaves(services, numbers, newest))
    here, _ = answering(services.database, services.copies)
    misses = [(_first_unproved(copy, leaves, newest), copy) for copy in here]
    sound = [copy for missed, copy in misses if missed is None]
    judged = [_judged(claim.checkpoint, newest, sound) for claim in claims]
    judged = with_losses(services, claims, with_signatures(services, claims, judged))
    fitting = [claim for claim, verdict in zip(claims, judged, strict=True) if verdict == FITS]
    wrong = [] if sound or not here else [f"event {misses[0][0]}"]
    wrong += [
        f"{verdict}: {claim.by} {claim.checkpoint.size}"
        for claim, verdict in zip(claims, judged, strict=True)
        if verdict not in (FITS, LOST, _UNTOLD)
    ]
    wrong += [f"{stamp.fault}: {stamp.stamp.checkpoint.size}" for stamp in stamps if stamp.fault]
    steps = (
        Step("events", newest.size if sound else 0, tuple(copy.name for copy in sound)),
        step_of("log", [claim for claim in fitting if claim.by == "database"]),
        stamped_step([stamp for stamp in stamps if claim_of(stamp) in fitting]),
        step_of("witnessed", [claim for claim in fitting if claim.is_outside]),
    )
    bad, pairs = next(iter(wrong), None), zip(claims, judged, strict=True)
    given_up = tuple(
        f"{claim.by} {claim.checkpoint.size}" for claim, verdict in pairs if verdict == LOST
    )
    return TrailProof(events, segments, steps, bad, given_up=given_up)


def _leaves(
    services: Services, numbers: Sequence[int], newest: Checkpoint
) -> Iterator[tuple[int, bytes]]:
    sealed = [number for number in numbers if number <= newest.size]
    with services.read_only() as session:
        for start in range(0, len(sealed), _TOGETHER):
            some = AuditEvent.number.in_(sealed[start : start + _TOGETHER])
            for event in session.scalars(select(AuditEvent).where(some)):
                yield event.number, leaf_hash(event_line(event))


def _first_unproved(copy: ObjectStore, leaves: dict[int, bytes], newest: Checkpoint) -> int | None:
    """The first event of which the copy's tiles do not lead to the checkpoint; 0: no log there."""
    nodes = TileNodes(copy, newest.size)
    for number, leaf in leaves.items():
        try:
            path = inclusion_path(nodes, number - 1, newest.size)
        except (ObjectNotFoundError, ObjectUnreadableError, TileDamagedError):
            return number
        if not is_included(leaf, number - 1, newest.size, path, newest.root):
            return number
    return None


def _judged(claimed: Checkpoint, newest: Checkpoint, copies: Sequence[ObjectStore]) -> str:
    """Whether what is claimed is a beginning of the newest checkpoint, by the tiles of a copy.

    Without a copy there is nothing that could be told.
    """
    if claimed.size > newest.size:
        return ROLLED_BACK
    if not copies:
        return _UNTOLD
    if claimed.size == newest.size:
        return FITS if claimed.root == newest.root else FORKED
    path = consistency_path(TileNodes(copies[0], newest.size), claimed.size, newest.size)
    is_old = is_consistent(claimed.size, newest.size, path, claimed.root, newest.root)
    return FITS if is_old else FORKED
