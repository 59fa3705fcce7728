"""A stored PDF of many pages as the viewer takes it: each page is found at once.

The stored bytes are sent as they are, and behind them a tree of pages
(``archive_service.formats.pdf.page_tree``) that is kept for some minutes and in no package.
"""

import hashlib
import io
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from uuid import UUID

from archive_service.catalogue.case_files.kept import Kept
from archive_service.catalogue.holdings.opening import readable_file
from archive_service.domain.people.account import Actor
from archive_service.formats.pdf.page_tree import FEWEST_PAGES, page_tree_tail
from archive_service.readable import Readable
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place

_MOST_BYTES = 512 << 20  # of a file that is read for its tree
_DIGEST = 64  # letters
_kept = Kept(most_bytes=16 << 20, for_s=3600)


def is_paged(pages: int | None) -> bool:
    """Whether a PDF has so many pages that it is worth its tree."""
    return (pages or 0) >= FEWEST_PAGES


@dataclass(frozen=True, slots=True)
class _Paged(Readable):
    """Size and digest are those of the file with what stands behind it."""

    stored: Readable
    tail: bytes

    def open(self, services: Services, *, offset: int = 0, length: int | None = None) -> IO[bytes]:
        """See ``Readable``."""
        end = self.size_bytes if length is None else min(offset + length, self.size_bytes)
        inside = min(end, self.stored.size_bytes) - offset
        behind = self.tail[max(offset - self.stored.size_bytes, 0) :]
        if inside <= 0:
            return io.BytesIO(behind[: end - offset])
        source = self.stored.open(services, offset=offset, length=inside)
        return cast("IO[bytes]", _Joined(source, inside, behind[: end - offset - inside]))

    def read(self, services: Services) -> bytes:
        """See ``Readable``."""
        return self.stored.read(services) + self.tail


class _Joined:
    """So many bytes of a file, and then some more; can be read and closed."""

    def __init__(self, source: IO[bytes], length: int, more: bytes) -> None:
        self._source = source
        self._left = length
        self._more = io.BytesIO(more)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, of one of the two."""
        if not self._left:
            return self._more.read(size)
        piece = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._source.close()


def paged_pdf(services: Services, code: str, file_id: UUID, *, actor: Actor) -> Readable:
    """The file with its tree behind it, or as it is where none is needed; the use is noted.

    Raises: as ``readable_file``.
    """
    stored = readable_file(services, code, file_id, actor=actor)
    if stored.media_type != "application/pdf" or stored.size_bytes > _MOST_BYTES:
        return stored
    made = _kept.get(stored.sha256)
    if made is None:
        made = _made(services, stored)
        _kept.put(stored.sha256, made)
    digest, tail = made[:_DIGEST].decode("ascii"), made[_DIGEST:]
    if not tail:
        return stored
    return _Paged(
        stored.name, stored.media_type, stored.size_bytes + len(tail), digest, stored.ocfl_id,
        stored=stored, tail=tail,
    )  # fmt: skip


def _made(services: Services, stored: Readable) -> bytes:
    """Digest of the whole, and its end."""
    with work_place(services.work_folder, "paged-") as place, ExitStack() as stack:
        if stored.ocfl_id is None:
            path = stack.enter_context(services.staging.path(stored.sha256))
        else:
            path = place / "stored.pdf"
            held = HeldContent(services.copies, stored.ocfl_id)
            held.fetch(stored.sha256, stored.size_bytes, path)
        tail = page_tree_tail(path)
        return _digest(path, tail).encode("ascii") + tail


def _digest(path: Path, tail: bytes) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(tail)
    return digest.hexdigest()
