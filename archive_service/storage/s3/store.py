"""A copy in a bucket with versioning and object lock; plain S3 and no more."""

import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import groupby
from typing import IO, Any

from minio.commonconfig import ENABLED
from minio.error import S3Error

from archive_service import clock
from archive_service.errors import ConflictError
from archive_service.storage.locks import ObjectLockedError
from archive_service.storage.ocfl.inventory import INVENTORY, SIDECAR
from archive_service.storage.ocfl.root import OBJECT_DECLARATION, root_of
from archive_service.storage.port import (
    ObjectExistsError,
    ObjectNotFoundError,
    ObjectStat,
    ObjectUnreadableError,
    TransferDamagedError,
    TreeFile,
    require_key,
    require_replaceable,
)
from archive_service.storage.reader import sha256_of
from archive_service.storage.s3.client import GOVERNANCE, Bucket, Lock, S3Address
from archive_service.storage.s3.errors import our_errors
from archive_service.storage.s3.reader import open_object

TREE_THREADS = 4  # of one tree: while some hash, others wait for the server
_STALE = dt.timedelta(days=1)  # no upload of ours takes so long
_SOONEST = dt.timedelta(minutes=5)  # a server refuses a lock that is over when it arrives
_OWN = "tmp/"  # beside the keys of the copy
_PROBE = f"{_OWN}conditional-put"
_OF_VERSION = re.compile(rf"v[1-9][0-9]*/({re.escape(INVENTORY)}|{re.escape(SIDECAR)})")


class BucketUnfitError(ConflictError):
    """The bucket, or its server, cannot keep what a copy promises."""


class S3Store:
    """Objects under their keys; every version is locked as it is written."""

    def __init__(
        self, bucket: Bucket, *, name: str, lock_years: int = 5, lock_mode: str = GOVERNANCE
    ) -> None:
        self._bucket = bucket
        self._name = name
        self._lock_years = lock_years
        self._lock_mode = lock_mode

    @property
    def name(self) -> str:
        """See ``ObjectStore.name``."""
        return self._name

    def prepare(self) -> None:
        """See ``ObjectStore.prepare``.

        Raises:
            BucketUnfitError: a bucket without versions or object lock, or a server that writes
                over an object although it was told not to.
        """
        client = self._bucket.client()
        with our_errors(self.name):
            if not client.bucket_exists(self._bucket.name):
                client.make_bucket(self._bucket.name, object_lock=True)
            if client.get_bucket_versioning(self._bucket.name).status != ENABLED:
                raise BucketUnfitError(bucket=self._bucket.name, missing="versioning")
            if not _locks_objects(client, self._bucket.name):
                raise BucketUnfitError(bucket=self._bucket.name, missing="object lock")
        probe = partial(self._bucket.send, _PROBE, size=0, sha256=sha256_of(io.BytesIO()))
        if probe(io.BytesIO()) and probe(io.BytesIO()):
            raise BucketUnfitError(bucket=self._bucket.name, missing="If-None-Match")

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.put``."""
        require_key(key)
        again = partial(_rewound, source, source.tell() if source.seekable() else None)
        lock = self._lock_like(key)
        if not self._send(key, again, size=size, sha256=sha256, lock=lock):
            self._require_kept(key, again, size=size, sha256=sha256)

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """See ``ObjectStore.put_all``."""

        def put(key: str, data: bytes) -> None:
            digest = hashlib.sha256(data).hexdigest()
            self.put(key, io.BytesIO(data), size=len(data), sha256=digest)

        with ThreadPoolExecutor(TREE_THREADS) as threads:
            for _done in threads.map(put, files, files.values()):
                pass  # the first trouble flies

    def put_tree(
        self, folder: str, files: Sequence[TreeFile], *, locked_until: dt.datetime | None = None
    ) -> None:
        """See ``ObjectStore.put_tree``; one write and one read for each file."""
        for file in files:
            require_key(f"{folder}/{file.path}")
        lock = self._lock(locked_until)

        def whole(file: TreeFile) -> None:
            key = f"{folder}/{file.path}"
            size, sha256 = file.size_bytes, file.sha256
            if not self._send(key, file.open, size=size, sha256=sha256, lock=lock):
                self._require_kept(key, file.open, size=size, sha256=sha256)
            elif not self._holds(key, sha256):
                raise TransferDamagedError(key=key, expected=sha256)

        ordered = sorted(files, key=lambda file: _rank(f"{folder}/{file.path}"))
        with ThreadPoolExecutor(TREE_THREADS) as threads:
            for _, some in groupby(ordered, key=lambda file: _rank(f"{folder}/{file.path}")):
                for _done in threads.map(whole, some):
                    pass  # the first trouble flies

    def replace(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.replace``."""
        require_replaceable(key)
        self._put_over(key, source, size=size, sha256=sha256)

    def heal(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.heal``; the new version is locked as the first one was."""
        require_key(key)
        try:
            with self.open(key, past_cache=True) as found:
                if sha256_of(found) == sha256:
                    return
        except (ObjectNotFoundError, ObjectUnreadableError, TransferDamagedError):
            pass
        self._put_over(key, source, size=size, sha256=sha256)

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        """See ``ObjectStore.open``; ``past_cache`` reads on a connection of its own."""
        require_key(key)
        return open_object(self._bucket, key, offset=offset, length=length, fresh=past_cache)

    def stat(self, key: str) -> ObjectStat:
        """See ``ObjectStore.stat``."""
        require_key(key)
        return ObjectStat(size_bytes=self._bucket.head(key).size_bytes)

    def iter_keys(self, prefix: str = "", *, after: str = "") -> Iterator[str]:
        """See ``ObjectStore.iter_keys``."""
        with our_errors(prefix or self.name):
            for found in self._bucket.client().list_objects(
                self._bucket.name, prefix=prefix, recursive=True, start_after=after or None
            ):
                key = found.object_name or ""
                if not key.startswith(_OWN):
                    yield key

    def sweep(self) -> int:
        """See ``ObjectStore.sweep``."""
        return self._bucket.sweep(older_than=clock.now() - _STALE)

    def longest_lock(self) -> dt.datetime:
        """See ``Locks.longest_lock``."""
        now = clock.now().replace(microsecond=0)
        try:
            return now.replace(year=now.year + self._lock_years)
        except ValueError:  # 29 February
            return now.replace(year=now.year + self._lock_years, month=3, day=1)

    def lock_until(self, key: str, until: dt.datetime) -> None:
        """See ``Locks.lock_until``; the mode stays as it was."""
        require_key(key)
        found = self._bucket.lock_of(key)
        wanted = self._lock(until)
        if wanted is None or (found and found.until >= wanted.until):
            return
        mode = found.mode if found else wanted.mode
        try:
            self._bucket.set_lock(key, Lock(mode, wanted.until))
        except S3Error as refusal:
            days_locked = clock.iso(found.until) if found else str(refusal.code)
            raise ObjectLockedError(key=key, until=days_locked) from refusal

    def locked_until(self, key: str) -> dt.datetime | None:
        """See ``Locks.locked_until``."""
        require_key(key)
        lock = self._bucket.lock_of(key)
        return lock.until if lock else None

    def set_legal_hold(self, key: str, on: bool) -> None:  # noqa: FBT001 - the port's
        """See ``Locks.set_legal_hold``."""
        require_key(key)
        client = self._bucket.client()
        with our_errors(key):
            if on:
                client.enable_object_legal_hold(self._bucket.name, key)
                return
            for found in self._bucket.versions(key):
                # What was written over while it was held is held to this day.
                if found.key == key and not found.is_marker:
                    client.disable_object_legal_hold(self._bucket.name, key, version_id=found.id)

    def has_legal_hold(self, key: str) -> bool:
        """See ``Locks.has_legal_hold``."""
        require_key(key)
        return self._bucket.is_held(key)

    def server_time(self) -> dt.datetime | None:
        """See ``TellsTime.server_time``."""
        return self._bucket.clock.now()

    def ask_time(self) -> None:
        """See ``TellsTime.ask_time``."""
        with our_errors(self.name):
            self._bucket.client().bucket_exists(self._bucket.name)

    def _send(
        self,
        key: str,
        opened: Callable[[], AbstractContextManager[IO[bytes]]],
        *,
        size: int,
        sha256: str,
        lock: Lock | None,
    ) -> bool:
        """Whether it was taken; ``False`` where something lies there."""
        send = partial(self._bucket.send, key, size=size, sha256=sha256, lock=lock)
        with opened() as source:
            if send(source):
                return True
        try:
            self._bucket.head(key)
        except ObjectNotFoundError:  # a delete marker, which some servers take for an object
            with opened() as source:
                return send(source, only_new=False)
        return False

    def _require_kept(
        self,
        key: str,
        opened: Callable[[], AbstractContextManager[IO[bytes]]],
        *,
        size: int,
        sha256: str,
    ) -> None:
        """What lies there are these bytes; where they came damaged in a try before, they do now."""
        if self._holds(key, sha256):
            return
        if self._bucket.head(key).announced_sha256 != sha256:
            raise ObjectExistsError(key=key, expected=sha256)
        with opened() as source:
            self._put_over(key, source, size=size, sha256=sha256)
        if not self._holds(key, sha256):
            raise TransferDamagedError(key=key, expected=sha256)

    def _holds(self, key: str, sha256: str) -> bool:
        """Whether these bytes lie there, read on another connection; twice before it is denied."""
        for fresh in (False, True):
            try:
                with self.open(key, past_cache=fresh) as found:
                    if sha256_of(found) == sha256:
                        return True
            except (ObjectNotFoundError, ObjectUnreadableError, TransferDamagedError):
                continue
        return False

    def _put_over(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        lock = self._lock_before(key) or self._lock_like(key)
        self._bucket.send(key, source, size=size, sha256=sha256, lock=lock, only_new=False)

    def _lock(self, until: dt.datetime | None) -> Lock | None:
        """Till then, at most so far ahead as locks reach; ``None`` where that is over."""
        longest = self.longest_lock()
        until = min(until or longest, longest)
        return Lock(self._lock_mode, until) if until > clock.now() + _SOONEST else None

    def _lock_like(self, key: str) -> Lock | None:
        """A file of a package is locked as the package is, any other as long as locks reach."""
        if root := root_of(key):
            try:
                if found := self._bucket.lock_of(f"{root}/{OBJECT_DECLARATION}"):
                    return self._lock(found.until)
            except ObjectNotFoundError:
                pass
        return self._lock(None)

    def _lock_before(self, key: str) -> Lock | None:
        """The first version's lock, or a longer one of a later version, where it still holds.

        A lock is made longer on what is the newest version at that time, and on no other.
        """
        found = self._bucket.versions(key)
        versions = [version.id for version in found if version.key == key and not version.is_marker]
        locks = [self._bucket.lock_of(key, version=version) for version in reversed(versions)]
        first, *later = locks or [None]
        if first is None:
            return None
        longest = self.longest_lock()
        until = max([first.until, *(min(lock.until, longest) for lock in later if lock)])
        return Lock(first.mode, until) if until > clock.now() + _SOONEST else None


def open_s3_store(url: str, *, lock_years: int = 5, lock_mode: str = GOVERNANCE) -> S3Store:
    """The copy at ``s3://key:secret@host:port/bucket?secure=false&name=…``.

    Raises:
        MalformedS3UrlError: not of that form.
    """
    address = S3Address.parse(url, setting="storage.copies")
    return S3Store(Bucket(address), name=address.name, lock_years=lock_years, lock_mode=lock_mode)


def _rank(key: str) -> int:
    """Content side by side, then the versions' inventories, then what names them."""
    root = root_of(key)
    below = key[len(root) + 1 :] if root else ""
    if below in (INVENTORY, SIDECAR, OBJECT_DECLARATION):
        return 2
    return 1 if _OF_VERSION.fullmatch(below) else 0


def _locks_objects(client: Any, bucket: str) -> bool:
    """Whether the bucket was made with object lock; a default term is neither needed nor set."""
    try:
        client.get_object_lock_config(bucket)
    except ValueError:  # a server that tells of no default term, which minio-py takes for an error
        return True
    except S3Error as none:
        if none.code in ("ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"):
            return False
        raise
    return True


@contextmanager
def _rewound(source: IO[bytes], start: int | None) -> Iterator[IO[bytes]]:
    """The caller's stream, from where it began; one that cannot go back is read once."""
    if start is not None:
        source.seek(start)
    yield source
