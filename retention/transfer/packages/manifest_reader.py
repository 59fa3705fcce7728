"""The manifest of a transfer as another archive signed it; see ``packages.folder`` for its form.

It comes from outside: nothing is fetched, no entity is expanded, and its size is bounded.
"""

import datetime as dt
import hashlib
import io
import os
import re
import stat
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, BinaryIO
from uuid import UUID

from archive_service import clock
from archive_service.domain.transfer.transfer import LONGEST_NUMBER, LONGEST_PARTNER
from archive_service.errors import InputError
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.tree import local
from archive_service.storage.durable import open_regular
from archive_service.storage.port import ObjectUnreadableError
from retention.transfer.packages.folder import MANIFEST, NAMESPACE, PACKAGES

MOST_BYTES = 128 << 20
MOST_PACKAGES = 200_000
KINDS = ("sip", "aip")
_ONCE = ("ordinal", "code", "file")  # none of them is that of two packages
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_FILE = re.compile(rf"{PACKAGES}/([^/\\\x00-\x1f]{{1,200}})\Z")
_LONGEST = {"code": 100, "title": 1000, "number": LONGEST_NUMBER, "archive": 100}


class TransferManifestError(InputError):
    """The manifest does not say what it has to: ``field``, and ``line`` of its packages or 0."""

    code = "transfer-manifest"


@dataclass(frozen=True, slots=True)
class PackageLine:
    """One package as the manifest names it; ``file`` is a name below ``packages/``."""

    ordinal: int
    code: str
    title: str
    kind: str
    file: str
    size_bytes: int
    sha256: str
    documents: int
    version: int
    medium: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says of the transfer; its packages are told by ``each``.

    It stays where it lies, on a disk that somebody carried in: whoever reads it again reads the
    same, or is told.
    """

    id: UUID
    number: str
    edition: int
    sequence: int
    media: int
    register_number: str
    answer_number: str
    list_sha256: str
    created: dt.datetime
    archive: str  # of the giver
    archive_name: str
    agency: str
    agency_name: str
    receiver: str
    receiver_archive: str  # empty: it names no code
    packages: int
    path: Path
    sha256: str  # of the document as it was signed

    def open(self) -> IO[bytes]:
        """The document once more; at its end ``TransferManifestError`` if it is another by now."""
        return _Held(self.path, self.sha256)

    def each(self, seen: Callable[[PackageLine], None]) -> None:
        """Tell every package, in the order of the manifest; they are not held together."""
        with self.open() as document:
            read_events(document, _Reader(seen))


def read_manifest(folder: Path) -> Manifest:
    """What the manifest in ``folder`` says; its signature is the caller's to judge.

    Raises:
        TransferManifestError: too long, or not what a manifest says.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    path = folder / MANIFEST
    known = _Known()
    with _Held(path) as document:
        reader = _Reader(known.add)
        read_events(document, reader)
        sha256 = document.sha256
    if doubtful := known.doubtful():
        with _Held(path, sha256) as document:
            read_events(document, _Reader(_Twice(doubtful).require_once))
    head, giver, receiver = reader.head, reader.parts.get("giver", {}), reader.parts.get("receiver")
    if not known.count:
        raise TransferManifestError(field="package", line=0)
    if known.last_medium > _number(head, "media", 0, least=1):
        raise TransferManifestError(field="medium", line=0)
    return Manifest(
        id=_id(head),
        number=_text(head, "number", 0),
        edition=_number(head, "edition", 0, least=1),
        sequence=_number({"sequence": "1"} | dict(head), "sequence", 0, least=1),
        media=_number(head, "media", 0, least=1),
        register_number=head.get("registerNumber", "")[:LONGEST_NUMBER],
        answer_number=head.get("answerNumber", "")[:LONGEST_NUMBER],
        list_sha256=_digest(head, "listSha256", 0),
        created=_moment(head),
        archive=_text(giver, "archive", 0),
        archive_name=_text(giver, "archiveName", 0),
        agency=_text(giver, "agency", 0),
        agency_name=giver.get("agencyName", ""),
        receiver=(receiver or {}).get("name", "")[:LONGEST_PARTNER],
        receiver_archive=(receiver or {}).get("archive", ""),
        packages=known.count,
        path=path,
        sha256=sha256,
    )


class _Held(io.RawIOBase, BinaryIO):
    """An ordinary file that is hashed while it is read, to its end, and is bounded.

    Every trouble with it is a ``TransferManifestError``: also where it is not of ``sha256``.
    """

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        super().__init__()
        self._expected, self._left, self._digest = sha256, MOST_BYTES, hashlib.sha256()
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise TransferManifestError(field=MANIFEST, line=0)
            self._file = open_regular(path, MANIFEST)
        except (OSError, ObjectUnreadableError):
            raise TransferManifestError(field=MANIFEST, line=0) from None
        if os.fstat(self._file.fileno()).st_size > MOST_BYTES:
            self.close()
            raise TransferManifestError(field="size", line=0)

    @property
    def sha256(self) -> str:
        """Of what was read."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:  # Any: whatever takes bytes
        """See ``io.RawIOBase``."""
        try:
            count = self._file.readinto(buffer)
        except OSError:
            raise TransferManifestError(field=MANIFEST, line=0) from None
        self._digest.update(memoryview(buffer)[:count])
        self._left -= count
        if self._left < 0:
            raise TransferManifestError(field="size", line=0)
        if not count and self._expected not in (None, self.sha256):
            raise TransferManifestError(field=MANIFEST, line=0)
        return count

    def close(self) -> None:
        """See ``io.IOBase``."""
        self._file.close()
        super().close()


class _Known:
    """Counts packages, and marks what they are called by: eight bytes a name."""

    def __init__(self) -> None:
        self.count = self.last_medium = 0
        self._seen = {field: array("q") for field in _ONCE}

    def add(self, one: PackageLine) -> None:
        self.count += 1
        self.last_medium = max(self.last_medium, one.medium)
        if self.count > MOST_PACKAGES:
            raise TransferManifestError(field="package", line=self.count)
        for field, seen in self._seen.items():
            seen.append(hash(getattr(one, field)))

    def doubtful(self) -> dict[str, set[int]]:
        """Marks that were there more than once, by field: most likely of one name."""
        found: dict[str, set[int]] = {}
        for field, seen in self._seen.items():
            marks = sorted(seen)
            if twice := {one for one, after in pairwise(marks) if one == after}:
                found[field] = twice
        return found


class _Twice:
    """Refuses what is named twice, of the names with these marks."""

    def __init__(self, marks: Mapping[str, Collection[int]]) -> None:
        self._marks, self._line = marks, 0
        self._seen: dict[str, set[int | str]] = {field: set() for field in marks}

    def require_once(self, one: PackageLine) -> None:
        self._line += 1
        for field, seen in self._seen.items():
            told = getattr(one, field)
            if told in seen:
                raise TransferManifestError(field=field, line=self._line)
            if hash(told) in self._marks[field]:
                seen.add(told)


class _Reader:
    """Listens to a manifest: its head, and each package by the callback."""

    def __init__(self, seen: Callable[[PackageLine], None]) -> None:
        self.head: Mapping[str, str] = {}
        self.parts: dict[str, Mapping[str, str]] = {}
        self._seen = seen
        self._path: list[str] = []
        self._line = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        given, plain = dict(attributes), local(name)
        self._path.append(plain)
        if len(self._path) == 1:
            prefix = name.rpartition(":")[0]
            space = given.get(f"xmlns:{prefix}" if prefix else "xmlns", "")
            if plain != "transferManifest" or space != NAMESPACE:
                raise TransferManifestError(field="transferManifest", line=0)
            self.head = given
        elif self._path[1:] == ["package"]:
            self._line += 1
            self._seen(_package(given, self._line))
        elif self._path[1:-1] == ["head"] and plain in ("giver", "receiver"):
            self.parts.setdefault(plain, given)

    def end(self, _name: str) -> None:
        """See ``XmlEvents``."""
        self._path.pop()

    def text(self, _data: str) -> None:
        """All is told by attributes."""

    def comment(self, _data: str) -> None:
        """A comment says nothing."""

    def instruction(self, _target: str, _data: str) -> None:
        """Nor does an instruction."""


def _package(given: Mapping[str, str], line: int) -> PackageLine:
    file = _FILE.match(given.get("file", ""))
    if file is None or file[1] in (".", ".."):
        raise TransferManifestError(field="file", line=line)
    if given.get("kind") not in KINDS:
        raise TransferManifestError(field="kind", line=line)
    return PackageLine(
        ordinal=_number(given, "ordinal", line, least=1),
        code=_text(given, "code", line),
        title=_text(given, "title", line),
        kind=given["kind"],
        file=file[1],
        size_bytes=_number(given, "size", line),
        sha256=_digest(given, "sha256", line),
        documents=_number(given, "documents", line),
        version=_number(given, "version", line, least=1),
        medium=_number(given, "medium", line, least=1),
    )


def _text(given: Mapping[str, str], field: str, line: int) -> str:
    told = given.get(field, "").strip()
    if not told or len(told) > _LONGEST.get(field, LONGEST_PARTNER):
        raise TransferManifestError(field=field, line=line)
    return told


def _number(given: Mapping[str, Any], field: str, line: int, *, least: int = 0) -> int:
    told = given.get(field, "")
    if not re.fullmatch(r"[0-9]{1,18}", told) or int(told) < least:
        raise TransferManifestError(field=field, line=line)
    return int(told)


def _digest(given: Mapping[str, str], field: str, line: int) -> str:
    told = given.get(field, "")
    if not _DIGEST.match(told):
        raise TransferManifestError(field=field, line=line)
    return told


def _id(given: Mapping[str, str]) -> UUID:
    try:
        return UUID(given.get("id", ""))
    except ValueError:
        raise TransferManifestError(field="id", line=0) from None


def _moment(given: Mapping[str, str]) -> dt.datetime:
    try:
        return clock.parse_iso(given.get("created", ""))
    except ValueError:
        raise TransferManifestError(field="created", line=0) from None
