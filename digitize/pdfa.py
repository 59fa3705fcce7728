"""Page images and their text to one PDF/A-2b, with the scanner's own bytes in it.

Each image goes in as it is (img2pdf); nothing is decoded, turned or compressed again.
"""

import datetime as dt
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive_service import clock
from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from digitize.layer import FONT, make_font, page_content
from digitize.words import PageReading

if TYPE_CHECKING:
    import pikepdf

LANGUAGE = "vi-VN"
FLAVOUR = "2b"
CREATOR = "Archive"
LIMIT_S = 60  # for the structure of one image, which is not decoded


class PageImageRefusedError(InputError):
    """The image cannot stand in a PDF unchanged."""

    code = "page-image-refused"


class NotPdfaError(InputError):
    """What was assembled breaks PDF/A, because of what the images hold."""

    code = "pages-not-pdfa"


class PdfaWriter:
    """One document, a page at a time; ``finish`` writes it. Used in a ``with`` statement.

    Each image waits in a small PDF of its own in ``folder``, so memory does not grow with pages.
    """

    def __init__(self, folder: Path) -> None:
        import pikepdf

        self._folder = folder
        self._open = ExitStack()
        self._pdf = self._open.enter_context(pikepdf.new())
        self._font: pikepdf.Object | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add_page(self, image: Path, reading: PageReading, *, name: str) -> None:
        """One more page: the image as it is, and its words unseen above it.

        Raises:
            PageImageRefusedError: transparent, several pages in one file, or of an unknown kind.
        """
        import pikepdf

        alone = self._folder / f"page-{len(self._pdf.pages) + 1:05}.pdf"
        refusal = run_limited(image_to_pdf_here, image, alone, reading.dpi, limit_s=LIMIT_S)
        if refusal is not None:
            detail = refusal.detail if isinstance(refusal, ParserFailure) else refusal
            raise PageImageRefusedError(name=name, reason=detail)
        source = self._open.enter_context(pikepdf.open(alone))  # its bytes are read at the end
        if len(source.pages) != 1:
            raise PageImageRefusedError(name=name, reason="several pages in one file")
        self._pdf.pages.append(source.pages[0])
        page = self._pdf.pages[-1]
        left, bottom, right, top = (float(edge) for edge in page.mediabox)
        content = page_content(reading, width_pt=right - left, height_pt=top - bottom)
        if content:
            if self._font is None:
                self._font = make_font(self._pdf)
            page.add_resource(self._font, pikepdf.Name.Font, pikepdf.Name(FONT))
            page.contents_add(content)

    def finish(self, target: Path, *, title: str, made_at: dt.datetime | None = None) -> None:
        """Write the document; with ``made_at`` given, the same pages give the same bytes.

        Raises:
            NotPdfaError: nothing was written.
        """
        from pikepdf import pdfa

        self._pdf.Root.Lang = LANGUAGE
        self._pdf.Root.ViewerPreferences = _show_title()
        self._describe(title, made_at or clock.now())
        try:
            pdfa.prepare(self._pdf, FLAVOUR)
            self._describe(title, made_at or clock.now())
            pdfa.save(self._pdf, target, FLAVOUR, repair=False, deterministic_id=True)
        except pdfa.PdfaError as error:
            raise NotPdfaError(reason=error.report.summary(3)) from error

    def _describe(self, title: str, made_at: dt.datetime) -> None:
        moment = made_at.astimezone(dt.UTC).isoformat(timespec="seconds")
        with self._pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
            xmp["dc:title"] = title
            xmp["dc:language"] = [LANGUAGE]
            xmp["xmp:CreatorTool"] = CREATOR
            xmp["pdf:Producer"] = CREATOR
            for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
                xmp[name] = moment


def _show_title() -> "pikepdf.Object":
    import pikepdf

    return pikepdf.Dictionary(DisplayDocTitle=True)


def image_to_pdf_here(image: Path, target: Path, dpi: float) -> str | None:
    """The image on a page of the size of its paper; else why it cannot be, in English."""
    import img2pdf

    refused = (
        img2pdf.AlphaChannelError,
        img2pdf.ExifOrientationError,
        img2pdf.ImageOpenError,
        img2pdf.JpegColorspaceError,
        img2pdf.PdfTooLargeError,
        img2pdf.UnsupportedColorspaceError,
    )
    try:
        with target.open("wb") as out:
            img2pdf.convert(
                str(image),
                outputstream=out,
                layout_fun=img2pdf.get_fixed_dpi_layout_fun((dpi, dpi)),
                rotation=img2pdf.Rotation.ifvalid,
                nodate=True,
            )
    except refused as error:
        return str(error)
    return None
