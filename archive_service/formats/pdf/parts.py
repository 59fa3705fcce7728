"""Parts in which a PDF is read: PDFium keeps every image it came by until the file is closed."""

from collections.abc import Iterator

_OPENED_BYTES = 64 << 20  # before it is opened anew


def page_parts(pages: int, size_bytes: int) -> Iterator[range]:
    """Numbers of pages, from 0, that are read at one opening.

    Args:
        size_bytes: of the file, or of all that are opened beside each other.
    """
    at_once = max(1, pages * _OPENED_BYTES // max(size_bytes, 1))
    for first in range(0, pages, at_once):
        yield range(first, min(first + at_once, pages))
