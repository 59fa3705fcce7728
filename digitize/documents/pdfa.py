"""Page images and their text to one PDF/A-2b, with the scanner's own bytes in it.

Each image goes in as it is (img2pdf); nothing is decoded, turned or compressed again, but what no
PDF/A takes: inks, transparency, JPEG 2000 and 16 bits go in as a PNG that is derived. The work is
done in child processes, so that neither a strange image nor a thick document weighs on ours.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import BackendError, InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.decoded import of_bytes
from archive_service.formats.output import Output
from archive_service.formats.page_image import DEEP_MODES, ORIENTATION, read_page_image_here
from archive_service.formats.pdf.pdfa import (
    FLAVOUR,
    LANGUAGE,
    CopyFacts,
    describe_copy,
    describe_pdf,
    save_pdfa,
)
from digitize.documents.text_layer import FONT, make_font, page_content
from digitize.ocr.words import PageReading

if TYPE_CHECKING:
    import pikepdf

IMAGE_LIMIT_S = 60  # for the structure of one image
DOCUMENT_LIMIT_S = 1800  # a thousand pages take half a minute
MEMORY_MIB = 1024
BUNDLE_PAGES = 100  # files that are open at once


class PageImageRefusedError(InputError):
    """The image cannot stand in a PDF unchanged."""


class DocumentNotAssembledError(BackendError):
    """The machine failed at writing, not the pages: a full disk, no memory, no time."""


def image_to_pdf(image: Path, target: Path, *, dpi: float, name: str) -> None:
    """One image on one page of the size of its paper, with its own bytes where PDF/A takes them.

    Args:
        dpi: of the finer direction, where its pixels are not square.

    Raises:
        PageImageRefusedError: several pages in one file, or of a kind that no page is made of.
        DocumentNotAssembledError: it could not be written.
    """
    with _written():
        outcome = run_limited(image_to_pdf_here, image, Output(target), dpi, limit_s=IMAGE_LIMIT_S)
    if outcome is not None:
        reason = outcome.detail if isinstance(outcome, ParserFailure) else outcome
        raise PageImageRefusedError(name=name, reason=reason)


@contextmanager
def _written() -> Iterator[None]:
    """What was made is laid down by this process."""
    try:
        yield
    except OSError as error:
        raise DocumentNotAssembledError(reason=error.strerror) from error


def image_to_pdf_here(image: Path, target: Path, dpi: float) -> str | None:
    """``image_to_pdf`` in this very process; why the image is refused, in English."""
    import img2pdf
    from PIL import Image

    refused = (
        img2pdf.AlphaChannelError,
        img2pdf.ExifOrientationError,
        img2pdf.ImageOpenError,
        img2pdf.JpegColorspaceError,
        img2pdf.PdfTooLargeError,
        img2pdf.UnsupportedColorspaceError,
    )
    try:
        facts = read_page_image_here(image)
        if facts.frames > 1:
            return "several pages in one file"
        across, down = facts.stretch
        with Image.open(image) as opened:
            is_tiff = opened.format == "TIFF"
            if facts.converted_from:
                image = target.with_suffix(".plain.png")
                exif = Image.Exif() if is_tiff else opened.getexif()
                kept_deep = opened.mode in DEEP_MODES and not opened.has_transparency_data
                (opened if kept_deep else of_bytes(opened)).save(image, exif=exif)
            elif is_tiff and opened.getexif().get(ORIENTATION, 1) != 1:
                # Its tag is carried out here, the pixels stay: img2pdf would turn it once more.
                image = target.with_suffix(".upright.png")
                opened.convert(opened.mode).save(image, exif=Image.Exif())
        with target.open("wb") as out:
            img2pdf.convert(
                str(image),
                outputstream=out,
                layout_fun=img2pdf.get_fixed_dpi_layout_fun((dpi / across, dpi / down)),
                rotation=img2pdf.Rotation["0" if facts.mirrored else "ifvalid"],
                nodate=True,
                first_frame_only=True,
            )
        if facts.mirrored:
            _mirror_back(target, facts.turned_deg)
    except refused as error:
        return str(error)
    except OSError as error:
        if error.errno is None:  # a decoder's word on the image, not the system's on the disk
            return str(error)
        raise DocumentNotAssembledError(reason=error.strerror) from error
    return None


def _mirror_back(target: Path, turn_deg: int) -> None:
    """The image on the page as it was meant; its bytes stay a mirror image."""
    import pikepdf

    with pikepdf.open(target, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        page.contents_add(f"q -1 0 0 1 {float(page.mediabox[2])} 0 cm".encode(), prepend=True)
        page.contents_add(b"Q")
        page.rotate(turn_deg, relative=False)
        pdf.save(target)


@dataclass(frozen=True, slots=True)
class MadePage:
    """One page that ``image_to_pdf`` wrote, and what was read from it.

    ``turn_deg`` is how far a viewer is to turn it clockwise, beyond what the image itself asks.
    """

    file: Path
    reading: PageReading
    turn_deg: int = 0


def assemble(
    pages: Sequence[MadePage],
    target: Path,
    *,
    title: str,
    made_at: dt.datetime,
    about: CopyFacts | None = None,
) -> None:
    """Join the pages, with their words unseen above; same input, same bytes.

    Raises:
        NotPdfaError: nothing was written.
        DocumentNotAssembledError: nothing was written, and a later try may succeed.
    """
    with _written():
        outcome = run_limited(
            assemble_here,
            list(pages),
            Output(target),
            title,
            made_at,
            about or CopyFacts(),
            limit_s=DOCUMENT_LIMIT_S,
            memory_mib=MEMORY_MIB,
        )
    if isinstance(outcome, ParserFailure):
        raise DocumentNotAssembledError(reason=outcome.detail)


def assemble_here(
    pages: Sequence[MadePage], target: Path, title: str, made_at: dt.datetime, about: CopyFacts
) -> None:
    """``assemble`` in this very process."""
    import pikepdf

    with ExitStack() as opened:
        pdf = opened.enter_context(pikepdf.new())
        for bundle in _iter_bundles([page.file for page in pages], target):
            pdf.pages.extend(opened.enter_context(pikepdf.open(bundle)).pages)
        _add_layers(pdf, [page.reading for page in pages])
        _turn(pdf, [page.turn_deg for page in pages])
        write_pdfa(pdf, target, title, made_at, about)


def write_pdfa(
    pdf: "pikepdf.Pdf", target: Path, title: str, made_at: dt.datetime, about: CopyFacts
) -> None:
    """Pages that were joined, described and written as PDF/A; ``NotPdfaError``."""
    import pikepdf
    from pikepdf import pdfa

    pdf.Root.Lang = LANGUAGE
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    describe_pdf(pdf, title, made_at)
    pdfa.prepare(pdf, FLAVOUR)
    describe_pdf(pdf, title, made_at)  # again: prepare() notes the moment it ran
    describe_copy(pdf, about, made_at)
    save_pdfa(pdf, target)


def _turn(pdf: "pikepdf.Pdf", turns: Sequence[int]) -> None:
    """Pages stand upright in a viewer; the image and the words on it stay as they lie."""
    for page, turn_deg in zip(pdf.pages, turns, strict=True):
        if turn_deg % 360:
            page.rotate(turn_deg, relative=True)


def _iter_bundles(alone: Sequence[Path], target: Path) -> Iterator[Path]:
    """The pages in few files: a document may have more pages than a process may open files."""
    import pikepdf

    for start in range(0, len(alone), BUNDLE_PAGES):
        bundle = target.with_suffix(f".{start}.bundle.pdf")
        with ExitStack() as opened:
            joined = opened.enter_context(pikepdf.new())
            for path in alone[start : start + BUNDLE_PAGES]:
                joined.pages.extend(opened.enter_context(pikepdf.open(path)).pages)
            joined.save(bundle)
        yield bundle


def _add_layers(pdf: "pikepdf.Pdf", readings: Sequence[PageReading]) -> None:
    font = make_font(pdf) if any(reading.lines for reading in readings) else None
    for page, reading in zip(pdf.pages, readings, strict=True):
        if font is None or not reading.lines:
            continue
        add_words(page, reading, font)


def add_words(page: "pikepdf.Page", reading: PageReading, font: "pikepdf.Object") -> None:
    """What was read of one page, unseen above it."""
    import pikepdf

    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    page.add_resource(font, pikepdf.Name.Font, pikepdf.Name(FONT))
    page.contents_add(page_content(reading, width_pt=right - left, height_pt=top - bottom))
