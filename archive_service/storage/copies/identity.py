"""Who a copy is: a store without its identity is unreachable, never empty."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from archive_service import clock
from archive_service.errors import BackendError, ConflictError, InputError
from archive_service.storage.ocfl.root import root_files
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    StoreUnreachableError,
    TransferDamagedError,
)
from archive_service.storage.reader import sha256_of

IDENTITY_KEY = "copy.json"


class CopyNotEmptyError(ConflictError):
    """A store that holds something, but no identity, is not taken for a new copy."""


class DatabaseMissingError(ConflictError):
    """The copies hold an archive, and there is no database, or an empty one: ``copy``."""


class CopyNamedTwiceError(InputError):
    """Two URLs of the settings give copies of one name; ``?name=`` tells them apart."""


class CopyUnknownError(StoreUnreachableError):
    """What answers is not the copy we know: another disk, another bucket, or none mounted."""


@dataclass(frozen=True, slots=True)
class CopyIdentity:
    """Drawn when a copy is enrolled; ``id`` stays with its bytes, wherever they are mounted."""

    id: str
    name: str
    enrolled_at: str


def enrol(copy: ObjectStore) -> CopyIdentity:
    """Make an empty place a copy, with its identity and an OCFL storage root; safe to repeat.

    Raises:
        CopyNotEmptyError: there is something, but no identity.
    """
    copy.prepare()
    try:
        identity = identify(copy)
    except CopyUnknownError as trouble:
        if trouble.facts.get("found"):
            raise
        identity = _introduced(copy)
    for key, data in root_files().items():
        put_bytes(copy, key, data)
    return identity


def identify(copy: ObjectStore, expected_id: str | None = None) -> CopyIdentity:
    """Who answers under the copy's name; ``CopyUnknownError`` if it is not the one we know."""
    try:
        with copy.open(IDENTITY_KEY) as source:
            identity = CopyIdentity(**json.load(source))
    except ObjectNotFoundError:
        raise CopyUnknownError(copy=copy.name, expected=expected_id, found=None) from None
    except (ValueError, TypeError):
        raise CopyUnknownError(copy=copy.name, expected=expected_id, found=IDENTITY_KEY) from None
    if identity.name != copy.name or expected_id not in (None, identity.id):
        raise CopyUnknownError(
            copy=copy.name,
            expected=expected_id or copy.name,
            found=f"{identity.name} {identity.id}",
        )
    return identity


def holding_copy(copies: Sequence[ObjectStore]) -> str | None:
    """Name of the first copy that answers as one and holds something of an archive."""
    for copy in copies:
        try:
            identify(copy)
            if _is_holding(copy):
                return copy.name
        except BackendError:
            continue
    return None


def require_told_apart(copies: Sequence[ObjectStore]) -> None:
    """``CopyNamedTwiceError`` unless each has a name of its own."""
    names: set[str] = set()
    for copy in copies:
        if copy.name in names:
            raise CopyNamedTwiceError(copy=copy.name)
        names.add(copy.name)


def put_bytes(copy: ObjectStore, key: str, data: bytes) -> None:
    """``ObjectStore.put`` for bytes at hand."""
    copy.put(key, io.BytesIO(data), size=len(data), sha256=sha256(data).hexdigest())


def put_read_back(copy: ObjectStore, key: str, data: bytes, *, digest: str) -> None:
    """Put the bytes of this digest, and compare what the medium then gives.

    Raises:
        TransferDamagedError: ``data`` has another digest, or came back other than written.
    """
    copy.put(key, io.BytesIO(data), size=len(data), sha256=digest)
    _require_read_back(copy, key, digest)


def put_all_read_back(copy: ObjectStore, files: Mapping[str, bytes]) -> None:
    """The same of many small files by their keys; the store makes them durable together."""
    copy.put_all(files)
    for key, data in files.items():
        _require_read_back(copy, key, sha256(data).hexdigest())


def _require_read_back(copy: ObjectStore, key: str, digest: str) -> None:
    try:
        with copy.open(key, past_cache=True) as source:
            found = sha256_of(source)
    except ObjectNotFoundError:  # it said that it took them
        found = None
    if found != digest:
        raise TransferDamagedError(key=key, expected=digest, found=found)


def _is_holding(copy: ObjectStore) -> bool:
    own = {IDENTITY_KEY, *root_files()}
    return any(key not in own for key in copy.iter_keys())


def _introduced(copy: ObjectStore) -> CopyIdentity:
    if (key := next(copy.iter_keys(), None)) is not None:
        raise CopyNotEmptyError(copy=copy.name, found=key)
    identity = CopyIdentity(id=str(uuid4()), name=copy.name, enrolled_at=clock.iso(clock.now()))
    fields: Mapping[str, str] = {
        "id": identity.id,
        "name": identity.name,
        "enrolled_at": identity.enrolled_at,
    }
    put_bytes(copy, IDENTITY_KEY, json.dumps(fields, indent=2).encode() + b"\n")
    return identity
