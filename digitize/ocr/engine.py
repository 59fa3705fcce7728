"""Reads pages with Tesseract, in worker processes that keep the model loaded, one a core."""

import os
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self, TypeVar

from archive_service.formats.child import FailureReason, ParserFailure, WarmChild
from digitize.ocr.page_scan import PageRequest, PageScan, Part, read_page_here, scan_page_here
from digitize.ocr.pixels import MOST_PIXELS, PageImageUnreadableError
from digitize.ocr.tesseract import ModelMissingError, software_here
from digitize.ocr.words import PageReading

T = TypeVar("T")

LANGUAGE = "vie"  # with "eng" beside it the word error grows by half
OVER_S = 20  # beyond the time of a page, for what no deadline stops: a search for lines in noise
HEAD_LIMIT_S = 30  # for the head of such a page, and its stamps
PAGE_MEMORY_MIB = 1024  # data memory that may be asked for; what is used stays below 350 MiB


@dataclass(frozen=True, slots=True)
class Model:
    """What reads pages, for a process that opens it by itself."""

    file: Path
    label: str  # tells models of one language apart
    most_pixels: int  # of one page


class OcrEngine(Protocol):
    """Reads the words of page images."""

    def read(self, pages: Sequence[PageRequest]) -> Iterator[PageReading | ParserFailure]:
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
        label: str = "best_int",
        language: str = LANGUAGE,
        workers: int | None = None,
        most_pixels: int = MOST_PIXELS,
    ) -> None:
        """``label`` tells models of one language apart in ``software``."""
        self._most_pixels = most_pixels
        self._model = model_folder / f"{language}.traineddata"
        self._label = label
        count = workers or os.cpu_count() or 1
        self._idle: queue.SimpleQueue[WarmChild] = queue.SimpleQueue()
        self._children = [WarmChild() for _ in range(count)]
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="ocr")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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

    @property
    def model(self) -> Model:
        """What it reads with."""
        return Model(self._model, self._label, self._most_pixels)

    @cached_property
    def software(self) -> str:
        """What its readings call themselves: a kept reading of this name need not be made again.

        Raises:
            ModelMissingError: nothing can be read.
        """
        self._require_model()
        names = self._run(software_here, self._model, self._label)
        if isinstance(names, ParserFailure):
            raise ModelMissingError(path=self._model)
        return names

    def read(self, pages: Sequence[PageRequest]) -> Iterator[PageReading | ParserFailure]:
        """See ``OcrEngine.read``."""
        self._require_model()
        yield from self._in_order(self._read_one, pages)

    def scan(self, pages: Sequence[PageRequest]) -> Iterator[PageScan | ParserFailure]:
        """Measure, look for a separator's QR, picture and read each page; decoded once.

        Of a page that takes too long the head and the stamps are read, and it is told as cut.

        A file that is no image, or of which no page can be made, is a ``ParserFailure`` too: the
        pages after it go on. Its ``detail`` is then what ``PageImageUnreadableError`` gives as
        ``reason``.

        Raises:
            ModelMissingError: nothing can be read.
        """
        self._require_model()
        yield from self._in_order(self._scan_one, pages)

    def _require_model(self) -> None:
        if not self._model.is_file():
            raise ModelMissingError(path=self._model)

    def _in_order(
        self, work: Callable[[PageRequest], T], pages: Iterable[PageRequest]
    ) -> Iterator[T]:
        """The answers as they were asked for; only a few wait for whoever takes them."""
        ahead = 2 * len(self._children)
        waiting: deque[Future[T]] = deque()
        try:
            for page in pages:
                waiting.append(self._threads.submit(work, page))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _read_one(self, page: PageRequest) -> PageReading | ParserFailure:
        rest = (self._model, self._label, self._most_pixels)
        return self._run(read_page_here, page, *rest, limit_s=page.seconds + OVER_S)

    def _scan_one(self, page: PageRequest) -> PageScan | ParserFailure:
        rest = (self._model, self._label, self._most_pixels)
        try:
            scan = self._run(scan_page_here, page, *rest, limit_s=page.seconds + OVER_S)
            if isinstance(scan, ParserFailure) and scan.reason is FailureReason.TIMED_OUT:
                head = replace(page, part=Part.HEAD)
                return self._run(scan_page_here, head, *rest, limit_s=HEAD_LIMIT_S)
            return scan
        except PageImageUnreadableError as error:
            return ParserFailure(FailureReason.FAILED, str(error.facts["reason"]))

    def _run(
        self, func: Callable[..., T], *args: object, limit_s: float = HEAD_LIMIT_S
    ) -> T | ParserFailure:
        child = self._idle.get()
        try:
            return child.run(func, *args, limit_s=limit_s, memory_mib=PAGE_MEMORY_MIB)
        finally:
            self._idle.put(child)


def _peak_mib_here() -> float:
    """From ``/proc``: the figure of ``getrusage`` begins with that of the parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
