"""One copy proved alone, as it lies on its disk: no database, no settings, no key of ours."""

import base64
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from archive_service.audit import GENESIS, segment_key
from archive_service.domain.keeping.act import CHECKPOINT
from archive_service.errors import NotFoundError
from archive_service.evidence.merkle import leaf_hash
from archive_service.evidence.tile_check import TileCheck
from archive_service.evidence.vouching import (
    FITS,
    OUTSIDE,
    Claim,
    Step,
    TrailProof,
    held_in,
    judge_leaves,
    newest_sizes,
    step_of,
    with_keys,
)
from archive_service.storage.acts import iter_acts
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore

_SEGMENTS = "audit/"


class StoreEmptyError(NotFoundError):
    """No segment of a trail lies below this folder: ``path``."""

    code = "store-empty"


class _Reading:
    """Segments in their order; remembers the first that does not follow from what came before."""

    def __init__(self, copy: ObjectStore) -> None:
        self.events = self.segments = 0
        self.first_bad: str | None = None
        self._copy = copy
        self._segment = self._event = GENESIS

    def leaves(self) -> Iterator[bytes]:
        """Hashes of the leaves, to the last event that reads."""
        for key in self._copy.iter_keys(_SEGMENTS):
            data = read(self._copy, key)
            self.segments += 1
            lines = data.splitlines()
            if not self._follows(key, lines):
                self.first_bad = self.first_bad or f"{self._copy.name} {key}"
            self._segment = sha256(data).hexdigest()
            for line in lines[1:]:
                self.events += 1
                if not self._is_next(line):
                    self.first_bad = self.first_bad or f"event {self.events}"
                self._event = sha256(line).hexdigest()
                yield leaf_hash(line)

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
        told = _parsed(line)
        return told.get("number") == self.events and told.get("previous_sha256") == self._event


def prove_store(copy: ObjectStore, *, witnesses: Sequence[Claim] = ()) -> TrailProof:
    """Walk the segments of one copy, its tiles and checkpoints, and those kept outside.

    The keys are those that its acts name: who could write into the copy could put others there,
    so that only a checkpoint from outside proves anything against them.

    Raises:
        StoreEmptyError: there is no trail.
        BackendError: the copy cannot be read.
    """
    claims = [*held_in([copy]), *witnesses]
    reading = _Reading(copy)
    leaves = reading.leaves()
    tiles = TileCheck([copy], newest_sizes([copy], claims))
    judged = with_keys(_keys(copy), claims, judge_leaves(leaves, claims, tiles))
    for _ in leaves:  # to the end of the chain, beyond the newest checkpoint
        pass
    if not reading.segments:
        raise StoreEmptyError(path=copy.name)
    pairs = list(zip(claims, judged, strict=True))
    wrong = [
        *(f"{said}: {one.by} {one.checkpoint.size}" for one, said in pairs if said != FITS),
        *(f"{name} {key}" for name, key in tiles.misfits.items()),
    ]
    fitting = [one for one, said in pairs if said == FITS]
    sound = reading.first_bad is None
    steps = (
        Step("chain", reading.events if sound else 0, (copy.name,)),
        step_of("log", [] if tiles.misfits else [it for it in fitting if it.by == copy.name]),
        Step("stamped", 0, ()),
        step_of("witnessed", [one for one in fitting if one.by.startswith(OUTSIDE)]),
    )
    bad = reading.first_bad or next(iter(wrong), None)
    return TrailProof(reading.events, reading.segments, steps, bad)


def _keys(copy: ObjectStore) -> list[bytes]:
    told = (act.document["body"]["certificate"] for act in iter_acts(copy, CHECKPOINT))
    return [base64.b64decode(one) for one in dict.fromkeys(told)]


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
