"""Whether the trail went on after the last segment that any copy gives: a checkpoint tells so.

Or whether it ended otherwise: no event follows the last one and bears its digest.
"""

import contextlib
from collections.abc import Iterator, Sequence
from hashlib import sha256

from archive_service.audit import NOTED, event_line
from archive_service.domain.keeping.act import CHECKPOINT
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import ArchiveError, BackendError
from archive_service.evidence.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    decoded,
    is_signed_by,
    parse_held,
)
from archive_service.evidence.compared.signing_keys import noted_certificate
from archive_service.evidence.merkle import Peaks, leaf_hash
from archive_service.evidence.noting import KEYS
from archive_service.recovery.rebuild.left_out import LeftOut
from archive_service.recovery.rebuild.listing import iter_keys_of
from archive_service.storage.acts import ACTS, read_act
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore, is_key


class LostEnd:
    """What the checkpoints of these copies tell of events that no segment of theirs gives.

    One was made over segments that every copy held. It counts by the keys that the trail noted:
    whoever writes into a copy could lay another there.
    """

    def __init__(self, copies: Sequence[ObjectStore]) -> None:
        self._copies = {copy.name: copy for copy in copies}
        self._keys: set[str] = set()
        self._tree = Peaks()

    def take(self, event: AuditEvent) -> None:
        """The next event; a key that it notes counts."""
        self._tree.add(leaf_hash(event_line(event)))
        if (event.tag, event.subject_id) == (NOTED, KEYS):
            self._keys.add(noted_certificate(event.data))

    def is_lost(self, last: int) -> bool:
        """Whether a signed checkpoint covers more than ``last`` events."""
        return self._is_any_signed(
            [checkpoint for checkpoint in self._checkpoints(last) if checkpoint.size > last]
        )

    def is_another(self, last: int) -> bool:
        """Whether a signed checkpoint over ``last`` events has another root than these."""
        if self._tree.size != last:  # after a gap nothing can be said
            return False
        found = (checkpoint for checkpoint in self._checkpoints(last) if checkpoint.size == last)
        return self._is_any_signed(
            [checkpoint for checkpoint in found if checkpoint.root != self._tree.root()]
        )

    def _is_any_signed(self, checkpoints: Sequence[Checkpoint]) -> bool:
        certificates = set(self._certificates()) if checkpoints else set()
        return any(
            is_signed_by(checkpoint, by) for checkpoint in checkpoints for by in certificates
        )

    def _checkpoints(self, last: int) -> Iterator[Checkpoint]:
        """Those of so many events and more; each under its own name."""
        for copy, key in self._listed(CHECKPOINTS):
            if key >= f"{CHECKPOINTS}{last:012d}":
                with contextlib.suppress(ArchiveError):
                    held = parse_held(read(copy, key).decode("utf-8", "replace"))
                    if held.key == key:
                        yield held

    def _certificates(self) -> Iterator[bytes]:
        """Of keys that the trail noted; of any where it noted none: that part is lost too."""
        for copy, key in self._listed(f"{ACTS}/{CHECKPOINT}/"):
            if not key.endswith(".json"):
                continue
            with contextlib.suppress(ArchiveError, KeyError, TypeError):
                found = decoded(read_act(copy, key).document["body"]["certificate"])
                if not self._keys or sha256(found).hexdigest() in self._keys:
                    yield found

    def _listed(self, prefix: str) -> Iterator[tuple[ObjectStore, str]]:
        with contextlib.suppress(BackendError):  # what cannot be listed tells nothing
            for key, name in iter_keys_of(list(self._copies.values()), prefix, LeftOut()):
                if is_key(key):
                    yield self._copies[name], key
