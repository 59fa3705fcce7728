"""Page images of paper: readable, at the resolution of the standard, and what measuring found."""

from collections.abc import Iterator
from dataclasses import replace

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.child import FailureReason, ParserFailure
from archive_service.formats.measure.judge import judge
from archive_service.formats.measure.limits import load_limits
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.page_image import PageImageFacts, why_not_digitized
from archive_service.formats.unopened import Unopened
from ingest.checks.port import CheckContext, ReceivedFile

DRAWINGS = ("30", "31")  # typeName of TT 05/2025: bản đồ, bản vẽ kỹ thuật
# The sender has to scan these again; all else that measuring finds is for a person to look at.
OF_THE_SENDER = frozenset({"page-too-coarse", "page-damaged"})
OUT_OF_BOUNDS = (FailureReason.OUT_OF_MEMORY, FailureReason.TIMED_OUT)  # no fault of the page
_REFUSED = {
    "too-small": "page-too-small",
    "several-pages": "page-several-pages",
    "colour-space": "page-colour-space",
}


def check(context: CheckContext) -> Iterator[Finding]:
    """Measured faults of pages: an error where a page cannot be read or digitized, or is coarse."""
    for document, declared, received in context.declared_files():
        if declared.page_image:
            drawing = document.fields.get("typeName") in DRAWINGS
            standard = "drawing" if drawing else "administrative"
            yield from _of_page(received, standard, context.limits.page_pixels, declared.dpi)


def _of_page(
    file: ReceivedFile, standard: str, most_pixels: int, told_dpi: float | None
) -> Iterator[Finding]:
    """``told_dpi`` is known better than by the file's own header, by which it was measured."""
    image, measures = file.facts.image, file.facts.measures
    if file.facts.unopened is Unopened.COMPRESSION:
        yield _finding("image-compression", Severity.ERROR, file)
        return
    if not isinstance(image, PageImageFacts):
        if file.size_bytes:  # an empty one is told by the formats
            detail = image.detail[:300] if isinstance(image, ParserFailure) else ""
            yield _finding("page-unreadable", Severity.ERROR, file, detail=detail)
        return
    if image.rarely_packed:
        packed = image.rarely_packed
        yield _finding("image-compression-rare", Severity.WARNING, file, packed=packed)
    if kind := image.converted_from:
        yield _finding("page-converted", Severity.WARNING, file, kind=kind)
    refused = why_not_digitized(image, most_pixels=most_pixels)
    if refused == "too-large":
        pixels = image.width_px * image.height_px
        yield _finding("page-too-large", Severity.ERROR, file, pixels=pixels, limit=most_pixels)
    elif refused is not None:
        sides = {"width_px": image.width_px, "height_px": image.height_px}
        facts = {"frames": image.frames, "mode": image.mode} | sides
        yield _finding(_REFUSED[refused], Severity.ERROR, file, **facts)
    elif isinstance(measures, ParserFailure) and measures.reason not in OUT_OF_BOUNDS:
        yield _finding("page-unreadable", Severity.ERROR, file, detail=measures.detail[:300])
    elif not isinstance(measures, PageMeasures):
        yield _finding("page-not-measured", Severity.INFO, file)
    known = measures if isinstance(measures, PageMeasures) else None
    if told_dpi is not None and told_dpi != image.dpi:
        image = replace(image, dpi=told_dpi)
        known = known if known is not None and known.damage else None
    for finding in judge(known, image, load_limits(standard), place=file.path):
        is_of_sender = finding.severity is not Severity.ERROR or finding.code in OF_THE_SENDER
        yield finding if is_of_sender else replace(finding, severity=Severity.WARNING)


def _finding(code: str, severity: Severity, file: ReceivedFile, **facts: object) -> Finding:
    return Finding("page-images", code, severity, file.path, facts)
