"""Hash trees as RFC 4998 has them: sorted digests, two by two; a leaf's way up as its record."""

from collections.abc import Iterable, Sequence
from hashlib import sha256


def tree_root(digests: Iterable[bytes]) -> bytes:
    """The root over these digests, whatever order they come in; one alone is its own root."""
    level = sorted(set(digests))
    while len(level) > 1:
        level = [_node(level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0] if level else b""


def reduced_tree(digests: Iterable[bytes], leaf: bytes) -> list[list[bytes]]:
    """What leads from ``leaf`` to the root: of each level the digests beside it (RFC 4998, 4.2).

    The first list holds the leaf itself. ``KeyError`` where it is not in the tree.
    """
    level = sorted(set(digests))
    if leaf not in level:
        raise KeyError(leaf.hex())
    found: list[list[bytes]] = [[leaf]]
    at = level.index(leaf)
    while len(level) > 1:
        beside = [one for one in level[at - at % 2 : at - at % 2 + 2] if one != level[at]]
        if len(found) == 1 and len(found[0]) == 1:
            found[0] = sorted([leaf, *beside])
        elif beside:
            found.append(beside)
        level = [_node(level[step : step + 2]) for step in range(0, len(level), 2)]
        at //= 2
    return found


def root_above(reduced: Sequence[Sequence[bytes]]) -> bytes:
    """The root that a reduced tree leads to (RFC 4998, 4.3)."""
    hashed = b""
    for beside in reduced:
        hashed = _node(sorted({*beside, *([hashed] if hashed else [])}))
    return hashed


def _node(digests: Sequence[bytes]) -> bytes:
    """One digest alone goes up as it is: to hash it again is what RFC 4998 forbids."""
    return digests[0] if len(digests) == 1 else sha256(b"".join(sorted(digests))).digest()
