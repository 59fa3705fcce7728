"""What another reading of a document would change: words, confidence, words that cannot exist."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from archive_service.formats.page_text import PageText
from digitize.ocr.syllables import is_possible
from digitize.ocr.words import PageReading

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SAMPLES = 5  # changes of one document that are shown
SAMPLE_WORDS = 12  # of one change
ALTO_HEAD = 262_144  # bytes in which an ALTO file of ours tells of 3,000 pages and their reader


@dataclass(slots=True)
class Gain:
    """One document before and after; confidences are means over the letters, 0 to 100."""

    words_before: int = 0
    words_after: int = 0
    words_changed: int = 0  # replaced, come or gone
    impossible_before: int = 0
    impossible_after: int = 0
    confidence_before: float | None = None
    confidence_after: float | None = None
    samples: list[dict[str, str | int]] = field(default_factory=list)


def gain_of(before: Sequence[PageText], after: Sequence[PageReading | None]) -> Gain:
    """Page by page; a page without a new reading (``None``) keeps its words and counts nothing."""
    gain = Gain()
    sure_before, sure_after = _Mean(), _Mean()
    for page, reading in zip(before, after, strict=True):
        if reading is None:
            continue
        was, becomes = page.text.split(), reading.text.split()
        gain.words_before += len(was)
        gain.words_after += len(becomes)
        gain.impossible_before += sum(not is_possible(word) for word in was)
        gain.impossible_after += sum(not is_possible(word) for word in becomes)
        gain.words_changed += _changes(page.number, was, becomes, gain.samples)
        sure_before.add(page.confidence, was)
        sure_after.add(reading.confidence, becomes)
    gain.confidence_before, gain.confidence_after = sure_before.value, sure_after.value
    return gain


def alto_software(head: bytes) -> str:
    """What an ALTO file of ours says that it was read by; empty where it says nothing.

    Args:
        head: its first ``ALTO_HEAD`` bytes.
    """
    from lxml import etree

    parser = etree.XMLPullParser(events=("end",), tag="{*}Processing", resolve_entities=False)
    parser.feed(head)
    found = []
    for _, ended in parser.read_events():
        step = cast("Element", ended)
        name = step.findtext("{*}processingSoftware/{*}softwareName") or ""
        model = step.findtext("{*}processingStepSettings") or ""
        found.append(", ".join(part for part in (name, model) if part))
    return "; ".join(found)


class _Mean:
    """Of pages, each with the weight of its letters."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._letters = 0

    def add(self, confidence: float | None, words: Sequence[str]) -> None:
        if confidence is not None:
            letters = sum(len(word) for word in words)
            self._sum += confidence * letters
            self._letters += letters

    @property
    def value(self) -> float | None:
        return round(self._sum / self._letters, 1) if self._letters else None


def _changes(
    number: int, was: list[str], becomes: list[str], samples: list[dict[str, str | int]]
) -> int:
    changed = 0
    match = difflib.SequenceMatcher(None, was, becomes, autojunk=False)
    for kind, a1, a2, b1, b2 in match.get_opcodes():
        if kind == "equal":
            continue
        changed += max(a2 - a1, b2 - b1)
        if len(samples) < SAMPLES:
            before = " ".join(was[a1:a2][:SAMPLE_WORDS])
            after = " ".join(becomes[b1:b2][:SAMPLE_WORDS])
            samples.append({"page": number, "before": before, "after": after})
    return changed
