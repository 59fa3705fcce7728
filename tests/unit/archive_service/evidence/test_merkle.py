"""The log's tree against an outside library, and every proof against what it must refuse."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from archive_service.errors import IntegrityViolationError
from archive_service.evidence.merkle import (
    EMPTY_ROOT,
    Nodes,
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
)
from archive_service.evidence.tiles import WIDTH, Edge, TileNodes, tile_key
from archive_service.storage.copies.identity import put_all_read_back, put_bytes
from archive_service.storage.filesystem import FilesystemStore

LARGE = 2 * WIDTH * WIDTH + 5 * WIDTH + 3


def leaf(number: int) -> bytes:
    return leaf_hash(b"event %d" % number)


def nodes_of(size: int) -> Nodes:
    hashes = [leaf(number) for number in range(size)]
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70))
def test_roots_are_those_of_an_outside_library(entries: list[bytes]) -> None:
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    assert root_of(map(leaf_hash, entries)) == theirs.get_root()


def test_the_empty_tree_has_the_root_of_the_rfc() -> None:
    assert root_of([]) == EMPTY_ROOT == sha256().digest()


@given(st.data())
def test_a_leaf_is_proved_at_its_place_and_at_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    root = root_of(map(leaf, range(size)))
    path = inclusion_path(nodes_of(size), index, size)
    assert is_included(leaf(index), index, size, path, root)
    assert not is_included(leaf(size), index, size, path, root)
    assert not is_included(leaf(index), size, size, path, root)
    assert not is_included(leaf(index), index, size, [*path, root], root)
    if path:
        assert not is_included(leaf(index), index, size, path[:-1], root)


@given(st.data())
def test_an_older_tree_is_proved_to_be_the_beginning_and_a_rewritten_one_is_not(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, size))
    before, root = root_of(map(leaf, range(old))), root_of(map(leaf, range(size)))
    path = consistency_path(nodes_of(size), old, size)
    assert is_consistent(old, size, path, before, root)
    assert not is_consistent(old, size, path, leaf(size), root)
    assert not is_consistent(old, size, path, before, leaf(size))
    assert not is_consistent(size + 1, size, path, before, root)
    assert not is_consistent(old, size, [*path, root], before, root)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=5))
def test_tiles_written_at_any_sizes_give_every_root_and_proof(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    store = FilesystemStore(tmp_path_factory.mktemp("copy"))
    store.prepare()
    size = 0
    for step in steps:
        edge, files = Edge.read(store, size), dict[str, bytes]()
        for number in range(size, size + step):
            files |= dict(edge.add(leaf(number)))
        put_all_read_back(store, files | edge.partial())
        size += step
        assert edge.root() == Edge.read(store, size).root() == root_of(map(leaf, range(size)))
    nodes, root = TileNodes(store, size), root_of(map(leaf, range(size)))
    for index in {0, size // 2, size - 1} - {-1} if size else ():
        assert is_included(leaf(index), index, size, inclusion_path(nodes, index, size), root)
        before = root_of(map(leaf, range(index + 1)))
        path = consistency_path(nodes, index + 1, size)
        assert is_consistent(index + 1, size, path, before, root)


def test_a_tree_of_three_levels_is_proved_from_its_tiles(tmp_path: Path) -> None:
    store = FilesystemStore(tmp_path / "copy")
    store.prepare()
    edge, files = Edge(), dict[str, bytes]()
    for number in range(LARGE):
        files |= dict(edge.add(leaf(number)))
    files |= edge.partial()
    store.put_all({key: data for key, data in files.items() if "/tile/0/" not in key})
    wanted = [tile_key(0, 77), tile_key(0, LARGE // WIDTH, LARGE % WIDTH)]
    store.put_all({key: files[key] for key in wanted})
    index, root = 77 * WIDTH + 9, Edge.read(store, LARGE).root()
    assert root == root_of(map(leaf, range(LARGE)))
    path = inclusion_path(TileNodes(store, LARGE), index, LARGE)
    assert is_included(leaf(index), index, LARGE, path, root)


def test_tiles_are_named_as_the_specification_names_them() -> None:
    assert tile_key(0, 1_234_067) == "evidence/log/tile/0/x001/x234/067"
    assert tile_key(2, 5, 17) == "evidence/log/tile/2/005.p/17"


def test_a_tile_with_a_hash_too_few_is_refused(tmp_path: Path) -> None:
    store = FilesystemStore(tmp_path / "copy")
    store.prepare()
    put_bytes(store, tile_key(0, 0, 2), leaf(0))
    with pytest.raises(IntegrityViolationError) as refused:
        Edge.read(store, 2)
    assert refused.value.code == "tile-damaged"
