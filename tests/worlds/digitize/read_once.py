"""A page that a test of this process had read is not read again: its answer is kept.

Most tests draw the same few pages, and the engine answers them alike each time. Tests of the
engine itself make one; what stands still or is killed while it reads is opened without this.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, TypeVar, cast

from archive_service.bootstrap import Made
from archive_service.formats.child import ParserFailure
from archive_service.settings import Settings
from digitize.ocr.engine import Model, TesseractEngine
from digitize.ocr.page_scan import PageRequest, PageScan
from digitize.ocr.words import PageReading

T = TypeVar("T")

_ANSWERS: dict[object, Any] = {}
_SOFTWARE: dict[object, str] = {}


class ReadOnce:
    """The engine of a home, asked for what no test had read."""

    def __init__(self, engine: TesseractEngine) -> None:
        self._engine = engine
        self._closed = False

    def __enter__(self) -> "ReadOnce":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """See ``TesseractEngine``; what is asked for afterwards is asked of nobody."""
        self._closed = True
        self._engine.close()

    @property
    def model(self) -> Model:
        """See ``TesseractEngine``."""
        return self._engine.model

    @property
    def software(self) -> str:
        """See ``TesseractEngine``."""
        if (key := self._identity()) not in _SOFTWARE:
            _SOFTWARE[key] = self._engine.software
        return _SOFTWARE[key]

    def read(self, pages: Sequence[PageRequest]) -> Iterator[PageReading | ParserFailure]:
        """See ``TesseractEngine``."""
        return self._once("read", self._engine.read, pages)

    def scan(self, pages: Sequence[PageRequest]) -> Iterator[PageScan | ParserFailure]:
        """See ``TesseractEngine``."""
        return self._once("scan", self._engine.scan, pages)

    def _once(
        self,
        kind: str,
        act: Callable[[Sequence[PageRequest]], Iterator[T | ParserFailure]],
        pages: Sequence[PageRequest],
    ) -> Iterator[T | ParserFailure]:
        """In their order; a failure is no answer to keep."""
        keys = [(kind, self._identity(), *_asked(page)) for page in pages]
        kept = [None if self._closed else _ANSWERS.get(key) for key in keys]
        answers = act([page for page, answer in zip(pages, kept, strict=True) if answer is None])
        for key, known in zip(keys, kept, strict=True):
            answer = known if known is not None else next(answers)
            if not isinstance(answer, ParserFailure):
                _ANSWERS[key] = answer
            yield answer
        for _ in answers:  # also of no page: it tells that there is no model
            raise AssertionError

    def _identity(self) -> tuple[object, ...]:
        """Of the model: a file that was put in its place is another one."""
        model = self._engine.model
        told = model.file.stat() if model.file.is_file() else None
        return model, told and (told.st_ino, told.st_size, told.st_mtime_ns)


def _asked(page: PageRequest) -> tuple[object, ...]:
    """What of a request makes its answer; the same bytes may lie at any place."""
    data = page.path.read_bytes() if page.path.is_file() else str(page.path).encode()
    return sha256(data).digest(), page.turn_deg, page.dpi, page.part, page.seconds


class KeptReadings(Made):
    """What ``Services`` opens, with such an engine."""

    def ocr(self, settings: Settings, model: str | None = None) -> TesseractEngine:
        """See ``ReadOnce``, which has all of the engine that jobs ask for."""
        return cast("TesseractEngine", ReadOnce(super().ocr(settings, model)))
