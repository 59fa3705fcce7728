"""Two sound copies, made once a file, and what is spoilt of them."""

import shutil
from pathlib import Path

import pytest

from archive_service.storage.filesystem import FilesystemStore
from tests.worlds.stored_objects import store_three_versions, write_act


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two copies of one object with three versions, and an act; never touched."""
    folder = tmp_path_factory.mktemp("sound")
    copies = store_three_versions(folder, "a", "b")
    write_act("receipt", "01", {"n": 1}, copies=copies, companions={"pdf": b"%PDF"})
    return folder


@pytest.fixture
def pair(sound: Path, tmp_path: Path) -> list[FilesystemStore]:
    """Those two, to be spoilt."""
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return [FilesystemStore(tmp_path / name) for name in ("a", "b")]


@pytest.fixture
def alone(sound: Path, tmp_path: Path) -> list[FilesystemStore]:
    """One copy that has no other to ask."""
    shutil.copytree(sound / "a", tmp_path / "a")
    return [FilesystemStore(tmp_path / "a")]
