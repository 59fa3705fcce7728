"""A folder, a link, a pipe or a closed file in the place of a stored one: found, and put right."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import ObjectUnreadableError
from tests.integration.archive_service.keeping.fixity.repaired_files import (
    checked,
    key_of,
    original,
    repaired,
)
from tests.worlds.main_job import A_CODE, Held
from tests.worlds.shelf import object_of

NOBODY = 65534


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _full_folder(file: Path) -> None:
    _folder(file)
    (file / "ghi chu.txt").write_text("của người khác", encoding="utf-8")


def _dead_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("/nowhere/at/all")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


SPOILS = [_folder, _full_folder, _dead_link, _pipe]


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.parametrize("place", ["content", "inventory", "sidecar", "inventory of v1"])
def test_what_is_no_file_is_found_and_healed(
    spoilt: Held, spoil: Callable[[Path], None], place: str
) -> None:
    stored = object_of(spoilt.home / "kho1", A_CODE)
    file = {
        "content": original(spoilt),
        "inventory": stored.root / "inventory.json",
        "sidecar": next(stored.root.glob("inventory.json.*")),
        "inventory of v1": stored.root / "v1" / "inventory.json",
    }[place]
    before = file.read_bytes()
    spoil(file)
    code, document = checked(spoilt.archive)
    told = [entry["key"] for kind in ("damaged", "missing") for entry in document[kind]]
    assert (code, told) == (5, [key_of(spoilt, file)])
    code, report = repaired(spoilt.archive)
    assert (code, report["failed"]) == (0, [])
    assert not file.is_symlink()
    assert file.read_bytes() == before
    assert checked(spoilt.archive)[0] == 0


def test_what_stood_in_its_place_is_put_aside(spoilt: Held) -> None:
    file = original(spoilt)
    _full_folder(file)
    assert repaired(spoilt.archive)[0] == 0
    aside = [path for path in (spoilt.home / "kho1" / "lost+found").rglob("*") if path.is_file()]
    assert [path.read_text(encoding="utf-8") for path in aside] == ["của người khác"]


@pytest.mark.parametrize("stands", ["file", "link"])
def test_a_version_whose_folder_is_none_comes_back(spoilt: Held, stands: str) -> None:
    stored = object_of(spoilt.home / "kho1", A_CODE)
    folder, away = stored.root / "v1", spoilt.home / "elsewhere"
    shutil.move(folder, away)
    if stands == "file":
        folder.write_bytes(b"")
    else:
        folder.symlink_to(away)
    assert checked(spoilt.archive)[0] == 5
    repaired(spoilt.archive)
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert checked(spoilt.archive)[0] == 0


@pytest.mark.parametrize("above", [0, 1, 3], ids=["object", "tuple", "first tuple"])
def test_a_package_behind_a_link_is_none_of_this_copy(spoilt: Held, above: int) -> None:
    """What a link leads to lies elsewhere, and may go with that place."""
    root = object_of(spoilt.home / "kho1", A_CODE).root
    folder = [root, *root.parents][above]
    away = spoilt.home / "elsewhere"
    shutil.move(folder, away)
    folder.symlink_to(away)
    with_one = FilesystemStore(spoilt.home / "kho1")
    assert list(with_one.iter_keys(f"{key_of(spoilt, root)}/")) == []
    assert checked(spoilt.archive)[0] == 5
    assert repaired(spoilt.archive)[0] == 0
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert object_of(spoilt.home / "kho1", A_CODE).root == root
    assert checked(spoilt.archive)[0] == 0


def test_the_only_copy_of_a_package_behind_a_link_is_a_finding(spoilt: Held) -> None:
    away = spoilt.home / "elsewhere"
    away.mkdir()
    for copy in ("kho1", "kho2"):
        root = object_of(spoilt.home / copy, A_CODE).root
        shutil.move(root, away / copy)
        root.symlink_to(away / copy)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert {entry["copy"] for entry in document["missing"]} == {"kho1", "kho2"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copy" / "acts").symlink_to(tmp_path / "elsewhere")
    store = FilesystemStore(tmp_path / "copy")
    data = b"noi dung"
    for key in ("acts/a.json", "acts/below/a.json"):
        with pytest.raises(ObjectUnreadableError):
            store.put(key, BytesIO(data), size=len(data), sha256=sha256(data).hexdigest())
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("spoil", SPOILS)
def test_two_copies_spoilt_so_give_each_other_what_they_have(
    spoilt: Held, spoil: Callable[[Path], None]
) -> None:
    """The copy that is asked first holds no file there either: the next place is asked."""
    one, other = (
        original(spoilt, copy, number=number) for number, copy in enumerate(("kho1", "kho2"))
    )
    spoil(one)
    spoil(other)
    assert repaired(spoilt.archive)[0] == 0
    assert checked(spoilt.archive)[0] == 0


@pytest.fixture
def store_of_nobody() -> Iterator[FilesystemStore]:
    """A store whose files even its owner may be kept from reading."""
    if os.geteuid():
        pytest.skip("gives up the rights of root")
    root = Path(tempfile.mkdtemp())
    os.chown(root, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield FilesystemStore(root)
    finally:
        os.seteuid(0)
        shutil.rmtree(root)


def test_a_file_that_may_not_be_read_is_trouble_with_the_file(
    store_of_nobody: FilesystemStore,
) -> None:
    data, digest = b"noi dung", sha256(b"noi dung").hexdigest()
    store = store_of_nobody
    store.put("acts/a.json", BytesIO(data), size=len(data), sha256=digest)
    path = store._root / "acts" / "a.json"
    path.chmod(0)
    with pytest.raises(ObjectUnreadableError):
        store.open("acts/a.json")
    store.heal("acts/a.json", BytesIO(data), size=len(data), sha256=digest)
    with store.open("acts/a.json") as found:
        assert found.read() == data
