"""What a bucket's server and the network say of a trouble, as our errors."""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from xml.etree.ElementTree import ParseError

import urllib3
from minio.error import InvalidResponseError, MinioException, S3Error
from minio.time import from_http_header

from archive_service import clock
from archive_service.errors import ArchiveError
from archive_service.storage.port import (
    ObjectNotFoundError,
    StoreFullError,
    StoreUnreachableError,
    TransferDamagedError,
)

LOCK_REFUSALS = {"AccessDenied", "InvalidRequest", "ObjectLocked"}
MISSING = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}  # the last: a delete marker
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "EntityTooLarge"}
_DAMAGED = {"XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "BadDigest"}
_SKEWED = "RequestTimeTooSkewed"
_SKEW = dt.timedelta(minutes=15)  # beyond it, no server of S3 takes what is signed


@contextmanager
def our_errors(key: str, *, untouched: Collection[str] = ()) -> Iterator[None]:
    """The server's and the network's errors as ours; a missing bucket did not answer as itself.

    ``S3Error`` with one of the codes ``untouched`` is left to the caller.
    """
    try:
        yield
    except S3Error as refusal:
        code = _code(refusal)
        if code in TAKEN or code in untouched:
            raise
        raise _ours(refusal, code, key) from refusal
    except (InvalidResponseError, ParseError, ValueError) as trouble:  # spoilt on the way, too
        raise StoreUnreachableError(key=key, reason="no S3 response") from trouble
    except MinioException as trouble:
        status = getattr(trouble, "status_code", None)
        if status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise StoreFullError(key=key) from trouble
        raise StoreUnreachableError(key=key, reason=f"HTTP {status}") from trouble
    except urllib3.exceptions.MaxRetryError as trouble:
        raise StoreUnreachableError(key=key, reason=_short_reason(trouble.reason)) from trouble
    except (urllib3.exceptions.HTTPError, OSError) as trouble:
        raise StoreUnreachableError(key=key, reason=_short_reason(trouble)) from trouble


def _code(refusal: S3Error) -> str | None:
    """What the server calls it; of a ``HEAD`` it says no more than 403, and shows its clock."""
    if refusal.response.status == HTTPStatus.FORBIDDEN and _is_skewed(refusal):
        return _SKEWED
    return refusal.code


def _is_skewed(refusal: S3Error) -> bool:
    """Whether our clock is far from the server's, if it shows one."""
    try:
        hour = from_http_header(refusal.response.headers.get("Date", ""))
    except ValueError:
        return False
    return abs(hour - clock.now()) > _SKEW


def _ours(refusal: S3Error, code: str | None, key: str) -> ArchiveError:
    full = refusal.response.status == HTTPStatus.INSUFFICIENT_STORAGE
    if code in MISSING:
        return ObjectNotFoundError(key=key)
    if full or code in _FULL:
        return StoreFullError(key=key)
    if code in _DAMAGED:
        return TransferDamagedError(key=key, expected=code)
    unreachable = StoreUnreachableError(key=key, reason=code)
    unreachable.of_machine = code == _SKEWED  # by our clock, most often
    return unreachable


def _short_reason(trouble: BaseException | None) -> str:
    """Short, and without the address: it stands in the settings."""
    if isinstance(trouble, OSError) and trouble.strerror:
        return trouble.strerror
    return type(trouble).__name__.removesuffix("Error")
