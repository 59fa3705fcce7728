"""Splits a file that has just come, and opens what was made of it."""

from pathlib import Path
from uuid import uuid4

from PIL import Image

from archive_service.domain.digitization.scan_batch import ScanSource
from digitize.batches.sources.frames import Frame, FrameRefused, Splitter, iter_frames
from digitize.batches.sources.sources import SourceLimits, look_at

LIMITS = SourceLimits(most_pages=600, most_pixels=120_000_000, parser_s=60, parser_mib=1024)


def pages_of(path: Path, splitter: Splitter) -> list[Frame | FrameRefused]:
    """The pages of a file that has just come."""
    look = look_at(path, LIMITS)
    with path.open("rb") as file:
        staged = splitter.staging.receive(file)
    refused = look.refused
    source = ScanSource(
        id=uuid4(),
        name=path.name,
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        media_type=look.media_type,
        frames=look.frames,
        refused={} if refused is None else {"code": refused.code, "facts": refused.facts},
    )
    return list(iter_frames(source, splitter))


def image_of(page: Frame | FrameRefused, splitter: Splitter) -> Image.Image:
    """The image of a page, decoded."""
    assert isinstance(page, Frame)
    with splitter.staging.open(page.sha256) as file:
        image = Image.open(file)
        image.load()
    return image
