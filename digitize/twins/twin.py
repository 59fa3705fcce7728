"""The searchable twin of a PDF of images: a copy beside it, made by OCRmyPDF and our own reading.

The images in it are the bytes of the original. A signed PDF is never written to: what its
signatures show becomes part of the copy's page, the signatures stay in the original.
"""

import datetime as dt
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import messages
from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, WarmChild
from archive_service.formats.convert.pdf import compare_looks, drop_claims, flatten
from archive_service.formats.output import Output
from archive_service.formats.page_text import pdf_texts
from archive_service.formats.pdf.pdfa import (
    FLAVOUR,
    LANGUAGE,
    CopyFacts,
    describe_copy,
    describe_pdf,
    save_pdfa,
)
from digitize.documents.text_file import write_alto
from digitize.ocr.engine import LANGUAGE as MODEL_LANGUAGE
from digitize.ocr.engine import Model
from digitize.ocr.words import PageReading
from digitize.twins.need import Need
from digitize.twins.readings import count_kept, find_kept
from digitize.twins.text import drop_text, write_page_texts

if TYPE_CHECKING:
    import pikepdf

BASE_LIMIT_S = 300
PAGE_LIMIT_S = 40  # of each page that is read
MEMORY_MIB = 1536
_UNREAD = PageReading(0, 0, 0.0)  # in ALTO a page whose words are its own
_LOOK_S = 1.0  # between two looks at how far it has come
_ALL_AT_ONCE = 1_000_000.0  # MB from which on a PDF is put in order for slow lines: none is


class TwinImpossibleError(InputError):
    """OCRmyPDF or what the PDF holds stands against it; there is no twin."""


@dataclass(frozen=True, slots=True)
class TwinOrder:
    """What is to be made of which PDF.

    ``readings`` is a folder: pages that were read into it before are not read again.
    """

    source: Path
    need: Need
    model: Model
    readings: Path
    title: str
    about: CopyFacts
    made_at: dt.datetime
    stored: str = ""  # path of the source in the package, where it has one


@dataclass(frozen=True, slots=True)
class Twin:
    """The files that were made; ``readings`` are of the pages that were read, by number."""

    pdf: Path  # PDF/A-2b
    text: Path
    alto: Path
    pages: int
    readings: dict[int, PageReading]
    software: str  # with OCRmyPDF's version


def make_twin(order: TwinOrder, target: Path, *, progress: Callable[[float], None]) -> Twin:
    """The twin at ``target``, its text and ALTO beside it, in a child process under limits.

    Pages that are not read keep their words, in the PDF and in the text.

    Raises:
        TwinImpossibleError, NotPdfaError: nothing counts that may lie there.
    """
    order.readings.mkdir(exist_ok=True)
    # One of its own, which gives all memory back; its readings are seen while it works.
    child = WarmChild((order.readings,))
    with ThreadPoolExecutor(1, thread_name_prefix="twin") as threads:
        working = threads.submit(_in_child, child, order, target)
        try:
            pages, software = _watched(working, order, progress)
        finally:
            child.close()  # at once, also where whoever watches was fenced off
    found = {number: find_kept(order.readings, number) for number in order.need.pages}
    readings = {number: reading for number, reading in found.items() if reading is not None}
    text, alto = target.with_suffix(".txt"), target.with_suffix(".alto.xml")
    own = {page.number: page.text for page in pdf_texts(order.source, limit_s=BASE_LIMIT_S)}
    numbers = range(1, pages + 1)
    write_page_texts((readings[n].text if n in readings else own.get(n, "") for n in numbers), text)
    sources = [order.stored or order.source.name]
    write_alto([readings.get(n, _UNREAD) for n in numbers], alto, sources=sources)
    return Twin(target, text, alto, pages, readings, software)


def _watched(
    working: Future[tuple[int, str]], order: TwinOrder, progress: Callable[[float], None]
) -> tuple[int, str]:
    """The result; until then, how many of its pages have been read."""
    total = max(len(order.need.pages), 1)
    while True:
        try:
            return working.result(timeout=_LOOK_S)
        except NotYet:
            if working.done():
                raise
            progress(min(count_kept(order.readings) / total, 1.0))


def _in_child(child: WarmChild, order: TwinOrder, target: Path) -> tuple[int, str]:
    limit_s = BASE_LIMIT_S + PAGE_LIMIT_S * len(order.need.pages)
    made = child.run(make_twin_here, order, Output(target), limit_s=limit_s, memory_mib=MEMORY_MIB)
    if isinstance(made, ParserFailure):
        raise TwinImpossibleError(reason=f"{made.reason.value}: {made.detail}"[:300])
    return made


def make_twin_here(order: TwinOrder, target: Path) -> tuple[int, str]:
    """The PDF alone, in this very process; how many pages it has, and what made it."""
    import ocrmypdf
    import pikepdf
    from pikepdf import pdfa

    tempfile.tempdir = str(target.parent)  # what is left there goes with the folder
    prepared, read = target.with_suffix(".prepared"), target.with_suffix(".read")
    with pikepdf.open(order.source) as pdf:
        if order.need.signatures or "/AcroForm" in pdf.Root:
            flatten(pdf)
        drop_claims(pdf)
        for number in order.need.textless:
            drop_text(pdf, pdf.pages[number - 1])
        pdf.save(prepared)
        count = len(pdf.pages)
    _read_pages(prepared, read, order)
    with pikepdf.open(read) as pdf:
        pdf.Root.Lang = LANGUAGE
        describe_pdf(pdf, order.title, order.made_at)
        pdfa.prepare(pdf, FLAVOUR)
        describe_pdf(pdf, order.title, order.made_at)  # again: prepare() notes when it ran
        _label(pdf, order)
        describe_copy(pdf, order.about, order.made_at)
        save_pdfa(pdf, target)
    compare_looks(prepared, target)
    return count, f"OCRmyPDF {ocrmypdf.__version__}, pikepdf {pikepdf.__version__}"


def _read_pages(source: Path, target: Path, order: TwinOrder) -> None:
    """Images stay as they are: nothing is turned, levelled or compressed again."""
    import ocrmypdf
    from ocrmypdf.exceptions import ExitCodeException

    try:
        exit_code = ocrmypdf.ocr(
            source,
            target,
            language=[MODEL_LANGUAGE],
            output_type="pdfa-2",
            pdfa_backend="internal",
            # Where letters are seen on the image, they are masked for the engine.
            mode="redo" if order.need.beside_text else "skip",
            pages=",".join(str(number) for number in order.need.pages),
            optimize=0,
            pdf_renderer="sandwich",
            rasterizer="pypdfium",
            fast_web_view=_ALL_AT_ONCE,
            tagged_pdf_mode="ignore",
            jobs=1,
            use_threads=True,
            progress_bar=False,
            max_image_mpixels=order.model.most_pixels / 1_000_000,
            plugins=["digitize.twins.ocrmypdf_plugin"],
            archive_model=str(order.model.file),
            archive_label=order.model.label,
            archive_most_pixels=order.model.most_pixels,
            archive_readings=str(order.readings),
        )
    except (ExitCodeException, ocrmypdf.exceptions.BadArgsError) as error:
        raise TwinImpossibleError(reason=f"{type(error).__name__}: {error}"[:300]) from error
    if exit_code != ocrmypdf.ExitCode.ok:
        raise TwinImpossibleError(reason=exit_code.name)


def _label(pdf: "pikepdf.Pdf", order: TwinOrder) -> None:
    """Whoever opens it is told that it is a copy, and of what."""
    key = "twins.copy_of_signed" if order.need.signatures else "twins.copy"
    text = messages.text(key, sha256=order.about.source_digest)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
        xmp["dc:description"] = text
