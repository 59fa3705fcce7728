"""One stamp of an evidence record (RFC 4998), as it is read and written."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token, the reduced hash tree that leads to what it is over, and the tree's algorithm."""

    reduced: Sequence[Sequence[bytes]]
    token: bytes
    algorithm: str = "sha256"
