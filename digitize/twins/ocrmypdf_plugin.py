"""OCRmyPDF's plugin: it has pages cleaned and read as ours are, and takes our layer of words.

The cleaning stands in the hook of the engine: levelling makes the canvas larger, which
``filter_ocr_image`` may not. OCRmyPDF's own Tesseract is not asked, nor need it be installed.
Loaded by OCRmyPDF alone, in the child process of ``twin.py``.
"""

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pluggy
from ocrmypdf import hookimpl
from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image
from pydantic import BaseModel

from digitize.documents.text_layer import FONT, make_font, page_content
from digitize.ocr.engine import LANGUAGE
from digitize.ocr.page_scan import PageRequest, read_page_here
from digitize.ocr.tesseract import software_here
from digitize.ocr.words import PageReading
from digitize.twins.readings import find_kept, keep

if TYPE_CHECKING:
    from ocrmypdf import OcrOptions

GRAFTED_FONT = "/F1"  # one of the two names that OCRmyPDF looks for
_POINTS = 72  # an inch


@hookimpl
def initialize(plugin_manager: pluggy.PluginManager) -> None:
    """Keep the other engine away, which would ask for its program."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def register_options() -> dict[str, type[BaseModel]]:
    """Its core asks for the settings of the engine that was kept away."""
    return {"tesseract": TesseractOptions}


@hookimpl
def get_executor(progressbar_class: object) -> None:  # noqa: ARG001 - the hook's form
    """Its own; asked for before the PDF is looked at, see ``_read_by_pieces``."""
    _read_by_pieces()


@hookimpl
def validate(pdfinfo: object, options: "OcrOptions") -> None:  # noqa: ARG001 - the hook's form
    """Nothing to say of what it found; asked before words are laid in, see ``_read_by_pieces``."""
    _read_by_pieces()


@hookimpl
def get_ocr_engine(options: "OcrOptions | None") -> OcrEngine:  # noqa: ARG001 - the hook's form
    """Ours; asked for before each page is read, see ``_read_by_pieces``."""
    _read_by_pieces()
    return ArchiveEngine()


def _read_by_pieces() -> None:
    """OCRmyPDF has pikepdf map files into memory, where a whole PDF counts as ours: have it not."""
    pikepdf._core.set_access_default_mmap(False)  # noqa: SLF001 - it has no other switch


class ArchiveEngine(OcrEngine):
    """Reads pages into ``archive_readings`` of the options; what lies there is not read again."""

    @staticmethod
    def version() -> str:
        """See ``OcrEngine``."""
        return "1"

    @staticmethod
    def creator_tag(options: "OcrOptions") -> str:
        """See ``OcrEngine``."""
        return software_here(Path(options.archive_model), options.archive_label)

    def __str__(self) -> str:
        """See ``OcrEngine``."""
        return "Archive"

    @staticmethod
    def languages(options: "OcrOptions") -> AbstractSet[str]:  # noqa: ARG004 - the hook's form
        """See ``OcrEngine``."""
        return {LANGUAGE}

    @staticmethod
    def get_orientation(
        input_file: Path,  # noqa: ARG004 - the hook's form
        options: "OcrOptions",  # noqa: ARG004 - likewise
    ) -> OrientationConfidence:
        """Pages are left as they lie."""
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def generate_hocr(
        input_file: Path,  # noqa: ARG004 - the hook's form
        output_hocr: Path,  # noqa: ARG004 - likewise
        output_text: Path,  # noqa: ARG004 - likewise
        options: "OcrOptions",  # noqa: ARG004 - likewise
    ) -> None:
        """Not asked for: our layer comes as a PDF."""
        raise TypeError("the layer is a PDF")

    @staticmethod
    def generate_pdf(
        input_file: Path, output_pdf: Path, output_text: Path, options: "OcrOptions"
    ) -> None:
        """The words of one page, unseen, on a page of the size of its image."""
        folder, number = Path(options.archive_readings), int(input_file.name[:6])
        reading = find_kept(folder, number)
        model, label = Path(options.archive_model), options.archive_label
        software = software_here(model, label)
        if reading is None or reading.software != software or not _is_of(reading, input_file):
            request = PageRequest(input_file)
            reading = read_page_here(request, model, label, options.archive_most_pixels)
            keep(folder, number, reading)
        output_text.write_text(reading.text, encoding="utf-8")
        _write_layer(reading, input_file, output_pdf)


def _is_of(reading: PageReading, image: Path) -> bool:
    """Whether an image of this size was read; another size would put the words elsewhere."""
    with Image.open(image) as opened:
        return opened.size == (reading.width_px, reading.height_px)


def _write_layer(reading: PageReading, image: Path, target: Path) -> None:
    with Image.open(image) as opened:
        across, down = (float(dpi) for dpi in opened.info["dpi"])
        width_pt = opened.width / across * _POINTS
        height_pt = opened.height / down * _POINTS
    content = page_content(reading, width_pt=width_pt, height_pt=height_pt)
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(width_pt, height_pt))
        if content:
            page.add_resource(make_font(pdf), pikepdf.Name.Font, pikepdf.Name(GRAFTED_FONT))
        page.Contents = pdf.make_stream(content.replace(FONT.encode(), GRAFTED_FONT.encode()))
        pdf.save(target)
