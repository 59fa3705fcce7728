"""The promises of what the destroy gate removes with."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from minio.commonconfig import COMPLIANCE, GOVERNANCE

from archive_service.bootstrap import EraseCredentialsMissingError, open_erasers
from archive_service.settings import load_settings
from archive_service.storage.erase.filesystem import FilesystemEraser
from archive_service.storage.erase.port import Eraser
from archive_service.storage.erase.s3 import open_s3_eraser
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.locks import Locks, ObjectHeldError, ObjectLockedError
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, StoreUnreachableError
from archive_service.storage.s3.store import open_s3_store
from tests.worlds.servers.buckets import BucketUsers, everything_below, plain_client

ROOT = object_root("urn:uuid:A")
KEY = f"{ROOT}/v1/content/a"
OTHER = f"{ROOT}/v1/content/a.b"


USERS = ["bucket_users", "gateway_users"]


@pytest.fixture
def users(request: pytest.FixtureRequest) -> BucketUsers:
    """Of one maker's server."""
    found: BucketUsers = request.getfixturevalue(request.param)
    return found


@dataclass
class Place:
    """A copy with its eraser."""

    store: ObjectStore
    eraser: Eraser


def kept_in(users: BucketUsers, mode: str = GOVERNANCE, url: str = "") -> Place:
    url = url or users.new_url()
    store = open_s3_store(url, lock_mode=mode)
    store.prepare()
    users.let_erase(url)
    return Place(store, open_s3_eraser(url, users.erase_credentials))


@pytest.fixture(params=["filesystem", "minio", "versitygw"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A copy with two files of one object."""
    if request.param == "filesystem":
        found = Place(FilesystemStore(tmp_path), FilesystemEraser(tmp_path))
    elif request.param == "minio":
        found = kept_in(request.getfixturevalue("bucket_users"))
    else:
        found = kept_in(request.getfixturevalue("gateway_users"))
    for key in (KEY, OTHER):
        put(found.store, b"content", key)
    return found


def put(store: ObjectStore, data: bytes, key: str = KEY) -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest())


def heal(store: ObjectStore, data: bytes, key: str = KEY) -> None:
    store.heal(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest())


def test_what_is_erased_is_gone_and_nothing_else_is(place: Place) -> None:
    place.eraser.erase(KEY)
    with pytest.raises(ObjectNotFoundError):
        place.store.stat(KEY)
    assert list(place.store.iter_keys()) == [OTHER]


def test_erasing_may_be_repeated(place: Place) -> None:
    for _ in range(2):
        place.eraser.erase(KEY)
        place.eraser.erase(OTHER)
    assert list(place.store.iter_keys()) == []


def test_its_key_may_be_used_again(place: Place) -> None:
    place.eraser.erase(KEY)
    put(place.store, b"other")
    with place.store.open(KEY) as source:
        assert source.read() == b"other"


@pytest.mark.parametrize("key", ["", "../a", "/a", "tmp/x"])
def test_a_key_that_is_none_is_refused(place: Place, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        place.eraser.erase(key)


def test_no_empty_folder_stays(tmp_path: Path) -> None:
    store, eraser = FilesystemStore(tmp_path), FilesystemEraser(tmp_path)
    put(store, b"content")
    eraser.erase(KEY)
    assert [path for path in tmp_path.rglob("*") if "tmp" not in path.parts] in (
        [],
        [tmp_path / "tmp"],
    )


@pytest.mark.parametrize("whole", [True, False])
def test_what_stood_in_the_way_of_its_files_goes_too(
    tmp_path: Path,
    whole: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """Somebody may have moved its very bytes into a folder that took their place."""
    store, eraser = FilesystemStore(tmp_path), FilesystemEraser(tmp_path)
    put(store, b"content")
    (tmp_path / KEY).unlink()
    (tmp_path / KEY).mkdir()
    (tmp_path / KEY / "moved").write_bytes(b"content")
    heal(store, b"content")
    assert len([path for path in tmp_path.rglob("moved") if "lost+found" in path.parts]) == 1
    if whole:
        assert eraser.erase_all(ROOT) == 2
    else:
        eraser.erase(KEY)
    assert list(eraser.iter_left(ROOT)) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_not_mounted_has_erased_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachableError):
        FilesystemEraser(tmp_path / "away").erase(KEY)


def test_a_whole_object_goes_at_once_and_nothing_else_does(place: Place) -> None:
    put(place.store, b"other", "acts/removal/x.json")
    neighbour = f"{ROOT}0/v1/content/a"  # begins alike
    put(place.store, b"other", neighbour)
    place.eraser.require_free(ROOT)
    assert list(place.eraser.iter_left(ROOT)) == [KEY, OTHER]
    assert place.eraser.erase_all(ROOT) == 2
    assert list(place.eraser.iter_left(ROOT)) == []
    assert list(place.store.iter_keys()) == ["acts/removal/x.json", neighbour]
    assert place.eraser.erase_all(ROOT) == 0


def test_what_is_marked_deleted_is_still_there(bucket_users: BucketUsers) -> None:
    place = kept_in(bucket_users)
    put(place.store, b"content")
    bucket = place.eraser._bucket.name  # type: ignore[attr-defined]  # to act behind its back
    bucket_users.server.client().remove_object(bucket, KEY)
    assert list(place.store.iter_keys()) == []
    assert list(place.eraser.iter_left(ROOT)) == [KEY]
    place.eraser.erase_all(ROOT)
    assert list(place.eraser.iter_left(ROOT)) == []


def test_one_held_file_keeps_the_whole_object(bucket_users: BucketUsers) -> None:
    place = kept_in(bucket_users)
    put(place.store, b"content")
    put(place.store, b"content", OTHER)
    assert isinstance(place.store, Locks)
    place.store.set_legal_hold(OTHER, True)
    with pytest.raises(ObjectHeldError):
        place.eraser.require_free(ROOT)
    with pytest.raises(ObjectHeldError):
        place.eraser.erase_all(ROOT)
    assert list(place.store.iter_keys()) == [KEY, OTHER]


def test_an_empty_folder_of_it_is_something_left(tmp_path: Path) -> None:
    eraser = FilesystemEraser(tmp_path)
    (tmp_path / ROOT / "v1").mkdir(parents=True)
    assert list(eraser.iter_left(ROOT)) == [f"{ROOT}/v1/"]
    eraser.erase_all(ROOT)
    assert list(eraser.iter_left(ROOT)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("users", USERS, indirect=True)
def test_every_version_goes_and_every_delete_marker(users: BucketUsers) -> None:
    url = users.new_url()
    place = kept_in(users, url=url)
    put(place.store, b"damaged")
    heal(place.store, b"recorded")
    server = users.server
    root, bucket = plain_client(server.bucket_url(plain_client(url)[1]))
    root.remove_object(bucket, KEY)
    root.put_object(bucket, KEY, io.BytesIO(b"again"), 5)
    root.remove_object(bucket, KEY)
    found = sorted(is_marker for _, _, is_marker in everything_below(url, KEY))
    assert found == [False, False, False, True, True]
    assert list(place.eraser.iter_left(ROOT)) == [KEY]
    place.eraser.erase(KEY)
    assert list(place.eraser.iter_left(ROOT)) == []
    assert everything_below(url, KEY) == []


def lock_nothing(_store: Locks) -> None:
    """A lock of the mode is there already."""


@pytest.mark.parametrize("users", USERS, indirect=True)
@pytest.mark.parametrize(
    ("mode", "lock", "error"),
    [
        (COMPLIANCE, lock_nothing, ObjectLockedError),
        (GOVERNANCE, lambda store: store.set_legal_hold(KEY, True), ObjectHeldError),
    ],
)
def test_a_lock_that_may_not_be_passed_and_a_hold_refuse(
    users: BucketUsers,
    mode: str,
    lock: Callable[[Locks], None],
    error: type[ObjectLockedError | ObjectHeldError],
) -> None:
    place = kept_in(users, mode)
    put(place.store, b"damaged")
    heal(place.store, b"recorded")
    assert isinstance(place.store, Locks)
    lock(place.store)
    with pytest.raises(error):
        place.eraser.erase(KEY)
    with place.store.open(KEY) as source:
        assert source.read() == b"recorded"


@pytest.mark.parametrize("users", USERS, indirect=True)
def test_the_keeping_user_cannot_erase(users: BucketUsers) -> None:
    url = users.new_url()
    place = kept_in(users, url=url)
    put(place.store, b"content")
    as_keeper = open_s3_eraser(url, f"{users.keep}:{users.secret}")
    with pytest.raises(ObjectLockedError):
        as_keeper.erase(KEY)
    assert list(place.store.iter_keys()) == [KEY]
    place.eraser.erase(KEY)
    assert list(place.store.iter_keys()) == []


def test_the_erasing_user_cannot_write(bucket_users: BucketUsers) -> None:
    url = bucket_users.new_url()
    open_s3_store(url).prepare()
    bucket = url.rpartition("/")[2].partition("?")[0]
    users = BucketUsers(
        bucket_users.server, bucket_users.erase, bucket_users.erase, bucket_users.secret
    )
    with pytest.raises(StoreUnreachableError):
        put(open_s3_store(users.url(bucket)), b"content")


def test_each_copy_of_the_settings_has_its_eraser(
    bucket_users: BucketUsers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bucket_users.new_url(name="b")
    monkeypatch.setenv("ARCHIVE_STORAGE__COPIES", f'["file:objects?name=a", "{url}"]')
    with pytest.raises(EraseCredentialsMissingError):
        open_erasers(load_settings(tmp_path))
    monkeypatch.setenv(
        "ARCHIVE_STORAGE__ERASE_CREDENTIALS", f'{{"b": "{bucket_users.erase_credentials}"}}'
    )
    store = open_s3_store(url)
    store.prepare()
    put(store, b"content")
    erasers = open_erasers(load_settings(tmp_path))
    assert sorted(erasers) == ["a", "b"]
    erasers["b"].erase(KEY)
    assert list(store.iter_keys()) == []
