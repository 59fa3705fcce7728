"""Proof of the trail, step by step: by chain, by copies, and by checkpoints held outside."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from archive_service.audit import last_number
from archive_service.db.rolled_back import RESTORED, known_losses
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.errors import ConflictError
from archive_service.evidence.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    is_signed_by,
    parse_held,
)
from archive_service.evidence.compared.cells import naming_cells
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.compared.rules import rule_misfits
from archive_service.evidence.compared.sessions import session_misfits
from archive_service.evidence.compared.signing_keys import KeysInForce
from archive_service.evidence.leaves import iter_misfits, last_note
from archive_service.evidence.outside.judging import JudgedStamp, judge_stamps
from archive_service.evidence.outside.stamping import iter_stamps
from archive_service.evidence.sealing import checkpoint_keys, iter_leaves, sealed_checkpoints
from archive_service.evidence.tile_check import TileCheck
from archive_service.evidence.tiles import Edge
from archive_service.evidence.verify import verify_trail
from archive_service.evidence.witness.kept import Worth, iter_cosigned, pinned_vkeys, worth_of
from archive_service.services import Services
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore, is_key

if TYPE_CHECKING:
    from archive_service.signing.trust.roots import Trust

FITS, FORKED, ROLLED_BACK, FORGED = "fits", "forked", "rolled-back", "forged"
LOST = "lost"  # forked or beyond the end, and two people know why
OUTSIDE, STAMP_CLAIM = "witness ", "stamp "


class OriginForeignError(ConflictError):
    """A checkpoint of another log: ``found``, and ``expected``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint, and who holds it: the database, a copy, or a witness outside."""

    by: str
    checkpoint: Checkpoint
    is_beside: bool = False  # on the archive's own disk: it may contradict, and proves nothing

    @property
    def is_outside(self) -> bool:
        """Whether somebody outside holds it."""
        return self.by.startswith(OUTSIDE) and not self.is_beside


@dataclass(frozen=True, slots=True)
class Step:
    """How far one step proves the trail: to event ``until``, by the word of ``by``.

    ``not_counted``: stamps and cosignatures that are there, of nobody who is trusted here, or
    stamps whose certificates or algorithms ended before they were renewed.
    """

    name: str
    until: int
    by: tuple[str, ...]
    not_counted: int = 0

    @property
    def proved(self) -> bool:
        """Whether it proves anything at all."""
        return self.until > 0

    @property
    def is_outside(self) -> bool:
        """Whether somebody outside vouches: the others prove nothing against the archive itself."""
        return self.name in ("stamped", "witnessed")


@dataclass(frozen=True, slots=True)
class TrailProof:
    """All steps, and the first thing that does not fit."""

    events: int
    segments: int
    steps: tuple[Step, ...]
    first_bad: str | None
    longer: tuple[Claim, ...] = ()  # signed checkpoints that cover more events than there are
    given_up: tuple[str, ...] = ()  # who holds which of what is gone, as two people's events say

    @property
    def ok(self) -> bool:
        """Whether all that is there fits; what is not proved is not wrong."""
        return self.first_bad is None and not self.given_up

    @property
    def outside(self) -> int:
        """The last event for which somebody outside vouches; 0: nobody does, nothing is proved."""
        return max((step.until for step in self.steps if step.is_outside), default=0)

    @property
    def verdict(self) -> str:
        """One word: ``broken``, ``given-up``, ``not-proved``, ``proved-in-part`` or ``proved``.

        What was given up is explained by the trail's own word alone: whoever holds every key could
        have written that two people know, so that nothing is proved until these two are asked.
        """
        if self.first_bad is not None:
            return "broken"
        if self.given_up:
            return "given-up"
        if not self.outside:
            return "not-proved"
        return "proved" if self.outside >= self.events else "proved-in-part"

    def as_document(self) -> dict[str, Any]:
        """As commands and REST tell it."""
        return {
            "events": self.events,
            "segments": self.segments,
            "ok": self.ok,
            "verdict": self.verdict,
            "outside": self.outside,
            "first_bad": self.first_bad,
            "given_up": list(self.given_up),
            "steps": [
                {
                    "step": step.name,
                    "proved": step.proved,
                    "until": step.until,
                    "by": list(step.by),
                    "not_counted": step.not_counted,
                }
                for step in self.steps
            ],
        }


@naming_cells
def prove_trail(
    services: Services,
    *,
    witnesses: Sequence[Claim] = (),
    copies: Sequence[ObjectStore] | None = None,
    trust: "Trust | None" = None,
    vkeys: AbstractSet[str] = frozenset(),
) -> TrailProof:
    """Walk the chain, the segments, the tiles, and every checkpoint that anybody holds.

    Rows of versions, acts and rights are compared with the leaves that tell of them. A
    checkpoint of events that were lost, as two people know, neither proves nor misfits.

    Args:
        copies: those that are asked; without them all that are in use.
        trust: roots by which time stamps count, instead of the home's own list.
        vkeys: keys by which cosignatures count; without them those that people here ever pinned.

    Raises:
        OriginForeignError: a witness holds a checkpoint of another log.
        BackendError: a copy did not answer; that says nothing of the trail.
    """
    for witness in witnesses:
        require_own(services, witness.checkpoint)
    copies = services.copies if copies is None else copies
    chain = verify_trail(services.database, copies=copies)
    with services.read_only() as session:
        stamps = judge_stamps(services, list(iter_stamps(session)), trust=trust)
        worth = worth_of(iter_cosigned(session), vkeys or pinned_vkeys(session))
        written = select(func.max(AuditSegment.last_event)).where(AuditSegment.written)
        in_copies, noted = session.scalar(written) or 0, last_note(session)
    known = [Claim("database", own) for own in sealed_checkpoints(services.database, parse_held)]
    claims = [*known, *held_in(copies), *witnesses, *claims_of(worth), *map(claim_of, stamps)]
    tiles = TileCheck(copies, newest_sizes(copies, claims))
    judged = list(zip(claims, _judged(services, claims, tiles), strict=True))
    odd = [(claim, verdict) for claim, verdict in judged if verdict not in (FITS, LOST)]
    wrong = [
        *(f"{verdict}: {claim.by} {claim.checkpoint.size}" for claim, verdict in odd),
        *(f"{stamp.fault}: {stamp.stamp.checkpoint.size}" for stamp in stamps if stamp.fault),
        *worth.wrong,
        *(f"{name} {key}" for name, key in tiles.misfits.items()),
        *(misfit.name for misfit in _row_misfits(services)),
    ]
    fitting = [claim for claim, verdict in judged if verdict == FITS]
    fitting = [claim for claim in fitting if claim.by not in tiles.misfits]
    outside = [claim for claim in fitting if claim.is_outside]
    inside = [claim for claim in fitting if not claim.by.startswith((OUTSIDE, STAMP_CLAIM))]
    steps = (
        Step("chain", chain.events if chain.ok else 0, ("database",)),
        Step("copies", in_copies if chain.ok else 0, tuple(copy.name for copy in copies)),
        step_of("log", inside),
        Step("holdings", noted, ("database",)),
        stamped_step([stamp for stamp in stamps if claim_of(stamp) in fitting]),
        step_of("witnessed", outside, not_counted=worth.not_counted),
    )
    bad = chain.first_bad or next(iter(wrong), None)
    longer = tuple(claim for claim, verdict in odd if verdict == ROLLED_BACK)
    lost = (claim for claim, verdict in judged if verdict == LOST)
    given_up = (f"{claim.by} {claim.checkpoint.size}" for claim in lost)
    return TrailProof(chain.events, chain.segments, steps, bad, longer, tuple(given_up))


def _row_misfits(services: Services) -> Iterator[Misfit]:
    yield from iter_misfits(services.database)
    yield from rule_misfits(services)
    yield from session_misfits(services)


def _judged(services: Services, claims: Sequence[Claim], tiles: TileCheck) -> list[str]:
    found = with_signatures(services, claims, judge_claims(services.database, claims, tiles=tiles))
    return with_losses(services, claims, with_restores(services, claims, found))


def claim_of(stamp: JudgedStamp) -> Claim:
    """The checkpoint that it is over, by the word of who stamped."""
    return Claim(f"{STAMP_CLAIM}{stamp.by}", stamp.stamp.checkpoint)


def claims_of(worth: Worth) -> Iterator[Claim]:
    """What witnesses cosigned, by their word."""
    return (Claim(f"{OUTSIDE}{outside.by}", outside.checkpoint) for outside in worth.counted)


def stamped_step(fitting: Sequence[JudgedStamp]) -> Step:
    """How far stamps reach that are trusted and renewed; a demo's are of no value outside it."""
    sound = [stamp for stamp in fitting if stamp.is_outside and not stamp.fault]
    newest = max((stamp.stamp.checkpoint.size for stamp in sound), default=0)
    by = [stamp.by for stamp in sound if stamp.stamp.checkpoint.size == newest]
    return Step("stamped", newest, tuple(by), len(fitting) - len(sound))


def judge_claims(
    database: Database, claims: Sequence[Claim], *, tiles: TileCheck | None = None
) -> list[str]:
    """Of each: ``fits``, ``forked``, or ``rolled-back`` where the log is shorter; in one walk.

    Signatures are not asked. ``tiles`` are compared in the same walk.
    """
    with database.read_only() as session:
        leaves = iter_leaves(session, until=last_number(session))
        return judge_leaves(leaves, claims, tiles or TileCheck((), {}))


def judge_leaves(leaves: Iterator[bytes], claims: Sequence[Claim], tiles: TileCheck) -> list[str]:
    """The same by the hashes of leaves, whoever gives them."""
    found = ["" for _ in claims]
    edge = Edge()
    for at in sorted(range(len(claims)), key=lambda at: claims[at].checkpoint.size):
        claimed = claims[at].checkpoint
        tiles.add(edge, islice(leaves, max(claimed.size - edge.size, 0)))
        if claimed.size > edge.size:
            found[at] = ROLLED_BACK
            continue
        found[at] = FITS if edge.root() == claimed.root else FORKED
        tiles.end(edge)
    return found


def with_signatures(
    services: Services, claims: Sequence[Claim], judged: Sequence[str]
) -> list[str]:
    """The same verdicts; ``forged`` where no key that ever sealed this log signed the note.

    The key of now counts as well: a database that was put back knows nothing of its checkpoints.
    """
    keys, signer = checkpoint_keys(services.database), services.signer_at_hand()
    if signer is not None and signer.certificate.der not in keys:
        keys.append(signer.certificate.der)
    with services.read_only() as session:
        in_force = KeysInForce.read(session)
    return with_keys(keys, claims, judged, in_force)


def with_keys(
    keys: Sequence[bytes], claims: Sequence[Claim], judged: Sequence[str], in_force: KeysInForce
) -> list[str]:
    """The same by the certificates (DER) of these keys; of what fits by that of its time alone."""
    notes = {claim.checkpoint.note: claim.checkpoint for claim in claims}
    signed = {
        note: [certificate for certificate in keys if is_signed_by(checkpoint, certificate)]
        for note, checkpoint in notes.items()
    }

    def is_sound(checkpoint: Checkpoint, verdict: str) -> bool:
        by = signed[checkpoint.note]
        return bool(by) and (verdict != FITS or in_force.allow(by, checkpoint.size))

    return [
        verdict if is_sound(claim.checkpoint, verdict) else FORGED
        for claim, verdict in zip(claims, judged, strict=True)
    ]


def with_losses(services: Services, claims: Sequence[Claim], judged: Sequence[str]) -> list[str]:
    """The same; ``lost`` where two people know that what the note covers is gone."""
    with services.read_only() as session:
        lost = known_losses(session)
    return [
        LOST if verdict in (FORKED, ROLLED_BACK) and claim.checkpoint.mark in lost else verdict
        for claim, verdict in zip(claims, judged, strict=True)
    ]


def given_up_after(services: Services) -> int | None:
    """From which event on a log may have been given up by a restore; ``None`` without a restore.

    What the backup held was sealed before the event that tells of the restore.
    """
    query = select(func.max(AuditEvent.number)).where(AuditEvent.tag == RESTORED)
    with services.read_only() as session:
        restored = session.scalar(query)
    if restored is None:
        return None
    sizes = (checkpoint.size for checkpoint in sealed_checkpoints(services.database, parse_held))
    return max((size for size in sizes if size < restored), default=0)


def with_restores(services: Services, claims: Sequence[Claim], judged: Sequence[str]) -> list[str]:
    """The same; ``rolled-back`` for ``forked`` where it was sealed after a backup came back.

    The log that goes on from the backup may be longer than what was lost: two people have to say
    that they know of it, as where it is shorter.
    """
    after = given_up_after(services) if FORKED in judged else None
    if after is None:
        return list(judged)
    return [
        ROLLED_BACK if verdict == FORKED and claim.checkpoint.size > after else verdict
        for claim, verdict in zip(claims, judged, strict=True)
    ]


def newest_sizes(copies: Sequence[ObjectStore], claims: Sequence[Claim]) -> Mapping[str, int]:
    """How far each copy's log reaches by its own word; a copy without one is not there yet."""
    names = {copy.name for copy in copies}
    ascending = sorted(claims, key=attrgetter("checkpoint.size"))
    return {claim.by: claim.checkpoint.size for claim in ascending if claim.by in names}


def require_own(services: Services, checkpoint: Checkpoint) -> None:
    """``OriginForeignError`` unless the checkpoint is of this archive's log."""
    if checkpoint.origin != (own := services.settings.archive.code):
        raise OriginForeignError(found=checkpoint.origin, expected=own)


def held_in(copies: Sequence[ObjectStore]) -> Iterator[Claim]:
    """Every checkpoint that these copies hold."""
    for copy in copies:
        for key in copy.iter_keys(CHECKPOINTS):
            yield Claim(copy.name, checkpoint_of(copy, key))


def checkpoint_of(copy: ObjectStore, key: str) -> Checkpoint:
    """As the copy holds it; one that does not read fits nothing."""
    return parse_held(read(copy, key).decode("utf-8", "replace") if is_key(key) else "")


def step_of(name: str, claims: Sequence[Claim], *, not_counted: int = 0) -> Step:
    """How far these checkpoints prove the log, and who holds the newest of them."""
    if not claims:
        return Step(name, 0, (), not_counted)
    newest = max(map(attrgetter("checkpoint.size"), claims))
    by = sorted({claim.by for claim in claims if claim.checkpoint.size == newest})
    return Step(name, newest, tuple(by), not_counted)
