"""Counts what is misread on old paper drawn by lot, by kind, beside plain Tesseract.

Each kind has two seeds: one that choices were fitted on, and one that is used for figures alone.
"""

import itertools
import os
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.bench.accuracy.drawn_paper import (
    HELD_OUT_SEED,
    TUNING_SEED,
    FoundWord,
    Misread,
    plain_words,
    words_of,
)
from archive_service.bench.digitize import find_reference, model_folder
from archive_service.bench.measure import machine
from archive_service.demo.old_papers.kinds import KINDS, OldPage, old_pages
from archive_service.formats.child import ParserFailure
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.word_list import is_hard_to_read, is_without_words
from digitize.ocr.words import PageReading

_BAD, _GOOD = 5.0, 1.0  # CER in per cent: such pages belong, and do not belong, to proofreading
_BANDS = (0, 50, 60, 70, 75, 80, 85, 90, 95, 101)  # of confidence
_HARD_BELOW = 75.0  # as ``digitize.hard_below`` is set unless somebody sets it otherwise


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page as it was read three ways."""

    kind: str
    ours: Misread
    plain: Mapping[str, Misread]  # by the label of the model
    invented: int  # words that ours read where nothing is printed
    reading: PageReading | None


def run(
    pages: int = 2, *, seed: int = HELD_OUT_SEED, kinds: Sequence[str] = ()
) -> dict[str, object]:
    """Error rates in per cent by kind, spaces counted as letters.

    Args:
        pages: of each kind.
        seed: ``HELD_OUT_SEED`` for figures, ``TUNING_SEED`` to fit.
        kinds: these alone; none for all.

    Raises:
        ReferenceMissingError: Debian's ``tesseract-ocr`` or its ``vie`` is not installed.
    """
    version, _ = find_reference()
    chosen = list(kinds or KINDS)
    with TesseractEngine(model_folder("best_int")) as engine:
        read = {kind: compare(list(old_pages(kind, seed, pages)), engine) for kind in chosen}
    by_kind = {kind: _kind_figures(found) for kind, found in read.items()}
    every = [page for found in read.values() for page in found]
    whole, confidence = _sum(every), reliability(every)
    plain = min((whole["fast"], whole["best_int"]), key=lambda read: read.figures()["cer"])
    return {
        "name": "accuracy-old",
        "machine": machine(),
        "pages": pages,
        "seeds": {"old": seed, "tuned": TUNING_SEED},
        "ours": {**whole["ours"].figures(), "model": "best_int"},
        "by_kind": by_kind,
        "reliability": confidence,
        "tables": [
            (("pages", "number"), list(confidence.items())),
            (("confidence", "pages", "right", ""), by_confidence(every)),
        ],
        "reference": {
            "name": f"{version}, untouched page",
            **{
                f"{name}_{what}": value
                for name in ("fast", "best_int")
                for what, value in whole[name].figures().items()
            },
        },
        "ratio": round(whole["ours"].figures()["cer"] / max(plain.figures()["cer"], 0.01), 3),
        "runs": 1,
    }


def by_confidence(pages: Sequence[ReadPage]) -> list[tuple[float, int, float, str]]:
    """Confidence, pages, letters right in a hundred and a bar of them, by bands of confidence."""
    found = []
    for low, high in itertools.pairwise(_BANDS):
        band = [
            (page, confidence) for page in pages if low <= (confidence := _confidence(page)) < high
        ]
        if band:
            sure = sum(confidence * page.ours.letters for page, confidence in band)
            letters = sum(page.ours.letters for page, _ in band)
            cer = _sum([page for page, _ in band])["ours"].figures()["cer"]
            right = 100 - cer
            found.append((round(sure / letters, 1), len(band), right, "█" * round(right / 2.5)))
    return found


def _confidence(page: ReadPage) -> float:
    """Its confidence; below every band where there is none, or nothing to compare it with."""
    confidence = page.reading.confidence if page.reading and page.ours.letters else None
    return -1.0 if confidence is None else confidence


def reliability(pages: Sequence[ReadPage]) -> dict[str, int]:
    """How many badly and how many well read pages the page's own figure sends to a person."""
    facts = {"bad": 0, "bad_told": 0, "good": 0, "good_told": 0}
    for page in pages:
        if page.reading is None or not page.ours.letters:
            continue
        cer = page.ours.figures()["cer"]
        kind = "bad" if cer > _BAD else "good" if cer < _GOOD else ""
        if kind:
            facts[kind] += 1
            sent = is_hard_to_read(page.reading, below=_HARD_BELOW)
            facts[f"{kind}_told"] += sent or is_without_words(page.reading)
    return facts


def compare(pages: Sequence[OldPage], engine: TesseractEngine) -> list[ReadPage]:
    """The same pages by our chain and, untouched, by Debian's program with both models."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{page.name}{page.suffix}") for page in pages]
        for page, path in zip(pages, paths, strict=True):
            path.write_bytes(page.file)
        readings = list(engine.read([PageRequest(path) for path in paths]))
        facts: dict[str, list[list[FoundWord]]] = {}
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            for label in ("fast", "best_int"):
                model = model_folder(label)
                facts[label] = list(
                    threads.map(lambda path, at=model: plain_words(path, at), paths)
                )
    return [
        _read_page(page, reading, {label: words[at] for label, words in facts.items()})
        for at, (page, reading) in enumerate(zip(pages, readings, strict=True))
    ]


def _read_page(
    page: OldPage, reading: PageReading | ParserFailure, taught: Mapping[str, list[FoundWord]]
) -> ReadPage:
    words = [] if isinstance(reading, ParserFailure) else list(words_of(reading))
    ours = Misread()
    ours.add(page, words)
    plain = {}
    for label, found in taught.items():
        plain[label] = Misread()
        plain[label].add(page, found)
    invented = 0 if page.lines else len(words)
    return ReadPage(
        page.kind, ours, plain, invented, None if isinstance(reading, ParserFailure) else reading
    )


def _sum(pages: Sequence[ReadPage]) -> dict[str, Misread]:
    whole = {"ours": Misread(), "fast": Misread(), "best_int": Misread()}
    for page in pages:
        whole["ours"].add_all(page.ours)
        for label, misread in page.plain.items():
            whole[label].add_all(misread)
    return whole


def _kind_figures(pages: Sequence[ReadPage]) -> dict[str, Any]:
    """Ours and both plain readings; the spread is that of ours from page to page."""
    whole = _sum(pages)
    figures = {name: misread.figures() for name, misread in whole.items()}
    if not whole["ours"].letters:
        return {
            "pages": len(pages),
            "words_invented": sum(page.invented for page in pages),
            "plain_invented": min(
                sum(page.plain[label].word_edits for page in pages)
                for label in ("fast", "best_int")
            ),
        }
    better = min(figures["fast"]["cer"], figures["best_int"]["cer"])
    each = [page.ours.figures()["cer"] for page in pages]
    return {
        "pages": len(pages),
        "cer": figures["ours"]["cer"],
        "cer_from": min(each),
        "cer_to": max(each),
        "wer": figures["ours"]["wer"],
        "fast_cer": figures["fast"]["cer"],
        "fast_wer": figures["fast"]["wer"],
        "best_int_cer": figures["best_int"]["cer"],
        "best_int_wer": figures["best_int"]["wer"],
        "ratio": round(figures["ours"]["cer"] / max(better, 0.01), 3),
    }
