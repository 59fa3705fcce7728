"""A large day's tree in a file: it gives the way up that hashing gives, or none at all."""

from hashlib import sha256
from pathlib import Path

import pytest

from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.kept_tree import keep_tree, kept_way
from archive_service.signing.timestamp import DemoTimestamps
from archive_service.signing.trust.demo_authority import DemoAuthority

LEAVES = 10_001


@pytest.fixture(scope="module")
def tree() -> HashTree:
    return HashTree(sha256(str(number).encode()).digest() for number in range(LEAVES))


@pytest.fixture(scope="module")
def token(tree: HashTree, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    authority = DemoAuthority.open_or_make(tmp_path_factory.mktemp("authority"))
    return DemoTimestamps(authority).token(tree.root)


@pytest.fixture
def kept(tree: HashTree, token: bytes, tmp_path: Path) -> Path:
    """The file that holds it."""
    keep_tree(tmp_path, token, tree)
    (file,) = tmp_path.iterdir()
    return file


def test_each_leaf_has_the_way_that_the_tree_itself_gives(
    kept: Path, tree: HashTree, token: bytes
) -> None:
    leaves = tree.levels[0]
    for leaf in (*leaves[:9], *leaves[:: LEAVES // 50], *leaves[-9:]):
        assert kept_way(kept.parent, token, leaf) == tree.above(leaf)


@pytest.mark.parametrize("leaf", [bytes(32), b"\xff" * 32, sha256(b"other").digest()])
def test_what_is_no_leaf_has_none(kept: Path, token: bytes, leaf: bytes) -> None:
    assert kept_way(kept.parent, token, leaf) is None


def test_a_file_that_was_changed_or_is_of_another_stamp_gives_none(
    kept: Path, tree: HashTree, token: bytes
) -> None:
    leaf = tree.levels[0][5000]
    whole = kept.read_bytes()
    for spoilt in (
        b"",
        b"\xff" * 32 + whole[32:],
        whole[:32],
        whole[:32] + bytes(len(whole) - 32),
        whole.replace(tree.above(leaf)[7][0], bytes(32)),
    ):
        kept.write_bytes(spoilt)
        assert kept_way(kept.parent, token, leaf) is None
    kept.write_bytes(whole)
    assert kept_way(kept.parent, token + b"x", leaf) is None


def test_a_small_tree_is_not_kept(token: bytes, tmp_path: Path) -> None:
    keep_tree(tmp_path, token, HashTree([bytes(32), b"x" * 32]))
    assert not list(tmp_path.iterdir())
