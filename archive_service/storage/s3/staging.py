"""Staging in a bucket that locks nothing: for machines that share no folder."""

import datetime as dt
import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from minio.error import S3Error

from archive_service import clock
from archive_service.storage.filesystem import scratch
from archive_service.storage.port import ObjectNotFoundError
from archive_service.storage.reader import copy_verified
from archive_service.storage.s3.client import Bucket, S3Address
from archive_service.storage.s3.errors import our_errors
from archive_service.storage.s3.reader import open_object
from archive_service.storage.staging import (
    StagedObject,
    StagedObjectMissingError,
    opened,
    receive_into,
    require_digest,
)
from archive_service.storage.work_folder import work_errors

PREFIX = "staging-"  # of folders below the work folder, swept there
_THREADS = 4
_STALE = dt.timedelta(days=1)  # no upload of ours takes so long
_KEY = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\Z")


class S3Staging:
    """One object per digest, ``ab/ab12…``; its digest is known before the first byte is sent.

    Bytes are spooled in ``folder`` on their way in, since their key is known only at their end.
    """

    def __init__(self, bucket: Bucket, *, folder: Path) -> None:
        self._unsure = bucket
        self._folder = folder
        self._making = threading.Lock()
        self._made = False

    def receive(self, source: IO[bytes], *, limit_bytes: int | None = None) -> StagedObject:
        """See ``Staging.receive``."""
        with self._spool() as spool:
            with work_errors(self._folder):
                staged = receive_into(spool, source, limit_bytes)
            self._send(spool, staged)
        return staged

    def receive_all(self, pieces: Sequence[bytes]) -> list[StagedObject]:
        """See ``Staging.receive_all``."""
        if not pieces:
            return []
        with ThreadPoolExecutor(min(_THREADS, len(pieces))) as threads:
            return list(threads.map(self._receive_bytes, pieces))

    def receive_each(self, openers: Sequence[Callable[[], IO[bytes]]]) -> list[StagedObject]:
        """See ``Staging.receive_each``; all spooled, then sent."""
        arrived: dict[Path, StagedObject] = {}
        with self._spool() as spool, ThreadPoolExecutor(_THREADS) as threads:
            for number, opener in enumerate(openers):
                path = spool.with_name(str(number))
                with opened(opener) as source, work_errors(self._folder):
                    arrived[path] = receive_into(path, source, None)
            for _ in threads.map(self._send, arrived, arrived.values()):
                pass  # the first trouble flies
        return list(arrived.values())

    def open(self, sha256: str, *, offset: int = 0) -> IO[bytes]:
        """See ``Staging.open``."""
        with _known(sha256):
            return open_object(self._bucket, _key(sha256), offset=offset)

    @contextmanager
    def path(self, sha256: str) -> Iterator[Path]:
        """See ``Staging.path``; the file has been compared with its digest."""
        size = self.size_bytes(sha256)
        with self._spool() as spool:
            with work_errors(self._folder), self.open(sha256) as source, spool.open("xb") as out:
                copy_verified(source, out, size=size, sha256=sha256)
            yield spool

    def size_bytes(self, sha256: str) -> int:
        """See ``Staging.size_bytes``."""
        with _known(sha256):
            return self._bucket.head(_key(sha256)).size_bytes

    def has(self, sha256: str) -> bool:
        """See ``Staging.has``."""
        try:
            self._bucket.head(_key(sha256))
        except ObjectNotFoundError:
            return False
        return True

    def discard(self, sha256: str, *, older_than: dt.datetime | None = None) -> None:
        """See ``Staging.discard``."""
        key = _key(sha256)
        try:
            if older_than is not None and self._bucket.head(key).modified_at >= older_than:
                return
        except ObjectNotFoundError:
            return
        with our_errors(key):
            self._bucket.client().remove_object(self._bucket.name, key)

    def iter_digests(self, *, older_than: dt.datetime | None = None) -> Iterator[str]:
        """See ``Staging.iter_digests``."""
        with our_errors(self._bucket.name):
            for found in self._bucket.client().list_objects(self._bucket.name, recursive=True):
                named = _KEY.match(found.object_name or "")
                old = older_than is None or (found.last_modified or older_than) < older_than
                if named and old:
                    yield named[1]

    def sweep(self) -> int:
        """See ``Staging.sweep``; what lies in the work folder is swept there."""
        return self._bucket.sweep(older_than=clock.now() - _STALE)

    def _receive_bytes(self, piece: bytes) -> StagedObject:
        staged = StagedObject(hashlib.sha256(piece).hexdigest(), len(piece))
        self._put(io.BytesIO(piece), staged)
        return staged

    def _send(self, spool: Path, staged: StagedObject) -> None:
        with work_errors(self._folder), spool.open("rb") as source:
            self._put(source, staged)

    def _put(self, source: IO[bytes], staged: StagedObject) -> None:
        """Also where it lies there already: its age counts from the last time it came."""
        self._bucket.send(
            _key(staged.sha256),
            source,
            size=staged.size_bytes,
            sha256=staged.sha256,
            only_new=False,
        )

    @contextmanager
    def _spool(self) -> Iterator[Path]:
        """A name of one's own for a local file that is gone afterwards."""
        with ExitStack() as held:
            with work_errors(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
                mine = held.enter_context(scratch(self._folder, PREFIX))
            yield mine / "whole"

    @property
    def _bucket(self) -> Bucket:
        """Made at first use, as a folder is."""
        with self._making:
            if not self._made:
                _make(self._unsure)
                self._made = True
        return self._unsure


def open_s3_staging(url: str, *, scratch: Path) -> S3Staging:
    """Staging at ``s3://key:secret@host:port/bucket?secure=false``, spooling below ``scratch``.

    Raises:
        MalformedS3UrlError: not of that form.
    """
    return S3Staging(Bucket(S3Address.parse(url, setting="storage.staging")), folder=scratch)


def _make(bucket: Bucket) -> None:
    client = bucket.client()
    with our_errors(bucket.name):
        try:
            if not client.bucket_exists(bucket.name):
                client.make_bucket(bucket.name)
        except S3Error as refusal:
            if refusal.code != "BucketAlreadyOwnedByYou":  # another process was quicker
                raise


def _key(sha256: str) -> str:
    require_digest(sha256)
    return f"{sha256[:2]}/{sha256}"


@contextmanager
def _known(sha256: str) -> Iterator[None]:
    try:
        yield
    except ObjectNotFoundError:
        raise StagedObjectMissingError(sha256=sha256) from None
