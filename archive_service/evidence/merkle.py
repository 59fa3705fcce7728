"""Merkle trees as RFC 9162 hashes them: roots, inclusion and consistency, and their proofs."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()

# Level and index -> hash of the whole subtree of 2**level leaves that begins at index * 2**level.
Nodes = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two others."""
    return sha256(b"\x01" + left + right).digest()


class Peaks:
    """A growing tree, kept as the roots of its whole subtrees: memory grows with its height."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # leaves below, and hash; larger ones first

    def add(self, hashed: bytes, leaves: int = 1) -> None:
        """One more leaf, or a whole subtree that is no larger than the last one."""
        self.size += leaves
        while self._peaks and self._peaks[-1][0] == leaves:
            hashed = node_hash(self._peaks.pop()[1], hashed)
            leaves *= 2
        self._peaks.append((leaves, hashed))

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _folded([hashed for _, hashed in self._peaks])


def root_of(hashes: Iterable[bytes]) -> bytes:
    """The root over these hashes of leaves."""
    peaks = Peaks()
    for hashed in hashes:
        peaks.add(hashed)
    return peaks.root()


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """What proves that leaf ``index`` is in the tree of ``size`` leaves (RFC 9162, 2.1.3.1)."""
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _left_part(end - start)
        if index < middle:
            path.append(_range_root(nodes, middle, end))
            end = middle
        else:
            path.append(_range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, size: int) -> list[bytes]:
    """What proves that the tree of ``old`` leaves is the beginning of this one (2.1.4.1)."""
    start, end, path = 0, size, list[bytes]()
    while old != end:
        middle = start + _left_part(end - start)
        if old <= middle:
            path.append(_range_root(nodes, middle, end))
            end = middle
        else:
            path.append(_range_root(nodes, start, middle))
            start = middle
    if start:
        path.append(_range_root(nodes, start, end))
    return path[::-1]


def tree_head(nodes: Nodes, size: int) -> bytes:
    """The root over the first ``size`` leaves."""
    return _range_root(nodes, 0, size)


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, hashed = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            hashed = node_hash(step, hashed)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def is_consistent(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether the path leads from the old root to the new one (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _left_part(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """The root over leaves of a range that begins where a subtree of its size would."""
    peaks, at = list[bytes](), start
    while at < end:
        level = (end - at).bit_length() - 1
        peaks.append(nodes(level, at >> level))
        at += 1 << level
    return _folded(peaks)


def _folded(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    hashed = peaks[-1]
    for left in reversed(peaks[:-1]):
        hashed = node_hash(left, hashed)
    return hashed
