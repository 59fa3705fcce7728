"""Files on their way in, piece by piece (tus): resumable, each its sender's own, soon forgotten.

They lie in a folder of the home. Where several machines answer uploads, that folder is shared, or
the proxy sends all pieces of an upload to the same machine.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.storage.durable import our_errors
from archive_service.storage.reader import CHUNK_BYTES

CHECKSUMS = ("sha256", "sha1", "md5")  # by which a piece may be announced
KEPT_S = 2 * 24 * 3600  # seconds after the last piece


class UploadUnknownError(NotFoundError):
    """No upload bears this id, or it is another account's."""


class UploadOffsetError(ConflictError):
    """A piece that does not begin where the last one ended, or two pieces at once."""


class UploadPieceDamagedError(InputError):
    """A piece has another digest than its sender announced; nothing of it is kept."""


class UploadIncompleteError(ConflictError):
    """Not all of it has arrived."""


class UploadTooLongError(InputError):
    """More bytes came than the upload announced; those announced are kept."""


class TooManyUploadsError(ConflictError):
    """An account has begun as many uploads as it may have open."""

    code = "uploads-too-many"


class UploadSpaceError(ConflictError):
    """An account's open uploads would take more bytes than it may have open."""

    code = "uploads-too-large"


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender announces of a piece; ``algorithm`` is one of ``CHECKSUMS``."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way; ``received`` bytes of ``size_bytes`` are here."""

    id: UUID
    owner: str
    name: str  # as the sender calls it, perhaps with folders
    size_bytes: int
    received: int = 0
    into: str = ""  # what it is meant for, so that it finds its way when its sender comes back

    @property
    def complete(self) -> bool:
        """Whether all of it is here."""
        return self.received == self.size_bytes


class UploadFolder:
    """Two files an upload: what it is, and the bytes so far.

    ``most`` and ``most_bytes`` are what one account may have open, announced bytes counted.
    """

    def __init__(self, root: Path, *, most: int, most_bytes: int) -> None:
        self._root = root
        self._most, self._most_bytes = most, most_bytes

    def begin(self, *, owner: str, name: str, size_bytes: int, into: str = "") -> Upload:
        """A new upload without a byte; ``into`` is what it is meant for.

        Raises:
            TooManyUploadsError, UploadSpaceError: the account's limit is reached; none is begun.
        """
        upload = Upload(uuid4(), owner, name, size_bytes, into=into)
        facts = {key: str(value) for key, value in asdict(upload).items() if key != "received"}
        with our_errors("", self._root):
            self._root.mkdir(parents=True, exist_ok=True)
        with our_errors("", self._root), self._alone():
            self._require_room(owner, size_bytes)
            self.path(upload.id).touch(mode=0o600)
            self._facts(upload.id).write_text(json.dumps(facts), encoding="utf-8")
        return upload

    def get(self, upload_id: UUID, *, owner: str) -> Upload:
        """What is known of it; ``UploadUnknownError``, also where it is another account's."""
        try:
            content = json.loads(self._facts(upload_id).read_text(encoding="utf-8"))
            received = self.path(upload_id).stat().st_size
        except (FileNotFoundError, ValueError):
            raise UploadUnknownError(id=upload_id) from None
        if content["owner"] != owner:
            raise UploadUnknownError(id=upload_id)
        size_bytes, into = int(content["size_bytes"]), content.get("into", "")
        return Upload(upload_id, owner, content["name"], size_bytes, received, into)

    def every(self) -> list[Upload]:
        """All that are here, begun or whole, whoever sent them."""
        found = []
        for upload_id, facts in self._iter_facts():
            with suppress(UploadUnknownError):  # forgotten meanwhile
                found.append(self.get(upload_id, owner=facts.owner))
        return found

    def meant_for(self, into: str, *, owner: str) -> list[Upload]:
        """The account's uploads that are meant for this, begun or whole, by name."""
        found = []
        for upload_id, facts in self._iter_facts():
            if (facts.owner, facts.into) == (owner, into):
                with suppress(UploadUnknownError):  # forgotten meanwhile
                    found.append(self.get(upload_id, owner=owner))
        return sorted(found, key=lambda upload: (upload.name, upload.id))

    def begun_same(self, uploads: Sequence[Upload], *, into: str) -> list[UUID]:
        """The uploads for ``into`` of what these whole ones are, begun elsewhere and not ended.

        They bear its name and size, and every byte of them that is here is
        what that one has at its place: a name and a size alone do not make two files one.
        """
        ended = {upload.id for upload in uploads}
        alike = {(upload.owner, upload.name, upload.size_bytes): upload for upload in uploads}
        return [
            kept.id
            for owner in {upload.owner for upload in uploads}
            for kept in self.meant_for(into, owner=owner)
            if kept.id not in ended
            and (whole := alike.get((owner, kept.name, kept.size_bytes))) is not None
            and self._sha256(kept.id, 0, kept.received) == self._sha256(whole.id, 0, kept.received)
        ]

    def sha256(self, upload_id: UUID, *, owner: str, offset: int, length: int) -> str:
        """Of the stretch of what is here, so that who holds the file may know whether it is this.

        Raises:
            UploadUnknownError: as ``get``.
            UploadOffsetError: the stretch ends past what is here.
        """
        upload = self.get(upload_id, owner=owner)
        if offset + length > upload.received:
            raise UploadOffsetError(id=upload_id, received=upload.received, offset=offset + length)
        return self._sha256(upload_id, offset, length)

    def append(
        self,
        upload_id: UUID,
        source: IO[bytes],
        *,
        owner: str,
        offset: int,
        announced: Checksum | None = None,
    ) -> Upload:
        """Take the next piece; what has arrived stays, even if the sender breaks off.

        Of a piece whose digest is ``announced`` all of it stays, or nothing.

        Raises:
            UploadUnknownError: as ``get``.
            UploadOffsetError: ``offset`` is not where the last piece ended, or another piece is
                being taken.
            UploadTooLongError: more bytes than were announced.
            UploadPieceDamagedError: the piece is not as announced.
        """
        self.get(upload_id, owner=owner)
        with self.path(upload_id).open("ab") as out:
            try:
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadOffsetError(
                    id=upload_id, received=self.path(upload_id).stat().st_size, offset=offset
                ) from None
            upload = self.get(upload_id, owner=owner)
            if offset != upload.received:
                raise UploadOffsetError(id=upload_id, received=upload.received, offset=offset)
            with our_errors("", self._root):
                _copy(source, out, upload, announced)
        return self.get(upload_id, owner=owner)

    def whole(self, upload_id: UUID, *, owner: str) -> Upload:
        """As ``get``, but ``UploadIncompleteError`` unless all of it is here."""
        upload = self.get(upload_id, owner=owner)
        if not upload.complete:
            raise UploadIncompleteError(
                id=upload_id, received=upload.received, size=upload.size_bytes
            )
        return upload

    def path(self, upload_id: UUID) -> Path:
        """Where its bytes lie."""
        return self._root / f"{upload_id.hex}.bytes"

    def paths(self, upload_id: UUID) -> tuple[Path, Path]:
        """What it consists of, whether it is there or not."""
        return self.path(upload_id), self._facts(upload_id)

    def last_piece_at(self, upload_id: UUID) -> float:
        """Seconds since the epoch; 0 where it is gone."""
        with suppress(FileNotFoundError):
            return self.path(upload_id).stat().st_mtime
        return 0.0

    def whole_sha256(self, upload: Upload) -> str:
        """Of all its bytes, read once: a whole upload never changes; empty where it is gone."""
        with suppress(FileNotFoundError):
            return _sha256_of(self.path(upload.id))
        return ""

    def discard(self, uploads: Sequence[UUID]) -> None:
        """Forget them; fine if they are gone."""
        for upload_id in uploads:
            self._facts(upload_id).unlink(missing_ok=True)
            self.path(upload_id).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Forget those whose last piece came more than ``KEPT_S`` ago."""
        before = time.time() - KEPT_S
        for path in self._root.glob("*.bytes"):
            if path.stat().st_mtime < before:
                self.discard([UUID(hex=path.stem)])

    def _sha256(self, upload_id: UUID, offset: int, length: int) -> str:
        digest = hashlib.sha256()
        with suppress(FileNotFoundError), self.path(upload_id).open("rb") as held:
            held.seek(offset)
            while length and (piece := held.read(min(CHUNK_BYTES, length))):
                digest.update(piece)
                length -= len(piece)
        return digest.hexdigest()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process begins an upload meanwhile."""
        folder = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _require_room(self, owner: str, size_bytes: int) -> None:
        open_now = [facts.size_bytes for _, facts in self._iter_facts() if facts.owner == owner]
        if len(open_now) >= self._most:
            raise TooManyUploadsError(count=len(open_now), limit=self._most)
        if (total := sum(open_now) + size_bytes) > self._most_bytes:
            raise UploadSpaceError(size=total, limit=self._most_bytes)

    def _iter_facts(self) -> Iterator[tuple[UUID, "_Facts"]]:
        if not self._root.is_dir():
            return
        with os.scandir(self._root) as entries:
            for entry in entries:
                if entry.name.endswith(".json"):
                    try:
                        yield UUID(hex=entry.name.removesuffix(".json")), _facts_in(entry.path)
                    except (FileNotFoundError, ValueError):
                        continue  # forgotten meanwhile, or left half-written by a killed process

    def _facts(self, upload_id: UUID) -> Path:
        return self._root / f"{upload_id.hex}.json"


@dataclass(frozen=True, slots=True)
class _Facts:
    owner: str
    size_bytes: int
    into: str


@lru_cache(maxsize=100_000)
def _facts_in(path: str) -> _Facts:
    """Read once: an upload's facts never change, and its name is never used again."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    return _Facts(content["owner"], int(content["size_bytes"]), content.get("into", ""))


@lru_cache(maxsize=10_000)
def _sha256_of(path: Path) -> str:
    with path.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()


def _copy(source: IO[bytes], out: IO[bytes], upload: Upload, announced: Checksum | None) -> None:
    left = upload.size_bytes - upload.received
    digest = hashlib.new(announced.algorithm if announced else "sha1", usedforsecurity=False)
    try:
        while left and (piece := source.read(min(CHUNK_BYTES, left))):
            out.write(piece)
            left -= len(piece)
            if announced is not None:
                digest.update(piece)
    finally:
        out.flush()
        damaged = announced is not None and digest.digest() != announced.digest
        if damaged:
            out.truncate(upload.received)
        os.fsync(out.fileno())
    if damaged:
        raise UploadPieceDamagedError(id=upload.id, received=upload.received)
    if not left and source.read(1):
        raise UploadTooLongError(id=upload.id, size=upload.size_bytes)
