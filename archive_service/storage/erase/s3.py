"""Erasing from a bucket, as a user of its own that may pass a GOVERNANCE lock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from minio.error import S3Error

from archive_service import clock
from archive_service.storage.locks import ObjectHeldError, ObjectLockedError
from archive_service.storage.port import require_key
from archive_service.storage.s3.client import COMPLIANCE, Bucket, S3Address
from archive_service.storage.s3.errors import LOCK_REFUSALS, our_errors
from archive_service.storage.s3.versions import Version

_THREADS = 8


class S3Eraser:
    """All versions of a key, the oldest first: until the last is gone the newest can be read."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def erase(self, key: str) -> None:
        """See ``Eraser.erase``."""
        require_key(key)
        versions = self._listed(key).get(key, [])
        self._require_all_free({key: versions})
        self._remove_all(key, versions)

    def iter_left(self, folder: str) -> Iterator[str]:
        """See ``Eraser.iter_left``."""
        require_key(folder)
        yield from self._listed(f"{folder}/")

    def require_free(self, folder: str) -> None:
        """See ``Eraser.require_free``."""
        require_key(folder)
        self._require_all_free(self._listed(f"{folder}/"))

    def erase_all(self, folder: str) -> int:
        """See ``Eraser.erase_all``."""
        require_key(folder)
        listed = self._listed(f"{folder}/")
        self._require_all_free(listed)
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(self._remove_all, listed, listed.values()))
        return len(listed)

    def _listed(self, prefix: str) -> dict[str, list[Version]]:
        """Key -> its versions, the newest first."""
        found: dict[str, list[Version]] = {}
        for version in self._bucket.versions(prefix):
            found.setdefault(version.key, []).append(version)
        return found

    def _require_all_free(self, listed: dict[str, list[Version]]) -> None:
        """Asked of every version before the first goes."""
        asked = [(key, version) for key, versions in listed.items() for version in versions]
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(lambda it: self._require_free(*it), asked))

    def _remove_all(self, key: str, versions: list[Version]) -> None:
        for version in reversed(versions):
            self._remove(key, version)

    def _require_free(self, key: str, version: Version) -> None:
        """The server refuses too, but perhaps after the first versions are gone."""
        if version.is_marker:
            return
        if self._bucket.is_held(key, version=version.id):
            raise ObjectHeldError(key=key)
        lock = self._bucket.lock_of(key, version=version.id)
        if lock and lock.mode == COMPLIANCE and lock.until > clock.now():
            raise ObjectLockedError(key=key, until=clock.iso(lock.until))

    def _remove(self, key: str, version: Version) -> None:
        request: dict[str, Any] = {
            "query_params": {"versionId": version.id},
            "headers": {"x-amz-bypass-governance-retention": "true"},
        }
        try:
            with our_errors(key, untouched=LOCK_REFUSALS):
                self._bucket.client().call("DELETE", self._bucket.name, key, **request)
        except S3Error as refusal:
            lock = self._bucket.lock_of(key, version=version.id)
            until = clock.iso(lock.until) if lock else str(refusal.code)
            raise ObjectLockedError(key=key, until=until) from refusal


def open_s3_eraser(url: str, credentials: str) -> S3Eraser:
    """The eraser of the copy at ``url``, as the user ``key:secret``.

    Raises:
        MalformedS3UrlError: one of them is not of its form.
    """
    address = S3Address.parse(url, setting="storage.copies")
    return S3Eraser(Bucket(address.with_credentials(credentials)))
