"""What every place that keeps bytes promises, whatever it is made of."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Protocol, runtime_checkable

from archive_service.errors import BackendError, ConflictError, NotFoundError

_SEGMENT = re.compile(r"(?!\.{1,2}$)[\x20-\x2e\x30-\x5b\x5d-\x7e]{1,255}\Z")
_ROOT_INVENTORY = re.compile(r"ocfl/(?:[^/]+/)*(?!v[0-9]+/)[^/]+/inventory\.json(?:\.sha256)?\Z")
_LONGEST_KEY = 1024  # of S3, in bytes


class ObjectExistsError(ConflictError):
    """Other bytes already lie under this key."""


class ObjectNotFoundError(NotFoundError):
    """Nothing lies under this key, in a store that does answer."""


class TransferDamagedError(BackendError):
    """Bytes came other than announced, or came back other than written; worth another try."""


class ObjectUnreadableError(BackendError):
    """The store answers, but the medium does not give up this one object."""


class StoreUnreachableError(BackendError):
    """The store did not answer, or is not the one we know."""


class StoreFullError(BackendError):
    """No room left; nothing half-written stays behind."""


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What a store knows of an object without reading it."""

    size_bytes: int


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of a tree to be stored: its path below the folder, and where it comes from."""

    path: str
    size_bytes: int
    sha256: str
    open: Callable[[], IO[bytes]]


class ObjectStore(Protocol):
    """Write-once bytes under relative ASCII keys such as "ocfl/ab1/…/v1/content/METS.xml".

    There is no delete here: only the gate in storage/destroy.py can remove. All methods may be
    called from several threads and processes at once, and raise ``StoreUnreachableError``.
    Every implementation passes test_object_store.py (tests/contracts/) unchanged.
    """

    @property
    def name(self) -> str:
        """The copy's name, as people read it in reports."""

    def prepare(self) -> None:
        """Make the empty place (a folder, a bucket) if there is none; nothing else ever does."""

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """Store exactly these bytes; they are durable on return.

        Equal bytes already there are fine. Raises ``ObjectExistsError`` where others are, and
        ``TransferDamagedError`` if ``source`` is not as announced: then nothing is stored.
        """

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """Store many small files by their keys, each as ``put`` would; all durable on return.

        In no order, and after an error some may be there.
        """

    def put_tree(
        self, folder: str, files: Sequence[TreeFile], *, locked_until: dt.datetime | None = None
    ) -> None:
        """Store all files below ``folder``; each is durable and has been read back equal on return.

        Where the backend can, the folder appears whole or not at all. Where it cannot, content
        comes first, then the versions' inventories, then the object's own files, each group read
        back before the next. What is already there is read and, if equal, kept; errors as in
        ``put``. A backend that locks does so till ``locked_until``, at most as far ahead as the
        settings say; ``None``: as far as that.
        """

    def replace(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """Put these bytes over the old ones in one step, as durable as ``put``.

        For an OCFL object's root inventory and its sidecar; ``ValueError`` for other keys.
        """

    def heal(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """Put the recorded bytes where they are missing or differ; equal ones stay untouched.

        For ``repair.py`` and ``catch_up.py`` alone, which vouch for ``sha256``.
        """

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        """The bytes from ``offset``, at most ``length``; the caller closes.

        ``past_cache`` asks for what the medium holds, as far as the backend can tell it from a
        cache. Raises ``ObjectNotFoundError``, and on reading ``ObjectUnreadableError``.
        """

    def stat(self, key: str) -> ObjectStat:
        """Size in bytes; raises ``ObjectNotFoundError``."""

    def iter_keys(self, prefix: str = "", *, after: str = "") -> Iterator[str]:
        """All keys that begin with ``prefix``, ascending; nothing that is not yet whole.

        With ``after`` only those that come after it: so a listing is taken up again, and what
        lies before is not gone through once more.
        """

    def sweep(self) -> int:
        """Clear what a killed process left half-written; how many pieces. Live work is spared."""


def is_key(key: str) -> bool:
    """Whether it is a relative path of printable ASCII that every store takes.

    A listing tells of every file, also of one with another name that somebody put there: nothing
    of ours has such a name, and no store is asked for it.
    """
    segments = key.split("/")
    is_short = len(key) <= _LONGEST_KEY and segments[0] != "tmp"
    return is_short and all(_SEGMENT.match(segment) for segment in segments)


def require_key(key: str) -> None:
    """``ValueError`` unless it is a key."""
    if not is_key(key):
        raise ValueError(f"not a key: {key!r}")


def require_replaceable(key: str) -> None:
    """``ValueError`` unless ``key`` is an OCFL object's root inventory or its sidecar."""
    require_key(key)
    if not _ROOT_INVENTORY.match(key):
        raise ValueError(f"only a root inventory is ever replaced, not {key!r}")


@runtime_checkable
class TellsRoom(Protocol):
    """A store that knows how much more it can take."""

    def free_bytes(self) -> int:
        """Bytes that are free where it lies; ``BackendError`` where it does not answer."""
