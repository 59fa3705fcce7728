"""The log's tree in tiles, as C2SP tlog-tiles lays them out: 256 hashes a file, write-once."""

from collections.abc import Iterator

from archive_service.errors import IntegrityViolationError
from archive_service.evidence.merkle import Peaks, root_of
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore

LOG = "evidence/log/"
WIDTH = 256
_LEVEL_BITS = 8
_HASH_BYTES = 32


class TileDamagedError(IntegrityViolationError):
    """A tile of the log does not hold as many hashes as its name says."""


def tile_key(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile lies: its index in groups of three digits; a partial one tells its width."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    path = f"{LOG}tile/{level}/{'/'.join(reversed(groups))}"
    return path if width == WIDTH else f"{path}.p/{width}"


class Edge:
    """The right edge of the log: the hashes of the last tile of each level that is not full."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = []

    @classmethod
    def read(cls, copy: ObjectStore, size: int) -> "Edge":
        """The edge at this size, as the partial tiles of a copy hold it; its root is to be asked.

        Raises ``ObjectNotFoundError``, ``ObjectUnreadableError``, ``TileDamagedError``.
        """
        edge = cls()
        edge.size = size
        below = size
        while below:
            level, width = len(edge._levels), below % WIDTH
            key = tile_key(level, below // WIDTH, width)
            edge._levels.append(_hashes(copy, key, width) if width else [])
            below //= WIDTH
        return edge

    def add(self, leaf: bytes) -> Iterator[tuple[str, bytes]]:
        """Put one leaf's hash at the end; the tiles that it filled, by their keys."""
        self.size += 1
        level, hashed = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(hashed)
            if len(self._levels[level]) < WIDTH:
                return
            full, self._levels[level] = self._levels[level], []
            index = self.size // WIDTH ** (level + 1) - 1
            yield tile_key(level, index), b"".join(full)
            level, hashed = level + 1, root_of(full)

    def partial(self) -> dict[str, bytes]:
        """The tiles of the edge that are not full, by their keys."""
        return {
            tile_key(level, self.size // WIDTH ** (level + 1), len(hashes)): b"".join(hashes)
            for level, hashes in enumerate(self._levels)
            if hashes
        }

    def root(self) -> bytes:
        """The root over all leaves."""
        peaks = Peaks()
        for level in range(len(self._levels) - 1, -1, -1):
            for hashed in self._levels[level]:
                peaks.add(hashed, WIDTH**level)
        return peaks.root()


class TileNodes:
    """Hashes of a tree's subtrees, read from the tiles of one copy; some tiles stay in memory."""

    def __init__(self, copy: ObjectStore, size: int) -> None:
        self._copy, self._size = copy, size
        self._tiles: dict[str, list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """See ``merkle.Nodes``; raises as ``Edge.read``."""
        tile_level, inside = divmod(level, _LEVEL_BITS)
        first = index << inside
        tile, offset = divmod(first, WIDTH)
        width = min(WIDTH, self._size // WIDTH**tile_level - tile * WIDTH)
        key = tile_key(tile_level, tile, width)
        if key not in self._tiles:
            self._tiles[key] = _hashes(self._copy, key, width)
        return root_of(self._tiles[key][offset : offset + (1 << inside)])


def _hashes(copy: ObjectStore, key: str, width: int) -> list[bytes]:
    data = read(copy, key)
    if len(data) != width * _HASH_BYTES:
        raise TileDamagedError(copy=copy.name, key=key)
    return [data[at : at + _HASH_BYTES] for at in range(0, len(data), _HASH_BYTES)]
