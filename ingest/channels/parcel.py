"""The one form of all ways in: named entries that can be opened, and what was seen on the way."""

import datetime as dt
import io
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, Protocol

from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.storage.staging import StagedObject


class TooManyFilesError(InputError):
    """More files than one submission may hold."""


class SubmissionTooLargeError(InputError):
    """More bytes than one submission may hold, unpacked."""


class FileTooLargeError(InputError):
    """One file is larger than the limit, by its announcement or while it was read."""


class NameTooLongError(InputError):
    """A part of a name is longer than a file system can hold, or a path than we keep."""


class ParcelNotFoundError(InputError):
    """Nothing to submit lies at the path."""


class PackagesSeveralError(InputError):
    """More than one package was sent at once: each is a submission of its own."""


class NothingSentError(InputError):
    """The parcel holds no file at all."""


PATH_CHARACTERS = 1000  # of the whole relative path, as it is kept


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a parcel. ``path`` is relative and in NFC, whatever ``original`` was.

    ``open`` may be called more than once; the reader it gives enforces the limits while reading.
    """

    path: str
    original: str
    size_bytes: int  # as announced; the truth is what is read
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender says of the files, and what was wrong with the way it was said.

    ``findings`` are those of no single case file; ``of_rows`` belong to the case file in the row.
    """

    case_files: tuple[DeclaredCaseFile, ...]
    findings: tuple[Finding, ...] = ()
    of_rows: dict[int, tuple[Finding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sending:
    """What a sender says of the sending itself.

    ``package_id`` is the sender's name of the package (METS OBJID, edXML DocumentId);
    ``record_status`` one of METS RECORDSTATUS; ``is_draft`` leaves it to an officer to complete.
    ``receivers`` are identifiers of agencies, where no code says whose it is.
    """

    package_id: str = ""
    sent_at: dt.datetime | None = None
    record_status: str = "NEW"
    is_draft: bool = False
    receivers: tuple[str, ...] = ()


class Announced(Protocol):
    """What a package says of the bytes of its files, compared once they are staged."""

    def findings(
        self, staged: Mapping[str, StagedObject], withheld: Collection[str] = ()
    ) -> Sequence[Finding]:
        """Each digest or size that is not that of the bytes, by path.

        ``withheld`` are paths of what nobody may read: state secrets.
        """


@dataclass(frozen=True, slots=True)
class Together:
    """What is announced of the files of a package, and of the same files below ``prefix``."""

    own: Announced
    outer: Announced
    prefix: str

    def findings(
        self, staged: Mapping[str, StagedObject], withheld: Collection[str] = ()
    ) -> Sequence[Finding]:
        """See ``Announced``; paths are those in the package."""
        there = {f"{self.prefix}{path}": content for path, content in staged.items()}
        outer = [
            replace(finding, place=finding.place.removeprefix(self.prefix))
            for finding in self.outer.findings(there, [f"{self.prefix}{path}" for path in withheld])
        ]
        return [*outer, *self.own.findings(staged)]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was handed in at once: one or more case files. A context: closes what it opened.

    ``declaration`` is there where the way in has a form of its own; else a sheet is looked for.
    """

    channel: str  # folder, zip, sip, web, rest
    source: str  # name of what was sent
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()
    declaration: Declaration | None = None
    held: AbstractContextManager[object] = field(default_factory=nullcontext)
    side_by_side: bool = False  # several entries may be read at the same time
    sending: Sending = Sending()
    beside: frozenset[str] = frozenset()  # paths kept with each case file: METS, the packet itself
    measured: Announced | None = None

    def __enter__(self) -> "Parcel":
        self.held.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.held.__exit__(None, None, None)


def require_names(paths: Iterable[str], limits: LimitSettings) -> None:
    """``NameTooLongError`` for a part over ``limits.name_bytes`` or a path over what is kept."""
    for path in paths:
        longest = max((len(part.encode("utf-8", "replace")) for part in path.split("/")), default=0)
        if longest > limits.name_bytes or len(path) > PATH_CHARACTERS:
            raise NameTooLongError(name=path[:120], size=longest, limit=limits.name_bytes)


def require_sizes(sizes: Iterable[tuple[str, int]], limits: LimitSettings) -> None:
    """Refuse by what is announced, before anything is read; reading enforces it again.

    The list of the documents, an .xlsx beside them, is none of the files that are counted.

    Raises:
        TooManyFilesError, FileTooLargeError, SubmissionTooLargeError
    """
    count = total = 0
    has_list = False
    for name, size in sizes:
        count += 1
        total += size
        has_list = has_list or ("/" not in name and name.lower().endswith(".xlsx"))
        if size > limits.file_bytes:
            raise FileTooLargeError(name=name, limit=limits.file_bytes)
    if count - has_list > limits.file_count:
        raise TooManyFilesError(count=count - has_list, limit=limits.file_count)
    if total > limits.submission_bytes:
        raise SubmissionTooLargeError(size=total, limit=limits.submission_bytes)


class BoundedReader(io.BufferedIOBase):
    """Reads on, and calls ``seen`` with each piece's length; ``seen`` raises at a limit.

    It keeps nothing back and copies nothing: whoever reads asks for pieces of some size.
    """

    def __init__(self, source: IO[bytes], seen: Callable[[int], None]) -> None:
        self._source = source
        self._seen = seen
        self._over = False

    def readable(self) -> bool:
        """It is for reading only."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, less only at the end; all that are left where no number is given."""
        if size is None or size < 0:
            return b"".join(iter(partial(self.read, 1 << 20), b""))
        whole = self.read1(size)
        while len(whole) < size and (more := self.read1(size - len(whole))):
            whole += more
        return whole

    def read1(self, size: int = -1, /) -> bytes:
        """What the source gives at once, counted."""
        if self._over or not size:
            return b""
        piece = self._source.read(size if size > 0 else 1 << 20)
        self._over = not piece
        self._seen(len(piece))
        return piece

    def close(self) -> None:
        """Close the source too."""
        if not self.closed:
            self._source.close()
        super().close()


class Budget:
    """Bytes that one parcel may still read; shared by its entries."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._total = 0
        self._adding = threading.Lock()

    def reader(
        self, source: IO[bytes], name: str, check: Callable[[int], None] | None = None
    ) -> IO[bytes]:
        """``source`` with the limits on one file and on all; ``check`` sees the file's count."""
        read = 0

        def seen(size: int) -> None:
            nonlocal read
            read += size
            with self._adding:
                self._total += size
            if read > self._limits.file_bytes:
                raise FileTooLargeError(name=name, limit=self._limits.file_bytes)
            if self._total > self._limits.submission_bytes + self._limits.file_bytes:
                # The sheet may be read twice; a bomb is far beyond that.
                raise SubmissionTooLargeError(size=self._total, limit=self._limits.submission_bytes)
            if check is not None:
                check(read)

        return BoundedReader(source, seen)  # type: ignore[return-value]  # all of it but fileno
