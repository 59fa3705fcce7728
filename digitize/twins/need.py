"""Whether a PDF that came in needs a searchable twin: what its pages are, what its words are worth.

The words that a scanner laid over its images are often wrong, and hide that nothing can be found.
They are compared with what our own engine reads from a few of the pages.
"""

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here
from archive_service.formats.pdf.layers import PageKind, iter_layers
from digitize.ocr.engine import OcrEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.syllables import impossible_share
from digitize.ocr.words import PageReading

SAMPLES = 3  # pages that are read to judge the words of all
SAMPLE_DPI = 200
SAMPLE_PIXELS = 30_000_000
MEMORY_MIB = 1024
LEAST_WORDS = 15  # of a sample; with fewer the two readings cannot be compared
LEAST_CONFIDENCE = 60.0  # of our own reading, 0 to 100
ALIKE = 0.9  # share of the words in which both readings agree: no new reading is worth it
UNLIKE = 0.6  # below it one of the two is wrong
MOSTLY_IMPOSSIBLE = 0.5  # where our engine cannot tell, only garbage is thrown away


class PdfLockedError(InputError):
    """A password, or permissions that forbid it: no copy can be made."""


class PdfActiveError(InputError):
    """It runs scripts or starts programs: nothing is made of it."""


class PdfUnreadableError(InputError):
    """Its pages cannot be looked at."""

    code = "pdf-pages-unreadable"


class HiddenText(StrEnum):
    """What the words over the images of sheets are worth."""

    NONE = "none"
    GOOD = "good"
    WORTHLESS = "worthless"


@dataclass(frozen=True, slots=True)
class PageLook:
    """One page; ``seen`` letters stand on the image of its sheet, hidden words over or under it."""

    number: int  # from 1
    kind: PageKind
    seen: int = 0
    hidden_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfLook:
    """A PDF as it came in."""

    pages: tuple[PageLook, ...]
    signatures: int = 0

    @property
    def kind(self) -> str:
        """What it is as a whole: ``written``, ``images`` of sheets, both (``mixed``), or empty."""
        written = bool(self.of_kind(PageKind.WRITTEN))
        images = bool(self.of_kind(PageKind.IMAGE, PageKind.IMAGE_WITH_TEXT))
        if written and images:
            return "mixed"
        return "written" if written else "images" if images else "empty"

    def of_kind(self, *kinds: PageKind) -> list[PageLook]:
        """Its pages of these kinds."""
        return [page for page in self.pages if page.kind in kinds]


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be read of a PDF; nothing where ``pages`` is empty."""

    pages: tuple[int, ...]  # from 1
    beside_text: bool  # on some of them stand letters that are seen, and stay
    textless: tuple[int, ...]  # of them those on which no letter is seen
    hidden_text: HiddenText
    signatures: int
    agreement: float | None = None  # of both readings of the samples, 0 to 1

    def as_dict(self) -> dict[str, Any]:
        """For the row of the file."""
        return {
            "pages_to_read": len(self.pages),
            "hidden_text": self.hidden_text.value,
            "signatures": self.signatures,
            "agreement": self.agreement,
        }


def look_at_pdf(path: Path, *, limit_s: float) -> PdfLook:
    """What its pages are; read in a child process under limits.

    Raises:
        PdfLockedError, PdfUnreadableError: it cannot be looked at.
        PdfActiveError: it has images of sheets, and runs scripts; a text that was born digital is
            left as it is, whatever it does.
    """
    found = run_limited(_look_here, path, limit_s=limit_s, memory_mib=MEMORY_MIB)
    if isinstance(found, ParserFailure):
        raise PdfUnreadableError(reason=found.reason.value)
    return found


def need_of(look: PdfLook, path: Path, *, engine: OcrEngine, folder: Path) -> Need:
    """Which pages need words. ``folder`` takes the images of the samples.

    Raises:
        PdfUnreadableError: a sample cannot be drawn.
    """
    with_text = look.of_kind(PageKind.IMAGE_WITH_TEXT)
    needed = look.of_kind(PageKind.IMAGE)
    worth, agreement = HiddenText.NONE, None
    if with_text:
        worth, agreement = _worth(with_text, path, engine=engine, folder=folder)
    if worth is HiddenText.WORTHLESS:
        needed += with_text
    return _need(look, needed, worth, agreement)


def need_of_pages(look: PdfLook, numbers: Collection[int]) -> Need:
    """What is to be read where it is known which pages are."""
    needed = [page for page in look.pages if page.number in numbers]
    replaced = any(page.kind is PageKind.IMAGE_WITH_TEXT for page in needed)
    return _need(look, needed, HiddenText.WORTHLESS if replaced else HiddenText.NONE, None)


def _need(
    look: PdfLook, needed: Sequence[PageLook], worth: HiddenText, agreement: float | None
) -> Need:
    return Need(
        pages=tuple(sorted(page.number for page in needed)),
        beside_text=any(page.seen for page in needed),
        textless=tuple(sorted(page.number for page in needed if not page.seen)),
        hidden_text=worth,
        signatures=look.signatures,
        agreement=agreement,
    )


def agreement_of(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the words of both that stand in both, in the same order; 0 to 1."""
    before, after = ([word.casefold() for word in words] for words in (one, other))
    return round(difflib.SequenceMatcher(None, before, after, autojunk=False).ratio(), 3)


def _worth(
    pages: Sequence[PageLook], path: Path, *, engine: OcrEngine, folder: Path
) -> tuple[HiddenText, float | None]:
    hidden: list[str] = []
    seen: list[str] = []
    for page, reading in _samples(pages, path, engine=engine, folder=folder):
        words = [word.text for word in reading.iter_words()]
        if len(words) >= LEAST_WORDS and (reading.confidence or 0) >= LEAST_CONFIDENCE:
            hidden += page.hidden_words
            seen += words
    if not seen:
        every = [word for page in pages for word in page.hidden_words]
        garbage = (impossible_share(every) or 0.0) > MOSTLY_IMPOSSIBLE
        return (HiddenText.WORTHLESS if garbage else HiddenText.GOOD), None
    alike = agreement_of(hidden, seen)
    if alike >= ALIKE:
        return HiddenText.GOOD, alike
    if alike < UNLIKE:
        return HiddenText.WORTHLESS, alike
    before, after = impossible_share(hidden) or 0.0, impossible_share(seen) or 0.0
    return (HiddenText.GOOD if before <= after else HiddenText.WORTHLESS), alike


def _samples(
    pages: Sequence[PageLook], path: Path, *, engine: OcrEngine, folder: Path
) -> Iterator[tuple[PageLook, PageReading]]:
    """The fullest pages with what our engine reads on them; one that it cannot read is left out."""
    chosen = sorted(pages, key=lambda page: len(page.hidden_words), reverse=True)[:SAMPLES]
    requests = []
    for page in chosen:
        target = folder / f"sample-{page.number:06}.png"
        drawn = run_limited(_draw_here, path, page.number, Output(target), memory_mib=MEMORY_MIB)
        if isinstance(drawn, ParserFailure):
            raise PdfUnreadableError(reason=drawn.reason.value)
        requests.append(PageRequest(target))
    for page, answer in zip(chosen, engine.read(requests), strict=True):
        if not isinstance(answer, ParserFailure):
            yield page, answer


def _look_here(path: Path) -> PdfLook:
    facts = read_pdf_here(path)
    if facts.condition is PdfCondition.ENCRYPTED:
        raise PdfLockedError
    if not facts.condition.opens:
        raise PdfUnreadableError(reason=facts.condition.value)
    pages = tuple(
        PageLook(
            number=layer.number,
            kind=layer.kind,
            seen=layer.seen,
            hidden_words=tuple(layer.hidden_text.split()),
        )
        for layer in iter_layers(path)
    )
    look = PdfLook(pages, signatures=facts.signature_fields)
    if facts.active and look.of_kind(PageKind.IMAGE, PageKind.IMAGE_WITH_TEXT):
        raise PdfActiveError
    return look


def _draw_here(path: Path, number: int, target: Path) -> None:
    """One page as a picture, smaller where it would be very large."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[number - 1]
        width, height = page.get_size()
        scale = min(SAMPLE_DPI / 72, (SAMPLE_PIXELS / max(width * height, 1.0)) ** 0.5)
        dpi = scale * 72
        page.render(scale=scale).to_pil().save(target, dpi=(dpi, dpi))
        page.close()
