"""Times our digitization of page images beside Debian's ``tesseract`` reading the same pages."""

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import archive_service
from archive_service.bench.measure import RUNS, machine, rounded, timed
from archive_service.errors import InputError, NotFoundError
from archive_service.formats.child import ParserFailure
from digitize.documents.assemble import PageImage, digitize_document
from digitize.ocr.engine import LANGUAGE, TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.pixels import DEFAULT_DPI
from digitize.ocr.words import PageReading

VENDORED_MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
REFERENCE = "tesseract"
SUFFIXES = {".jpg", ".jpeg", ".tif", ".tiff", ".png"}


class ReferenceMissingError(NotFoundError):
    """The program to compare with is not installed."""


class NoBenchImagesError(InputError):
    """The folder holds no page image."""


def run(images: Path, model: str = "best_int", *, runs: int = RUNS) -> dict[str, object]:
    """Medians in seconds over runs in turn: all pages to one PDF/A, against text alone.

    Ours includes measuring, separators, thumbnails, cleaning, the text layer, PDF/A, ALTO and the
    start of its workers; the reference reads the untouched pages to text. Both use as many
    processes as there are cores.

    Args:
        images: a folder of page images.
        model: ``best_int``, ours, or ``fast``, that of the reference.

    Raises:
        ReferenceMissingError: Debian's ``tesseract-ocr`` or its ``vie`` is not installed.
        NoBenchImagesError: nothing to read.
    """
    pages = sorted(path for path in images.iterdir() if path.suffix.lower() in SUFFIXES)
    if not pages:
        raise NoBenchImagesError(path=images)
    version, _ = find_reference()
    folder = model_folder(model)
    workers = os.cpu_count() or 1
    peaks: list[float] = []
    ours_s, reference_s = [], []
    for _ in range(runs):
        ours_s.append(timed(lambda: peaks.append(_ours(pages, folder, workers))))
        reference_s.append(timed(lambda: _reference(pages, workers)))
    ours, reference = statistics.median(ours_s), statistics.median(reference_s)
    return {
        "name": "digitize",
        "machine": machine(),
        "pages": len(pages),
        "ours": {
            **_figures(ours, len(pages)),
            "model": model,
            "processes": workers,
            "worker_peak_mib": round(max(peaks)),
        },
        "reference": {
            "name": version,
            **_figures(reference, len(pages)),
            "model": "Debian vie",
            "processes": workers,
        },
        "ratio": round(ours / reference, 3),
        "runs": {"ours_s": rounded(ours_s), "reference_s": rounded(reference_s)},
    }


def _ours(pages: Sequence[Path], model: Path, workers: int) -> float:
    """Digitize everything as one document; the largest memory of a worker in MiB."""
    with (
        tempfile.TemporaryDirectory() as folder,
        TesseractEngine(model, workers=workers) as engine,
    ):
        scans = [PageImage(page, page.name) for page in pages]
        digitize_document(
            scans, target=Path(folder, "bench.pdf"), engine=_Measuring(engine), title="Bench"
        )
        return engine.peak_memory_mib()


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Reads as a station's batch is read: measured, pictured, looked through for separators."""

    engine: TesseractEngine

    def read(self, pages: Sequence[PageRequest]) -> Iterator[PageReading | ParserFailure]:
        """See ``OcrEngine.read``."""
        for found in self.engine.scan(pages):
            if isinstance(found, ParserFailure):
                yield found
            else:
                size = found.measures.width_px, found.measures.height_px
                yield found.reading or PageReading(*size, dpi=found.measures.dpi or DEFAULT_DPI)


def _reference(pages: Sequence[Path], workers: int) -> None:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(page: Path) -> None:
        command = [REFERENCE, str(page), "stdout", "-l", LANGUAGE]
        subprocess.run(command, env=environment, capture_output=True, check=True)

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(read, pages))


def model_folder(model: str) -> Path:
    """Where ``best_int``, ours, or ``fast``, the reference's, lies."""
    return VENDORED_MODEL if model == "best_int" else find_reference()[1]


def find_reference() -> tuple[str, Path]:
    """Name with version, and the folder of its models.

    Raises:
        ReferenceMissingError: Debian's ``tesseract-ocr`` or its ``vie`` is not installed.
    """
    if shutil.which(REFERENCE) is None:
        raise ReferenceMissingError(tool="tesseract-ocr")
    completed = subprocess.run([REFERENCE, "--version"], capture_output=True, text=True, check=True)
    listed = subprocess.run([REFERENCE, "--list-langs"], capture_output=True, text=True, check=True)
    lines = listed.stdout.splitlines()
    if LANGUAGE not in lines:
        raise ReferenceMissingError(tool=f"tesseract-ocr-{LANGUAGE}")
    return completed.stdout.splitlines()[0], Path(lines[0].split('"')[1])


def _figures(seconds: float, pages: int) -> dict[str, float]:
    return {"seconds": round(seconds, 3), "pages_per_minute": round(60 * pages / seconds, 1)}
