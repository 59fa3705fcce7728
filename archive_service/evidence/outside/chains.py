"""The chains of one object (RFC 4998): its first stamp, renewals above it, and newer hash trees.

A chain has one digest algorithm. Where that nears its end the object is hashed anew, and the next
chain begins with a stamp over the tree of the new digests, each joined to the chains before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive_service.evidence.outside.hash_tree import SHA256, HashTree, digest_of, node
from archive_service.evidence.outside.renewals import Renewal, tree_of
from archive_service.evidence.outside.stamping import LogStamp
from archive_service.signing.archive_stamp import Stamp


@dataclass(frozen=True, slots=True)
class Link:
    """One stamp of a chain; ``by`` is the renewal that it came with, none for the first."""

    stamp: Stamp
    by: Renewal | None = None


Chains = Sequence[Sequence[Link]]
# What the tree after these chains has of an object: that tree's stamp and the way to it.
Next = Callable[[Chains], Link | None]


def joined(digest: bytes, chains: Chains, algorithm: str) -> bytes:
    """An object's new digest with that of its chains: what a new tree holds (RFC 4998, 5.3)."""
    from archive_service.signing.evidence_record import sequence_of

    before = sequence_of([[link.stamp for link in chain] for chain in chains])
    return digest_of(digest + digest_of(before, algorithm), algorithm)


def chains_of(
    first: Stamp, renewed: Mapping[bytes, Renewal], next_tree: Next = lambda _: None
) -> list[list[Link]]:
    """All chains above a first stamp, as far as they go."""
    chains = [[Link(first)]]
    while True:
        if (tree := next_tree(chains)) is not None:
            chains.append([tree])
            continue
        link = next_link(chains[-1], renewed)
        if link is None:
            return chains
        chains[-1].append(link)


def next_link(chain: Sequence[Link], renewed: Mapping[bytes, Renewal]) -> Link | None:
    """The renewal of a chain's stamps by the same algorithm."""
    algorithm = chain[0].stamp.algorithm
    tokens = [digest_of(link.stamp.token, algorithm) for link in chain]
    leaf = node(tokens, algorithm)
    by = renewed.get(leaf)
    if by is None or by.algorithm != algorithm:
        return None
    return Link(Stamp(tree_of(by).reduced(leaf, tokens), by.token, algorithm), by)


def leaf_of(chain: Sequence[Link]) -> bytes:
    """What a renewal of this chain is over."""
    algorithm = chain[0].stamp.algorithm
    return node([digest_of(link.stamp.token, algorithm) for link in chain], algorithm)


def next_of_text(text: bytes, renewed: Mapping[bytes, Renewal]) -> Next:
    """Of what is so small that it can be hashed at any time: it is a leaf by itself."""
    algorithms = _new_algorithms(renewed.values())

    def found(chains: Chains) -> Link | None:
        used = {chain[0].stamp.algorithm for chain in chains}
        for algorithm in algorithms - used:
            leaf = joined(digest_of(text, algorithm), chains, algorithm)
            by = renewed.get(leaf)
            if by is not None and by.algorithm == algorithm:
                return Link(Stamp(tree_of(by).reduced(leaf), by.token, algorithm), by)
        return None

    return found


def chains_of_note(
    stamp: LogStamp, tree: HashTree, renewed: Mapping[bytes, Renewal]
) -> list[list[Link]]:
    """The chains of a stamp's own checkpoint; ``tree`` is what the stamp is over."""
    first = Stamp(tree.reduced(stamp.own_digest), stamp.token)
    return chains_of(first, renewed, next_of_text(stamp.checkpoint.note.encode(), renewed))


def has_changed(renewals: Iterable[Renewal]) -> bool:
    """Whether there are trees by another algorithm than the first."""
    return bool(_new_algorithms(renewals))


def _new_algorithms(renewals: Iterable[Renewal]) -> set[str]:
    return {renewal.algorithm for renewal in renewals} - {SHA256}


def iter_links(chains: Chains) -> Iterator[Link]:
    """The stamps of all chains in their order."""
    for chain in chains:
        yield from chain
