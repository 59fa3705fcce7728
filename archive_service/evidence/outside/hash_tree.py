"""Hash trees as RFC 4998 has them: sorted digests, two by two; a leaf's way up as its record."""

import hashlib
from collections.abc import Iterable, Sequence

SHA256 = "sha256"  # of the first trees; later ones name theirs
TREES = (SHA256, "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")


class HashTree:
    """The tree over these digests, whatever order they come in; one alone is its own root."""

    def __init__(self, digests: Iterable[bytes], algorithm: str = SHA256) -> None:
        self.levels = [sorted(set(digests))]
        while len(level := self.levels[-1]) > 1:
            pairs = (level[at : at + 2] for at in range(0, len(level), 2))
            self.levels.append([node(pair, algorithm) for pair in pairs])
        self._places = {digest: at for at, digest in enumerate(self.levels[0])}

    @property
    def root(self) -> bytes:
        """Over all of them; nothing over none."""
        return self.levels[-1][0] if self.levels[-1] else b""

    def __contains__(self, digest: bytes) -> bool:
        """Whether it is a leaf."""
        return digest in self._places

    def above(self, leaf: bytes) -> list[list[bytes]]:
        """Of each level what stands beside the way from ``leaf`` to the root; ``KeyError``."""
        at = self._places[leaf]
        found: list[list[bytes]] = []
        for level in self.levels[:-1]:
            if (at ^ 1) < len(level):
                found.append([level[at ^ 1]])
            at //= 2
        return found

    def reduced(self, leaf: bytes, members: Sequence[bytes] = ()) -> list[list[bytes]]:
        """What leads from ``leaf`` to the root (RFC 4998, 4.2).

        The first list holds the leaf itself, or where it is the node of a group its members alone.
        ``KeyError`` where it is not in the tree.
        """
        return path_of(leaf, members, self.above(leaf))


def path_of(
    leaf: bytes, members: Sequence[bytes], above: Sequence[Sequence[bytes]]
) -> list[list[bytes]]:
    """A reduced tree by what stands above its leaf; see ``HashTree.reduced``."""
    if len(members) > 1:
        return [sorted(members), *map(list, above)]
    return [sorted([leaf, *above[0]]), *map(list, above[1:])] if above else [[leaf]]


def tree_root(digests: Iterable[bytes], algorithm: str = SHA256) -> bytes:
    """The root of their tree."""
    return HashTree(digests, algorithm).root


def root_above(reduced: Sequence[Sequence[bytes]], algorithm: str = SHA256) -> bytes:
    """The root that a reduced tree leads to (RFC 4998, 4.3)."""
    hashed = b""
    for beside in reduced:
        hashed = node({*beside, *([hashed] if hashed else [])}, algorithm)
    return hashed


def node(digests: Iterable[bytes], algorithm: str = SHA256) -> bytes:
    """Over a group; one digest alone goes up as it is: to hash it again RFC 4998 forbids."""
    some = sorted(digests)
    return some[0] if len(some) == 1 else digest_of(b"".join(some), algorithm)


def digest_of(data: bytes, algorithm: str) -> bytes:
    """Its digest by an algorithm of the table."""
    return hashlib.new(algorithm, data).digest()
