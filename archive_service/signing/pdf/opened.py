"""A PDF opened for judging its signatures, also where other bytes stand before its first.

Gateways of mail and web put lines before a file, and some programs write one of their own. Readers
pass over them (ISO 32000-1, Annex H: the first 1,024 bytes are searched). The library does not.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive_service.formats.pdf.opening import shown_pdf

_HEADER = re.compile(rb"%PDF-\d\.\d")
_SEARCHED_BYTES = 1024
_TAIL_BYTES = 2048
_WHERE = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_CROSS_REFERENCES = re.compile(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)")


@dataclass(frozen=True, slots=True)
class Opened:
    """A PDF that begins as one, open at ``path``, and the bytes over which signatures were made.

    They differ before the header alone, where what stands there was signed with the rest.
    """

    path: Path
    document: IO[bytes]
    signed: IO[bytes]


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The PDF that a file holds; where it begins later, for as long as this is open.

    Places in it count from its header where something was put before it, and from the start of
    the file where the program that wrote it began with other bytes: a cross reference tells which.
    """
    with path.open("rb") as source:
        start = _start(source)
        if start == 0:
            yield Opened(path, source, source)
            return
        with tempfile.TemporaryDirectory(prefix="begun-later-") as folder:
            begun = Path(folder, "begun.pdf")
            later = _counts_from(source, start)
            _copy(source, start if later else 0, begun)
            if not later:
                with begun.open("r+b") as out:
                    out.write(_header(source, start).ljust(start + len(b"%PDF-1.7")))
            with begun.open("rb") as document:
                yield Opened(begun, document, document if later else source)


@contextmanager
def rebuilt(paper: Opened) -> Iterator[IO[bytes]]:
    """What it holds under a new table of objects, where its own leads nowhere: as readers do it.

    Raises:
        pikepdf.PdfError: nor does anybody else find anything in it; or it does not begin as a PDF.
    """
    import pikepdf

    if not _HEADER.match(_header(paper.document, 0)):
        raise pikepdf.PdfError
    with tempfile.TemporaryDirectory(prefix="rebuilt-") as folder:
        target = Path(folder, "rebuilt.pdf")
        with shown_pdf(paper.path) as pdf:
            pdf.save(target)
        with target.open("rb") as document:
            yield document


def _start(source: IO[bytes]) -> int:
    """Where the header stands; 0 also where there is none."""
    source.seek(0)
    found = _HEADER.search(source.read(_SEARCHED_BYTES + len(b"%PDF-1.7")))
    return 0 if found is None else found.start()


def _header(source: IO[bytes], start: int) -> bytes:
    source.seek(start)
    return source.read(len(b"%PDF-1.7"))


def _counts_from(source: IO[bytes], start: int) -> bool:
    """Whether places count from ``start``; where neither fits, they do, as readers take it."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _TAIL_BYTES))
    starts = _WHERE.findall(source.read())
    if not starts:
        return True
    where = int(starts[-1])
    return _refers(source, start + where) or not _refers(source, where)


def _refers(source: IO[bytes], place: int) -> bool:
    source.seek(place)
    return _CROSS_REFERENCES.match(source.read(64)) is not None


def _copy(source: IO[bytes], start: int, target: Path) -> None:
    source.seek(start)
    with target.open("xb") as out:
        shutil.copyfileobj(source, out)
