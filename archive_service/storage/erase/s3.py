"""Erasing from a bucket, as a user of its own that may pass a GOVERNANCE lock."""

from dataclasses import dataclass
from typing import Any

from minio.error import S3Error

from archive_service import clock
from archive_service.storage.locks import ObjectHeldError, ObjectLockedError
from archive_service.storage.port import require_key
from archive_service.storage.s3_client import (
    COMPLIANCE,
    Bucket,
    S3Address,
)
from archive_service.storage.s3_errors import LOCK_REFUSALS, our_errors


@dataclass(frozen=True, slots=True)
class _Version:
    id: str
    is_marker: bool


class S3Eraser:
    """All versions of a key, the oldest first: until the last is gone the newest can be read."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def erase(self, key: str) -> None:
        """See ``Eraser.erase``."""
        require_key(key)
        versions = self._versions(key)
        for version in versions:
            if not version.is_marker:
                self._require_free(key, version)
        for version in reversed(versions):
            self._remove(key, version)

    def _versions(self, key: str) -> list[_Version]:
        with our_errors(key):
            listed = self._bucket.client().list_objects(
                self._bucket.name, prefix=key, include_version=True
            )
            return [
                _Version(found.version_id or "null", found.is_delete_marker)
                for found in listed
                if found.object_name == key
            ]

    def _require_free(self, key: str, version: _Version) -> None:
        """The server refuses too, but perhaps after the first versions are gone."""
        if self._bucket.is_held(key, version=version.id):
            raise ObjectHeldError(key=key)
        lock = self._bucket.lock_of(key, version=version.id)
        if lock and lock.mode == COMPLIANCE and lock.until > clock.now():
            raise ObjectLockedError(key=key, until=clock.iso(lock.until))

    def _remove(self, key: str, version: _Version) -> None:
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
