"""Tesseract in this very process: an image in, lines of words out."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import BackendError
from digitize.ocr.clean import Image
from digitize.ocr.page_time import time_of_page
from digitize.ocr.syllables import is_possible
from digitize.ocr.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyResultIterator, PyTessBaseAPI

# Trying white on black made words of noise and took time; see ``hard_pages.dark_bands``.
VARIABLES = {"tessedit_do_invert": "0"}
CLEANING = "clean 17"  # counts up when the same image may be read otherwise for our own doing


class ModelMissingError(BackendError):
    """The model of the language is not where it should be."""

    code = "ocr-model-missing"


def software_here(model: Path, label: str) -> str:
    """Engine, model and the state of our own cleaning, for PREMIS and ALTO."""
    import tesserocr

    version = tesserocr.tesseract_version().split()[1]
    return f"Tesseract {version}, {model.stem} {label}, {CLEANING}"


@lru_cache(maxsize=1)
def open_engine(model: Path) -> "PyTessBaseAPI":
    """The engine with its model loaded; kept for the next page.

    Raises:
        ModelMissingError: there is none, or it is no model.
    """
    from tesserocr import OEM, PSM, PyTessBaseAPI

    try:
        return PyTessBaseAPI(
            path=str(model.parent),
            lang=model.stem,
            psm=PSM.AUTO,
            oem=OEM.LSTM_ONLY,
            variables=VARIABLES,
        )
    except RuntimeError as error:
        raise ModelMissingError(path=model) from error


def recognize(engine: "PyTessBaseAPI", grey: Image, *, dpi: float) -> tuple[Line, ...]:
    """The lines of a grey image, in the engine's reading order.

    Once the time of the page is over, those that were read until then; see ``page_time``.
    """
    height, width = grey.shape

    def begin(within_ms: int) -> bool:
        engine.SetImageBytes(grey.tobytes(), width, height, 1, width)
        engine.SetSourceResolution(round(dpi))
        return bool(engine.Recognize(within_ms))

    given = time_of_page()
    if not given.left_ms:
        given.cut = True
        return ()
    try:
        given.read(begin)
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
    left, top, right, bottom = box
    confidence = round(found.Confidence(RIL.WORD), 1)
    return Word(text, confidence, left, top, right, bottom, is_possible(text))


def _line(
    words: list[Word],
    box: tuple[int, int, int, int],
    baseline: tuple[tuple[int, int], tuple[int, int]] | None,
    *,
    starts_block: bool,
) -> Line:
    """A line around its words, its baseline carried to both ends; level where none was found."""
    left, right = min(word.left for word in words), max(word.right for word in words)
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    (x1, y1), (x2, y2) = baseline or ((box[0], box[3]), (box[2], box[3]))
    slope = (y2 - y1) / (x2 - x1) if x2 > x1 else 0.0
    at_left, at_right = y1 + slope * (left - x1), y1 + slope * (right - x1)
    return Line(tuple(words), left, top, right, bottom, at_left, at_right, starts_block)
