"""One bucket over plain S3: conditional writes, bounded memory, the server's errors as ours."""

import datetime as dt
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.datatypes import CompleteMultipartUploadResult
from minio.error import S3Error
from minio.retention import Retention
from minio.time import from_http_header, to_iso8601utc

from archive_service.errors import ArchiveError, InputError
from archive_service.storage.reader import VerifiedReader
from archive_service.storage.s3.errors import LOCK_REFUSALS, MISSING, TAKEN, our_errors
from archive_service.storage.s3.versions import Version, first_page, parse_page
from archive_service.storage.server_clock import ServerClock

__all__ = ["COMPLIANCE", "GOVERNANCE", "Bucket", "Head", "Lock", "S3Address"]

BENCH_BUCKETS = "archive-bench-"  # how the names of buckets begin that a bench makes for itself
PART_BYTES = 8 << 20  # so much of a file is in memory at once
_MOST_PARTS = 10_000
_CONNECTIONS = 16  # kept open for each pool
_CONTENT_SHA256 = "x-amz-content-sha256"
_ANNOUNCED = "x-amz-meta-sha256"


class MalformedS3UrlError(InputError):
    """Not of the form ``s3://key:secret@host:port/bucket``; the address is never repeated."""

    code = "s3-url-malformed"


@dataclass(frozen=True, slots=True)
class S3Address:
    """Where a bucket is and as whom it is spoken to."""

    host: str
    bucket: str
    key: str
    secret: str = field(repr=False)
    secure: bool = True
    region: str = "us-east-1"
    name: str = ""

    @classmethod
    def parse(cls, url: str, *, setting: str) -> "S3Address":
        """``s3://key:secret@host:port/bucket?secure=false&region=…&name=…``, percent-decoded.

        Raises:
            MalformedS3UrlError: key, secret, host or bucket is missing.
        """
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        bucket = unquote(parts.path.strip("/"))
        host = parts.netloc.rpartition("@")[2]
        if not (parts.username and parts.password and host and bucket) or "/" in bucket:
            raise MalformedS3UrlError(setting=setting)
        return cls(
            host=host,
            bucket=bucket,
            key=unquote(parts.username),
            secret=unquote(parts.password),
            secure=query.get("secure", "true") != "false",
            region=query.get("region", "us-east-1"),
            name=query.get("name", bucket),
        )

    def with_credentials(self, credentials: str) -> "S3Address":
        """The same bucket as another user, ``key:secret``.

        Raises:
            MalformedS3UrlError: no key or no secret.
        """
        key, _, secret = credentials.partition(":")
        if not (key and secret):
            raise MalformedS3UrlError(setting="storage.erase_credentials")
        return replace(self, key=key, secret=secret)


@dataclass(frozen=True, slots=True)
class Lock:
    """An object lock: nothing removes the version before ``until``."""

    mode: str
    until: dt.datetime

    def headers(self) -> dict[str, str]:
        """As a write is told of it."""
        return {
            "x-amz-object-lock-mode": self.mode,
            "x-amz-object-lock-retain-until-date": to_iso8601utc(self.until) or "",
        }


@dataclass(frozen=True, slots=True)
class Head:
    """What the server says of an object without giving its bytes."""

    size_bytes: int
    modified_at: dt.datetime
    announced_sha256: str | None  # what its writer said of it; the server has not compared


class _Pool(urllib3.PoolManager):
    """A dead server is told within seconds, a slow one is waited for half a minute."""

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        super().__init__(
            timeout=urllib3.Timeout(connect=3, read=30),
            maxsize=_CONNECTIONS,
            retries=urllib3.Retry(
                total=3,
                connect=1,
                read=1,
                status=2,
                backoff_factor=0.2,
                status_forcelist=[500, 502, 503, 504],
                # MinIO names minutes for an object that has rotted
                respect_retry_after_header=False,
                raise_on_status=False,
            ),
        )

    def urlopen(self, *request: Any, **more: Any) -> urllib3.BaseHTTPResponse:
        """One answer; what the server's clock shows is heard with it."""
        answer = super().urlopen(*request, **more)
        self._clock.hear(answer.headers.get("Date"))
        return answer


class _Client(Minio):
    """minio-py, and what it leaves out: headers of one's own, and a digest that is known."""

    def __init__(self, address: S3Address, clock: ServerClock) -> None:
        super().__init__(
            address.host,
            access_key=address.key,
            secret_key=address.secret,
            secure=address.secure,
            region=address.region,
            http_client=_Pool(clock),
        )

    def call(
        self, method: str, bucket: str, key: str | None = None, **request: Any
    ) -> urllib3.BaseHTTPResponse:
        """One signed request."""
        return self._execute(method, bucket, key, **request)

    def begin(self, bucket: str, key: str, headers: dict[str, Any]) -> str:
        """Id of a new multipart upload."""
        return self._create_multipart_upload(bucket, key, headers)

    def part(self, bucket: str, key: str, upload: str, number: int, data: bytearray) -> str:
        """ETag of a part that was taken."""
        return self._upload_part(bucket, key, data, None, upload, number)  # type: ignore[arg-type]  # any buffer

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """Forget a multipart upload."""
        self._abort_multipart_upload(bucket, key, upload)

    def uploads(self, bucket: str) -> Iterator[Any]:
        """Multipart uploads that were begun and neither completed nor aborted."""
        at: dict[str, str | None] = {}
        while True:
            page = self._list_multipart_uploads(bucket, **at)  # type: ignore[arg-type]  # markers alone
            yield from page.uploads
            if not page.is_truncated:
                return
            at = {
                "key_marker": page.next_key_marker,
                "upload_id_marker": page.next_upload_id_marker,
            }

    def _build_headers(
        self, host: str, headers: Any = None, body: Any = None, creds: Any = None
    ) -> Any:
        """The digest the caller announces is signed: the server refuses other bytes."""
        known = (headers or {}).get(_CONTENT_SHA256)
        built, date = super()._build_headers(host, headers, None if known else body, creds)
        if known:
            built[_CONTENT_SHA256] = known
            built.pop("Content-MD5", None)
        return built, date


class Bucket:
    """One bucket; clients are made in each process at first use, so that a fork shares none."""

    def __init__(self, address: S3Address) -> None:
        self.name = address.bucket
        self.clock = ServerClock()  # of its server
        self._address = address
        self._making = threading.Lock()
        self._clients: dict[tuple[int, bool], _Client] = {}

    def client(self, *, reading: bool = False) -> _Client:
        """A client of this process; one for ``reading`` shares no connection with the others."""
        mine = (os.getpid(), reading)
        if mine not in self._clients:
            with self._making:
                self._clients.setdefault(mine, _Client(self._address, self.clock))
        return self._clients[mine]

    def fresh_client(self) -> _Client:
        """A client with no connection yet."""
        return _Client(self._address, self.clock)

    def head(self, key: str, *, version: str | None = None) -> Head:
        """``ObjectNotFoundError``, also where the newest version is a delete marker."""
        query = {"versionId": version} if version else {}
        with our_errors(key):
            try:
                answer = self.client().call("HEAD", self.name, key, query_params=query)
            except S3Error as refusal:
                if refusal.code not in MISSING:
                    raise
                # So a bucket that is gone answers too, or a proxy: with a body they tell who.
                answer = self.client().call(
                    "GET", self.name, key, query_params=query, preload_content=False
                )
                answer.close()
            return _head_in(answer.headers)

    def send(
        self,
        key: str,
        source: IO[bytes],
        *,
        size: int,
        sha256: str,
        lock: Lock | None = None,
        only_new: bool = True,
    ) -> bool:
        """Exactly these bytes or none; whether they were taken.

        With ``only_new`` nothing is put over what lies there: then it is ``False``.
        ``TransferDamagedError`` where ``source`` is not as announced, or came otherwise.
        """
        body = VerifiedReader(source, size=size, sha256=sha256)
        headers = {"Content-Type": "application/octet-stream", _ANNOUNCED: sha256}
        headers |= lock.headers() if lock else {}
        with our_errors(key):
            try:
                if size > PART_BYTES:
                    self._send_parts(key, body, headers, size=size, only_new=only_new)
                else:
                    # AWS wants a checksum beside a lock; the server compares all of them.
                    headers |= {_CONTENT_SHA256: sha256, **_condition(only_new=only_new)}
                    data = _filled(body, size)
                    self.client().call("PUT", self.name, key, body=data, headers=headers)
            except S3Error as refusal:
                if refusal.code in TAKEN:
                    return False
                raise
        return True

    def _send_parts(
        self, key: str, body: VerifiedReader, headers: dict[str, str], *, size: int, only_new: bool
    ) -> None:
        client = self.client()
        part_bytes = max(PART_BYTES, -(-size // _MOST_PARTS))
        upload = client.begin(self.name, key, headers)
        try:
            tags: list[str] = []
            while data := _filled(body, part_bytes):
                tags.append(client.part(self.name, key, upload, len(tags) + 1, data))
            _complete(client, self.name, key, upload, tags, only_new=only_new)
        except BaseException:
            with suppress(ArchiveError), our_errors(key):
                client.abort(self.name, key, upload)
            raise

    def sweep(self, *, older_than: dt.datetime) -> int:
        """Abort multipart uploads begun before that moment; how many."""
        swept = 0
        client = self.client()
        with our_errors(self.name):
            for upload in list(client.uploads(self.name)):
                if upload.initiated_time is None or upload.initiated_time < older_than:
                    client.abort(self.name, upload.object_name, upload.upload_id)
                    swept += 1
        return swept

    def versions(self, prefix: str) -> Iterator[Version]:
        """Every version of every key that begins so, and every mark of a deletion.

        Of each key the newest first; where a page ends some servers tell one twice.
        """
        asked: dict[str, str] | None = first_page(prefix)
        with our_errors(prefix):
            while asked is not None:
                answer = self.client().call("GET", self.name, query_params=asked)
                page = parse_page(answer.data, asked)
                yield from page.versions
                asked = page.next

    def lock_of(self, key: str, *, version: str | None = None) -> Lock | None:
        """The lock of the newest version, or of a given one."""
        with our_errors(key):
            try:
                found = self.client().get_object_retention(self.name, key, version_id=version)
            except S3Error as none:
                if none.code in ("NoSuchObjectLockConfiguration", "InvalidRequest"):
                    return None
                raise
        return Lock(found.mode, found.retain_until_date) if found else None

    def is_held(self, key: str, *, version: str | None = None) -> bool:
        """Whether a legal hold is on the newest version, or on a given one."""
        with our_errors(key):
            return self.client().is_object_legal_hold_enabled(self.name, key, version_id=version)

    def set_lock(self, key: str, lock: Lock) -> None:
        """Lock the newest version; ``S3Error`` where the server refuses to change a lock."""
        with our_errors(key, untouched=LOCK_REFUSALS):
            self.client().set_object_retention(self.name, key, Retention(lock.mode, lock.until))


def _head_in(headers: Mapping[str, str]) -> Head:
    size, modified = headers.get("Content-Length"), headers.get("Last-Modified")
    if size is None or modified is None:
        raise ValueError("no S3 response")
    return Head(int(size), from_http_header(modified), headers.get(_ANNOUNCED))


def _condition(*, only_new: bool) -> Mapping[str, str]:
    return {"If-None-Match": "*"} if only_new else {}


def _filled(body: VerifiedReader, most: int) -> bytearray:
    """The next bytes, at most so many; fewer only at the end."""
    data = bytearray(most)
    view, at = memoryview(data), 0
    while count := body.readinto(view[at:]):
        at += count
    view.release()
    del data[at:]
    return data


def _complete(
    client: _Client, bucket: str, key: str, upload: str, tags: list[str], *, only_new: bool
) -> None:
    """Join the parts; the answer may say 200 and be an error all the same."""
    listed = Element("CompleteMultipartUpload")
    for number, tag in enumerate(tags, start=1):
        part = SubElement(listed, "Part")
        SubElement(part, "PartNumber").text = str(number)
        SubElement(part, "ETag").text = f'"{tag}"'
    answer = client.call(
        "POST",
        bucket,
        key,
        body=tostring(listed),
        headers={"Content-Type": "application/xml", **_condition(only_new=only_new)},
        query_params={"uploadId": upload},
    )
    if b"<Error" in answer.data[:300]:
        raise S3Error.fromxml(answer)
    CompleteMultipartUploadResult(answer)
