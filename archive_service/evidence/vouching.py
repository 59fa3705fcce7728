"""Proof of the trail, step by step: by chain, by copies, and by checkpoints held outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path

from sqlalchemy import func, select

from archive_service.audit import last_number
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.errors import ConflictError
from archive_service.evidence.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    CheckpointUnreadableError,
    parse_checkpoint,
)
from archive_service.evidence.merkle import Peaks
from archive_service.evidence.sealing import iter_leaves, sealed_checkpoints
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore

FITS, FORKED, ROLLED_BACK = "fits", "forked", "rolled-back"
_OUTSIDE = "witness "


class OriginForeignError(ConflictError):
    """A checkpoint of another log: ``found``, and ``expected``."""

    code = "origin-foreign"


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint, and who holds it: the database, a copy, or a witness outside."""

    by: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Step:
    """How far one step proves the trail: to event ``until``, by the word of ``by``."""

    name: str
    until: int
    by: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether it proves anything at all."""
        return self.until > 0


@dataclass(frozen=True, slots=True)
class TrailProof:
    """All steps, and the first thing that does not fit."""

    events: int
    segments: int
    steps: tuple[Step, ...]
    first_bad: str | None

    @property
    def ok(self) -> bool:
        """Whether all that is there fits; what is not proved is not wrong."""
        return self.first_bad is None


def prove_trail(services: Services, *, witnesses: Sequence[Claim] = ()) -> TrailProof:
    """Walk the chain, the segments, and every checkpoint that anybody holds.

    Raises:
        OriginForeignError: a witness holds a checkpoint of another log.
        BackendError: a copy did not answer; that says nothing of the trail.
    """
    for one in witnesses:
        require_own(services, one.checkpoint)
    verdict = verify_trail(services.database, copies=services.copies)
    claims = [*_held_inside(services), *witnesses]
    said = judge_claims(services.database, claims)
    bad = verdict.first_bad
    for claim, found in zip(claims, said, strict=True):
        if bad is None and found != FITS:
            bad = f"{found}: {claim.by} {claim.checkpoint.size}"
    fitting = [one for one, found in zip(claims, said, strict=True) if found == FITS]
    inside = [one for one in fitting if not one.by.startswith(_OUTSIDE)]
    outside = [one for one in fitting if one.by.startswith(_OUTSIDE)]
    with services.read_only() as session:
        written = select(func.max(AuditSegment.last_event)).where(AuditSegment.written)
        in_copies = session.scalar(written) or 0
    whole = verdict.ok
    steps = (
        Step("chain", verdict.events if whole else 0, ("database",)),
        Step("copies", in_copies if whole else 0, tuple(one.name for one in services.copies)),
        _step("log", inside),
        Step("stamped", 0, ()),
        _step("witnessed", outside),
    )
    return TrailProof(verdict.events, verdict.segments, steps, bad)


def judge_claims(database: Database, claims: Sequence[Claim]) -> list[str]:
    """Of each: ``fits``, ``forked``, or ``rolled-back`` where the log is shorter; in one walk."""
    found = ["" for _ in claims]
    order = sorted(range(len(claims)), key=lambda at: claims[at].checkpoint.size)
    peaks = Peaks()
    with database.read_only() as session:
        events = last_number(session)
        leaves = iter_leaves(session, until=events)
        for at in order:
            claimed = claims[at].checkpoint
            for hashed in islice(leaves, max(claimed.size - peaks.size, 0)):
                peaks.add(hashed)
            if claimed.size > events:
                found[at] = ROLLED_BACK
            else:
                found[at] = FITS if peaks.root() == claimed.root else FORKED
    return found


def require_own(services: Services, checkpoint: Checkpoint) -> None:
    """``OriginForeignError`` unless the checkpoint is of this archive's log."""
    own = services.settings.archive.code
    if checkpoint.origin != own:
        raise OriginForeignError(found=checkpoint.origin, expected=own)


def read_witness(path: Path) -> Iterator[Claim]:
    """The checkpoints that a file, or the files of a folder, hold; what is none is passed over.

    Raises ``CheckpointUnreadableError`` where a file was named and holds none.
    """
    if path.is_file():
        yield Claim(f"{_OUTSIDE}{path.name}", parse_checkpoint(path.read_text("utf-8")))
        return
    for file in sorted(path.iterdir()):
        try:
            held = parse_checkpoint(file.read_text("utf-8"))
        except (CheckpointUnreadableError, UnicodeDecodeError, IsADirectoryError):
            continue
        yield Claim(f"{_OUTSIDE}{path.name}/{file.name}", held)


def _held_inside(services: Services) -> Iterator[Claim]:
    for one in sealed_checkpoints(services.database):
        yield Claim("database", one)
    for copy in services.copies:
        for key in copy.iter_keys(CHECKPOINTS):
            yield Claim(copy.name, _checkpoint_of(copy, key))


def _checkpoint_of(copy: ObjectStore, key: str) -> Checkpoint:
    """As the copy holds it; one that does not read fits nothing."""
    try:
        return parse_checkpoint(read(copy, key).decode("utf-8", "replace"))
    except CheckpointUnreadableError:
        return Checkpoint("", 0, b"", "")


def _step(name: str, claims: Sequence[Claim]) -> Step:
    if not claims:
        return Step(name, 0, ())
    newest = max(map(attrgetter("checkpoint.size"), claims))
    by = sorted({one.by for one in claims if one.checkpoint.size == newest})
    return Step(name, newest, tuple(by))
