"""The mark of secrecy in what a file shows as a picture: a scan, a stamp, a letter pasted in."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive_service.formats.page_image import PageImageFacts
from archive_service.formats.pdf.first_page import Picture
from archive_service.formats.secrecy import levels
from archive_service.services import Services
from digitize.ocr.page_scan import PageRequest, Part
from digitize.ocr.pixels import PageImageUnreadableError
from digitize.ocr.printed_words import LEAST_LETTERS, draw_first
from digitize.ocr.words import PageReading
from digitize.page_one.enclosed_pages import enclosed_pages
from digitize.page_one.lines import turn_of
from digitize.page_one.secrecy import SecrecyMark, secrecy_mark
from ingest.checks.examine import FileFacts, ToExamine


def is_pictured(seen: FileFacts) -> bool:
    """Whether it shows something that nobody has read: then ``level_in_pictures`` does."""
    if isinstance(seen.image, PageImageFacts):
        return True
    return seen.encloses or _page_shows(seen)


def _page_shows(seen: FileFacts) -> bool:
    """Whether page 1 of a PDF is more than its words."""
    shows = seen.picture is not Picture.NONE or not has_words(seen)
    return seen.pdf is not None and bool(seen.pdf.pages) and seen.text is not None and shows


def has_words(seen: FileFacts) -> bool:
    """Whether page 1 of a PDF has a text of its own, or of a scanner's."""
    return seen.text is not None and sum(map(str.isalpha, seen.text.first)) >= LEAST_LETTERS


def level_in_pictures(services: Services, file: ToExamine, seen: FileFacts) -> str:
    """The highest level, or nothing.

    Raises:
        ModelMissingError: nothing can be read.
        BackendError: staging did not answer.
    """
    exif_deg = seen.image.turned_deg if isinstance(seen.image, PageImageFacts) else 0
    with (
        services.staging.path(file.sha256) as path,
        tempfile.TemporaryDirectory(dir=services.work_folder, prefix="mark-") as own,
    ):
        found = {
            mark.level
            for picture, part in _pictures(services, path, seen, Path(own))
            if (mark := _mark(services, picture, part, exif_deg)) is not None
        }
    return next((level for level in levels() if level in found), "")


def _pictures(
    services: Services, path: Path, seen: FileFacts, folder: Path
) -> Iterator[tuple[Path, Part]]:
    """Page 1, or what of it is no text; what was put into a document or hangs on it."""
    limits = services.settings.limits
    bounds: dict[str, Any] = {"limit_s": limits.parser_s, "memory_mib": limits.parser_mib}
    if _page_shows(seen):
        stamps = seen.picture is Picture.STAMP and has_words(seen)
        drawn = folder / "1.png"
        if draw_first(path, drawn, with_text=not stamps, **bounds):
            yield drawn, Part.STAMPS if stamps else Part.HEAD
    elif isinstance(seen.image, PageImageFacts):
        yield path, Part.HEAD
    if seen.encloses and seen.format is not None:
        kind = seen.format.media_type, seen.format.extension
        yield from enclosed_pages(path, *kind, folder, **bounds)


def _mark(services: Services, picture: Path, part: Part, exif_deg: int) -> SecrecyMark | None:
    reading = _read(services, PageRequest(picture, part=part))
    mark = None if reading is None else secrecy_mark(reading)
    if mark is None or reading is None or secrecy_mark(replace(reading, lines=())) is not None:
        return mark  # a stamp is read whole
    # Words that were cut off beside it may make it another word.
    turn_deg = (turn_of(reading) - exif_deg) % 360
    whole = _read(services, PageRequest(picture, turn_deg=turn_deg))
    return None if whole is None else secrecy_mark(whole)


def _read(services: Services, page: PageRequest) -> PageReading | None:
    try:
        (reading,) = services.ocr.read([page])
    except PageImageUnreadableError:
        return None
    return reading if isinstance(reading, PageReading) else None
