"""A file that may be read: what it is, and where its bytes are."""

from dataclasses import dataclass
from typing import IO

from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import VerifiedReader


@dataclass(frozen=True, slots=True)
class Readable:
    """A file that may be read: what it is, and where its bytes are."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    ocfl_id: str | None  # None: the bytes lie in staging

    def open(self, services: Services, *, offset: int = 0, length: int | None = None) -> IO[bytes]:
        """From ``offset`` on, ``length`` bytes at most or the rest; the caller closes."""
        if self.ocfl_id is not None:
            content = HeldContent(services.copies, self.ocfl_id)
            return content.open(self.sha256, offset=offset, length=length)
        return services.staging.open(self.sha256, offset=offset)

    def read(self, services: Services) -> bytes:
        """All of it, verified; a copy that gives other bytes is passed over for the next."""
        if self.ocfl_id is not None:
            content = HeldContent(services.copies, self.ocfl_id)
            return content.read(self.sha256, self.size_bytes)
        with services.staging.open(self.sha256) as source:
            return VerifiedReader(source, size=self.size_bytes, sha256=self.sha256).read()
