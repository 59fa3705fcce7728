"""Look at a file from a station by its content: how many pages it holds, or why it gives none."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.page_image import page_frames
from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here

if TYPE_CHECKING:
    from PIL import Image

PDF = "application/pdf"
JPEG, PNG, TIFF, JPEG_2000 = "image/jpeg", "image/png", "image/tiff", "image/jp2"
_TAIL_BYTES = 1 << 16
# Where the pieces of a TIFF's frame lie: strips, or tiles, with their lengths.
_PIECES = ((273, 279), (324, 325))
_PDF_REFUSED = {
    PdfCondition.ENCRYPTED: "page-source-encrypted",
    PdfCondition.TRUNCATED: "page-source-truncated",
    PdfCondition.UNREADABLE: "page-source-unreadable",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no page can be made of a file, or of one frame of it; words are those of findings."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceLook:
    """Facts from the structure of a file; no pixel was decoded, unless its end had to be found."""

    media_type: str
    frames: int  # pages in it
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Limits on what a source may hold and its parser may use."""

    most_pages: int
    most_pixels: int
    parser_s: float
    parser_mib: int


def look_at(path: Path, limits: SourceLimits) -> SourceLook:
    """Look at a file in a limited child process; a parser that fails is a refusal too."""
    if path.stat().st_size == 0:
        return SourceLook("", 0, Refusal("page-source-empty"))
    found = run_limited(
        look_at_here, path, limits, limit_s=limits.parser_s, memory_mib=limits.parser_mib
    )
    if isinstance(found, ParserFailure):
        return SourceLook("", 0, Refusal("page-source-unreadable", {"reason": found.reason.value}))
    return found


def look_at_here(path: Path, limits: SourceLimits) -> SourceLook:
    """``look_at`` in this very process."""
    with path.open("rb") as file:
        head = file.read(1024)
    look = _look_at_pdf(path) if b"%PDF-" in head else _look_at_image(path, head, limits)
    if look.refused is None and look.frames > limits.most_pages:
        facts = {"pages": look.frames, "limit": limits.most_pages}
        return SourceLook(look.media_type, 0, Refusal("page-source-too-many-pages", facts))
    return look


@contextmanager
def opened_image(path: Path) -> Iterator["Image.Image"]:
    """An image of any size: what it may have of pixels is asked before they are decoded."""
    from PIL import Image

    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path, formats=("JPEG", "PNG", "TIFF", "JPEG2000")) as image:
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _look_at_pdf(path: Path) -> SourceLook:
    facts = read_pdf_here(path)
    if (code := _PDF_REFUSED.get(facts.condition)) is not None:
        return SourceLook(PDF, 0, Refusal(code, {"reason": facts.detail}))
    if facts.pages == 0:
        return SourceLook(PDF, 0, Refusal("page-source-no-pages"))
    if facts.active:
        return SourceLook(PDF, 0, Refusal("page-source-active"))
    return SourceLook(PDF, facts.pages)


def _look_at_image(path: Path, head: bytes, limits: SourceLimits) -> SourceLook:
    from PIL import Image

    kind = _kind(head)
    if not kind:
        return SourceLook("", 0, Refusal("page-source-unknown"))
    try:
        with opened_image(path) as image:
            if (size := image.width * image.height) > limits.most_pixels:
                details = {"pixels": size, "limit": limits.most_pixels}
                return SourceLook(kind, 0, Refusal("page-too-large", details))
            pages = page_frames(image)
            whole = _is_whole(path, image, kind, pages[: limits.most_pages])
    except (
        *(Image.DecompressionBombError, OSError, SyntaxError, struct.error),
        *(ValueError, TypeError, KeyError),
    ) as error:
        ended = kind == TIFF or "truncat" in str(error).lower()
        code = "page-source-truncated" if ended else "page-source-unreadable"
        return SourceLook(kind, 0, Refusal(code, {"reason": type(error).__name__}))
    if not whole:
        return SourceLook(kind, 0, Refusal("page-source-truncated", {"reason": "end"}))
    return SourceLook(kind, len(pages))


def _kind(head: bytes) -> str:
    if head.startswith(b"\xff\xd8"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):  # a file, bare data
        return JPEG_2000
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return TIFF
    return ""


def _is_whole(path: Path, image: "Image.Image", kind: str, frames: list[int]) -> bool:
    """Whether the end is there: of a picture that is cut off, viewers show the upper part."""
    size = path.stat().st_size
    if kind == TIFF:
        return all(_frame_is_inside(image, number, size) for number in frames)
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if kind == PNG:
        return b"IEND\xaeB`\x82" in tail
    if tail.rstrip(b"\0").endswith(b"\xff\xd9"):
        return True
    # Some scanners write more after the end: then only decoding tells, small and grey.
    image.draft("L", (image.width // 8, image.height // 8))
    image.load()  # ``OSError`` where data are missing
    return True


def _frame_is_inside(image: "Image.Image", number: int, size: int) -> bool:
    image.seek(number)
    tags: Any = getattr(image, "tag_v2", {})
    for offsets, lengths in _PIECES:
        if offsets in tags and lengths in tags:
            pieces = zip(tags[offsets], tags[lengths], strict=False)
            return all(offset + length <= size for offset, length in pieces)
    return offsets in tags
