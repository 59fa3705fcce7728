"""Page images of paper: readable, and at the resolution that the standard asks for."""

from collections.abc import Iterator

from archive_service.domain.finding import Finding, Severity
from archive_service.formats.child import ParserFailure
from archive_service.formats.page_image import PageImageFacts, why_not_digitized
from ingest.checks.port import CheckContext, ReceivedFile

LOWEST_DPI = 200  # NĐ 30/2020 Phụ lục I; TT 05/2025 Điều 8
ROUNDING = 0.5  # a header in dots per centimetre gives 199.9
_REFUSED = {
    "several-pages": "page-several-pages",
    "transparent": "page-transparent",
    "jpeg-2000": "page-jpeg-2000",
    "colour-space": "page-colour-space",
}


def check(context: CheckContext) -> Iterator[Finding]:
    """Measured faults of pages: an error where a page cannot be read or digitized, or is coarse."""
    for _, declared, received in context.declared_files():
        if declared.page_image:
            yield from _of_page(received, context.limits.page_pixels)


def _of_page(file: ReceivedFile, most_pixels: int) -> Iterator[Finding]:
    image = file.facts.image
    if not isinstance(image, PageImageFacts):
        if file.size_bytes:  # an empty one is told by the formats
            detail = image.detail[:300] if isinstance(image, ParserFailure) else ""
            yield _finding("page-unreadable", Severity.ERROR, file, detail=detail)
        return
    refused = why_not_digitized(image, most_pixels=most_pixels)
    if refused == "too-large":
        pixels = image.width_px * image.height_px
        yield _finding("page-too-large", Severity.ERROR, file, pixels=pixels, limit=most_pixels)
    elif refused is not None:
        facts = {"frames": image.frames, "mode": image.mode}
        yield _finding(_REFUSED[refused], Severity.ERROR, file, **facts)
    if image.dpi is None:
        yield _finding("page-without-dpi", Severity.WARNING, file, limit=LOWEST_DPI)
    elif image.dpi < LOWEST_DPI - ROUNDING:
        yield _finding("page-too-coarse", Severity.ERROR, file, value=image.dpi, limit=LOWEST_DPI)


def _finding(code: str, severity: Severity, file: ReceivedFile, **facts: object) -> Finding:
    return Finding("page-images", code, severity, file.path, facts)
