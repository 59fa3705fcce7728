"""Media of a transfer, as commands and programs read them."""

from pydantic import BaseModel


class MediumDocument(BaseModel):
    """One folder or disk; ``state``: ``built``, ``written`` to a disk, ``arrived`` at the receiver.

    ``size_bytes`` are those of its packages; ``sums_sha256`` is the digest of its ``SHA256SUMS``.
    """

    number: int
    state: str
    state_name: str
    label: str
    place: str
    packages: int
    size_bytes: int
    sums_sha256: str | None
    written_at: str | None
    arrived_at: str | None
    moved_at: str | None


class MediaDocument(BaseModel):
    """The media of a transfer, by their numbers; ``number`` and ``state`` are the transfer's."""

    id: str
    number: str
    state: str
    media: list[MediumDocument]
