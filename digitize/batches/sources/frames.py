"""One source to its single pages; of a file with one image the page is the file itself.

An image whose pixels are not square or that no PDF/A takes, a frame of a TIFF and a page of a PDF
become image files of their own, without loss: a JPEG stream of a PDF bit by bit, black and white
as TIFF G4, all else as PNG. They lie in staging.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive_service.domain.digitization.scan_batch import ScanSource
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.formats.page_image import (
    PageImageFacts,
    read_page_image_here,
    why_not_digitized,
)
from archive_service.services import Services
from archive_service.settings import LimitSettings
from archive_service.storage.staging import Staging
from archive_service.storage.work_folder import work_place
from digitize.batches.sources.image_pages import split_image_here
from digitize.batches.sources.made_page import MadePage
from digitize.batches.sources.pdf_pages import split_pdf_here
from digitize.batches.sources.sources import PDF, Refusal, SourceLimits

CHECK = "page-images"
PIECE_PAGES = 8  # frames of one call of the child, whose limits are for a call
WORK = "frames-"
DAMAGED = "page-damaged"  # as measuring says of a file of one page
_REFUSED = {
    "too-small": "page-too-small",
    "too-large": "page-too-large",
    "several-pages": "page-several-pages",
    "colour-space": "page-colour-space",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One page of a source; its image lies in staging under ``sha256``."""

    number: int  # of the source, from 0
    name: str
    sha256: str
    size_bytes: int
    media_type: str
    width_px: int
    height_px: int
    dpi: float | None  # None: to be asked; measurement tells it
    dpi_from: str  # "file", "page-size" or ""
    turn_deg: int = 0  # clockwise, what the PDF asks; Exif's own turn is not in it
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameRefused:
    """A frame of which no page can be made; ``finding`` says why and what to do."""

    number: int
    name: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Splitter:
    """Settings of splitting: where bytes lie, where to work, what is allowed."""

    staging: Staging
    folder: Path
    limits: SourceLimits = field(repr=False)


def splitter_of(services: Services) -> Splitter:
    """The splitter of sources, under the limits of the settings."""
    limits = source_limits(services.settings.limits)
    return Splitter(services.staging, services.work_folder, limits)


def source_limits(limits: LimitSettings) -> SourceLimits:
    """The part of the settings that is about sources."""
    return SourceLimits(limits.page_count, limits.page_pixels, limits.parser_s, limits.parser_mib)


def iter_frames(
    source: ScanSource, splitter: Splitter, *, first: int = 0
) -> Iterator[Frame | FrameRefused]:
    """The pages of one source from frame ``first`` on, each durable in staging when it comes.

    A source that was refused when it came gives one ``FrameRefused``. The same source gives the
    same bytes again, so that whoever was killed may begin anew.

    Raises:
        StagedObjectMissingError: the source's bytes are gone.
        BackendError: staging or the work folder does not take what is made.
    """
    if source.refused:
        if first == 0:
            refused = Refusal(source.refused["code"], source.refused.get("facts", {}))
            yield FrameRefused(0, source.name, _finding(refused, source.name))
        return
    with splitter.staging.path(source.sha256) as path:
        if source.frames == 1 and source.media_type != PDF:
            alone = _alone(source, path, splitter.limits)
            if alone is not None:
                if first == 0:
                    yield alone
                return
        for begin in range(first, source.frames, PIECE_PAGES):
            count = min(PIECE_PAGES, source.frames - begin)
            with work_place(splitter.folder, WORK) as place:
                made = _split(source, path, place, splitter.limits, (begin, count))
                for number, page in enumerate(made, start=begin):
                    yield _staged(source, number, page, splitter.staging)


def _alone(source: ScanSource, path: Path, limits: SourceLimits) -> Frame | FrameRefused | None:
    """The file as its only page; ``None`` where one has to be made: of square pixels, of inks."""
    facts = run_limited(
        facts_here, path, limits, limit_s=limits.parser_s, memory_mib=limits.parser_mib
    )
    if isinstance(facts, ParserFailure):
        facts = Refusal("page-source-unreadable", {"reason": facts.reason.value})
    if isinstance(facts, Refusal):
        return FrameRefused(0, source.name, _finding(facts, source.name))
    if facts.stretch != (1.0, 1.0) or facts.converted_from:
        return None
    return Frame(
        number=0,
        name=source.name,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        media_type=facts.media_type,
        width_px=facts.width_px,
        height_px=facts.height_px,
        dpi=facts.dpi,
        dpi_from="file" if facts.dpi else "",
    )


def facts_here(path: Path, limits: SourceLimits) -> PageImageFacts | Refusal:
    """The facts of a single image, or why no page can be made of it; in this very process."""
    facts = read_page_image_here(path)
    refused = why_not_digitized(facts, most_pixels=limits.most_pixels)
    return facts if refused is None else refusal_of(refused, facts, limits)


def refusal_of(reason: str, facts: PageImageFacts, limits: SourceLimits) -> Refusal:
    """``why_not_digitized`` with the facts that its words need."""
    facts_told: dict[str, Any] = {
        "mode": facts.mode,
        "frames": facts.frames,
        "width_px": facts.width_px,
        "height_px": facts.height_px,
        "pixels": facts.width_px * facts.height_px,
        "limit": limits.most_pixels,
    }
    return Refusal(_REFUSED[reason], facts_told)


def _split(
    source: ScanSource, path: Path, place: Path, limits: SourceLimits, part: tuple[int, int]
) -> list[MadePage | Refusal]:
    """``part`` is the first frame and how many; one that breaks the parser harms no other."""
    split = split_pdf_here if source.media_type == PDF else split_image_here
    made = run_limited(
        split,
        path,
        Output(place),
        part,
        limits,
        limit_s=limits.parser_s,
        memory_mib=limits.parser_mib,
    )
    if not isinstance(made, ParserFailure):
        return [
            page if isinstance(page, Refusal) else replace(page, path=place / page.path.name)
            for page in made
        ]
    begin, count = part
    if count == 1:
        return [Refusal("page-source-unreadable", {"reason": made.reason.value})]
    single = (_split(source, path, place, limits, (begin + each, 1)) for each in range(count))
    return [page for pages in single for page in pages]


def _staged(
    source: ScanSource, number: int, page: MadePage | Refusal, staging: Staging
) -> Frame | FrameRefused:
    name = f"{source.name}#{number + 1}"
    if isinstance(page, Refusal):
        return FrameRefused(number, name, _finding(page, name))
    with page.path.open("rb") as made:
        staged = staging.receive(made)
    return Frame(
        number=number,
        name=name,
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        media_type=page.media_type,
        width_px=page.width_px,
        height_px=page.height_px,
        dpi=page.dpi,
        dpi_from=page.dpi_from if page.dpi else "",
        turn_deg=page.turn_deg,
        findings=tuple(_told_of(page, name)),
    )


def _told_of(page: MadePage, name: str) -> Iterator[Finding]:
    """Findings that splitting alone can tell, as the page's own file does not show them."""
    if page.drawn:
        yield Finding(CHECK, "page-drawn", Severity.WARNING, name, {"dpi": page.dpi})
    if page.stretched:
        across, down = (round(dpi) for dpi in page.stretched)
        facts = {"across": across, "down": down, "dpi": page.dpi, "least": min(across, down)}
        yield Finding(CHECK, "page-stretched", Severity.WARNING, name, facts)
    if page.converted:
        yield Finding(CHECK, "page-converted", Severity.WARNING, name, {"kind": page.converted})
    if page.damage:
        yield Finding(CHECK, DAMAGED, Severity.ERROR, name, {"detail": page.damage})


def _finding(refused: Refusal, name: str) -> Finding:
    return Finding(CHECK, refused.code, Severity.ERROR, name, refused.facts)
