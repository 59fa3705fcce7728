"""Publishing: every copy or none reported, in order, the same however often it is tried."""

import hashlib
import io
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive_service.storage.copies.identity import put_bytes
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.ocfl.inventory import Inventory
from archive_service.storage.ocfl.root import read, resolve
from archive_service.storage.port import (
    ObjectNotFoundError,
    StoreUnreachableError,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.publish import (
    EarlierVersionMissingError,
    VersionForkedError,
    settle_root,
)
from archive_service.storage.staging import FolderStaging, StagedObjectMissingError
from tests.worlds.stored_objects import (
    OCFL_ID,
    ROOT,
    THREE_VERSIONS,
    LyingStore,
    flipped,
    new_copy,
    publish_version,
    stage_version,
    stage_versions,
    tree_of,
)


@pytest.fixture
def staging(tmp_path: Path) -> FolderStaging:
    """An empty staging."""
    return FolderStaging(tmp_path / "staging")


@pytest.fixture
def versions(staging: FolderStaging) -> list[Inventory]:
    """Three versions, staged."""
    return stage_versions(staging)


def test_every_copy_holds_every_version(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copies = [new_copy(tmp_path / "a"), new_copy(tmp_path / "b")]
    for inventory in versions:
        results = publish_version(inventory.sha256, staging=staging, copies=copies)
        assert [(copy_result.copy, copy_result.version) for copy_result in results] == [
            ("a", inventory.version),
            ("b", inventory.version),
        ]
    for copy in copies:
        assert resolve(copy, OCFL_ID).data == versions[-1].data
        for inventory, files in zip(versions, THREE_VERSIONS, strict=True):
            assert resolve(copy, OCFL_ID, inventory.version).data == inventory.data
            for path, digest in inventory.state().items():
                assert read(copy, f"{ROOT}/{inventory.manifest[digest][0]}") == files[path]
    assert not list((tmp_path / "a" / "tmp").iterdir())


def test_what_is_not_there_is_said_not_to_be(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    publish_version(versions[0].sha256, staging=staging, copies=[copy])
    with pytest.raises(ObjectNotFoundError):
        resolve(copy, "urn:uuid:another")
    with pytest.raises(ObjectNotFoundError):
        resolve(copy, OCFL_ID, 2)


def test_publishing_again_changes_nothing(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copies = [new_copy(tmp_path / "a")]
    for inventory in versions:
        publish_version(inventory.sha256, staging=staging, copies=copies)
    before = tree_of(tmp_path / "a")
    for inventory in versions:  # also a late worker with an earlier version
        publish_version(inventory.sha256, staging=staging, copies=copies)
    assert tree_of(tmp_path / "a") == before


def test_an_unfinished_version_is_completed(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    done, torn = new_copy(tmp_path / "a"), new_copy(tmp_path / "b")
    publish_version(versions[0].sha256, staging=staging, copies=[done, torn])
    publish_version(versions[1].sha256, staging=staging, copies=[done])
    put_bytes(torn, f"{ROOT}/v2/content/METS.xml", THREE_VERSIONS[1]["METS.xml"])
    settle_root(torn, ROOT)
    assert resolve(torn, OCFL_ID).version == 1
    publish_version(versions[1].sha256, staging=staging, copies=[done, torn])
    assert tree_of(tmp_path / "b" / "ocfl") == tree_of(tmp_path / "a" / "ocfl")


def test_a_copy_that_lacks_the_version_before_is_told_apart(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    with pytest.raises(EarlierVersionMissingError):
        publish_version(versions[1].sha256, staging=staging, copies=[copy])
    assert "ocfl/ab" not in "".join(copy.iter_keys())


def test_another_history_is_refused(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    publish_version(versions[0].sha256, staging=staging, copies=[copy])
    other = stage_version(staging, None, {"METS.xml": b"another first version"})
    with pytest.raises(VersionForkedError):
        publish_version(other.sha256, staging=staging, copies=[copy])
    assert resolve(copy, OCFL_ID).data == versions[0].data


def test_bytes_damaged_in_staging_are_never_stored(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    digest = versions[0].state()["METS.xml"]
    with staging.path(digest) as path:
        path.write_bytes(flipped(path.read_bytes()))
    before = tree_of(tmp_path / "a")
    with pytest.raises(TransferDamagedError):
        publish_version(versions[0].sha256, staging=staging, copies=[copy])
    assert tree_of(tmp_path / "a") == before


def test_bytes_missing_from_staging_are_said_to_be(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    staging.discard(versions[0].state()["METS.xml"])
    with pytest.raises(StagedObjectMissingError):
        publish_version(versions[0].sha256, staging=staging, copies=[copy])


def test_a_copy_that_is_away_fails_the_publication_but_not_the_other_copy(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    here, away = new_copy(tmp_path / "here"), new_copy(tmp_path / "away")
    shutil.rmtree(tmp_path / "away")
    (tmp_path / "away").mkdir()  # the mount point without its disk
    with pytest.raises(StoreUnreachableError):
        publish_version(versions[0].sha256, staging=staging, copies=[away, here])
    assert list((tmp_path / "away").iterdir()) == []
    assert resolve(here, OCFL_ID).version == 1


def test_a_root_that_does_not_read_back_is_not_reported_stored(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    lying = LyingStore(
        new_copy(tmp_path / "a"),
        lambda key, data, _: flipped(data) if key == f"{ROOT}/inventory.json" else data,
    )
    with pytest.raises(TransferDamagedError):
        publish_version(versions[0].sha256, staging=staging, copies=[lying])


@pytest.mark.parametrize("torn", ["inventory.json", "inventory.json.sha256"])
def test_a_lagging_root_is_rewritten_from_the_newest_version(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path, torn: str
) -> None:
    copy = new_copy(tmp_path / "a")
    for inventory in versions:
        publish_version(inventory.sha256, staging=staging, copies=[copy])
    before = tree_of(tmp_path / "a")
    root = tmp_path / "a" / ROOT
    shutil.copy(root / "v2" / torn, root / torn)
    assert resolve(copy, OCFL_ID).version == 3
    assert settle_root(copy, ROOT)
    assert not settle_root(copy, ROOT)
    assert tree_of(tmp_path / "a") == before


def test_what_a_killed_process_left_is_swept_and_live_work_is_not(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path)
    dead = tmp_path / "tmp" / "dead"
    dead.mkdir(parents=True)
    (dead / "whole").write_bytes(b"half")
    swept: list[int] = []

    def source() -> io.BytesIO:
        swept.append(copy.sweep())  # while the tree is being assembled
        return io.BytesIO(b"x")

    digest = hashlib.sha256(b"x").hexdigest()
    copy.put_tree("ocfl/a", [TreeFile("x", 1, digest, source)])
    assert swept == [1]
    assert not dead.exists()
    assert list(copy.iter_keys()) == ["ocfl/a/x"]


def test_workers_that_publish_the_same_version_do_not_disturb_each_other(
    staging: FolderStaging, versions: Sequence[Inventory], tmp_path: Path
) -> None:
    copy = new_copy(tmp_path / "a")
    for inventory in versions:
        with ThreadPoolExecutor(4) as workers:
            running = [
                workers.submit(publish_version, inventory.sha256, staging=staging, copies=[copy])
                for _ in range(4)
            ]
        assert {future.result()[0].version for future in running} == {inventory.version}
    assert not settle_root(copy, ROOT)
    assert not list((tmp_path / "a" / "tmp").iterdir())


def test_a_declaration_that_comes_back_otherwise_when_a_root_is_settled_is_not_believed(
    tmp_path: Path,
) -> None:
    staging, copy = FolderStaging(tmp_path / "staging"), new_copy(tmp_path / "kho1")
    first = stage_versions(staging)[0]
    publish_version(first.sha256, staging=staging, copies=[copy])
    for name in ("inventory.json", "inventory.json.sha256", "0=ocfl_object_1.1"):
        (tmp_path / "kho1" / ROOT / name).unlink()  # as a kill leaves a bucket
    lying = LyingStore(
        copy, lambda key, data, _nth: flipped(data) if key.endswith("_1.1") else data
    )
    with pytest.raises(TransferDamagedError):
        publish_version(first.sha256, staging=staging, copies=[lying])
    publish_version(first.sha256, staging=staging, copies=[copy])
