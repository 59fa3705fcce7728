"""The promises of a store's own locks, kept by every store that has them."""

import datetime as dt
import hashlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention

from archive_service import clock
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.locks import (
    Locks,
    ObjectLockedError,
    first_unheld,
    hold_object,
    lock_each,
    locked_until,
    term_end,
)
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectNotFoundError, TreeFile
from archive_service.storage.s3.store import S3Store, open_s3_store
from tests.services.s3 import S3Server
from tests.worlds.servers.buckets import BucketUsers

KEY = "acts/receipt/01.json"
OCFL_ID = "urn:uuid:A"
ROOT = object_root(OCFL_ID)
DAY = dt.timedelta(days=1)


@pytest.fixture(params=["minio", "versitygw"])
def url(request: pytest.FixtureRequest) -> str:
    """A bucket that is not there yet; on MinIO as the keeping user."""
    if request.param == "minio":
        users: BucketUsers = request.getfixturevalue("bucket_users")
        return users.new_url()
    server: S3Server = request.getfixturevalue("versitygw")
    return server.new_bucket_url()


@pytest.fixture
def store(url: str) -> S3Store:
    """An empty store with locks."""
    return opened(url)


def opened(url: str, mode: str = GOVERNANCE) -> S3Store:
    store = open_s3_store(url, lock_mode=mode)
    store.prepare()
    return store


def file(path: str, data: bytes) -> TreeFile:
    return TreeFile(path, len(data), hashlib.sha256(data).hexdigest(), partial(io.BytesIO, data))


def put(store: S3Store, data: bytes = b"first", key: str = KEY) -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest())


def versions(users: BucketUsers, url: str, key: str) -> list[str]:
    found = root(users).list_objects(bucket_of(url), prefix=key, include_version=True)
    return [version.version_id or "" for version in found]


def root(users: BucketUsers) -> Minio:
    return users.server.client()


def keeper(users: BucketUsers) -> Minio:
    return users.server.client(users.keep, users.secret)


def bucket_of(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def test_a_store_with_locks_is_told_by_its_type(store: S3Store, tmp_path: Path) -> None:
    assert isinstance(store, Locks)
    assert not isinstance(FilesystemStore(tmp_path), Locks)


def test_what_is_put_is_locked_as_far_ahead_as_locks_reach(store: S3Store) -> None:
    put(store)
    assert store.locked_until(KEY) == pytest.approx(store.longest_lock(), abs=DAY)


def test_a_tree_is_locked_to_the_end_it_is_given(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 400 * DAY
    store.put_tree(
        ROOT, [file("v1/content/a", b"1"), file("inventory.json", b"2")], locked_until=end
    )
    assert store.locked_until(f"{ROOT}/v1/content/a") == end
    assert store.locked_until(f"{ROOT}/inventory.json") == end


def test_no_lock_reaches_further_than_the_longest(store: S3Store) -> None:
    far = clock.now() + 36_500 * DAY
    store.put_tree(ROOT, [file("v1/content/a", b"1")], locked_until=far)
    assert store.locked_until(f"{ROOT}/v1/content/a") == pytest.approx(
        store.longest_lock(), abs=DAY
    )


def test_a_term_that_is_over_locks_nothing(store: S3Store) -> None:
    store.put_tree(ROOT, [file("v1/content/a", b"1")], locked_until=clock.now() - DAY)
    assert store.locked_until(f"{ROOT}/v1/content/a") is None


def test_a_large_file_is_locked_as_well(store: S3Store) -> None:
    put(store, bytes(20 << 20))
    assert store.locked_until(KEY) == pytest.approx(store.longest_lock(), abs=DAY)


def test_a_lock_is_made_longer_and_never_shorter(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 100 * DAY
    store.put_tree(ROOT, [file("v1/content/a", b"1")], locked_until=end)
    key = f"{ROOT}/v1/content/a"
    store.lock_until(key, end - 50 * DAY)
    assert store.locked_until(key) == end
    store.lock_until(key, end + 50 * DAY)
    assert store.locked_until(key) == end + 50 * DAY


def test_what_is_not_there_has_no_lock(store: S3Store) -> None:
    with pytest.raises(ObjectNotFoundError):
        store.locked_until(KEY)
    with pytest.raises(ObjectNotFoundError):
        store.lock_until(KEY, clock.now() + DAY)


def test_a_hold_is_laid_on_and_taken_off(store: S3Store) -> None:
    put(store)
    assert not store.has_legal_hold(KEY)
    for on in (True, True, False, False):
        store.set_legal_hold(KEY, on)
        assert store.has_legal_hold(KEY) is on


def test_every_file_of_an_object_is_renewed_and_held(store: S3Store) -> None:
    near, later = clock.now() + 10 * DAY, clock.now().replace(microsecond=0) + 300 * DAY
    files = [file("v1/content/a", b"1"), file("v1/inventory.json", b"2")]
    store.put_tree(ROOT, files, locked_until=near)
    keys = [f"{ROOT}/{tree_file.path}" for tree_file in files]
    odd = f"{ROOT}/~ a name that somebody else gave"
    assert lock_each(store, [*keys, f"{ROOT}/none", odd], later).count == 0
    assert hold_object(store, OCFL_ID, True) == 2
    for tree_file in files:
        assert store.locked_until(f"{ROOT}/{tree_file.path}") == later
        assert store.has_legal_hold(f"{ROOT}/{tree_file.path}")


def test_a_store_without_locks_is_left_alone(tmp_path: Path) -> None:
    store = FilesystemStore(tmp_path)
    store.put_tree(ROOT, [file("v1/content/a", b"1")], locked_until=clock.now() + DAY)
    assert lock_each(store, store.iter_keys(), clock.now() + DAY).count == 0
    assert hold_object(store, OCFL_ID, True) == 0
    assert locked_until([store], None) is None


def test_a_term_ends_with_its_last_day_in_viet_nam() -> None:
    assert term_end(None) is None
    assert term_end(dt.date(2031, 12, 31)) == dt.datetime(2031, 12, 31, 17, tzinfo=dt.UTC)


def test_repaired_bytes_are_locked_as_the_first_were(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 200 * DAY
    store.put_tree(ROOT, [file("v1/content/a", b"damaged")], locked_until=end)
    key, data = f"{ROOT}/v1/content/a", b"recorded"
    store.heal(key, io.BytesIO(data), size=8, sha256=hashlib.sha256(data).hexdigest())
    assert store.locked_until(key) == end


def test_what_is_repaired_or_replaced_after_a_renewal_is_locked_as_long(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 200 * DAY
    content, inventory = file("v1/content/a", b"damaged"), file("inventory.json", b"one")
    store.put_tree(ROOT, [content, inventory], locked_until=end)
    for data in (b"two", b"three"):
        digest = hashlib.sha256(data).hexdigest()
        store.heal(f"{ROOT}/v1/content/a", io.BytesIO(data), size=len(data), sha256=digest)
        store.replace(f"{ROOT}/inventory.json", io.BytesIO(data), size=len(data), sha256=digest)
        for name in ("v1/content/a", "inventory.json"):
            store.lock_until(f"{ROOT}/{name}", end + 100 * DAY)
            assert store.locked_until(f"{ROOT}/{name}") == end + 100 * DAY
        end += 100 * DAY
    data = b"four"
    digest = hashlib.sha256(data).hexdigest()
    store.heal(f"{ROOT}/v1/content/a", io.BytesIO(data), size=4, sha256=digest)
    store.replace(f"{ROOT}/inventory.json", io.BytesIO(data), size=4, sha256=digest)
    assert store.locked_until(f"{ROOT}/v1/content/a") == end
    assert store.locked_until(f"{ROOT}/inventory.json") == end


def test_a_file_that_comes_back_is_locked_as_its_object_is(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 200 * DAY
    store.put_tree(ROOT, [file("0=ocfl_object_1.1", b"ocfl_object_1.1\n")], locked_until=end)
    key, data = f"{ROOT}/v1/content/a", b"recorded"
    store.heal(key, io.BytesIO(data), size=8, sha256=hashlib.sha256(data).hexdigest())
    assert store.locked_until(key) == end


def test_a_replaced_root_inventory_is_locked_as_the_first_was(store: S3Store) -> None:
    end = clock.now().replace(microsecond=0) + 200 * DAY
    store.put_tree(ROOT, [file("inventory.json", b"one")], locked_until=end)
    key, data = f"{ROOT}/inventory.json", b"two"
    store.replace(key, io.BytesIO(data), size=3, sha256=hashlib.sha256(data).hexdigest())
    assert store.locked_until(key) == end


@pytest.mark.parametrize("mode", [GOVERNANCE, COMPLIANCE])
def test_the_keeping_user_can_neither_remove_nor_unlock(
    bucket_users: BucketUsers, mode: str
) -> None:
    url = bucket_users.new_url()
    store = opened(url, mode)
    put(store)
    client, bucket = keeper(bucket_users), bucket_of(url)
    (version,) = versions(bucket_users, url, KEY)
    sooner = Retention(mode, clock.now() + DAY)
    attempts: dict[str, Callable[[], object]] = {
        "a delete marker": lambda: client.remove_object(bucket, KEY),
        "the version": lambda: client.remove_object(bucket, KEY, version_id=version),
        "a shorter lock": lambda: client.set_object_retention(bucket, KEY, sooner),
        "the bucket": lambda: client.remove_bucket(bucket),
    }
    for attempt in attempts.values():
        with pytest.raises(S3Error):
            attempt()
    assert versions(bucket_users, url, KEY) == [version]
    assert store.locked_until(KEY) == pytest.approx(store.longest_lock(), abs=DAY)


def test_a_lock_that_the_store_will_not_change_is_told_as_that(bucket_users: BucketUsers) -> None:
    url = bucket_users.new_url()
    put(opened(url))
    users = BucketUsers(
        bucket_users.server, bucket_users.erase, bucket_users.erase, bucket_users.secret
    )
    as_eraser = open_s3_store(users.url(bucket_of(url)), lock_years=50)
    with pytest.raises(ObjectLockedError) as refused:
        as_eraser.lock_until(KEY, clock.now() + 9000 * DAY)
    assert refused.value.facts["until"]


def test_what_was_written_over_while_it_was_held_is_let_go_too(bucket_users: BucketUsers) -> None:
    url = bucket_users.new_url()
    store = opened(url)
    store.put_tree(ROOT, [file("inventory.json", b"one"), file("v1/content/a", b"a")])
    hold_object(store, OCFL_ID, True)
    key, data = f"{ROOT}/inventory.json", b"two"
    store.replace(key, io.BytesIO(data), size=3, sha256=hashlib.sha256(data).hexdigest())
    assert first_unheld(store, OCFL_ID) == key
    hold_object(store, OCFL_ID, True)
    assert first_unheld(store, OCFL_ID) is None
    hold_object(store, OCFL_ID, False)
    assert first_unheld(store, OCFL_ID, held=False) is None
    client = root(bucket_users)
    for version in versions(bucket_users, url, key):
        assert not client.is_object_legal_hold_enabled(bucket_of(url), key, version_id=version)
