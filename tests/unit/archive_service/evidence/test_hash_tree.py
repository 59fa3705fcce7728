"""Hash trees of RFC 4998: every leaf leads to the root, and no other digest does."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.evidence.outside.hash_tree import HashTree, node, root_above, tree_root

DIGESTS = st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(DIGESTS)
def test_every_leaf_leads_to_the_root(digests: set[bytes]) -> None:
    root = tree_root(digests)
    for leaf in digests:
        assert root_above(HashTree(digests).reduced(leaf)) == root


@given(DIGESTS, st.binary(min_size=32, max_size=32))
def test_another_digest_does_not(digests: set[bytes], other: bytes) -> None:
    if other in digests:
        return
    with pytest.raises(KeyError):
        HashTree(digests).reduced(other)
    leaf = min(digests)
    first, *above = HashTree(digests).reduced(leaf)
    swapped = [[other if one == leaf else one for one in first], *above]
    assert root_above(swapped) != tree_root(digests)


def test_two_are_hashed_in_their_order() -> None:
    low, high = bytes(32), b"\xff" * 32
    assert tree_root([high, low]) == sha256(low + high).digest()
    assert tree_root([low]) == low


@given(st.lists(DIGESTS, min_size=1, max_size=9), st.sampled_from(["sha256", "sha512"]))
def test_members_of_a_group_lead_to_the_root_by_themselves(
    groups: list[set[bytes]], algorithm: str
) -> None:
    tree = HashTree([node(group, algorithm) for group in groups], algorithm)
    for group in groups:
        reduced = tree.reduced(node(group, algorithm), sorted(group))
        assert root_above(reduced, algorithm) == tree.root
        assert len(group) == 1 or set(reduced[0]) == group
