"""Reads pages with Tesseract, in worker processes that keep the model loaded, one a core."""

import os
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from archive_service.errors import BackendError, InputError
from archive_service.formats.child import ParserFailure, WarmChild
from archive_service.formats.page_image import read_page_image_here, why_not_digitized
from digitize.clean import Image, Matrix, clean
from digitize.words import Line, PageReading, Word

if TYPE_CHECKING:
    from tesserocr import PyResultIterator, PyTessBaseAPI

LANGUAGE = "vie"  # with "eng" beside it the word error grows by half
DEFAULT_DPI = 200  # TT 05/2025/TT-BNV, Điều 8: the resolution of administrative papers
PAGE_LIMIT_S = 180
PAGE_MEMORY_MIB = 1024  # data memory that may be asked for; what is used stays below 350 MiB
MOST_PIXELS = 120_000_000  # A1 at 300 dpi; the settings may say otherwise


class ModelMissingError(BackendError):
    """The model of the language is not where it should be."""

    code = "ocr-model-missing"


class PageImageUnreadableError(InputError):
    """The file is no image that can be decoded."""

    code = "page-image-unreadable"


class OcrEngine(Protocol):
    """Reads the words of page images."""

    def read(self, pages: Sequence[Path]) -> Iterator[PageReading | ParserFailure]:
        """One answer a page, in the order of ``pages``; a page that fails harms no other.

        Raises:
            PageImageUnreadableError: when its turn comes, a file is no image.
            ModelMissingError: nothing can be read.
        """


class TesseractEngine:
    """Tesseract through tesserocr; to be closed, or used in a ``with`` statement."""

    def __init__(
        self,
        model_folder: Path,
        *,
        language: str = LANGUAGE,
        workers: int | None = None,
        most_pixels: int = MOST_PIXELS,
    ) -> None:
        self._most_pixels = most_pixels
        self._model = model_folder / f"{language}.traineddata"
        count = workers or os.cpu_count() or 1
        self._idle: queue.SimpleQueue[WarmChild] = queue.SimpleQueue()
        self._children = [WarmChild() for _ in range(count)]
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="ocr")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes; pages that wait are dropped."""
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.close()

    def peak_memory_mib(self) -> float:
        """The largest memory that a worker has held; not while pages are being read."""
        peaks = [
            child.run(_peak_mib_here, limit_s=5, memory_mib=PAGE_MEMORY_MIB)
            for child in self._children
        ]
        return max(peak for peak in peaks if isinstance(peak, float))

    def read(self, pages: Sequence[Path]) -> Iterator[PageReading | ParserFailure]:
        """See ``OcrEngine.read``."""
        if not self._model.is_file():
            raise ModelMissingError(path=self._model)
        waiting = [self._threads.submit(self._read_one, page) for page in pages]
        try:
            for future in waiting:
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()

    def _read_one(self, page: Path) -> PageReading | ParserFailure:
        child = self._idle.get()
        try:
            return child.run(
                read_page_here,
                page,
                self._model,
                self._most_pixels,
                limit_s=PAGE_LIMIT_S,
                memory_mib=PAGE_MEMORY_MIB,
            )
        finally:
            self._idle.put(child)


def read_page_here(page: Path, model: Path, most_pixels: int = MOST_PIXELS) -> PageReading:
    """Clean one page image and read it, in this very process."""
    image, dpi, turn = _load(page, most_pixels)
    cleaned = clean(image, dpi=dpi)
    height, width = image.shape[:2]
    engine = _engine(model)
    lines = recognize(engine, cleaned.image, dpi=dpi)
    return PageReading(
        width_px=height if turn in (90, 270) else width,
        height_px=width if turn in (90, 270) else height,
        dpi=dpi,
        lines=lines,
        to_page=_turned_back(cleaned.to_page, turn, width=width, height=height),
        skew_deg=cleaned.skew_deg,
        software=_software(model),
    )


def recognize(engine: "PyTessBaseAPI", grey: Image, *, dpi: float) -> tuple[Line, ...]:
    """The lines of a grey image, in the engine's reading order."""
    height, width = grey.shape
    engine.SetImageBytes(grey.tobytes(), width, height, 1, width)
    engine.SetSourceResolution(round(dpi))
    try:
        engine.Recognize()
        found = engine.GetIterator()
        return tuple(_iter_lines(found)) if found is not None else ()
    finally:
        engine.Clear()


def _iter_lines(found: "PyResultIterator") -> Iterator[Line]:
    from tesserocr import RIL

    words: list[Word] = []
    starts_block = False
    while not found.Empty(RIL.BLOCK):
        if found.IsAtBeginningOf(RIL.TEXTLINE):
            starts_block |= found.IsAtBeginningOf(RIL.PARA)
            box, baseline = found.BoundingBox(RIL.TEXTLINE), found.Baseline(RIL.TEXTLINE)
        if (word := _word(found)) is not None:
            words.append(word)
        if found.IsAtFinalElement(RIL.TEXTLINE, RIL.WORD):
            if words and box is not None:
                yield _line(words, box, baseline, starts_block=starts_block)
                starts_block = False
            words = []
        if not found.Next(RIL.WORD):
            break


def _word(found: "PyResultIterator") -> Word | None:
    from tesserocr import RIL

    text = (found.GetUTF8Text(RIL.WORD) or "").strip() if not found.Empty(RIL.WORD) else ""
    box = found.BoundingBox(RIL.WORD) if text else None
    if box is None:
        return None
    return Word(text, round(found.Confidence(RIL.WORD), 1), *box)


def _line(
    words: list[Word],
    box: tuple[int, int, int, int],
    baseline: tuple[tuple[int, int], tuple[int, int]] | None,
    *,
    starts_block: bool,
) -> Line:
    """A line with its baseline carried to both ends of its box; level where none was found."""
    left, top, right, bottom = box
    (x1, y1), (x2, y2) = baseline or ((left, bottom), (right, bottom))
    slope = (y2 - y1) / (x2 - x1) if x2 > x1 else 0.0
    at_left, at_right = y1 + slope * (left - x1), y1 + slope * (right - x1)
    return Line(tuple(words), left, top, right, bottom, at_left, at_right, starts_block)


def _peak_mib_here() -> float:
    """From ``/proc``: the figure of ``getrusage`` begins with that of the parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _load(page: Path, most_pixels: int) -> tuple[Image, float, int]:
    """Pixels turned upright as Exif asks, resolution, and the clockwise turn that was made."""
    import cv2
    import numpy as np
    from PIL import Image as PillowImage

    try:
        facts = read_page_image_here(page)
        if (refused := why_not_digitized(facts, most_pixels=most_pixels)) is not None:
            raise PageImageUnreadableError(name=page.name, reason=refused)
        turn = facts.turned_deg
        with PillowImage.open(page) as opened:
            dpi = float(min(opened.info.get("dpi", (0, 0))))
            grey = opened.mode in ("1", "L", "LA")
            pixels = np.asarray(opened.convert("L" if grey else "RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise PageImageUnreadableError(name=page.name, reason=str(error)) from error
    image = pixels if grey else np.ascontiguousarray(pixels[:, :, ::-1])
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if turn:
        image = cv2.rotate(image, turns[turn]).astype(np.uint8)
    return image, dpi if dpi >= 30 else DEFAULT_DPI, turn


def _turned_back(matrix: Matrix, turn: int, *, width: int, height: int) -> Matrix:
    """``matrix`` and then the way from the upright image back to the stored one."""
    a, b, c, d, e, f = matrix
    if turn == 90:  # stored x = upright y, stored y = width - upright x
        return (b, -a, d, -c, f, width - e)
    if turn == 180:
        return (-a, -b, -c, -d, width - e, height - f)
    if turn == 270:  # stored x = height - upright y, stored y = upright x
        return (-b, a, -d, c, height - f, e)
    return matrix


@lru_cache(maxsize=1)
def _engine(model: Path) -> "PyTessBaseAPI":
    from tesserocr import OEM, PSM, PyTessBaseAPI

    try:
        return PyTessBaseAPI(
            path=str(model.parent), lang=model.stem, psm=PSM.AUTO, oem=OEM.LSTM_ONLY
        )
    except RuntimeError as error:
        raise ModelMissingError(path=model) from error


@lru_cache(maxsize=1)
def _software(model: Path) -> str:
    import tesserocr

    version = tesserocr.tesseract_version().split()[1]
    return f"Tesseract {version}, {model.stem}"
