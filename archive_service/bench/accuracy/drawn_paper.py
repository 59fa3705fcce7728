"""Counts the letters and words misread on papers drawn by lot, beside Debian's ``tesseract``.

Two sets: the one that settings were tuned on, and one whose seed was used for nothing else.
"""

import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

from archive_service.bench.digitize import REFERENCE, find_reference, model_folder
from archive_service.bench.measure import machine
from archive_service.demo.drawn_papers import DrawnPage, PrintedLine, drawn_pages
from archive_service.formats.child import ParserFailure
from digitize.ocr.edit_distance import edits
from digitize.ocr.engine import LANGUAGE, TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.words import PageReading

TUNING_SEED = 1
HELD_OUT_SEED = 2026  # never looked at while anything was tuned
# Models in a folder of their own bring no configuration files, such as that of TSV.
_TSV = ("-c", "tessedit_create_tsv=1")
_NEAR = 0.35  # of a line's height: how far beside it a word may be found


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word and the middle of its box on the page as it was scanned."""

    text: str
    x: float
    y: float


class PrintedPage(Protocol):
    """A scanned page of which it is known what stands where."""

    @property
    def lines(self) -> tuple[PrintedLine, ...]:
        """What is printed, in the order of reading."""

    def on_sheet(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the scan lies on the sheet that was printed."""


@dataclass(slots=True)
class Misread:
    """Edits and what they are counted against; ``in_order`` also counts a wrong reading order."""

    letters: int = 0
    letter_edits: int = 0
    words: int = 0
    word_edits: int = 0
    letter_edits_in_order: int = 0
    word_edits_in_order: int = 0

    def add(self, page: PrintedPage, found: Sequence[FoundWord]) -> None:
        """Compare one page line by line where it is printed, and once more as one text."""
        for wanted, read in _by_place(page, found):
            self.letter_edits += edits(" ".join(wanted), " ".join(read))
            self.word_edits += edits(wanted, read)
        wanted = [word for line in page.lines for word in line.words]
        read = [word.text for word in found]
        self.letters += len(" ".join(wanted))
        self.words += len(wanted)
        self.letter_edits_in_order += edits(" ".join(wanted), " ".join(read))
        self.word_edits_in_order += edits(wanted, read)

    def add_all(self, other: "Misread") -> None:
        """Count what another has counted as well."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def figures(self) -> dict[str, float]:
        """In per cent of the letters and words that are printed."""
        facts = {
            "cer": (self.letter_edits, self.letters),
            "wer": (self.word_edits, self.words),
            "cer_in_order": (self.letter_edits_in_order, self.letters),
            "wer_in_order": (self.word_edits_in_order, self.words),
        }
        return {name: round(100 * part / max(whole, 1), 2) for name, (part, whole) in facts.items()}


def run(pages: int = 40, *, seed: int | None = None, model: str = "best_int") -> dict[str, object]:
    """Character and word error rates in per cent, spaces counted as letters.

    Args:
        pages: of each set.
        seed: of one set of its own, in place of the two.
        model: ``best_int``, ours, or ``fast``, that of the reference.

    Raises:
        ReferenceMissingError: Debian's ``tesseract-ocr`` or its ``vie`` is not installed.
    """
    version, _ = find_reference()
    sets = {"tuning": TUNING_SEED, "held_out": HELD_OUT_SEED} if seed is None else {"given": seed}
    ours: dict[str, float] = {}
    reference: dict[str, float] = {}
    by_face: dict[str, dict[str, float]] = {}
    with TesseractEngine(model_folder(model), label=model) as engine:
        for name, chosen in sets.items():
            mine, theirs = Misread(), Misread()
            of_face = defaultdict(list)
            for page in drawn_pages(chosen, pages):
                of_face[page.face].append(page)
            for face, drawn in of_face.items():
                read, letters_read = compare(drawn, engine)
                by_face[f"{name}, {face}"] = {"pages": len(drawn), **read.figures()}
                mine.add_all(read)
                theirs.add_all(letters_read)
            ours |= _named(name, mine.figures())
            reference |= _named(name, theirs.figures())
    last = list(sets)[-1]
    return {
        "name": "accuracy",
        "machine": machine(),
        "pages": pages,
        "seeds": sets,
        "ours": {**ours, "model": model},
        "by_face": by_face,
        "reference": {"name": version, **reference, "model": "Debian vie, untouched page"},
        "ratio": round(ours[f"{last}_cer"] / max(reference[f"{last}_cer"], 0.01), 3),
        "runs": 1,
    }


def compare(pages: Sequence[DrawnPage], engine: TesseractEngine) -> tuple[Misread, Misread]:
    """Both readings of the same pages: ours, and the reference's of the untouched image."""
    ours, reference = Misread(), Misread()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{page.name}.jpg") for page in pages]
        for page, path in zip(pages, paths, strict=True):
            path.write_bytes(page.jpeg)
        readings = engine.read([PageRequest(path) for path in paths])
        for page, reading in zip(pages, readings, strict=True):
            ours.add(page, [] if isinstance(reading, ParserFailure) else list(words_of(reading)))
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            for page, found in zip(pages, threads.map(plain_words, paths), strict=True):
                reference.add(page, found)
    return ours, reference


def words_of(reading: PageReading) -> Iterator[FoundWord]:
    """Words in reading order, where they stand on the scanned page."""
    a, b, c, d, e, f = reading.to_page
    for word in reading.iter_words():
        x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
        yield FoundWord(word.text, a * x + c * y + e, b * x + d * y + f)


def plain_words(page: Path, models: Path | None = None) -> list[FoundWord]:
    """What Debian's ``tesseract`` reads on the untouched page, by its own models or a folder's."""
    chosen = () if models is None else ("--tessdata-dir", str(models))
    completed = subprocess.run(
        [REFERENCE, str(page), "stdout", *chosen, "-l", LANGUAGE, *_TSV],
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )
    found = []
    for row in completed.stdout.splitlines()[1:]:
        *place, text = row.split("\t")
        if place[0] == "5" and text.strip():
            left, top, width, height = (int(cell) for cell in place[6:10])
            found.append(FoundWord(text.strip(), left + width / 2, top + height / 2))
    return found


def _by_place(
    page: PrintedPage, found: Sequence[FoundWord]
) -> Iterator[tuple[list[str], list[str]]]:
    """Each printed line with what was read there; last, alone, what was read where nothing is."""
    there: dict[int, list[tuple[float, str]]] = {}
    nowhere: list[str] = []
    for word in found:
        x, y = page.on_sheet(word.x, word.y)
        at = _line_at(page.lines, x, y)
        if at is None:
            nowhere.append(word.text)
        else:
            there.setdefault(at, []).append((x, word.text))
    for at, line in enumerate(page.lines):
        yield list(line.words), [text for _, text in sorted(there.get(at, []))]
    yield [], nowhere


def _line_at(lines: Sequence[PrintedLine], x: float, y: float) -> int | None:
    """The printed line nearest to a point, if it is no farther than a part of its height."""
    best: tuple[float, int] | None = None
    for at, line in enumerate(lines):
        near = _NEAR * (line.bottom - line.top)
        beside = max(line.left - x, x - line.right, 0.0)
        if beside <= near and line.top - near <= y <= line.bottom + near:
            away = abs(y - (line.top + line.bottom) / 2)
            best = min(best or (away, at), (away, at))
    return None if best is None else best[1]


def _named(name: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}_{what}": value for what, value in figures.items()}
