"""Hash trees of RFC 4998: every leaf leads to the root, and no other digest does."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.evidence.outside.hash_tree import reduced_tree, root_above, tree_root

DIGESTS = st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(DIGESTS)
def test_every_leaf_leads_to_the_root(digests: set[bytes]) -> None:
    root = tree_root(digests)
    for leaf in digests:
        assert root_above(reduced_tree(digests, leaf)) == root


@given(DIGESTS, st.binary(min_size=32, max_size=32))
def test_another_digest_does_not(digests: set[bytes], other: bytes) -> None:
    if other in digests:
        return
    with pytest.raises(KeyError):
        reduced_tree(digests, other)
    leaf = min(digests)
    first, *above = reduced_tree(digests, leaf)
    swapped = [[other if one == leaf else one for one in first], *above]
    assert root_above(swapped) != tree_root(digests)


def test_two_are_hashed_in_their_order() -> None:
    low, high = bytes(32), b"\xff" * 32
    assert tree_root([high, low]) == sha256(low + high).digest()
    assert tree_root([low]) == low
