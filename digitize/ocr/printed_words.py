"""Words of a PDF's own text with their boxes, as an engine would have read them from the page."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from digitize.ocr.words import Line, PageReading, Word

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

DPI = 200
SAMPLE_DPI = 200
SAMPLE_PIXELS = 20_000_000
PRINTED = "text layer"  # what stands for the software of such a reading
_GAP = 0.3  # of an inch: words further apart stand in two columns
_DROP = 0.15  # of an inch: words whose feet differ more stand in two lines
_LETTERS = 20_000  # of one page; more is no letter or decision
_FOOT_PAGES = 6  # from the end: who signed stands there, annexes may follow
_MOST_TEXTS = 50_000  # pieces of text of one page
LEAST_LETTERS = 40  # with fewer on it a page is an image

_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a PDF says of itself, and its first and last pages; an image of page 1 has no words."""

    pages: int
    title: str = ""
    readings: list[PageReading] = field(default_factory=list)
    is_image: bool = False


def read_printed(path: Path, *, limit_s: float, memory_mib: int) -> Printed | None:
    """Read in a child process; ``None`` where the parser crashed, hung or asked for too much."""
    found = run_limited(_read_here, path, limit_s=limit_s, memory_mib=memory_mib)
    return None if isinstance(found, ParserFailure) else found


def draw_first(
    path: Path, target: Path, *, limit_s: float, memory_mib: int, with_text: bool = True
) -> bool:
    """Page 1 as a picture for an engine to read; whether there is one, and anything on it.

    Without its text, which is read otherwise, pictures, stamps and drawn letters are left.
    """
    bounds: dict[str, Any] = {"limit_s": limit_s, "memory_mib": memory_mib}
    return run_limited(draw_first_here, path, Output(target), with_text, **bounds) is True


def _read_here(path: Path) -> Printed:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        count = len(pdf)
        properties = pdf.get_metadata_dict()
        numbers = sorted({0, *range(max(0, count - _FOOT_PAGES), count)}) if count else []
        readings = []
        for number in numbers:
            page = pdf[number]
            readings.append(_reading(page))
            page.close()
    letters = sum(len(word.text) for word in readings[0].iter_words()) if readings else 0
    return Printed(
        pages=count,
        title=unicodedata.normalize("NFC", properties.get("Title", ""))[:1000],
        readings=readings if letters >= LEAST_LETTERS else [],
        is_image=letters < LEAST_LETTERS,
    )


def draw_first_here(path: Path, target: Path, with_text: bool = True) -> bool:  # noqa: FBT001, FBT002 - crosses a pipe
    """Whether the page is not of one colour alone; if so, ``target`` is made."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        if not with_text:
            _hide_text(page)
        width, height = page.get_size()
        scale = min(SAMPLE_DPI / 72, (SAMPLE_PIXELS / max(width * height, 1.0)) ** 0.5)
        picture = page.render(scale=scale).to_pil()
        page.close()
    least, most = picture.convert("L").getextrema()
    if least == most:
        return False
    picture.save(target, format="PNG", dpi=(scale * 72, scale * 72), compress_level=1)
    return True


def _hide_text(page: "PdfPage") -> None:
    """Take the text of the page, and of forms drawn on it, out of what is rendered."""
    from itertools import islice

    from pypdfium2 import raw

    text = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT])
    for item in islice(text, _MOST_TEXTS):
        raw.FPDFPageObj_SetIsActive(item, False)


def _reading(page: "PdfPage") -> PageReading:
    width, height = page.get_size()
    scale = DPI / 72
    return PageReading(
        round(width * scale),
        round(height * scale),
        float(DPI),
        tuple(_lines(page, height)),
        software=PRINTED,
    )


def _lines(page: "PdfPage", height: float) -> Iterator[Line]:
    text = page.get_textpage()
    words: list[Word] = []
    letters: list[tuple[str, _Box]] = []
    for index in range(min(text.count_chars(), _LETTERS)):
        sign = unicodedata.normalize("NFC", text.get_text_range(index, 1))
        if not sign.isspace():
            letters.append((sign, text.get_charbox(index)))
            continue
        if letters:
            words.append(_word(letters, height))
            letters = []
        if sign in ("\r", "\n") and words:
            yield from _columns(words)
            words = []
    if letters:
        words.append(_word(letters, height))
    if words:
        yield from _columns(words)
    text.close()


def _columns(words: Sequence[Word]) -> Iterator[Line]:
    """What stands in one row, cut where the print leaves a wide gap, as engines do."""
    run = [words[0]]
    for word in words[1:]:
        apart = word.left - run[-1].right > _GAP * DPI or word.left < run[-1].left
        if apart or abs(word.bottom - run[-1].bottom) > _DROP * DPI:
            yield _line(run)
            run = []
        run.append(word)
    yield _line(run)


def _line(words: Sequence[Word]) -> Line:
    left, right = min(word.left for word in words), max(word.right for word in words)
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    foot = float(bottom)
    return Line(tuple(words), left, top, right, bottom, foot, foot, starts_block=True)


def _word(letters: Sequence[tuple[str, _Box]], height: float) -> Word:
    scale = DPI / 72
    boxes = [box for _, box in letters]
    return Word(
        unicodedata.normalize("NFC", "".join(sign for sign, _ in letters)),
        95.0,  # nobody had to guess a letter; where it stands may still mislead
        round(min(box[0] for box in boxes) * scale),
        round((height - max(box[3] for box in boxes)) * scale),
        round(max(box[2] for box in boxes) * scale),
        round((height - min(box[1] for box in boxes)) * scale),
    )
