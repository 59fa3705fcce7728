"""A copy in a bucket: what a server, a network and a hand in the bucket can do to it."""

import datetime as dt
import hashlib
import io
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from archive_service import clock
from archive_service.storage.copies.identity import enrol
from archive_service.storage.fixity.check import FixityTally, iter_fixity
from archive_service.storage.fixity.repair import repair
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    StoreFullError,
    StoreUnreachableError,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.s3.client import MalformedS3UrlError
from archive_service.storage.s3.store import BucketUnfitError, S3Store, open_s3_store
from archive_service.storage.staging import FolderStaging
from tests.services.s3 import MinioServer
from tests.worlds.servers.buckets import BucketUsers
from tests.worlds.stored_objects import (
    OCFL_ID,
    ROOT,
    new_copy,
    publish_version,
    stage_versions,
    write_act,
)

KEY = "acts/receipt/01.json"
METS = f"{ROOT}/v1/content/METS.xml"
END = clock.now().replace(microsecond=0) + dt.timedelta(days=700)
OK = "HTTP/1.1 200 OK\r\nLast-Modified: Fri, 20 Nov 2026 03:00:00 GMT\r\n"


def put(store: ObjectStore, data: bytes, key: str = KEY) -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest())


def bucket_of(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


@pytest.fixture
def url(bucket_users: BucketUsers) -> str:
    """A bucket that is not there yet, as the keeping user."""
    return bucket_users.new_url()


@pytest.fixture
def pair(url: str, tmp_path: Path) -> list[ObjectStore]:
    """The same object with three versions, and an act, in files and in the bucket."""
    staging = FolderStaging(tmp_path / "staging")
    bucket = open_s3_store(url)
    enrol(bucket)
    copies: list[ObjectStore] = [new_copy(tmp_path / "files"), bucket]
    for inventory in stage_versions(staging):
        publish_version(inventory.sha256, staging=staging, copies=copies, locked_until=END)
    write_act("receipt", "01", {"n": 1}, copies=copies)
    return copies


def checked(copies: Sequence[ObjectStore]) -> FixityTally:
    tally = FixityTally()
    for result in iter_fixity(copies, expected_objects=[(OCFL_ID, 3)]):
        tally.add(result)
    return tally


def test_versions_are_published_into_files_and_a_bucket_alike(pair: list[ObjectStore]) -> None:
    tally = checked(pair)
    assert not tally.troubles()
    files, bucket = pair
    assert [key for key in files.iter_keys() if key != "copy.json"] == [
        key for key in bucket.iter_keys() if key != "copy.json"
    ]


@pytest.mark.parametrize("key", [METS, f"{ROOT}/inventory.json", f"{ROOT}/v3/inventory.json", KEY])
def test_a_delete_marker_is_a_missing_file_and_repair_brings_it_back(
    pair: list[ObjectStore], bucket_users: BucketUsers, url: str, key: str
) -> None:
    bucket_users.server.client().remove_object(bucket_of(url), key)
    tally = checked(pair)
    assert [(fixity_result.copy, fixity_result.key) for fixity_result in tally.missing] == [
        (bucket_of(url), key)
    ]
    assert not repair(pair, tally.troubles()).failed
    assert not checked(pair).troubles()
    assert isinstance(pair[1], S3Store)
    assert pair[1].locked_until(key) == (
        END if key != KEY else pytest.approx(pair[1].longest_lock(), abs=dt.timedelta(days=1))
    )


@pytest.mark.parametrize("key", [METS, f"{ROOT}/inventory.json.sha256", KEY])
def test_a_newest_version_of_other_bytes_is_damage_and_repair_puts_the_recorded_over_it(
    pair: list[ObjectStore], bucket_users: BucketUsers, url: str, key: str
) -> None:
    root, bucket = bucket_users.server.client(), bucket_of(url)
    root.put_object(bucket, key, io.BytesIO(b"somebody else's"), 15)
    tally = checked(pair)
    assert [(fixity_result.copy, fixity_result.key) for fixity_result in tally.damaged] == [
        (bucket, key)
    ]
    assert not repair(pair, tally.troubles()).failed
    assert not checked(pair).troubles()
    listed = root.list_objects(bucket, prefix=key, include_version=True)
    ids = [version.version_id for version in listed if version.object_name == key]
    locks = [root.get_object_retention(bucket, key, version_id=one) for one in (ids[0], ids[-1])]
    newest, first = (lock.retain_until_date if lock else None for lock in locks)
    assert newest == first is not None


def test_a_bucket_that_is_gone_is_one_silent_copy(
    pair: list[ObjectStore], bucket_users: BucketUsers, url: str
) -> None:
    elsewhere = open_s3_store(bucket_users.url("kept-nowhere", name=bucket_of(url)))
    tally = checked([pair[0], elsewhere])
    assert [fixity_result.copy for fixity_result in tally.unreachable] == [bucket_of(url)]
    assert not tally.missing


def test_no_inventory_comes_before_all_content_is_there(url: str) -> None:
    store = open_s3_store(url)
    store.prepare()

    def broken() -> io.BytesIO:
        raise StoreUnreachableError(key="", reason="staging is away")

    data = b"{}"
    digest = hashlib.sha256(data).hexdigest()
    files = [
        TreeFile("v1/inventory.json", 2, digest, lambda: io.BytesIO(data)),
        TreeFile("inventory.json", 2, digest, lambda: io.BytesIO(data)),
        TreeFile("v1/content/inventory.json", 2, digest, broken),
    ]
    with pytest.raises(StoreUnreachableError):
        store.put_tree(ROOT, files)
    assert list(store.iter_keys()) == []


def test_an_upload_that_is_cut_short_is_aborted_and_an_old_one_is_swept(
    minio: MinioServer,
) -> None:
    url = minio.new_bucket_url()
    store = open_s3_store(url)
    store.prepare()
    with pytest.raises(TransferDamagedError):
        store.put(KEY, io.BytesIO(bytes(20 << 20)), size=20 << 20, sha256="0" * 64)
    client = store._bucket.client()
    assert list(client.uploads(bucket_of(url))) == []
    client.begin(bucket_of(url), KEY, {})
    assert store.sweep() == 0
    assert store._bucket.sweep(older_than=clock.now() + dt.timedelta(minutes=5)) == 1


def test_a_bucket_without_locks_is_no_place_for_a_copy(minio: MinioServer) -> None:
    url = minio.new_bucket_url()
    client = minio.client()
    client.make_bucket(bucket_of(url))
    with pytest.raises(BucketUnfitError) as unfit:
        enrol(open_s3_store(url))
    assert unfit.value.facts["missing"] == "versioning"
    client.set_bucket_versioning(bucket_of(url), VersioningConfig(ENABLED))
    with pytest.raises(BucketUnfitError) as unfit:
        enrol(open_s3_store(url))
    assert unfit.value.facts["missing"] == "object lock"
    assert [one.object_name for one in client.list_objects(bucket_of(url))] == []


@pytest.mark.parametrize(
    "url",
    ["s3://host/bucket", "s3://k:s@host", "s3://k@host/b", "s3://k:s@/b", "s3://k:s@h/b/c"],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(MalformedS3UrlError) as refused:
        open_s3_store(url)
    assert url not in str(refused.value)


def test_key_and_secret_may_hold_any_sign() -> None:
    store = open_s3_store("s3://k%2Fey:s%40%3A%2F@host:9000/bucket?secure=false&name=kho%201")
    assert store.name == "kho 1"
    address = store._bucket._address
    assert (address.host, address.key, address.secret) == ("host:9000", "k/ey", "s@:/")
    assert "s@:/" not in repr(address)


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """A server that gives these answers, the last again and again, each on its own connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = list(answers)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(left[0] if len(left) == 1 else left.pop(0))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"s3://k:s@127.0.0.1:{listener.getsockname()[1]}/bucket?secure=false"
    finally:
        listener.close()


def said(status: str, code: str, headers: str = "") -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def gave(body: bytes, *, length: int, headers: str = "") -> bytes:
    return f"{OK}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body


def test_a_body_that_ends_too_soon_is_never_taken_for_whole() -> None:
    short = answering(gave(b"half", length=8))
    with short as url, open_s3_store(url).open(KEY) as source, pytest.raises(TransferDamagedError):
        source.read()


def test_a_part_that_is_not_the_one_asked_for_is_refused() -> None:
    for answer in (
        gave(b"01234567", length=8),
        gave(b"2345", length=4).replace(b"200 OK", b"206 Partial Content"),
        gave(b"3456", length=4, headers="Content-Range: bytes 3-6/8\r\n").replace(b"200", b"206"),
    ):
        with answering(answer) as url, pytest.raises(TransferDamagedError):
            open_s3_store(url).open(KEY, offset=2, length=4)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said("503 Slow Down", "SlowDown", "Retry-After: 60\r\n"), StoreUnreachableError),
        (said("500 Internal Server Error", "InternalError"), StoreUnreachableError),
        (said("403 Forbidden", "AccessDenied"), StoreUnreachableError),
        (said("404 Not Found", "NoSuchBucket"), StoreUnreachableError),
        (said("507 Insufficient Storage", "XMinioStorageFull"), StoreFullError),
        (said("400 Bad Request", "XAmzContentSHA256Mismatch"), TransferDamagedError),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", StoreUnreachableError),
        (b"220 mail.example ESMTP\r\n", StoreUnreachableError),
        (b"", StoreUnreachableError),
    ],
)
def test_what_a_server_says_is_told_in_our_words(answer: bytes, error: type[Exception]) -> None:
    with answering(answer) as url:
        with pytest.raises(error):
            put(open_s3_store(url), b"content")
        if error is StoreUnreachableError:
            with pytest.raises(error):
                open_s3_store(url).open(KEY)


PAGE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nlost"
BARE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "answers", [(PAGE,), (BARE,), (BARE, said("404 Not Found", "NoSuchBucket")), (PORTAL,)]
)
def test_an_absence_that_no_bucket_vouches_for_is_a_silent_store(answers: Sequence[bytes]) -> None:
    with answering(*answers) as url, pytest.raises(StoreUnreachableError):
        open_s3_store(url).stat(KEY)


def test_a_bucket_that_is_gone_holds_no_file_and_lacks_none(
    pair: list[ObjectStore], bucket_users: BucketUsers
) -> None:
    with pytest.raises(StoreUnreachableError):
        open_s3_store(bucket_users.url("kept-nowhere")).stat(METS)
    with pytest.raises(ObjectNotFoundError):
        pair[1].stat(f"{METS}.none")


def test_a_server_that_writes_over_what_it_was_told_to_spare_is_no_place_for_a_copy() -> None:
    versions = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    enabled = b"<ObjectLockEnabled>Enabled</ObjectLockEnabled>"
    locks = b"<ObjectLockConfiguration>" + enabled + b"</ObjectLockConfiguration>"
    answers = [gave(body, length=len(body)) for body in (b"", versions, locks, b"", b"")]
    with answering(*answers) as url, pytest.raises(BucketUnfitError) as unfit:
        open_s3_store(url).prepare()
    assert unfit.value.facts["missing"] == "If-None-Match"


def test_nobody_at_the_address_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    store = open_s3_store(f"s3://k:s@127.0.0.1:{port}/bucket?secure=false")
    with pytest.raises(StoreUnreachableError):
        store.stat(KEY)
    with pytest.raises(StoreUnreachableError):
        next(store.iter_keys())


def test_an_object_that_has_rotted_is_unreadable_where_the_server_else_answers() -> None:
    rotten = said("503 Slow Down", "SlowDownRead", "Retry-After: 120\r\n")
    sound = answering(rotten, rotten, rotten, gave(b"", length=8))
    with sound as url, pytest.raises(ObjectUnreadableError):
        open_s3_store(url).open(KEY)
    with answering(rotten) as url, pytest.raises(StoreUnreachableError):
        open_s3_store(url).open(KEY)
