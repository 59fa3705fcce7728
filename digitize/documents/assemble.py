"""One document from its page images: read, assembled, written; the seams in their order."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock
from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure
from archive_service.formats.pdf.pdfa import CopyFacts
from digitize.documents.pdfa import DocumentNotAssembledError, MadePage, assemble, image_to_pdf
from digitize.documents.text_file import write_alto, write_text
from digitize.ocr.engine import OcrEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.pixels import PageImageUnreadableError
from digitize.ocr.words import PageReading

Look = Callable[["PageImage", PageReading], None]  # raises where the page is to be refused
Progress = Callable[[int, int], None]  # pages done, pages in all


class PageNotReadError(InputError):
    """The text engine failed twice on this page; it should be scanned again."""


class NoPagesError(InputError):
    """A document without a page cannot be digitized."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One scanned page; ``name`` is what people know it by, where the path is only a digest."""

    path: Path
    name: str
    turn_deg: int = 0  # clockwise, as set on the desk; the image's bytes stay
    dpi: float | None = None  # as told by a person; None: what the file says
    reading: PageReading | None = None  # kept from an earlier time: it is not read again
    stored: str = ""  # its path in the package, where it has one

    def request(self) -> PageRequest:
        """What the engine is asked."""
        return PageRequest(self.path, turn_deg=self.turn_deg, dpi=self.dpi)


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read from one page; a blank one has no text and no confidence."""

    number: int  # from 1
    text: str
    confidence: float | None  # mean over the letters, 0 to 100


@dataclass(frozen=True, slots=True)
class DigitizedDocument:
    """The files that were written, and the pages for the index."""

    pdf: Path  # PDF/A-2b, the page images in it, unchanged where it takes them
    text: Path  # UTF-8, a form feed after every page
    alto: Path  # ALTO 4, words with boxes and confidence
    pages: tuple[PageText, ...]
    software: str  # what read it, for PREMIS


def digitize_document(
    pages: Sequence[PageImage],
    *,
    target: Path,
    engine: OcrEngine,
    title: str,
    made_at: dt.datetime | None = None,
    about: CopyFacts | None = None,
    progress: Progress | None = None,
    look: Look | None = None,
) -> DigitizedDocument:
    """Make the searchable PDF/A of one document at ``target``, its text and ALTO beside it.

    Every image becomes one page, in the order given, blank ones too. The same pages and
    ``made_at`` give the same bytes. If a page fails, nothing stands at ``target``.

    Args:
        target: path of the PDF; the others are named as it, with ``.txt`` and ``.alto.xml``.
        made_at: the moment that the PDF states; default now.
        about: what the PDF tells of the document beside its title.
        look: sees each page once it is read; an error that it raises ends the document.

    Raises:
        NoPagesError: ``pages`` is empty.
        PageImageUnreadableError, PageImageRefusedError: a file is no image that can be kept as is.
        PageNotReadError: the engine crashed or hung on a page, twice.
        NotPdfaError: the images hold what PDF/A forbids.
        DocumentNotAssembledError: the disk is full, or the machine failed otherwise.
        ModelMissingError: the engine cannot work at all.
    """
    if not pages:
        raise NoPagesError(title=title)
    text, alto = target.with_suffix(".txt"), target.with_suffix(".alto.xml")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pages-") as folder:
            made = list(_iter_pages(pages, engine, Path(folder), progress, look))
            assemble(made, target, title=title, made_at=made_at or clock.now(), about=about)
        readings = [page.reading for page in made]
        write_text(readings, text)
        write_alto(readings, alto, sources=[page.stored or page.name for page in pages])
    except OSError as error:
        raise DocumentNotAssembledError(reason=error.strerror) from error
    return DigitizedDocument(
        pdf=target,
        text=text,
        alto=alto,
        pages=tuple(
            PageText(number, reading.text, reading.confidence)
            for number, reading in enumerate(readings, start=1)
        ),
        software=readings[0].software,
    )


def _iter_pages(
    pages: Sequence[PageImage],
    engine: OcrEngine,
    folder: Path,
    progress: Progress | None,
    look: Look | None,
) -> Iterator[MadePage]:
    """Each page read and put into a PDF of its own."""
    readings = _iter_readings(pages, engine)
    for number, (page, reading) in enumerate(zip(pages, readings, strict=True), start=1):
        if look is not None:
            look(page, reading)
        made = folder / f"{number:06}.pdf"
        image_to_pdf(page.path, made, dpi=reading.dpi, name=page.name)
        if progress is not None:
            progress(number, len(pages))
        yield MadePage(made, reading, page.turn_deg)


def _iter_readings(pages: Sequence[PageImage], engine: OcrEngine) -> Iterator[PageReading]:
    """A reading a page, after a second try in a new process where the first one failed."""
    answers = engine.read([page.request() for page in pages if page.reading is None])
    for page in pages:
        if page.reading is not None:
            yield page.reading
            continue
        try:
            answer = next(answers)
            if isinstance(answer, ParserFailure):
                answer = next(engine.read([page.request()]))
        except PageImageUnreadableError as error:  # the engine knows the page by its path only
            facts = {**error.facts, "name": page.name}
            raise PageImageUnreadableError(**facts) from error
        if isinstance(answer, ParserFailure):
            raise PageNotReadError(name=page.name, reason=answer.reason.value)
        yield answer
