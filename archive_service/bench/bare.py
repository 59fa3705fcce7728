"""The bare sides: what lies in the copies, read with SHA-256 and nothing else."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio

from archive_service.storage.s3.client import S3Address

S3_REFERENCE = "minio-py get + sha256"
FILES_REFERENCE = "read + sha256"


@dataclass(frozen=True, slots=True)
class Read:
    """One object: how to read it bare, and its size."""

    key: str
    size_bytes: int
    digest: Callable[[], str]


def list_bare(url: str, home: Path) -> list[Read]:
    """All objects of the copy at ``url``."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _in_bucket(S3Address.parse(url, setting="storage.copies"))
    root = home / parts.path
    return [_file(root, path) for path in sorted(root.rglob("*")) if path.is_file()]


def read_all(objects: Sequence[Read], threads: int) -> None:
    """With so many threads."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda held: held.digest(), objects):
            pass


def bare_client(address: S3Address) -> Minio:
    """minio-py as it comes."""
    return Minio(
        address.host,
        access_key=address.key,
        secret_key=address.secret,
        secure=address.secure,
        region=address.region,
    )


def digest_of(client: Minio, bucket: str, key: str) -> str:
    """SHA-256 of one object, as minio-py gives it."""
    answer = client.get_object(bucket, key)
    try:
        return _hashed(answer.stream(1 << 20))
    finally:
        answer.close()
        answer.release_conn()


def _in_bucket(address: S3Address) -> list[Read]:
    client = bare_client(address)
    listed = client.list_objects(address.bucket, recursive=True)
    found = [(entry.object_name or "", entry.size or 0) for entry in listed]
    return [
        Read(key, size, partial(digest_of, client, address.bucket, key))
        for key, size in found
        if not key.startswith("tmp/")
    ]


def _file(root: Path, path: Path) -> Read:
    def digest() -> str:
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()

    return Read(str(path.relative_to(root)), path.stat().st_size, digest)


def _hashed(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
