"""The tree of a large day, kept in a file for a while: a way up is read, and nothing is hashed."""

import os
from bisect import bisect_left
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from archive_service.evidence.outside.hash_tree import HashTree, path_of, root_above
from archive_service.storage.durable import write_pieces

_LEAST = 10_000  # leaves; fewer are hashed in no time
_WIDTH = 32  # bytes of a digest, and of the head, which tells how many leaves there are


def keep_tree(folder: Path, token: bytes, tree: HashTree) -> None:
    """Write its levels into the work folder, which is swept, by the token over its root."""
    if len(tree.levels[0]) >= _LEAST:
        head = len(tree.levels[0]).to_bytes(_WIDTH)
        write_pieces(_file(folder, token), (head, *map(b"".join, tree.levels)))


def kept_way(folder: Path, token: bytes, leaf: bytes) -> list[list[bytes]] | None:
    """What stands above the leaf; ``None`` without a file that leads from it to what is stamped."""
    from archive_service.signing.timestamp import imprint_of

    try:
        with _file(folder, token).open("rb") as file:
            found = list(_above(file.fileno(), leaf))
    except (OSError, ValueError, OverflowError):
        return None
    return found if root_above(path_of(leaf, (), found)) == imprint_of(token) else None


def _above(levels: int, leaf: bytes) -> Iterator[list[bytes]]:
    """As ``HashTree.above``; nothing where there is no such leaf."""

    def digest(at: int) -> bytes:
        return os.pread(levels, _WIDTH, at * _WIDTH)

    first, width = 1, int.from_bytes(digest(0))
    at = bisect_left(range(width), leaf, key=lambda one: digest(first + one))
    while width > 1:
        if (at ^ 1) < width:
            yield [digest(first + (at ^ 1))]
        first, width, at = first + width, (width + 1) // 2, at // 2


def _file(folder: Path, token: bytes) -> Path:
    return folder / f"tree-{sha256(token).hexdigest()}"
