"""One copy proved alone, as it lies on its disk: no database, no settings, no key of ours."""

import os
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from archive_service.audit import GENESIS, NOTED, parse_json, segment_key
from archive_service.domain.keeping.act import CHECKPOINT, COSIGNATURE
from archive_service.errors import IntegrityViolationError, NotFoundError
from archive_service.evidence.checkpoint import decoded
from archive_service.evidence.compared.packages_of_copy import PackagesOfCopy
from archive_service.evidence.compared.signing_keys import KeysInForce, noted_certificate
from archive_service.evidence.compared.told_acts import (
    ACTS,
    PROVE_THEMSELVES,
    WHOLE,
    digests_of,
    held_state,
)
from archive_service.evidence.merkle import leaf_hash
from archive_service.evidence.noting import KEYS
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.judging import StampJudge
from archive_service.evidence.outside.renewals import RENEWAL, renewal_of
from archive_service.evidence.outside.stamping import STAMP, VERSION_BUILT, LogStamp, stamp_of
from archive_service.evidence.tile_check import TileCheck
from archive_service.evidence.vouching import (
    FITS,
    FORGED,
    STAMP_CLAIM,
    Claim,
    Step,
    TrailProof,
    claims_of,
    held_in,
    judge_leaves,
    newest_sizes,
    stamped_step,
    step_of,
    with_keys,
)
from archive_service.evidence.witness.kept import Cosigned, worth_of
from archive_service.signing.trust.roots import Trust
from archive_service.storage.acts import read_act
from archive_service.storage.fixity.prove import prove_file
from archive_service.storage.fixity.verdict import printable_key
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    is_key,
)

_SEGMENTS = "audit/"
KEY_MISSING = "key-missing"  # no certificate is there by which a checkpoint can be judged
_NOT_GIVEN = (ObjectNotFoundError, ObjectUnreadableError, IntegrityViolationError)


class StoreEmptyError(NotFoundError):
    """No segment of a trail lies below this folder: ``path``."""


class _Reading:
    """Segments in their order; remembers the first that does not follow from what came before."""

    def __init__(self, copy: ObjectStore) -> None:
        self.events = self.segments = 0
        self.first_bad: str | None = None
        # Digests that a stamp of a day is over, each with the event that it came with.
        self.stamped: list[tuple[int, bytes]] = []
        # Digests of the certificates that sign, each with the event that tells of it.
        self.keys: list[tuple[int, str]] = []
        self.acts: dict[str, str] = {}  # digests by their ids
        self.all_told = False  # no act was left that no event told of
        self.retold: list[int] = []  # events that tell an act otherwise than one before them
        self.packages = PackagesOfCopy()
        self._copy = copy
        self._segment = self._event = GENESIS

    def leaves(self) -> Iterator[bytes]:
        """Hashes of the leaves, to the last event that reads."""
        for key in self._copy.iter_keys(_SEGMENTS):
            data = read(self._copy, key) if is_key(key) else b""
            self.segments += 1
            lines = data.splitlines()
            if not self._follows(key, lines):
                self.first_bad = self.first_bad or f"{self._copy.name} {printable_key(key)}"
            digest = sha256(data)
            self._segment = digest.hexdigest()
            for line in lines[1:]:
                self.events += 1
                if not self._is_next(line):
                    self.first_bad = self.first_bad or f"event {self.events}"
                self._event = sha256(line).hexdigest()
                self._note(_parsed(line))
                yield leaf_hash(line)
            self.stamped.append((self.events, digest.digest()))

    def keys_in_force(self) -> KeysInForce:
        """By what was read so far."""
        return KeysInForce(tuple(self.keys), self.events)

    def stamped_tree(self, stamp: LogStamp) -> HashTree:
        """What this stamp has to be over, by what the segments tell."""
        last = stamp.checkpoint.size
        day = (digest for number, digest in self.stamped if stamp.after < number <= last)
        return HashTree([stamp.own_digest, *day])

    def _note(self, event: dict[str, Any]) -> None:
        """What a stamp is over, and which key signs from here on."""
        data, tag, subject = event.get("data"), event.get("tag"), event.get("subject_id")
        of = tag, subject
        if isinstance(data, dict):
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                for act_id, state in digests_of(str(tag), subject, data).items():
                    if self.acts.setdefault(act_id, state) != state:  # what is told once stays
                        self.retold.append(self.events)
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                self.packages.take(self.events, event)
            if of == (NOTED, ACTS):
                self.all_told = bool(data.get(WHOLE))
        digest = data.get("inventory_sha256") if isinstance(data, dict) else None
        if tag == VERSION_BUILT and digest:
            self.stamped.append((self.events, bytes.fromhex(digest)))
        elif of == (NOTED, KEYS):
            self.keys.append((self.events, noted_certificate(data)))

    def _follows(self, key: str, lines: Sequence[bytes]) -> bool:
        head = _parsed(lines[0]) if lines else {}
        return (
            key == segment_key(self.segments)
            and head.get("segment") == self.segments
            and head.get("first_event") == self.events + 1
            and head.get("last_event") == self.events + len(lines) - 1
            and head.get("previous_sha256") == self._segment
        )

    def _is_next(self, line: bytes) -> bool:
        parsed = _parsed(line)
        return parsed.get("number") == self.events and parsed.get("previous_sha256") == self._event


def prove_store(
    copy: ObjectStore,
    *,
    witnesses: Sequence[Claim] = (),
    trust: Trust | None = None,
    vkeys: AbstractSet[str] = frozenset(),
) -> TrailProof:
    """Walk the segments of one copy, its acts, packages, tiles and checkpoints, and those outside.

    Stamps that lie in it count by the roots of ``trust`` alone, and cosignatures by ``vkeys``: it
    takes none from the copy. The keys of the log are those that its acts name: who could write into
    the copy could put others there, so that only a checkpoint from outside proves anything.

    Raises:
        StoreEmptyError: there is no trail.
        BackendError: the copy cannot be read.
    """
    stamps = [stamp_of(body) for body in _bodies(copy, STAMP)]
    over = [Claim(STAMP_CLAIM.strip(), stamp.checkpoint) for stamp in stamps]
    told = worth_of(map(Cosigned.of, _bodies(copy, COSIGNATURE)), vkeys)
    claims = [*held_in([copy]), *witnesses, *claims_of(told), *over]
    reading = _Reading(copy)
    leaves = reading.leaves()
    tiles = TileCheck([copy], newest_sizes([copy], claims))
    found = judge_leaves(leaves, claims, tiles)
    for _ in leaves:  # to the end of the chain, beyond the newest checkpoint
        pass
    judged = list(_by_keys(_keys(copy), claims, found, reading.keys_in_force()))
    if not reading.segments:
        raise StoreEmptyError(path=copy.name)
    pairs = list(zip(claims, judged, strict=True))
    nobody = Path(os.devnull)  # no authority of a demo lies beside a copy that is read alone
    renewals = [renewal_of(body) for body in _bodies(copy, RENEWAL)]
    judge = StampJudge(trust or Trust.none(), nobody, renewals)
    worth = [judge.stamp(stamp, reading.stamped_tree(stamp)) for stamp in stamps]
    wrong = [
        *(
            f"{verdict}: {claim.by} {claim.checkpoint.size}"
            for claim, verdict in pairs
            if verdict != FITS
        ),
        *(f"{seen.fault}: {seen.stamp.checkpoint.size}" for seen in worth if seen.fault),
        *told.wrong,
        *(f"{name} {key}" for name, key in tiles.misfits.items()),
        *_held_otherwise(copy, reading),
    ]
    fitting = [claim for claim, verdict in pairs if verdict == FITS]
    outside = [claim for claim in fitting if claim.is_outside]
    steps = (
        Step("chain", 0 if reading.first_bad else reading.events, (copy.name,)),
        step_of("log", [] if tiles.misfits else [it for it in fitting if it.by == copy.name]),
        stamped_step([seen for seen, it in zip(worth, over, strict=True) if it in fitting]),
        step_of("witnessed", outside, not_counted=told.not_counted),
    )
    bad = reading.first_bad or next(iter(wrong), None)
    return TrailProof(reading.events, reading.segments, steps, bad)


def _by_keys(
    keys: Sequence[bytes], claims: Sequence[Claim], found: Sequence[str], in_force: KeysInForce
) -> Iterator[str]:
    """As ``with_keys``; a copy that lost the certificate of the key calls nothing forged."""
    for claim, verdict in zip(claims, with_keys(keys, claims, found, in_force), strict=True):
        is_lost = verdict == FORGED and in_force.lacks(keys, claim.checkpoint.size)
        yield KEY_MISSING if is_lost else verdict


def _held_otherwise(copy: ObjectStore, reading: _Reading) -> Iterator[str]:
    """Acts and packages that are not as the events tell, and events that contradict others."""
    for key in chain(_acts_differing(copy, reading), reading.packages.differing(copy)):
        yield f"{copy.name} {key}"
    yield from (f"event {number}" for number in [*reading.retold, *reading.packages.told.odd])


def _acts_differing(copy: ObjectStore, reading: _Reading) -> Iterator[str]:
    """Acts that are otherwise than an event tells, that none tells of, and that are not there."""
    lacking = dict(reading.acts)
    for key in copy.iter_keys(f"{ACTS}/"):
        if not key.endswith(".json") or not is_key(key):
            continue  # nothing reads it as an act
        try:
            act = read_act(copy, key)
            kind, state = act.document["kind"], lacking.pop(act.document["id"], None)
            fits = act.is_in_its_place() and state in (None, held_state(act))
            fits = fits and (state is not None or kind in PROVE_THEMSELVES or not reading.all_told)
            papers = act.companions()
        except (*_NOT_GIVEN, LookupError, TypeError, ValueError, AttributeError):
            fits, papers = False, {}
        if not fits:
            yield printable_key(key)
        for paper, digest in papers.items():
            if prove_file(copy, paper, digest) is not None:
                yield printable_key(paper)
    yield from (f"{ACTS} {name}" for name in lacking)


def _bodies(copy: ObjectStore, kind: str) -> Iterator[dict[str, Any]]:
    """Of each act of this kind what it says; those that do not read are named with all acts."""
    for key in copy.iter_keys(f"{ACTS}/{kind}/"):
        if key.endswith(".json") and is_key(key):
            with suppress(*_NOT_GIVEN):
                body = read_act(copy, key).document.get("body")
                if isinstance(body, dict):
                    yield body


def _keys(copy: ObjectStore) -> list[bytes]:
    bodies = _bodies(copy, CHECKPOINT)
    return list(dict.fromkeys(decoded(body.get("certificate")) for body in bodies))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        content = parse_json(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
