"""The tiles of each copy against the log that the events give, in one walk over the leaves."""

from collections.abc import Iterable, Mapping, Sequence

from archive_service.evidence.tiles import Edge
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError


class TileCheck:
    """Compares what copies hold, each up to the size of its newest checkpoint.

    The partial tiles of earlier checkpoints are not read: those of the newest hold the same hashes.
    """

    def __init__(self, copies: Sequence[ObjectStore], sizes: Mapping[str, int]) -> None:
        self._copies = [copy for copy in copies if copy.name in sizes]
        self._sizes = sizes
        self.misfits: dict[str, str] = {}

    def add(self, edge: Edge, leaves: Iterable[bytes]) -> None:
        """Let the log grow by these leaves, and read the tiles that they fill."""
        for hashed in leaves:
            for key, data in edge.add(hashed):
                self._compare(key, data, [it for it in self._copies if self._reaches(it, edge)])

    def end(self, edge: Edge) -> None:
        """Read the partial tiles of the copies whose newest checkpoint ends here."""
        here = [copy for copy in self._copies if self._sizes[copy.name] == edge.size]
        for key, data in edge.partial().items() if here else ():
            self._compare(key, data, here)

    def _reaches(self, copy: ObjectStore, edge: Edge) -> bool:
        return edge.size <= self._sizes[copy.name]

    def _compare(self, key: str, expected: bytes, copies: Sequence[ObjectStore]) -> None:
        for copy in copies:
            if copy.name not in self.misfits and _held(copy, key) != expected:
                self.misfits[copy.name] = key


def _held(copy: ObjectStore, key: str) -> bytes | None:
    try:
        return read(copy, key)
    except (ObjectNotFoundError, ObjectUnreadableError):
        return None
